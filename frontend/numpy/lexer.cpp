#include "frontend/numpy/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace arrayc::dialect {

namespace {

constexpr std::size_t most_indents = 100;  // as Python

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Longest first.
constexpr std::array<std::string_view, 48> operators = {
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "<=", ">=", "==",
    "!=",  "->",  "+=",  "-=",  "*=",  "/=", "%=", "&=", "|=", "^=", "@=", ":=",
    "+",   "-",   "*",   "/",   "%",   "@",  "&",  "|",  "^",  "~",  "<",  ">",
    "(",   ")",   "[",   "]",   "{",   "}",  ",",  ":",  ".",  ";",  "=",  "!"};

class Tokenizer {
 public:
  Tokenizer(std::string_view source, const char* file) : source_(source), file_(file) {}

  std::vector<Token> run() {
    if (source_.starts_with("\xef\xbb\xbf")) at_ = line_start_ = 3;
    while (at_ < source_.size()) {
      if (at_line_start_ && depth() == 0) {
        read_indentation();
        continue;
      }
      read_token();
    }
    if (!brackets_.empty()) {
      fail(brackets_.back(), fmt::format("'{}' was never closed", brackets_.back().text));
    }
    if (!tokens_.empty() && tokens_.back().kind != TokenKind::newline) push(TokenKind::newline, 0);
    while (indents_.size() > 1) {
      indents_.pop_back();
      push(TokenKind::dedent, 0);
    }
    push(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  std::size_t depth() const { return brackets_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  [[noreturn]] void fail(const Token& token, std::string message) const {
    ir::user_error(std::move(message), {file_, token.line, token.column});
  }
  Token here(std::size_t length) const {
    Token token;
    token.text = source_.substr(std::min(at_, source_.size()), length);
    token.line = line_;
    token.column = static_cast<std::uint32_t>(at_ - line_start_ + 1);
    return token;
  }
  void push(TokenKind kind, std::size_t length) {
    Token token = here(length);
    token.kind = kind;
    tokens_.push_back(std::move(token));
    at_ += length;
  }
  void end_line() {
    ++at_;
    ++line_;
    line_start_ = at_;
  }
  void skip_comment() {
    while (at_ < source_.size() && source_[at_] != '\n') ++at_;
  }

  // Blank lines and lines with only a comment say nothing about indentation.
  void read_indentation() {
    std::size_t width = 0;
    while (true) {
      const char c = peek();
      if (c == ' ') {
        ++width;
      } else if (c == '\t') {
        width = width / 8 * 8 + 8;
      } else if (c != '\r' && c != '\f') {
        break;
      }
      ++at_;
    }
    if (peek() == '#') skip_comment();
    if (at_ >= source_.size()) return;
    if (peek() == '\n') {
      end_line();
      return;
    }
    at_line_start_ = false;
    if (width > indents_.back()) {
      if (indents_.size() >= most_indents) fail(here(0), "too many levels of indentation");
      indents_.push_back(width);
      push(TokenKind::indent, 0);
      return;
    }
    while (width < indents_.back()) {
      indents_.pop_back();
      push(TokenKind::dedent, 0);
    }
    if (width != indents_.back()) {
      fail(here(0), "unindent does not match any outer indentation level");
    }
  }

  void read_token() {
    const char c = peek();
    if (c == '\n') {
      if (depth() == 0 && !at_line_start_) push(TokenKind::newline, 0);
      at_line_start_ = depth() == 0;
      end_line();
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '#') {
      skip_comment();
    } else if (c == '\\') {
      read_continuation();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      read_number();
    } else if (is_name_start(c)) {
      read_name();
    } else if (c == '"' || c == '\'') {
      read_string(0);
    } else {
      read_operator();
    }
  }

  void read_continuation() {
    std::size_t ahead = 1;
    if (peek(ahead) == '\r') ++ahead;
    if (peek(ahead) != '\n')
      fail(here(1), "unexpected character after line continuation character");
    at_ += ahead;
    end_line();
  }

  std::size_t digits(std::size_t from, bool hexadecimal) const {
    std::size_t n = from;
    while (at_ + n < source_.size()) {
      const char c = lower(source_[at_ + n]);
      const bool part = is_digit(c) || c == '_' || (hexadecimal && c >= 'a' && c <= 'f');
      if (!part) break;
      ++n;
    }
    return n;
  }

  void read_number() {
    const char second = lower(peek(1));
    TokenKind kind = TokenKind::integer;
    std::size_t n;
    if (peek() == '0' && (second == 'x' || second == 'o' || second == 'b')) {
      n = digits(2, second == 'x');
      if (n == 2) fail(here(2), "invalid number literal");
    } else {
      n = digits(0, false);
      if (peek(n) == '.') {
        kind = TokenKind::real;
        n = digits(n + 1, false);
      }
      if (lower(peek(n)) == 'e') {
        const std::size_t sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 1 : 0;
        if (is_digit(peek(n + 1 + sign))) {
          kind = TokenKind::real;
          n = digits(n + 1 + sign, false);
        }
      }
      if (lower(peek(n)) == 'j') {
        kind = TokenKind::imaginary;
        ++n;
      }
    }
    Token token = here(n);
    if (is_name_part(peek(n)) || token.text.back() == '_' ||
        token.text.find("__") != std::string_view::npos) {
      fail(token, "invalid decimal literal");
    }
    token.kind = kind;
    for (const char c : token.text) {
      if (c != '_') token.value += lower(c);
    }
    if (kind == TokenKind::integer && token.value.size() > 1 && token.value[0] == '0' &&
        is_digit(token.value[1]) && token.value.find_first_not_of('0') != std::string::npos) {
      fail(token,
           "leading zeros in decimal integer literals are not permitted; use an 0o prefix "
           "for octal integers");
    }
    at_ += n;
    tokens_.push_back(std::move(token));
  }

  void read_name() {
    std::size_t n = 1;
    while (is_name_part(peek(n))) ++n;
    if (n <= 2 && (peek(n) == '"' || peek(n) == '\'')) {
      const std::string_view prefix = source_.substr(at_, n);
      const bool known = std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return std::string_view("rbuf").find(lower(c)) != std::string_view::npos;
      });
      if (known) {
        read_string(n);
        return;
      }
    }
    push(TokenKind::name, n);
  }

  void read_string(std::size_t prefix) {
    Token token = here(0);
    bool raw = false;
    token.kind = TokenKind::text;
    for (std::size_t i = 0; i < prefix; ++i) {
      const char c = lower(peek(i));
      raw = raw || c == 'r';
      if (c == 'f' || c == 'b') token.kind = TokenKind::formatted;
    }
    const std::size_t begin = at_;
    at_ += prefix;
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    const std::size_t quotes = triple ? 3 : 1;
    at_ += quotes;
    begin_run(token);
    while (true) {
      if (at_ >= source_.size() || (peek() == '\n' && !triple)) {
        fail(token,
             triple ? "unterminated triple-quoted string literal" : "unterminated string literal");
      }
      const char c = peek();
      if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
      if (c == '\\' && at_ + 1 < source_.size()) {
        read_escape(raw, token.value);
        begin_run(token);
        continue;
      }
      token.value += c;
      if (c == '\n') {
        end_line();
        begin_run(token);
      } else {
        ++at_;
      }
    }
    at_ += quotes;
    token.text = source_.substr(begin, at_ - begin);
    tokens_.push_back(std::move(token));
  }

  void begin_run(Token& token) const {
    token.runs.push_back(
        {token.value.size(), line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)});
  }

