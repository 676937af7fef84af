#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string scheduled(const std::string& params, const std::string& result) {
  return loops_to("parallelize_loops", "func @f(" + params + ") {\n  return " + result + "\n}\n");
}

}  // namespace

TEST_CASE("the grain is what a thread does in about ten microseconds") {
  CHECK_THAT(scheduled("%x: f64[n]", "multiply(%x, %x)"),
             Contains("parallel for i in [0, n0) grain 16384 {"));
  CHECK_THAT(scheduled("%x: f64[n,m]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)"),
             Contains("parallel for i in [0, n0) grain max(65536//(2*n1 + 2), 1) {"));
}

TEST_CASE("only stages are parallel, and not those that run once") {
  const std::string text = scheduled("%x: f64[n]", "reduce.add(%x, axis=0, lanes=32, chunk=4096)");
  CHECK(count(text, "parallel") == 1);
  CHECK_THAT(text, Contains("parallel for c in [0, n0//4096) grain 7 {"));
  CHECK_THAT(text, !Contains("parallel for once"));
}

TEST_CASE("blocks of a chain of stencils run in parallel") {
  const std::string text = loops_to("parallelize_loops", R"(func @f(%x: f64[n]) {
  %e = exp(%x)
  return add(slice(%e, [1:]), slice(%e, [:-1]))
})");
  CHECK_THAT(text, Catch::Contains("parallel for bi in [0, "));
  CHECK(count(text, "parallel") == 1);
}
