#include "ir/extent.h"

#include <algorithm>

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

using AtomRef = std::shared_ptr<const ExtentAtom>;
using Term = Extent::Term;
using AtomKind = ExtentAtom::Kind;

// Bounds on the size of one expression, so that no text and no program makes extents explode.
constexpr std::size_t max_terms = 256;
constexpr std::size_t max_size = 1000;  // atoms, written out

[[noreturn]] void overflow() {
  user_error("array is too big; the number of elements overflows int64");
}

[[noreturn]] void too_complicated() {
  limitation("the expression for an array's extent is too complicated", {},
             "make the array contiguous data of its own, with a size of its own");
}

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  if (__builtin_add_overflow(a, b, &result)) overflow();
  return result;
}

std::int64_t checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) overflow();
  return result;
}

std::int64_t checked_floor_div(std::int64_t a, std::int64_t b) {
  if (b == 0) user_error("division by zero in an extent");
  if (b == -1) return checked_mul(a, -1);
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::size_t mix(std::size_t seed, std::size_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2);
  return seed * 0xff51afd7ed558ccdull;
}

std::strong_ordering compare_atoms(const AtomRef& x, const AtomRef& y) {
  if (x == y) return std::strong_ordering::equal;
  if (x->kind != y->kind) return x->kind <=> y->kind;
  if (x->kind == AtomKind::symbol) return x->name.compare(y->name) <=> 0;
  const auto first = compare(x->a, y->a);
  return first != 0 ? first : compare(x->b, y->b);
}

bool same_atom(const AtomRef& x, const AtomRef& y) {
  return x == y || (x->hash == y->hash && compare_atoms(x, y) == 0);
}

// Higher degrees come first.
std::strong_ordering compare_factors(const Term& x, const Term& y) {
  if (x.factors.size() != y.factors.size()) return y.factors.size() <=> x.factors.size();
  for (std::size_t i = 0; i < x.factors.size(); ++i) {
    const auto order = compare_atoms(x.factors[i], y.factors[i]);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

bool same_factors(const Term& x, const Term& y) {
  return std::equal(x.factors.begin(), x.factors.end(), y.factors.begin(), y.factors.end(),
                    same_atom);
}

Term product(const Term& x, const Term& y) {
  Term result{checked_mul(x.coefficient, y.coefficient), x.factors};
  result.factors.insert(result.factors.end(), y.factors.begin(), y.factors.end());
  if (result.factors.size() > max_terms) too_complicated();
  std::sort(result.factors.begin(), result.factors.end(),
            [](const AtomRef& a, const AtomRef& b) { return compare_atoms(a, b) < 0; });
  return result;
}

std::int64_t evaluate_atom(const ExtentAtom& atom, const Extent::Lookup& value_of) {
  if (atom.kind == AtomKind::symbol) {
    const auto value = value_of(atom.name);
    if (!value) user_error("extent " + atom.name + " is not known");
    return *value;
  }
  const std::int64_t a = atom.a.evaluate(value_of);
  const std::int64_t b = atom.b.evaluate(value_of);
  if (atom.kind == AtomKind::max) return std::max(a, b);
  if (atom.kind == AtomKind::min) return std::min(a, b);
  if (atom.kind == AtomKind::broadcast) return a == 1 ? b : a;
  return checked_floor_div(a, b);
}

}  // namespace

std::strong_ordering compare(const Extent& a, const Extent& b) {
  const auto& x = a.terms();
  const auto& y = b.terms();
  if (&x != &y) {
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
      const auto order = compare_factors(x[i], y[i]);
      if (order != 0) return order;
      if (x[i].coefficient != y[i].coefficient) return x[i].coefficient <=> y[i].coefficient;
    }
    if (x.size() != y.size()) return y.size() <=> x.size();
  }
  return a.constant() <=> b.constant();
}

Extent Extent::symbol(std::string name) {
  auto atom = std::make_shared<ExtentAtom>();
  atom->kind = AtomKind::symbol;
  atom->name = std::move(name);
  atom->hash = mix(1, std::hash<std::string>()(atom->name));
  atom->depth = 1;
  atom->size = 1;
  return of(std::move(atom));
}

Extent Extent::of(std::shared_ptr<const ExtentAtom> atom) {
  Extent e;
  e.terms_ = std::make_shared<const std::vector<Term>>(1, Term{1, {std::move(atom)}});
  return e;
}

const std::string& Extent::symbol_name() const {
  static const std::string none;
  if (constant_ != 0 || !terms_ || terms_->size() != 1) return none;
  const Term& term = terms_->front();
  if (term.coefficient != 1 || term.factors.size() != 1) return none;
  return term.factors.front()->name;
}

const std::vector<Extent::Term>& Extent::terms() const {
  static const std::vector<Term> none;
  return terms_ ? *terms_ : none;
}

bool Extent::operator==(const Extent& other) const {
  if (constant_ != other.constant_) return false;
  if (terms_ == other.terms_) return true;
  if (!terms_ || !other.terms_) return false;
  return std::equal(terms_->begin(), terms_->end(), other.terms_->begin(), other.terms_->end(),
                    [](const Term& x, const Term& y) {
                      return x.coefficient == y.coefficient && same_factors(x, y);
                    });
}

