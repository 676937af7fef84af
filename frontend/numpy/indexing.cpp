// x[…]: basic indexing of arrays, items of tuples.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/numpy/translate.h"
#include "ir/build.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;
using ItemKind = build::IndexItem::Kind;

constexpr std::string_view bad_index =
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean "
    "arrays are valid indices";

}  // namespace

std::optional<ir::Extent> Translator::slice_part(const Object& object, ir::Place place) {
  if (object.is_none()) return std::nullopt;
  const bool integer = object.kind == Object::Kind::value && object.value.rank() == 0 &&
                       (ir::is_integer(object.value.dtype()) || ir::is_bool(object.value.dtype()));
  if (!integer) {
    ir::user_error("slice indices must be integers or None or have an __index__ method", place);
  }
  if (const auto known = build::known_extent(object.value)) return known;
  ir::limitation("a slice bound that is computed when the function runs is not yet in the dialect",
                 place, "use constants, sizes (x.shape[0]) and \"int\" parameters");
}

ir::Slice Translator::slice_of(const std::vector<Object>& parts, ir::Place place) {
  ir::Slice result;
  result.start = slice_part(parts[0], place);
  result.stop = slice_part(parts[1], place);
  if (const auto step = slice_part(parts[2], place)) {
    if (!step->is_constant()) ir::limitation("a slice step must be a constant", place);
    result.step = step->constant();
  }
  return result;
}

ir::Slice Translator::slice(const Expr& expr) {
  std::vector<Object> parts(3);
  ir::Place place = expr.place;
  for (std::size_t i = 0; i < 3; ++i) {
    if (expr.children[i] == no_expr) continue;
    place = file_.ast()[expr.children[i]].place;
    parts[i] = object_of(evaluate(expr.children[i]), place);
  }
  return slice_of(parts, place);
}

build::IndexItem Translator::index_item(const Expr& expr) {
  build::IndexItem item;
  if (expr.kind == ExprKind::slice) {
    item.slice = slice(expr);
    return item;
  }
  const Thing value = evaluate_node(expr);
  if (value.kind == Thing::Kind::slice) {
    item.slice = value.slice;
    return item;
  }
  const Object object = object_of(value, expr.place);
  if (object.is_none()) {
    item.kind = ItemKind::newaxis;
    return item;
  }
  if (object.kind == Object::Kind::ellipsis) {
    item.kind = ItemKind::ellipsis;
    return item;
  }
  if (object.kind == Object::Kind::tuple) {
    ir::limitation("indexing with a list of indices is not yet in the dialect", expr.place,
                   "use slices, or np.stack of single elements");
  }
  if (object.kind != Object::Kind::value) ir::user_error(std::string(bad_index), expr.place);
  const Value& index = object.value;
  if (ir::is_bool(index.dtype())) {
    ir::limitation("indexing with a mask is not yet in the dialect", expr.place,
                   "use np.where(mask, x, other), or (x * mask).sum() for a sum");
  }
  if (!ir::is_integer(index.dtype())) ir::user_error(std::string(bad_index), expr.place);
  if (index.rank() > 0) {
    ir::limitation("indexing with an array of indices is not yet in the dialect", expr.place,
                   "use slices, or compare with np.arange and sum");
  }
  const auto known = build::known_extent(index);
  if (!known) {
    ir::limitation("an index that is computed when the function runs is not yet in the dialect",
                   expr.place, "use constants, sizes (x.shape[0]) and \"int\" parameters");
  }
  item.kind = ItemKind::integer;
  item.integer = *known;
  return item;
}

