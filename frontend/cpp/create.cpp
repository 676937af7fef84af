// Making arrays.
#include "arrayc/create.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "frontend/cpp/access.h"
#include "runtime/npy.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::internal;
using detail::place_of;
using detail::record;

namespace {

runtime::Array allocate(DType dtype, const Shape& shape, ir::Place place) {
  for (const std::int64_t extent : shape) {
    if (extent < 0) ir::user_error("negative dimensions are not allowed", place);
  }
  try {
    return runtime::make_array(static_cast<arrayc_dtype>(dtype), shape);
  } catch (const std::length_error&) {
    ir::user_error(
        "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum "
        "possible size.",
        place);
  }
}

Array with_dtype(ir::Value value, const std::optional<DType>& dtype, ir::Place place) {
  return Access::make(dtype ? ir::build::astype(value, internal(*dtype), place) : std::move(value));
}

ir::Value filled(const Shape& shape, double fill, DType dtype, ir::Place place) {
  const ir::Value value = ir::build::scalar(ir::Scalar::of(fill), ir::Weak::floating, place);
  return ir::build::full(internal(shape), value, internal(dtype), place);
}

Array filled_like(const Operand& x, double fill, const std::optional<DType>& dtype) {
  return guarded([&] {
    const ir::Value like = Access::value(x);
    const DType made = dtype.value_or(detail::external(like.dtype()));
    return Access::make(filled(detail::external(like.shape()), fill, made, Access::place(x)));
  });
}

// Of numbers in a list: integers beyond i64 make the list u64 where none is negative.
ir::DType common_dtype(const std::vector<ir::Scalar>& elements) {
  if (elements.empty()) return ir::DType::F64;
  ir::DType common = elements[0].dtype;
  bool huge = false;
  bool negative = false;
  for (const ir::Scalar& element : elements) {
    common = ir::promote(common, element.dtype);
    huge = huge || element.dtype == ir::DType::U64;
    negative = negative || ir::to_double(element) < 0;
  }
  const bool has_point = std::any_of(elements.begin(), elements.end(),
                                     [](const ir::Scalar& e) { return ir::is_float(e.dtype); });
  return huge && !negative && !has_point ? ir::DType::U64 : common;
}

void check_strides(const Shape& shape, const std::vector<std::int64_t>& strides, ir::Place place) {
  if (strides.empty() || strides.size() == shape.size()) return;
  ir::user_error(fmt::format("{} strides were given for {} extents", strides.size(), shape.size()),
                 place);
}

// A description of memory in the caller's hands.
runtime::Array describe(DType dtype, const void* data, const Shape& shape,
                        const std::vector<std::int64_t>& strides, ir::Place place) {
  check_strides(shape, strides, place);
  for (const std::int64_t extent : shape) {
    if (extent < 0) ir::user_error("negative dimensions are not allowed", place);
  }
  runtime::Array array;
  array.data = const_cast<void*>(data);
  array.dtype = static_cast<arrayc_dtype>(dtype);
  array.shape = shape;
  const int item = static_cast<int>(itemsize(dtype));
  array.strides = strides.empty() ? runtime::contiguous_strides(shape, item) : strides;
  if (data == nullptr && runtime::element_count(array.shape) != 0) {
    ir::user_error("a null pointer was given as the elements of an array", place);
  }
  return array;
}

}  // namespace

// --- nested lists

