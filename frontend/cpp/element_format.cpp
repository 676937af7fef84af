#include "frontend/cpp/element_format.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "arrayc/float16.h"
#include "frontend/cpp/float_text.h"
#include "ir/diagnostic.h"
#include "ir/dtype.h"

namespace arrayc::printing {

namespace {

using FloatMode = PrintOptions::FloatMode;

template <typename T>
T read(const void* element) {
  T value;
  std::memcpy(&value, element, sizeof(T));
  return value;
}

class BoolFormat final : public ElementFormat {
 public:
  explicit BoolFormat(bool is_0d) : true_text_(is_0d ? "True" : " True") {}
  std::string text(const void* element) const override {
    return read<std::uint8_t>(element) != 0 ? true_text_ : "False";
  }

 private:
  std::string true_text_;
};

template <typename E>
class IntegerFormat final : public ElementFormat {
 public:
  IntegerFormat(std::span<const void* const> shown, char sign) : sign_(sign) {
    if (shown.empty()) return;
    E low = read<E>(shown[0]);
    E high = low;
    for (const void* element : shown) {
      low = std::min(low, read<E>(element));
      high = std::max(high, read<E>(element));
    }
    if (sign_ == ' ' && low < 0) sign_ = '-';
    const bool signed_high = high >= 0 && (sign_ == '+' || sign_ == ' ');
    width_ =
        std::max(std::to_string(high).size() + (signed_high ? 1 : 0), std::to_string(low).size());
  }
  std::string text(const void* element) const override {
    const E value = read<E>(element);
    std::string digits = std::to_string(value);
    if (value >= 0 && sign_ != '-') digits.insert(0, 1, sign_);
    if (digits.size() < width_) digits.insert(0, width_ - digits.size(), ' ');
    return digits;
  }

 private:
  char sign_;
  std::size_t width_ = 0;
};

struct Widths {
  int integer = 0;  // with the sign
  int fraction = 0;
  int exponent = 0;  // digits
};

template <typename T>
class FloatFormat final : public ElementFormat {
 public:
  FloatFormat(std::span<const void* const> shown, const PrintOptions& options) : options_(options) {
    std::vector<T> finite;
    for (const void* element : shown) {
      if (const T value = read<T>(element); std::isfinite(value)) finite.push_back(value);
    }
    style_.plus = options.sign == '+';
    style_.trim = Trim::to_point;
    scientific_ = needs_exponent(finite);
    if (!finite.empty()) choose_digits(finite);
    const auto negative = [](T value) { return std::signbit(value); };
    if (options.sign == ' ' && std::none_of(finite.begin(), finite.end(), negative)) {
      ++style_.pad_left;
    }
    if (finite.size() != shown.size()) make_room_for_specials(shown);
  }

  std::string text(const void* element) const override {
    const T value = read<T>(element);
    if (std::isfinite(value)) {
      return scientific_ ? scientific(value, style_) : positional(value, style_);
    }
    const char* sign = style_.plus ? "+" : "";
    std::string word = std::isnan(value) ? sign + options_.nanstr
                       : value < 0       ? "-" + options_.infstr
                                         : sign + options_.infstr;
    const auto width =
        static_cast<std::size_t>(style_.pad_left) + static_cast<std::size_t>(special_right_) + 1;
    if (word.size() < width) word.insert(0, width - word.size(), ' ');
    return word;
  }

 private:
  bool needs_exponent(const std::vector<T>& finite) const {
    using Number = std::conditional_t<sizeof(T) == 2, float, T>;
    Number low = std::numeric_limits<Number>::infinity();
    Number high = 0;
    for (const Number value : finite) {
      if (value == 0) continue;
      low = std::min(low, std::fabs(value));
      high = std::max(high, std::fabs(value));
    }
    if (high == 0) return false;
    const double cutoff = std::is_same_v<T, Float16> ? 1e3 : sizeof(T) <= sizeof(float) ? 1e6 : 1e8;
    if (high >= static_cast<Number>(cutoff)) return true;
    const Number ratio = static_cast<T>(high / low);
    return !options_.suppress && (low < static_cast<Number>(T(0.0001)) || ratio > Number{1000});
  }

  Widths measure(const std::vector<T>& finite, const FloatStyle& first) const {
    Widths widths;
    for (const T value : finite) {
      const std::string text = scientific_ ? scientific(value, first) : positional(value, first);
      const auto point = text.find('.');
      const auto e = std::min(text.find('e'), text.size());
      widths.integer = std::max(widths.integer, static_cast<int>(point));
      widths.fraction = std::max(widths.fraction, static_cast<int>(e - point - 1));
      if (scientific_) {
        widths.exponent = std::max(widths.exponent, static_cast<int>(text.size() - e - 2));
      }
    }
    return widths;
  }

