// How functions are cut at contractions, what is said about it, and that the parts make the whole.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "frontend/session.h"
#include "ir/text.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
using runtime::Array;
using testing::array;
using testing::values;

namespace {

class Blas {
 public:
  Blas() { session_.load_plugin(std::string(ARRAYC_BINARY_DIR) + "/lib/arrayc/arrayc-blas.so"); }

  ir::Module divided(const std::string& text) {
    ir::Module module = ir::parse(text, "test.air", session_.registry());
    session_.backend("blas").divide(module);
    return module;
  }
  // The remark about the only contraction, without the function's name and its subscripts.
  std::string verdict(const std::string& operands, const std::string& subscripts) {
    const ir::Module module = divided(fmt::format(
        "func @f({}) {{\n  %z = einsum %a, %b, \"{}\"\n  return %z\n}}", operands, subscripts));
    return tail(module.remarks.at(0).text);
  }
  // The same for operands that are views of %x and %y.
  std::string verdict_of_views(const std::string& x, const std::string& y) {
    const ir::Module module =
        divided(fmt::format("func @f(%x: f64[8,9], %y: f64[9,8]) {{\n  %z = einsum {}, {}, "
                            "\"ij,jk->ik\"\n  return %z\n}}",
                            x, y));
    return tail(module.remarks.at(0).text);
  }
  std::vector<Array> run(const std::string& backend, const std::string& text,
                         const std::vector<Array>& arrays) {
    ir::Module module = ir::parse(text, "test.air", session_.registry());
    for (std::size_t p = 0; p < arrays.size(); ++p) {
      const bool contiguous = runtime::is_contiguous(arrays[p]);
      module.functions[0].params[p].layout = {contiguous,
                                              contiguous ? -1 : runtime::unit_axis(arrays[p])};
    }
    const std::string name = module.functions[0].name;
    const auto callable = session_.backend(backend).compile(
        std::move(module), name, session_.registry(), session_.compile_options());
    stats = {};
    return callable->call({arrays, {}}, &stats);
  }
  void same(const std::string& text, const std::vector<Array>& arrays) {
    const std::vector<Array> wanted = run("interp", text, arrays);
    const std::vector<Array> found = run("blas", text, arrays);
    REQUIRE(found.size() == wanted.size());
    for (std::size_t r = 0; r < found.size(); ++r) {
      INFO(text << "\nresult " << r);
      CHECK(found[r].dtype == wanted[r].dtype);
      CHECK(found[r].shape == wanted[r].shape);
      CHECK(values<double>(found[r]) == values<double>(wanted[r]));
    }
  }

  backends::RunStats stats;

 private:
  static std::string tail(const std::string& text) { return text.substr(text.find("\" by ") + 5); }
  Session session_;
};

// Whole numbers: products and sums of them are exact in any order.
Array counted(std::vector<std::int64_t> shape) {
  std::vector<double> elements;
  for (std::int64_t k = 0; k < runtime::element_count(shape); ++k) {
    elements.push_back(static_cast<double>(k % 13 - 6));
  }
  return array<double>(std::move(shape), elements);
}

}  // namespace

TEST_CASE("what the BLAS takes") {
  Blas blas;
  CHECK(blas.verdict("%a: f64[n,k], %b: f64[k,m]", "ik,kj->ij") == "the BLAS: gemm");
  CHECK(blas.verdict("%a: c64[k,n], %b: c64[m,k]", "ki,jk->ji") == "the BLAS: gemm");
  CHECK(blas.verdict("%a: f32[n,k], %b: f32[k]", "ik,k->i") == "the BLAS: gemv");
  CHECK(blas.verdict("%a: f32[k], %b: f32[k,n]", "k,ki->i") == "the BLAS: gemv");
  CHECK(blas.verdict("%a: c128[k], %b: c128[k]", "k,k->") == "the BLAS: dot");
  CHECK(blas.verdict("%a: f64[s,n,k], %b: f64[s,k,m]", "bik,bkj->bij") ==
        "the BLAS: gemm for each matrix of a batch");
  CHECK(blas.verdict("%a: f64[1,n,k], %b: f64[k,1]", "bik,kj->bij") == "the BLAS: gemv");
  CHECK(blas.verdict("%a: f64[n,k] strided(unit=0), %b: f64[k,m]", "ik,kj->ij") ==
        "the BLAS: gemm, if the strides of its arguments suit");
  CHECK(blas.verdict_of_views("%x", "slice(%y, [:, 2:5])") == "the BLAS: gemm");
  CHECK(blas.verdict_of_views("slice(%x, [::2, :])", "transpose(%x, axes=[1,0])") ==
        "the BLAS: gemm");
}

