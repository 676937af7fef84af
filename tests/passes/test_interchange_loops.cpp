#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string interchanged(const std::string& params, const std::string& reduction) {
  return loops_to("interchange_loops",
                  "func @f(" + params + ") {\n  return " + reduction + "\n}\n");
}

}  // namespace

TEST_CASE("columns of a chunk are folded row after row") {
  const std::string text =
      interchanged("%x: f64[n,m]", "reduce.add(%x, axis=0, lanes=1, chunk=64)");
  CHECK_THAT(text, Contains("= constant -0.0 : f64"));
  CHECK_THAT(text, Contains("    for r0 in [0, -8*min("));
  CHECK_THAT(text, Contains("load f64 %t0[8*i + 8*n1*c]"));
  CHECK_THAT(text, Contains("load f64 %a0[8*i + 64*n1*r0 + 512*n1*c]"));
  CHECK_THAT(text, Contains("load f64 %a0[56*n1 + 8*i + 64*n1*r0 + 512*n1*c]"));
  CHECK(count(text, "reduce add") == 2);  // of the last rows, and of the chunks' results
}

TEST_CASE("sizes decide whether rows are read side by side or one at a time") {
  const auto loops = [](const std::string& sizes) {
    return interchanged("%x: f64[" + sizes + "]", "reduce.add(%x, axis=0, lanes=1, chunk=64)");
  };
  const std::string side_by_side = "    for r0 in [0, 8) {\n      for i in [0, ";
  const std::string single = "    for r0 in [0, 64) {\n      for i in [0, ";
  for (const char* sizes : {"640,100", "1000,4096"}) {
    CHECK_THAT(loops(sizes), Contains(side_by_side) && !Contains(single));
  }
  for (const char* sizes : {"10000,100", "10000,1000"}) {
    CHECK_THAT(loops(sizes), Contains(single) && !Contains(side_by_side));
  }
  const std::string either = loops("n,m");
  CHECK_THAT(either, Contains("load f64 %a0[8*i + 64*n1*r0 + 512*n1*c]"));
  CHECK_THAT(either, Contains("load f64 %a0[8*i + 8*n1*r0 + 512*n1*c]"));
}

TEST_CASE("several folds of the same rows share the loop") {
  const std::string text = loops_to("interchange_loops", R"(
func @f(%x: f32[n,m]) {
  return reduce.add(%x, axis=0, lanes=1, chunk=64), reduce.minimum(%x, axis=0)
})");
  CHECK_THAT(text, Contains("= constant -0.0 : f32"));
  CHECK_THAT(text, Contains("= constant inf : f32"));
  CHECK_THAT(text, Contains("minimum"));
}

TEST_CASE("other folds stay as they are") {
  const auto same = [](const std::string& params, const std::string& reduction) {
    const std::string text = "func @f(" + params + ") {\n  return " + reduction + "\n}\n";
    CHECK(loops_to("interchange_loops", text) == loops_to("split_reductions", text));
  };
  same("%x: f64[n]", "reduce.add(%x, axis=0, lanes=32, chunk=4096)");
  same("%x: f64[n,m]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)");
  same("%x: f64[n,m]", "arg_reduce.minimum(%x, axis=0)");
  same("%x: f64[n,2]", "reduce.add(%x, axis=0, lanes=1, chunk=64)");
}
