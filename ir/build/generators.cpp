// Arrays computed from their indices.
#include <fmt/format.h>

#include <cmath>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

bool is_integral(const Value& x) { return is_integer(x.dtype()) || is_bool(x.dtype()); }

void check_scalar(const Value& x, std::string_view what, Place place) {
  if (x.rank() != 0) {
    user_error(
        fmt::format("{} must be a scalar, not an array of shape {}", what, numpy_string(x.shape())),
        place);
  }
}

[[noreturn]] void unknown_length(Place place) {
  limitation("the length of this arange is not known when compiling", place,
             "use integers made of sizes and constants, with a constant step: "
             "start + np.arange(n) * step");
}

// An integer, or a float constant that is one.
std::optional<Extent> whole_number(const Value& x) {
  if (const auto known = known_extent(x)) return known;
  const auto value = constant_value(x);
  if (!value || !is_float(value->dtype)) return std::nullopt;
  const double number = to_double(*value);
  if (number != std::floor(number) || std::fabs(number) > 0x1p53) return std::nullopt;
  return Extent(static_cast<std::int64_t>(number));
}

// ceil((stop - start) / step), at least 0.
Extent arange_length(const Value& start, const Value& stop, const Value& step, Place place) {
  const auto delta = constant_value(step);
  if (!delta) unknown_length(place);
  const bool integers = is_integral(start) && is_integral(stop) && is_integral(step);
  if (to_double(*delta) == 0) {
    user_error(integers ? "division by zero" : "float division by zero", place);
  }
  const auto first_number = constant_value(start);
  const auto last_number = constant_value(stop);
  if (integers || !first_number || !last_number) {
    const auto first = whole_number(start);
    const auto last = whole_number(stop);
    const auto by = whole_number(step);
    if (!first || !last || !by) unknown_length(place);
    const std::int64_t s = by->constant();
    const Extent count =
        s > 0 ? ceil_div(*last - *first, s) : ceil_div(*first - *last, Extent(0) - s);
    return max(count, 0);
  }
  const double count =
      std::ceil((to_double(*last_number) - to_double(*first_number)) / to_double(*delta));
  if (std::isnan(count)) user_error("arange: cannot compute length", place);
  if (count > 9.2e18) user_error("Maximum allowed size exceeded", place);
  return count > 0 ? Extent(static_cast<std::int64_t>(count)) : Extent(0);
}

// The dtype of arange: int64 promoted with what is given.
DType arange_dtype(std::initializer_list<Value> bounds) {
  DType dtype = DType::I64;
  for (const Value& bound : bounds) {
    dtype =
        promote(dtype, bound->weak == Weak::strong ? bound.dtype() : default_dtype(bound->weak));
  }
  return dtype;
}

bool is_number(const Value& x, double value) {
  const auto known = constant_value(x);
  return known && to_double(*known) == value && !std::signbit(to_double(*known));
}

// A node of two scalars, folded where both are constants of one dtype.
Value fold(std::string_view name, const Value& a, const Value& b, Place place) {
  const auto x = constant_value(a);
  const auto y = constant_value(b);
  if (!x || !y) return apply(name, {a, b}, place);
  const Scalar arguments[] = {*x, *y};
  return constant(evaluate(row(name), arguments, x->dtype, false), place);
}

Shape axis_of(std::size_t rank, std::size_t axis, const Extent& n) {
  Shape shape(rank, Extent(1));
  shape[axis] = n;
  return shape;
}

}  // namespace