TEST_CASE("what the BLAS does not take, and why") {
  Blas blas;
  const std::string own = "arrayc's own code: ";
  CHECK(blas.verdict("%a: i64[n,k], %b: i64[k,m]", "ik,kj->ij") == own + "the BLAS knows no i64");
  CHECK(blas.verdict("%a: f16[n,k], %b: f16[k,m]", "ik,kj->ij") == own + "the BLAS knows no f16");
  CHECK(blas.verdict("%a: f64[n], %b: f64[m]", "i,j->ij") == own + "it sums nothing");
  CHECK(blas.verdict("%a: f64[n,n], %b: f64[n]", "ii,i->i") ==
        own + "operand 0 has an index twice");
  CHECK(blas.verdict("%a: f64[n,k], %b: f64[k,m]", "ik,kj->i") ==
        own + "an index of one operand alone is summed");
  CHECK(blas.verdict("%a: f64[n,k], %b: f64[n,k]", "ik,ik->i") ==
        own + "it is many sums of one product each");
  CHECK(blas.verdict("%a: f64[n,k,s], %b: f64[k,m]", "ikb,kj->ijb") ==
        "the BLAS: gemm");  // (b, i), k, j: b is a row of the result as well
  CHECK(blas.verdict("%a: f64[n,k,s], %b: f64[k,m,s]", "ikb,kjb->bij") ==
        own + "elements of the matrices in operand 0 are not consecutive");
  CHECK(blas.verdict("%a: f64[s,n,k], %b: f64[s,k,m]", "bik,bkj->ijb") ==
        own + "elements of the matrices in the result are not consecutive");
  CHECK(blas.verdict("%a: f64[n,k] strided, %b: f64[k,m]", "ik,kj->ij") ==
        own + "operand 0 has no axis of consecutive elements");
  CHECK(blas.verdict_of_views("%x", "slice(%y, [:, ::2])") ==
        own + "operand 1 has no axis of consecutive elements");
  CHECK(blas.verdict_of_views("slice(%x, [::-1, :])", "%y") == own + "operand 0 is reversed");
  CHECK(blas.verdict_of_views("broadcast(slice(%x, [1:2, :]), [4,9])", "%y") ==
        own + "operand 0 is stretched");
  const ir::Module three = blas.divided(
      "func @f(%a: f64[2,3], %b: f64[3,4], %c: f64[4,5]) {\n"
      "  %z = einsum %a, %b, %c, \"ij,jk,kl->il\"\n  return %z\n}");
  CHECK_THAT(three.remarks.at(0).text,
             Catch::Matchers::Contains("it has 3 operands, the BLAS takes two"));
  CHECK(three.functions.at(0).name == "f");
}

TEST_CASE("functions are cut at products") {
  Blas blas;
  ir::Module module = blas.divided(
      "func @f(%a: f64[n,k], %b: f64[k,m]) {\n"
      "  %x = exp %a\n"
      "  %y = einsum %x, transpose(transpose(%b, axes=[1,0]), axes=[1,0]), \"ij,jk->ik\"\n"
      "  %z = add %y, %y\n"
      "  %s = exp %b\n"
      "  return %z, %x, %s\n}");
  module.remarks.clear();
  CHECK_THAT(ir::print(module), Catch::Matchers::Contains(R"(func @"f.0"(%a: f64[n,k]) -> f64[n,k] {
  %1 = exp %a : f64[n,k]
  return %1
}

func @"f.1"(%v3: f64[n,m], %b: f64[k,m]) -> f64[n,m], f64[k,m] {
  %1 = add %v3, %v3 : f64[n,m]
  %3 = exp %b : f64[k,m]
  return %1, %3
}
)"));
}

