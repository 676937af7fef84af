#include <numeric>

#include "passes/analysis/demand.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

struct Asked {
  ir::Function function;
  Demands demands;
};

Asked ask(const std::string& params, const std::string& result) {
  ir::Module m = module_after({"simplify", "sink_views"},
                              "func @f(" + params + ") {\n  return " + result + "\n}\n");
  Asked a{m.functions[0], {}};
  DemandOptions options;
  options.is_leaf = [](ir::NodeId) { return false; };
  options.is_contiguous = [](ir::NodeId) { return true; };
  a.demands = demand(a.function.graph, a.function.results, options);
  return a;
}

}  // namespace

TEST_CASE("equal questions are asked once") {
  const Asked a = ask("%x: f64[n]", "add(exp(%x), exp(%x))");
  CHECK(a.demands.demands.size() == 3);  // x, exp, add
  CHECK(a.demands.domain == 1);
  CHECK(a.demands.obstacle.node == ir::no_node);
}

TEST_CASE("shifted readers ask for different elements") {
  const Asked a = ask("%x: f64[9]", "add(slice(%x, [1:]), slice(%x, [:-1]))");
  std::size_t leaves = 0;
  for (const Demand& d : a.demands.demands) leaves += d.leaf;
  CHECK(leaves == 2);
}

TEST_CASE("long reductions have a loop, short ones ask for each element") {
  const Asked loop = ask("%x: f64[n,m]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)");
  REQUIRE(loop.demands.loops.size() == 2);
  CHECK(loop.demands.loops[1].reduction);
  CHECK(loop.demands.loops[1].parent == 0);
  CHECK(loop.demands.demands[loop.demands.roots[0]].reduce_loop == 1);
  const Asked unrolled = ask("%x: f64[n,3]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)");
  CHECK(unrolled.demands.loops.size() == 1);
  CHECK(unrolled.demands.demands[unrolled.demands.roots[0]].operands.size() == 3);
}

TEST_CASE("elements are combined in the tree's order") {
  std::string order;
  const auto fold = [&](std::uint32_t n, std::int32_t lanes) {
    std::vector<std::uint32_t> elements(n);
    std::iota(elements.begin(), elements.end(), 0U);
    order.clear();
    return fold_in_order(elements, {lanes, 0}, [&](std::uint32_t a, std::uint32_t b) {
      order += std::to_string(a) + "+" + std::to_string(b) + " ";
      return a;
    });
  };
  CHECK(fold(4, 1) == 0);
  CHECK(order == "0+1 0+2 0+3 ");
  fold(18, 16);
  CHECK(order.starts_with("0+16 1+17 0+8 1+9 2+10 "));
  CHECK(order.ends_with("0+5 0+6 0+7 "));
  fold(1, 32);
  CHECK(order.empty());
}

TEST_CASE("a result may have the rows of the domain") {
  const Asked a =
      ask("%x: f64[n,1,m]", "exp(%x), reduce.add(%x, axis=2, lanes=32, chunk=4096), negative(%x)");
  CHECK(a.demands.domain == 2);
  CHECK(a.demands.depth == std::vector<std::uint32_t>{2, 1, 2});
  CHECK(a.demands.demands[a.demands.roots[1]].loop == 0);
  const ir::Extent n = ir::Extent::symbol("n"), m = ir::Extent::symbol("m");
  CHECK(are_rows_of({n}, {n, m}));
  CHECK(are_rows_of({n, 1}, {n, 1, m}));
  CHECK_FALSE(are_rows_of({m}, {n, m}));
  CHECK_FALSE(are_rows_of({n, m}, {n, m}));
  CHECK_FALSE(are_rows_of({}, {m}));
}
