// cbrt and hypot.
//
// cbrt: x = 2^(3q + r) m with m near 1 and r = -1, 0 or 1. A polynomial gives cbrt(m) to 25 bits
// (12 in f32); cut so that its square is exact, one step of Halley's method t + t (c - t)/(2t + c),
// c = x/t^2, ends within 0.67 units in the last place, as fdlibm's.
//
// hypot: the root of the sum of squares, scaled where these would leave the range. f32 needs no
// scale in f64, where its squares are exact.
#include <limits>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Expression scaled_hypot(Expression x, Expression y) {
  const Expression a = abs(x), b = abs(y);
  const Expression large = binary(Prim::maximum, a, b), small = binary(Prim::minimum, a, b);
  const Expression huge = large > 0x1p500, tiny = large < 0x1p-459;
  const Expression factor = select(huge, 0x1p-600, select(tiny, x.number(0x1p600), 1));
  const Expression back = select(huge, 0x1p600, select(tiny, x.number(0x1p-600), 1));
  const Expression p = large * factor, q = small * factor;
  return unary(Prim::sqrt, multiply_add(p, p, q * q)) * back;
}

}  // namespace

Reg cbrt(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const FloatFormat& f = format(x.type());
  const Mantissa parts = take_apart(abs(x));
  const Expression third = multiply_add(parts.k, 0x1.5555555555555p-2, x.number(f.round));
  const Expression q = third - f.round;
  const Expression r = parts.k - q * 3.0;
  const Expression up = r > 0, down = r < 0;
  const Expression scaled = parts.m * select(up, 2, select(down, 0.5, x.number(1)));
  const Expression root =
      select(up, 0x1.428a2f98d728bp0, select(down, 0x1.965fea53d6e3dp-1, x.number(1)));
  const Expression p =
      x.is_double()
          ? polynomial(parts.m, {0x1.84905d4247764p-2, 0x1.5488acab982fp0, -0x1.95c33fc40c242p0,
                                 0x1.a016a670a0c81p0, -0x1.275c2ac646eb5p0, 0x1.0d85c1647952ap-1,
                                 -0x1.1c0d36a0aa198p-3, 0x1.06b19eb9af321p-6})
          : polynomial(parts.m, {0x1.f85552p-2, 0x1.7abab2p-1, -0x1.29558p-2, 0x1.dce794p-5});
  const std::int64_t cut = x.is_double() ? (1 << 27) - 1 : (1 << 12) - 1;
  const Expression t = ((p * root).as_bits() & ~cut).as_float();
  const Expression c = scaled / (t * t);
  const Expression result = multiply_add(t, (c - t) / (t + t + c), t);
  const Expression whole = result * power_of_two(third.as_bits() - f.round_bits);
  const Expression itself = (x == 0) | !(abs(x) < kInfinity);
  return select(itself, x, copysign(whole, x)).reg();
}

Reg hypot(ScalarBuilder& b, Args args, DType out) {
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression wide_x = x.convert(DType::F64), wide_y = y.convert(DType::F64);
  const Expression root = x.is_double()
                              ? scaled_hypot(x, y)
                              : unary(Prim::sqrt, wide_x * wide_x + wide_y * wide_y).convert(out);
  const Expression infinite = (abs(x) == kInfinity) | (abs(y) == kInfinity);
  return select(infinite, kInfinity, root).reg();
}

}  // namespace arrayc::ir::formulas
