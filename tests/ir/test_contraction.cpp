#include "ir/contraction.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

NodeId param(Graph& graph, std::int32_t index, Shape shape) {
  const Operation operation{Op::param, nullptr,
                            std::make_shared<const Attributes>(ParamAttr{index})};
  return graph.add(operation, {}, Type{DType::F64, std::move(shape)});
}

}  // namespace

TEST_CASE("operands are spread over the result's indices and then the contracted ones") {
  const Extent n = Extent::symbol("n"), m = Extent::symbol("m"), k = Extent::symbol("k");
  Graph graph;
  const NodeId operands[] = {param(graph, 0, {n, m}), param(graph, 1, {m, k}),
                             param(graph, 2, {Extent(1)})};
  const EinsumAttr einsum{{{0, 1}, {1, 2}, {1}}, {2, 0}};
  const IterationSpace space = iteration_space(graph, einsum, operands);
  CHECK(space.indices == std::vector<std::int32_t>{2, 0, 1});
  CHECK(space.shape == Shape{k, n, m});

  const Node& first = graph[spread(graph, operands[0], {0, 1}, space, {})];
  CHECK(first.type.shape == space.shape);
  const auto& map = first.operation.attr<ViewAttr>().axes;
  CHECK(map[0].axis == 1);
  CHECK(map[1].axis == 2);
  // One element for all.
  const Node& one = graph[spread(graph, operands[2], {1}, space, {})];
  CHECK(one.operation.attr<ViewAttr>().axes[0].axis == -1);
}

TEST_CASE("contracted indices are summed from the last, in lanes where operands run along them") {
  const Extent n = Extent::symbol("n"), m = Extent::symbol("m");
  Graph graph;
  const NodeId x = param(graph, 0, {n, m});
  const NodeId operands[] = {x};
  const EinsumAttr einsum{{{0, 1}}, {}};
  const IterationSpace space = iteration_space(graph, einsum, operands);
  const NodeId total =
      sum_contracted(graph, spread(graph, x, {0, 1}, space, {}), einsum, space, {});
  const Node& outer = graph[total];
  CHECK(outer.type.rank() == 0);
  CHECK(outer.operation.attr<ReduceAttr>().axis == 0);
  CHECK(outer.operation.attr<ReduceAttr>().tree.lanes == 1);
  const Node& inner = graph[outer.operands[0]];
  CHECK(inner.operation.attr<ReduceAttr>().axis == 1);
  CHECK(inner.operation.attr<ReduceAttr>().tree.lanes == 32);
}

}  // namespace arrayc::ir
