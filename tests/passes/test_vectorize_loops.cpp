#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string lanes(const std::string& params, const std::string& result) {
  return loops_to("vectorize_loops", "func @f(" + params + ") {\n  return " + result + "\n}\n");
}

}  // namespace

TEST_CASE("elementwise loops get lanes; short ones do not") {
  CHECK_THAT(lanes("%x: f64[n]", "multiply(%x, %x)"),
             Contains("for i in [0, n0) grain 16384 width 16 {"));
  CHECK_THAT(lanes("%x: f64[3]", "multiply(%x, %x)"), !Contains("width"));
  CHECK_THAT(lanes("%p: f64[n,2], %q: f64[2]",
                   "sqrt(reduce.add(square(subtract(%p, broadcast(%q, [n,2]))), axis=1, "
                   "lanes=32, chunk=4096))"),
             Contains("for i in [0, n0) grain 5461 width 8 {"));
}

TEST_CASE("lanes run along consecutive memory, whichever loop that is") {
  const std::string columns = lanes("%x: f64[n,m]", "reduce.add(%x, axis=0, lanes=1, chunk=256)");
  CHECK_THAT(columns, Contains("1, 0)) + 32) {\n      for i in [0, n1) width 16 {"));
  const std::string rows = lanes("%x: f64[n,m]", "reduce.add(%x, axis=1, lanes=32, chunk=4096)");
  CHECK_THAT(rows, Contains(" {\n    for r0 in [0, n1) width 16 {"));
}

TEST_CASE("a fold in order has no lanes of its own") {
  CHECK_THAT(lanes("%x: f64[n]", "reduce.add(%x, axis=0, lanes=1, chunk=256)"),
             !Contains("for r0 in [0, 256) width"));
}

TEST_CASE("loops over blocks get no lanes, whatever they would read") {
  // Columns: consecutive memory lies along the loop over blocks.
  const char* const kernel = R"(kernel @k0(%a: buffer f64, %r: buffer f64 written, %n0: size) {
  local %t: f64[64]
  for b in [0, n0) {
    for i in [0, 64) of 64*n0 after 64*b {
      %1 = load f64 %a[8*b + 8*n0*i]
      store %t[8*i], %1
    }
    for i in [0, 64) of 64*n0 after 64*b {
      %2 = load f64 %t[504 - 8*i]
      store %r[8*b + 8*n0*i], %2
    }
  }
}
)";
  ir::Module m = parsed(kernel);
  run_on(m, named({"vectorize_loops"}));
  CHECK_THAT(loops_text(m), Contains("for b in [0, n0) {"));
}
