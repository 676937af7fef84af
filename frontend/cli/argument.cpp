#include "frontend/cli/argument.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>

#include "ir/extent.h"
#include "runtime/npy.h"

namespace arrayc::cli {

namespace {

using ir::DType;
using ir::Scalar;

std::optional<Scalar> parse_real(const std::string& text) {
  if (text == "true" || text == "True") return Scalar::of(true);
  if (text == "false" || text == "False") return Scalar::of(false);
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (auto [at, e] = std::from_chars(text.data(), end, integer); e == std::errc{} && at == end) {
    return Scalar::of(integer);
  }
  double number = 0;
  if (auto [at, e] = std::from_chars(text.data(), end, number); e == std::errc{} && at == end) {
    return Scalar::of(number);
  }
  return std::nullopt;
}

struct Number {
  Scalar re;
  Scalar im = Scalar::of(0.0);
};

// "3", "2.5", "true"; "2j", "1+2j", "(1-2e-3j)".
std::optional<Number> parse_scalar(std::string text) {
  if (const auto real = parse_real(text)) return Number{*real};
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || text.back() != 'j') return std::nullopt;
  text.pop_back();
  if (const auto imaginary = parse_real(text)) return Number{Scalar::of(0.0), *imaginary};
  for (std::size_t at = text.size(); at-- > 1;) {
    const bool is_sign = text[at] == '+' || text[at] == '-';
    if (!is_sign || text[at - 1] == 'e' || text[at - 1] == 'E') continue;
    const auto re = parse_real(text.substr(0, at));
    const auto im = parse_real(text.substr(text[at] == '+' ? at + 1 : at));
    if (re && im) return Number{*re, *im};
    return std::nullopt;
  }
  return std::nullopt;
}

void put(runtime::Array& array, std::int64_t at, Scalar value) {
  const auto size = static_cast<std::size_t>(ir::item_size(value.dtype));
  std::memcpy(static_cast<char*>(array.data) + at * static_cast<std::int64_t>(size), &value.bits,
              size);
}

runtime::Array scalar_array(const Number& value, const ir::Param& param) {
  const DType to = param.type.dtype;
  if (ir::is_complex(to)) {
    const DType part = ir::part_dtype(to);
    runtime::Array array = runtime::make_array(static_cast<arrayc_dtype>(to), {});
    put(array, 0, ir::convert(value.re, part));
    put(array, 1, ir::convert(value.im, part));
    return array;
  }
  if (value.im.bits != 0) {
    ir::user_error("parameter '" + param.name + "' is not complex");
  }
  if (ir::is_integer(to) && ir::is_float(value.re.dtype)) {
    ir::user_error("parameter '" + param.name + "' is an integer, not " +
                   std::to_string(ir::to_double(value.re)));
  }
  runtime::Array array = runtime::make_array(static_cast<arrayc_dtype>(to), {});
  put(array, 0, ir::convert(value.re, to));
  return array;
}

// random:DTYPE[EXTENTS]:SEED
runtime::Array random_array(const std::string& text) {
  const std::size_t open = text.find('['), close = text.find(']');
  const auto malformed = [&]() {
    ir::user_error("cannot read the argument '" + text + "'", {}, "write random:f64[1000,2]:seed");
  };
  if (open == std::string::npos || close == std::string::npos || close < open) malformed();
  const std::optional<DType> dtype = ir::parse_dtype(text.substr(7, open - 7));
  if (!dtype) malformed();
  std::vector<std::int64_t> shape;
  std::size_t start = open + 1;
  while (start < close) {
    std::size_t comma = std::min(text.find(',', start), close);
    std::int64_t n = -1;
    const auto [at, e] = std::from_chars(text.data() + start, text.data() + comma, n);
    if (e != std::errc{} || at != text.data() + comma || n < 0) malformed();
    shape.push_back(n);
    start = comma + 1;
  }
  std::uint64_t seed = 0;
  if (close + 1 < text.size()) {
    const char* const end = text.data() + text.size();
    const auto [at, e] = std::from_chars(text.data() + close + 2, end, seed);
    if (text[close + 1] != ':' || e != std::errc{} || at != end) malformed();
  }
  runtime::Array array = runtime::make_array(static_cast<arrayc_dtype>(*dtype), shape);
  std::mt19937_64 generator(seed);
  const bool in_parts = ir::is_complex(*dtype);
  const DType item = in_parts ? ir::part_dtype(*dtype) : *dtype;
  const std::int64_t n = runtime::element_count(shape) * (in_parts ? 2 : 1);
  for (std::int64_t k = 0; k < n; ++k) {
    const std::uint64_t bits = generator();
    Scalar value = Scalar::of(std::ldexp(static_cast<double>(bits >> 11), -53));
    if (!ir::is_float(item)) value = Scalar::of(static_cast<std::int64_t>(bits % 100));
    if (ir::is_bool(*dtype)) value = Scalar::of((bits & 1) != 0);
    put(array, k, ir::convert(value, item));
  }
  return array;
}

}  // namespace

runtime::Array read_argument(const std::string& text, const ir::Param& param) {
  if (text.starts_with("random:")) return random_array(text);
  if (const auto value = parse_scalar(text)) {
    if (param.type.rank() != 0) {
      ir::user_error("parameter '" + param.name + "' is an array " + to_string(param.type) +
                     ", not the number " + text);
    }
    return scalar_array(*value, param);
  }
  try {
    return runtime::load_npy(text);
  } catch (const runtime::NpyError& e) {
    ir::user_error(e.what());
  }
}

}  // namespace arrayc::cli
