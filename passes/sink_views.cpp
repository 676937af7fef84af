// Views are composed and moved to the arrays they read.
//
//   %1 = transpose %x            %1 = view %x : [m,n] [axis 1, axis 0]
//   %2 = slice %1, 1:, ::2   →   %2 = view %x : …           (one map, whatever the chain)
//
//   %3 = exp %x : [n,m]          %4 = reshape %x, [n*m]
//   %4 = reshape %3, [n*m]   →   %3 = exp %4                (if nothing else reads %3)
//
// A view costs nothing where it reads memory. It is not moved through arithmetic: index maps do
// that when loops are made. Only reshape is, since its index map is not a shift of each axis.
#include <algorithm>

#include "ir/guarded_extents.h"
#include "passes/pass.h"
#include "passes/rebuild.h"

namespace arrayc::passes {

using ir::Node;
using ir::NodeId;
using ir::Op;
using ir::Shape;

namespace {

bool is_elementwise(Op op) { return op == Op::ufunc || op == Op::convert; }

bool is_identity(const ir::ViewAttr& map, const ir::Type& operand) {
  if (map.shape != operand.shape) return false;
  for (std::size_t k = 0; k < map.axes.size(); ++k) {
    const ir::ViewAxis& axis = map.axes[k];
    if (axis.axis != static_cast<int>(k) || !axis.start.is(0) || axis.step != 1) return false;
  }
  return true;
}

// The view that a reshape is when it only adds or drops axes of length 1.
std::optional<ir::ViewAttr> reshape_as_view(const Shape& from, const Shape& to) {
  ir::ViewAttr map;
  map.shape = to;
  std::size_t k = 0;
  for (const ir::Extent& n : from) {
    if (n.is(1)) {
      map.axes.push_back({-1, 0, 1});
      continue;
    }
    while (k < to.size() && to[k].is(1)) ++k;
    if (k == to.size() || !(to[k] == n)) return std::nullopt;
    map.axes.push_back({static_cast<int>(k++), 0, 1});
  }
  while (k < to.size() && to[k].is(1)) ++k;
  if (k != to.size()) return std::nullopt;
  return map;
}

// Whether all operands can be read under another shape for nothing.
bool reshapes_freely(const ir::Graph& g, const Node& node) {
  return std::ranges::all_of(node.operands, [&](NodeId id) {
    const Node& operand = g[id];
    if (operand.op() == Op::broadcast) return g[operand.operands[0]].type.rank() == 0;
    return is_elementwise(operand.op()) || operand.op() == Op::reshape ||
           operand.op() == Op::param || operand.op() == Op::iota;
  });
}

// For each node, the shape it is better computed in: that of the one reshape that reads it.
std::vector<const Shape*> reshaped_to(const ir::Function& function) {
  const ir::Graph& g = function.graph;
  const std::vector<std::uint32_t> uses = ir::count_uses(g, function.results);
  const std::vector<bool> needed = ir::reachable(g, function.results);
  std::vector<const Shape*> target(g.size(), nullptr);
  for (NodeId id = g.size(); id-- > 0;) {
    if (!needed[id]) continue;
    const Node& node = g[id];
    const Shape* shape = target[id];
    if (node.op() == Op::reshape) {
      const Shape& from = g[node.operands[0]].type.shape;
      shape = reshape_as_view(from, node.type.shape) ? nullptr : &node.type.shape;
      if (target[id] != nullptr) shape = target[id];
    }
    if (shape == nullptr) continue;
    if (node.op() != Op::reshape && !is_elementwise(node.op())) continue;
    for (NodeId operand : node.operands) {
      const Op op = g[operand].op();
      const bool moves = is_elementwise(op) && reshapes_freely(g, g[operand]);
      if (uses[operand] == 1 && (moves || op == Op::reshape)) target[operand] = shape;
    }
  }
  return target;
}

class Sinker {
 public:
  Sinker(std::vector<const Shape*> target, const ir::Function& function)
      : target_(std::move(target)), extents_(function) {}

  NodeId operator()(Rebuild& r, NodeId old) {
    const Node& node = r.old()[old];
    switch (node.op()) {
      case Op::broadcast:
      case Op::slice:
      case Op::transpose:
      case Op::expand_dims:
      case Op::squeeze:
      case Op::view: {
        const Node& operand = r.old()[node.operands[0]];
        return view(r, r[node.operands[0]], ir::view_map(node.operation, operand.type, node.type),
                    node.place);
      }
      case Op::reshape: {
        const Shape& shape = target_[old] != nullptr ? *target_[old] : node.type.shape;
        return reshape(r, r[node.operands[0]], shape, node.place);
      }
      case Op::ufunc:
      case Op::convert:
        return elementwise(r, old, node);
      default:
        return r.copy(old);
    }
  }

 private:
  static NodeId view(Rebuild& r, NodeId x, ir::ViewAttr map, ir::Place place) {
    while (r.graph()[x].op() == Op::view) {
      map = ir::compose(map, r.graph()[x].operation.attr<ir::ViewAttr>());
      x = r.graph()[x].operands[0];
    }
    if (is_identity(map, r.graph()[x].type)) return x;
    return r.graph().view(x, std::move(map), place);
  }

  NodeId reshape(Rebuild& r, NodeId x, const Shape& shape, ir::Place place) {
    if (r.graph()[x].type.shape == shape) return x;
    while (r.graph()[x].op() == Op::reshape) x = r.graph()[x].operands[0];
    const ir::Type from = r.graph()[x].type;
    if (from.shape == shape) return x;
    if (auto map = reshape_as_view(from.shape, shape)) return view(r, x, *map, place);
    const Node& operand = r.graph()[x];
    const auto reads_nothing = [](const ir::ViewAxis& a) { return a.axis < 0; };
    if (operand.op() == Op::view) {  // one element stretched: any shape reads it
      ir::ViewAttr map = operand.operation.attr<ir::ViewAttr>();
      if (std::ranges::all_of(map.axes, reads_nothing)) {
        map.shape = shape;
        return r.graph().view(operand.operands[0], std::move(map), place);
      }
      if (extents_.is_renaming(r.graph(), x)) x = operand.operands[0];
    }
    ir::Operation op{Op::reshape, nullptr,
                     std::make_shared<const ir::Attributes>(ir::ShapeAttr{shape})};
    return r.graph().add(std::move(op), {x}, {from.dtype, shape}, place);
  }

  NodeId elementwise(Rebuild& r, NodeId old, const Node& node) {
    if (target_[old] == nullptr) return r.copy(old);
    std::vector<NodeId> operands = r.operands(old);
    for (NodeId& x : operands) x = reshape(r, x, *target_[old], node.place);
    return r.graph().add(node.operation, std::move(operands), {node.type.dtype, *target_[old]},
                         node.place);
  }

  std::vector<const Shape*> target_;
  ir::GuardedExtents extents_;
};

}  // namespace

void sink_views(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    Sinker sinker(reshaped_to(function), function);
    rebuild(function, [&](Rebuild& r, NodeId old) { return sinker(r, old); });
  }
}

}  // namespace arrayc::passes