std::size_t Extent::hash() const {
  std::size_t seed = mix(0, static_cast<std::size_t>(constant_));
  for (const Term& term : terms()) {
    seed = mix(seed, static_cast<std::size_t>(term.coefficient));
    for (const AtomRef& factor : term.factors) seed = mix(seed, factor->hash);
  }
  return seed;
}

std::int64_t Extent::evaluate(const Lookup& value_of) const {
  std::int64_t sum = constant_;
  for (const Term& term : terms()) {
    // A zero factor makes the term 0, even where the others' product would overflow.
    std::vector<std::int64_t> values;
    bool zero = false;
    for (const AtomRef& factor : term.factors) {
      values.push_back(evaluate_atom(*factor, value_of));
      zero = zero || values.back() == 0;
    }
    if (zero) continue;
    std::int64_t product = term.coefficient;
    for (const std::int64_t value : values) product = checked_mul(product, value);
    sum = checked_add(sum, product);
  }
  return sum;
}

Extent Extent::substitute(const Replace& replacement) const {
  return rebuild(replacement, nullptr);
}

Extent Extent::replace_broadcasts(const Choose& choose) const {
  return rebuild([](const std::string&) { return std::nullopt; }, &choose);
}

Extent Extent::rebuild(const Replace& replacement, const Choose* choose) const {
  if (is_constant()) return *this;
  const auto rebuilt = [&](const AtomRef& atom) -> Extent {
    if (atom->kind == AtomKind::symbol) {
      const auto replaced = replacement(atom->name);
      return replaced ? *replaced : of(atom);
    }
    const Extent a = atom->a.rebuild(replacement, choose);
    const Extent b = atom->b.rebuild(replacement, choose);
    if (atom->kind == AtomKind::max) return max(a, b);
    if (atom->kind == AtomKind::min) return min(a, b);
    if (atom->kind == AtomKind::floor_div) return floor_div(a, b);
    const Extent together = broadcast(a, b);
    return choose == nullptr ? together : (*choose)(broadcast_options(together));
  };
  Extent sum = constant_;
  for (const Term& term : terms()) {
    Extent product = term.coefficient;
    for (const AtomRef& factor : term.factors) product = product * rebuilt(factor);
    sum = sum + product;
  }
  return sum;
}

void Extent::collect_symbols(std::set<std::string>& out) const {
  for (const Term& term : terms()) {
    for (const AtomRef& factor : term.factors) {
      if (factor->kind == AtomKind::symbol) {
        out.insert(factor->name);
      } else {
        factor->a.collect_symbols(out);
        factor->b.collect_symbols(out);
      }
    }
  }
}

Extent Extent::from_terms(std::int64_t constant, std::vector<Term> terms) {
  std::sort(terms.begin(), terms.end(),
            [](const Term& a, const Term& b) { return compare_factors(a, b) < 0; });
  std::vector<Term> merged;
  for (Term& term : terms) {
    if (!merged.empty() && same_factors(merged.back(), term)) {
      merged.back().coefficient = checked_add(merged.back().coefficient, term.coefficient);
    } else {
      merged.push_back(std::move(term));
    }
  }
  std::erase_if(merged, [](const Term& term) { return term.coefficient == 0; });
  std::size_t size = merged.size();
  for (const Term& term : merged) {
    for (const AtomRef& factor : term.factors) size += static_cast<std::size_t>(factor->size);
  }
  if (size > max_size) too_complicated();
  Extent e = constant;
  if (!merged.empty()) e.terms_ = std::make_shared<const std::vector<Term>>(std::move(merged));
  return e;
}

Extent operator+(const Extent& a, const Extent& b) {
  const std::int64_t constant = checked_add(a.constant_, b.constant_);
  if (a.is_constant() || b.is_constant()) {
    Extent e = a.is_constant() ? b : a;
    e.constant_ = constant;
    return e;
  }
  std::vector<Term> terms = a.terms();
  terms.insert(terms.end(), b.terms().begin(), b.terms().end());
  return Extent::from_terms(constant, std::move(terms));
}

Extent operator-(const Extent& a, const Extent& b) {
  if (!b.is_constant()) return a + b * Extent(-1);
  Extent e = a;
  if (__builtin_sub_overflow(a.constant_, b.constant_, &e.constant_)) overflow();
  return e;
}

Extent operator*(const Extent& a, const Extent& b) {
  if (a.is(0) || b.is(0)) return 0;
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  const std::int64_t constant = checked_mul(a.constant_, b.constant_);
  if (a.is_constant() && b.is_constant()) return constant;
  std::vector<Term> terms;
  if ((a.terms().size() + 1) * (b.terms().size() + 1) > 4 * max_terms) too_complicated();
  for (const Term& x : a.terms()) {
    if (b.constant_ != 0) terms.push_back({checked_mul(x.coefficient, b.constant_), x.factors});
    for (const Term& y : b.terms()) terms.push_back(product(x, y));
  }
  for (const Term& y : b.terms()) {
    if (a.constant_ != 0) terms.push_back({checked_mul(a.constant_, y.coefficient), y.factors});
  }
  return Extent::from_terms(constant, std::move(terms));
}

}  // namespace arrayc::ir