TEST_CASE("the parts make the whole") {
  Blas blas;
  const Array a = counted({6, 5}), b = counted({5, 7}), c = counted({7, 6});
  blas.same(  // a chain, values for later pieces, a result that is an argument, one twice
      "func @f(%a: f64[n,k], %b: f64[k,m], %c: f64[m,n]) {\n"
      "  %x = absolute %a\n  %y = einsum %x, %b, \"ij,jk->ik\"\n  %u = square %y\n"
      "  %z = einsum %u, %c, \"ij,jk->ik\"\n  %w = einsum %y, %c, \"ij,jk->ik\"\n"
      "  %t = add %z, %w\n  %q = add %t, einsum(%x, %x, \"ij,kj->ik\")\n"
      "  return %q, %z, %z, %a, %x, transpose(%y, axes=[1,0]), %u\n}",
      {a, b, c});
  blas.same(  // views and other shapes of values, sizes and generators in later pieces
      "func @f(%a: f64[n,k], %b: f64[k,m], %i: f64[m,n], %s: scalar f64) {\n"
      "  %y = einsum %a, %b, \"ij,jk->ik\"\n"
      "  %r = reshape %y, [m,n]\n"
      "  %z = einsum slice(%r, [1:, :]), transpose(%r, axes=[1,0]), \"ij,jk->ik\"\n"
      "  %x = extent n + m\n  %e = convert %x, f64\n"
      "  %v = add %z, broadcast(add(%e, %s), [max(m - 1, 0),m])\n"
      "  %c = iota m\n"
      "  %g = add(broadcast(convert(%c, f64), [max(m - 1, 0),m]), %v)\n"
      "  return %g, %e, %s, %r\n}",
      {a, b, c, array<double>({}, {2.5})});
  CHECK(blas.stats.kernels > 2);
  CHECK(blas.stats.temporaries >= 1);
  CHECK(blas.stats.peak_bytes > 0);
  blas.same(
      "func @f(%a: f64[n,n], %b: f64[n], %k: size) {\n"
      "  %y = einsum slice(%a, [k:, :]), %a, \"ij,jk->ik\"\n"
      "  %e = extent k\n  %v = einsum %y, %b, \"ij,j->i\"\n"
      "  %d = einsum %b, %b, \"i,i->\"\n  return %v, add(%d, convert(%e, f64))\n}",
      {counted({6, 6}), counted({6}), array<std::int64_t>({}, {2})});
}

TEST_CASE("guards, checks and sizes that broadcast are the whole function's") {
  Blas blas;
  const std::string guarded =
      "func @f(%a: f64[n,k], %b: f64[l,m]) {\n  guard k == l, \"{k} is not {l}\"\n"
      "  return einsum(%a, %b, \"ij,jk->ik\")\n}";
  CHECK_THROWS_WITH(blas.run("blas", guarded, {counted({2, 3}), counted({4, 5})}),
                    Catch::Matchers::Contains("3 is not 4"));
  const std::string stretched =
      "func @f(%a: f64[n,k], %b: f64[k,m], %c: f64[l,m]) {\n"
      "  guard l -> n, \"shapes do not match\"\n"
      "  %y = einsum %a, %b, \"ij,jk->ik\"\n  return add(%y, broadcast(%c, [n,m]))\n}";
  for (const std::int64_t rows : {1, 4}) {
    blas.same(stretched, {counted({4, 3}), counted({3, 5}), counted({rows, 5})});
  }
  CHECK_THROWS_WITH(
      blas.run("blas", stretched, {counted({4, 3}), counted({3, 5}), counted({2, 5})}),
      Catch::Matchers::Contains("shapes do not match"));
  CHECK_THROWS_WITH(blas.run("blas", stretched, {counted({4, 3}), counted({3, 5})}),
                    Catch::Matchers::Contains("takes 3 arguments but 2 were given"));
}

