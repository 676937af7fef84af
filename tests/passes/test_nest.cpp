#include "passes/nest.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string loops_of(const std::string& params, const std::string& body) {
  ir::Module m = parsed("kernel func @k0(" + params + ") {\n" + body + "\n}\n");
  run_on(m, named({"lower_to_loops"}));
  return loops_text(m);
}

}  // namespace

TEST_CASE("loops are named after axes") {
  CHECK(axis_name(0) == "i");
  CHECK(axis_name(7) == "p");
  CHECK(axis_name(8) == "d8");
  ir::Param p;
  p.name = "a2";
  CHECK(stride_name(p, 1) == "$a2.1");
}

TEST_CASE("a nest in a block counts from where the block begins") {
  const std::string text = loops_of("%a: f64[n0,n1]", R"(
  %k = keep(exp(%a))
  %m = view %k, [n0 - 3,n1 - 1], map=[3 + @0, 1 + @1]
  return add(view(%k, [n0 - 3,n1 - 1], map=[1 + @0, @1]), %m))");
  INFO(text);
  // Rows 1 to 3 + size of the value, from the same rows of the argument.
  CHECK_THAT(text, Contains("load f64 %a[8*n1 + 256*n1*bi + 8*n1*i + 1024*bj + 8*j]"));
  CHECK_THAT(text, Contains("for i in [0, 34) of n0 - 1 after 32*bi"));
  CHECK_THAT(text, Contains("for j in [0, 129) of n1 after 128*bj"));
  CHECK_THAT(text, Contains("store %t0[1088*i + 8*j]"));
  CHECK_THAT(text, Contains("load f64 %t0[1088*i + 8*j]"));
  CHECK_THAT(text, Contains("load f64 %t0[2184 + 1088*i + 8*j]"));
}

TEST_CASE("positions count from the beginning of the array") {
  const std::string text = loops_of("%a: f64[n0]", R"(
  %k = keep(multiply(exp(%a), convert(iota(n0), f64)))
  return add(view(%k, [n0 - 5], map=[2 + @0]), view(%k, [n0 - 5], map=[5 + @0])))");
  INFO(text);
  const auto at = text.find("index i");
  REQUIRE(at != text.npos);
  CHECK_THAT(text.substr(at), Contains("size 2\n"));
  CHECK_THAT(text.substr(at), Contains("index bi"));
  CHECK_THAT(text.substr(at), Contains("size 4096\n") || Contains("size 2048\n"));
}

TEST_CASE("a kept axis of certain elements is computed in full by every block") {
  const std::string text = loops_of("%a: f64[3,n0]", R"(
  %k = keep(exp(%a))
  return add(view(%k, [n0], map=[0, @0]), view(%k, [n0], map=[2, @0])))");
  INFO(text);
  CHECK_THAT(text, Contains("for i in [0, 3) {"));
  CHECK(count(text, " after ") == 2);
}
