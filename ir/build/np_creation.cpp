// Builders of functions.def: creation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/build/functions.h"
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// More items than this are data, which belongs into an array.
constexpr std::size_t most_items = 64;

void check_order(const Arguments& a, std::size_t i) {
  if (a.is_none(i)) return;
  const std::string_view order = a.text(i);
  if (order == "C" || order == "K" || order == "A") return;
  limitation(fmt::format("order='{}' is not built", order), a.place(), "use order='C'");
}

Value weak_integer(std::int64_t value, Place place) {
  return scalar(Scalar::of(value), Weak::integer, place);
}

Value filled(const Arguments& a, std::int64_t value) {
  check_order(a, 2);
  return full(a.shape(0), weak_integer(value, a.place()), a.dtype(1).value_or(DType::F64),
              a.place());
}

Value filled_like(const Arguments& a, const Value& fill, std::size_t dtype, std::size_t shape) {
  const Value x = strong(a.value(0), a.place());
  return full(a.is_none(shape) ? x.shape() : a.shape(shape), fill,
              a.dtype(dtype).value_or(x.dtype()), a.place());
}

// Python's complex numbers, in lists too, make no array of real numbers.
void refuse_complex_items(const Object& object, DType dtype, Place place) {
  for (const Object& item : object.items) refuse_complex_items(item, dtype, place);
  if (object.kind == Object::Kind::value) refuse_complex(object.value, dtype, place);
}

Value as_array(const Arguments& a) {
  const Value x = strong(a.value(0), a.place());
  if (a.is_none(1)) return x;
  refuse_complex_items(a.object(0), *a.dtype(1), a.place());
  return astype(x, *a.dtype(1), a.place());
}

// The first axis moved to where argument i says.
Value moved(const Value& x, const Arguments& a, std::size_t i) {
  const std::int64_t axis = checked_axis(a.integer(i), x.rank(), a.place());
  return moveaxis(x, {0}, {axis}, a.place());
}

}  // namespace

Value stack(std::span<const Value> items, std::int64_t axis, Place place) {
  if (items.empty()) {
    return full({Extent(0)}, weak_integer(0, place), DType::F64, place);
  }
  if (items.size() > most_items) {
    limitation(fmt::format("a list of {} items as an array is not built", items.size()), place,
               "pass long tables as array parameters");
  }
  DType dtype = strong(items[0], place).dtype();
  for (const Value& item : items) {
    dtype = promote(dtype, item->weak == Weak::strong ? item.dtype() : default_dtype(item->weak));
  }
  const auto same_shape = [&](const Value& item) {
    return fitted(item, items[0].shape(), place,
                  [] { return "all input arrays must have the same shape"; });
  };
  const int rank = items[0].rank();
  const int position = checked_axis(axis, rank + 1, place);
  Shape along(static_cast<std::size_t>(rank) + 1, Extent(1));
  along[static_cast<std::size_t>(position)] = static_cast<std::int64_t>(items.size());
  const Value index = reshape(iota(along[static_cast<std::size_t>(position)], place), along, place);
  Value result;
  for (std::size_t i = items.size(); i-- > 0;) {
    const Value own = cast(same_shape(items[i]), dtype, place, true);
    const Value item = expand_dims(own, {position}, place);
    if (!result) {
      result = item;
      continue;
    }
    const Value here =
        apply("equal", {index, weak_integer(static_cast<std::int64_t>(i), place)}, place);
    result = apply("where", {here, item, result}, place);
  }
  return result;
}

Object np_array(const Arguments& a) { return as_array(a); }
Object np_asarray(const Arguments& a) { return as_array(a); }
Object np_ascontiguousarray(const Arguments& a) {
  const Value x = as_array(a);
  return x.rank() == 0 ? expand_dims(x, {0}, a.place()) : x;
}
Object np_copy(const Arguments& a) {
  check_order(a, 1);
  return strong(a.value(0), a.place());
}
Object np_zeros(const Arguments& a) { return filled(a, 0); }
Object np_ones(const Arguments& a) { return filled(a, 1); }
Object np_empty(const Arguments& a) { return filled(a, 0); }
Object np_full(const Arguments& a) {
  check_order(a, 3);
  return full(a.shape(0), a.value(1), a.dtype(2), a.place());
}
Object np_zeros_like(const Arguments& a) {
  return filled_like(a, weak_integer(0, a.place()), 1, 4);
}
Object np_ones_like(const Arguments& a) { return filled_like(a, weak_integer(1, a.place()), 1, 4); }
Object np_empty_like(const Arguments& a) {
  return filled_like(a, weak_integer(0, a.place()), 1, 4);
}
Object np_full_like(const Arguments& a) { return filled_like(a, a.value(1), 2, 5); }

