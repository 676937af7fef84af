#include "ir/graph.h"
#include "tests/catch.h"

using namespace arrayc::ir;

namespace {

const Extent n = Extent::symbol("n");

NodeId param(Graph& graph, int index, Shape shape) {
  const auto attributes = std::make_shared<const Attributes>(ParamAttr{index});
  return graph.add({Op::param, nullptr, attributes}, {}, Type{DType::F64, std::move(shape)});
}

const Ufunc& ufunc(const char* name) { return *find_builtin_ufunc(name); }

}  // namespace

TEST_CASE("equal nodes are one node") {
  Graph graph;
  const NodeId x = param(graph, 0, {n});
  const NodeId y = param(graph, 1, {n});
  CHECK(x != y);
  CHECK(param(graph, 0, {Extent::symbol("n")}) == x);
  const NodeId sum = graph.apply(ufunc("add"), {x, y}, DType::F64, Place{"a", 1, 1});
  CHECK(graph.apply(ufunc("add"), {x, y}, DType::F64, Place{"b", 2, 2}) == sum);
  CHECK(graph[sum].place == Place{"a", 1, 1});
  CHECK(graph.apply(ufunc("add"), {y, x}, DType::F64) != sum);
  CHECK(graph.apply(ufunc("subtract"), {x, y}, DType::F64) != sum);
  CHECK(graph.constant(Scalar::of(0.0)) != graph.constant(Scalar::of(-0.0)));
  CHECK(graph.constant(Scalar::of(1.0)) == graph.constant(Scalar::of(1.0)));
}

TEST_CASE("types tell nodes apart") {
  Graph graph;
  const NodeId x = param(graph, 0, {n});
  const NodeId a = graph.convert(x, DType::I32);
  const NodeId b = graph.convert(x, DType::I64);
  CHECK(a != b);
  CHECK(graph.convert(x, DType::F64) == x);
  CHECK(graph[a].type == Type{DType::I32, {n}});
}

TEST_CASE("shorthands infer types") {
  Graph graph;
  const NodeId x = param(graph, 0, {n});
  const NodeId y = graph.broadcast(x, {3, n});
  CHECK(graph[y].type.shape == Shape{3, n});
  CHECK(graph.broadcast(x, {n}) == x);
  const NodeId less = graph.apply(ufunc("less"), {y, y}, DType::Bool);
  CHECK(graph[less].type == Type{DType::Bool, {3, n}});
  const NodeId view = graph.view(x, ViewAttr{{2}, {{0, 1, 2}}});
  CHECK(graph[view].type.shape == Shape{2});
  CHECK_THROWS_AS(
      graph.apply(ufunc("add"), {x, param(graph, 1, {Extent::symbol("m")})}, DType::F64), Error);
  CHECK_THROWS_AS(graph.view(y, ViewAttr{{2}, {{0, 1, 2}}}), Error);
}

TEST_CASE("uses and reachable nodes") {
  Graph graph;
  const NodeId x = param(graph, 0, {n});
  const NodeId y = param(graph, 1, {n});
  const NodeId square = graph.apply(ufunc("multiply"), {x, x}, DType::F64);
  const NodeId unused = graph.apply(ufunc("add"), {square, y}, DType::F64);
  const NodeId results[] = {square, square};
  const auto uses = count_uses(graph, results);
  CHECK(uses[x] == 2);
  CHECK(uses[square] == 3);
  CHECK(uses[unused] == 0);
  const auto needed = reachable(graph, results);
  CHECK(needed[x]);
  CHECK(needed[square]);
  CHECK_FALSE(needed[y]);
  CHECK_FALSE(needed[unused]);
}

TEST_CASE("large graphs stay merged") {
  Graph graph;
  const NodeId x = param(graph, 0, {n, 3});
  for (int round = 0; round < 2; ++round) {
    NodeId at = x;
    for (int k = 0; k < 20000; ++k) {
      at = graph.apply(ufunc(k % 2 ? "add" : "multiply"), {at, x}, DType::F64);
    }
    CHECK(graph.size() == 20001);
  }
}
