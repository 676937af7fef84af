// Triangles, grids of indices, and samples at equal ratios.
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

Value weak_integer(std::int64_t value, Place place) {
  return scalar(Scalar::of(value), Weak::integer, place);
}

// Whether row + k >= column.
Value lower_mask(const Extent& rows, const Extent& columns, std::int64_t k, Place place) {
  const Value row = expand_dims(iota(rows, place), {1}, place);
  const Value shifted = k == 0 ? row : apply("add", {row, weak_integer(k, place)}, place);
  return apply("greater_equal", {shifted, iota(columns, place)}, place);
}

Value triangle(const Value& value, std::int64_t k, bool lower, Place place) {
  const Value x = strong(value, place);
  if (x.rank() == 0) user_error("Input must be at least 1-d", place);
  const Extent columns = x.shape().back();
  const Extent rows = x.rank() == 1 ? columns : x.shape()[x.shape().size() - 2];
  const Value mask = lower_mask(rows, columns, lower ? k : k - 1, place);
  const Value zero = number(0, x.dtype(), place);
  return lower ? apply("where", {mask, x, zero}, place) : apply("where", {mask, zero, x}, place);
}

void refuse_zero(const Value& x, Place place) {
  const auto known = constant_value(x);
  if (known && to_double(*known) == 0) {
    user_error("Geometric sequence cannot include zero", place);
  }
}

}  // namespace

Value tri(const Extent& n, const Extent& m, std::int64_t k, DType dtype, Place place) {
  return astype(lower_mask(n, m, k, place), dtype, place);
}
Value tril(const Value& x, std::int64_t k, Place place) { return triangle(x, k, true, place); }
Value triu(const Value& x, std::int64_t k, Place place) { return triangle(x, k, false, place); }

std::vector<Value> indices(const Shape& shape, DType dtype, bool sparse, Place place) {
  std::vector<Value> lines;
  for (const Extent& n : shape) lines.push_back(cast(iota(n, place), dtype, place));
  return meshgrid(lines, sparse, true, place);
}

Value logspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
               const Value& base, std::optional<DType> dtype, Place place) {
  const Value exponents = linspace(start, stop, num, endpoint, std::nullopt, place);
  const Value result = apply("power", {base, exponents}, place);
  return dtype ? astype(result, *dtype, place) : result;
}

// After NumPy: the logarithms of the magnitudes are spaced evenly; the ends are exact.
Value geomspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
                std::optional<DType> asked, Place place) {
  refuse_zero(start, place);
  refuse_zero(stop, place);
  const DType dtype = asked.value_or(DType::F64);
  DType computed = promote(promote(start.dtype(), stop.dtype()), dtype);
  if (!is_float(computed)) computed = DType::F64;
  const Value first = cast(start, computed, place), last = cast(stop, computed, place);
  const Value sign = apply("sign", {first}, place);
  const Value from = apply("divide", {first, sign}, place);
  const Value to = apply("divide", {last, sign}, place);
  const Value ten = number(10, computed, place);
  const Value inner = logspace(apply("log10", {from}, place), apply("log10", {to}, place), num,
                               endpoint, ten, computed, place);
  Shape line(inner.shape().size(), Extent(1));
  line[0] = num;
  const Value position = reshape(iota(num, place), line, place);
  const auto put = [&](const Extent& at, const Value& value, const Value& into) {
    const Value here = apply("equal", {position, extent(at, place)}, place);
    return apply("where", {here, value, into}, place);
  };
  Value result = endpoint ? put(num - 1, to, inner) : inner;
  result = put(0, from, result);
  return astype(apply("multiply", {result, sign}, place), dtype, place);
}

}  // namespace arrayc::ir::build
