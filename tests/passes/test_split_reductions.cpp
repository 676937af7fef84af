#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string split(const std::string& params, const std::string& reduction) {
  return loops_to("split_reductions", "func @f(" + params + ") {\n  return " + reduction + "\n}\n");
}

}  // namespace

TEST_CASE("a long sum becomes whole chunks, the rest, and the fold of both") {
  const std::string text = split("%x: f64[n]", "reduce.add(%x, axis=0, lanes=32, chunk=4096)");
  CHECK_THAT(text, Contains("scratch %t0: f64[n0//4096 + 1]"));
  CHECK_THAT(text, Contains("for c in [0, n0//4096) {\n    for r0 in [0, 4096)"));
  CHECK_THAT(text, Contains("load f64 %a0[8*r0 + 32768*c]"));
  CHECK_THAT(text, Contains("for r0 in [0, n0 - 4096*(n0//4096))"));
  CHECK_THAT(text, Contains("for r0 in [0, (n0 + 4095)//4096)"));
  CHECK_THAT(text, Contains("lanes 1 chunk 1 from 0.0"));
}

TEST_CASE("short sums and sums of rows stay whole") {
  CHECK_THAT(split("%x: f64[1000]", "reduce.add(%x, axis=0, lanes=32, chunk=4096)"),
             !Contains("scratch"));
  CHECK_THAT(split("%x: f64[n,m]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)"),
             !Contains("scratch"));
}

TEST_CASE("sums of columns are split across rows") {
  const std::string text = split("%x: f64[n,m]", "reduce.add(%x, axis=0, lanes=1, chunk=256)");
  CHECK_THAT(text, Contains("scratch %t0: f64[n1*(n0//256) + n1]"));
  CHECK_THAT(text, Contains("for c in [0, n0//256) {\n    for i in [0, n1) {"));
}

TEST_CASE("positions are those in the whole array") {
  const std::string text = split("%x: f64[n]", "arg_reduce.minimum(%x, axis=0)");
  CHECK_THAT(text, Contains("scratch %t1: i64[n0//16384 + 1]"));
  CHECK_THAT(text, Contains("size 16384*(n0//16384)"));
  CHECK(count(text, "arg_minimum") == 3);
}
