// The parts that both levels of the IR's text form are made of: extents, types, scalars, names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/lexer.h"
#include "ir/module.h"
#include "ir/scalar.h"
#include "ir/type.h"

namespace arrayc::ir {

inline constexpr int max_text_nesting = 64;
inline constexpr int max_text_rank = 64;

// A scalar as written, its type not known yet: ["-"] number | ["-"] inf | nan | true | false.
struct Literal {
  bool negative = false;
  Token token;
  DType natural_type() const;  // bool, i64 or f64
};

class Reader {
 public:
  Reader(std::string_view text, std::string_view file_name);

  const Token& peek() const { return current_; }
  Token take();
  // The current token is this punctuation or name.
  bool at(std::string_view text) const;
  bool at(TokenKind kind) const { return current_.kind == kind; }
  bool accept(std::string_view text);
  void expect(std::string_view text);

  // "expected …, found …" at the current token.
  [[noreturn]] void fail_expected(std::string_view what) const;
  [[noreturn]] void fail(const Token& token, std::string message, std::string note = {}) const;
  Place place(const Token& token) const { return lexer_.place(token); }

  // Of %x: the name, with a '"' before it where it is not plain, so that %"3" is not %3.
  std::string value_key();
  std::string symbol_name();                     // of @f
  std::string string();                          // of "…"
  std::string_view word(std::string_view what);  // a name token
  std::int64_t integer();                        // with a sign
  std::int32_t small_integer();
  std::uint32_t index();                 // ≥ 0
  std::vector<std::int32_t> integers();  // [1, -1]

  Extent extent();          // a sum: ends where no operator follows
  Extent extent_operand();  // one operand of it
  Shape shape();            // [n, 2]
  DType dtype();
  Type type();  // f64[n,2]; f64 is f64[]
  Weak weak();  // bool int float complex
  Literal literal();
  Scalar scalar(const Literal& literal, DType dtype) const;
  Scalar scalar(DType dtype) { return scalar(literal(), dtype); }

 private:
  Extent scan_extent(bool one_operand);
  void scan_operand(std::vector<char>& open, std::uint32_t line);
  Extent to_extent(const Token& first) const;

  Lexer lexer_;
  Token current_;
  std::size_t taken_end_ = 0;  // where the last token taken ends
};

// Exactly one value, and parsed back to its bits: "1.5", "-0.0", "inf", "nan", "true", "0x7ff1…".
std::string scalar_text(Scalar value);
std::string_view check_name(Check::Kind kind);
std::optional<Check::Kind> parse_check_name(std::string_view name);
std::string_view weak_text(Weak weak);

std::string key_of_name(std::string_view name);   // of a parameter with this name
std::string name_of_key(const std::string& key);  // and back

}  // namespace arrayc::ir
