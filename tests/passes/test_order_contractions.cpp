#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string ordered(const std::string& params, const std::string& einsum) {
  return after({"order_contractions"},
               "func @f(" + params + ") {\n  return einsum(" + einsum + ")\n}\n");
}

}  // namespace

TEST_CASE("a chain of matrices becomes products of two") {
  CHECK_THAT(
      ordered("%a: f64[n,100], %b: f64[100,100], %c: f64[100,8]", "%a, %b, %c, \"ij,jk,kl->il\""),
      Contains("%3 = einsum %b, %c, \"jk,kl->jl\" : f64[100,8]\n"
               "  %4 = einsum %a, %3, \"ij,jl->il\" : f64[n,8]\n"));
}

TEST_CASE("two operands, and those with the same indices, stay one step") {
  CHECK_THAT(ordered("%a: f64[n,k], %b: f64[k,m]", "%a, %b, \"ij,jk->ik\""),
             Contains("%2 = einsum %a, %b, \"ij,jk->ik\" : f64[n,m]"));
  CHECK_THAT(ordered("%a: f64[n], %b: f64[n], %c: f64[n]", "%a, %b, %c, \"i,i,i->\""),
             Contains("%3 = einsum %a, %b, %c, \"i,i,i->\" : f64[]"));
}
