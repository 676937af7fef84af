#include "ir/reader.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace arrayc::ir {

DType Literal::natural_type() const {
  if (token.text == "true" || token.text == "false") return DType::Bool;
  const bool whole = token.kind == TokenKind::number &&
                     (token.text.starts_with("0x") || token.text.starts_with("0X") ||
                      token.text.find_first_of(".eE") == std::string_view::npos);
  return whole ? DType::I64 : DType::F64;
}

Reader::Reader(std::string_view text, std::string_view file_name)
    : lexer_(text, file_name), current_(lexer_.next()) {}

Token Reader::take() {
  const Token taken = current_;
  taken_end_ =
      static_cast<std::size_t>(taken.text.data() - lexer_.source().data()) + taken.text.size();
  current_ = lexer_.next();
  return taken;
}

bool Reader::at(std::string_view text) const {
  return (current_.kind == TokenKind::name || current_.kind == TokenKind::punctuation) &&
         current_.text == text;
}

bool Reader::accept(std::string_view text) {
  if (!at(text)) return false;
  take();
  return true;
}

void Reader::expect(std::string_view text) {
  if (!accept(text)) fail_expected(fmt::format("'{}'", text));
}

void Reader::fail_expected(std::string_view what) const {
  const std::string found = current_.kind == TokenKind::end
                                ? "the end of the text"
                                : fmt::format("'{}'", current_.text.substr(0, 40));
  user_error(fmt::format("expected {}, found {}", what, found), place(current_));
}

void Reader::fail(const Token& token, std::string message, std::string note) const {
  user_error(std::move(message), place(token), std::move(note));
}

std::string key_of_name(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : "\"" + std::string(name);
}

std::string name_of_key(const std::string& key) {
  return key.starts_with('"') ? key.substr(1) : key;
}

std::string Reader::value_key() {
  if (!at(TokenKind::value)) fail_expected("a value such as %x");
  const Token token = take();
  std::string name = decoded(token, place(token));
  return token.text.starts_with("%\"") ? key_of_name(name) : name;
}

std::string Reader::symbol_name() {
  if (!at(TokenKind::symbol)) fail_expected("a name such as @f");
  const Token token = take();
  return decoded(token, place(token));
}

std::string Reader::string() {
  if (!at(TokenKind::string)) fail_expected("a string");
  const Token token = take();
  return decoded(token, place(token));
}

std::string_view Reader::word(std::string_view what) {
  if (!at(TokenKind::name)) fail_expected(what);
  return take().text;
}

std::int64_t Reader::integer() {
  const bool negative = accept("-");
  if (!at(TokenKind::number)) fail_expected("an integer");
  const Token token = take();
  const std::string text = (negative ? "-" : "") + std::string(token.text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) fail(token, "the integer does not fit in 64 bits");
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(token, fmt::format("expected an integer, found '{}'", token.text.substr(0, 40)));
  }
  return value;
}

std::int32_t Reader::small_integer() {
  const Token token = current_;
  const std::int64_t value = integer();
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    fail(token, "the integer does not fit in 32 bits");
  }
  return static_cast<std::int32_t>(value);
}

std::uint32_t Reader::index() {
  const Token token = current_;
  const std::int32_t value = small_integer();
  if (value < 0) fail(token, "expected an integer that is not negative");
  return static_cast<std::uint32_t>(value);
}

std::vector<std::int32_t> Reader::integers() {
  std::vector<std::int32_t> out;
  expect("[");
  while (!at("]")) {
    if (!out.empty()) expect(",");
    out.push_back(small_integer());
  }
  expect("]");
  return out;
}

// --- extents

// One operand; of a bracketed one only its beginning: what is open is pushed ('(' or, for
// functions before their comma, ',').
void Reader::scan_operand(std::vector<char>& open, std::uint32_t line) {
  while (accept("-")) {
  }
  if (current_.line != line) fail_expected("an extent");
  if (at(TokenKind::number)) {
    take();
    return;
  }
  if (at("(")) {
    take();
    open.push_back('(');
  } else if (at(TokenKind::name)) {
    const std::string_view name = take().text;
    const bool function = name == "max" || name == "min" || name == "broadcast";
    if (!function || !accept("(")) return;
    open.push_back(',');
  } else {
    fail_expected("an extent");
  }
  if (open.size() > static_cast<std::size_t>(max_text_nesting)) {
    fail(current_, "brackets nested too deeply");
  }
  scan_operand(open, line);
}

Extent Reader::scan_extent(bool one_operand) {
  const Token first = current_;
  const std::uint32_t line = first.line;  // an extent is on one line
  std::vector<char> open;
  scan_operand(open, line);
  for (;;) {
    if (open.empty() && one_operand) break;
    if (at("+") || at("-") || at("*") || at("//")) {
      take();
      scan_operand(open, line);
    } else if (open.empty()) {
      break;
    } else if (open.back() == ',') {
      expect(",");
      open.back() = '(';
      scan_operand(open, line);
    } else {
      expect(")");
      open.pop_back();
    }
  }
  return to_extent(first);
}

Extent Reader::to_extent(const Token& first) const {
  const char* begin = first.text.data();
  const std::string_view text(begin, lexer_.source().data() + taken_end_ - begin);
  try {
    return parse_extent(text);
  } catch (const Error& e) {
    throw e.at(place(first));
  }
}

Extent Reader::extent() { return scan_extent(false); }
Extent Reader::extent_operand() { return scan_extent(true); }

