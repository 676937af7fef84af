// Operators between weak values only: Python's own numbers. Sizes stay extents as long as they can.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// Holds every intermediate result of 64-bit integers, signed or unsigned.
__extension__ using Wide = __int128;

constexpr std::string_view comparisons[] = {"==", "!=", "<", "<=", ">", ">="};
bool is_comparison(std::string_view symbol) {
  return std::find(std::begin(comparisons), std::end(comparisons), symbol) != std::end(comparisons);
}
bool is_bitwise(std::string_view symbol) {
  return symbol == "&" || symbol == "|" || symbol == "^" || symbol == "<<" || symbol == ">>";
}

template <typename T>
bool compare(std::string_view symbol, T a, T b) {
  if (symbol == "==") return a == b;
  if (symbol == "!=") return a != b;
  if (symbol == "<") return a < b;
  if (symbol == "<=") return a <= b;
  if (symbol == ">") return a > b;
  return a >= b;
}

Value boolean(bool value, Place place) { return scalar(Scalar::of(value), Weak::boolean, place); }
Value floating(double value, Place place) {
  return scalar(Scalar::of(value), Weak::floating, place);
}

Value integer(Wide value, Place place) {
  if (value >= INT64_MIN && value <= INT64_MAX) {
    return scalar(Scalar::of(static_cast<std::int64_t>(value)), Weak::integer, place);
  }
  if (value > 0 && value <= UINT64_MAX) {
    return scalar({DType::U64, static_cast<std::uint64_t>(value)}, Weak::integer, place);
  }
  limitation("integers beyond 64 bits are not supported", place, "use a float");
}

Wide floor_divide(Wide a, Wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

Value integer_power(Wide base, Wide exponent, Place place) {
  if (exponent < 0) {
    if (base == 0) user_error("zero to a negative power", place);
    return floating(std::pow(static_cast<double>(base), static_cast<double>(exponent)), place);
  }
  Wide result = 1;
  const Wide limit = UINT64_MAX;
  for (Wide i = 0; i < exponent && base != 1 && result != 0; ++i) {
    if (base == -1) return integer(exponent % 2 == 0 ? 1 : -1, place);
    result *= base;
    if (result > limit || result < -limit) return integer(result, place);
  }
  return integer(result, place);
}

Value integer_operator(std::string_view symbol, Wide a, Wide b, Place place) {
  if (is_comparison(symbol)) return boolean(compare(symbol, a, b), place);
  if (symbol == "+") return integer(a + b, place);
  if (symbol == "-") return integer(a - b, place);
  if (symbol == "*") return integer(a * b, place);
  if (symbol == "**") return integer_power(a, b, place);
  if (symbol == "&") return integer(a & b, place);
  if (symbol == "|") return integer(a | b, place);
  if (symbol == "^") return integer(a ^ b, place);
  if (symbol == "<<" || symbol == ">>") {
    if (b < 0) user_error("negative shift count", place);
    if (symbol == ">>") return integer(a >> std::min<Wide>(b, 100), place);
    if (b > 62 && a != 0) limitation("integers beyond 64 bits are not supported", place);
    return integer(a * (Wide{1} << std::min<Wide>(b, 63)), place);
  }
  if (b == 0) {
    user_error(symbol == "/" ? "division by zero" : "integer division or modulo by zero", place);
  }
  if (symbol == "//") return integer(floor_divide(a, b), place);
  if (symbol == "%") return integer(a - b * floor_divide(a, b), place);
  return floating(static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b)),
                  place);
}

// Python's % and // of floats.
double float_remainder(double a, double b) {
  double r = std::fmod(a, b);
  if (r != 0 && (r < 0) != (b < 0)) r += b;
  return r == 0 ? std::copysign(0.0, b) : r;
}

