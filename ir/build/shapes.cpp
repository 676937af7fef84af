// Views and reshapes.
#include <fmt/format.h>

#include <algorithm>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// "(2,-1)" of the shape asked for.
std::string asked_string(const Shape& shape) {
  std::string text = numpy_string(shape);
  std::erase(text, ' ');
  return text;
}

// The extent that one unknown axis must have, given the others.
Extent infer_axis(const Value& x, const Shape& known, const Shape& asked, Place place) {
  // Axes that both shapes have cancel, so that symbols need no division.
  Shape dividend = x.shape();
  Shape divisor = known;
  for (auto axis = divisor.begin(); axis != divisor.end();) {
    const auto same =
        axis->is(0) ? dividend.end() : std::find(dividend.begin(), dividend.end(), *axis);
    if (same == dividend.end()) {
      ++axis;
    } else {
      dividend.erase(same);
      axis = divisor.erase(axis);
    }
  }
  const Extent total = element_count(dividend);
  const Extent others = element_count(divisor);
  const bool constants = total.is_constant() && others.is_constant();
  if (others.is(0) || (constants && total.constant() % others.constant() != 0)) {
    user_error(fmt::format("cannot reshape array of size {} into shape {}",
                           to_string(element_count(x.shape())), asked_string(asked)),
               place);
  }
  return others.is(1) ? total : floor_div(total, others);
}

Value permute(const Value& x, std::vector<std::int32_t> order, Place place) {
  if (std::is_sorted(order.begin(), order.end())) return x;
  return make(operation(Op::transpose, AxesAttr{std::move(order)}), {x}, place);
}

std::string stretch_message(const Value& x, const Shape& shape) {
  return fmt::format(
      "operands could not be broadcast together with remapped shapes "
      "[original->remapped]: {}  and requested shape {}",
      shape_template(x.shape()), shape_template(shape));
}

std::string mismatch_message(const Shape& first, std::size_t i, const Shape& other) {
  return fmt::format(
      "shape mismatch: objects cannot be broadcast to a single shape.  "
      "Mismatch is between arg 0 with shape {} and arg {} with shape {}.",
      shape_template(first), i, shape_template(other));
}

// Positions named by `axes`, in their order.
std::vector<int> positions(const std::vector<std::int64_t>& axes, int rank, Place place,
                           std::string_view what) {
  std::vector<int> result;
  for (const std::int64_t axis : axes) {
    const int position = checked_axis(axis, rank, place, what);
    if (std::find(result.begin(), result.end(), position) != result.end()) {
      user_error(fmt::format("repeated axis in `{}` argument", what), place);
    }
    result.push_back(position);
  }
  return result;
}

}  // namespace

Value broadcast_to(const Value& value, const Shape& shape, Place place) {
  const Value x = strong(value, place);
  for (const Extent& extent : shape) {
    if (extent.is_constant() && extent.constant() < 0) {
      user_error("all elements of broadcast shape must be non-negative", place);
    }
  }
  if (x.shape().size() > shape.size()) {
    user_error("input operand has more dimensions than allowed by the axis remapping", place);
  }
  const std::size_t offset = shape.size() - x.shape().size();
  for (std::size_t i = 0; i < x.shape().size(); ++i) {
    if (never_stretches(x.shape()[i], shape[offset + i])) {
      user_error(without_values(stretch_message(x, shape)), place);
    }
  }
  const Shape shapes[] = {x.shape(), shape};
  return stretch(x, shape, place, demand(shapes, [&] { return stretch_message(x, shape); }));
}

std::vector<Value> broadcast_arrays(std::span<const Value> values, Place place) {
  const std::vector<Shape> shapes = shapes_of(values);
  const auto shape = common_shape(shapes);
  if (!shape) {
    for (std::size_t i = 1; i < shapes.size(); ++i) {
      const Shape pair[] = {shapes[0], shapes[i]};
      if (common_shape(pair)) continue;
      user_error(without_values(mismatch_message(shapes[0], i, shapes[i])), place);
    }
    user_error("shape mismatch: objects cannot be broadcast to a single shape.", place);
  }
  // The call names the arrays by position only where there are two.
  const auto wanted = demand(shapes, [&] {
    return shapes.size() == 2 ? mismatch_message(shapes[0], 1, shapes[1])
                              : "shape mismatch: objects cannot be broadcast to a single shape.";
  });
  std::vector<Value> result;
  for (const Value& value : values) {
    result.push_back(stretch(strong(value, place), *shape, place, wanted));
  }
  return result;
}

