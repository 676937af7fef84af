// The parts of a binary float, for formulas that take numbers apart and put them together.
#pragma once

#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

struct FloatFormat {
  int fraction_bits;
  int bias;
  double round;                // adding it to a small number leaves that, rounded, in the low bits
  std::int64_t round_bits;     // its bits
  std::int64_t root_half;      // bits of sqrt(1/2)
  std::int64_t sign_exponent;  // mask
  double ln2_high, ln2_low;    // an integer within the exponents' range times ln2_high is exact
};

inline const FloatFormat& format(DType t) {
  static constexpr FloatFormat kDouble{52,
                                       1023,
                                       0x1.8p52,
                                       0x4338000000000000,
                                       0x3fe6a09e667f3bcd,
                                       -(std::int64_t{1} << 52),
                                       0x1.62e42fefp-1,
                                       0x1.473de6af278edp-34};
  static constexpr FloatFormat kSingle{23,          127,           0x1.8p23,
                                       0x4b400000,  0x3f3504f3,    -(std::int64_t{1} << 23),
                                       0x1.62e4p-1, 0x1.7f7d1cp-20};
  return t == DType::F64 ? kDouble : kSingle;
}

// 2^k for an integer k within the range of normal exponents.
inline Expression power_of_two(Expression k) {
  const FloatFormat& f = format(item_size(k.type()) == 8 ? DType::F64 : DType::F32);
  return ((k + f.bias) << f.fraction_bits).as_float();
}

// x * 2^k with one rounding, for |k| up to twice that range.
inline Expression scale(Expression x, Expression k) {
  const FloatFormat& f = format(x.type());
  const Expression biased = k + 2 * f.bias;
  const Expression half = biased >> 1;
  const Expression first = (half << f.fraction_bits).as_float();
  return x * first * ((biased - half) << f.fraction_bits).as_float();
}

// x = 2^k * m with m in [sqrt(1/2), sqrt(2)); `k` is a float. Of x > 0, subnormals included.
struct Mantissa {
  Expression m, k;
};
inline Mantissa take_apart(Expression x, bool may_be_subnormal = true) {
  const FloatFormat& f = format(x.type());
  const double normal = x.is_double() ? 0x1p-1022 : 0x1p-126;
  const double lift = x.is_double() ? 0x1p54 : 0x1p25;
  const double lifted = x.is_double() ? 54 : 25;
  const Expression small = x < normal;
  const Expression bits = (may_be_subnormal ? select(small, x * lift, x) : x).as_bits();
  const Expression above = bits - f.root_half;
  const Expression m = (bits - (above & f.sign_exponent)).as_float();
  const Expression k = ((above >> f.fraction_bits) + f.round_bits).as_float() - f.round;
  return {m, may_be_subnormal ? select(small, k - lifted, k) : k};
}

}  // namespace arrayc::ir::formulas