double float_floor_divide(double a, double b) {
  const double quotient = (a - float_remainder(a, b)) / b;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

Value float_operator(std::string_view symbol, double a, double b, Place place) {
  if (is_comparison(symbol)) return boolean(compare(symbol, a, b), place);
  if (symbol == "+") return floating(a + b, place);
  if (symbol == "-") return floating(a - b, place);
  if (symbol == "*") return floating(a * b, place);
  if (symbol == "**") {
    if (a == 0 && b < 0) user_error("zero to a negative power", place);
    if (a < 0 && std::isfinite(b) && b != std::floor(b)) {
      return complex_literal(std::pow(std::complex<double>(a), b), place);
    }
    return floating(std::pow(a, b), place);
  }
  if (b == 0) user_error("division by zero", place);
  if (symbol == "/") return floating(a / b, place);
  if (symbol == "//") return floating(float_floor_divide(a, b), place);
  return floating(float_remainder(a, b), place);
}

Value complex_operator(std::string_view symbol, std::complex<double> a, std::complex<double> b,
                       Place place) {
  if (symbol == "==" || symbol == "!=") return boolean((a == b) == (symbol == "=="), place);
  if (symbol == "+") return complex_literal(a + b, place);
  if (symbol == "-") return complex_literal(a - b, place);
  if (symbol == "*") return complex_literal(a * b, place);
  if (symbol == "/") {
    if (b == 0.0) user_error("division by zero", place);
    return complex_literal(a / b, place);
  }
  if (symbol == "**") {
    if (a == 0.0 && (b.real() < 0 || b.imag() != 0)) {
      user_error("zero to a negative or complex power", place);
    }
    return complex_literal(b == 0.0 ? 1.0 : a == 0.0 ? 0.0 : std::pow(a, b), place);
  }
  user_error(fmt::format("unsupported operand type(s) for {}: 'complex'", symbol), place);
}

Wide to_wide(Scalar value) {
  return value.dtype == DType::U64 ? static_cast<Wide>(value.bits)
                                   : static_cast<Wide>(to_int64(value));
}

// The answer of a comparison, if the bounds of a - b decide it.
std::optional<bool> compare_extents(std::string_view symbol, const Extent& a, const Extent& b) {
  const Extent difference = a - b;
  const auto low = difference.lower_bound();
  const auto high = difference.upper_bound();
  const auto decide = [](bool yes, bool no) {
    return yes || no ? std::optional<bool>(yes) : std::nullopt;
  };
  const bool positive = low && *low > 0;
  const bool not_negative = low && *low >= 0;
  const bool negative = high && *high < 0;
  const bool not_positive = high && *high <= 0;
  if (symbol == "<") return decide(negative, not_negative);
  if (symbol == "<=") return decide(not_positive, positive);
  if (symbol == ">") return decide(positive, not_positive);
  if (symbol == ">=") return decide(not_negative, negative);
  const bool equal = not_negative && not_positive;
  return symbol == "==" ? decide(equal, positive || negative) : decide(positive || negative, equal);
}

// Arithmetic and comparisons of sizes that keep sizes, or nothing.
std::optional<Value> extent_operator(std::string_view symbol, const Extent& a, const Extent& b,
                                     Place place) {
  if (symbol == "+") return extent(a + b, place);
  if (symbol == "-") return extent(a - b, place);
  if (symbol == "*") return extent(a * b, place);
  if (symbol == "//" || symbol == "%") {
    if (b.is(0)) user_error("integer division or modulo by zero", place);
    const Extent quotient = floor_div(a, b);
    return extent(symbol == "//" ? quotient : a - b * quotient, place);
  }
  if (symbol == "**" && b.is_constant() && b.constant() >= 0 && b.constant() <= 8) {
    Extent product = 1;
    for (std::int64_t i = 0; i < b.constant(); ++i) product = product * a;
    return extent(product, place);
  }
  if (!is_comparison(symbol)) return std::nullopt;
  const auto answer = compare_extents(symbol, a, b);
  return answer ? std::optional(boolean(*answer, place)) : std::nullopt;
}

// Weak operands that are not all known: nodes in Python's int or float, with a weak result.
Value run_time_operator(std::string_view symbol, const Value& a, const Value& b, Place place) {
  Weak kind = std::max(a->weak, b->weak);
  const bool keeps_bool = symbol == "&" || symbol == "|" || symbol == "^";
  if (kind == Weak::boolean && !keeps_bool) kind = Weak::integer;
  if (symbol == "/" && kind != Weak::complex) kind = Weak::floating;
  if (symbol == "**" && kind == Weak::integer) {
    limitation("an integer parameter in an integer power", place, "write float(x)**y or x*x");
  }
  const DType dtype = default_dtype(kind);
  const Value operands[] = {cast(a, dtype, place, true), cast(b, dtype, place, true)};
  for (const Ufunc& candidate : builtin_ufuncs()) {
    if (candidate.symbol != symbol || candidate.arity != 2) continue;
    const Value result = ufunc(candidate, operands, place);
    const Weak weak = is_bool(result.dtype()) ? Weak::boolean : kind;
    return record(result->operation, result->operands, result.type(), weak, place);
  }
  user_error(fmt::format("operator {} is not one of arrays", symbol), place);
}

Value weak_operator(std::string_view symbol, const Value& a, const Value& b, Place place) {
  const Weak kind = std::max(a->weak, b->weak);
  if (kind == Weak::complex) {
    const auto left = complex_value(a), right = complex_value(b);
    if (left && right) return complex_operator(symbol, *left, *right, place);
    return run_time_operator(symbol, a, b, place);
  }
  const auto x = constant_value(a);
  const auto y = constant_value(b);
  if (kind == Weak::floating && is_bitwise(symbol)) {
    user_error(fmt::format("unsupported operand type(s) for {}: 'float'", symbol), place);
  }
  if (x && y && kind == Weak::floating) {
    if (is_comparison(symbol) && is_integer(x->dtype) != is_integer(y->dtype)) {
      // Python compares int and float exactly; long double holds both.
      const auto wide = [](Scalar v) {
        return is_float(v.dtype) ? static_cast<long double>(to_double(v))
                                 : static_cast<long double>(to_wide(v));
      };
      return boolean(compare(symbol, wide(*x), wide(*y)), place);
    }
    return float_operator(symbol, to_double(*x), to_double(*y), place);
  }
  if (x && y) {
    const bool bits = symbol == "&" || symbol == "|" || symbol == "^";
    const Value result = integer_operator(symbol, to_wide(*x), to_wide(*y), place);
    if (kind == Weak::boolean && bits) return boolean(constant_value(result)->bits != 0, place);
    return result;
  }
  if (kind != Weak::floating) {
    const auto left = known_extent(a);
    const auto right = known_extent(b);
    if (left && right) {
      if (auto known = extent_operator(symbol, *left, *right, place)) return *known;
    }
  }
  return run_time_operator(symbol, a, b, place);
}

}  // namespace

