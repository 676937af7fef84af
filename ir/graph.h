// The graph that passes work on: nodes in an arena, each after its operands, equal ones merged.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/node.h"

namespace arrayc::ir {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = ~NodeId{0};

struct Node {
  Operation operation;
  std::vector<NodeId> operands;
  Type type;
  Place place;
  Op op() const { return operation.op; }
};

class Graph {
 public:
  // The node with this operation, these operands and this type: an equal one if there is one.
  NodeId add(Operation operation, std::vector<NodeId> operands, Type type, Place place = {});
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }

  // Shorthands that infer the type, for passes. Extents that the rules compare must be equal.
  NodeId apply(const Ufunc& ufunc, std::vector<NodeId> operands, DType result, Place place = {});
  NodeId convert(NodeId x, DType to);
  NodeId constant(Scalar value);
  NodeId broadcast(NodeId x, Shape shape);  // x itself if it has the shape
  NodeId view(NodeId x, ViewAttr map, Place place = {});

 private:
  void grow_table();

  std::vector<Node> nodes_;
  std::vector<std::size_t> hashes_;  // of each node
  std::vector<NodeId> table_;        // open addressing by hash; a power of two, at most half full
};

// How many operands refer to each node, results counting once each.
std::vector<std::uint32_t> count_uses(const Graph& graph, std::span<const NodeId> results);
// Which nodes the results need.
std::vector<bool> reachable(const Graph& graph, std::span<const NodeId> results);

}  // namespace arrayc::ir
