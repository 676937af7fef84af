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

TEST_CASE("AVX-512 selects before it computes, unless functions of one operand can share") {
  const auto selects = [](const char* cpu, const std::string& results) {
    ir::Module module = fused("func @f(%x: f64[n]) {\n  return " + results + "\n}\n");
    const ir::Target target = ir::make_target(cpu);
    run(named({"lower_to_loops", "expand_formulas"}), module, {test_registry(), target}, {});
    return count(loops_text(module), "select ");
  };
  CHECK(selects("x86-64-v4", "sin(%x)") > selects("x86-64-v3", "sin(%x)"));
  CHECK(selects("x86-64-v4", "sin(%x), cos(%x)") == selects("x86-64-v3", "sin(%x), cos(%x)"));
}
