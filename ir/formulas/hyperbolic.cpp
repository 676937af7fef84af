// sinh, cosh, arcsinh, arccosh and arctanh. (tanh is with exp.)
//
// sinh and cosh: |x| = k ln 2 + r as for exp; with A = sinh(k ln 2) and B = cosh(k ln 2), which are
// sums of two powers of two, sinh x = A cosh r + B sinh r and cosh x = B cosh r + A sinh r. So sinh
// needs no difference near 0, where k is 0 and A vanishes.
//
// The inverses are logarithms of 1 + u with u a sum of two floats:
//   arcsinh x = log(1 + x + x^2/(1 + sqrt(1 + x^2)))
//   arccosh x = log(1 + t + sqrt(t (t + 2))),  t = x - 1
//   arctanh x = log((1 + x)/(1 - x))/2
// The last needs no 1 + u: with the quotient 2^k (1 + s)/(1 - s), s is x itself where k is 0.
#include <limits>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/double_double.h"
#include "ir/formulas/exponential.h"
#include "ir/formulas/formulas.h"
#include "ir/formulas/logarithm.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// 2^(k-2), 2^(-k-2), sinh r and cosh r - 1.
struct Hyperbola {
  Expression up, down, sine, cosine;
};

Hyperbola hyperbola(Expression magnitude) {
  // Beyond, the results overflow.
  const double most = magnitude.is_double() ? 710.6 : 89.5;
  const Expression x = select(magnitude > most, most, magnitude);
  const Rounded k = round_scaled(x, kLog2E);
  const Remainder rest = subtract_ln2(x, k.k);
  const Expression r = rest.high - rest.low;
  const Expression z = r * r;
  const Expression s =
      r.is_double()
          ? polynomial(z, {0x1.5555555555559p-3, 0x1.111111110f6b6p-7, 0x1.a01a01afe3de8p-13,
                           0x1.71ddf85344b7fp-19, 0x1.af5ec5912e8f3p-26})
          : polynomial(z, {0x1.555556p-3, 0x1.1110b2p-7, 0x1.a16fd4p-13});
  const Expression c =
      r.is_double()
          ? polynomial(z, {0x1p-1, 0x1.555555555555cp-5, 0x1.6c16c16c13ef5p-10,
                           0x1.a01a01b18d6d3p-16, 0x1.27e4c4e3f8527p-22, 0x1.1f9572eb54bfep-29})
          : polynomial(z, {0x1p-1, 0x1.55547ep-5, 0x1.6d97e6p-10});
  // 2^-2k is lost beside 1 long before its exponent ends.
  const Expression inverse = select(k.k_integer > 60, -60, -k.k_integer);
  return {power_of_two(k.k_integer - 2), power_of_two(inverse - 2),
          rest.high + multiply_add(z * r, s, -rest.low), z * c};
}

// log(1 + u) for u >= 0, or log(far) + log 2 where `is_far` holds.
Expression log_one_plus(const Pair& u, Expression is_far, Expression far) {
  const Expression sum = u.high + 1.0;
  const Expression lost = select(u.high < 1.0, u.high - (sum - 1.0), 1.0 - (sum - u.high));
  const Expression y = select(is_far, far, sum);
  const Mantissa parts = take_apart(y, false);
  const Expression near = (parts.k == 0) & !is_far;
  const Expression k = select(is_far, parts.k + 1.0, parts.k);
  const Expression f = select(near, u.high, parts.m - 1.0);
  const Expression low = select(near, u.low, lost + u.low) / y;
  const Expression correction = multiply_add(k, format(y.type()).ln2_low, select(is_far, 0, low));
  return natural(k, log_parts(f), correction);
}

double far_beyond(Expression x) { return x.is_double() ? 0x1p28 : 0x1p13; }

}  // namespace

Reg sinh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Hyperbola h = hyperbola(abs(x));
  const Expression a = h.up - h.down;
  const Expression sum = a + multiply_add(a, h.cosine, (h.up + h.down) * h.sine);
  const Expression tiny = abs(x) < (x.is_double() ? 0x1p-28 : 0x1p-13);
  return select(tiny, x, copysign(sum * 2.0, x)).reg();
}

Reg cosh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Hyperbola h = hyperbola(abs(x));
  const Expression c = h.up + h.down;
  return ((c + multiply_add(c, h.cosine, (h.up - h.down) * h.sine)) * 2.0).reg();
}

Reg arcsinh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Expression a = abs(x);
  const Expression far = a > far_beyond(x);
  const Expression square = select(far, 1, a * a);
  const Expression root = unary(Prim::sqrt, square + 1.0);
  const Pair u = fast_sum(a, square / (root + 1.0));
  Expression result = log_one_plus(u, far, a);
  result = select(a == kInfinity, a, result);
  const Expression tiny = a < (x.is_double() ? 0x1p-28 : 0x1p-13);
  return select(tiny, x, copysign(result, x)).reg();
}

Reg arccosh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Expression far = x > far_beyond(x);
  const Expression t = select(far, 1, x - 1.0);
  const Expression twice = t + t;
  const Expression root = unary(Prim::sqrt, multiply_add(t, t, twice));
  const Pair u = fast_sum(root, t);
  Expression result = log_one_plus(u, far, x);
  result = select(x == kInfinity, x, result);
  return select(x < 1, std::numeric_limits<double>::quiet_NaN(), result).reg();
}

Reg arctanh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const FloatFormat& format_x = format(x.type());
  const Expression a = abs(x);
  const Pair above = fast_sum(x.number(1), a);
  const Pair below = fast_sum(x.number(1), -a);
  const Expression k = take_apart(above.high / below.high, false).k;
  const Expression power = power_of_two((k + format_x.round).as_bits() - format_x.round_bits);
  const Expression scaled = below.high * power, scaled_low = below.low * power;

  // s = (above - scaled)/(above + scaled), corrected by what the sum and the division lost.
  const Expression sum = above.high + scaled;
  const Expression sum_low = ((above.high - sum) + scaled) + (above.low + scaled_low);
  const Expression difference = above.high - scaled;
  const Expression quotient = difference / sum;
  const Pair back = product(quotient, sum);
  const Expression lost =
      ((difference - back.high) - back.low) + ((above.low - scaled_low) - quotient * sum_low);
  const Expression near = k == 0;
  const Expression s = select(near, a, quotient);
  const Expression s_low = select(near, 0, lost / sum);
  const Expression tail = multiply_add(s * 0.5, log_series(s * s), s_low);
  const Expression low = multiply_add(k, 0.5 * format_x.ln2_low, tail);
  Expression result = multiply_add(k, 0.5 * format_x.ln2_high, s + low);
  result = select(a == 1, kInfinity, result);
  result = select(a > 1, std::numeric_limits<double>::quiet_NaN(), result);
  return copysign(result, x).reg();
}

}  // namespace arrayc::ir::formulas
