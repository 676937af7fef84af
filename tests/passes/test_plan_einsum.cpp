#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string planned(const std::string& params, const std::string& einsum) {
  return after({"plan_einsum"}, "func @f(" + params + ") {\n  return einsum(" + einsum + ")\n}\n");
}

}  // namespace

TEST_CASE("a matrix product is a product of views and a sum in order") {
  const std::string text = planned("%a: f64[n,k], %b: f64[k,m]", "%a, %b, \"ij,jk->ik\"");
  CHECK_THAT(text, Contains(R"(  %2 = view %a, [n,m,k], map=[@0, @2] : f64[n,m,k]
  %3 = view %b, [n,m,k], map=[@2, @1] : f64[n,m,k]
  %4 = multiply %2, %3 : f64[n,m,k]
  %5 = reduce.add %4, axis=2, lanes=1, chunk=64 : f64[n,m])"));
}

TEST_CASE("only what runs through memory along the index is summed in lanes") {
  CHECK_THAT(planned("%a: f64[n], %b: f64[n]", "%a, %b, \"i,i->\""), Contains("lanes=32"));
  CHECK_THAT(planned("%a: f64[n,k], %b: f64[m,k]", "%a, %b, \"ik,jk->ij\""), Contains("lanes=32"));
  CHECK_THAT(planned("%a: f64[k,n], %b: f64[k]", "%a, %b, \"ki,k->i\""), !Contains("lanes=32"));
}

TEST_CASE("a trace reads the diagonal, an axis of length 1 is stretched") {
  CHECK_THAT(planned("%a: f64[n,n]", "%a, \"ii->\""),
             Contains("view %a, [n], map=[@0, @0] : f64[n]"));
  CHECK_THAT(planned("%a: f64[1,n], %b: f64[k,n]", "%a, %b, \"ij,ij->i\""),
             Contains("view %a, [k,n], map=[0, @1] : f64[k,n]"));
}

TEST_CASE("a sum over several axes folds the last one first") {
  const std::string text = planned("%a: f64[n,m,k]", "%a, \"ijk->i\"");
  CHECK_THAT(text, Contains("axis=2"));
  CHECK(text.find("axis=2") < text.find("axis=1"));
  CHECK_THAT(planned("%a: f64[n,m]", "%a, \"ij->ji\""), !Contains("reduce"));
}
