// gamma and lgamma. f32 computes in f64.
//
// |x| <= 8: with n the integer nearest to 2 - x, d = x + n - 2 is exact near the zeros and poles,
// and the recurrence leads from x to 2 + d, where a polynomial gives gamma, or lgamma over its
// zeros (1 + d) d. Beyond: Stirling's series; negative x by gamma(x) gamma(-x) = -pi/(x sin(pi x)).
// The exponent of gamma is a sum of two doubles, as in power. The polynomials are minimax (Remez).
#include <limits>

#include "ir/formulas/formulas.h"
#include "ir/formulas/logarithm.h"
#include "ir/formulas/power.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kPi = 0x1.921fb54442d18p1;
constexpr double kLogRootTwoPi = 0x1.d67f1c864beb5p-1;  // log(2 pi)/2

// x taken to 2 + d by the recurrence: gamma(2 + d) = gamma(x) * up, or gamma(x) = gamma(2 + d) *
// down.
struct Recurrence {
  Expression d, product, goes_up;
};

Recurrence to_two(Expression x) {
  const Expression n = unary(Prim::rint, 2.0 - x);
  const Expression goes_up = n > 0;
  const Expression steps = abs(n);
  // x, x + 1, … on the way up; x - 1, x - 2, … down.
  const Expression first = select(goes_up, x, x - 1.0);
  const Expression step = select(goes_up, 1, x.number(-1));
  Expression product = x.number(1);
  for (int i = 0; i < 10; ++i) {
    const Expression factor = i == 0 ? first : multiply_add(step, static_cast<double>(i), first);
    product = select(steps > i, product * factor, product);
  }
  return {x + (n - 2.0), product, goes_up};
}

Expression gamma_near_two(Expression d) {
  return polynomial(d, {1,
                        0x1.b0ee6072093cep-2,
                        0x1.a5b978b96becfp-2,
                        0x1.4e23998464f1dp-4,
                        0x1.301fbb0f238c2p-4,
                        -0x1.17f37408789d5p-12,
                        0x1.6d7eeacd517f6p-7,
                        -0x1.75e6e924fda1ep-9,
                        0x1.13c44865436dap-9,
                        -0x1.e21f12c2ecfep-11,
                        0x1.011b25ae45d11p-11,
                        -0x1.f94c35f43443cp-13,
                        0x1.fe3ed88353059p-14,
                        -0x1.fdc4c2850b123p-15,
                        0x1.007ad65c653adp-15,
                        -0x1.01684310ae0e9p-16,
                        0x1.e47f24ee7a0a2p-18,
                        -0x1.d7f8a9038579fp-19,
                        0x1.60124a45d454fp-19,
                        -0x1.758aa754e7db5p-20});
}

// lgamma(2 + d)/(d (1 + d))
Expression lgamma_near_two(Expression d) {
  return polynomial(
      d,
      {0x1.b0ee6072093cep-2, -0x1.9ae6509ea10ap-4, 0x1.0e0c9df293538p-5, -0x1.95ce223a9c309p-7,
       0x1.47974853a88f5p-8, -0x1.145121fa35fdep-9, 0x1.dfebcf90f5aafp-11, -0x1.a96a3f78fc72dp-12,
       0x1.7ed732ae05589p-13, -0x1.5c86df1c60b5bp-14, 0x1.402f4b438d055p-15, -0x1.2849eac21ca11p-16,
       0x1.13dbe07eaf5d7p-17, -0x1.02cba4a0b779ep-18, 0x1.e6c603aa5e52ap-20, -0x1.b8aace145ebebp-21,
       0x1.9ecda55d1313ep-22, -0x1.0f44467a9925ep-22, 0x1.066237633e3bcp-23});
}

// log gamma(a) - ((a - 1/2) log a - a + log(2 pi)/2)
Expression stirling(Expression a) {
  const Expression u = 1.0 / a;
  return u * polynomial(u * u, {0x1.5555555555553p-4, -0x1.6c16c16c14accp-9, 0x1.a01a017e88145p-11,
                                -0x1.38134e148399fp-11, 0x1.b92c92feec61bp-11,
                                -0x1.ef980467a0e22p-10, 0x1.4c3822f69399p-8});
}

// |sin(pi a)|, and whether a lies above an odd number of half waves.
struct Wave {
  Expression sine, negative;
};
Wave sine_of_pi(Expression a) {
  const Expression nearest = unary(Prim::rint, a);
  const Expression d = a - nearest;
  const Expression half = nearest * 0.5;
  const Expression odd = unary(Prim::trunc, half) != half;
  const Expression sine =
      d * polynomial(d * d, {0x1.921fb54442d18p1, -0x1.4abbce625be52p2, 0x1.466bc6775aa6dp1,
                             -0x1.32d2cce627514p-1, 0x1.507834851789bp-4, -0x1.e3074ddc44ec3p-8,
                             0x1.e8f35e5a4a86ep-12, -0x1.6f796c3e51267p-16, 0x1.9d1a1ce4736c9p-21});
  return {abs(sine), odd ^ (d < 0)};
}

// log gamma(a) for 8 < a < 400
Pair stirling_pair(Expression a) {
  const Pair log = log_pair(a);
  const Expression b = a - 0.5;
  const Pair main = product(log.high, b);
  const Pair less = fast_sum(main.high, -a);
  const Pair all = fast_sum(less.high, stirling(a) + kLogRootTwoPi);
  return {all.high, all.low + (less.low + multiply_add(log.low, b, main.low))};
}

}  // namespace

Reg gamma(ScalarBuilder& b, Args args, DType out) {
  const Expression x = Expression(b, args[0]).convert(DType::F64);
  const Expression a = abs(x);
  const Expression minus = x < 0;
  const Recurrence r = to_two(x);
  const Expression at_two = gamma_near_two(r.d);
  const Expression near = select(r.goes_up, at_two / r.product, at_two * r.product);

  // Beyond 400, the results are infinity and 0.
  const Expression cut = select(a > 400, 400, select(a < 8, 8, a));
  const Pair log = stirling_pair(cut);
  const Expression size =
      exp_pair({select(minus, -log.high, log.high), select(minus, -log.low, log.low)});
  const Wave wave = sine_of_pi(a);
  const Expression reflected = size * (kPi / (cut * wave.sine));
  const Expression left = select(wave.negative, reflected, -reflected);
  Expression result = select(a > 8, select(minus, left, size), near);
  const Expression pole = minus & (unary(Prim::trunc, x) == x);
  result = select(pole, std::numeric_limits<double>::quiet_NaN(), result);
  return select(is_nan(x), x, result).convert(out).reg();
}

Reg lgamma(ScalarBuilder& b, Args args, DType out) {
  const Expression x = Expression(b, args[0]).convert(DType::F64);
  const Expression a = abs(x);
  const Recurrence r = to_two(x);
  const Expression is_near = a <= 8;
  const Expression log = log_of(select(is_near, abs(r.product), a));
  const Expression near =
      multiply_add(r.d * (r.d + 1.0), lgamma_near_two(r.d), select(r.goes_up, -log, log));
  const Expression right = multiply_add(a - 0.5, log - 1.0, stirling(a) + (kLogRootTwoPi - 0.5));
  const Expression left = log_of(kPi / (a * sine_of_pi(a).sine)) - right;
  Expression result = select(is_near, near, select(x < 0, left, right));
  const Expression pole = (x < 0) & (unary(Prim::trunc, x) == x);
  result = select(pole | (x == kInfinity), kInfinity, result);
  return result.convert(out).reg();
}

}  // namespace arrayc::ir::formulas
