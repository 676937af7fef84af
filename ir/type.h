// The type of an array value: its element type and its extents.
#pragma once

#include <string>
#include <vector>

#include "ir/dtype.h"
#include "ir/extent.h"

namespace arrayc::ir {

using Shape = std::vector<Extent>;

struct Type {
  DType dtype = DType::F64;
  Shape shape;  // empty for a 0-d value
  int rank() const { return static_cast<int>(shape.size()); }
  bool operator==(const Type&) const = default;
};

// An array of complex numbers as one of their parts, with one more axis: c128[n] → f64[n,2].
Type parts_type(const Type& type);
Extent element_count(const Shape& shape);
// "f64[n,2]"; "f64[]" for 0-d.
std::string to_string(const Type& type);
// NumPy's way: "(3,2)", "(3,)", "()".
std::string numpy_string(const Shape& shape);
// The same for messages of guards: "{n}", "({n},2)" where an extent is known only at the call.
std::string extent_template(const Extent& e);
std::string shape_template(const Shape& shape);

}  // namespace arrayc::ir
