#include "ir/contraction.h"

#include <algorithm>

namespace arrayc::ir {

IterationSpace iteration_space(const Graph& graph, const EinsumAttr& einsum,
                               std::span<const NodeId> operands) {
  IterationSpace space;
  space.indices = einsum.result;
  for (const auto& list : einsum.operands) {
    for (std::int32_t i : list) {
      if (std::ranges::find(space.indices, i) == space.indices.end()) space.indices.push_back(i);
    }
  }
  for (std::int32_t i : space.indices) {
    Extent extent = 1;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      for (std::size_t axis = 0; axis < einsum.operands[k].size(); ++axis) {
        const Extent& n = graph[operands[k]].type.shape[axis];
        if (einsum.operands[k][axis] == i && extent.is(1)) extent = n;
      }
    }
    space.shape.push_back(extent);
  }
  return space;
}

NodeId spread(Graph& graph, NodeId operand, const std::vector<std::int32_t>& indices,
              const IterationSpace& space, Place place) {
  ViewAttr map;
  map.shape = space.shape;
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const auto at = std::ranges::find(space.indices, indices[axis]) - space.indices.begin();
    const bool stretched =
        graph[operand].type.shape[axis].is(1) && !space.shape[static_cast<std::size_t>(at)].is(1);
    map.axes.push_back({stretched ? -1 : static_cast<int>(at), 0, 1});
  }
  return graph.view(operand, std::move(map), place);
}

namespace {

bool runs_along(const EinsumAttr& einsum, std::int32_t index) {
  return std::ranges::all_of(einsum.operands, [&](const auto& list) {
    return std::ranges::find(list, index) == list.end() || list.back() == index;
  });
}

}  // namespace

NodeId sum_contracted(Graph& graph, NodeId product, const EinsumAttr& einsum,
                      const IterationSpace& space, Place place) {
  const Ufunc& add = *find_builtin_ufunc("add");
  Type type{graph[product].type.dtype, space.shape};
  for (std::size_t axis = space.indices.size(); axis-- > einsum.result.size();) {
    const Tree tree = default_tree(add, type.dtype, runs_along(einsum, space.indices[axis]));
    type.shape.pop_back();
    Operation fold{
        Op::reduce, &add,
        std::make_shared<const Attributes>(ReduceAttr{static_cast<std::int32_t>(axis), tree})};
    product = graph.add(std::move(fold), {product}, type, place);
  }
  return product;
}

}  // namespace arrayc::ir
