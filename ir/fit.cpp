#include "ir/fit.h"

namespace arrayc::ir {

namespace {

// Makes the operands' extents those that the result's type says.
void fit_operands(Graph& graph, Operation& operation, std::vector<NodeId>& operands,
                  const Type& type) {
  std::vector<Extent> indices;
  if (operation.op == Op::einsum) {
    std::vector<Type> types;
    for (const NodeId operand : operands) types.push_back(graph[operand].type);
    AgreedExtents rules;
    indices = einsum_extents(operation.attr<EinsumAttr>(), types, rules);
  }
  for (std::size_t k = 0; k < operands.size(); ++k) {
    Shape shape = graph[operands[k]].type.shape;
    const std::size_t rank = shape.size();
    for (std::size_t j = 0; j < rank; ++j) {
      if (operation.op != Op::squeeze && shape[j].is(1)) continue;
      if (operation.op == Op::ufunc) shape[j] = type.shape[j];
      if (operation.op == Op::broadcast) shape[j] = type.shape[type.shape.size() - rank + j];
      if (operation.op == Op::einsum) {
        const auto& own = operation.attr<EinsumAttr>().operands[k];
        shape[j] = indices[static_cast<std::size_t>(own[j])];
      }
    }
    if (operation.op == Op::squeeze) {
      for (const std::int32_t axis : operation.attr<AxesAttr>().axes) {
        shape[static_cast<std::size_t>(axis)] = 1;
      }
    }
    operands[k] = with_shape(graph, operands[k], std::move(shape));
  }
  if (operation.op == Op::broadcast) operation = with(operation, ShapeAttr{type.shape});
}

}  // namespace

Operation with(const Operation& operation, Attributes attributes) {
  Operation result = operation;
  result.attributes = std::make_shared<const Attributes>(std::move(attributes));
  return result;
}

bool has_symbols(const Operation& operation) {
  bool found = false;
  for_each_extent(operation, [&](const Extent& e) { found = found || !e.is_constant(); });
  return found;
}

NodeId with_shape(Graph& graph, NodeId x, Shape shape) {
  if (shape == graph[x].type.shape) return x;
  ViewAttr map{std::move(shape), {}};
  for (std::size_t k = 0; k < map.shape.size(); ++k) {
    map.axes.push_back({static_cast<int>(k), 0, 1});
  }
  return graph.view(x, std::move(map));
}

NodeId add_fitted(Graph& graph, Operation operation, std::vector<NodeId> operands,
                  DType result_dtype, Place place, AgreedExtents& rules) {
  std::vector<Type> types;
  types.reserve(operands.size());
  for (const NodeId operand : operands) types.push_back(graph[operand].type);
  rules.differ = false;
  Type type = infer(operation, types, result_dtype, rules);
  if (rules.differ) fit_operands(graph, operation, operands, type);
  if (operation.op == Op::broadcast && graph[operands[0]].type == type) return operands[0];
  return graph.add(std::move(operation), std::move(operands), std::move(type), place);
}

}  // namespace arrayc::ir
