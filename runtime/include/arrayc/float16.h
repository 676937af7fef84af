// Floating-point numbers of 16 bits: NumPy's float16 (IEEE 754 binary16) and bfloat16, which is the
// upper half of a float. Arithmetic is that of float, which every value converts to.
//
//   ac::Float16 x(0.1);      // rounded to nearest even
//   float y = x * 2;         // computed as a float
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace arrayc {

namespace detail {

inline constexpr std::uint32_t float_infinity = 0x7f800000;

// NaNs stay NaNs, and are quiet.
constexpr std::uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  std::uint32_t result = 0x7c00;
  if (size > float_infinity) {
    result = 0x7e00 | (size >> 13 & 0x3ff);
  } else if (size < 0x38800000) {  // below 2^-14: a multiple of 2^-24
    const std::uint32_t shift = size < 0x33000000 ? 25 : 126 - (size >> 23);
    const std::uint32_t mantissa = (size & 0x7fffff) | 0x800000;
    const std::uint32_t whole = mantissa >> shift;
    const std::uint32_t half = std::uint32_t{1} << (shift - 1);
    result = (mantissa + (half - 1) + (whole & 1)) >> shift;
  } else if (size < 0x47800000) {  // 2^16
    result = (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | result);
}

// The float next to `value` whose last bit tells whether something was cut off, so that rounding it
// to fewer bits is rounding `value`.
constexpr float round_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  const auto back = static_cast<double>(nearest);
  if (back == value || value != value) return nearest;
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if ((back > value) == (value > 0)) --bits;  // it was rounded away from 0
  return std::bit_cast<float>(bits | 1);
}

constexpr float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, size = (bits & 0x7fffu) << 13;
  if (size < 0x800000) {  // a multiple of 2^-24
    const float small = static_cast<float>(bits & 0x7fff) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
  }
  std::uint32_t result = size + 0x38000000;
  if (size >= 0xf800000) result = size + 0x70000000;              // infinity
  if (size > 0xf800000) result = (size + 0x70000000) | 0x400000;  // NaN
  return std::bit_cast<float>(sign | result);
}

constexpr std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffff) > float_infinity) return static_cast<std::uint16_t>(bits >> 16 | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

constexpr float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace detail

struct Float16 {
  std::uint16_t bits = 0;

  constexpr Float16() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  constexpr explicit Float16(T value) : bits(detail::to_float16(as_float(value))) {}
  constexpr operator float() const { return detail::from_float16(bits); }  // NOLINT
  static constexpr Float16 from_bits(std::uint16_t bits) {
    Float16 value;
    value.bits = bits;
    return value;
  }

 private:
  template <typename T>
  static constexpr float as_float(T value) {
    if constexpr (std::is_same_v<T, double>) return detail::round_to_odd(value);
    return static_cast<float>(value);
  }
};

// Of a double the nearest float is rounded, as ml_dtypes' bfloat16 does.
struct BFloat16 {
  std::uint16_t bits = 0;

  constexpr BFloat16() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  constexpr explicit BFloat16(T value) : bits(detail::to_bfloat16(static_cast<float>(value))) {}
  constexpr operator float() const { return detail::from_bfloat16(bits); }  // NOLINT
  static constexpr BFloat16 from_bits(std::uint16_t bits) {
    BFloat16 value;
    value.bits = bits;
    return value;
  }
};

}  // namespace arrayc
