// What one operation is: the part that recorded nodes (value.h) and graph nodes (graph.h) share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/diagnostic.h"
#include "ir/scalar.h"
#include "ir/type.h"
#include "ir/ufunc.h"

namespace arrayc::ir {

enum class Op : std::uint8_t {
#define OP(id, ...) id,
#include "ir/ops.def"
};

struct OpInfo {
  Op id;
  std::string_view name;
  int operands;
  std::string_view doc;
};
const OpInfo& info(Op op);

// One axis of a basic slice, as written: Python's meaning, absent parts as in `a[:n]`. With `index`
// it is the one element at `start` (negative: from the end), which must exist: the length is 1 and
// stop and step are not used; a squeeze follows.
struct Slice {
  std::optional<Extent> start;
  std::optional<Extent> stop;
  std::int64_t step = 1;
  bool index = false;
  bool operator==(const Slice&) const = default;
};

// One operand axis of a view: operand index = start + step * (result index on `axis`).
struct ViewAxis {
  int axis = -1;  // of the result; -1: the index is `start` whatever the result index
  Extent start = 0;
  std::int64_t step = 1;
  bool operator==(const ViewAxis&) const = default;
};

// How a reduction folds the n elements v0 … v(n-1) of its axis; part of the program's meaning.
//
// The elements are cut into chunks of `chunk`. Within a chunk, lane l of `lanes` takes the elements
// whose position in the chunk is l modulo `lanes`, in order; then lanes are halved (lane l with
// lane l + half) down to 8, and the last 8 are folded in order. Chunk results are folded as a
// binary counter does: equal-sized neighbours first, what is left from the smallest up; or, with
// `in_order`, one after the other. Elements that do not exist take no part. chunk 0: one chunk.
// Order-free folds (integers, min, max, logic) have lanes 1, chunk 0 and may run in any order.
//
// A sum of two real operands is that of their products, each of which is added to its lane by
// multiply-add: fma, with one rounding, where the target class has it, else mul and then add.
//
// Each lane of a product of complex numbers begins with 1+0i, which changes infinities and zeros,
// and all lanes take part; but a chunk of 1 is its element.
struct Tree {
  std::int32_t lanes = 1;
  std::int64_t chunk = 0;
  bool in_order = false;
  bool operator==(const Tree&) const = default;
};

// Attributes, one alternative for each op that has some.
struct ParamAttr {
  std::int32_t index;
  bool operator==(const ParamAttr&) const = default;
};
struct ConstantAttr {
  Scalar value;
  Weak weak;
  bool operator==(const ConstantAttr&) const = default;
};
struct ExtentAttr {
  Extent value;
  bool operator==(const ExtentAttr&) const = default;
};  // extent, iota
// What a recorded broadcast demands of extents that are not known when it is recorded, and the
// error where they do not have it: "{n}" in the message stands for the value of n.
struct Demand {
  std::string message;
  bool equal = false;  // an axis of length 1 is not stretched either
};
struct ShapeAttr {
  Shape shape;
  std::shared_ptr<const Demand> demand = nullptr;  // not compared; null in graphs
  bool operator==(const ShapeAttr& other) const { return shape == other.shape; }
};  // broadcast, reshape
struct SliceAttr {
  std::vector<Slice> axes;
  bool operator==(const SliceAttr&) const = default;
};
// transpose: result axis k is operand axis axes[k]; expand_dims: positions in the result; squeeze:
// positions in the operand.
struct AxesAttr {
  std::vector<std::int32_t> axes;
  bool operator==(const AxesAttr&) const = default;
};
struct ViewAttr {
  Shape shape;
  std::vector<ViewAxis> axes;
  bool operator==(const ViewAttr&) const = default;
};
// Where a fold of complex numbers, whose operands are both parts, is two nodes: which part of the
// result this is.
enum class ResultPart : std::uint8_t { whole, real, imaginary };
struct ReduceAttr {
  std::int32_t axis;
  Tree tree;
  ResultPart part = ResultPart::whole;
  // An initial number is combined with the result: there may be no elements, which gives what is
  // farthest from being a minimum or maximum.
  bool initial = false;
  bool operator==(const ReduceAttr&) const = default;
};
struct ArgReduceAttr {
  std::int32_t axis;
  bool maximum;
  bool operator==(const ArgReduceAttr&) const = default;
};
// Indices are small integers; an operand may repeat one (a diagonal), the result may not.
inline constexpr std::size_t most_einsum_operands = 64;
struct EinsumAttr {
  std::vector<std::vector<std::int32_t>> operands;
  std::vector<std::int32_t> result;
  bool operator==(const EinsumAttr&) const = default;
};

using Attributes =
    std::variant<std::monostate, ParamAttr, ConstantAttr, ExtentAttr, ShapeAttr, SliceAttr,
                 AxesAttr, ViewAttr, ReduceAttr, ArgReduceAttr, EinsumAttr>;

std::size_t hash(const Attributes& a);

// `attributes` is null for ops without any (convert, ufunc).
struct Operation {
  Op op = Op::constant;
  const Ufunc* ufunc = nullptr;  // of ufunc and reduce
  std::shared_ptr<const Attributes> attributes;
  template <typename T>
  const T& attr() const {
    return std::get<T>(*attributes);
  }
};
bool same_operation(const Operation& a, const Operation& b);
// Whether a reduction of so many operands is a sum of products.
bool sums_products(const Operation& operation, std::size_t operands);

// Where shape rules ask whether two extents are equal, and what unknown ones are.
class ExtentRules {
 public:
  virtual ~ExtentRules() = default;
  // Called where the rules need a == b and normal forms differ. Returns the extent to go on with,
  // or nothing if they are certainly different (the caller then throws NumPy's sentence).
  virtual std::optional<Extent> equate(const Extent& a, const Extent& b) = 0;
  // Called where a broadcast needs a == target or a == 1, and neither is known. Returns and throws
  // as equate does.
  virtual std::optional<Extent> stretch(const Extent& a, const Extent& target) {
    return equate(target, a);
  }
  // Called where a reshape needs the same number of elements and normal forms differ.
  virtual bool same_count(const Extent& a, const Extent& b) { return equate(a, b).has_value(); }
};

// For graphs where equal extents already have equal normal forms: every difference is an error.
// What a reshape needs may be known by a guard alone.
class EqualExtents final : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent&, const Extent&) override { return {}; }
  bool same_count(const Extent&, const Extent&) override { return true; }
};

