// Basic indexing: at most one slice node, one squeeze and one expand_dims.
//
//   x[1:, 0, None]  ->  expand_dims(squeeze(slice(x, [1:, 0]), axes=[1]), axes=[1])
#include <fmt/format.h>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

using Kind = IndexItem::Kind;

bool is_trivial(const Slice& s) { return !s.index && !s.start && !s.stop && s.step == 1; }

// The items with the ellipsis (or the missing rest) written out as whole slices.
std::vector<IndexItem> expand(const Value& x, std::span<const IndexItem> items, Place place) {
  int used = 0;
  int ellipses = 0;
  for (const IndexItem& item : items) {
    used += item.kind == Kind::slice || item.kind == Kind::integer;
    ellipses += item.kind == Kind::ellipsis;
  }
  if (ellipses > 1) user_error("an index can only have a single ellipsis ('...')", place);
  if (used > x.rank()) {
    user_error(fmt::format("too many indices for array: array is {}-dimensional, but {} were "
                           "indexed",
                           x.rank(), used),
               place);
  }
  const int rest = x.rank() - used;
  std::vector<IndexItem> result;
  for (const IndexItem& item : items) {
    if (item.kind == Kind::ellipsis) {
      for (int i = 0; i < rest; ++i) result.emplace_back();
    } else {
      result.push_back(item);
    }
  }
  for (int i = 0; ellipses == 0 && i < rest; ++i) result.emplace_back();
  return result;
}

Slice checked_integer(const Extent& index, const Extent& n, std::size_t axis, Place place) {
  if (index.is_constant() && n.is_constant() &&
      (index.constant() >= n.constant() || index.constant() < -n.constant())) {
    user_error(fmt::format("index {} is out of bounds for axis {} with size {}", index.constant(),
                           axis, n.constant()),
               place);
  }
  Slice slice;
  slice.start = index;
  slice.index = true;
  return slice;
}

}  // namespace

Value index(const Value& value, std::span<const IndexItem> items, Place place) {
  const Value x = strong(value, place);
  std::vector<Slice> slices;
  std::vector<std::int32_t> gone;
  std::vector<std::int64_t> added;
  bool trivial = true;
  std::int64_t position = 0;  // in the result
  for (const IndexItem& item : expand(x, items, place)) {
    if (item.kind == Kind::newaxis) {
      added.push_back(position++);
      continue;
    }
    const std::size_t axis = slices.size();
    if (item.kind == Kind::integer) {
      slices.push_back(checked_integer(item.integer, x.shape()[axis], axis, place));
      gone.push_back(static_cast<std::int32_t>(axis));
    } else {
      if (item.slice.step == 0) user_error("slice step cannot be zero", place);
      slices.push_back(item.slice);
      ++position;
    }
    trivial = trivial && is_trivial(slices.back());
  }
  Value result = x;
  if (!trivial) result = make(operation(Op::slice, SliceAttr{std::move(slices)}), {x}, place);
  if (!gone.empty()) {
    result = make(operation(Op::squeeze, AxesAttr{std::move(gone)}), {result}, place);
  }
  return expand_dims(result, added, place);
}

}  // namespace arrayc::ir::build
