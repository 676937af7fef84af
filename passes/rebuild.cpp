#include "passes/rebuild.h"

namespace arrayc::passes {

using ir::NodeId;

std::vector<NodeId> Rebuild::operands(NodeId old) const {
  std::vector<NodeId> result;
  result.reserve(old_[old].operands.size());
  for (NodeId operand : old_[old].operands) result.push_back(ids_[operand]);
  return result;
}

NodeId Rebuild::copy(NodeId old) {
  const ir::Node& node = old_[old];
  return graph_.add(node.operation, operands(old), node.type, node.place);
}

void Rebuild::run(const std::vector<NodeId>& results, const Rule& rule) {
  const std::vector<bool> needed = ir::reachable(old_, results);
  for (NodeId id = 0; id < old_.size(); ++id) {
    if (needed[id]) ids_[id] = rule(*this, id);
  }
}

void rebuild(ir::Function& function, const Rebuild::Rule& rule) {
  Rebuild r(function.graph);
  r.run(function.results, rule);
  for (NodeId& result : function.results) result = r[result];
  function.graph = std::move(r.graph());
}

}  // namespace arrayc::passes