  void read_escape(bool raw, std::string& value) {
    const char c = peek(1);
    if (c == '\n') {
      if (raw) value += "\\\n";
      ++at_;
      end_line();
      return;
    }
    constexpr std::string_view names = "n\\t'\"r0abfv";
    constexpr std::string_view meanings("\n\\\t'\"\r\0\a\b\f\v", 11);
    const std::size_t known = names.find(c);
    if (raw || known == std::string_view::npos) {
      value += '\\';
      value += c;
    } else {
      value += meanings[known];
    }
    at_ += 2;
  }

  void read_operator() {
    for (const std::string_view op : operators) {
      if (source_.substr(at_, op.size()) != op) continue;
      track_brackets(op);
      push(TokenKind::op, op.size());
      return;
    }
    const auto c = static_cast<unsigned char>(peek());
    fail(here(1), c >= 0x20 && c < 0x7f ? fmt::format("invalid character '{}'", peek())
                                        : fmt::format("invalid character with code {:#04x}", c));
  }

  void track_brackets(std::string_view op) {
    constexpr std::string_view open = "([{", close = ")]}";
    if (op.size() == 1 && open.find(op[0]) != std::string_view::npos) {
      if (brackets_.size() >= 200) fail(here(1), "too many nested parentheses");
      brackets_.push_back(here(1));
    }
    const std::size_t kind = op.size() == 1 ? close.find(op[0]) : std::string_view::npos;
    if (kind == std::string_view::npos) return;
    if (brackets_.empty()) fail(here(1), fmt::format("unmatched '{}'", op));
    if (brackets_.back().text[0] != open[kind]) {
      fail(here(1), fmt::format("closing parenthesis '{}' does not match opening parenthesis '{}'",
                                op, brackets_.back().text));
    }
    brackets_.pop_back();
  }

  std::string_view source_;
  const char* file_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  bool at_line_start_ = true;
  std::vector<std::size_t> indents_ = {0};
  std::vector<Token> brackets_;  // open ones
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source, const char* file) {
  return Tokenizer(source, file).run();
}

}  // namespace arrayc::dialect
