// sin, cos and tan.
//
// x = n (pi/2) + r, |r| <= pi/4, after Cody and Waite: pi/2 is cut into three parts of which n
// times the first and the second are exact for |x| <= 2^20, and r is kept as a sum of two doubles.
// With fused multiply-add, x less n times pi/2 as a double is exact already: a multiple of 2^-53
// below 1.
// Larger angles are first reduced by the angle primitives, which leave the others as they are; then
// n is 0 and their second double is added. The polynomials are minimax (Sollya's fpminimax); the
// sums around them keep the error below 0.9 units in the last place.
//
// sin and cos of f32 do the same in f32 where there is fused multiply-add. Without it, and for tan,
// they run in f64 with shorter polynomials; results are then almost always correctly rounded.
#include <vector>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/double_double.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

// sin and cos of r, and the quarter turns n in the low bits of an integer.
struct Circle {
  Pair sine, cosine;  // sums of a leading part and a small one, not yet added up
  Expression turns;
};

constexpr double kHalfPi1 = 0x1.921fb544p0;    // 33 bits
constexpr double kHalfPi2 = 0x1.0b4611a6p-34;  // 33 bits
constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
constexpr double kHalfPiRest = 0x1.0b4611a626331p-34;  // all after the first part
constexpr double kTurns = 0x1.45f306dc9c883p-1;        // 2/pi
constexpr double kRound = 0x1.8p52;

