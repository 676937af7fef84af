// Builders of functions.def: shapes.
#include <fmt/format.h>

#include "ir/build/functions.h"
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

void check_order(const Arguments& a, std::size_t i) {
  if (a.is_none(i)) return;
  const std::string_view order = a.text(i);
  if (order == "C" || order == "A" || order == "K") return;
  limitation(fmt::format("order='{}' is not built", order), a.place(),
             "transpose before and after instead");
}

Slice whole() { return {}; }

Slice reversed() {
  Slice slice;
  slice.step = -1;
  return slice;
}

// x with one slice on one axis.
Value slice_axis(const Value& x, int axis, const Slice& slice, Place place) {
  std::vector<IndexItem> items(static_cast<std::size_t>(x.rank()));
  for (IndexItem& item : items) item.slice = whole();
  items[static_cast<std::size_t>(axis)].slice = slice;
  return index(x, items, place);
}

Value flip(Value x, const Axes& axes, Place place) {
  for (const std::int32_t axis : checked_axes(axes, x.rank(), place)) {
    x = slice_axis(x, axis, reversed(), place);
  }
  return x;
}

// The arguments after the first as one list: f(x, 2, 3) and f(x, (2, 3)) are the same.
Object flattened(const Object& rest) {
  if (rest.items.size() == 1 &&
      (rest.items[0].kind == Object::Kind::tuple || rest.items[0].is_none())) {
    return rest.items[0];
  }
  return rest;
}

Object shape_of(const Value& x, Place place) {
  std::vector<Object> items;
  for (const Extent& e : x.shape()) items.emplace_back(extent(e, place));
  return Object::tuple(std::move(items));
}

Value matrix_transposed(const Value& x, Place place) {
  if (x.rank() < 2) {
    user_error(fmt::format("matrix transpose with ndim < 2 is undefined, but the array has ndim {}",
                           x.rank()),
               place);
  }
  return swapaxes(x, -1, -2, place);
}

Value weak_integer(std::int64_t value, Place place) {
  return scalar(Scalar::of(value), Weak::integer, place);
}

}  // namespace

Object np_reshape(const Arguments& a) {
  check_order(a, 2);
  return reshape(a.value(0), a.shape(1), a.place());
}

Object np_reshape_method(const Arguments& a) {
  check_order(a, 2);
  const Arguments shape("reshape", {flattened(a.object(1))}, a.place());
  return reshape(a.value(0), shape.shape(0), a.place());
}

Object np_ravel(const Arguments& a) {
  check_order(a, 1);
  return ravel(strong(a.value(0), a.place()), a.place());
}
Object np_flatten(const Arguments& a) { return np_ravel(a); }

Object np_transpose(const Arguments& a) { return transpose(a.value(0), a.axes(1), a.place()); }
Object np_permute_dims(const Arguments& a) { return np_transpose(a); }
Object np_transpose_method(const Arguments& a) {
  const Object axes = flattened(a.object(1));
  const bool none = axes.is_none() || (axes.items.empty() && a.object(1).items.empty());
  const Arguments given("transpose", {none ? Object() : axes}, a.place());
  return transpose(a.value(0), given.axes(0), a.place());
}
Object np_matrix_transpose(const Arguments& a) { return matrix_transposed(a.value(0), a.place()); }
Object np_swapaxes(const Arguments& a) {
  return swapaxes(a.value(0), a.integer(1), a.integer(2), a.place());
}
Object np_moveaxis(const Arguments& a) {
  return moveaxis(a.value(0), a.axis_list(1), a.axis_list(2), a.place());
}
Object np_expand_dims(const Arguments& a) {
  return expand_dims(a.value(0), a.axis_list(1), a.place());
}
Object np_squeeze(const Arguments& a) { return squeeze(a.value(0), a.axes(1), a.place()); }
Object np_broadcast_to(const Arguments& a) {
  return broadcast_to(a.value(0), a.shape(1), a.place());
}

Object np_broadcast_arrays(const Arguments& a) {
  const std::vector<Value> values = a.values(0);
  const auto result = broadcast_arrays(values, a.place());
  return Object::tuple(std::vector<Object>(result.begin(), result.end()));
}

Object np_atleast_1d(const Arguments& a) {
  const Value x = strong(a.value(0), a.place());
  return x.rank() > 0 ? x : expand_dims(x, {0}, a.place());
}

Object np_atleast_2d(const Arguments& a) {
  const Value x = strong(a.value(0), a.place());
  if (x.rank() > 1) return x;
  return expand_dims(
      x, x.rank() == 1 ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{0, 1}, a.place());
}

Object np_flip(const Arguments& a) {
  return flip(strong(a.value(0), a.place()), a.axes(1), a.place());
}
Object np_fliplr(const Arguments& a) {
  const Value x = strong(a.value(0), a.place());
  if (x.rank() < 2) user_error("Input must be >= 2-d.", a.place());
  return flip(x, {{1}}, a.place());
}
Object np_flipud(const Arguments& a) {
  const Value x = strong(a.value(0), a.place());
  if (x.rank() < 1) user_error("Input must be >= 1-d.", a.place());
  return flip(x, {{0}}, a.place());
}

