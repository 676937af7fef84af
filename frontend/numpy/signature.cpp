#include "frontend/numpy/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace arrayc::dialect {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

// The pieces between commas that no bracket encloses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '(') ++depth;
    if (text[i] == ']' || text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) {
      pieces.push_back(trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  const std::string_view last = trim(text.substr(begin));
  if (!last.empty()) pieces.push_back(last);
  return pieces;
}

[[noreturn]] void bad_type(std::string_view text, ir::Place place) {
  ir::user_error(fmt::format("'{}' is not a type of the dialect", text), place,
                 "write the element type and the extents: \"f64[n,2]\", \"i32[n]\", \"bool[n,m]\", "
                 "\"f64\" for one number, \"float\" or \"int\" for a Python number");
}

bool is_identifier(std::string_view text) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), part);
}

ir::Extent parse_axis(std::string_view text, std::string_view whole, ir::Place place) {
  if (text.empty() || text.find('$') != std::string_view::npos) bad_type(whole, place);
  try {
    const ir::Extent extent = ir::parse_extent(text);
    if (extent.is_constant() && extent.constant() < 0) {
      ir::user_error("negative dimensions are not allowed", place);
    }
    return extent;
  } catch (const ir::Error& error) {
    if (error.message().find("negative") != std::string::npos) throw;
    bad_type(whole, place);
  }
}

}  // namespace

ParamType parse_type(std::string_view written, ir::Place place) {
  const std::string_view text = trim(written);
  ParamType result;
  if (text == "float") {
    result.type.dtype = ir::DType::F64;
    result.weak = ir::Weak::floating;
    return result;
  }
  if (text == "int") {
    result.type.dtype = ir::DType::I64;
    result.weak = ir::Weak::integer;
    return result;
  }
  if (text == "complex") {
    result.type.dtype = ir::DType::C128;
    result.weak = ir::Weak::complex;
    return result;
  }
  const std::size_t bracket = text.find('[');
  const auto dtype = ir::parse_dtype(trim(text.substr(0, bracket)));
  if (!dtype) bad_type(text, place);
  result.type.dtype = *dtype;
  if (bracket == std::string_view::npos) return result;
  if (text.back() != ']') bad_type(text, place);
  for (const std::string_view axis : split(text.substr(bracket + 1, text.size() - bracket - 2))) {
    if (result.type.shape.size() == 32) {
      ir::user_error("maximum supported dimension for an ndarray is 32", place);
    }
    result.type.shape.push_back(parse_axis(axis, text, place));
  }
  return result;
}

ResultTypes parse_results(std::string_view written, ir::Place place) {
  std::string_view text = trim(written);
  ResultTypes result;
  for (const std::string_view open : {"tuple[", "Tuple[", "("}) {
    if (!text.starts_with(open)) continue;
    if (text.back() != (open == "(" ? ')' : ']')) bad_type(text, place);
    text = text.substr(open.size(), text.size() - open.size() - 1);
    result.tuple = true;
    break;
  }
  const std::vector<std::string_view> pieces = split(text);
  if (pieces.empty()) bad_type(text, place);
  result.tuple = result.tuple || pieces.size() > 1;
  for (const std::string_view piece : pieces) result.types.push_back(parse_type(piece, place));
  return result;
}

Export parse_export(std::string_view written) {
  std::string_view text = trim(written);
  Export result;
  const std::size_t open = text.find('(');
  const std::size_t equals = text.substr(0, open).find('=');
  if (equals != std::string_view::npos) {
    result.symbol = trim(text.substr(0, equals));
    text = trim(text.substr(equals + 1));
  }
  const std::size_t paren = text.find('(');
  result.function = trim(text.substr(0, paren));
  if (result.symbol.empty()) result.symbol = result.function;
  result.typed = paren != std::string_view::npos;
  const bool closed = !result.typed || text.back() == ')';
  if (!closed || !is_identifier(result.function) || !is_identifier(result.symbol)) {
    ir::user_error(fmt::format("'{}' is not a signature", written), {},
                   "write it as \"distances(f64[n,2], f64[2])\"");
  }
  if (!result.typed) return result;
  for (const std::string_view piece : split(text.substr(paren + 1, text.size() - paren - 2))) {
    result.params.push_back(parse_type(piece, {}));
  }
  return result;
}

}  // namespace arrayc::dialect
