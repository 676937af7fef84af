#include "frontend/cpp/float_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "arrayc/float16.h"

namespace arrayc::printing {

namespace {

// Digits without sign: integer.fraction e exponent.
struct Decimal {
  std::string integer;
  std::string fraction;
  int exponent = 0;
};

// The longest text: 309 digits before the point, or 1074 after it.
using Buffer = std::array<char, 1600>;

// The shortest digits that a 16-bit float reads back from: the nearest of the first number of them
// that does. Below a power of 2 floats lie closer, so that only the number above may do.
template <typename T>
  requires(sizeof(T) == 2)
std::string_view write_shortest(Buffer& buffer, T value, std::chars_format format) {
  char* const end = buffer.data() + buffer.size();
  const auto read = [&](const char* last) {
    double number = 0;
    std::from_chars(buffer.data(), last, number);
    return number;
  };
  const auto written = [&](double number, std::chars_format form, int precision) {
    return std::to_chars(buffer.data(), end, number, form, precision).ptr;
  };
  const double number = static_cast<float>(value);
  for (int precision = 0;; ++precision) {
    const double nearest = read(written(number, std::chars_format::scientific, precision));
    const double unit = std::pow(10.0, std::floor(std::log10(nearest)) - precision);
    const double above = read(written(nearest + unit, std::chars_format::scientific, precision));
    for (const double candidate : {nearest, above}) {
      if (T(candidate).bits != value.bits) continue;
      const auto last = std::to_chars(buffer.data(), end, candidate, format);
      return {buffer.data(), static_cast<std::size_t>(last.ptr - buffer.data())};
    }
  }
}

template <typename T>
std::string_view write(Buffer& buffer, T value, std::chars_format format, int precision) {
  char* const end = buffer.data() + buffer.size();
  if constexpr (sizeof(T) == 2) {
    if (precision < 0) return write_shortest(buffer, value, format);
    const float number = value;
    const auto exact = std::to_chars(buffer.data(), end, number, format, precision);
    return {buffer.data(), static_cast<std::size_t>(exact.ptr - buffer.data())};
  } else {
    const auto result = precision < 0 ? std::to_chars(buffer.data(), end, value, format)
                                      : std::to_chars(buffer.data(), end, value, format, precision);
    return {buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data())};
  }
}

Decimal split(std::string_view text) {
  Decimal d;
  if (const auto e = text.find('e'); e != std::string_view::npos) {
    const std::string_view sign_and_digits = text.substr(e + 1);
    std::from_chars(sign_and_digits.data() + (sign_and_digits.front() == '+' ? 1 : 0),
                    sign_and_digits.data() + sign_and_digits.size(), d.exponent);
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  d.integer = text.substr(0, point);
  if (point != std::string_view::npos) d.fraction = text.substr(point + 1);
  return d;
}

template <typename T>
Decimal digits(T magnitude, std::chars_format format, const FloatStyle& style) {
  Buffer buffer;
  if (!style.shortest) return split(write(buffer, magnitude, format, style.precision));
  Decimal d = split(write(buffer, magnitude, format, -1));
  const int count = static_cast<int>(d.fraction.size());
  if (style.precision >= 0 && count > style.precision) {
    d = split(write(buffer, magnitude, format, style.precision));
  } else if (count < style.min_digits) {
    d = split(write(buffer, magnitude, format, style.min_digits));
  }
  return d;
}

void drop_trailing_zeros(std::string& fraction, std::size_t keep) {
  while (fraction.size() > keep && fraction.back() == '0') fraction.pop_back();
}

// The fraction with its point, trimmed.
std::string trimmed(std::string fraction, const FloatStyle& style) {
  if (style.trim != Trim::keep) {
    drop_trailing_zeros(fraction, static_cast<std::size_t>(style.min_digits));
  }
  if (fraction.empty() && style.trim == Trim::to_zero) fraction = "0";
  if (fraction.empty() && style.trim == Trim::all) return {};
  return "." + fraction;
}

std::string signed_integer(bool negative, const std::string& integer, const FloatStyle& style) {
  std::string text = (negative ? "-" : style.plus ? "+" : "") + integer;
  const auto width = static_cast<std::size_t>(style.pad_left);
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

}  // namespace

template <typename T>
std::string positional(T value, const FloatStyle& style) {
  const Decimal d = digits(T(std::fabs(value)), std::chars_format::fixed, style);
  const std::string fraction = trimmed(d.fraction, style);
  std::string text = signed_integer(std::signbit(value), d.integer, style) + fraction;
  const auto written = static_cast<int>(fraction.size()) - 1;
  if (style.pad_right > 0 && written < style.pad_right) {
    text.append(static_cast<std::size_t>(style.pad_right - written), ' ');
  }
  return text;
}

template <typename T>
std::string scientific(T value, const FloatStyle& style) {
  const Decimal d = digits(T(std::fabs(value)), std::chars_format::scientific, style);
  std::string exponent = std::to_string(std::abs(d.exponent));
  const auto width = static_cast<std::size_t>(style.exponent_digits);
  if (exponent.size() < width) exponent.insert(0, width - exponent.size(), '0');
  return signed_integer(std::signbit(value), d.integer, style) + trimmed(d.fraction, style) + "e" +
         (d.exponent < 0 ? "-" : "+") + exponent;
}

namespace {

template <typename T>
std::string one_number(T value, Trim trim, bool plus) {
  const std::string sign = plus ? "+" : "";
  if (std::isnan(value)) return sign + "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : sign + "inf";
  const double magnitude = std::fabs(static_cast<double>(value));
  const double largest = std::is_same_v<T, Float16> ? 1e3 : sizeof(T) <= sizeof(float) ? 1e6 : 1e16;
  FloatStyle style;
  style.plus = plus;
  if (magnitude == 0 || (magnitude >= 1e-4 && magnitude < largest)) {
    style.trim = trim;
    return positional(value, style);
  }
  style.trim = Trim::all;
  return scientific(value, style);
}

}  // namespace

template <typename T>
std::string scalar_text(T value) {
  return one_number(value, Trim::to_zero, false);
}
template <typename T>
std::string part_text(T value, bool plus) {
  return one_number(value, Trim::all, plus);
}

template std::string positional(Float16, const FloatStyle&);
template std::string positional(BFloat16, const FloatStyle&);
template std::string positional(float, const FloatStyle&);
template std::string positional(double, const FloatStyle&);
template std::string scientific(Float16, const FloatStyle&);
template std::string scientific(BFloat16, const FloatStyle&);
template std::string scientific(float, const FloatStyle&);
template std::string scientific(double, const FloatStyle&);
template std::string scalar_text(Float16);
template std::string scalar_text(BFloat16);
template std::string scalar_text(float);
template std::string scalar_text(double);
template std::string part_text(float, bool);
template std::string part_text(double, bool);

}  // namespace arrayc::printing
