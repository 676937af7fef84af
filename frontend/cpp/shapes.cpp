// Shapes: views of arrays where NumPy's results are views.
#include <fmt/format.h>

#include "arrayc/functions.h"
#include "frontend/cpp/access.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::place_of;
using detail::record;
using ir::Place;
using ir::Value;
using Kind = detail::View::Kind;

namespace {

// A view if x is an array; of a number, an array.
template <typename Build>
Array viewed(const Operand& x, Kind kind, Build build) {
  return guarded([&] {
    const Place place = Access::place(x);
    const auto step = [build, place](const Value& v) { return build(v, place); };
    if (const Array* base = Access::array(x)) return Access::view(*base, step, kind, place);
    return Access::make(step(Access::value(x)));
  });
}

// NumPy's reshape is a view where the strides allow it: certainly where elements are in order.
template <typename Build>
Array reshaped(const Operand& x, Build build) {
  const Array* base = Access::array(x);
  if (base && Access::kind(*base) != Kind::in_order) {
    return record(x, [&](const Value& v, Place place) { return build(v, place); });
  }
  return viewed(x, Kind::in_order, build);
}

std::vector<std::int64_t> needed(const Axis& axis, Place place) {
  if (!axis.list()) ir::user_error("an axis is needed here", place);
  return *axis.list();
}

ir::build::IndexItem reversed() {
  ir::build::IndexItem item;
  item.slice.step = -1;
  return item;
}

Value flipped(const Value& x, const Axis& axis, Place place) {
  std::vector<ir::build::IndexItem> items(static_cast<std::size_t>(x.rank()));
  if (!axis.list()) items.assign(items.size(), reversed());
  for (const std::int64_t a : axis.list().value_or(std::vector<std::int64_t>{})) {
    if (a < -x.rank() || a >= x.rank()) {
      ir::user_error(fmt::format("axis {} is out of bounds for array of dimension {}", a, x.rank()),
                     place);
    }
    items[static_cast<std::size_t>(a < 0 ? a + x.rank() : a)] = reversed();
  }
  return ir::build::index(x, items, place);
}

}  // namespace

Array reshape(const Operand& x, const Shape& shape) {
  return reshaped(x, [shape = detail::internal(shape)](const Value& v, Place place) {
    return ir::build::reshape(v, shape, place);
  });
}

Array ravel(const Operand& x) { return reshaped(x, ir::build::ravel); }

Array transpose(const Operand& x, const Axis& axes) {
  return viewed(x, Kind::strided, [axes = axes.list()](const Value& v, Place place) {
    return ir::build::transpose(v, axes, place);
  });
}

Array moveaxis(const Operand& x, const Axis& source, const Axis& destination) {
  return viewed(x, Kind::strided, [=](const Value& v, Place place) {
    return ir::build::moveaxis(v, needed(source, place), needed(destination, place), place);
  });
}

Array swapaxes(const Operand& x, std::int64_t a, std::int64_t b) {
  return viewed(x, Kind::strided,
                [=](const Value& v, Place place) { return ir::build::swapaxes(v, a, b, place); });
}

Array expand_dims(const Operand& x, const Axis& axis) {
  return viewed(x, Kind::in_order, [=](const Value& v, Place place) {
    return ir::build::expand_dims(v, needed(axis, place), place);
  });
}

Array squeeze(const Operand& x, const Axis& axis) {
  return viewed(x, Kind::in_order, [axes = axis.list()](const Value& v, Place place) {
    return ir::build::squeeze(v, axes, place);
  });
}

Array flip(const Operand& x, const Axis& axis) {
  return viewed(x, Kind::strided,
                [=](const Value& v, Place place) { return flipped(v, axis, place); });
}

Array broadcast_to(const Operand& x, const Shape& shape) {
  return viewed(x, Kind::read_only, [shape = detail::internal(shape)](const Value& v, Place place) {
    return ir::build::broadcast_to(v, shape, place);
  });
}

std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays, Where where) {
  return guarded([&] {
    const Place place = place_of(where);
    const std::vector<Value> values = detail::values_of(arrays, place);
    const std::vector<Value> together = ir::build::broadcast_arrays(values, place);
    std::vector<Array> result;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto stretch = [shape = together[i].shape(), place](const Value& v) {
        return ir::build::broadcast_to(v, shape, place);
      };
      result.push_back(Access::view(arrays[i], stretch, Kind::read_only, place));
    }
    return result;
  });
}

Array atleast_1d(const Operand& x) {
  return viewed(x, Kind::in_order, [](const Value& v, Place place) {
    return v.rank() >= 1 ? v : ir::build::expand_dims(v, {0}, place);
  });
}

Array atleast_2d(const Operand& x) {
  return viewed(x, Kind::in_order, [](const Value& v, Place place) {
    if (v.rank() >= 2) return v;
    const auto axes =
        v.rank() == 1 ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{0, 1};
    return ir::build::expand_dims(v, axes, place);
  });
}

}  // namespace arrayc
