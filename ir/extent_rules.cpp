// The simplifications of Extent: bounds, min and max, divisions.
#include <algorithm>
#include <numeric>

#include "ir/diagnostic.h"
#include "ir/extent.h"

namespace arrayc::ir {

namespace {

using AtomRef = std::shared_ptr<const ExtentAtom>;
using AtomKind = ExtentAtom::Kind;
using Term = Extent::Term;
using Bound = std::optional<std::int64_t>;

constexpr int max_depth = 30;

[[noreturn]] void too_complicated() {
  limitation("the expression for an array's extent is too complicated", {},
             "pass the intermediate array as an argument of its own");
}

// What one simplification may do before it gives up, so that its time is bounded.
class Fuel {
 public:
  void use() {
    if (--left_ < 0) too_complicated();
  }

 private:
  int left_ = 400;
};

Extent make_atom(AtomKind kind, const Extent& a, const Extent& b) {
  auto atom = std::make_shared<ExtentAtom>();
  atom->kind = kind;
  atom->a = a;
  atom->b = b;
  atom->hash = (a.hash() * 31 + b.hash()) * 31 + static_cast<std::size_t>(kind);
  atom->depth = 1;
  atom->size = 1;
  for (const Extent* operand : {&a, &b}) {
    for (const Term& term : operand->terms()) {
      for (const AtomRef& factor : term.factors) {
        atom->depth = std::max(atom->depth, 1 + factor->depth);
        atom->size += factor->size;
      }
    }
  }
  if (atom->depth > max_depth) too_complicated();
  return Extent::of(std::move(atom));
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  if (b == -1) return (Extent(0) - Extent(a)).constant();  // checked
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

bool is_extremum(AtomKind kind) { return kind == AtomKind::max || kind == AtomKind::min; }
AtomKind opposite(AtomKind kind) { return kind == AtomKind::max ? AtomKind::min : AtomKind::max; }

Extent value_of(const Term& term) {
  Extent e = term.coefficient;
  for (const AtomRef& factor : term.factors) e = e * Extent::of(factor);
  return e;
}

// --- bounds

// Both bounds are proved by interval arithmetic, and, where an atom and the rest depend on the same
// symbols, by cases. `fuel` limits the number of cases.
class Bounds {
 public:
  Bound lower(const Extent& e) { return lower(e, false); }
  Bound upper(const Extent& e) { return negated(lower(e, true)); }

 private:
  static Bound negated(Bound b) { return b && *b != INT64_MIN ? Bound(-*b) : Bound(); }

  // Of -e if `minus`.
  Bound lower(const Extent& e, bool minus) {
    if (e.is_constant()) return minus ? negated(e.constant()) : Bound(e.constant());
    if (--fuel_ < 0) return {};
    Bound best = by_intervals(e, minus);
    for (const Term& term : e.terms()) {
      if (term.factors.size() != 1 || term.factors[0]->kind == AtomKind::symbol) continue;
      const Bound other = minus ? by_cases(Extent(0) - e, opposite(term), *term.factors[0])
                                : by_cases(e, term, *term.factors[0]);
      if (other && (!best || *other > *best)) best = other;
      break;  // the cases look at the other terms
    }
    return best;
  }

  static Term opposite(const Term& term) {
    return {(Extent(0) - term.coefficient).constant(), term.factors};
  }

  Bound by_intervals(const Extent& e, bool minus) {
    const Bound start = minus ? negated(e.constant()) : Bound(e.constant());
    if (!start) return {};
    std::int64_t sum = *start;
    for (const Term& term : e.terms()) {
      const Bound coefficient = minus ? negated(term.coefficient) : Bound(term.coefficient);
      if (!coefficient) return {};
      std::int64_t product = *coefficient;
      for (const AtomRef& factor : term.factors) {
        const Bound low = lower_of(*factor);
        const Bound bound = *coefficient > 0 ? low : upper_of(*factor);
        if (!bound) return {};
        // Bounds multiply only where no factor is negative.
        if (term.factors.size() > 1 && (!low || *low < 0)) return {};
        if (__builtin_mul_overflow(product, *bound, &product)) return {};
      }
      if (__builtin_add_overflow(sum, product, &sum)) return {};
    }
    return sum;
  }

  // The bound of e, which contains `term`, a multiple of `atom`.
  Bound by_cases(const Extent& e, const Term& term, const ExtentAtom& atom) {
    const Extent rest = e - value_of(term);
    const Extent c = term.coefficient;
    if (is_extremum(atom.kind)) {
      const Bound x = lower(rest + c * atom.a);
      const Bound y = lower(rest + c * atom.b);
      const bool either = (atom.kind == AtomKind::max) == (term.coefficient > 0);
      if (either) return !x ? y : !y ? x : Bound(std::max(*x, *y));
      return x && y ? Bound(std::min(*x, *y)) : Bound();
    }
    if (atom.kind == AtomKind::broadcast) {
      const Bound x = lower(rest + c * atom.a);
      const Bound y = lower(rest + c * atom.b);
      return x && y ? Bound(std::min(*x, *y)) : Bound();
    }
    // (a - k + 1)/k <= a//k <= a/k
    if (!atom.b.is_constant() || atom.b.constant() <= 0) return {};
    const Extent k = atom.b;
    const Extent numerator = term.coefficient > 0 ? atom.a - k + 1 : atom.a;
    const Bound scaled = lower(k * rest + c * numerator);
    return scaled ? Bound(floor_div((Extent(*scaled) + k - 1).constant(), k.constant())) : Bound();
  }

  Bound lower_of(const ExtentAtom& atom) {
    if (atom.kind == AtomKind::symbol) return atom.name.starts_with('$') ? Bound() : Bound(0);
    const Bound x = lower(atom.a);
    if (atom.kind == AtomKind::floor_div) return quotient(x, atom.b);
    const Bound y = lower(atom.b);
    if (atom.kind == AtomKind::broadcast) return combine(false, x, y, false);
    return combine(atom.kind == AtomKind::max, x, y, false);
  }

  Bound upper_of(const ExtentAtom& atom) {
    if (atom.kind == AtomKind::symbol) return {};
    const Bound x = upper(atom.a);
    if (atom.kind == AtomKind::floor_div) return quotient(x, atom.b);
    const Bound y = upper(atom.b);
    if (atom.kind == AtomKind::broadcast) return combine(false, x, y, true);
    return combine(atom.kind == AtomKind::min, x, y, true);
  }

  // Where `either` holds one known bound is enough, and the tighter one is taken.
  static Bound combine(bool either, Bound x, Bound y, bool upper) {
    if (!x || !y) return either ? (x ? x : y) : Bound();
    const bool smallest = either == upper;
    return smallest ? std::min(*x, *y) : std::max(*x, *y);
  }

  static Bound quotient(Bound dividend, const Extent& divisor) {
    if (dividend && divisor.is_constant() && divisor.constant() > 0) {
      return floor_div(*dividend, divisor.constant());
    }
    // Of unknown, but not negative, size: dividing moves it towards 0 (or is an error).
    if (dividend && *dividend == 0 && !divisor.symbol_name().empty() &&
        !divisor.symbol_name().starts_with('$')) {
      return 0;
    }
    return {};
  }

  int fuel_ = 64;
};

// What is proved of two extents; nothing where the arithmetic overflows.
struct Order {
  bool not_less = false;     // a ≥ b
  bool not_greater = false;  // a ≤ b
};

Order proved_order(const Extent& a, const Extent& b) {
  try {
    const Extent difference = a - b;
    const Bound low = Bounds().lower(difference);
    if (low && *low >= 0) return {true, false};
    const Bound high = Bounds().upper(difference);
    return {false, high && *high <= 0};
  } catch (const Error&) {
    return {};
  }
}

// --- minimum and maximum

// e = kind(x, y), which is one max or min, plus or minus, and a rest that went into x and y.
struct Split {
  AtomKind kind;
  Extent x, y;
};

std::optional<Split> split(const Extent& e, bool constant_rest) {
  for (const Term& term : e.terms()) {
    if (term.factors.size() != 1 || !is_extremum(term.factors[0]->kind)) continue;
    if (term.coefficient != 1 && term.coefficient != -1) continue;
    const Extent rest = e - value_of(term);
    if (constant_rest && !rest.is_constant()) return {};
    const ExtentAtom& atom = *term.factors[0];
    const bool positive = term.coefficient == 1;
    return Split{positive ? atom.kind : opposite(atom.kind), rest + term.coefficient * atom.a,
                 rest + term.coefficient * atom.b};
  }
  return {};
}

Extent extremum(AtomKind kind, const Extent& a, const Extent& b, Fuel& fuel);

// What kind(e, …) ranges over.
void collect_options(AtomKind kind, const Extent& e, std::vector<Extent>& out, Fuel& fuel) {
  std::vector<Extent> work = {e};
  while (!work.empty()) {
    fuel.use();
    const Extent option = work.back();
    work.pop_back();
    const auto parts = split(option, false);
    if (parts && parts->kind == kind) {
      work.push_back(parts->y);
      work.push_back(parts->x);
    } else if (const auto inner = split(option, true)) {
      // A minimum that is a clamp is written as a maximum.
      Extent normal = extremum(inner->kind, inner->x, inner->y, fuel);
      const auto again = split(normal, false);
      (again && again->kind == kind ? work : out).push_back(std::move(normal));
    } else {
      out.push_back(option);
    }
  }
}

void drop_dominated(AtomKind kind, std::vector<Extent>& options, Fuel& fuel) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    for (std::size_t j = i + 1; j < options.size();) {
      fuel.use();
      const Order order = proved_order(options[i], options[j]);
      const bool keeps_i = kind == AtomKind::max ? order.not_less : order.not_greater;
      const bool keeps_j = kind == AtomKind::max ? order.not_greater : order.not_less;
      if (!keeps_i && !keeps_j) {
        ++j;
        continue;
      }
      options.erase(options.begin() + static_cast<std::ptrdiff_t>(keeps_i ? j : i));
      if (!keeps_i) j = i + 1;  // another option is at i
    }
  }
}

// Options sorted, constants last: kind(kind(o0, o1), o2). A clamp is max(min(e, high), low).
Extent extremum(AtomKind kind, const Extent& a, const Extent& b, Fuel& fuel) {
  std::vector<Extent> options;
  collect_options(kind, a, options, fuel);
  collect_options(kind, b, options, fuel);
  std::sort(options.begin(), options.end(),
            [](const Extent& x, const Extent& y) { return compare(x, y) < 0; });
  drop_dominated(kind, options, fuel);
  Extent result = options.front();
  for (std::size_t i = 1; i < options.size(); ++i) {
    const Extent& high = options[i];
    const auto inner = split(result, true);
    if (kind == AtomKind::min && high.is_constant() && inner && inner->kind == AtomKind::max &&
        inner->y.is_constant() && inner->y.constant() <= high.constant()) {
      const Extent clamped = extremum(AtomKind::min, inner->x, high, fuel);
      result = extremum(AtomKind::max, clamped, inner->y, fuel);
    } else {
      result = make_atom(kind, result, high);
    }
  }
  return result;
}

// --- division

// a/b where b is one product and divides every term of a.
std::optional<Extent> exact_quotient(const Extent& a, const Extent& b) {
  if (b.terms().size() != 1 || b.constant() != 0 || a.constant() != 0) return {};
  const Term& divisor = b.terms().front();
  Extent quotient = 0;
  for (Term term : a.terms()) {
    if (divisor.coefficient != -1 && term.coefficient % divisor.coefficient != 0) return {};
    for (const AtomRef& factor : divisor.factors) {
      const auto found =
          std::find_if(term.factors.begin(), term.factors.end(),
                       [&](const AtomRef& own) { return Extent::of(own) == Extent::of(factor); });
      if (found == term.factors.end()) return {};
      term.factors.erase(found);
    }
    term.coefficient = floor_div(term.coefficient, divisor.coefficient);
    quotient = quotient + value_of(term);
  }
  return quotient;
}

Extent divide_by_unknown(const Extent& a, const Extent& b) {
  if (a.is(0)) return 0;
  if (a == b) return 1;
  if (const auto quotient = exact_quotient(a, b)) return *quotient;
  return make_atom(AtomKind::floor_div, a, b);
}

Extent divide_by_constant(const Extent& a, std::int64_t k, Fuel& fuel);

// floor(a/k) where a is one max or min plus a rest: the division goes inside.
std::optional<Extent> divide_extremum(const Extent& a, std::int64_t k, Fuel& fuel) {
  for (const Term& term : a.terms()) {
    if (term.factors.size() != 1 || !is_extremum(term.factors[0]->kind)) continue;
    const ExtentAtom& atom = *term.factors[0];
    const Extent rest = a - value_of(term);
    const Extent x = divide_by_constant(rest + term.coefficient * atom.a, k, fuel);
    const Extent y = divide_by_constant(rest + term.coefficient * atom.b, k, fuel);
    return extremum(term.coefficient > 0 ? atom.kind : opposite(atom.kind), x, y, fuel);
  }
  return {};
}

// floor((floor(x/j) + rest)/k) is floor((x + j*rest)/(j*k)).
std::optional<Extent> divide_quotient(const Extent& a, std::int64_t k, Fuel& fuel) {
  for (const Term& term : a.terms()) {
    if (term.factors.size() != 1 || term.coefficient != 1) continue;
    const ExtentAtom& atom = *term.factors[0];
    if (atom.kind != AtomKind::floor_div || !atom.b.is_constant()) continue;
    if (atom.b.constant() <= 0) continue;
    try {
      const std::int64_t divisor = (atom.b * k).constant();
      return divide_by_constant(atom.a + atom.b * (a - value_of(term)), divisor, fuel);
    } catch (const Error&) {
      return {};
    }
  }
  return {};
}

// Coefficients are reduced modulo k, then by their common divisor with k.
Extent divide_by_constant(const Extent& a, std::int64_t k, Fuel& fuel) {
  fuel.use();
  Extent whole = floor_div(a.constant(), k);
  Extent rest = a.constant() - whole.constant() * k;
  std::int64_t common = k;
  for (const Term& term : a.terms()) {
    const std::int64_t quotient = floor_div(term.coefficient, k);
    const std::int64_t remainder = term.coefficient - quotient * k;
    whole = whole + value_of({quotient, term.factors});
    rest = rest + value_of({remainder, term.factors});
    common = std::gcd(common, remainder);
  }
  if (common > 1) {
    Extent reduced = floor_div(rest.constant(), common);
    for (const Term& term : rest.terms()) {
      reduced = reduced + value_of({term.coefficient / common, term.factors});
    }
    rest = reduced;
    k /= common;
  }
  if (k == 1 || rest.is_constant()) return whole + floor_div(rest, Extent(k));
  const Bound low = rest.lower_bound();
  const Bound high = rest.upper_bound();
  if (low && high && floor_div(*low, k) == floor_div(*high, k)) return whole + floor_div(*low, k);
  if (const auto inside = divide_extremum(rest, k, fuel)) return whole + *inside;
  if (const auto flat = divide_quotient(rest, k, fuel)) return whole + *flat;
  return whole + make_atom(AtomKind::floor_div, rest, k);
}

}  // namespace