// pi/2 as a sum of floats of one type, for fused multiply-add.
struct HalfPi {
  double high, low, lowest;
};
constexpr HalfPi kDoubles = {0x1.921fb54442d18p0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
constexpr HalfPi kFloats = {0x1.921fb6p0, -0x1.777a5cp-25, -0x1.ee59dap-50};

Expression angle(Prim p, Expression x) {
  const Reg args[] = {x.reg()};
  const DType integer = x.is_double() ? DType::I64 : DType::I32;
  const DType out = p == Prim::angle_turns ? integer : x.type();
  return {x.builder(), x.builder().emit(p, out, args)};
}

// x - n (pi/2) as a sum of two floats, the second at most half a unit of the first.
Pair subtract_quarters(Expression x, Expression n) {
  if (x.builder().has_fma()) {
    const HalfPi& part = x.is_double() ? kDoubles : kFloats;
    const Expression t = multiply_add(n, -part.high, x);  // exact
    const Expression second = n * part.low;
    const Expression lost = multiply_add(n, -part.low, second);
    const Expression r = t - second;
    return {r, ((t - r) - second) + multiply_add(n, -part.lowest, lost)};
  }
  const Expression t = multiply_add(n, -kHalfPi1, x);
  const Expression second = n * kHalfPi2;
  const Expression t2 = t - second;
  const Expression third = n * kHalfPi3;
  const Expression r = t2 - third;
  return {r, ((t - t2) - second) + ((t2 - r) - third)};
}

// An angle, less quarter turns.
struct Remainder {
  Expression high, low;
  Expression turns;
};

Remainder reduce(Expression angle_x) {
  const Expression x = angle(Prim::angle_high, angle_x);
  const double round = format(x.type()).round;
  const Expression shifted = multiply_add(x, kTurns, x.number(round));
  const Expression n = shifted - round;
  const Expression turns = shifted.as_bits() + angle(Prim::angle_turns, angle_x);
  const Pair remainder = subtract_quarters(x, n);
  return {remainder.high, remainder.low + angle(Prim::angle_low, angle_x), turns};
}

// sin r = r + r z s(z) and cos r = 1 - z/2 + z z c(z), z = r r.
struct Series {
  std::vector<double> sine, cosine;
};
const Series& series(DType type) {
  static const Series kDouble = {
      {-0x1.5555555555548p-3, 0x1.111111110f74ep-7, -0x1.a01a019bef247p-13, 0x1.71de355bc0104p-19,
       -0x1.ae5e517b7798p-26, 0x1.5d8d41112b1fbp-33},
      {0x1.555555555554bp-5, -0x1.6c16c16c1500ap-10, 0x1.a01a019c8d3f5p-16, -0x1.27e4f7efb789ap-22,
       0x1.1ee9da476d199p-29, -0x1.8fa59af1c9b25p-37}};
  static const Series kSingle = {{-0x1.555542p-3, 0x1.1105e2p-7, -0x1.98cb5cp-13},
                                 {0x1.555548p-5, -0x1.6c0adap-10, 0x1.99853cp-16}};
  return type == DType::F64 ? kDouble : kSingle;
}

Circle circle_in_parts(Expression angle_x) {
  const auto [r, low, turns] = reduce(angle_x);
  const Expression z = r * r;
  const Expression s = polynomial(z, series(r.type()).sine);
  const Expression c = polynomial(z, series(r.type()).cosine);
  const Expression rest = multiply_add(z * z, c, -(r * low));
  const Expression sine_rest = multiply_add(z, multiply_add(r, s, low * -0.5), low);
  return {{r, sine_rest}, {r.number(1), multiply_add(r * -0.5, r, rest)}, turns};
}

// In doubles that hold floats: one part is enough.
Circle circle_in_double(Expression angle_x) {
  const Expression x = angle(Prim::angle_high, angle_x);
  const Expression shifted = multiply_add(x, kTurns, x.number(kRound));
  const Expression n = shifted - kRound;
  const Expression turns = shifted.as_bits() + angle(Prim::angle_turns, angle_x);
  const Expression r = multiply_add(n, -kHalfPiRest, multiply_add(n, -kHalfPi1, x));
  const Expression z = r * r;
  const Expression s = polynomial(z, {-0x1.5555554c61688p-3, 0x1.1111085e6fe87p-7,
                                      -0x1.a00f7583cc6e5p-13, 0x1.6ccfa3f88721dp-19});
  const Expression c = polynomial(z, {-0.5, 0x1.5555554ecd68dp-5, -0x1.6c16b81d2a7aep-10,
                                      0x1.a010d6593ea69p-16, -0x1.241cde6b64cccp-22});
  return {{r, z * r * s}, {r.number(1), z * c}, turns};
}

Circle circle(Expression x) {
  return x.is_double() ? circle_in_parts(x) : circle_in_double(x.convert(DType::F64));
}

Expression with_sign(Expression value, Expression turns) {
  return (value.as_bits() ^ ((turns & 2) << (value.is_double() ? 62 : 30))).as_float();
}

// The sine of a quarter-turn count and a remainder: sin, cos, -sin, -cos.
Expression pick(const Circle& c, Expression turns) {
  const Expression odd = (turns & 1) != 0;
  return with_sign(select(odd, c.cosine.high + c.cosine.low, c.sine.high + c.sine.low), turns);
}

// The same, bit by bit, where the operands of one computation are selected instead of the results
// of two.
Expression pick_before(const Remainder& remainder, Expression turns) {
  const auto& [r, low, unused] = remainder;
  const Expression odd = (turns & 1) != 0;
  const Expression z = r * r;
  std::vector<Expression> coefficients;
  const Series& known = series(r.type());
  for (std::size_t k = 0; k < known.sine.size(); ++k) {
    coefficients.push_back(select(odd, r.number(known.cosine[k]), known.sine[k]));
  }
  const Expression p = polynomial(z, coefficients);
  const Expression small = low * select(odd, -r, -0.5);
  const Expression inner = multiply_add(select(odd, z * z, r), p, small);
  const Expression rest =
      multiply_add(select(odd, r * -0.5, z), select(odd, r, inner), select(odd, inner, low));
  return with_sign(select(odd, 1, r) + rest, turns);
}

// The sine of an angle and a number of quarter turns.
Expression sine_after(Expression x, int quarters) {
  const auto plus = [&](Expression turns) { return quarters == 0 ? turns : turns + quarters; };
  const bool in_parts = x.is_double() || x.builder().has_fma();
  if (in_parts && x.builder().prefers_selects()) {
    const Remainder remainder = reduce(x);
    return pick_before(remainder, plus(remainder.turns));
  }
  const Circle c = in_parts ? circle_in_parts(x) : circle(x);
  return pick(c, plus(c.turns));
}

}  // namespace

// -0 is not kept by the sums.
Reg sin(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]);
  return select(x == 0, x, sine_after(x, 0).convert(out)).reg();
}

Reg cos(ScalarBuilder& b, Args args, DType out) {
  return sine_after({b, args[0]}, 1).convert(out).reg();
}

// The quotient of sine and cosine, or of -cosine and sine. In f64 it is corrected by what division
// and the two functions lost.
Reg tan(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]);
  const Circle c = circle(x);
  const Expression odd = (c.turns & 1) != 0;
  const Pair sine = fast_sum(c.sine.high, c.sine.low);
  const Pair cosine = fast_sum(c.cosine.high, c.cosine.low);
  const Expression above = select(odd, -cosine.high, sine.high);
  const Expression below = select(odd, sine.high, cosine.high);
  if (!x.is_double()) return select(x == 0, x, (above / below).convert(out)).reg();
  const Expression above_low = select(odd, -cosine.low, sine.low);
  const Expression below_low = select(odd, sine.low, cosine.low);
  const Expression inverse = 1.0 / below;
  const Expression ratio = above * inverse;
  const Pair back = product(ratio, below);
  const Expression lost = ((above - back.high) - back.low) + (above_low - ratio * below_low);
  return select(x == 0, x, multiply_add(lost, inverse, ratio)).reg();
}

}  // namespace arrayc::ir::formulas
