// Contractions become products of views and sums over axes.
//
//   %2 = einsum %a[i,j], %b[j,k] -> [i,k]
// →
//   %3 = view %a : [i,k,j]      %4 = view %b : [i,k,j]
//   %5 = multiply %3, %4        %6 = reduce.add %5, axis=2
//
// The result's indices come first, then the contracted ones in the order of their first appearance;
// they are folded from the last to the first. An index that is the last one of every operand that
// has it is folded in lanes (the operands run through memory along it), any other in order.
#include <algorithm>

#include "passes/pass.h"
#include "passes/rebuild.h"

namespace arrayc::passes {

using ir::EinsumAttr;
using ir::Node;
using ir::NodeId;

namespace {

struct Space {
  std::vector<std::int32_t> indices;  // the result's, then the contracted ones
  ir::Shape shape;
};

Space iteration_space(const ir::Graph& graph, const EinsumAttr& e,
                      const std::vector<NodeId>& operands) {
  Space space;
  space.indices = e.result;
  for (const auto& list : e.operands) {
    for (std::int32_t i : list) {
      if (std::ranges::find(space.indices, i) == space.indices.end()) space.indices.push_back(i);
    }
  }
  for (std::int32_t i : space.indices) {
    ir::Extent extent = 1;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      for (std::size_t axis = 0; axis < e.operands[k].size(); ++axis) {
        const ir::Extent& n = graph[operands[k]].type.shape[axis];
        if (e.operands[k][axis] == i && extent.is(1)) extent = n;
      }
    }
    space.shape.push_back(extent);
  }
  return space;
}

NodeId spread(ir::Graph& graph, NodeId operand, const std::vector<std::int32_t>& letters,
              const Space& space, ir::Place place) {
  ir::ViewAttr map;
  map.shape = space.shape;
  for (std::size_t axis = 0; axis < letters.size(); ++axis) {
    const auto at = std::ranges::find(space.indices, letters[axis]) - space.indices.begin();
    const bool stretched =
        graph[operand].type.shape[axis].is(1) && !space.shape[static_cast<std::size_t>(at)].is(1);
    map.axes.push_back({stretched ? -1 : static_cast<int>(at), 0, 1});
  }
  return graph.view(operand, std::move(map), place);
}

bool runs_along(const EinsumAttr& e, std::int32_t index) {
  return std::ranges::all_of(e.operands, [&](const auto& list) {
    return std::ranges::find(list, index) == list.end() || list.back() == index;
  });
}

NodeId contract(Rebuild& r, NodeId old) {
  const Node& node = r.old()[old];
  const auto& e = node.operation.attr<EinsumAttr>();
  const std::vector<NodeId> operands = r.operands(old);
  const Space space = iteration_space(r.graph(), e, operands);
  const ir::Ufunc& multiply = *ir::find_builtin_ufunc("multiply");
  const ir::Ufunc& add = *ir::find_builtin_ufunc("add");
  const ir::DType dtype = node.type.dtype;
  NodeId product = ir::no_node;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const NodeId factor = spread(r.graph(), operands[k], e.operands[k], space, node.place);
    product = k == 0 ? factor : r.graph().apply(multiply, {product, factor}, dtype, node.place);
  }
  ir::Type type{dtype, space.shape};
  for (std::size_t axis = space.indices.size(); axis-- > e.result.size();) {
    const ir::Tree tree = ir::default_tree(add, dtype, runs_along(e, space.indices[axis]));
    type.shape.pop_back();
    ir::Operation fold{ir::Op::reduce, &add,
                       std::make_shared<const ir::Attributes>(
                           ir::ReduceAttr{static_cast<std::int32_t>(axis), tree})};
    product = r.graph().add(std::move(fold), {product}, type, node.place);
  }
  return product;
}

}  // namespace

void plan_einsum(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    rebuild(function, [](Rebuild& r, NodeId old) {
      return r.old()[old].op() == ir::Op::einsum ? contract(r, old) : r.copy(old);
    });
  }
}

}  // namespace arrayc::passes