// The result type of an operation, every broadcast and cast being explicit. `shape`-like attributes
// are already in terms of the operands' symbols. Throws NumPy's sentence where the rules are
// broken. `result_dtype` is the type asked for by convert and by ufunc rows; others derive it.
Type infer(const Operation& operation, std::span<const Type> operands, DType result_dtype,
           ExtentRules& rules);

// start (first operand index) and length of a slice of an axis of extent n, by Python's rules. The
// start of a slice that may be empty is right where it is not; for constants it is Python's always.
struct SliceBounds {
  Extent start;
  Extent length;
};
SliceBounds slice_bounds(const Slice& s, const Extent& n);

// The extent of each einsum index, by index; an axis of extent 1 takes any other's.
std::vector<Extent> einsum_extents(const EinsumAttr& attr, std::span<const Type> operands,
                                   ExtentRules& rules);

// The index map of broadcast, slice, transpose, expand_dims, squeeze or view.
ViewAttr view_map(const Operation& operation, const Type& operand, const Type& result);
// The map of inner first, then outer (result of outer → operand of inner).
ViewAttr compose(const ViewAttr& outer, const ViewAttr& inner);

// The tree of a reduction with this ufunc in this dtype; `last_axis`: the elements it folds are on
// the last axis of the array the user reduced.
Tree default_tree(const Ufunc& ufunc, DType dtype, bool last_axis);

}  // namespace arrayc::ir
