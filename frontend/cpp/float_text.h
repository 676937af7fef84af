// Floating-point numbers as NumPy writes them: the shortest digits that read back as the same
// value, or a stated number of correctly rounded ones.
#pragma once

#include <cstdint>
#include <string>

namespace arrayc::printing {

// What is done with trailing zeros, and with the point when no digit follows it.
enum class Trim : std::uint8_t {
  keep,      // "1.500", "2."
  to_point,  // "1.5", "2."
  to_zero,   // "1.5", "2.0"
  all        // "1.5", "2"
};

struct FloatStyle {
  int precision = -1;    // most digits after the point; -1: as many as the shortest form has
  int min_digits = 0;    // fewest digits after the point (of the exact value, not zeros)
  bool shortest = true;  // false: exactly `precision` digits
  Trim trim = Trim::keep;
  bool plus = false;  // a sign before positive numbers too
  int pad_left = 0;   // width of sign and integer part
  int pad_right = 0;  // width of the fraction, positional only
  int exponent_digits = 2;
};

// `value` is finite. T is a float type: Float16, BFloat16, float or double.
template <typename T>
std::string positional(T value, const FloatStyle& style);
template <typename T>
std::string scientific(T value, const FloatStyle& style);

// str() of a scalar: "1.5", "1e-05", "nan".
template <typename T>
std::string scalar_text(T value);
// The same as a part of a complex number, without ".0": "1", "+1.5" if `plus`.
template <typename T>
std::string part_text(T value, bool plus);

}  // namespace arrayc::printing
