#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

TEST_CASE("ufuncs become primitives") {
  const std::string text = loops_to("expand_formulas", R"(func @f(%x: f64[n], %y: f64[n]) {
  return sqrt(square(subtract(%x, %y)))
})");
  CHECK_THAT(text, !Contains("apply"));
  CHECK_THAT(text, Contains("%3 = sub %1, %2 : f64\n    %4 = mul %3, %3 : f64\n    %5 = sqrt %4"));
}

TEST_CASE("formulas of several operations are written out in the type they are done in") {
  const std::string text = loops_to("expand_formulas",
                                    "func @f(%x: f32[n]) {\n"
                                    "  return exp(%x)\n}\n");
  CHECK_THAT(text, !Contains("apply"));
  CHECK(count(text, "\n") > 10);
  CHECK_THAT(text, Contains("store %r0[4*i]"));
}
