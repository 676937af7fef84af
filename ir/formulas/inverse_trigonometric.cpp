// arcsin, arccos, arctan and arctan2.
//
// arctan of a quotient: the smaller of |y| and |x| over the larger is t, or (t - 1)/(t + 1) above
// tan(pi/8), which adds pi/4; so |t| <= tan(pi/8), and the octant adds a multiple of pi/4 in two
// parts and a sign. arcsin: x + x^3 P(x^2) below 1/2; above, pi/2 less twice the same function of
// sqrt((1 - |x|)/2). After Moshier's Cephes and fdlibm; the polynomials are minimax (Remez).
#include <limits>

#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Multiples of pi/4 in two parts, in the precision of f64 and f32.
struct Angle {
  double high, low, single_low;
  Expression high_like(Expression x) const { return x.number(high); }
  Expression low_like(Expression x) const { return x.number(x.is_double() ? low : single_low); }
};
constexpr Angle kPi = {0x1.921fb54442d18p1, 0x1.1a62633145c07p-53, -0x1.777a5cf72cecep-24};
constexpr Angle kHalfPi = {0x1.921fb54442d18p0, 0x1.1a62633145c07p-54, -0x1.777a5cf72cecep-25};
constexpr Angle kQuarterPi = {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55, -0x1.777a5cf72cecep-26};
constexpr Angle kThreeQuarterPi = {0x1.2d97c7f3321d2p1, 0x1.a79394c9e8a0ap-54,
                                   -0x1.99bc5b961b1adp-28};

// arctan(t) - t for |t| <= tan(pi/8)
Expression arctan_tail(Expression t) {
  const Expression z = t * t;
  const Expression p =
      z.is_double()
          ? polynomial(z, {-0x1.555555555553dp-2, 0x1.99999999957bbp-3, -0x1.24924922a9d8dp-3,
                           0x1.c71c70e4def17p-4, -0x1.745cf8bdfc3e7p-4, 0x1.3b111731ae41cp-4,
                           -0x1.10eba449ec3cdp-4, 0x1.df0e3ddb83304p-5, -0x1.9cce50c3c0f8ep-5,
                           0x1.37cb18e31f795p-5, -0x1.25548f3419811p-6})
          : polynomial(
                z, {-0x1.55554ap-2, 0x1.999196p-3, -0x1.23b51cp-3, 0x1.b1eba4p-4, -0x1.f1ea6ap-5});
  return z * t * p;
}

// The angle of (x, y) for y >= 0, from |x| and where x is negative.
Expression first_half_turn(Expression y, Expression x, Expression left) {
  const Expression small = binary(Prim::minimum, x, y);
  const Expression large = binary(Prim::maximum, x, y);
  const Expression middle = small > large * 0x1.a827999fcef32p-2;
  const Expression above = select(middle, small - large, small);
  const Expression below = select(middle, small + large, large);
  const Expression t = above / below;
  // The octants: |y| beyond |x| turns the angle round at pi/2, x < 0 at pi.
  const Expression steep = y > x;
  const auto choose = [&](Expression (Angle::*part)(Expression) const) {
    const Expression zero = x.number(0);
    const Expression diagonal = select(left, (kThreeQuarterPi.*part)(x), (kQuarterPi.*part)(x));
    const Expression axis = select(steep, (kHalfPi.*part)(x), select(left, (kPi.*part)(x), zero));
    return select(middle, diagonal, axis);
  };
  const Expression signed_t = select(steep ^ left, -t, t);
  const Expression rest = choose(&Angle::low_like) + arctan_tail(signed_t);
  return choose(&Angle::high_like) + (signed_t + rest);
}

// arcsin(x) - x for |x| <= 1/2, from z = x^2.
Expression arcsin_tail(Expression x, Expression z) {
  const Expression p =
      z.is_double()
          ? polynomial(z, {0x1.5555555555391p-3, 0x1.333333336e6f9p-4, 0x1.6db6db4283d19p-5,
                           0x1.f1c72c363d145p-6, 0x1.6e89f47d3310ep-6, 0x1.1c6bde39a27dep-6,
                           0x1.c6fe03142e8c6p-7, 0x1.8ec15943e8618p-7, 0x1.abdd4a1c3a315p-8,
                           0x1.3feb427dabc32p-6, -0x1.09c48f9430b58p-6, 0x1.056877d222ca1p-5})
          : polynomial(z,
                       {0x1.5555c8p-3, 0x1.3301ecp-4, 0x1.747d86p-5, 0x1.8c2f4ep-6, 0x1.59677ap-5});
  return x * z * p;
}

// x, or sqrt((1 - |x|)/2) where |x| is above 1/2, and arcsin of it.
struct HalfAngle {
  Expression outer, base, tail;
};
HalfAngle half_angle(Expression x) {
  const Expression a = abs(x);
  const Expression outer = a > 0.5;
  const Expression z = select(outer, (1.0 - a) * 0.5, a * a);
  const Expression base = select(outer, unary(Prim::sqrt, z), a);
  return {outer, base, arcsin_tail(base, z)};
}

}  // namespace

Reg arcsin(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const HalfAngle h = half_angle(x);
  const Expression twice = (h.tail * 2.0 - kHalfPi.low_like(x)) + h.base * 2.0;
  const Expression outer = kHalfPi.high_like(x) - twice;
  return copysign(select(h.outer, outer, h.base + h.tail), x).reg();
}

Reg arccos(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const HalfAngle h = half_angle(x);
  const Expression minus = x < 0;
  const Expression sum = h.base + h.tail;
  const Expression left = kPi.high_like(x) - (h.base * 2.0 + (h.tail * 2.0 - kPi.low_like(x)));
  const Expression outer = select(minus, left, sum * 2.0);
  const Expression base = select(minus, -h.base, h.base);
  const Expression tail = select(minus, -h.tail, h.tail);
  const Expression inner = kHalfPi.high_like(x) - (base - (kHalfPi.low_like(x) - tail));
  return select(h.outer, outer, inner).reg();
}

Reg arctan(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Expression right(b, b.constant(Scalar::of(false)));
  return copysign(first_half_turn(abs(x), x.number(1), right), x).reg();
}

// Quotients of two zeros or two infinities are made 0 and 1; large numbers are made smaller, so
// that their sum is finite; a half turn that is too small to be told from 0 stays exact.
Reg arctan2(ScalarBuilder& b, Args args, DType) {
  const Expression y(b, args[0]), x(b, args[1]);
  const Expression both_infinite = (abs(x) == kInfinity) & (abs(y) == kInfinity);
  const Expression both_zero = (x == 0) & (y == 0);
  const Expression width = select(both_infinite | both_zero, 1, abs(x));
  const Expression height = select(both_infinite, 1, abs(y));
  const Expression large =
      binary(Prim::maximum, width, height) > (x.is_double() ? 0x1p1000 : 0x1p100);
  const Expression factor = select(large, x.number(0.25), x.number(1));
  const Expression left = x.as_bits() < 0;
  return copysign(first_half_turn(height * factor, width * factor, left), y).reg();
}

}  // namespace arrayc::ir::formulas
