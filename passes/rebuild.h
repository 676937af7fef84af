// Rewriting a graph: a new graph is made node by node, and a rule may replace each node.
#pragma once

#include <functional>
#include <vector>

#include "ir/module.h"

namespace arrayc::passes {

class Rebuild {
 public:
  explicit Rebuild(const ir::Graph& old) : old_(old), ids_(old.size(), ir::no_node) {}

  const ir::Graph& old() const { return old_; }
  ir::Graph& graph() { return graph_; }
  // The new node for an old one that was already visited.
  ir::NodeId operator[](ir::NodeId old) const { return ids_[old]; }
  // The old node with its new operands, unchanged otherwise.
  ir::NodeId copy(ir::NodeId old);
  std::vector<ir::NodeId> operands(ir::NodeId old) const;

  // Visits what the results need, operands first; `rule` returns the new node.
  using Rule = std::function<ir::NodeId(Rebuild&, ir::NodeId old)>;
  void run(const std::vector<ir::NodeId>& results, const Rule& rule);

 private:
  const ir::Graph& old_;
  ir::Graph graph_;
  std::vector<ir::NodeId> ids_;
};

// Applies a rule to a function's graph and results in place.
void rebuild(ir::Function& function, const Rebuild::Rule& rule);

}  // namespace arrayc::passes
