// exp, exp2, expm1 and tanh.
//
// exp: x = k ln 2 + r with k an integer and |r| <= ln(2)/2, after Cody and Waite (Software Manual
// for the Elementary Functions, 1980): ln 2 is cut into two parts so that k times the first is
// exact. Then exp(x) = 2^k (1 + (r + r^2 Q(r))), Q a minimax polynomial made with Sollya's
// fpminimax and checked against MPFR. k is found by adding 1.5 * 2^52 (2^23 in f32), which leaves
// it in the low bits. 2^k is applied in two factors, so that subnormal results round once and
// overflow is infinity. NaN goes through the arithmetic; x is first cut to where the result is 0 or
// infinity anyway.
//
// tanh is x + x^3 P(x^2)/Q(x^2) (a polynomial in f32) below 0.625, else 1 - 2/(exp(2x) + 1), after
// Moshier's Cephes.
#include "ir/formulas/exponential.h"

#include "ir/formulas/binary_float.h"
#include "ir/formulas/double_double.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

Expression clamp(Expression x, double low, double high) {
  const Expression below = select(x > high, high, x);
  return select(below < low, low, below);
}

Rounded round_scaled(Expression x, double factor) {
  const FloatFormat& f = format(x.type());
  const Expression shifted = multiply_add(x, x.number(factor), f.round);
  return {shifted - f.round, shifted.as_bits() - f.round_bits};
}

Remainder subtract_ln2(Expression x, Expression k) {
  const FloatFormat& f = format(x.type());
  return {multiply_add(k, -f.ln2_high, x), k * f.ln2_low};
}

namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;

// exp(r) - 1 less the remainder's high part.
Expression exp_tail(const Remainder& remainder) {
  const Expression r = remainder.high - remainder.low;
  const Expression q =
      r.is_double()
          ? polynomial(r, {0x1.000000000000ap-1, 0x1.55555555554fep-3, 0x1.55555555506bcp-5,
                           0x1.1111111126b36p-7, 0x1.6c16c18477082p-10, 0x1.a01a012fee98bp-13,
                           0x1.a019995efb56cp-16, 0x1.71df18ef7a9d3p-19, 0x1.28adfccab85d4p-22,
                           0x1.ad92e88f87de4p-26})
          : polynomial(
                r, {0x1.fffffap-2, 0x1.555492p-3, 0x1.555a26p-5, 0x1.12397ep-7, 0x1.694c8ep-10});
  return multiply_add(r * r, q, -remainder.low);
}

// exp(r) - 1 less the remainder's high part: r^2/2, and what is left.
struct Tail {
  Expression square, rest;
};
Tail expm1_tail(const Remainder& remainder) {
  const Expression r = remainder.high - remainder.low;
  const Expression q =
      r.is_double()
          ? polynomial(r, {0x1.5555555555559p-3, 0x1.555555555554dp-5, 0x1.111111110f659p-7,
                           0x1.6c16c16c1aaf7p-10, 0x1.a01a01b00095cp-13, 0x1.a01a018e1147ap-16,
                           0x1.71ddf8195ee3cp-19, 0x1.27e513387dc59p-22, 0x1.af5f170191f86p-26,
                           0x1.1f1a2f04b72bep-29})
          : polynomial(r,
                       {0x1.555554p-3, 0x1.5554fp-5, 0x1.111306p-7, 0x1.6d4368p-10, 0x1.9e0bfp-13});
  // What the roundings of r and r^2 lost counts through r^2/2.
  const Expression lost = (remainder.high - r) - remainder.low;
  const Pair square = product(r, r);
  const Expression low = multiply_add(square.low, 0.5, multiply_add(r, lost, -remainder.low));
  return {square.high * 0.5, multiply_add(square.high * r, q, low)};
}

}  // namespace

Expression exp_of(Expression x) {
  const Expression cut = x.is_double() ? clamp(x, -746, 710) : clamp(x, -104, 89);
  const Rounded k = round_scaled(cut, kLog2E);
  const Remainder rest = subtract_ln2(cut, k.k);
  return scale(rest.high + exp_tail(rest) + 1.0, k.k_integer);
}

Reg exp(ScalarBuilder& b, Args args, DType) { return exp_of({b, args[0]}).reg(); }

// The remainder times ln 2, whose leading part is exact, goes on as exp does; 1 and that part are
// summed in two parts.
Expression exp2_of(Expression x) {
  const FloatFormat& f = format(x.type());
  const Expression cut = x.is_double() ? clamp(x, -1077, 1025) : clamp(x, -152, 129);
  const Rounded k = round_scaled(cut, 1.0);
  const Expression r = cut - k.k;
  const std::int64_t rest = x.is_double() ? 0x1ffffffff : 0x7fff;
  const Expression leading = (r.as_bits() & ~rest).as_float();
  const Expression high = leading * f.ln2_high;
  const Expression low = multiply_add(leading, f.ln2_low, (r - leading) * kLn2);
  const Pair sum = fast_sum(x.number(1), high);
  return scale(sum.high + (sum.low + exp_tail({high, -low})), k.k_integer);
}

Reg exp2(ScalarBuilder& b, Args args, DType) { return exp2_of({b, args[0]}).reg(); }

// 2^k p + (2^k - 1), with 2^(k-1) at first, since 2^k may overflow where the result does not. The
// sum of 2^k - 1 and the two leading terms of p is kept in two parts. Near 0 the result is x: -0
// and subnormals would lose by the scaling.
Reg expm1(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Expression cut = x.is_double() ? clamp(x, -50, 710) : clamp(x, -30, 89);
  const Rounded k = round_scaled(cut, kLog2E);
  const Remainder rest = subtract_ln2(cut, k.k);
  const Expression half = power_of_two(k.k_integer - 1);
  const Expression first = half - 0.5;
  const Pair leading = fast_sum(first, half * rest.high);
  const Tail tail = expm1_tail(rest);
  const Pair sum = fast_sum(leading.high, half * tail.square);
  const Expression lost = (leading.low + ((half - first) - 0.5)) + sum.low;
  const Expression result = (sum.high + multiply_add(half, tail.rest, lost)) * 2.0;
  return select(abs(x) < (x.is_double() ? 0x1p-54 : 0x1p-25), x, result).reg();
}

Reg tanh(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Expression a = abs(x);
  const Expression z = a * a;
  const Expression near = a < 0.625;
  const Expression far = exp_of(a + a) + 1.0;
  if (!x.is_double()) {
    const Expression p = polynomial(
        z, {-0x1.555532p-2, 0x1.110704p-3, -0x1.b83898p-5, 0x1.521152p-6, -0x1.758cap-8});
    return copysign(select(near, multiply_add(z * a, p, a), 1.0 - 2.0 / far), x).reg();
  }
  const Expression p = polynomial(
      z, {-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1});
  const Expression q = polynomial(
      z, {4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1.0});
  const Expression quotient = select(near, a * z * p, -2.0) / select(near, q, far);
  return copysign(select(near, a, 1.0) + quotient, x).reg();
}

}  // namespace arrayc::ir::formulas
