// The words of the IR's text form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/diagnostic.h"

namespace arrayc::ir {

enum class TokenKind : std::uint8_t {
  end,
  name,        // add, f64, i.2, $x.0
  number,      // 12, 1.5e-3, 0x7ff8
  string,      // "…"
  value,       // %x, %12, %"any text"
  symbol,      // @f, @12, @"any text"
  punctuation  // one of ( ) [ ] { } , : . = == -> > + - * / //
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as written, a piece of the source
  std::uint32_t line = 1;
  std::uint32_t column = 1;  // in bytes, from 1
};

// Reads one token after another. Spaces, line ends and comments (from ';' or '#' to the end of the
// line) separate tokens and mean nothing else.
class Lexer {
 public:
  // Both texts must outlive the lexer.
  Lexer(std::string_view text, std::string_view file_name);

  // The next token; at the end, `end` for ever. Throws a user error for bytes that are no token.
  Token next();
  Place place(const Token& token) const { return {file_, token.line, token.column}; }
  std::string_view source() const { return text_; }

 private:
  void skip_space();
  std::size_t name_end(std::size_t from) const;
  std::size_t number_end(std::size_t from) const;
  std::size_t string_end(std::size_t from, const Token& token) const;
  std::size_t token_end(Token& token) const;

  std::string_view text_;
  const char* file_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

// The name in `%x`, `@x`, `%"x"`, or the text of a string token, without quotes and escapes.
std::string decoded(const Token& token, const Place& place);

// A name as it is written after '%' or '@': plain, or quoted where it is not a plain identifier.
void append_name(std::string& out, std::string_view name);
void append_quoted(std::string& out, std::string_view text);
bool is_plain_name(std::string_view name);

}  // namespace arrayc::ir
