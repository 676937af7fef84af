// Ufuncs of values: types by NEP 50, then casts, then broadcasts.
#include <fmt/format.h>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// The value of a weak integer constant beyond every value of `dtype`: -1 below, 1 above, 0 neither.
int beyond(const Value& x, DType dtype) {
  const auto value = constant_value(x);
  if (!value || x->weak != Weak::integer || !is_integer(dtype)) return 0;
  const bool huge = value->dtype == DType::U64 && value->bits > INT64_MAX;
  if (dtype == DType::U64) return !huge && to_int64(*value) < 0 ? -1 : 0;
  const int bits = info(dtype).bits;
  const std::int64_t high =
      is_unsigned(dtype) ? (std::int64_t{1} << bits) - 1 : INT64_MAX >> (64 - bits);
  const std::int64_t low = is_unsigned(dtype) ? 0 : -1 - high;
  if (huge || to_int64(*value) > high) return 1;
  return to_int64(*value) < low ? -1 : 0;
}

// NumPy compares a Python integer with integers of any width exactly: beyond their range the answer
// is the same for all elements.
std::optional<Value> compare_beyond_range(const Ufunc& ufunc, std::span<const Value> operands,
                                          const UfuncLoop& loop, const Shape& shape, Place place) {
  if (ufunc.rule != TypeRule::comparison || operands.size() != 2) return std::nullopt;
  const int left = beyond(operands[0], loop.operands[0]);
  const int right = beyond(operands[1], loop.operands[1]);
  if (left == 0 && right == 0) return std::nullopt;
  const int order = left - right;  // the sign of left operand minus right operand
  const std::string_view name = ufunc.name;
  bool answer;
  if (name == "equal") {
    answer = false;
  } else if (name == "not_equal") {
    answer = true;
  } else if (name == "less" || name == "less_equal") {
    answer = order < 0;
  } else if (name == "greater" || name == "greater_equal") {
    answer = order > 0;
  } else {
    return std::nullopt;
  }
  return stretch(constant(Scalar::of(answer), place), shape, place);
}

// What most operations are: nothing to cast, nothing to stretch, and so nothing to check.
std::optional<Value> apply_as_they_are(const Ufunc& ufunc, std::span<const Value> operands,
                                       const UfuncLoop& loop, const UfuncLoop& run, Place place) {
  if (run.result != loop.result) return std::nullopt;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Value& x = operands[i];
    const bool same = x->weak == Weak::strong && x.dtype() == run.operands[i] &&
                      loop.operands[i] == run.operands[i] && x.shape() == operands[0].shape();
    if (!same) return std::nullopt;
  }
  return record({Op::ufunc, &ufunc, nullptr}, {operands.begin(), operands.end()},
                {run.result, operands[0].shape()}, Weak::strong, place);
}

}  // namespace

Value ufunc(const Ufunc& ufunc, std::span<const Value> operands, Place place) {
  if (static_cast<int>(operands.size()) != ufunc.arity) {
    user_error(fmt::format("{}() takes {} operand{} but {} were given", ufunc.name, ufunc.arity,
                           ufunc.arity == 1 ? "" : "s", operands.size()),
               place);
  }
  Operand arguments[most_operands];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    arguments[i] = {operands[i].dtype(), operands[i]->weak};
  }
  try {
    const UfuncLoop loop = resolve(ufunc, {arguments, operands.size()});
    const UfuncLoop run = computed(ufunc, loop);
    if (auto simple = apply_as_they_are(ufunc, operands, loop, run, place)) return *simple;
    const std::vector<Shape> shapes = shapes_of(operands);
    const auto shape = common_shape(shapes);
    if (!shape) cannot_broadcast(operands, place);
    if (auto known = compare_beyond_range(ufunc, operands, loop, *shape, place)) {
      return *known;
    }
    const auto wanted = demand(shapes, [&] { return broadcast_message(shapes); });
    // np.where takes Python integers as arrays do: what does not fit wraps.
    const bool checked = ufunc.rule != TypeRule::select;
    std::vector<Value> values;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Value x = cast(operands[i], loop.operands[i], place, checked);
      values.push_back(stretch(cast(x, run.operands[i], place), *shape, place, wanted));
    }
    const Value result = make({Op::ufunc, &ufunc, nullptr}, std::move(values), place, run.result);
    return cast(result, loop.result, place);
  } catch (const Error& error) {
    throw error.at(place);
  }
}

Value astype(const Value& x, DType to, Place place) {
  if (x->weak != Weak::strong && x.dtype() == to) return strong(x, place);
  return cast(x, to, place);
}

Value power_operator(const Value& x, const Value& y, Place place) {
  if (x->weak != Weak::strong && y->weak != Weak::strong) {
    return binary_operator("**", x, y, place);
  }
  const auto exponent = constant_value(y);
  const bool literal = exponent && (y->weak == Weak::integer || y->weak == Weak::floating);
  const Value operands[] = {x, y};
  if (!literal || exponent->dtype == DType::U64) return ufunc(row("power"), operands, place);
  const double value = to_double(*exponent);
  if (is_integer(x.dtype()) || is_bool(x.dtype())) {
    if (y->weak == Weak::integer && value < 0 && !is_unsigned(x.dtype())) {
      user_error("Integers to negative integer powers are not allowed.", place);
    }
    if (y->weak == Weak::integer && value == 2) {
      const Value base = is_bool(x.dtype()) ? cast(x, DType::I8, place) : x;
      return apply("square", {base}, place);
    }
    if (y->weak == Weak::integer) return ufunc(row("power"), operands, place);
  }
  const bool inexact = is_float(x.dtype()) || is_complex(x.dtype());
  const Value base = inexact ? x : cast(x, DType::F64, place);
  if (value == 2) return apply("square", {base}, place);
  if (value == 1) return apply("positive", {base}, place);
  if (value == -1) return apply("reciprocal", {base}, place);
  // NumPy's scalars take the square root by pow, its arrays by sqrt.
  if (value == 0.5 && x.rank() > 0) return apply("sqrt", {base}, place);
  return ufunc(row("power"), operands, place);
}

Value clip(const Value& x, const Value& low, const Value& high, Place place) {
  Value result = x;
  DType dtype = x->weak == Weak::strong ? x.dtype() : default_dtype(x->weak);
  if (low && high && x->weak == Weak::strong) {  // all three are promoted together
    const Value values[] = {x, low, high};
    dtype = common_dtype(values);
    result = cast(x, dtype, place);
  }
  if (low && beyond(low, dtype) >= 0) result = apply("maximum", {result, low}, place);
  if (high && beyond(high, dtype) <= 0) result = apply("minimum", {result, high}, place);
  if (result == x) return strong(x, place);
  return result;
}

}  // namespace arrayc::ir::build