Thing Translator::tuple_item(const Object& tuple, const Expr& index) {
  const auto size = static_cast<std::int64_t>(tuple.items.size());
  if (index.kind == ExprKind::slice) {
    const ir::Slice part = slice(index);
    if (part.step == 0) ir::user_error("slice step cannot be zero", index.place);
    const ir::SliceBounds bounds = ir::slice_bounds(part, size);
    if (!bounds.start.is_constant() || !bounds.length.is_constant()) {
      ir::limitation("a tuple can only be sliced with constants", index.place);
    }
    std::vector<Object> items;
    for (std::int64_t i = 0; i < bounds.length.constant(); ++i) {
      items.push_back(
          tuple.items[static_cast<std::size_t>(bounds.start.constant() + i * part.step)]);
    }
    return thing(Object::tuple(std::move(items), tuple.is_list));
  }
  const Object object = object_of(evaluate_node(index), index.place);
  const auto known =
      object.kind == Object::Kind::value ? build::known_extent(object.value) : std::nullopt;
  if (!known) {
    ir::user_error(fmt::format("{} indices must be integers or slices, not {}",
                               tuple.is_list ? "list" : "tuple", build::type_name(object)),
                   index.place);
  }
  if (!known->is_constant()) {
    ir::limitation("a tuple can only be indexed with a constant", index.place);
  }
  const std::int64_t at = known->constant() < 0 ? known->constant() + size : known->constant();
  if (at < 0 || at >= size) {
    ir::user_error(fmt::format("{} index out of range", tuple.is_list ? "list" : "tuple"),
                   index.place);
  }
  return thing(tuple.items[static_cast<std::size_t>(at)]);
}

build::GridAxis Translator::grid_axis(const Expr& slice) {
  if (slice.kind != ExprKind::slice) {
    ir::user_error("np.mgrid and np.ogrid take slices, such as np.mgrid[0:5, 0:1:10j]",
                   slice.place);
  }
  build::GridAxis axis;
  Value* const parts[] = {&axis.start, &axis.stop, &axis.step};
  for (std::size_t i = 0; i < 3; ++i) {
    if (slice.children[i] == no_expr) continue;
    const Expr& part = file_.ast()[slice.children[i]];
    *parts[i] = value_of(evaluate(slice.children[i]), part.place);
  }
  if (!axis.stop) ir::user_error("a slice of a grid needs its stop", slice.place);
  return axis;
}

// mgrid[a, b]: one array of all; ogrid[a, b]: an array for each axis; of one slice an array.
Thing Translator::grid(const std::string& name, const Expr& index) {
  std::vector<build::GridAxis> axes;
  const bool several = index.kind == ExprKind::tuple;
  if (several) {
    for (const ExprId child : index.children) axes.push_back(grid_axis(file_.ast()[child]));
  } else {
    axes.push_back(grid_axis(index));
  }
  const bool open = name == "ogrid";
  const std::vector<Value> lines = build::grid(axes, open, index.place);
  if (!several) return thing(lines[0]);
  if (!open) return thing(build::stack(lines, 0, index.place));
  return thing(Object::tuple({lines.begin(), lines.end()}));
}

Thing Translator::subscript(const Expr& expr) {
  const Thing base = evaluate(expr.children[0]);
  if (base.kind == Thing::Kind::grid) return grid(base.name, file_.ast()[expr.children[1]]);
  const Object object = object_of(base, expr.place);
  const Expr& index = file_.ast()[expr.children[1]];
  if (object.kind == Object::Kind::tuple) return tuple_item(object, index);
  if (object.kind != Object::Kind::value || object.value->weak != ir::Weak::strong) {
    ir::user_error(fmt::format("'{}' object is not subscriptable", build::type_name(object)),
                   expr.place);
  }
  std::vector<build::IndexItem> items;
  if (index.kind == ExprKind::tuple) {
    for (const ExprId child : index.children) {
      const Expr& item = file_.ast()[child];
      if (item.kind == ExprKind::starred) {
        ir::limitation("* in an index is not in the dialect", item.place, "write the items out");
      }
      items.push_back(index_item(item));
    }
  } else {
    items.push_back(index_item(index));
  }
  return thing(build::index(object.value, items, expr.place));
}

}  // namespace arrayc::dialect
