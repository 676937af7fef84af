#include "ir/node.h"

#include <array>
#include <utility>

namespace arrayc::ir {

namespace {

constexpr OpInfo op_table[] = {
#define OP(id, name, operands, doc) {Op::id, name, operands, doc},
#include "ir/ops.def"
};

// Folds what an attribute consists of into one number.
class Hasher {
 public:
  void add(std::size_t value) {
    seed_ ^= value + 0x9e3779b97f4a7c15ull + (seed_ << 6) + (seed_ >> 2);
    seed_ *= 0xff51afd7ed558ccdull;
  }
  void add(std::int32_t value) { add(static_cast<std::size_t>(value)); }
  void add(std::int64_t value) { add(static_cast<std::size_t>(value)); }
  void add(bool value) { add(static_cast<std::size_t>(value)); }
  void add(const Extent& e) { add(e.hash()); }
  void add(const std::optional<Extent>& e) { add(e ? e->hash() : std::size_t{1}); }
  void add(const Slice& s) {
    add(s.start);
    add(s.stop);
    add(s.step);
    add(s.index);
  }
  void add(const ViewAxis& axis) {
    add(std::int32_t{axis.axis});
    add(axis.start);
    add(axis.step);
  }
  template <typename T>
  void add(const std::vector<T>& items) {
    add(items.size());
    for (const T& item : items) add(item);
  }

  void operator()(std::monostate) {}
  void operator()(const ParamAttr& a) { add(a.index); }
  void operator()(const ConstantAttr& a) {
    add(static_cast<std::size_t>(a.value.dtype));
    add(a.value.bits);
    add(static_cast<std::size_t>(a.weak));
  }
  void operator()(const ExtentAttr& a) { add(a.value); }
  void operator()(const ShapeAttr& a) { add(a.shape); }
  void operator()(const SliceAttr& a) { add(a.axes); }
  void operator()(const AxesAttr& a) { add(a.axes); }
  void operator()(const ViewAttr& a) {
    add(a.shape);
    add(a.axes);
  }
  void operator()(const ReduceAttr& a) {
    add(a.axis);
    add(a.tree.lanes);
    add(a.tree.chunk);
    add(a.tree.in_order);
    add(static_cast<std::int32_t>(a.part));
    add(a.initial);
  }
  void operator()(const ArgReduceAttr& a) {
    add(a.axis);
    add(a.maximum);
  }
  void operator()(const EinsumAttr& a) {
    add(a.operands);
    add(a.result);
  }

  std::size_t result() const { return seed_; }

 private:
  std::size_t seed_ = 0;
};

}  // namespace

const OpInfo& info(Op op) { return op_table[static_cast<std::size_t>(op)]; }

std::size_t hash(const Attributes& a) {
  Hasher hasher;
  hasher.add(a.index());
  std::visit(hasher, a);
  return hasher.result();
}

bool same_operation(const Operation& a, const Operation& b) {
  if (a.op != b.op || a.ufunc != b.ufunc) return false;
  if (a.attributes == b.attributes) return true;
  return a.attributes && b.attributes && *a.attributes == *b.attributes;
}

bool sums_products(const Operation& operation, std::size_t operands) {
  return operation.op == Op::reduce && operands == 2 && operation.ufunc->name == "add" &&
         operation.attr<ReduceAttr>().part == ResultPart::whole;
}

Tree default_tree(const Ufunc& ufunc, DType dtype, bool last_axis) {
  const bool inexact = is_float(dtype) || is_complex(dtype);
  const bool ordered = inexact && (ufunc.name == "add" || ufunc.name == "multiply");
  if (!ordered) return {1, 0};
  if (!last_axis) return {1, 64};
  if (is_complex(dtype) && ufunc.name == "multiply") return {8, 4096};
  // Lanes fill 256 bytes.
  return {256 / item_size(is_complex(dtype) ? part_dtype(dtype) : dtype), 4096};
}

}  // namespace arrayc::ir