Value binary_operator(std::string_view symbol, const Value& a, const Value& b, Place place) {
  const Value operands[] = {a, b};
  return binary_operator(symbol, operands, place);
}

Value binary_operator(std::string_view symbol, std::span<const Value, 2> operands, Place place) {
  const Value& a = operands[0];
  const Value& b = operands[1];
  if (symbol == "@") return matmul(a, b, place);
  if (a->weak != Weak::strong && b->weak != Weak::strong) {
    return weak_operator(symbol, a, b, place);
  }
  if (symbol == "**") return power_operator(a, b, place);
  for (const Ufunc& candidate : builtin_ufuncs()) {
    if (candidate.symbol == symbol && candidate.arity == 2) {
      return ufunc(candidate, operands, place);
    }
  }
  user_error(fmt::format("operator {} is not one of arrays", symbol), place);
}

Value unary_operator(std::string_view symbol, const Value& x, Place place) {
  if (x->weak == Weak::strong) {
    for (const Ufunc& candidate : builtin_ufuncs()) {
      if (candidate.symbol == symbol && candidate.arity == 1) {
        return ufunc(candidate, {&x, 1}, place);
      }
    }
    if (symbol == "+") return apply("positive", {x}, place);
    if (symbol == "-") return apply("negative", {x}, place);
    if (symbol == "~") return apply("invert", {x}, place);
    user_error(fmt::format("operator {} is not one of arrays", symbol), place);
  }
  const Value zero = scalar(Scalar::of(std::int64_t{0}), Weak::integer, place);
  if (symbol == "+") {
    return x->weak == Weak::boolean ? weak_operator("+", zero, x, place) : x;
  }
  if (symbol == "~") {
    if (x->weak == Weak::floating) user_error("bad operand type for unary ~: 'float'", place);
    if (x->weak == Weak::complex) user_error("bad operand type for unary ~: 'complex'", place);
    const Value minus_one = scalar(Scalar::of(std::int64_t{-1}), Weak::integer, place);
    return weak_operator("-", minus_one, x, place);
  }
  if (const auto value = complex_value(x); value && x->weak == Weak::complex) {
    return complex_literal(-*value, place);
  }
  if (x->weak != Weak::floating && x->weak != Weak::complex) {
    return weak_operator("-", zero, x, place);
  }
  if (const auto value = constant_value(x)) return floating(-to_double(*value), place);
  const Value result = apply("negative", {x}, place);
  return record(result->operation, result->operands, result.type(), x->weak, place);
}

}  // namespace arrayc::ir::build