std::optional<std::int64_t> Extent::lower_bound() const {
  if (is_constant()) return constant_;
  try {
    return Bounds().lower(*this);
  } catch (const Error&) {
    return {};
  }
}

std::optional<std::int64_t> Extent::upper_bound() const {
  if (is_constant()) return constant_;
  try {
    return Bounds().upper(*this);
  } catch (const Error&) {
    return {};
  }
}

Extent floor_div(const Extent& a, const Extent& b) {
  if (!b.is_constant()) return divide_by_unknown(a, b);
  const std::int64_t k = b.constant();
  if (k == 0) user_error("division by zero in an extent");
  if (a.is_constant()) return floor_div(a.constant(), k);
  if (k == 1) return a;
  if (k < 0) return floor_div(Extent(0) - a, Extent(0) - b);
  Fuel fuel;
  return divide_by_constant(a, k, fuel);
}

Extent ceil_div(const Extent& a, const Extent& b) {
  // Two forms, so that the division of an unknown by a constant is written in one way only.
  if (!a.is_constant() && b.is_constant() && b.constant() > 0) return floor_div(a + (b - 1), b);
  return Extent(0) - floor_div(Extent(0) - a, b);
}

Extent max(const Extent& a, const Extent& b) {
  if (a.is_constant() && b.is_constant()) return std::max(a.constant(), b.constant());
  Fuel fuel;
  return extremum(AtomKind::max, a, b, fuel);
}

