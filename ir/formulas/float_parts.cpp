// Functions that look at the parts of a float: nextafter, spacing, ldexp, frexp and heaviside.
#include <limits>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double smallest(DType t) {
  switch (t) {
    case DType::F16:
      return 0x1p-24;
    case DType::BF16:
      return 0x1p-133;
    default:
      return t == DType::F32 ? 0x1p-149 : 0x1p-1074;
  }
}

// 0, infinities and NaN have no exponent.
Expression has_no_exponent(Expression x) { return (x == 0) | !(abs(x) < kInfinity); }

// x = 2^exponent * m with m in [1/2, 1), x's sign on m; of x with an exponent.
struct Parts {
  Expression m, exponent;
};
Parts halves(Expression x) {
  const FloatFormat& f = format(x.type());
  const Expression small = abs(x) < (x.is_double() ? 0x1p-1022 : 0x1p-126);
  const int lift = x.is_double() ? 54 : 25;
  const Expression bits = select(small, x * (x.is_double() ? 0x1p54 : 0x1p25), x).as_bits();
  const std::int64_t mask = std::int64_t{2 * f.bias + 1} << f.fraction_bits;
  const Expression stored = (bits & mask) >> f.fraction_bits;
  const Expression exponent = stored - (f.bias - 1) - select(small, lift, stored.integer(0));
  const std::int64_t half = std::int64_t{f.bias - 1} << f.fraction_bits;
  return {((bits & ~mask) | half).as_float(), exponent};
}

}  // namespace

Reg frexp_mantissa(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  return select(has_no_exponent(x), x, halves(x).m).reg();
}

Reg frexp_exponent(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]);
  return select(has_no_exponent(x), 0, halves(x).exponent).convert(out).reg();
}

// The mantissa is near 1, so that the scaling rounds once.
Reg ldexp(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]), n(b, args[1]);
  // More than from the smallest number to infinity.
  const int most = x.is_double() ? 2200 : 400;
  const Expression cut = select(n > most, most, select(n < -most, -most, n));
  const Parts parts = halves(x);
  const Expression exponent = cut.convert(parts.exponent.type()) + parts.exponent;
  const int range = x.is_double() ? 1100 : 200;
  const Expression within =
      select(exponent > range, range, select(exponent < -range, -range, exponent));
  return select(has_no_exponent(x), x, scale(parts.m, within)).reg();
}

// The bits of a float count up with its magnitude. Of zeros that differ in sign NumPy's result is
// the first for float16, else the second.
Reg nextafter(ScalarBuilder& b, Args args, DType out) {
  const Expression from(b, args[0]), to(b, args[1]);
  const Expression x = from.widened(), y = to.widened();
  const Expression bits = from.as_bits();
  const Expression away = (y > x) == (x > 0);
  const Expression next = (bits + select(away, 1, bits.integer(-1))).as(out);
  const Expression beside_zero = from.number(smallest(out)).as_bits() |
                                 (to.as_bits() & (bits.integer(1) << (8 * item_size(out) - 1)));
  Expression result = select(x == 0, beside_zero.as(out), next);
  result = select(x == y, out == DType::F16 ? from : to, result);
  return select(is_nan(x) | is_nan(y), (x + y).convert(out), result).reg();
}

// To the next float away from 0; NumPy's of float16 is to the next above. That of -0 is negative
// for bfloat16 only.
Reg spacing(ScalarBuilder& b, Args args, DType out) {
  const Expression from(b, args[0]);
  const Expression x = from.widened();
  const Expression bits = from.as_bits();
  const Expression step =
      out == DType::F16 ? select(x < 0, bits.integer(-1), bits.integer(1)) : bits.integer(1);
  const Expression next = (bits + step).as(out).widened();
  const Expression least = x.number(smallest(out));
  const Expression at_zero = out == DType::BF16 ? copysign(least, x) : least;
  const Expression result = select(x == 0, at_zero, next - x);
  return select(abs(x) < kInfinity, result, std::numeric_limits<double>::quiet_NaN())
      .convert(out)
      .reg();
}

Reg heaviside(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]), at_zero(b, args[1]);
  const Expression rest = select(x == 0, at_zero, x);
  return select(x > 0, 1, select(x < 0, 0, rest)).reg();
}

}  // namespace arrayc::ir::formulas
