#include "ir/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace arrayc::ir {

namespace {

constexpr std::size_t max_text = std::size_t{1} << 30;
constexpr std::size_t max_name = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Lexer::Lexer(std::string_view text, std::string_view file_name)
    : text_(text), file_(intern_file_name(file_name)) {
  if (text.size() > max_text) user_error("IR text longer than 1 GiB", {file_, 1, 1});
}

void Lexer::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      line_start_ = ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (c == ';' || c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

// Names beginning with '$' have dots in them, others at most one, before a number at their end.
std::size_t Lexer::name_end(std::size_t from) const {
  const auto peek = [&](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const bool dotted = peek(from) == '$';
  if (dotted) ++from;
  while (is_letter(peek(from)) || is_digit(peek(from)) || (dotted && peek(from) == '.')) ++from;
  if (dotted || peek(from) != '.' || !is_digit(peek(from + 1))) return from;
  ++from;
  while (is_digit(peek(from))) ++from;
  return from;
}

std::size_t Lexer::number_end(std::size_t from) const {
  const auto peek = [&](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  if (peek(from) == '0' && (peek(from + 1) == 'x' || peek(from + 1) == 'X')) {
    from += 2;
    while (hex_digit(peek(from)) >= 0) ++from;
    return from;
  }
  while (is_digit(peek(from))) ++from;
  if (peek(from) == '.') ++from;
  while (is_digit(peek(from))) ++from;
  if (peek(from) == 'e' || peek(from) == 'E') {
    const std::size_t sign = peek(from + 1) == '+' || peek(from + 1) == '-' ? 1 : 0;
    if (is_digit(peek(from + 1 + sign))) {
      from += 1 + sign;
      while (is_digit(peek(from))) ++from;
    }
  }
  return from;
}

std::size_t Lexer::string_end(std::size_t from, const Token& token) const {
  for (++from; from < text_.size() && text_[from] != '\n'; ++from) {
    if (text_[from] == '"') return from + 1;
    if (text_[from] == '\\') ++from;
  }
  user_error("expected '\"' at the end of the string", place(token));
}

std::size_t Lexer::token_end(Token& token) const {
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (is_letter(c) || c == '$') {
    token.kind = TokenKind::name;
    return name_end(at_);
  }
  if (is_digit(c)) {
    token.kind = TokenKind::number;
    return number_end(at_);
  }
  if (c == '"') {
    token.kind = TokenKind::string;
    return string_end(at_, token);
  }
  if (c == '%' || c == '@') {
    token.kind = c == '%' ? TokenKind::value : TokenKind::symbol;
    if (after == '"') return string_end(at_ + 1, token);
    if (is_letter(after) || is_digit(after) || after == '$') return name_end(at_ + 1);
    user_error(fmt::format("expected a name after '{}'", c), place(token));
  }
  token.kind = TokenKind::punctuation;
  const std::string_view two = text_.substr(at_, 2);
  if (two == "->" || two == "==" || two == "//") return at_ + 2;
  if (std::string_view("()[]{},:.=>+-*/").find(c) != std::string_view::npos) return at_ + 1;
  if (c >= ' ' && c < 0x7f) user_error(fmt::format("unexpected '{}'", c), place(token));
  user_error(fmt::format("unexpected byte 0x{:02x}", static_cast<unsigned char>(c)), place(token));
}

Token Lexer::next() {
  skip_space();
  Token token;
  token.line = line_;
  token.column = static_cast<std::uint32_t>(at_ - line_start_ + 1);
  token.text = text_.substr(at_, 0);
  if (at_ == text_.size()) return token;
  const std::size_t end = token_end(token);
  token.text = text_.substr(at_, end - at_);
  const bool named = token.kind == TokenKind::name || token.kind == TokenKind::value ||
                     token.kind == TokenKind::symbol;
  if (named && token.text.size() > max_name) {
    user_error("a name is longer than 1024 bytes", place(token));
  }
  at_ = end;
  return token;
}

std::string decoded(const Token& token, const Place& place) {
  std::string_view text = token.text;
  if (token.kind != TokenKind::string) text.remove_prefix(1);
  if (text.empty() || text.front() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == 'n') {
      out += '\n';
    } else if (c == 't') {
      out += '\t';
    } else if (c == 'r') {
      out += '\r';
    } else if (c == '"' || c == '\\') {
      out += c;
    } else if (c == 'x' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      user_error("unknown escape in a string; known are \\n \\t \\r \\\" \\\\ \\xHH", place);
    }
  }
  return out;
}

bool is_plain_name(std::string_view name) {
  const bool dotted = name.starts_with('$');
  if (name.empty() || !(dotted || is_letter(name.front())) || name.size() >= max_name) return false;
  return std::all_of(name.begin() + 1, name.end(), [dotted](char c) {
    return is_letter(c) || is_digit(c) || (dotted && c == '.');
  });
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (is_plain_name(name)) {
    out += name;
  } else {
    append_quoted(out, name);
  }
}

}  // namespace arrayc::ir
