// Functions of elements that are made of ufuncs.
#include <cmath>
#include <limits>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// Of a float type, its largest number and the distance from 1 to the next one.
struct Limits {
  double largest, epsilon;
};
template <typename T>
constexpr Limits limits_of{std::numeric_limits<T>::max(), std::numeric_limits<T>::epsilon()};
Limits limits(DType t) {
  switch (t) {
    case DType::F16:
      return {0x1.ffcp15, 0x1p-10};
    case DType::BF16:
      return {0x1.fep127, 0x1p-7};
    default:
      return t == DType::F32 ? limits_of<float> : limits_of<double>;
  }
}

Value weak_number(double value, Place place) {
  return scalar(Scalar::of(value), Weak::floating, place);
}

// In the type that the float ufuncs compute it in.
Value as_float(const Value& x, Place place) {
  const Operand operand{x.dtype(), x->weak};
  try {
    return cast(x, resolve(row("fabs"), {&operand, 1}).result, place);
  } catch (const Error& error) {
    throw error.at(place);
  }
}

}  // namespace

std::pair<Value, Value> divmod(const Value& x, const Value& y, Place place) {
  return {apply("floor_divide", {x, y}, place), apply("remainder", {x, y}, place)};
}

// An infinity has the fraction 0; fractions have x's sign even where they are 0.
std::pair<Value, Value> modf(const Value& value, Place place) {
  const Value x = as_float(value, place);
  const Value whole = apply("trunc", {x}, place);
  const Value rest = apply("subtract", {x, whole}, place);
  const Value zero = number(0, x.dtype(), place);
  const Value fraction = apply("where", {apply("isinf", {x}, place), zero, rest}, place);
  return {apply("copysign", {fraction, x}, place), whole};
}

std::pair<Value, Value> frexp(const Value& x, Place place) {
  return {apply("frexp_mantissa", {x}, place), apply("frexp_exponent", {x}, place)};
}

Value round(const Value& value, std::int64_t decimals, Place place) {
  const Value x = strong(value, place);
  if (is_complex(x.dtype())) {
    return complex(round(real(x, place), decimals, place), round(imag(x, place), decimals, place),
                   place);
  }
  if (decimals >= 0 && (is_integer(x.dtype()) || is_bool(x.dtype()))) return x;
  if (decimals == 0) return apply("rint", {x}, place);
  const Value scale = weak_number(std::pow(10.0, static_cast<double>(std::abs(decimals))), place);
  const std::string_view before = decimals > 0 ? "multiply" : "divide";
  const std::string_view after = decimals > 0 ? "divide" : "multiply";
  const Value scaled = apply("rint", {apply(before, {x, scale}, place)}, place);
  return astype(apply(after, {scaled, scale}, place), x.dtype(), place);
}

Value isclose(const Value& a, const Value& b, const Tolerance& tolerance, Place place) {
  const Value x = strong(a, place);
  Value y = strong(b, place);
  if (!is_float(y.dtype()) && !is_complex(y.dtype())) y = cast(y, DType::F64, place);
  Value size = apply("absolute", {y}, place);
  const Value finite = apply("isfinite", {y}, place);
  const Value not_number = apply("isnan", {y}, place);
  // A number stays one: it takes the array's type, which its magnitude does not.
  if (const auto number = complex_value(b); number && b->weak != Weak::strong) {
    y = b->weak == Weak::complex ? b : weak_number(number->real(), place);
    size = weak_number(std::abs(*number), place);
  }
  const Value most = binary_operator("+", tolerance.atol,
                                     binary_operator("*", tolerance.rtol, size, place), place);
  const Value distance = apply("absolute", {apply("subtract", {x, y}, place)}, place);
  const Value near =
      apply("logical_and", {apply("less_equal", {distance, most}, place), finite}, place);
  const Value result = apply("logical_or", {near, apply("equal", {x, y}, place)}, place);
  if (!tolerance.equal_nan) return result;
  const Value both = apply("logical_and", {apply("isnan", {x}, place), not_number}, place);
  return apply("logical_or", {result, both}, place);
}

Value nan_to_num(const Value& value, const Value& nan, const Value& posinf, const Value& neginf,
                 Place place) {
  const Value x = strong(value, place);
  if (is_complex(x.dtype())) {
    const auto part = [&](const Value& p) { return nan_to_num(p, nan, posinf, neginf, place); };
    return complex(part(real(x, place)), part(imag(x, place)), place);
  }
  if (!is_float(x.dtype())) return x;
  const double huge = limits(x.dtype()).largest;
  const auto replace = [&](const Value& where, const Value& with, const Value& otherwise) {
    return apply("where", {where, cast(with, x.dtype(), place), otherwise}, place);
  };
  const auto infinity = [&](double sign) {
    return apply("equal", {x, number(sign * INFINITY, x.dtype(), place)}, place);
  };
  const Value high = posinf ? posinf : number(huge, x.dtype(), place);
  const Value low = neginf ? neginf : number(-huge, x.dtype(), place);
  const Value numbers = replace(apply("isnan", {x}, place), nan, x);
  return replace(infinity(-1), low, replace(infinity(1), high, numbers));
}

Value sinc(const Value& x, Place place) {
  const Value scaled = apply("multiply", {weak_number(M_PI, place), strong(x, place)}, place);
  const double epsilon = limits(scaled.dtype()).epsilon;
  const Value y = apply("where", {scaled, scaled, number(epsilon, scaled.dtype(), place)}, place);
  return apply("divide", {apply("sin", {y}, place), y}, place);
}

Value angle(const Value& z, bool in_degrees, Place place) {
  const Value zero = scalar(Scalar::of(std::int64_t{0}), Weak::integer, place);
  const Value above = is_complex(z.dtype()) ? imag(z, place) : zero;
  const Value result = apply("arctan2", {above, real(z, place)}, place);
  if (!in_degrees) return result;
  return apply("multiply", {result, weak_number(180 / M_PI, place)}, place);
}

}  // namespace arrayc::ir::build