Value arange(const Value& first, const Value& last, const Value& by, std::optional<DType> asked,
             Place place) {
  const Value zero = scalar(Scalar::of(std::int64_t{0}), Weak::integer, place);
  const Value one = scalar(Scalar::of(std::int64_t{1}), Weak::integer, place);
  const Value start = first ? first : zero;
  const Value step = by ? by : one;
  check_scalar(start, "start", place);
  check_scalar(last, "stop", place);
  check_scalar(step, "step", place);
  const DType dtype = asked ? *asked : arange_dtype({start, last, step});
  const Extent length = arange_length(start, last, step, place);
  if (is_bool(dtype)) {
    if (!length.is_constant() || length.constant() > 2) {
      user_error("arange() is only supported for booleans when the result has at most length 2.",
                 place);
    }
  }
  const DType elements = is_bool(dtype) ? DType::I64 : dtype;
  const DType computed = arithmetic_dtype(elements);
  // NumPy's fill: start + i*delta, where delta is the difference of the first two elements.
  const auto element = [&](const Value& x) {
    return cast(cast(x, elements, place), computed, place);
  };
  const Value begin = element(start);
  const Value second = element(binary_operator("+", start, step, place));
  const Value delta = fold("subtract", second, begin, place);
  Value result = cast(iota(length, place), computed, place);
  if (!is_number(delta, 1)) result = apply("multiply", {result, delta}, place);
  if (!is_number(begin, 0)) result = apply("add", {begin, result}, place);
  return cast(result, dtype, place);
}

Value linspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
               std::optional<DType> asked, Place place) {
  if (num.is_constant() && num.constant() < 0) {
    user_error(fmt::format("Number of samples, {}, must be non-negative.", num.constant()), place);
  }
  const Value bounds[] = {start, stop};
  DType computed = common_dtype(bounds);
  if (!is_float(computed) && !is_complex(computed)) computed = DType::F64;
  const DType dtype = asked ? *asked : computed;
  const Value first = cast(start, computed, place);
  const Value last = cast(stop, computed, place);
  // One sample is `start`: the clamp makes its product 0*delta, as NumPy's is.
  const Extent intervals = max(endpoint ? num - 1 : num, 1);
  const Value count = cast(extent(intervals, place), computed, place);
  const Value delta = fold("subtract", last, first, place);
  const Value step = fold("divide", delta, count, place);
  const Value position = iota(num, place);
  const auto rank = static_cast<std::size_t>(std::max(first.rank(), last.rank()));
  const Value index = reshape(cast(position, computed, place), axis_of(rank + 1, 0, num), place);
  const Value fine = apply("multiply", {index, step}, place);
  const Value coarse = apply("multiply", {apply("divide", {index, count}, place), delta}, place);
  // A step that underflows to 0 would lose delta.
  Value result;
  if (const auto known = constant_value(step)) {
    result = to_double(*known) == 0 ? coarse : fine;
  } else {
    const Value vanished = apply("equal", {step, number(0, computed, place)}, place);
    result = apply("where", {vanished, coarse, fine}, place);
  }
  result = apply("add", {result, first}, place);
  if (endpoint) {
    const Value is_last = apply("equal", {position, extent(intervals, place)}, place);
    result =
        apply("where", {reshape(is_last, axis_of(rank + 1, 0, num), place), last, result}, place);
  }
  if (is_integer(dtype)) result = apply("floor", {result}, place);
  return cast(result, dtype, place);
}

Value eye(const Extent& n, const Extent& m, std::int64_t k, DType dtype, Place place) {
  const Value rows = expand_dims(iota(n, place), {1}, place);
  const Value diagonal = k == 0 ? rows : apply("add", {rows, extent(Extent(k), place)}, place);
  return cast(apply("equal", {diagonal, iota(m, place)}, place), dtype, place);
}

std::vector<Value> meshgrid(std::span<const Value> coordinates, bool sparse, bool ij_indexing,
                            Place place) {
  std::vector<Value> grids;
  const std::size_t rank = coordinates.size();
  for (std::size_t i = 0; i < rank; ++i) {
    const Value line = ravel(strong(coordinates[i], place), place);
    const std::size_t axis = !ij_indexing && rank > 1 && i < 2 ? 1 - i : i;
    std::vector<std::int64_t> others;
    for (std::size_t k = 0; k < rank; ++k) {
      if (k != axis) others.push_back(static_cast<std::int64_t>(k));
    }
    grids.push_back(expand_dims(line, others, place));
  }
  return sparse ? grids : broadcast_arrays(grids, place);
}

}  // namespace arrayc::ir::build
