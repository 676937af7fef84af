// Array extents: integers that are constants or values known when the program runs.
//
// An Extent is an immutable value in normal form: a constant, or a polynomial with integer
// coefficients over atoms. An atom is a symbol (a parameter's extent, an integer parameter) or one
// of floor_div, max, min, broadcast. Equal normal forms are equal values; the reverse does not
// hold, and what cannot be proved becomes a guard. A symbol whose name begins with '$' (an integer
// parameter, a stride) may be negative, every other is ≥ 0. Arithmetic is checked for overflow
// (NumPy's "array is too big"); expressions of unreasonable size are a limitation error.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc::ir {

struct ExtentAtom;

class Extent {
 public:
  // A product of atoms with a coefficient; factors are sorted.
  struct Term {
    std::int64_t coefficient;
    std::vector<std::shared_ptr<const ExtentAtom>> factors;
  };

  Extent(std::int64_t value = 0) : constant_(value) {}  // NOLINT: integers are extents
  static Extent symbol(std::string name);
  static Extent of(std::shared_ptr<const ExtentAtom> atom);

  bool is_constant() const { return terms_ == nullptr; }
  // The value, for a constant; otherwise the constant term.
  std::int64_t constant() const { return constant_; }
  bool is(std::int64_t value) const { return is_constant() && constant_ == value; }
  // The symbol's name if this is exactly one symbol, else "".
  const std::string& symbol_name() const;
  // Empty for a constant.
  const std::vector<Term>& terms() const;

  bool operator==(const Extent& other) const;
  std::size_t hash() const;

  // Throws a user error when a symbol has no value ("extent n is not known") or on overflow.
  using Lookup = std::function<std::optional<std::int64_t>(const std::string&)>;
  std::int64_t evaluate(const Lookup& value_of) const;
  using Replace = std::function<std::optional<Extent>(const std::string&)>;
  Extent substitute(const Replace& replacement) const;
  // Each broadcast in it, innermost first, becomes what `choose` makes of its options.
  using Choose = std::function<Extent(const std::vector<Extent>&)>;
  Extent replace_broadcasts(const Choose& choose) const;
  void collect_symbols(std::set<std::string>& out) const;
  // The smallest and largest value it can have, as far as is known.
  std::optional<std::int64_t> lower_bound() const;
  std::optional<std::int64_t> upper_bound() const;

  friend Extent operator+(const Extent& a, const Extent& b);
  friend Extent operator-(const Extent& a, const Extent& b);
  friend Extent operator*(const Extent& a, const Extent& b);
  // Rounds to −∞; b must not be 0.
  friend Extent floor_div(const Extent& a, const Extent& b);
  friend Extent max(const Extent& a, const Extent& b);
  friend Extent min(const Extent& a, const Extent& b);

 private:
  static Extent from_terms(std::int64_t constant, std::vector<Term> terms);
  Extent rebuild(const Replace& replacement, const Choose* choose) const;
  std::int64_t constant_ = 0;
  std::shared_ptr<const std::vector<Term>> terms_;  // sorted, no zero coefficients; null: none
};

// What a polynomial is made of.
struct ExtentAtom {
  enum class Kind : std::uint8_t { symbol, floor_div, max, min, broadcast };
  Kind kind;
  std::string name;  // of a symbol
  Extent a, b;       // operands of the others
  std::size_t hash;
  int depth;  // 1 for a symbol, else one more than the operands'
  int size;   // how many atoms it consists of, written out
};

// A total order that depends on nothing but the expressions (graded: by degree, then by name).
std::strong_ordering compare(const Extent& a, const Extent& b);

// Also for arguments that are both integers.
Extent floor_div(const Extent& a, const Extent& b);
Extent ceil_div(const Extent& a, const Extent& b);
Extent max(const Extent& a, const Extent& b);
Extent min(const Extent& a, const Extent& b);
// What axes of these extents have in common when they are broadcast together, each option being 1
// or the result: the first option, in the order of compare, that is not 1.
Extent broadcast(const Extent& a, const Extent& b);
// In that order; e alone if it is no broadcast.
std::vector<Extent> broadcast_options(const Extent& e);
// Proved for all values of the symbols.
bool never_equal(const Extent& a, const Extent& b);
// An axis of extent a can be stretched to b: they are equal or a is 1, whatever the symbols are,
// if all that b is made of can be broadcast together.
bool always_stretches(const Extent& a, const Extent& b);
// Whether none of the symbols' values lets an axis of extent a stretch to b.
bool never_stretches(const Extent& a, const Extent& b);
// "n - 2", "max(n - 2, 0)", "m*n", "(n + 1)//2"; parses back with parse_extent.
std::string to_string(const Extent& e);
// Throws a user error on malformed text.
Extent parse_extent(std::string_view text);

}  // namespace arrayc::ir