Object np_arange(const Arguments& a) {
  Value start = a.is_none(0) ? Value() : a.value(0);
  Value stop = a.is_none(1) ? Value() : a.value(1);
  if (!stop) std::swap(start, stop);
  if (!stop) user_error("arange() requires stop to be specified.", a.place());
  return arange(start, stop, a.is_none(2) ? Value() : a.value(2), a.dtype(3), a.place());
}

Object np_linspace(const Arguments& a) {
  const Value result =
      linspace(a.value(0), a.value(1), a.extent(2), a.flag(3), a.dtype(5), a.place());
  return moved(result, a, 6);
}

Object np_eye(const Arguments& a) {
  check_order(a, 4);
  const Extent n = a.extent(0);
  return eye(n, a.is_none(1) ? n : a.extent(1), a.integer(2), a.dtype(3).value_or(DType::F64),
             a.place());
}

Object np_identity(const Arguments& a) {
  return eye(a.extent(0), a.extent(0), 0, a.dtype(1).value_or(DType::F64), a.place());
}

Object np_logspace(const Arguments& a) {
  const Value result =
      logspace(a.value(0), a.value(1), a.extent(2), a.flag(3), a.value(4), a.dtype(5), a.place());
  return moved(result, a, 6);
}

Object np_geomspace(const Arguments& a) {
  const Value result =
      geomspace(a.value(0), a.value(1), a.extent(2), a.flag(3), a.dtype(4), a.place());
  return moved(result, a, 5);
}

Object np_indices(const Arguments& a) {
  const DType dtype = a.dtype(1).value_or(DType::I64);
  const std::vector<Value> grids = indices(a.shape(0), dtype, a.flag(2), a.place());
  if (a.flag(2)) return Object::tuple(std::vector<Object>(grids.begin(), grids.end()));
  if (grids.empty()) limitation("indices of no axes is not built", a.place(), "use sparse=True");
  return stack(grids, 0, a.place());
}

Object np_tri(const Arguments& a) {
  const Extent n = a.extent(0);
  return tri(n, a.is_none(1) ? n : a.extent(1), a.integer(2), a.dtype(3).value_or(DType::F64),
             a.place());
}

Object np_tril(const Arguments& a) { return tril(a.value(0), a.integer(1), a.place()); }
Object np_triu(const Arguments& a) { return triu(a.value(0), a.integer(1), a.place()); }

Object np_meshgrid(const Arguments& a) {
  const std::string_view indexing = a.text(3);
  if (indexing != "xy" && indexing != "ij") {
    user_error("Valid values for `indexing` are 'xy' and 'ij'.", a.place());
  }
  const std::vector<Value> lines = a.values(0);
  const auto grids = meshgrid(lines, a.flag(2), indexing == "ij", a.place());
  return Object::tuple(std::vector<Object>(grids.begin(), grids.end()));
}

Object np_stack(const Arguments& a) {
  const std::vector<Value> items = a.values(0);
  if (items.empty()) user_error("need at least one array to stack", a.place());
  const Value result = stack(items, a.integer(1), a.place());
  return a.is_none(3) ? result : astype(result, *a.dtype(3), a.place());
}

namespace {

// One-dimensional arrays (or numbers) side by side; longer ones would have to be joined.
Value stack_vectors(const Arguments& a, std::int64_t axis) {
  std::vector<Value> lines = a.values(0);
  if (lines.empty()) user_error("need at least one array to concatenate", a.place());
  for (Value& line : lines) {
    line = ravel(strong(line, a.place()), a.place());
  }
  for (const Value& given : a.values(0)) {
    if (given.rank() > 1) {
      limitation("joining arrays of several axes is not built", a.place(),
                 "stack one-dimensional arrays, or store the parts as separate results");
    }
  }
  return stack(lines, axis, a.place());
}

}  // namespace

Object np_vstack(const Arguments& a) {
  const Value result = stack_vectors(a, 0);
  return a.is_none(1) ? result : astype(result, *a.dtype(1), a.place());
}
Object np_column_stack(const Arguments& a) { return stack_vectors(a, 1); }

}  // namespace arrayc::ir::build