namespace detail {

namespace {

[[noreturn]] void ragged(const std::vector<std::int64_t>& shape, ir::Place place) {
  std::string detected;
  for (const std::int64_t extent : shape) {
    detected += (detected.empty() ? "" : ", ") + std::to_string(extent);
  }
  if (shape.size() == 1) detected += ",";
  ir::user_error(fmt::format("setting an array element with a sequence. The requested array has an "
                             "inhomogeneous shape after {} dimensions. The detected shape was ({}) "
                             "+ inhomogeneous part.",
                             shape.size(), detected),
                 place);
}

}  // namespace

// Level by level: `level` holds the lists of one depth.
void Access::flatten(const Nested& list, std::vector<std::int64_t>& shape,
                     std::vector<ir::Scalar>& elements, ir::Place place) {
  std::vector<const Nested*> level{&list};
  while (!level.empty() && level[0]->kind_ == Nested::Kind::list) {
    const std::size_t extent = level[0]->items_.size();
    std::vector<const Nested*> next;
    for (const Nested* item : level) {
      if (item->kind_ != Nested::Kind::list || item->items_.size() != extent) ragged(shape, place);
      for (const Nested& inner : item->items_) next.push_back(&inner);
    }
    shape.push_back(static_cast<std::int64_t>(extent));
    level = std::move(next);
  }
  for (const Nested* item : level) {
    switch (item->kind_) {
      case Nested::Kind::list:
        ragged(shape, place);
      case Nested::Kind::boolean:
        elements.push_back(ir::Scalar::of(item->integer_ != 0));
        break;
      case Nested::Kind::integer:
        elements.push_back(ir::Scalar::of(static_cast<std::int64_t>(item->integer_)));
        break;
      case Nested::Kind::unsigned_integer:
        elements.push_back(item->integer_ > INT64_MAX
                               ? ir::Scalar{ir::DType::U64, item->integer_}
                               : ir::Scalar::of(static_cast<std::int64_t>(item->integer_)));
        break;
      case Nested::Kind::floating:
        elements.push_back(ir::Scalar::of(item->floating_));
        break;
    }
  }
}

Array from_elements(DType stored, const void* elements, const Shape& shape,
                    std::optional<DType> dtype, Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    runtime::Array array = allocate(stored, shape, place);
    const auto bytes = runtime::element_count(array.shape) * itemsize(stored);
    if (bytes != 0) std::memcpy(array.data, elements, static_cast<std::size_t>(bytes));
    return with_dtype(leaf(std::move(array), place), dtype, place);
  });
}

Array from_strided(DType stored, const void* elements, const Shape& shape,
                   const std::vector<std::int64_t>& strides, Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    return Access::make(
        leaf(runtime::copy(describe(stored, elements, shape, strides, place)), place));
  });
}

Array from_owner(DType dtype, const void* data, const Shape& shape,
                 const std::vector<std::int64_t>& strides, Keeper keeper, Where where) {
  return guarded([&] {
    std::shared_ptr<void> owner;
    if (keeper.release) owner.reset(keeper.object, keeper.release);
    const ir::Place place = place_of(where);
    runtime::Array array = describe(dtype, data, shape, strides, place);
    array.owner = std::move(owner);
    return Access::make(leaf(std::move(array), place));
  });
}

Array from_array(const Array& other, std::optional<DType> dtype, Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    return with_dtype(Access::value(other, place), dtype, place);
  });
}

}  // namespace detail

Array array(const Nested& list, std::optional<DType> dtype, Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    std::vector<std::int64_t> shape;
    std::vector<ir::Scalar> elements;
    Access::flatten(list, shape, elements, place);
    const ir::DType common = common_dtype(elements);
    runtime::Array made = allocate(detail::external(common), shape, place);
    auto* at = static_cast<char*>(made.data);
    for (const ir::Scalar& element : elements) {
      const std::uint64_t bits = ir::convert(element, common).bits;
      std::memcpy(at, &bits, static_cast<std::size_t>(ir::item_size(common)));
      at += ir::item_size(common);
    }
    return with_dtype(detail::leaf(std::move(made), place), dtype, place);
  });
}

// --- by formula

Array zeros(const Shape& shape, DType dtype, Where where) {
  return guarded([&] { return Access::make(filled(shape, 0, dtype, place_of(where))); });
}
Array ones(const Shape& shape, DType dtype, Where where) {
  return guarded([&] { return Access::make(filled(shape, 1, dtype, place_of(where))); });
}
Array empty(const Shape& shape, DType dtype, Where where) { return zeros(shape, dtype, where); }

Array full(const Shape& shape, const Operand& fill, std::optional<DType> dtype) {
  return guarded([&] {
    return Access::make(ir::build::full(internal(shape), Access::value(fill), internal(dtype),
                                        Access::place(fill)));
  });
}

Array zeros_like(const Operand& x, std::optional<DType> dtype) { return filled_like(x, 0, dtype); }
Array ones_like(const Operand& x, std::optional<DType> dtype) { return filled_like(x, 1, dtype); }
Array empty_like(const Operand& x, std::optional<DType> dtype) { return filled_like(x, 0, dtype); }

Array full_like(const Operand& x, const Operand& fill, std::optional<DType> dtype) {
  return guarded([&] {
    const ir::Value like = Access::value(x);
    return Access::make(ir::build::full(like.shape(), Access::value(fill),
                                        dtype ? internal(*dtype) : like.dtype(), Access::place(x)));
  });
}