Shape Reader::shape() {
  Shape out;
  expect("[");
  while (!at("]")) {
    if (!out.empty()) expect(",");
    if (out.size() == static_cast<std::size_t>(max_text_rank)) {
      fail(current_, "an array has at most 64 axes");
    }
    out.push_back(extent());
  }
  expect("]");
  return out;
}

// --- types and scalars

DType Reader::dtype() {
  if (!at(TokenKind::name)) fail_expected("an element type such as f64");
  const auto dtype = parse_dtype(current_.text);
  if (!dtype) fail_expected("an element type such as f64");
  take();
  return *dtype;
}

Type Reader::type() {
  Type out;
  out.dtype = dtype();
  if (at("[")) out.shape = shape();
  return out;
}

Weak Reader::weak() {
  for (const Weak weak : {Weak::boolean, Weak::integer, Weak::floating, Weak::complex}) {
    if (accept(weak_text(weak))) return weak;
  }
  fail_expected("bool, int, float or complex");
}

Literal Reader::literal() {
  Literal out;
  out.negative = accept("-");
  const bool named = at("inf") || (!out.negative && (at("nan") || at("true") || at("false")));
  if (!named && !at(TokenKind::number)) fail_expected("a number");
  out.token = take();
  return out;
}

namespace {

template <typename T>
std::optional<T> whole_number(const std::string& text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

template <typename T>
std::optional<T> float_number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::uint64_t canonical_nan(DType dtype) {
  switch (dtype) {
    case DType::F16:
      return 0x7e00;
    case DType::BF16:
      return 0x7fc0;
    default:
      return dtype == DType::F32 ? 0x7fc00000u : 0x7ff8000000000000u;
  }
}

// The low `bits` bits are all that are used.
bool fits(std::uint64_t value, int bits) { return bits >= 64 || (value >> bits) == 0; }

std::optional<std::uint64_t> bits_of_integer(const std::string& text, DType dtype) {
  const int bits = info(dtype).bits;
  if (is_unsigned(dtype)) {
    const auto value = whole_number<std::uint64_t>(text);
    return value && fits(*value, bits) ? value : std::nullopt;
  }
  const auto value = whole_number<std::int64_t>(text);
  if (!value) return {};
  const std::int64_t low = std::numeric_limits<std::int64_t>::min() >> (64 - bits);
  if (*value < low || *value > ~low) return {};
  return static_cast<std::uint64_t>(*value) & (~std::uint64_t{0} >> (64 - bits));
}

std::optional<std::uint64_t> bits_of_number(const std::string& text, DType dtype) {
  if (is_integer(dtype)) return bits_of_integer(text, dtype);
  if (dtype == DType::F64 || is_narrow_float(dtype)) {
    const auto value = float_number<double>(text);
    return value ? std::optional(convert(Scalar::of(*value), dtype).bits) : std::nullopt;
  }
  if (dtype == DType::F32) {
    const auto value = float_number<float>(text);
    return value ? std::optional<std::uint64_t>(std::bit_cast<std::uint32_t>(*value))
                 : std::nullopt;
  }
  return {};
}

}  // namespace

Scalar Reader::scalar(const Literal& literal, DType dtype) const {
  const std::string_view word = literal.token.text;
  const bool real = is_float(dtype);
  if (is_bool(dtype) && (word == "true" || word == "false")) return {dtype, word == "true"};
  if (real && word == "nan") return {dtype, canonical_nan(dtype)};
  std::optional<std::uint64_t> bits;
  if (word.starts_with("0x") && !literal.negative) {
    bits = whole_number<std::uint64_t>(std::string(word.substr(2)), 16);
    if (bits && !fits(*bits, is_bool(dtype) ? 1 : info(dtype).bits)) bits.reset();
  } else if (literal.token.kind == TokenKind::number || (real && word == "inf")) {
    bits = bits_of_number((literal.negative ? "-" : "") + std::string(word), dtype);
  }
  if (bits) return {dtype, *bits};
  fail(literal.token, fmt::format("'{}{}' is not a value of type {}", literal.negative ? "-" : "",
                                  word.substr(0, 40), name(dtype)));
}

std::string scalar_text(Scalar value) {
  const auto hex = [&] { return fmt::format("0x{:x}", value.bits); };
  switch (value.dtype) {
    case DType::Bool:
      return value.bits > 1 ? hex() : value.bits == 1 ? "true" : "false";
    case DType::F16:
    case DType::BF16:
    case DType::F32:
    case DType::F64: {
      const double number = to_double(value);
      if (number != number) return value.bits == canonical_nan(value.dtype) ? "nan" : hex();
      std::string text = value.dtype == DType::F64 ? fmt::format("{}", number)
                                                   : fmt::format("{}", static_cast<float>(number));
      if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
      return text;
    }
    default:
      break;
  }
  if (is_unsigned(value.dtype)) return fmt::format("{}", value.bits);
  if (is_signed(value.dtype)) return fmt::format("{}", to_int64(value));
  return hex();
}

std::string_view check_name(Check::Kind kind) {
  switch (kind) {
    case Check::Kind::power:
      return "power";
  }
  return "?";
}

std::optional<Check::Kind> parse_check_name(std::string_view name) {
  if (name == check_name(Check::Kind::power)) return Check::Kind::power;
  return std::nullopt;
}

std::string_view weak_text(Weak weak) {
  switch (weak) {
    case Weak::boolean:
      return "bool";
    case Weak::integer:
      return "int";
    case Weak::floating:
      return "float";
    case Weak::complex:
      return "complex";
    case Weak::strong:
      break;
  }
  return "strong";
}

}  // namespace arrayc::ir
