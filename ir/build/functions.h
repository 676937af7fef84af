// NumPy's functions, methods and attributes by name, for front ends that read text. Ufuncs are not
// here: they come from ufuncs.def and the registry.
//
// A row of functions.def gives the name, the signature as NumPy writes it, how it may be reached,
// and one sentence; its builder is the C++ function np_<id>.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/build.h"

namespace arrayc::ir::build {

// Where a piece of a text begins, and where it is written, up to the next piece on one line.
struct TextPiece {
  std::size_t offset;
  Place place;
};

// What an argument or a result can be: Python's None, a value, a tuple or list, text, a dtype,
// `...`.
struct Object {
  enum class Kind : std::uint8_t { none, value, tuple, text, dtype, ellipsis } kind = Kind::none;
  Value value;
  std::vector<Object> items;  // of a tuple or list
  bool is_list = false;
  // Limited, so that text can neither fill memory nor exhaust the stack.
  std::size_t weight = 1;  // objects in it, itself included
  int depth = 1;           // of nesting
  std::string text;
  std::vector<TextPiece> pieces;  // of the text, by offset; none where it is not known
  DType dtype = DType::F64;

  Object() = default;
  Object(Value v) : kind(Kind::value), value(std::move(v)) {}  // NOLINT: values are objects
  static Object tuple(std::vector<Object> items, bool is_list = false);
  static Object of_text(std::string text, std::vector<TextPiece> pieces = {});
  static Object ellipsis();
  static Object of_dtype(DType dtype);
  bool is_none() const { return kind == Kind::none; }
};
std::string_view type_name(const Object& object);  // Python's word: "float", "tuple", "ndarray", …

// The arguments of one call, one for each parameter of the signature; a "*name" parameter is a
// tuple. Each reader throws NumPy's sentence for an object of the wrong kind.
class Arguments {
 public:
  Arguments(std::string_view function, std::vector<Object> objects, Place place)
      : function_(function), objects_(std::move(objects)), place_(place) {}
  Place place() const { return place_; }
  const Object& object(std::size_t i) const { return objects_[i]; }
  bool is_none(std::size_t i) const { return objects_[i].is_none(); }
  Value value(std::size_t i) const;                // a nested list becomes an array
  std::vector<Value> values(std::size_t i) const;  // of a tuple or list
  bool flag(std::size_t i) const;
  std::int64_t integer(std::size_t i) const;  // a constant
  double real(std::size_t i) const;           // a constant
  Extent extent(std::size_t i) const;
  Shape shape(std::size_t i) const;  // an integer or a tuple of integers
  std::optional<std::int64_t> axis(std::size_t i) const;
  Axes axes(std::size_t i) const;
  std::vector<std::int64_t> axis_list(std::size_t i) const;
  std::optional<DType> dtype(std::size_t i) const;
  std::string_view text(std::size_t i) const;
  TextPlaces text_places(std::size_t i) const;  // of a text whose places are known

 private:
  std::string_view function_;
  std::vector<Object> objects_;
  Place place_;
};

// A value as an argument of the wrong kind is reported.
Value to_value(const Object& object, Place place);
DType to_dtype(const Object& object, Place place);

enum class Reach : std::uint8_t { function = 1, method = 2, both = 3, attribute = 4 };

struct FunctionRow {
  std::string_view name;  // "sum", "linalg.norm"
  std::string_view
      signature;  // "a, axis=None, dtype=None, out!, keepdims=False": parameters with
                  // '!' are NumPy's, but only their default is built; '*' takes the rest
  Reach reach;
  Object (*build)(const Arguments& arguments);
  std::string_view doc;
};

std::span<const FunctionRow> functions();
const FunctionRow* find_function(std::string_view name);
const FunctionRow* find_method(std::string_view name);
const FunctionRow* find_attribute(std::string_view name);

// Binds and calls. Throws Python's sentences for missing, unknown and repeated arguments. For a
// method or attribute the object comes first among `positional`.
using Keywords = std::vector<std::pair<std::string, Object>>;
Object call(const FunctionRow& row, std::vector<Object> positional, Keywords keywords, Place place);

}  // namespace arrayc::ir::build
