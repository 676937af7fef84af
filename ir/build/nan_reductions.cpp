// Reductions that leave out NaNs, peak to peak, and weighted means.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

ReduceOptions without_nans(const Value& value, const ReduceOptions& options, Place place) {
  const Value x = strong(value, place);
  if (!is_float(x.dtype()) && !is_complex(x.dtype())) return options;
  ReduceOptions result = options;
  result.where = apply("logical_not", {apply("isnan", {x}, place)}, place);
  if (options.where) result.where = apply("logical_and", {result.where, options.where}, place);
  return result;
}

// Where no degree of freedom is left, NaN and not infinity.
Value nanvar(const Value& value, const ReduceOptions& given, double ddof, Place place) {
  const Value x = strong(value, place);
  const Value variance = var(x, without_nans(x, given, place), ddof, place);
  if (!is_float(x.dtype()) && !is_complex(x.dtype())) return variance;
  ReduceOptions counting = given;
  counting.dtype = DType::I64;
  const Value numbers = apply("logical_not", {apply("isnan", {x}, place)}, place);
  const Value count = sum(numbers, counting, place);
  const Value enough =
      apply("greater", {cast(count, DType::F64, place), number(ddof, DType::F64, place)}, place);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return apply("where", {enough, variance, number(nan, variance.dtype(), place)}, place);
}

Value nanstd(const Value& x, const ReduceOptions& options, double ddof, Place place) {
  return apply("sqrt", {nanvar(x, options, ddof, place)}, place);
}

Value ptp(const Value& x, const ReduceOptions& options, Place place) {
  if (options.initial) no_argument("ptp", "initial", place);
  if (options.where) no_argument("ptp", "where", place);
  return apply("subtract", {max(x, options, place), min(x, options, place)}, place);
}

namespace {

bool may_be_equal(const Shape& a, const Shape& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](auto& x, auto& y) { return !never_equal(x, y); });
}

// Weights of some axes, with x's rank.
Value spread_weights(const Value& x, const Axes& given, const Value& weights, Place place) {
  if (!given) {
    user_error("Axis must be specified when shapes of a and weights differ.", place);
  }
  Shape named;
  std::vector<std::int32_t> order;
  for (const std::int64_t axis : *given) {
    order.push_back(checked_axis(axis, x.rank(), place));
    named.push_back(x.shape()[static_cast<std::size_t>(order.back())]);
  }
  const auto message = [] {
    return "Shape of weights must be consistent with shape of a along specified axis.";
  };
  if (named.size() != weights.shape().size()) user_error(message(), place);
  std::vector<std::int64_t> sorted(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) sorted[k] = static_cast<std::int64_t>(k);
  std::sort(sorted.begin(), sorted.end(), [&](std::int64_t a, std::int64_t b) {
    return order[static_cast<std::size_t>(a)] < order[static_cast<std::size_t>(b)];
  });
  std::vector<std::int64_t> added;
  for (std::int32_t axis = 0; axis < x.rank(); ++axis) {
    if (std::find(order.begin(), order.end(), axis) == order.end()) added.push_back(axis);
  }
  return expand_dims(transpose(fitted(weights, named, place, message), sorted, place), added,
                     place);
}

}  // namespace

std::pair<Value, Value> average(const Value& value, const Axes& axes, const Value& weights,
                                bool keepdims, Place place) {
  const Value x = strong(value, place);
  const ReduceOptions options{axes, keepdims};
  ReduceOptions adding = options;
  if (!weights) {
    const Value result = mean(x, options, place);
    adding.dtype = DType::I64;
    const Value one = stretch(constant(Scalar::of(true), place), x.shape(), place);
    return {result, cast(sum(one, adding, place), result.dtype(), place)};
  }
  const Value given = strong(weights, place);
  const bool same = given.rank() == x.rank() && (!axes || may_be_equal(x.shape(), given.shape()));
  const auto differ = [] { return "Axis must be specified when shapes of a and weights differ."; };
  const Value spread =
      same ? fitted(given, x.shape(), place, differ) : spread_weights(x, axes, given, place);
  DType dtype = promote(x.dtype(), given.dtype());
  if (!is_float(dtype) && !is_complex(dtype)) dtype = promote(dtype, DType::F64);
  adding.dtype = dtype;
  const Value total = sum(spread, adding, place);
  const Value factors = cast(spread, dtype, place);
  const Value products = apply("multiply", {cast(x, dtype, place), factors}, place);
  const Value result = apply("divide", {sum(products, adding, place), total}, place);
  return {result, stretch(total, result.shape(), place)};
}

}  // namespace arrayc::ir::build
