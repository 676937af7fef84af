// Slices as bounds, and views as index maps.
#include <algorithm>

#include "ir/node.h"
#include "runtime/planted.h"

namespace arrayc::ir {

namespace {

using Wide = __int128;  // for sums of three int64

bool not_negative(const Extent& e) {
  const auto bound = e.lower_bound();
  return bound && *bound >= 0;
}

bool negative(const Extent& e) {
  const auto bound = e.upper_bound();
  return bound && *bound < 0;
}

// Exactly Python's slice.indices.
SliceBounds constant_bounds(const Slice& s, std::int64_t n) {
  const bool forward = s.step > 0;
  const Wide low = forward ? 0 : -1;
  const Wide high = forward ? Wide{n} : Wide{n} - 1;
  const auto clamp = [&](const std::optional<Extent>& part, Wide absent) {
    if (!part) return absent;
    const Wide value = Wide{part->constant()} + (part->constant() < 0 ? n : 0);
    return std::min(std::max(value, low), high);
  };
  const Wide start = clamp(s.start, forward ? low : high);
  const Wide stop = clamp(s.stop, forward ? high : low);
  const Wide distance = forward ? stop - start : start - stop;
  const Wide step = forward ? Wide{s.step} : -Wide{s.step};
  const Wide length = distance > 0 ? (distance + step - 1) / step : 0;
  return {static_cast<std::int64_t>(start), static_cast<std::int64_t>(length)};
}

// 1 where e < 0, else 0.
Extent is_negative(const Extent& e) { return min(max(Extent(0) - e, 0), 1); }

// A part of a slice as a position that counts from the front; it may still be outside.
Extent from_front(const Extent& part, const Extent& n) {
  if (not_negative(part)) return part;
  if (negative(part)) return part + n;
  return part + n * is_negative(part);
}

// max(stop - start, 0), where start is max(position, 0) if `clamped`.
Extent distance(const Extent& stop, const Extent& position, bool clamped) {
  if (!clamped) return max(stop - position, 0);
  return max(min(stop - position, stop), 0);
}

SliceBounds forward_bounds(const Slice& s, const Extent& n) {
  if (!s.start && !s.stop) return {0, ceil_div(n, s.step)};
  Extent stop = n;
  if (s.stop) stop = from_front(*s.stop, n);
  if (s.stop && !negative(*s.stop)) stop = min(stop, n);
  if (s.stop && !not_negative(*s.stop)) stop = max(stop, 0);
  if (!s.start) return {0, ceil_div(stop, s.step)};
  const Extent position = from_front(*s.start, n);
  const bool clamped = !not_negative(*s.start);
  // [-a:-b] with constants, where one clamp does for both ends.
  Extent length = distance(stop, position, clamped);
  if (s.start->is_constant() && s.stop && s.stop->is_constant() && negative(*s.start) &&
      negative(*s.stop)) {
    const Extent most = max(*s.stop - *s.start, 0);
    length = min(stop, most);
  }
  return {clamped ? max(position, 0) : position, ceil_div(length, s.step)};
}

// Positions are clamped to [-1, n-1]: -1 is "before the first".
SliceBounds backward_bounds(const Slice& s, const Extent& n) {
  Extent start = n - 1;
  Extent length = n;
  if (s.start) {
    start = from_front(*s.start, n);
    length = start + 1;
    if (!negative(*s.start)) {
      start = min(start, n - 1);
      length = min(length, n);
    }
    if (!not_negative(*s.start)) {
      start = max(start, -1);
      length = max(length, 0);
    }
  }
  if (s.stop) {
    const Extent position = from_front(*s.stop, n);
    const Extent whole = length;
    length = start - position;
    if (!not_negative(*s.stop)) length = min(length, whole);
    length = max(length, 0);
  }
  if (s.step == INT64_MIN) return {start, min(length, 1)};  // its opposite is no int64
  return {start, ceil_div(length, -s.step)};
}

ViewAttr identity_axes(const Type& operand, const Type& result) {
  ViewAttr map{result.shape, {}};
  map.axes.resize(operand.shape.size());
  return map;
}

ViewAttr broadcast_map(const Type& operand, const Type& result) {
  ViewAttr map = identity_axes(operand, result);
  const std::size_t added = result.shape.size() - operand.shape.size();
  for (std::size_t k = 0; k < operand.shape.size(); ++k) {
    const bool stretched = operand.shape[k].is(1) && !result.shape[added + k].is(1);
    map.axes[k].axis = stretched ? -1 : static_cast<int>(added + k);
  }
  return map;
}

ViewAttr slice_map(const SliceAttr& attr, const Type& operand, const Type& result) {
  ViewAttr map = identity_axes(operand, result);
  for (std::size_t k = 0; k < map.axes.size(); ++k) {
    const Slice& slice = attr.axes[k];
    map.axes[k].axis = static_cast<int>(k);
    map.axes[k].start = slice_bounds(slice, operand.shape[k]).start;
    map.axes[k].step = slice.index ? 1 : slice.step;
  }
  return map;
}

// expand_dims: the operand's axes are the result's that are not in `axes`. squeeze: the reverse,
// and the operand's axes that are gone are at index 0.
ViewAttr inserted_map(const AxesAttr& attr, const Type& operand, const Type& result, bool expand) {
  ViewAttr map = identity_axes(operand, result);
  std::vector<bool> listed(std::max(operand.shape.size(), result.shape.size()));
  for (const std::int32_t axis : attr.axes) listed[static_cast<std::size_t>(axis)] = true;
  int next = 0;
  for (std::size_t k = 0; k < map.axes.size(); ++k) {
    if (expand) {
      while (listed[static_cast<std::size_t>(next)]) ++next;
    }
    map.axes[k].axis = !expand && listed[k] ? -1 : next++;
  }
  return map;
}

}  // namespace

SliceBounds slice_bounds(const Slice& s, const Extent& n) {
  if (s.index) {
    const Extent position = from_front(s.start.value(), n);
    return {position, 1};
  }
  if (s.step == 0) user_error("slice step cannot be zero");
  const auto is_known = [](const std::optional<Extent>& e) { return !e || e->is_constant(); };
  if (n.is_constant() && is_known(s.start) && is_known(s.stop)) {
    return constant_bounds(s, n.constant());
  }
  return s.step > 0 ? forward_bounds(s, n) : backward_bounds(s, n);
}

ViewAttr view_map(const Operation& operation, const Type& operand, const Type& result) {
  switch (operation.op) {
    case Op::broadcast:
      return broadcast_map(operand, result);
    case Op::slice:
      return slice_map(operation.attr<SliceAttr>(), operand, result);
    case Op::expand_dims:
      return inserted_map(operation.attr<AxesAttr>(), operand, result, true);
    case Op::squeeze:
      return inserted_map(operation.attr<AxesAttr>(), operand, result, false);
    case Op::view:
      return operation.attr<ViewAttr>();
    case Op::transpose: {
      ViewAttr map = identity_axes(operand, result);
      const auto& axes = operation.attr<AxesAttr>().axes;
      for (std::size_t k = 0; k < axes.size(); ++k) {
        map.axes[static_cast<std::size_t>(axes[k])].axis = static_cast<int>(k);
      }
      return map;
    }
    default:
      bug(std::string(info(operation.op).name) + " is not a view");
  }
}

ViewAttr compose(const ViewAttr& outer, const ViewAttr& inner) {
  ViewAttr map{outer.shape, inner.axes};
  for (ViewAxis& axis : map.axes) {
    if (axis.axis < 0) continue;
    const ViewAxis& middle = outer.axes.at(static_cast<std::size_t>(axis.axis));
    axis.start =
        axis.start + middle.start * (planted(runtime::Plant::compose_step) ? 1 : axis.step);
    std::int64_t step = 1;
    const bool overflows = __builtin_mul_overflow(axis.step, middle.step, &step);
    // An axis with a step beyond int64 has no second element.
    axis.axis = overflows ? -1 : middle.axis;
    axis.step = axis.axis < 0 ? 1 : step;
  }
  return map;
}

}  // namespace arrayc::ir
