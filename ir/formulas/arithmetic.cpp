// Arithmetic, rounding and extremes, as far as ufuncs.def does not say them itself.
//
// Division of floats follows NumPy's npy_divmod: the remainder is C's fmod, which is exact, moved
// by one divisor where the signs differ; the quotient is then (x - remainder) / y, snapped to the
// nearest integer. The signs of zeros are the divisor's (remainder) and the true quotient's.
#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

Reg add(ScalarBuilder& b, Args args, DType out) {
  return b.binary(is_bool(out) ? Prim::bit_or : Prim::add, args[0], args[1]);
}

Reg multiply(ScalarBuilder& b, Args args, DType out) {
  return b.binary(is_bool(out) ? Prim::bit_and : Prim::mul, args[0], args[1]);
}

namespace {

// fmod's result has x's sign; Python's has y's.
Expression other_sign(Expression mod, Expression y) { return (y < 0) ^ (mod < 0); }

}  // namespace

Reg floor_divide(ScalarBuilder& b, Args args, DType out) {
  if (is_integer(out)) return b.binary(Prim::floor_div, args[0], args[1]);
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression mod = binary(Prim::fmod, x, y);
  Expression quotient = (x - mod) / y;
  quotient = select((mod != 0) & other_sign(mod, y), quotient - 1.0, quotient);
  const Expression below = unary(Prim::floor, quotient);
  const Expression snapped = select(quotient - below > 0.5, below + 1.0, below);
  const Expression exact = x / y;
  const Expression zero = copysign(quotient.number(0), exact);
  return select(y == 0, exact, select(quotient == 0, zero, snapped)).reg();
}

Reg remainder(ScalarBuilder& b, Args args, DType out) {
  if (is_integer(out)) return b.binary(Prim::floor_rem, args[0], args[1]);
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression mod = binary(Prim::fmod, x, y);
  const Expression moved = select(other_sign(mod, y), mod + y, mod);
  return select(mod == 0, copysign(y.number(0), y), moved).reg();
}

// The remainder of division that cuts towards 0: it has x's sign.
Reg fmod(ScalarBuilder& b, Args args, DType out) {
  if (is_float(out)) return b.binary(Prim::fmod, args[0], args[1]);
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression mod = binary(Prim::floor_rem, x, y);
  if (!is_signed(out)) return mod.reg();
  return select((mod != 0) & ((mod < 0) ^ (x < 0)), mod - y, mod).reg();
}

Reg absolute(ScalarBuilder& b, Args args, DType out) {
  return is_bool(out) ? args[0] : b.unary(Prim::abs, args[0]);
}

Reg sign(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]);
  if (is_unsigned(out)) return select(x == 0, x, x.integer(1)).reg();
  // What is neither above nor below 0 is 0, without its sign, or NaN.
  const Expression rest = is_float(out) ? select(x == 0, 0, x) : x;
  return select(x > 0, 1, select(x < 0, -1, rest)).reg();
}

Reg sqrt(ScalarBuilder& b, Args args, DType) { return b.unary(Prim::sqrt, args[0]); }

Reg reciprocal(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]);
  if (is_float(out)) return (1.0 / x).reg();
  const Expression unit = is_signed(out) ? (x == 1) | (x == -1) : x == 1;
  return select(unit, x, 0).reg();
}

// The factors are quotients in the format itself, as NumPy's are.
Reg deg2rad(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  return (x * (x.is_double() ? 0x1.1df46a2529d39p-6 : 0x1.1df46ap-6)).reg();
}

Reg rad2deg(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  return (x * (x.is_double() ? 0x1.ca5dc1a63c1f8p5 : 0x1.ca5dcp5)).reg();
}

namespace {

Reg round(Prim p, ScalarBuilder& b, Args args, DType out) {
  return is_float(out) ? b.unary(p, args[0]) : args[0];
}

}  // namespace

Reg floor(ScalarBuilder& b, Args args, DType out) { return round(Prim::floor, b, args, out); }
Reg ceil(ScalarBuilder& b, Args args, DType out) { return round(Prim::ceil, b, args, out); }
Reg trunc(ScalarBuilder& b, Args args, DType out) { return round(Prim::trunc, b, args, out); }
Reg rint(ScalarBuilder& b, Args args, DType out) { return round(Prim::rint, b, args, out); }

Reg minimum(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::minimum, args[0], args[1]);
}
Reg maximum(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::maximum, args[0], args[1]);
}

namespace {

Reg without_nan(Prim p, ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression result = binary(p, x, y);
  if (!is_float(out)) return result.reg();
  return select(is_nan(x), y, select(is_nan(y), x, result)).reg();
}

}  // namespace

Reg fmin(ScalarBuilder& b, Args args, DType out) {
  return without_nan(Prim::minimum, b, args, out);
}
Reg fmax(ScalarBuilder& b, Args args, DType out) {
  return without_nan(Prim::maximum, b, args, out);
}

}  // namespace arrayc::ir::formulas
