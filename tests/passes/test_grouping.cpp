#include <algorithm>

#include "passes/fuse.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

ir::Function simplified(const std::string& params, const std::string& body) {
  return module_after({"simplify", "plan_einsum", "sink_views"},
                      "func @f(" + params + ") {\n" + body + "\n}\n")
      .functions[0];
}

}  // namespace

TEST_CASE("results are in memory, and values between them are not") {
  const ir::Function f = simplified("%x: f64[n]", "  return exp(sin(%x)), %x");
  const Grouping g = group(f);
  REQUIRE(g.kernels.size() == 1);
  CHECK(g.kernels[0] == std::vector<ir::NodeId>{f.results[0]});
  CHECK(g.reason[f.results[0]] == "a result");
  CHECK(is_array_param(f, f.results[1]));
  CHECK_FALSE(g.in_memory[f.results[1]]);
}

TEST_CASE("results of one shape that read the same share a kernel") {
  CHECK(group(simplified("%x: f64[n]", "  return exp(%x), sin(%x)")).kernels.size() == 1);
  CHECK(group(simplified("%x: f64[n], %y: f64[n]", "  return exp(%x), sin(%y)")).kernels.size() ==
        2);
  const std::string reversed = "  %e = exp(%x)\n  return %e, sin(slice(%e, [::-1]))";
  CHECK(group(simplified("%x: f64[n]", reversed)).kernels.size() == 2);
}

TEST_CASE("a chain too long for one kernel is cut") {
  std::string body = "  %v0 = sin %x\n";
  for (int k = 1; k < 1000; ++k) {
    body += "  %v" + std::to_string(k) + " = sin %v" + std::to_string(k - 1) + "\n";
  }
  const ir::Function f = simplified("%x: f64[n]", body + "  return %v999");
  const Grouping g = group(f);
  CHECK(g.kernels.size() == 3);
  CHECK(std::ranges::count(g.reason, "the kernel would be too large") == 2);
}
