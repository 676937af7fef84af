#include "ir/order_contractions.h"

#include <utility>
#include <vector>

#include "ir/contraction_order.h"
#include "ir/merge_indices.h"

namespace arrayc::ir {

namespace {

NodeId in_steps(Graph& graph, GuardedExtents& extents, const Node& node,
                std::vector<NodeId> operands) {
  std::vector<Shape> shapes;
  for (const NodeId id : operands) shapes.push_back(graph[id].type.shape);
  for (ContractionStep& step : contraction_order(node.operation.attr<EinsumAttr>(), shapes)) {
    std::vector<NodeId> taken;
    for (std::size_t k = step.operands.size(); k-- > 0;) {
      const auto at = operands.begin() + static_cast<std::ptrdiff_t>(step.operands[k]);
      taken.insert(taken.begin(), *at);
      operands.erase(at);
    }
    const Type type{node.type.dtype, std::move(step.result)};
    operands.push_back(
        contract(graph, extents, std::move(step.einsum), std::move(taken), type, node.place));
  }
  return operands.front();
}

}  // namespace

bool has_contraction(const Function& function) {
  for (NodeId id = 0; id < function.graph.size(); ++id) {
    if (function.graph[id].op() == Op::einsum) return true;
  }
  return false;
}

Function order_contractions(const Function& function) {
  Function made = function;
  made.graph = Graph();
  GuardedExtents extents(function);
  const std::vector<bool> needed = reachable(function.graph, function.results);
  std::vector<NodeId> ids(function.graph.size(), no_node);
  for (NodeId id = 0; id < function.graph.size(); ++id) {
    if (!needed[id]) continue;
    const Node& node = function.graph[id];
    std::vector<NodeId> operands;
    for (const NodeId operand : node.operands) operands.push_back(ids[operand]);
    ids[id] = node.op() == Op::einsum
                  ? in_steps(made.graph, extents, node, std::move(operands))
                  : made.graph.add(node.operation, std::move(operands), node.type, node.place);
  }
  for (NodeId& result : made.results) result = ids[result];
  return made;
}

}  // namespace arrayc::ir