  void choose_digits(const std::vector<T>& finite) {
    const bool fixed = options_.floatmode == FloatMode::fixed;
    FloatStyle first = style_;
    first.precision = options_.floatmode == FloatMode::unique ? -1 : options_.precision;
    first.shortest = !fixed;
    first.trim = fixed ? Trim::keep : Trim::to_point;
    const Widths widths = measure(finite, first);
    style_.shortest = first.shortest;
    style_.pad_left = widths.integer;
    if (scientific_) {
      style_.trim = Trim::keep;
      style_.precision = style_.min_digits = widths.fraction;
      style_.exponent_digits = widths.exponent;
      special_right_ = widths.exponent + 2 + widths.fraction;
      return;
    }
    style_.pad_right = special_right_ = widths.fraction;
    if (fixed || options_.floatmode == FloatMode::maxprec_equal) {
      style_.trim = Trim::keep;
      style_.precision = style_.min_digits = widths.fraction;
    } else {
      style_.trim = Trim::to_point;
      style_.precision = first.precision;
    }
  }

  void make_room_for_specials(std::span<const void* const> shown) {
    bool sign = options_.sign != '-';
    for (const void* element : shown) {
      const T value = read<T>(element);
      sign = sign || (std::isinf(value) && value < 0);
    }
    const int offset = special_right_ + 1;
    style_.pad_left = std::max({style_.pad_left, static_cast<int>(options_.nanstr.size()) - offset,
                                static_cast<int>(options_.infstr.size()) + sign - offset});
  }

  PrintOptions options_;
  FloatStyle style_;
  bool scientific_ = false;
  int special_right_ = 0;  // what nan and inf align with, to the right of the point
};

// Real parts as an array of them, imaginary ones as another one with signs.
template <typename T>
class ComplexFormat final : public ElementFormat {
 public:
  ComplexFormat(std::span<const void* const> shown, const PrintOptions& options)
      : real_(shown, options), imag_(imaginary(shown), with_signs(options)) {}

  std::string text(const void* element) const override {
    std::string imag = imag_.text(static_cast<const T*>(element) + 1);
    imag.insert(imag.find_last_not_of(' ') + 1, 1, 'j');
    return real_.text(element) + imag;
  }

 private:
  static std::vector<const void*> imaginary(std::span<const void* const> shown) {
    std::vector<const void*> parts;
    for (const void* element : shown) parts.push_back(static_cast<const T*>(element) + 1);
    return parts;
  }
  static PrintOptions with_signs(PrintOptions options) {
    options.sign = '+';
    return options;
  }

  FloatFormat<T> real_, imag_;
};

// "2j", "(1.5-2j)": str() of one number.
template <typename T>
std::string complex_str(const void* element) {
  const T re = read<T>(element), im = read<T>(static_cast<const T*>(element) + 1);
  if (re == 0 && !std::signbit(re)) return part_text(im, false) + "j";
  return "(" + part_text(re, false) + part_text(im, true) + "j)";
}

[[noreturn]] void not_printable(arrayc_dtype dtype) {
  ir::bug("a dtype that is not printed: " +
          std::string(ir::numpy_name(static_cast<ir::DType>(dtype))));
}

}  // namespace

std::unique_ptr<ElementFormat> make_format(arrayc_dtype dtype, std::span<const void* const> shown,
                                           bool is_0d, const PrintOptions& options) {
  switch (dtype) {
    case ARRAYC_BOOL:
      return std::make_unique<BoolFormat>(is_0d);
    case ARRAYC_I8:
      return std::make_unique<IntegerFormat<std::int8_t>>(shown, options.sign);
    case ARRAYC_I16:
      return std::make_unique<IntegerFormat<std::int16_t>>(shown, options.sign);
    case ARRAYC_I32:
      return std::make_unique<IntegerFormat<std::int32_t>>(shown, options.sign);
    case ARRAYC_I64:
      return std::make_unique<IntegerFormat<std::int64_t>>(shown, options.sign);
    case ARRAYC_U8:
      return std::make_unique<IntegerFormat<std::uint8_t>>(shown, options.sign);
    case ARRAYC_U16:
      return std::make_unique<IntegerFormat<std::uint16_t>>(shown, options.sign);
    case ARRAYC_U32:
      return std::make_unique<IntegerFormat<std::uint32_t>>(shown, options.sign);
    case ARRAYC_U64:
      return std::make_unique<IntegerFormat<std::uint64_t>>(shown, options.sign);
    case ARRAYC_F16:
      return std::make_unique<FloatFormat<Float16>>(shown, options);
    case ARRAYC_BF16:
      return std::make_unique<FloatFormat<BFloat16>>(shown, options);
    case ARRAYC_F32:
      return std::make_unique<FloatFormat<float>>(shown, options);
    case ARRAYC_F64:
      return std::make_unique<FloatFormat<double>>(shown, options);
    case ARRAYC_C64:
      return std::make_unique<ComplexFormat<float>>(shown, options);
    case ARRAYC_C128:
      return std::make_unique<ComplexFormat<double>>(shown, options);
    default:
      not_printable(dtype);
  }
}

std::string scalar_str(arrayc_dtype dtype, const void* element) {
  if (dtype == ARRAYC_F16) return scalar_text(read<Float16>(element));
  if (dtype == ARRAYC_BF16) return scalar_text(read<BFloat16>(element));
  if (dtype == ARRAYC_F32) return scalar_text(read<float>(element));
  if (dtype == ARRAYC_F64) return scalar_text(read<double>(element));
  if (dtype == ARRAYC_C64) return complex_str<float>(element);
  if (dtype == ARRAYC_C128) return complex_str<double>(element);
  const void* const shown[] = {element};
  return make_format(dtype, shown, true, {})->text(element);
}

}  // namespace arrayc::printing
