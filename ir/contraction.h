// An einsum as a sum of products: operands spread over the indices of all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace arrayc::ir {

// The result's indices come first, then the contracted ones in the order of their first appearance.
struct IterationSpace {
  std::vector<std::int32_t> indices;
  Shape shape;
};
IterationSpace iteration_space(const Graph& graph, const EinsumAttr& einsum,
                               std::span<const NodeId> operands);

// A view of an operand, whose axes have these indices, in the space.
NodeId spread(Graph& graph, NodeId operand, const std::vector<std::int32_t>& indices,
              const IterationSpace& space, Place place);

// The product of all operands summed over the contracted indices, the last first. An index that is
// the last one of every operand that has it is folded in lanes (the operands run through memory
// along it), any other in order.
NodeId sum_contracted(Graph& graph, NodeId product, const EinsumAttr& einsum,
                      const IterationSpace& space, Place place);

}  // namespace arrayc::ir
