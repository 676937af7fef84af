// Extents as text, in both directions.
#include <cctype>
#include <charconv>

#include "ir/diagnostic.h"
#include "ir/extent.h"

namespace arrayc::ir {

namespace {

using Term = Extent::Term;

constexpr int max_nesting = 64;

bool needs_parentheses(const Extent& e) {
  return !(e.is_constant() && e.constant() >= 0) && e.symbol_name().empty();
}

std::string print_operand(const Extent& e) {
  return needs_parentheses(e) ? "(" + to_string(e) + ")" : to_string(e);
}

std::string print(const ExtentAtom& atom, bool alone) {
  switch (atom.kind) {
    case ExtentAtom::Kind::symbol:
      return atom.name;
    case ExtentAtom::Kind::max:
      return "max(" + to_string(atom.a) + ", " + to_string(atom.b) + ")";
    case ExtentAtom::Kind::min:
      return "min(" + to_string(atom.a) + ", " + to_string(atom.b) + ")";
    case ExtentAtom::Kind::broadcast:
      return "broadcast(" + to_string(atom.a) + ", " + to_string(atom.b) + ")";
    case ExtentAtom::Kind::floor_div:
      break;
  }
  const std::string text = print_operand(atom.a) + "//" + print_operand(atom.b);
  return alone ? text : "(" + text + ")";
}

// Without its sign. A leading minus binds more tightly than a division, as in Python.
std::string print(const Term& term, bool after_leading_minus = false) {
  std::string text;
  const std::string number = std::to_string(term.coefficient);
  const std::string_view digits = std::string_view(number).substr(term.coefficient < 0 ? 1 : 0);
  if (digits != "1") text = digits;
  const bool alone = text.empty() && term.factors.size() == 1 && !after_leading_minus;
  for (const auto& factor : term.factors) {
    if (!text.empty()) text += '*';
    text += print(*factor, alone);
  }
  return text;
}

// sum     = ["-"] product (("+" | "-") product)*
// product = operand (("*" | "//") operand)*
// operand = number | symbol | call | "(" sum ")" | "-" operand
// call    = ("max" | "min" | "broadcast") "(" sum "," sum ")"
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Extent parse() {
    const Extent e = sum();
    skip_space();
    if (at_ != text_.size()) fail("unexpected text after the extent");
    return e;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    user_error(what + " at column " + std::to_string(at_ + 1) + " of the extent '" +
               std::string(text_.substr(0, 80)) + "'");
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool accept(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail("expected '" + std::string(token) + "'");
  }

  Extent sum() {
    if (++nesting_ > max_nesting) fail("parentheses nested too deeply");
    Extent e = product();
    for (;;) {
      if (accept("+")) {
        e = e + product();
      } else if (accept("-")) {
        e = e - product();
      } else {
        --nesting_;
        return e;
      }
    }
  }

  Extent product() {
    Extent e = operand();
    for (;;) {
      if (accept("//")) {
        e = floor_div(e, operand());
      } else if (accept("*")) {
        e = e * operand();
      } else {
        return e;
      }
    }
  }

  Extent operand() {
    bool negative = false;
    while (accept("-")) negative = !negative;
    skip_space();
    if (at_ == text_.size()) fail("expected an extent");
    if (std::isdigit(static_cast<unsigned char>(text_[at_]))) return number(negative);
    const Extent e = accept("(") ? parenthesised() : named();
    return negative ? Extent(0) - e : e;
  }

  Extent parenthesised() {
    const Extent e = sum();
    expect(")");
    return e;
  }

  Extent number(bool negative) {
    std::string digits = negative ? "-" : "";
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      digits += text_[at_++];
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc()) fail("the number does not fit in int64");
    return value;
  }

  // Names of strides have dots: $x.0.
  static bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.';
  }

  Extent named() {
    std::string name;
    while (at_ < text_.size() && in_name(text_[at_])) name += text_[at_++];
    if (name.empty()) fail("expected an extent");
    const bool function = name == "max" || name == "min" || name == "broadcast";
    if (!function || !accept("(")) return Extent::symbol(name);
    const Extent a = sum();
    expect(",");
    const Extent b = sum();
    expect(")");
    if (name == "broadcast") return broadcast(a, b);
    return name == "max" ? max(a, b) : min(a, b);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

std::string to_string(const Extent& e) {
  const auto& terms = e.terms();
  if (terms.empty()) return std::to_string(e.constant());
  // A positive term comes first, so that no leading minus is needed where one can be avoided.
  std::size_t first = 0;
  while (first < terms.size() && terms[first].coefficient < 0) ++first;
  if (first == terms.size()) first = 0;
  const bool minus = terms[first].coefficient < 0;
  std::string text = (minus ? "-" : "") + print(terms[first], minus);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (i == first) continue;
    text += terms[i].coefficient < 0 ? " - " : " + ";
    text += print(terms[i]);
  }
  if (e.constant() == 0) return text;
  const std::string number = std::to_string(e.constant());
  return e.constant() < 0 ? text + " - " + number.substr(1) : text + " + " + number;
}

Extent parse_extent(std::string_view text) { return Parser(text).parse(); }

}  // namespace arrayc::ir
