// power and float_power.
//
// Floats: x^y = exp(y log x). In f64 the logarithm is a sum of two doubles, right to about 2^-64,
// and so is its product with y, since exp turns an absolute error into a relative one: with 1 + f
// and s as in logarithm.cpp,
//   log(1 + f) = 2 s + s^3 (2/3 + s^2 G(s^2))
// where s, s^2 and the terms down to 2/3 s^3 are sums of two doubles (Dekker, A Floating-Point
// Technique for Extending the Available Precision, 1971). f32 computes the same in plain f64.
// Special values are C's: x^0 and 1^y are 1 even for NaN.
//
// Integers: by squaring, modulo 2^width. A negative exponent gives what is left of 1/x^-y as an
// integer: 1, -1 or 0; NumPy raises an error, which a check of the function finds (ir/checks.h).
#include "ir/formulas/power.h"

#include <limits>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/exponential.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

Pair log_pair(Expression x) {
  const FloatFormat& format_x = format(x.type());
  const Mantissa parts = take_apart(x);
  const Expression f = parts.m - 1.0;
  const Expression d = parts.m + 1.0;
  const Expression d_low = parts.m - (d - 1.0);
  const Expression inverse = 1.0 / d;
  const Expression s_high = f * inverse;
  const Pair back = product(s_high, d);
  const Pair s = {s_high, (((f - back.high) - back.low) - s_high * d_low) * inverse};
  const Pair z = product(s, s);

  const Expression tail =
      z.high * polynomial(z.high, {0x1.999999999999ap-2, 0x1.24924924922fep-2, 0x1.c71c71c74c77ap-3,
                                   0x1.745d173ce41bap-3, 0x1.3b13a9cbb9295p-3, 0x1.111551154f6ffp-3,
                                   0x1.e01971bc09efdp-4, 0x1.daa559ed88c6dp-4});
  const Pair c = fast_sum(x.number(0x1.5555555555555p-1), tail);
  const Pair cubic = product(product(s, z), {c.high, c.low + 0x1.5555555555555p-55});

  const Pair first = fast_sum(parts.k * format_x.ln2_high, s.high * 2.0);
  const Pair second = fast_sum(first.high, cubic.high);
  const Expression low = multiply_add(parts.k, format_x.ln2_low, s.low * 2.0 + cubic.low);
  return fast_sum(second.high, second.low + first.low + low);
}

Expression exp_pair(const Pair& x) {
  const FloatFormat& f = format(DType::F64);
  const Expression in_range = abs(x.high) < 1000.0;
  Expression cut = select(x.high > 710, 710, x.high);
  cut = select(cut < -746, -746, cut);
  const Expression shifted = multiply_add(cut, kLog2E, cut.number(f.round));
  const Expression k = shifted - f.round;
  const Expression low = multiply_add(k, -f.ln2_low, select(in_range, x.low, 0));
  const Expression high = multiply_add(k, -f.ln2_high, cut);
  const Expression r = high + low;
  const Expression q = polynomial(
      r, {0x1.000000000000ap-1, 0x1.55555555554fep-3, 0x1.55555555506bcp-5, 0x1.1111111126b36p-7,
          0x1.6c16c18477082p-10, 0x1.a01a012fee98bp-13, 0x1.a019995efb56cp-16,
          0x1.71df18ef7a9d3p-19, 0x1.28adfccab85d4p-22, 0x1.ad92e88f87de4p-26});
  return scale(high + multiply_add(r * r, q, low) + 1.0, shifted.as_bits() - f.round_bits);
}

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- integers

// x^count for a count that is known.
Expression power_of_constant(Expression x, std::uint64_t count) {
  Expression result = x.integer(1);
  bool started = false;
  for (Expression base = x; count > 0; count >>= 1) {
    if (count & 1) {
      result = started ? result * base : base;
      started = true;
    }
    if (count > 1) base = base * base;
  }
  return result;
}

