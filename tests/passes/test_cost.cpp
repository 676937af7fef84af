#include <map>

#include "passes/analysis/cost.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

// What stands in the way of computing the result in one kernel.
std::string obstacle(const std::string& params, const std::string& result) {
  const ir::Module m = module_after({"simplify", "sink_views"},
                                    "func @f(" + params + ") {\n  return " + result + "\n}\n");
  const ir::Function& f = m.functions[0];
  DemandOptions options;
  options.is_leaf = [](ir::NodeId) { return false; };
  options.is_contiguous = [](ir::NodeId) { return true; };
  return find_obstacle(f.graph, demand(f.graph, f.results, options)).reason;
}

}  // namespace

TEST_CASE("operations cost what they take, views nothing") {
  const ir::Module m = parsed(R"(func @f(%x: f64[n]) {
  %2 = negative %x
  %3 = sin %2
  return broadcast(%3, [m,n])
})");
  std::map<std::string, int> costs;
  const ir::Graph& graph = m.functions[0].graph;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph[id];
    const bool ufunc = node.op() == ir::Op::ufunc;
    costs[std::string(ufunc ? node.operation.ufunc->name : info(node.op()).name)] =
        operation_cost(node);
  }
  CHECK(costs.at("broadcast") == 0);
  CHECK(costs.at("param") == 0);
  CHECK(costs.at("negative") > 0);
  CHECK(costs.at("sin") >= repeat_limit);
}

TEST_CASE("work that every element would do again is an obstacle") {
  CHECK(obstacle("%x: f64[n,m]",
                 "subtract(%x, broadcast(reduce.add(%x, axis=0, lanes=1, chunk=256), [n,m]))") ==
        "a reduction would be done again for each element");
  CHECK(obstacle("%x: f64[n]",
                 "divide(%x, broadcast(reduce.add(%x, axis=0, lanes=32, chunk=4096), [n]))") ==
        "a full reduction is read by every element");
  CHECK(obstacle("%x: f64[m], %y: f64[n,m]", "multiply(%y, broadcast(sin(%x), [n,m]))") ==
        "it would be computed again in an inner loop");
  CHECK_THAT(obstacle("%x: f64[n,m]",
                      "reduce.add(square(subtract(%x, broadcast(reduce.add(%x, axis=0, lanes=1, "
                      "chunk=64), [n,m]))), axis=0, lanes=1, chunk=64)"),
             Catch::Contains("columns are read row after row"));
  CHECK(obstacle("%x: f64[n,m]",
                 "reduce.add(square(subtract(%x, broadcast(expand_dims(reduce.add(%x, axis=1, "
                 "lanes=32, chunk=4096), axes=[1]), [n,m]))), axis=1, lanes=32, chunk=4096)")
            .empty());
}

TEST_CASE("cheap work is done again rather than stored") {
  CHECK(obstacle("%x: f64[n]", "exp(%x)").empty());
  CHECK(
      obstacle("%x: f64[m], %y: f64[n,m]", "multiply(%y, broadcast(negative(%x), [n,m]))").empty());
}

TEST_CASE("kept values are an obstacle where neighbouring blocks do too much twice") {
  const auto obstacle_of_blocks = [](const std::string& shift) {
    const ir::Module m = parsed(
        "kernel func @k0(%x: f64[n,m]) {\n  %k = keep(exp(%x))\n"
        "  return add(view(%k, [n,m], map=[@0, @1]), view(%k, [n,m], "
        "map=[" +
        shift + " + @0, @1]))\n}\n");
    const ir::Function& f = m.kernels[0].function;
    return find_obstacle(find_blocks(f.graph, f.results, block_options_of_kernel(f))).reason;
  };
  CHECK(obstacle_of_blocks("2").empty());
  CHECK_THAT(obstacle_of_blocks("70"),
             Contains("not in blocks, as neighbouring blocks would compute too much of it twice"));
  CHECK_THAT(obstacle_of_blocks("m"), Contains("not in blocks, as how far apart it is read"));
}

TEST_CASE("what shifts would compute again may be kept, other obstacles may not") {
  const ir::Module m = module_after({"simplify", "sink_views"}, R"(func @f(%x: f64[n]) {
  %e = exp(%x)
  return add(slice(%e, [1:]), slice(%e, [:-1]))
})");
  const ir::Function& f = m.functions[0];
  DemandOptions options;
  options.is_leaf = [](ir::NodeId) { return false; };
  options.is_contiguous = [](ir::NodeId) { return true; };
  const Obstacle o = find_obstacle(f.graph, demand(f.graph, f.results, options));
  CHECK(o.cause == Obstacle::Cause::shifts);
  CHECK(f.graph[o.node].op() == ir::Op::ufunc);
}