TEST_CASE("operands as they lie in memory") {
  Blas blas;
  const std::string product =
      "func @f(%a: f64[n,k], %b: f64[k,m]) {\n  return einsum(%a, %b, \"ij,jk->ik\")\n}";
  const Array a = counted({20, 30}), b = counted({30, 10});
  blas.same(product, {a, b});
  CHECK(blas.stats.compiled == 0);
  blas.same(product,
            {testing::transposed(counted({30, 20})), testing::transposed(counted({10, 30}))});
  CHECK(blas.stats.compiled == 0);
  Array overlapping = counted({200});  // windows: rows that begin one element further each
  overlapping.shape = {20, 30};
  overlapping.strides = {8, 8};
  blas.same(product, {overlapping, b});
  CHECK(blas.stats.compiled == 1);
  Array shifted = runtime::make_array(ARRAYC_F64, {601});  // not at a multiple of 8
  shifted.data = static_cast<char*>(shifted.data) + 4;
  shifted.shape = {20, 30};
  shifted.strides = a.strides;
  std::memcpy(shifted.data, a.data, 600 * sizeof(double));
  blas.same(product, {shifted, b});
  const std::string batch =
      "func @f(%a: f64[s,n,k], %b: f64[s,k,m]) {\n  return einsum(%a, %b, \"bij,bjk->bik\")\n}";
  blas.same(batch, {counted({5, 20, 30}), counted({5, 30, 10})});
  CHECK(blas.stats.compiled == 0);
  blas.same(batch, {counted({5, 3, 3}), counted({5, 3, 3})});  // not worth a call each
  CHECK(blas.stats.compiled == 1);
}

TEST_CASE("groups of indices that are no single stride are loops around the calls") {
  Blas blas;
  const std::string sums =
      "func @f(%a: f64[n,k,l], %b: f64[l,k,m]) {\n  return einsum(%a, %b, \"ikl,lkj->ij\")\n}";
  blas.same(sums, {counted({20, 3, 30}), counted({30, 3, 10})});
  CHECK(blas.stats.compiled == 0);
  const std::string vector =
      "func @f(%a: f64[n,k,l], %b: f64[l,k]) {\n  return einsum(%a, %b, \"ikl,lk->i\")\n}";
  blas.same(vector, {counted({80, 3, 60}), counted({60, 3})});
  CHECK(blas.stats.compiled == 0);
  const std::string rows =
      "func @f(%a: f64[n,k,l], %b: f64[k,m]) {\n  return einsum(%a, %b, \"ikl,kj->ilj\")\n}";
  blas.same(rows, {counted({3, 30, 20}), counted({30, 10})});
  CHECK(blas.stats.compiled == 0);
}

TEST_CASE("no elements, NaN and infinity") {
  Blas blas;
  const std::string product =
      "func @f(%a: f64[n,k], %b: f64[k,m]) {\n  return einsum(%a, %b, \"ij,jk->ik\")\n}";
  const std::string vector =
      "func @f(%a: f64[n,k], %b: f64[k]) {\n  return einsum(%a, %b, \"ij,j->i\")\n}";
  blas.same(product, {counted({4, 0}), counted({0, 3})});
  blas.same(product, {counted({0, 4}), counted({4, 3})});
  blas.same(vector, {counted({4, 0}), counted({0})});
  const double nan = std::nan(""), inf = INFINITY;
  const Array a = array<double>({2, 2}, {nan, 1, 2, inf}), zeros = array<double>({2}, {0, 0});
  const auto found = values<double>(blas.run("blas", vector, {a, zeros})[0]);
  CHECK(std::isnan(found[0]));
  CHECK(std::isnan(found[1]));
  const Array b = array<double>({2, 2}, {0, 1, 0, 1});
  const auto matrix = values<double>(blas.run("blas", product, {a, b})[0]);
  CHECK(std::isnan(matrix[0]));
  CHECK(std::isnan(matrix[1]));
  CHECK(std::isnan(matrix[2]));
  CHECK(matrix[3] == inf);
}
