// The words of a Python file: names, numbers, text, operators, and what indentation says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/diagnostic.h"

namespace arrayc::dialect {

enum class TokenKind : std::uint8_t {
  name,
  integer,  // decimal digits without '_' and prefix, or 0x…, 0o…, 0b…
  real,
  imaginary,
  text,       // a string without escapes that matter: `value` is what it stands for
  formatted,  // f"…" or b"…": read over, not understood
  op,         // punctuation and operators
  newline,    // the end of a statement's line
  indent,
  dedent,
  end
};

struct TextRun {
  std::size_t offset;
  std::uint32_t line, column;
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as written, a piece of the source
  std::string value;      // of text
  // Of text: where in `value` a run of characters begins that are written one after the other, and
  // where they are.
  std::vector<TextRun> runs;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

// All tokens of a file, the last of kind `end`. Throws Python's sentences ("unterminated string
// literal") with places. `source` must outlive the tokens.
std::vector<Token> tokenize(std::string_view source, const char* file);

}  // namespace arrayc::dialect
