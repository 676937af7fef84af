#include "passes/rebuild.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

TEST_CASE("copying drops what no result needs") {
  ir::Module m = parsed(R"(func @f(%x: f64[n]) {
  %unused = sin %x
  return exp(%x)
})");
  rebuild(m.functions[0], [](Rebuild& r, ir::NodeId old) { return r.copy(old); });
  CHECK_THAT(ir::print(m), !Contains("sin"));
  CHECK_THAT(ir::print(m), Contains("exp %x"));
  CHECK(m.functions[0].graph.size() == 2);
}

TEST_CASE("a rule sees new operands; equal nodes become one") {
  ir::Module m = parsed(R"(func @f(%x: f64[n]) {
  return add(sin(%x), cos(%x))
})");
  rebuild(m.functions[0], [](Rebuild& r, ir::NodeId old) {
    const ir::Node& node = r.old()[old];
    if (node.op() != ir::Op::ufunc || node.operation.ufunc->name != "cos") return r.copy(old);
    CHECK(r.operands(old) == std::vector<ir::NodeId>{r[node.operands[0]]});
    return r.graph().apply(*ir::find_builtin_ufunc("sin"), r.operands(old), node.type.dtype);
  });
  CHECK_THAT(ir::print(m), Contains("add %1, %1"));
  CHECK_NOTHROW(ir::verify(m, ir::Phase::source));
}
