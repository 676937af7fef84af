#include "ir/merge_indices.h"
#include "ir/order_contractions.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc::ir;
using Catch::Contains;

namespace {

std::string merged(const std::string& params, const std::string& result) {
  const Registry registry;
  const Module module =
      parse("func @f(" + params + ") {\n  return " + result + "\n}\n", "test.air", registry);
  return print(order_contractions(module.functions.at(0)));
}

}  // namespace

TEST_CASE("indices that lie side by side are merged for nothing") {
  const std::string text =
      merged("%a: f64[i,a,b], %b: f64[a,b,j]", "einsum(%a, %b, \"iab,abj->ij\")");
  CHECK_THAT(text, Contains("reshape %a, [i,a*b]") && Contains("reshape %b, [a*b,j]"));
  CHECK_THAT(text, Contains("\"ia,aj->ij\"") && !Contains("transpose"));
  CHECK_THAT(merged("%a: f64[i,j,k]", "einsum(%a, \"ijk->\")"), Contains("reshape %a, [i*j*k]"));
  CHECK_THAT(merged("%a: f64[i,j], %b: f64[i,j]", "einsum(sqrt(%a), %b, \"ij,ij->\")"),
             Contains("\"i,i->\""));
}

TEST_CASE("an operand whose indices lie apart is moved, if it is used again") {
  const std::string text =
      merged("%a: f64[h,l,k], %b: f64[h,k,d]", "einsum(%a, %b, \"hlk,hkd->ld\")");
  CHECK_THAT(text, Contains("transpose %a, axes=[1,0,2]") && Contains("reshape %b, [h*k,d]"));
  // What gives the result's rows begins with the merged index.
  const std::string other =
      merged("%a: f64[l,h,k], %b: f64[h,d,k]", "einsum(%a, %b, \"lhk,hdk->ld\")");
  CHECK_THAT(other, Contains("transpose %b, axes=[0,2,1]") && Contains("reshape %a, [l,h*k]"));
  CHECK_THAT(merged("%a: f64[i,j], %b: f64[j,i]", "einsum(%a, %b, \"ij,ji->\")"),
             !Contains("transpose") && !Contains("reshape"));
}

TEST_CASE("transposes are read as they are") {
  const std::string text = merged("%a: f64[a,b,i], %b: f64[a,b,j]",
                                  "einsum(transpose(%a, axes=[2,0,1]), %b, \"iab,abj->ij\")");
  CHECK_THAT(text, Contains("reshape %a, [a*b,i]") && Contains("\"ai,aj->ij\""));
}

TEST_CASE("what one operand alone runs over is summed first") {
  const std::string text = merged("%a: f64[i,j,k], %b: f64[k]", "einsum(%a, %b, \"ijk,k->i\")");
  CHECK_THAT(text, Contains("einsum %a, \"ijk->ik\"") && Contains("\"ik,k->i\""));
  CHECK_THAT(merged("%a: f64[i,i], %b: f64[k]", "einsum(%a, %b, \"ii,k->k\")"),
             Contains("einsum %a, \"ii->\""));
}

TEST_CASE("diagonals, stretched operands and other extents are not merged") {
  const auto same = [](const std::string& params, const std::string& result) {
    CHECK_THAT(merged(params, result), !Contains("reshape"));
  };
  same("%a: f64[i,a,a,b], %b: f64[a,b,j]", "einsum(%a, %b, \"iaab,abj->ij\")");
  same("%a: f64[i,a,b], %b: f64[a,1,j]", "einsum(%a, broadcast(%b, [a,b,j]), \"iab,abj->ij\")");
  same("%a: f64[n,n]", "einsum(slice(%a, [1:,1:]), \"ij->\")");
}
