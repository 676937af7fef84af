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

TEST_CASE("a matrix product is a sum of products of views, in order") {
  const std::string text = planned("%a: f64[n,k], %b: f64[k,m]", "%a, %b, \"ij,jk->ik\"");
  CHECK_THAT(text, Contains(R"(  %2 = view %a, [n,m,k], map=[@0, @2] : f64[n,m,k]
  %3 = view %b, [n,m,k], map=[@2, @1] : f64[n,m,k]
  %4 = reduce.add %2, %3, axis=2, lanes=1, chunk=256, in_order : f64[n,m])"));
  CHECK_THAT(planned("%a: i32[n,k], %b: i32[k,m]", "%a, %b, \"ij,jk->ik\""),
             Contains("reduce.add %2, %3, axis=2, lanes=1, chunk=0 : i32[n,m]"));
  CHECK_THAT(planned("%a: bool[n,k], %b: bool[k,m]", "%a, %b, \"ij,jk->ik\""),
             Contains("multiply %2, %3") && Contains("reduce.add %4, axis=2"));
}

TEST_CASE("all factors but the last are multiplied first") {
  CHECK_THAT(planned("%a: f64[n], %b: f64[n], %c: f64[n]", "%a, %b, %c, \"i,i,i->\""),
             Contains("%6 = multiply %3, %4") && Contains("reduce.add %6, %5"));
  CHECK_THAT(planned("%a: f64[n], %b: f64[m]", "%a, %b, \"i,j->ij\""), !Contains("reduce"));
}

TEST_CASE("only what runs through memory along the index is summed in lanes") {
  CHECK_THAT(planned("%a: f64[n], %b: f64[n]", "%a, %b, \"i,i->\""), Contains("lanes=32"));
  CHECK_THAT(planned("%a: f64[n,k], %b: f64[k]", "%a, %b, \"ik,k->i\""), Contains("lanes=32"));
  CHECK_THAT(planned("%a: f64[n,k], %b: f64[m,k]", "%a, %b, \"ik,jk->ij\""), Contains("in_order"));
  CHECK_THAT(planned("%a: f64[n,k,m], %b: f64[m,k]", "%a, %b, \"ijk,kj->i\""),
             Contains("axis=2, lanes=32"));
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
