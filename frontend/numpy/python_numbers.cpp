// Functions of Python's own numbers: float, int, bool, round, and the module math.
#include "frontend/numpy/python_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "frontend/numpy/translate.h"

namespace arrayc::dialect {

namespace build = ir::build;

std::optional<ir::Scalar> constant_of(const ir::Value& x) {
  if (x->operation.op != ir::Op::constant) return std::nullopt;
  return x->operation.attr<ir::ConstantAttr>().value;
}

ir::Value weakened(const ir::Value& x, ir::Weak weak, ir::Place place) {
  if (const auto value = constant_of(x)) return build::scalar(*value, weak, place);
  return ir::record(x->operation, x->operands, x.type(), weak, place);
}

ir::Value to_python(const ir::Value& x, ir::Weak weak, ir::Place place) {
  if (x->weak == weak) return x;
  build::refuse_complex(x, ir::default_dtype(weak), place);
  for (const ir::Extent& extent : x.shape()) {
    if (!extent.is(1)) {
      ir::user_error("only 0-dimensional arrays can be converted to Python scalars", place);
    }
  }
  const ir::Value scalar = x.rank() == 0 ? x : build::reshape(x, {}, place);
  if (weak == ir::Weak::integer) {
    if (const auto size = build::known_extent(scalar)) return build::extent(*size, place);
    if (const auto value = constant_of(scalar); value && ir::is_float(value->dtype)) {
      const double number = ir::to_double(*value);
      if (std::isnan(number)) ir::user_error("cannot convert float NaN to integer", place);
      if (std::isinf(number)) ir::user_error("cannot convert float infinity to integer", place);
    }
  }
  // A convert node even between equal types: the result is another kind of value.
  const ir::Value converted = build::astype(scalar, ir::default_dtype(weak), place);
  return weakened(converted, weak, place);
}

namespace {

// A function of module math: the ufunc of the same meaning, and its value for constants.
struct MathRow {
  std::string_view name, ufunc;
  double (*one)(double) = nullptr;
  double (*two)(double, double) = nullptr;
};

#define ARRAYC_ONE(name, ufunc, function) {name, ufunc, [](double x) { return double(function); }}
#define ARRAYC_TWO(name, ufunc, function) \
  {name, ufunc, nullptr, [](double x, double y) { return double(function); }}
constexpr MathRow math_rows[] = {ARRAYC_ONE("sqrt", "sqrt", std::sqrt(x)),
                                 ARRAYC_ONE("cbrt", "cbrt", std::cbrt(x)),
                                 ARRAYC_ONE("exp", "exp", std::exp(x)),
                                 ARRAYC_ONE("exp2", "exp2", std::exp2(x)),
                                 ARRAYC_ONE("expm1", "expm1", std::expm1(x)),
                                 ARRAYC_ONE("log", "log", std::log(x)),
                                 ARRAYC_ONE("log2", "log2", std::log2(x)),
                                 ARRAYC_ONE("log10", "log10", std::log10(x)),
                                 ARRAYC_ONE("log1p", "log1p", std::log1p(x)),
                                 ARRAYC_ONE("sin", "sin", std::sin(x)),
                                 ARRAYC_ONE("cos", "cos", std::cos(x)),
                                 ARRAYC_ONE("tan", "tan", std::tan(x)),
                                 ARRAYC_ONE("asin", "arcsin", std::asin(x)),
                                 ARRAYC_ONE("acos", "arccos", std::acos(x)),
                                 ARRAYC_ONE("atan", "arctan", std::atan(x)),
                                 ARRAYC_ONE("sinh", "sinh", std::sinh(x)),
                                 ARRAYC_ONE("cosh", "cosh", std::cosh(x)),
                                 ARRAYC_ONE("tanh", "tanh", std::tanh(x)),
                                 ARRAYC_ONE("asinh", "arcsinh", std::asinh(x)),
                                 ARRAYC_ONE("acosh", "arccosh", std::acosh(x)),
                                 ARRAYC_ONE("atanh", "arctanh", std::atanh(x)),
                                 ARRAYC_ONE("erf", "erf", std::erf(x)),
                                 ARRAYC_ONE("gamma", "gamma", std::tgamma(x)),
                                 ARRAYC_ONE("lgamma", "lgamma", std::lgamma(x)),
                                 ARRAYC_ONE("fabs", "fabs", std::fabs(x)),
                                 ARRAYC_ONE("radians", "deg2rad", x*(M_PI / 180)),
                                 ARRAYC_ONE("degrees", "rad2deg", x * (180 / M_PI)),
                                 ARRAYC_TWO("atan2", "arctan2", std::atan2(x, y)),
                                 ARRAYC_TWO("hypot", "hypot", std::hypot(x, y)),
                                 ARRAYC_TWO("pow", "power", std::pow(x, y)),
                                 ARRAYC_TWO("fmod", "fmod", std::fmod(x, y)),
                                 ARRAYC_TWO("copysign", "copysign", std::copysign(x, y)),
                                 ARRAYC_TWO("nextafter", "nextafter", std::nextafter(x, y))};
#undef ARRAYC_ONE
#undef ARRAYC_TWO

// Python's errors where the result of finite numbers is no number or has no end.
void check_domain(const MathRow& row, std::span<const double> args, double result,
                  ir::Place place) {
  const bool finite =
      std::all_of(args.begin(), args.end(), [](double x) { return std::isfinite(x); });
  const bool given_nan =
      std::any_of(args.begin(), args.end(), [](double x) { return std::isnan(x); });
  if (std::isnan(result) && !given_nan) ir::user_error("math domain error", place);
  if (!std::isinf(result) || !finite) return;
  constexpr std::string_view with_poles[] = {"log",   "log2",  "log10", "log1p",
                                             "atanh", "gamma", "lgamma"};
  const bool pole =
      std::find(std::begin(with_poles), std::end(with_poles), row.name) != std::end(with_poles) &&
      (args[0] <= 1 || row.name[0] == 'l');
  ir::user_error(pole ? "math domain error" : "math range error", place);
}

// Rounded on the decimal value, ties to even, as Python does.
double round_to(double x, std::int64_t digits) {
  if (!std::isfinite(x) || digits > 324) return x;
  return std::strtod(fmt::format("{:.{}f}", x, digits).c_str(), nullptr);
}

}  // namespace

// round(x) and round(x, digits) of numbers.
Thing Translator::round_builtin(const std::vector<Object>& given, ir::Place place) {
  if (given.size() > 2) ir::user_error("round() takes at most 2 arguments", place);
  const Value x = value_of(thing(given[0]), place);
  if (x->weak == ir::Weak::strong) {
    ir::limitation("Python's round of arrays is not in the dialect", place, "use np.round");
  }
  if (x->weak == ir::Weak::complex) {
    ir::user_error("type complex doesn't define __round__ method", place, "use np.round(z)");
  }
  const bool has_digits = given.size() == 2 && !given[1].is_none();
  const std::int64_t digits = has_digits ? build::Arguments("round", given, place).integer(1) : 0;
  if (has_digits && (digits < 0 || (x->weak == ir::Weak::floating && !constant_of(x)))) {
    ir::limitation("round with digits of a number that is not known is not in the dialect", place,
                   "use np.round(x, digits)");
  }
  if (x->weak != ir::Weak::floating) return thing(x);
  if (has_digits) {
    const double rounded = round_to(ir::to_double(*constant_of(x)), digits);
    return thing(build::scalar(ir::Scalar::of(rounded), ir::Weak::floating, place));
  }
  const Value operands[] = {x};
  const Value rounded = build::ufunc(*ir::find_builtin_ufunc("rint"), operands, place);
  return thing(to_python(rounded, ir::Weak::integer, place));
}

// math.f(x) of Python numbers is a Python number.
Thing Translator::call_math(const std::string& name, const CallArguments& arguments,
                            ir::Place place) {
  const auto row = std::find_if(std::begin(math_rows), std::end(math_rows),
                                [&](const MathRow& r) { return r.name == name; });
  if (row == std::end(math_rows)) {
    ir::limitation(fmt::format("math.{} is not in the dialect", name), place,
                   fmt::format("use np.{}", name));
  }
  const std::size_t arity = row->one ? 1 : 2;
  if (arguments.positional.size() != arity || !arguments.keywords.empty()) {
    ir::user_error(
        fmt::format("math.{}() takes exactly {} argument{} ({} given)", name,
                    arity == 1 ? "one" : "two", arity == 1 ? "" : "s", arguments.positional.size()),
        place);
  }
  std::vector<Value> numbers;
  std::vector<double> known;
  for (const Thing& argument : arguments.positional) {
    const Value x = value_of(argument, place);
    if (x.rank() > 0) {
      ir::user_error("only 0-dimensional arrays can be converted to Python scalars", place,
                     fmt::format("use np.{}", row->ufunc));
    }
    numbers.push_back(to_python(x, ir::Weak::floating, place));
    if (const auto value = constant_of(numbers.back())) known.push_back(ir::to_double(*value));
  }
  if (known.size() == arity) {
    const double result = arity == 1 ? row->one(known[0]) : row->two(known[0], known[1]);
    check_domain(*row, known, result, place);
    return thing(build::scalar(ir::Scalar::of(result), ir::Weak::floating, place));
  }
  return thing(weakened(build::ufunc(*ir::find_builtin_ufunc(row->ufunc), numbers, place),
                        ir::Weak::floating, place));
}

}  // namespace arrayc::dialect