Extent min(const Extent& a, const Extent& b) {
  if (a.is_constant() && b.is_constant()) return std::min(a.constant(), b.constant());
  Fuel fuel;
  return extremum(AtomKind::min, a, b, fuel);
}

std::vector<Extent> broadcast_options(const Extent& e) {
  std::vector<Extent> options;
  const auto atom_of = [](const Extent& x) -> const ExtentAtom* {
    if (x.constant() != 0 || x.terms().size() != 1) return nullptr;
    const Term& term = x.terms().front();
    if (term.coefficient != 1 || term.factors.size() != 1) return nullptr;
    const ExtentAtom* atom = term.factors.front().get();
    return atom->kind == AtomKind::broadcast ? atom : nullptr;
  };
  Extent rest = e;
  while (const ExtentAtom* atom = atom_of(rest)) {
    options.push_back(atom->b);
    rest = Extent(atom->a);
  }
  options.push_back(rest);
  std::reverse(options.begin(), options.end());
  return options;
}

// Of options that are never 1 one is the result.
Extent broadcast(const Extent& a, const Extent& b) {
  std::vector<Extent> options = broadcast_options(a);
  for (Extent& option : broadcast_options(b)) options.push_back(std::move(option));
  std::sort(options.begin(), options.end(),
            [](const Extent& x, const Extent& y) { return compare(x, y) < 0; });
  options.erase(std::unique(options.begin(), options.end()), options.end());
  std::erase_if(options, [](const Extent& option) { return option.is(1); });
  if (options.empty()) return 1;
  for (const Extent& option : options) {
    if (option.is_constant()) return option;
  }
  for (const Extent& option : options) {
    if (never_equal(option, 1)) return option;
  }
  Extent result = options.front();
  for (std::size_t i = 1; i < options.size(); ++i) {
    result = make_atom(AtomKind::broadcast, result, options[i]);
  }
  return result;
}

bool never_equal(const Extent& a, const Extent& b) {
  if (a == b) return false;
  try {
    const Extent difference = a - b;
    return difference.lower_bound().value_or(0) > 0 || difference.upper_bound().value_or(0) < 0;
  } catch (const Error&) {
    return false;
  }
}

bool always_stretches(const Extent& a, const Extent& b) {
  if (a == b || a.is(1)) return true;
  const std::vector<Extent> own = broadcast_options(a);
  const std::vector<Extent> all = broadcast_options(b);
  return own.size() < all.size() && std::equal(own.begin(), own.end(), all.begin());
}

bool never_stretches(const Extent& a, const Extent& b) {
  return never_equal(a, b) && never_equal(a, 1);
}

}  // namespace arrayc::ir
