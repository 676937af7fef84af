#include "passes/folds.h"

#include <limits>

#include "runtime/planted.h"

namespace arrayc::passes {

using ir::DType;
using ir::Prim;
using ir::Scalar;
using ir::loops::Fold;

Fold fold_of(const ir::Node& node, DType dtype) {
  if (node.op() == ir::Op::arg_reduce) {
    return node.operation.attr<ir::ArgReduceAttr>().maximum ? Fold::arg_maximum : Fold::arg_minimum;
  }
  const std::string_view name = node.operation.ufunc->name;
  if (node.operands.size() == 2 && name == "minimum") return Fold::arg_minimum;
  if (node.operands.size() == 2 && name == "maximum") return Fold::arg_maximum;
  if (name == "add") return ir::is_bool(dtype) ? Fold::bit_or : Fold::add;
  if (name == "multiply") return ir::is_bool(dtype) ? Fold::bit_and : Fold::mul;
  if (name == "minimum") return Fold::minimum;
  if (name == "maximum") return Fold::maximum;
  if (name == "logical_or" || name == "bitwise_or") return Fold::bit_or;
  if (name == "logical_and" || name == "bitwise_and") return Fold::bit_and;
  if (name == "bitwise_xor" || name == "logical_xor") return Fold::bit_xor;
  ir::limitation("reduction with '" + std::string(name) + "' is not built yet", node.place,
                 "add, multiply, minimum, maximum, logical_and, logical_or and bitwise_* are");
}

Prim prim_of(Fold fold) {
  switch (fold) {
    case Fold::add:
      return Prim::add;
    case Fold::mul:
      return Prim::mul;
    case Fold::minimum:
      return Prim::minimum;
    case Fold::maximum:
      return Prim::maximum;
    case Fold::bit_and:
      return Prim::bit_and;
    case Fold::bit_or:
      return Prim::bit_or;
    case Fold::bit_xor:
      return Prim::bit_xor;
    default:
      ir::bug("an arg fold has no combining operation");
  }
}

namespace {

// The largest (or smallest) value of a type, infinities included.
Scalar extreme(DType t, bool largest) {
  using Limits = std::numeric_limits<double>;
  const double infinity =
      planted(runtime::Plant::init_infinity) ? Limits::max() : Limits::infinity();
  if (ir::is_bool(t)) return Scalar::of(largest);
  if (ir::is_float(t)) return ir::convert(Scalar::of(largest ? infinity : -infinity), t);
  const int bits = 8 * ir::item_size(t);
  const std::uint64_t all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (ir::is_unsigned(t)) return {t, largest ? all : 0};
  return {t, largest ? all >> 1 : (all >> 1) + 1};
}

}  // namespace

Scalar identity_of(Fold fold, DType t) {
  switch (fold) {
    case Fold::mul:
      return ir::convert(Scalar::of(std::int64_t{1}), t);
    case Fold::minimum:
    case Fold::arg_minimum:
      return extreme(t, true);
    case Fold::maximum:
    case Fold::arg_maximum:
      return extreme(t, false);
    case Fold::bit_and: {
      if (ir::is_bool(t)) return Scalar::of(true);
      return ir::convert(Scalar::of(std::int64_t{-1}), t);
    }
    default:
      return ir::convert(Scalar::of(std::int64_t{0}), t);
  }
}

Scalar neutral_of(Fold fold, DType t) {
  if (fold == Fold::add && ir::is_float(t)) return ir::convert(Scalar::of(-0.0), t);
  return identity_of(fold, t);
}

ir::loops::Accumulator accumulator_of(const ir::Node& node, DType dtype) {
  ir::loops::Accumulator a;
  a.fold = fold_of(node, dtype);
  a.type = dtype;
  if (node.op() == ir::Op::reduce) a.tree = node.operation.attr<ir::ReduceAttr>().tree;
  a.identity = identity_of(a.fold, dtype);
  return a;
}

ir::loops::Id first_extreme(ir::loops::Builder& b, const std::vector<ir::loops::Id>& values,
                            bool maximum) {
  using ir::loops::Id;
  Id best = values[0];
  Id at = b.constant(Scalar::of(std::int64_t{0}));
  const bool floats = ir::is_float(b.type_of(best));
  for (std::size_t k = 1; k < values.size(); ++k) {
    const Id x = values[k];
    Id better = b.compare(maximum ? Prim::gt : Prim::lt, x, best);
    if (floats) {  // a NaN beats any number, and nothing beats a NaN
      const Id number = b.compare(Prim::eq, best, best);
      const Id nan = b.compare(Prim::ne, x, x);
      better = b.binary(Prim::bit_or, better, b.binary(Prim::bit_and, nan, number));
    }
    at = b.select(better, b.constant(Scalar::of(static_cast<std::int64_t>(k))), at);
    best = b.select(better, x, best);
  }
  return at;
}

ComplexExtreme first_extreme(ir::loops::Builder& b, const std::vector<ComplexIds>& values,
                             bool maximum) {
  using ir::loops::Id;
  const auto is_nan = [&](const ComplexIds& z) {
    return b.binary(Prim::bit_or, b.compare(Prim::ne, z.re, z.re), b.compare(Prim::ne, z.im, z.im));
  };
  const Prim beyond = maximum ? Prim::gt : Prim::lt;
  ComplexExtreme best{values[0], b.constant(Scalar::of(std::int64_t{0}))};
  for (std::size_t k = 1; k < values.size(); ++k) {
    const ComplexIds& z = values[k];
    const Id tie = b.binary(Prim::bit_and, b.compare(Prim::eq, z.re, best.value.re),
                            b.compare(beyond, z.im, best.value.im));
    const Id further = b.binary(Prim::bit_or, b.compare(beyond, z.re, best.value.re), tie);
    const Id number = b.unary(Prim::bit_not, is_nan(best.value));
    const Id better = b.binary(Prim::bit_and, b.binary(Prim::bit_or, further, is_nan(z)), number);
    const Id at = b.constant(Scalar::of(static_cast<std::int64_t>(k)));
    best.position = b.select(better, at, best.position);
    best.value = {b.select(better, z.re, best.value.re), b.select(better, z.im, best.value.im)};
  }
  return best;
}

// As ir::Tree says.
ComplexIds complex_product(ir::loops::Builder& b, const std::vector<ComplexIds>& values,
                           const ir::Tree& tree) {
  if (tree.chunk == 1) return values[0];
  const DType type = b.type_of(values[0].re);
  const auto number = [&](std::int64_t v) { return b.constant(ir::convert(Scalar::of(v), type)); };
  const auto multiply = [&](const ComplexIds& x, const ComplexIds& y) {
    const auto product = [&](ir::loops::Id u, ir::loops::Id v) {
      return b.binary(Prim::mul, u, v);
    };
    return ComplexIds{b.binary(Prim::sub, product(x.re, y.re), product(x.im, y.im)),
                      b.binary(Prim::add, product(x.re, y.im), product(x.im, y.re))};
  };
  std::vector<ComplexIds> lanes(static_cast<std::size_t>(tree.lanes), {number(1), number(0)});
  for (std::size_t k = 0; k < values.size(); ++k) {
    ComplexIds& lane = lanes[k % lanes.size()];
    lane = multiply(lane, values[k]);
  }
  while (lanes.size() > 8) {
    const std::size_t half = lanes.size() / 2;
    for (std::size_t l = 0; l < half; ++l) lanes[l] = multiply(lanes[l], lanes[l + half]);
    lanes.resize(half);
  }
  ComplexIds result = lanes[0];
  for (std::size_t l = 1; l < lanes.size(); ++l) result = multiply(result, lanes[l]);
  return result;
}

}  // namespace arrayc::passes
