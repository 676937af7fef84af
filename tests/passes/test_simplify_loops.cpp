#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

TEST_CASE("loops that run through memory as one are joined, others are not") {
  const std::string joined = loops_to("simplify_loops", R"(func @f(%x: f64[n,m]) {
  return multiply(%x, %x)
})");
  CHECK_THAT(joined, Contains("for j in [0, n0*n1) {\n    %1 = load f64 %a0[8*j]"));
  CHECK(count(joined, "for ") == 1);
  const std::string apart = loops_to("simplify_loops", R"(func @f(%x: f64[n,m]) {
  return exp(transpose(%x, axes=[1,0]))
})");
  CHECK(count(apart, "for ") == 2);
  const std::string three = loops_to("simplify_loops",
                                     "func @f(%x: f64[n,m,k]) {\n"
                                     "  return negative(%x)\n}\n");
  CHECK(count(three, "for ") == 1);
}

TEST_CASE("equal values of a block merge, constants are folded, unused values go away") {
  const char* const kernel = R"(kernel @k0(%a: buffer f64, %r: buffer f64 written, %n0: size) {
  for i in [0, n0) {
    %1 = load f64 %a[8*i]
    %2 = load f64 %a[8*i]
    %3 = add %1, %2 : f64
    %4 = constant 2.0 : f64
    %5 = mul %4, %4 : f64
    %6 = mul %3, %5 : f64
    %7 = sub %1, %5 : f64
    store %r[8*i], %6
  }
}
)";
  ir::Module m = parsed(kernel);
  run_on(m, named({"simplify_loops"}));
  const std::string text = loops_text(m);
  CHECK(count(text, "load") == 1);
  CHECK_THAT(text, Contains("add %1, %1"));
  CHECK_THAT(text, Contains("constant 4.0 : f64"));
  CHECK_THAT(text, !Contains("sub") && !Contains("constant 2.0"));
}

TEST_CASE("loops over blocks and their parts stay apart") {
  const char* const kernel = R"(kernel @k0(%a: buffer f64, %r: buffer f64 written, %n0: size) {
  for b in [0, n0) {
    for i in [0, 4) of 4*n0 - 1 after 4*b {
      %1 = load f64 %a[32*b + 8*i]
      store %r[32*b + 8*i], %1
    }
  }
}
)";
  ir::Module m = parsed(kernel);
  run_on(m, named({"simplify_loops"}));
  const std::string text = loops_text(m);
  CHECK_THAT(text, Contains("for b in [0, n0) {"));
  CHECK_THAT(text, Contains("for i in [0, 4) of 4*n0 - 1 after 4*b {"));
}
