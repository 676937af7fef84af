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

namespace {

// start + k*step, k = 0, 1, …
struct Line {
  Value start, step;
  Extent length;
};

Line line_of(const GridAxis& axis, Place place) {
  const Value zero = scalar(Scalar::of(std::int64_t{0}), Weak::integer, place);
  const Value one = scalar(Scalar::of(std::int64_t{1}), Weak::integer, place);
  const Value start = axis.start ? axis.start : zero;
  const Value step = axis.step ? axis.step : one;
  if (!is_complex(step.dtype())) {
    return {start, step, arange(start, axis.stop, step, std::nullopt, place).shape()[0]};
  }
  const auto points = complex_value(step);
  if (!points) limitation("the number of points of a grid must be a constant", place);
  const auto count = static_cast<std::int64_t>(std::abs(*points));
  const Value first = cast(start, DType::F64, place);
  const Value width = apply("subtract", {cast(axis.stop, DType::F64, place), first}, place);
  const Value parts = scalar(Scalar::of(static_cast<double>(std::max<std::int64_t>(count - 1, 1))),
                             Weak::floating, place);
  return {first, apply("divide", {width, parts}, place), count};
}

}  // namespace

std::vector<Value> grid(std::span<const GridAxis> axes, bool open, Place place) {
  std::vector<Line> lines;
  DType dtype = DType::I64;
  for (const GridAxis& axis : axes) {
    lines.push_back(line_of(axis, place));
    for (const Value& part : {lines.back().start, axis.stop, lines.back().step}) {
      if (part.rank() > 0) user_error("the parts of a grid's slices are numbers", place);
      if (is_float(part.dtype())) dtype = DType::F64;
    }
  }
  std::vector<Value> values;
  for (const Line& line : lines) {
    const Value position = cast(iota(line.length, place), dtype, place);
    const Value scaled = apply("multiply", {position, cast(line.step, dtype, place)}, place);
    values.push_back(apply("add", {scaled, cast(line.start, dtype, place)}, place));
  }
  return values.size() == 1 ? values : meshgrid(values, open, true, place);
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
