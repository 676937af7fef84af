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

// Whether some index of the result is missing in either factor (all operands but the last, and the
// last), for which its elements are used again.
bool has_reuse(const EinsumAttr& einsum);

// The trees of the contracted indices, of a sum of products of this dtype, in the space's order.
//
// A product with reuse sums along each index in chunks of 256 elements, one after the other: so its
// bits depend on neither tiles nor blocks. Any other sums in lanes along an index that is the last
// one of the operands with the most indices, since they run through memory along it.
std::vector<Tree> contraction_trees(const EinsumAttr& einsum,
                                    std::span<const std::int32_t> contracted, DType dtype);

// A sum of products of operands spread over the space: the last one is multiplied and added in one.
NodeId sum_products(Graph& graph, std::span<const NodeId> factors, const EinsumAttr& einsum,
                    const IterationSpace& space, Place place);

// The product of all operands summed over the contracted indices, the last first. An index that is
// the last one of the operands with the most indices is folded in lanes, any other in order.
NodeId sum_contracted(Graph& graph, NodeId product, const EinsumAttr& einsum,
                      const IterationSpace& space, Place place);

}  // namespace arrayc::ir