Expression integer_power(Expression x, Expression y) {
  const bool has_sign = is_signed(x.type());
  if (const auto count = y.builder().constant_value(y.reg())) {
    if (!has_sign || to_int64(*count) >= 0)
      return power_of_constant(x, convert(*count, DType::U64).bits);
  }
  const int bits = info(x.type()).bits - (has_sign ? 1 : 0);
  Expression result = x.integer(1);
  Expression base = x;
  for (int i = 0; i < bits; ++i) {
    const Expression used = ((y >> i) & 1) != 0;
    result = select(used, result * base, result);
    if (i + 1 < bits) base = base * base;
  }
  if (!has_sign) return result;
  const Expression odd = (y & 1) != 0;
  const Expression inverse = select(x == 1, 1, select(x == -1, select(odd, x, 1), x.integer(0)));
  return select(y < 0, inverse, result);
}

// --- floats

// |x|^y for finite x other than 0. Beyond 2^65 the exponent makes any result but that of |x| = 1
// overflow.
Expression magnitude_double(Expression x, Expression y) {
  Expression cut = select(y > 0x1p65, 0x1p65, y);
  cut = select(cut < -0x1p65, -0x1p65, cut);
  const Pair log = log_pair(x);
  const Pair main = product(log.high, cut);
  return exp_pair({main.high, multiply_add(log.low, cut, main.low)});
}

// The same for f32, in f64, with polynomials right to about 2^-35.
Expression magnitude_single(Expression x_single, Expression y_single) {
  const Expression x = x_single.convert(DType::F64), y = y_single.convert(DType::F64);
  const FloatFormat& f = format(DType::F64);
  const Mantissa parts = take_apart(x, false);
  const Expression fraction = parts.m - 1.0;
  const Expression s = fraction / (fraction + 2.0);
  const Expression z = s * s;
  const Expression r =
      polynomial(z, {2.0, 0x1.5555555565267p-1, 0x1.999998c8e2761p-2, 0x1.249325560c862p-2,
                     0x1.c67a37eb05742p-3, 0x1.8c972cd8fae7ap-3});
  const Expression log = multiply_add(parts.k, 0x1.62e42fefa39efp-1, s * r);

  // |log x| is at least 2^-24, so a larger |y| changes nothing but infinity times 0.
  Expression cut = select(y > 0x1p40, 0x1p40, y);
  cut = select(cut < -0x1p40, -0x1p40, cut);
  Expression power = cut * log;
  power = select(power > 200, 200, power);
  power = select(power < -200, -200, power);
  const Expression shifted = multiply_add(power, kLog2E, power.number(f.round));
  const Expression k = shifted - f.round;
  const Expression rest = multiply_add(k, -0x1.62e42fefa39efp-1, power);
  const Expression e =
      polynomial(rest, {1.0, 1.0, 0x1.0000003a21635p-1, 0x1.5555544346238p-3, 0x1.55548dc9617efp-5,
                        0x1.111270aa59ecap-7, 0x1.6d8d025297b79p-10, 0x1.9f0899a1ac614p-13});
  const Expression result = e * power_of_two(shifted.as_bits() - f.round_bits);
  return result.convert(DType::F32);
}

Expression real_power(Expression x, Expression y) {
  const Expression a = abs(x);
  const Expression finite = x.is_double() ? magnitude_double(a, y) : magnitude_single(a, y);
  // 0 and infinity: one of them again.
  const Expression edge = (a == 0) | (a == kInfinity);
  const Expression edge_value = select((a == 0) ^ (y < 0), x.number(0), kInfinity);
  Expression result = select(edge, edge_value, finite);

  const Expression integral = unary(Prim::trunc, y) == y;
  const Expression half = y * 0.5;
  const Expression odd = integral & (unary(Prim::trunc, half) != half);
  const Expression minus = x.as_bits() < 0;
  result = select(minus & odd, -result, result);
  const Expression undefined = (x < 0) & (a != kInfinity) & !integral;
  result = select(undefined, std::numeric_limits<double>::quiet_NaN(), result);
  result = select(is_nan(x), x, select(is_nan(y), y, result));
  return select((x == 1) | (y == 0), 1, result);
}

}  // namespace

Reg power(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]), y(b, args[1]);
  return (is_float(out) ? real_power(x, y) : integer_power(x, y)).reg();
}

Reg float_power(ScalarBuilder& b, Args args, DType) {
  return real_power({b, args[0]}, {b, args[1]}).reg();
}

}  // namespace arrayc::ir::formulas