Array arange(const Operand& stop, std::optional<DType> dtype) {
  return guarded([&] {
    const ir::Place place = Access::place(stop);
    const auto number = [&](std::int64_t n) {
      return ir::build::scalar(ir::Scalar::of(n), ir::Weak::integer, place);
    };
    return Access::make(
        ir::build::arange(number(0), Access::value(stop), number(1), internal(dtype), place));
  });
}

Array arange(const Operand& start, const Operand& stop, const Operand& step,
             std::optional<DType> dtype) {
  return guarded([&] {
    return Access::make(ir::build::arange(Access::value(start), Access::value(stop),
                                          Access::value(step), internal(dtype),
                                          Access::place(start)));
  });
}

Array linspace(const Operand& start, const Operand& stop, std::int64_t num, bool endpoint,
               std::optional<DType> dtype) {
  return guarded([&] {
    const ir::Place place = Access::place(start);
    if (num < 0) {
      ir::user_error(fmt::format("Number of samples, {}, must be non-negative.", num), place);
    }
    return Access::make(ir::build::linspace(Access::value(start), Access::value(stop), num,
                                            endpoint, internal(dtype), place));
  });
}

Array logspace(const Operand& start, const Operand& stop, std::int64_t num, bool endpoint,
               const Operand& base, std::optional<DType> dtype) {
  return guarded([&] {
    return Access::make(ir::build::logspace(Access::value(start), Access::value(stop), num,
                                            endpoint, Access::value(base), internal(dtype),
                                            Access::place(start)));
  });
}
Array geomspace(const Operand& start, const Operand& stop, std::int64_t num, bool endpoint,
                std::optional<DType> dtype) {
  return guarded([&] {
    return Access::make(ir::build::geomspace(Access::value(start), Access::value(stop), num,
                                             endpoint, internal(dtype), Access::place(start)));
  });
}

Array indices(const Shape& dimensions, DType dtype, Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    const ir::Shape shape = internal(dimensions);
    const std::vector<ir::Value> grids = ir::build::indices(shape, internal(dtype), false, place);
    if (grids.empty()) ir::limitation("indices of no axes is not built", place, "name an axis");
    return Access::make(ir::build::stack(grids, 0, place));
  });
}

Array tri(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype, Where where) {
  return guarded([&] {
    return Access::make(ir::build::tri(n, m.value_or(n), k, internal(dtype), place_of(where)));
  });
}
Array tril(const Operand& x, std::int64_t k) {
  return record(x, [&](const ir::Value& v, ir::Place at) { return ir::build::tril(v, k, at); });
}
Array triu(const Operand& x, std::int64_t k) {
  return record(x, [&](const ir::Value& v, ir::Place at) { return ir::build::triu(v, k, at); });
}

Array eye(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype, Where where) {
  return guarded([&] {
    return Access::make(ir::build::eye(n, m.value_or(n), k, internal(dtype), place_of(where)));
  });
}
Array identity(std::int64_t n, DType dtype, Where where) { return eye(n, n, 0, dtype, where); }

std::vector<Array> meshgrid(const std::vector<Array>& coordinates, MeshgridOptions options,
                            Where where) {
  return guarded([&] {
    const ir::Place place = place_of(where);
    const std::vector<ir::Value> values = detail::values_of(coordinates, place);
    std::vector<Array> grid;
    for (ir::Value& value : ir::build::meshgrid(values, options.sparse, options.ij, place)) {
      grid.push_back(Access::make(std::move(value)));
    }
    return grid;
  });
}

// --- files

Array load_npy(const std::string& path, Where where) {
  return guarded([&] {
    try {
      return Access::make(detail::leaf(runtime::load_npy(path), place_of(where)));
    } catch (const runtime::NpyError& error) {
      ir::user_error(error.what(), place_of(where));
    }
  });
}

void save_npy(const std::string& path, const Operand& x) {
  guarded([&] {
    const ir::Value value =
        ir::build::astype(Access::value(x), Access::value(x).dtype(), Access::place(x));
    const auto storage = Session::current().compute({&value, 1})[0];
    try {
      runtime::save_npy(path, storage->array);
    } catch (const runtime::FileError& error) {
      ir::user_error(error.what(), Access::place(x));
    }
  });
}

}  // namespace arrayc
