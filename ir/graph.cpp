#include "ir/graph.h"

#include <bit>

namespace arrayc::ir {

namespace {

std::size_t mix(std::size_t seed, std::size_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2);
  return seed * 0xff51afd7ed558ccdull;
}

std::size_t hash_node(const Operation& operation, std::span<const NodeId> operands,
                      const Type& type) {
  std::size_t seed = static_cast<std::size_t>(operation.op);
  seed = mix(seed, std::hash<const void*>()(operation.ufunc));
  if (operation.attributes) seed = mix(seed, hash(*operation.attributes));
  for (const NodeId operand : operands) seed = mix(seed, operand);
  seed = mix(seed, static_cast<std::size_t>(type.dtype));
  for (const Extent& e : type.shape) seed = mix(seed, e.hash());
  return seed ^ (seed >> 32);
}

Operation with(Op op, Attributes attributes) {
  return {op, nullptr, std::make_shared<const Attributes>(std::move(attributes))};
}

// In a graph, extents that must be equal are.
class GraphExtents final : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent& a, const Extent& b) override {
    bug("extents " + to_string(a) + " and " + to_string(b) + " meet in one node");
  }
};

}  // namespace

NodeId Graph::add(Operation operation, std::vector<NodeId> operands, Type type, Place place) {
  if (2 * (nodes_.size() + 1) > table_.size()) grow_table();
  const std::size_t hash = hash_node(operation, operands, type);
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot] != no_node; slot = (slot + 1) & mask) {
    const NodeId id = table_[slot];
    const Node& node = nodes_[id];
    if (hashes_[id] == hash && node.operands == operands && node.type == type &&
        same_operation(node.operation, operation)) {
      return id;
    }
  }
  const NodeId id = size();
  if (id == no_node) limitation("a graph of more than 4294967294 nodes", place, "evaluate parts");
  table_[slot] = id;
  hashes_.push_back(hash);
  nodes_.push_back({std::move(operation), std::move(operands), std::move(type), place});
  return id;
}

void Graph::grow_table() {
  table_.assign(std::bit_ceil(4 * (nodes_.size() + 8)), no_node);
  const std::size_t mask = table_.size() - 1;
  for (NodeId id = 0; id < size(); ++id) {
    std::size_t slot = hashes_[id] & mask;
    while (table_[slot] != no_node) slot = (slot + 1) & mask;
    table_[slot] = id;
  }
}

NodeId Graph::apply(const Ufunc& ufunc, std::vector<NodeId> operands, DType result, Place place) {
  std::vector<Type> types;
  types.reserve(operands.size());
  for (const NodeId operand : operands) types.push_back(nodes_[operand].type);
  Operation operation{Op::ufunc, &ufunc, nullptr};
  GraphExtents rules;
  Type type = infer(operation, types, result, rules);
  return add(std::move(operation), std::move(operands), std::move(type), place);
}

NodeId Graph::convert(NodeId x, DType to) {
  const Node& node = nodes_[x];
  if (node.type.dtype == to) return x;
  return add({Op::convert, nullptr, nullptr}, {x}, Type{to, node.type.shape}, node.place);
}

NodeId Graph::constant(Scalar value) {
  return add(with(Op::constant, ConstantAttr{value, Weak::strong}), {}, Type{value.dtype, {}});
}

NodeId Graph::broadcast(NodeId x, Shape shape) {
  const Node& node = nodes_[x];
  if (node.type.shape == shape) return x;
  const Operation operation = with(Op::broadcast, ShapeAttr{std::move(shape)});
  GraphExtents rules;
  Type type = infer(operation, std::span(&node.type, 1), node.type.dtype, rules);
  return add(operation, {x}, std::move(type), node.place);
}

NodeId Graph::view(NodeId x, ViewAttr map, Place place) {
  Type type{nodes_[x].type.dtype, map.shape};
  if (map.axes.size() != nodes_[x].type.shape.size()) bug("a view's map has not x's rank");
  if (!place.known()) place = nodes_[x].place;
  return add(with(Op::view, std::move(map)), {x}, std::move(type), place);
}

std::vector<std::uint32_t> count_uses(const Graph& graph, std::span<const NodeId> results) {
  std::vector<std::uint32_t> uses(graph.size());
  for (NodeId id = 0; id < graph.size(); ++id) {
    for (const NodeId operand : graph[id].operands) ++uses[operand];
  }
  for (const NodeId result : results) ++uses[result];
  return uses;
}

std::vector<bool> reachable(const Graph& graph, std::span<const NodeId> results) {
  std::vector<bool> needed(graph.size());
  for (const NodeId result : results) needed[result] = true;
  // Operands come before their users.
  for (NodeId id = graph.size(); id-- > 0;) {
    if (!needed[id]) continue;
    for (const NodeId operand : graph[id].operands) needed[operand] = true;
  }
  return needed;
}

}  // namespace arrayc::ir
