// How far a float is from a result in a wider format, in units of the result's last place: what
// mpfr_error.h measures, fast.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/accuracy/functions.h"
#include "tests/ir/mpfr_error.h"

namespace arrayc::tests {

// The reference's own error is below this in units of the result's last place.
inline constexpr double kReferenceError = 0.02;

inline double distance(float got, double exact) {
  if (got != got || exact != exact) return (got != got) == (exact != exact) ? 0 : kInf;
  if (std::signbit(got) != std::signbit(exact)) return kInf;
  if (exact == 0) return got == 0 ? 0 : kInf;
  const double size = std::fabs(exact);
  double near = std::fabs(static_cast<double>(got));
  if (near == kInf) {
    if (size >= 0x1p128) return 0;
    near = 0x1p128;
  }
  if (size == kInf) return kInf;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(size);
  const auto exponent = static_cast<std::int64_t>(bits >> 52) - 1022;
  const std::int64_t unit = exponent - 24 < -149 ? -149 : exponent - 24;
  if (unit > 1000) return kInf;
  return std::fabs(near - size) *
         std::bit_cast<double>(static_cast<std::uint64_t>(1023 - unit) << 52);
}

inline double distance(double got, long double exact) {
  if (got != got || exact != exact) return (got != got) == (exact != exact) ? 0 : kInf;
  if (std::signbit(got) != std::signbit(exact)) return kInf;
  if (exact == 0) return got == 0 ? 0 : kInf;
  const long double size = std::fabs(exact);
  long double near = std::fabs(static_cast<long double>(got));
  if (std::isinf(near)) {
    if (size >= 0x1p1024L) return 0;
    near = 0x1p1024L;
  }
  if (std::isinf(size)) return kInf;
  int exponent = 0;
  std::frexp(size, &exponent);
  const int unit = exponent - 53 < -1074 ? -1074 : exponent - 53;
  return static_cast<double>(std::ldexp(std::fabs(near - size), -unit));
}

// By MPFR.
template <typename T>
double exact_error(const Function& function, T x, T got) {
  Mpfr argument, exact;
  mpfr_set_d(argument.value, static_cast<double>(x), MPFR_RNDN);
  function.exact(exact.value, argument.value, MPFR_RNDN);
  if (function.has_small_zeros && x < 0 && !std::isnan(got) && mpfr_cmpabs_ui(exact.value, 1) < 0) {
    mpfr_sub_d(exact.value, exact.value, static_cast<double>(got), MPFR_RNDN);
    return std::fabs(mpfr_get_d(exact.value, MPFR_RNDN)) / std::numeric_limits<T>::epsilon();
  }
  return error(got, exact);
}

template <typename T>
double exact_error(const BinaryFunction& function, T x, T y, T got) {
  Mpfr first, second, exact;
  mpfr_set_d(first.value, static_cast<double>(x), MPFR_RNDN);
  mpfr_set_d(second.value, static_cast<double>(y), MPFR_RNDN);
  function.exact(exact.value, first.value, second.value, MPFR_RNDN);
  return error(got, exact);
}

// By the reference, and by MPFR where that might change whether the limit holds.
inline double error_of(const Function& function, float x, float got) {
  const double exact = function.plain(static_cast<double>(x));
  const double near = function.has_small_zeros && x < 0 && std::fabs(exact) < 1
                          ? std::fabs(static_cast<double>(got) - exact) * 0x1p23
                          : distance(got, exact);
  return near <= function.limit - kReferenceError ? near : exact_error(function, x, got);
}

inline double error_of(const Function& function, double x, double got) {
  const long double exact = function.wide(static_cast<long double>(x));
  const double near = function.has_small_zeros && x < 0 && std::fabs(exact) < 1
                          ? static_cast<double>(std::fabs(got - exact) * 0x1p52L)
                          : distance(got, exact);
  return near <= function.limit - kReferenceError ? near : exact_error(function, x, got);
}

template <typename T>
double error_of(const BinaryFunction& function, T x, T y, T got) {
  const long double exact = function.wide(x, y);
  double near = kInf;
  if constexpr (sizeof(T) == 8) {
    near = distance(got, exact);
  } else {
    near = distance(got, static_cast<double>(exact));
  }
  return near <= function.limit - kReferenceError ? near : exact_error(function, x, y, got);
}

}  // namespace arrayc::tests
