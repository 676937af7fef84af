#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string sunk(const std::string& body) {
  return after({"sink_views"}, "func @f(%x: f64[n,m]) {\n" + body + "\n}\n");
}

}  // namespace

TEST_CASE("a chain of views becomes one map of what it reads") {
  const std::string text = sunk("return transpose(slice(%x, [1:, ::2]), axes=[1,0])");
  CHECK_THAT(text, Contains("%2 = view %x, [(m + 1)//2,max(n - 1, 0)], map=[1 + @1, 2*@0]"));
  CHECK_THAT(text, Contains("return %2\n"));
  CHECK_THAT(sunk("return transpose(transpose(%x, axes=[1,0]), axes=[1,0])"),
             Contains("return %x\n"));
  CHECK_THAT(sunk("return slice(slice(%x, [::-1, :]), [::-1, :])"), Contains("return %x\n"));
}

TEST_CASE("a reshape that only adds or drops axes of length 1 is a view") {
  CHECK_THAT(sunk("return reshape(%x, [n,1,m])"), Contains("view %x, [n,1,m], map=[@0, @2]"));
  CHECK_THAT(sunk("return reshape(reshape(%x, [1,n,m]), [n,m,1])"),
             Contains("view %x, [n,m,1], map=[@0, @1]"));
  CHECK_THAT(sunk("return reshape(reshape(%x, [n*m]), [n,m])"), Contains("return %x\n"));
  CHECK_THAT(sunk("return reshape(%x, [m,n])"), Contains("reshape %x, [m,n]"));
}

TEST_CASE("a reshape moves to the parameter, unless the value has another reader") {
  const std::string moved = sunk("return reshape(exp(%x), [n*m])");
  CHECK_THAT(moved, Contains("%1 = reshape %x, [m*n] : f64[m*n]\n  %2 = exp %1 : f64[m*n]"));
  const std::string kept = sunk("%e = exp %x\n  return reshape(%e, [n*m]), %e");
  CHECK_THAT(kept, Contains("exp %x : f64[n,m]"));
  CHECK_THAT(kept, Contains("reshape %1, [m*n]"));
  CHECK_THAT(sunk("return reshape(broadcast(constant(2.0 : f64), [n,m]), [n*m])"),
             !Contains("reshape"));
}
