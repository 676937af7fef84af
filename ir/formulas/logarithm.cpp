// log, log2, log10, log1p, logaddexp and logaddexp2.
//
// After fdlibm (Sun Microsystems, 1993; the bases 2 and 10 after FreeBSD's k_log.h): x = 2^k (1 +
// f) with 1 + f between sqrt(1/2) and sqrt(2), and with s = f/(2 + f), z = s^2
//   log(1 + f) = f - (f^2/2 - s (f^2/2 + R(z))),   R(z) = log((1 + s)/(1 - s))/s - 2 = 2/3 z + …
// R is a minimax polynomial made with Sollya. The largest term f is exact. The bases 2 and 10
// multiply a leading part of few bits exactly and keep the rest apart, so that log2(2^n) is n.
#include "ir/formulas/logarithm.h"

#include <limits>

#include "ir/formulas/binary_float.h"
#include "ir/formulas/exponential.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

Expression log_series(Expression z) {
  return z * (z.is_double()
                  ? polynomial(z, {0x1.5555555555555p-1, 0x1.9999999999d58p-2, 0x1.249249242f0a3p-2,
                                   0x1.c71c725c1a07p-3, 0x1.745cdb9028219p-3, 0x1.3b2153d48de73p-3,
                                   0x1.0f4a9be5a32e4p-3, 0x1.101e903bcb855p-3})
                  : polynomial(z, {0x1.555556p-1, 0x1.99986ep-2, 0x1.24c14p-2, 0x1.ce848ep-3}));
}

LogParts log_parts(Expression f) {
  const Expression s = f / (f + 2.0);
  const Expression half_square = f * f * 0.5;
  return {f, half_square, s * (half_square + log_series(s * s))};
}

Expression natural(Expression k, const LogParts& p, Expression correction) {
  const FloatFormat& f = format(k.type());
  return multiply_add(k, f.ln2_high, p.f - (p.half_square - (p.tail + correction)));
}

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The logarithm's values where it has no logarithm, for `x` the argument less `zero`'s pole.
Expression special_cases(Expression x, double pole, Expression result) {
  result = select(x == kInfinity, x, result);
  result = select(x >= pole, result, std::numeric_limits<double>::quiet_NaN());
  return select(x == pole, -kInfinity, result);
}

// The leading bits of a float: 21 in f64, 12 in f32.
Expression leading_bits(Expression x) {
  const std::int64_t rest = x.is_double() ? 0xffffffff : 0xfff;
  return (x.as_bits() & ~rest).as_float();
}

// A constant in two parts: the first has few enough bits to be multiplied exactly.
struct Constant {
  double high, low;
};

// k * unit + log(1 + f) * factor
Expression scaled(Expression k, const LogParts& p, Constant factor, Constant unit) {
  const Expression high = leading_bits(p.f - p.half_square);
  const Expression low = ((p.f - high) - p.half_square) + p.tail;
  const Expression leading = high * factor.high;
  const Expression first = k * unit.high;
  const Expression sum = first + leading;
  const Expression rest = multiply_add(low, factor.high, (low + high) * factor.low);
  return sum + (((first - sum) + leading) + multiply_add(k, unit.low, rest));
}

}  // namespace

Expression log_of(Expression x) {
  const Mantissa parts = take_apart(x);
  const Expression low = parts.k * format(x.type()).ln2_low;
  return special_cases(x, 0, natural(parts.k, log_parts(parts.m - 1.0), low));
}

Reg log(ScalarBuilder& b, Args args, DType) { return log_of({b, args[0]}).reg(); }

Reg log2(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Mantissa parts = take_apart(x);
  const Constant factor = x.is_double() ? Constant{0x1.71547p0, 0x1.94ae0bf85ddf4p-22}
                                        : Constant{0x1.716p0, -0x1.7135a8p-13};
  const Expression result = scaled(parts.k, log_parts(parts.m - 1.0), factor, {1, 0});
  return special_cases(x, 0, result).reg();
}

Reg log10(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  const Mantissa parts = take_apart(x);
  const Constant factor = x.is_double() ? Constant{0x1.bcb7bp-2, 0x1.526e50e32a6abp-26}
                                        : Constant{0x1.bccp-2, -0x1.09d5b2p-15};
  const Constant unit = x.is_double() ? Constant{0x1.34413509f78p-2, 0x1.fef311f12b358p-46}
                                      : Constant{0x1.344p-2, 0x1.3509f8p-18};
  const Expression result = scaled(parts.k, log_parts(parts.m - 1.0), factor, unit);
  return special_cases(x, 0, result).reg();
}

// 1 + x is rounded to u; what it lost, over u, corrects the logarithm of u. Where u needs no
// scaling, f = x is exact.
Expression log1p_of(Expression x) {
  const Expression u = x + 1.0;
  const Mantissa parts = take_apart(u, false);
  const Expression lost = select(abs(x) < 1.0, x - (u - 1.0), 1.0 - (u - x));
  const Expression unscaled = parts.k == 0;
  const Expression f = select(unscaled, x, parts.m - 1.0);
  const Expression correction =
      multiply_add(parts.k, format(x.type()).ln2_low, select(unscaled, 0, lost / u));
  const Expression result = special_cases(x, -1, natural(parts.k, log_parts(f), correction));
  return select(abs(x) < (x.is_double() ? 0x1p-54 : 0x1p-25), x, result);
}

Reg log1p(ScalarBuilder& b, Args args, DType) { return log1p_of({b, args[0]}).reg(); }

// The larger operand and a logarithm between 0 and log 2. Equal operands, of which infinities have
// no difference, are told apart.
Reg logaddexp(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression more = log1p_of(exp_of(-abs(x - y)));
  const Expression sum = binary(Prim::maximum, x, y) + more;
  return select(x == y, x + 0x1.62e42fefa39efp-1, sum).reg();
}

Reg logaddexp2(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]), y(b, args[1]);
  const Expression more = log1p_of(exp2_of(-abs(x - y))) * kLog2E;
  const Expression sum = binary(Prim::maximum, x, y) + more;
  return select(x == y, x + 1.0, sum).reg();
}

}  // namespace arrayc::ir::formulas
