// Errors of floats against MPFR, in units of the last place.
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace arrayc::tests {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Mpfr {
  explicit Mpfr(mpfr_prec_t precision = 200) { mpfr_init2(value, precision); }
  ~Mpfr() { mpfr_clear(value); }
  Mpfr(const Mpfr&) = delete;
  Mpfr& operator=(const Mpfr&) = delete;
  mpfr_t value;
};

template <typename T>
T from_bits(std::uint64_t bits) {
  if constexpr (sizeof(T) == 8)
    return std::bit_cast<double>(bits);
  else
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

// How far `got` is from `exact` in units of exact's last place; infinity if it is not even of its
// kind (NaN, an infinity or a zero with its sign).
template <typename T>
double error(T got, const Mpfr& exact) {
  constexpr long kDigits = std::numeric_limits<T>::digits;
  constexpr long kLargest = std::numeric_limits<T>::max_exponent;
  constexpr long kSmallest = std::numeric_limits<T>::min_exponent - kDigits;
  if (mpfr_nan_p(exact.value)) return std::isnan(got) ? 0 : kInf;
  if (std::isnan(got)) return kInf;
  const bool negative = mpfr_signbit(exact.value) != 0;
  if (std::signbit(got) != negative) return kInf;
  if (mpfr_zero_p(exact.value)) return got == 0 ? 0 : kInf;
  if (mpfr_inf_p(exact.value) || (std::isinf(got) && mpfr_get_exp(exact.value) > kLargest)) {
    return std::isinf(got) ? 0 : kInf;
  }
  Mpfr difference;
  if (std::isinf(got)) {
    mpfr_set_si_2exp(difference.value, negative ? -1 : 1, kLargest, MPFR_RNDN);
  } else {
    mpfr_set_d(difference.value, static_cast<double>(got), MPFR_RNDN);
  }
  mpfr_sub(difference.value, difference.value, exact.value, MPFR_RNDN);
  const long unit = std::max(mpfr_get_exp(exact.value) - kDigits, kSmallest);
  mpfr_mul_2si(difference.value, difference.value, -unit, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.value, MPFR_RNDN));
}

}  // namespace arrayc::tests
