#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string tiled(const std::string& params, const std::string& result) {
  return loops_to("tile_loops", "func @f(" + params + ") {\n  return " + result + "\n}\n");
}

const std::string matrices = "%a: f64[n,k], %b: f64[k,m]";
const std::string product = "einsum(%a, %b, \"ij,jk->ik\")";

}  // namespace

// On x86-64-v3 a tile of f64 is 6 rows of 2 vectors of 4.
TEST_CASE("products of matrices are computed in tiles, blocks and chunks") {
  const std::string text = tiled(matrices, product);
  CHECK_THAT(text, Contains(R"(
  local %packed0: f64[2048]
  parallel for bi in [0, (n0 + 90)//96) grain max((65536//(3*n1*n2 + 2*n2 + 1) + 95)//96, 1) {
    for br0 in [0, max((n1 + 255)//256, 1)) {)"));
  CHECK_THAT(text, Contains(R"(
      for tj in [0, n2//8) {
        for r0 in [0, 256) of n1 after 256*br0 {
          for j in [0, 8) width 4 {
            %8 = load f64 %a1[64*tj + 8*j + 8*n2*r0 + 2048*n2*br0]
            store %packed0[64*r0 + 8*j], %8
          }
        }
        for ti in [0, 16) of n0//6 after 16*bi {
          for j in [0, 4) width 4 {)"));
  CHECK_THAT(text, Contains("load f64 %packed0[32 + 64*r0."));
  // 6 x 2 and 6 x 1, then 4 rows and 1 row likewise.
  CHECK(count(text, " times ") == 12 + 6 + 8 + 4 + 2 + 1);
}

TEST_CASE("sums of chunks are kept where the result will be") {
  const std::string text = tiled(matrices, product);
  CHECK_THAT(text, Contains("= load f64 %r0[768*n2*bi + 48*n2*ti + 64*tj + 8*j]") &&
                       Contains("store %r0[768*n2*bi + 48*n2*ti + 64*tj + 8*j]"));
  const std::string after_it = tiled(matrices, "sqrt(" + product + ")");
  // Of a block's rows, and at once of what is left over.
  CHECK(count(after_it, "sqrt") == 1 + 8 + 4 + 2 + 1);
  CHECK_THAT(after_it, Contains("    for i in [0, 96) of 6*(n0//6) after 96*bi {\n"
                                "      for j in [0, n2) {\n"));
  // The results of a short sum are complete at once.
  const std::string short_sum = tiled("%a: f64[n,100], %b: f64[100,m]", "sqrt(" + product + ")");
  CHECK_THAT(short_sum, !Contains("br0") && Contains("local %packed0: f64[800]"));
  CHECK(count(short_sum, "sqrt") == 12 + 6 + 8 + 4 + 2 + 1);
}

TEST_CASE("rows and columns that are left over") {
  // 9 rows are 5 and 4; 21 columns are two tiles and 5.
  const std::string text = tiled("%a: f64[9,k], %b: f64[k,21]", product);
  CHECK_THAT(text, Contains("store %r0[840 + 672*bi") && Contains("store %r0[968 + 672*bi"));
  CHECK_THAT(text, Contains("for j in [0, 5) width 4"));
  CHECK(count(text, " times ") == 2 * (5 + 4) + 5 + 4);
  // 20 columns are 5 vectors: nothing is done twice.
  CHECK_THAT(tiled("%a: f64[12,k], %b: f64[k,20]", product),
             Contains("for j in [0, 4) width 4") && !Contains("for bi in [0, 2)"));
}

TEST_CASE("integers, and results of another type") {
  CHECK_THAT(tiled("%a: i32[n,k], %b: i32[k,m]", product), Contains("for j in [0, 8) width 8 {"));
  const std::string half = tiled("%a: f32[n,k], %b: f32[k,m]", "convert(" + product + ", f16)");
  CHECK_THAT(half, Contains("for ti in [0, 16) of n0//6 after 16*bi") && !Contains("br0"));
}

TEST_CASE("an operand that lies across is copied a tile at a time") {
  const std::string text = tiled("%a: f64[n,k], %b: f64[m,k]", "einsum(%a, %b, \"ij,kj->ik\")");
  CHECK_THAT(text, Contains("for vj in [0, 2) {") &&
                       Contains("for j in [0, 4) of 8 after 4*vj width 4 {") &&
                       Contains("load f64 %a1[64*n1*tj + 32*n1*vj + 8*n1*j + 8*r0 + 2048*br0]"));
}

TEST_CASE("where folds are short a row of tiles is done before the next, without copies") {
  const std::string text = tiled("%a: f64[n,32], %b: f64[32,m]", product);
  CHECK_THAT(text, !Contains("packed"));
  CHECK(text.find("for ti in") < text.find("for tj in"));
}

TEST_CASE("folds without reuse stay as they are") {
  const auto same = [](const std::string& params, const std::string& result) {
    const std::string text = "func @f(" + params + ") {\n  return " + result + "\n}\n";
    CHECK(loops_to("tile_loops", text) == loops_to("parallelize_loops", text));
  };
  same("%a: f64[n,k], %x: f64[k]", "einsum(%a, %x, \"ij,j->i\")");
  same("%a: f64[n,k], %b: f64[n,k]", "einsum(%a, %b, \"ij,ij->i\")");
  same("%a: f64[n,k], %b: f64[n,k,m]", "einsum(%a, %b, \"ij,ijk->ik\")");
  same("%a: f64[1,k], %b: f64[k,m]", product);
  same("%a: f64[n,m]", "multiply(%a, %a)");
}

TEST_CASE("sums over several indices are nested in a tile") {
  const std::string text = tiled("%a: f64[n,h,d], %b: f64[h,1,m]",
                                 "einsum(%a, broadcast(%b, [h,d,m]), \"nhd,hdm->nm\")");
  CHECK_THAT(text, Contains("for r0.4 in [0, n1) {") && Contains("for r1 in [0, n2) {") &&
                       !Contains("packed"));
  CHECK(count(text, "reduce add") == 2 * (12 + 6 + 8 + 4 + 2 + 1));
}