// The square that begins at the offset, as an einsum that repeats an index: a view.
Value diagonal(const Value& value, const Diagonal& which, Place place) {
  const std::int64_t offset = which.offset;
  const Value x = strong(value, place);
  if (x.rank() < 2) user_error("diag requires an array of at least two dimensions", place);
  const int first = checked_axis(which.axis1, x.rank(), place, "axis1");
  const int second = checked_axis(which.axis2, x.rank(), place, "axis2");
  if (first == second) user_error("axis1 and axis2 cannot be the same", place);
  Value square = moveaxis(x, {first, second}, {-2, -1}, place);
  const auto rank = static_cast<std::size_t>(square.rank());
  const Extent rows = square.shape()[rank - 2];
  const Extent columns = square.shape()[rank - 1];
  if (offset != 0 || rows != columns) {
    const Extent down = offset < 0 ? -offset : 0;
    const Extent across = offset > 0 ? offset : 0;
    const Extent length = max(min(rows - down, columns - across), 0);
    Slice row, column;
    row.start = down;
    row.stop = down + length;
    column.start = across;
    column.stop = across + length;
    square = slice_axis(square, square.rank() - 2, row, place);
    square = slice_axis(square, square.rank() - 1, column, place);
  }
  const Value operands[] = {square};
  return einsum("...ii->...i", operands, place);
}

Object np_diag(const Arguments& a) {
  const Place place = a.place();
  const Value v = strong(a.value(0), place);
  const std::int64_t k = a.integer(1);
  if (v.rank() == 2) return diagonal(v, {.offset = k}, place);
  if (v.rank() != 1) user_error("Input must be 1- or 2-d.", place);
  if (k != 0) {
    limitation("np.diag of a vector with an offset is not built", place, "use np.diag(v)");
  }
  const Value mask = eye(v.shape()[0], v.shape()[0], 0, DType::Bool, place);
  const Value zero = number(0, v.dtype(), place);
  return apply("where", {mask, v, zero}, place);
}

Object np_diagonal(const Arguments& a) {
  return diagonal(a.value(0), {a.integer(1), a.integer(2), a.integer(3)}, a.place());
}

Object np_trace(const Arguments& a) {
  return trace(a.value(0), {a.integer(1), a.integer(2), a.integer(3)}, a.dtype(4), a.place());
}

Object np_diff(const Arguments& a) {
  const Place place = a.place();
  Value x = strong(a.value(0), place);
  const std::int64_t times = a.integer(1);
  if (times < 0) user_error(fmt::format("order must be non-negative but got {}", times), place);
  if (times > 64) limitation("diff of so high an order is not built", place);
  if (x.rank() == 0) {
    user_error("diff requires input that is at least one dimensional", place);
  }
  const int axis = checked_axis(a.integer(2), x.rank(), place);
  Slice later, earlier;
  later.start = 1;
  earlier.stop = -1;
  const std::string_view difference = is_bool(x.dtype()) ? "not_equal" : "subtract";
  for (std::int64_t i = 0; i < times; ++i) {
    x = apply(difference, {slice_axis(x, axis, later, place), slice_axis(x, axis, earlier, place)},
              place);
  }
  return x;
}

Object np_shape(const Arguments& a) { return shape_of(a.value(0), a.place()); }
Object np_size(const Arguments& a) {
  const Value x = a.value(0);
  if (a.is_none(1)) return extent(element_count(x.shape()), a.place());
  const int axis = checked_axis(a.integer(1), x.rank(), a.place());
  return extent(x.shape()[static_cast<std::size_t>(axis)], a.place());
}
Object np_ndim(const Arguments& a) { return weak_integer(a.value(0).rank(), a.place()); }
Object np_shape_attribute(const Arguments& a) { return np_shape(a); }
Object np_size_attribute(const Arguments& a) {
  return extent(element_count(a.value(0).shape()), a.place());
}
Object np_ndim_attribute(const Arguments& a) { return np_ndim(a); }
Object np_dtype_attribute(const Arguments& a) {
  return Object::of_dtype(strong(a.value(0), a.place()).dtype());
}
Object np_itemsize_attribute(const Arguments& a) {
  return weak_integer(item_size(a.value(0).dtype()), a.place());
}
Object np_nbytes_attribute(const Arguments& a) {
  const Value x = a.value(0);
  return extent(element_count(x.shape()) * item_size(x.dtype()), a.place());
}
Object np_transposed_attribute(const Arguments& a) {
  return transpose(a.value(0), std::nullopt, a.place());
}
Object np_matrix_transposed_attribute(const Arguments& a) {
  return matrix_transposed(a.value(0), a.place());
}

}  // namespace arrayc::ir::build
