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

// Whether memory is read along an index: it is the last one of the operands with the most indices.
bool runs_along(const EinsumAttr& einsum, std::int32_t index) {
  std::size_t most = 0;
  for (const auto& list : einsum.operands) most = std::max(most, list.size());
  return std::ranges::all_of(einsum.operands, [&](const auto& list) {
    return list.size() < most || list.back() == index;
  });
}

bool has(const std::vector<std::int32_t>& list, std::int32_t index) {
  return std::ranges::find(list, index) != list.end();
}

NodeId fold_axes(Graph& graph, NodeId sum, std::size_t axes, std::span<const Tree> trees,
                 const EinsumAttr& einsum, Place place) {
  const Ufunc& add = *find_builtin_ufunc("add");
  Type type = graph[sum].type;
  for (std::size_t axis = axes; axis-- > einsum.result.size();) {
    type.shape.pop_back();
    const ReduceAttr attr{static_cast<std::int32_t>(axis), trees[axis - einsum.result.size()]};
    Operation fold{Op::reduce, &add, std::make_shared<const Attributes>(attr)};
    sum = graph.add(std::move(fold), {sum}, type, place);
  }
  return sum;
}

}  // namespace

bool has_reuse(const EinsumAttr& einsum) {
  if (einsum.operands.size() < 2) return false;
  bool first_lacks = false, last_lacks = false;
  for (const std::int32_t index : einsum.result) {
    const bool in_last = has(einsum.operands.back(), index);
    const bool in_first = std::any_of(einsum.operands.begin(), einsum.operands.end() - 1,
                                      [&](const auto& list) { return has(list, index); });
    first_lacks = first_lacks || (in_last && !in_first);
    last_lacks = last_lacks || (in_first && !in_last);
  }
  return first_lacks && last_lacks;
}

std::vector<Tree> contraction_trees(const EinsumAttr& einsum,
                                    std::span<const std::int32_t> contracted, DType dtype) {
  const Ufunc& add = *find_builtin_ufunc("add");
  const bool blocks = is_float(dtype) && has_reuse(einsum);
  std::vector<Tree> trees;
  for (const std::int32_t index : contracted) {
    trees.push_back(blocks ? Tree{1, 256, true}
                           : default_tree(add, dtype, runs_along(einsum, index)));
  }
  return trees;
}

NodeId sum_products(Graph& graph, std::span<const NodeId> factors, const EinsumAttr& einsum,
                    const IterationSpace& space, Place place) {
  const Ufunc& multiply = *find_builtin_ufunc("multiply");
  const DType dtype = graph[factors[0]].type.dtype;
  const std::span contracted = std::span(space.indices).subspan(einsum.result.size());
  const std::vector<Tree> trees = contraction_trees(einsum, contracted, dtype);
  const bool fused = factors.size() > 1 && !contracted.empty() && !is_bool(dtype);
  NodeId product = factors[0];
  const std::size_t multiplied = factors.size() - (fused ? 1 : 0);
  for (std::size_t k = 1; k < multiplied; ++k) {
    product = graph.apply(multiply, {product, factors[k]}, dtype, place);
  }
  std::size_t axes = space.indices.size();
  if (fused) {
    Type type{dtype, Shape(space.shape.begin(), space.shape.end() - 1)};
    const ReduceAttr attr{static_cast<std::int32_t>(--axes), trees.back()};
    Operation fold{Op::reduce, find_builtin_ufunc("add"), std::make_shared<const Attributes>(attr)};
    product = graph.add(std::move(fold), {product, factors.back()}, std::move(type), place);
  }
  return fold_axes(graph, product, axes, trees, einsum, place);
}

NodeId sum_contracted(Graph& graph, NodeId product, const EinsumAttr& einsum,
                      const IterationSpace& space, Place place) {
  const Ufunc& add = *find_builtin_ufunc("add");
  std::vector<Tree> trees;
  for (std::size_t axis = einsum.result.size(); axis < space.indices.size(); ++axis) {
    trees.push_back(
        default_tree(add, graph[product].type.dtype, runs_along(einsum, space.indices[axis])));
  }
  return fold_axes(graph, product, space.indices.size(), trees, einsum, place);
}

}  // namespace arrayc::ir