Value reshape(const Value& value, std::vector<Extent> shape, Place place) {
  const Value x = strong(value, place);
  const Shape asked = shape;
  std::optional<std::size_t> unknown;
  Shape known;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!shape[i].is_constant() || shape[i].constant() >= 0) {
      known.push_back(shape[i]);
      continue;
    }
    if (unknown) user_error("can only specify one unknown dimension", place);
    unknown = i;
  }
  if (unknown) shape[*unknown] = infer_axis(x, known, asked, place);
  const Extent before = element_count(x.shape());
  const Extent after = element_count(shape);
  if (before.is_constant() && after.is_constant() && before != after) {
    user_error(fmt::format("cannot reshape array of size {} into shape {}", to_string(before),
                           asked_string(asked)),
               place);
  }
  if (shape == x.shape()) return x;
  return make(operation(Op::reshape, ShapeAttr{std::move(shape)}), {x}, place);
}

Value ravel(const Value& x, Place place) {
  if (x.rank() == 1) return x;
  return reshape(x, {element_count(x.shape())}, place);
}

Value transpose(const Value& value, const Axes& axes, Place place) {
  const Value x = strong(value, place);
  std::vector<std::int32_t> order;
  if (!axes) {
    for (int i = x.rank() - 1; i >= 0; --i) order.push_back(i);
    return permute(x, std::move(order), place);
  }
  if (static_cast<int>(axes->size()) != x.rank()) user_error("axes don't match array", place);
  for (const std::int64_t axis : *axes) {
    const int position = checked_axis(axis, x.rank(), place);
    if (std::find(order.begin(), order.end(), position) != order.end()) {
      user_error("repeated axis in transpose", place);
    }
    order.push_back(position);
  }
  return permute(x, std::move(order), place);
}

Value moveaxis(const Value& value, const std::vector<std::int64_t>& source,
               const std::vector<std::int64_t>& destination, Place place) {
  const Value x = strong(value, place);
  const std::vector<int> from = positions(source, x.rank(), place, "source");
  const std::vector<int> to = positions(destination, x.rank(), place, "destination");
  if (from.size() != to.size()) {
    user_error("`source` and `destination` arguments must have the same number of elements", place);
  }
  std::vector<std::int32_t> order(static_cast<std::size_t>(x.rank()), -1);
  for (std::size_t i = 0; i < from.size(); ++i) order[static_cast<std::size_t>(to[i])] = from[i];
  int next = 0;
  for (std::int32_t& axis : order) {
    if (axis >= 0) continue;
    while (std::find(from.begin(), from.end(), next) != from.end()) ++next;
    axis = next++;
  }
  return permute(x, std::move(order), place);
}

Value swapaxes(const Value& value, std::int64_t a, std::int64_t b, Place place) {
  const Value x = strong(value, place);
  const auto first = static_cast<std::size_t>(checked_axis(a, x.rank(), place, "axis1"));
  const auto second = static_cast<std::size_t>(checked_axis(b, x.rank(), place, "axis2"));
  std::vector<std::int32_t> order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[first], order[second]);
  return permute(x, std::move(order), place);
}

Value expand_dims(const Value& value, const std::vector<std::int64_t>& axes, Place place) {
  const Value x = strong(value, place);
  if (axes.empty()) return x;
  const int rank = x.rank() + static_cast<int>(axes.size());
  std::vector<std::int32_t> sorted = checked_axes(axes, rank, place, "repeated axis");
  return make(operation(Op::expand_dims, AxesAttr{std::move(sorted)}), {x}, place);
}

Value squeeze(const Value& value, const Axes& axes, Place place) {
  const Value x = strong(value, place);
  std::vector<std::int32_t> gone;
  if (axes) {
    gone = checked_axes(axes, x.rank(), place);
    for (const std::int32_t axis : gone) {
      if (never_equal(x.shape()[static_cast<std::size_t>(axis)], 1)) {
        user_error("cannot select an axis to squeeze out which has size not equal to one", place);
      }
    }
  } else {
    for (int i = 0; i < x.rank(); ++i) {
      if (x.shape()[static_cast<std::size_t>(i)].is(1)) gone.push_back(i);
    }
  }
  if (gone.empty()) return x;
  return make(operation(Op::squeeze, AxesAttr{std::move(gone)}), {x}, place);
}

}  // namespace arrayc::ir::build
