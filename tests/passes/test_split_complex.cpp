#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string split(const std::string& text) { return after({"split_complex"}, text); }
std::string error_of(const std::string& text) {
  try {
    split(text);
  } catch (const ir::Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("complex numbers in memory are read as their parts, results are made of them") {
  const std::string text = split(R"(func @f(%z: c128[n]) {
  %1 = multiply %z, %z : c128[n]
  return %1
})");
  CHECK_THAT(text, Contains("func @f(%z: c128[n]) -> c128[n]"));
  CHECK_THAT(text, Contains("view %z, [n], map=[@0, 0] : f64[n]"));
  CHECK_THAT(text, Contains("view %z, [n], map=[@0, 1] : f64[n]"));
  CHECK(count(text, "multiply") == 4);
  CHECK(count(text, "complex %") == 1);
}

TEST_CASE("what needs one part computes one") {
  const std::string text = split(R"(func @f(%z: c64[n], %w: c64[n]) {
  %1 = add %z, %w : c64[n]
  %2 = real %1 : f32[n]
  return %2
})");
  CHECK_THAT(text, !Contains("complex %"));
  ir::Module module = module_after({"split_complex", "simplify", "plan_einsum", "sink_views"},
                                   R"(func @f(%z: c64[n,m]) {
  return imag(transpose(%z, axes=[1,0]))
})");
  const std::string simplified = ir::print(module);
  CHECK_THAT(simplified, Contains("map=[@1, @0, 1]"));
}

TEST_CASE("reshapes of parameters stay reshapes of memory") {
  const std::string text = split(R"(func @f(%z: c128[n,m]) {
  return reshape(%z, [n*m])
})");
  CHECK_THAT(text, Contains("reshape %z, [m*n,2]"));
  CHECK(count(text, "reshape") == 1);
}

TEST_CASE("products of sums have a term for each choice of parts") {
  const std::string text = split(R"(func @f(%a: c128[n,k], %b: c128[k,m]) {
  return einsum(%a, %b, "ij,jk->ik")
})");
  CHECK(count(text, "einsum") == 4);
  CHECK(count(text, "subtract") == 1);
}

TEST_CASE("splitting again changes nothing") {
  const std::string source = "func @f(%z: c128[n]) {\n  return exp(%z)\n}\n";
  CHECK(after({"split_complex", "split_complex"}, source) == split(source));
}

TEST_CASE("a product of long sums is made of products of complex numbers") {
  const std::string text = split(R"(func @f(%a: c128[n,k], %b: c128[k]) {
  return einsum(%a, %b, %b, %b, "ij,j,j,j->i")
})");
  CHECK(count(text, "einsum") == 0);
  CHECK(count(text, "multiply") == 3 * 4);
  CHECK(count(text, "reduce.add") == 2);
}

TEST_CASE("folds that need both parts are a node for each part of the result") {
  const std::string text =
      split("func @f(%z: c128[n,m]) {\n  return reduce.multiply(%z, axis=1)\n}");
  CHECK(count(text, "axis=1, lanes=8, chunk=4096, part=real : f64[n]") == 1);
  CHECK(count(text, "axis=1, lanes=8, chunk=4096, part=imag : f64[n]") == 1);
  const std::string least = split("func @f(%z: c64[n]) {\n  return reduce.minimum(%z, axis=0)\n}");
  CHECK(count(least, "reduce.minimum %1, %2, axis=0, lanes=1, chunk=0, part=") == 2);
  const std::string at = split("func @f(%z: c64[n]) {\n  return arg_reduce.minimum(%z, axis=0)\n}");
  CHECK_THAT(at, Contains("arg_reduce.minimum %1, %2, axis=0 : i64[]"));
}

TEST_CASE("what is not built is refused") {
  CHECK_THAT(error_of("func @f(%z: c128[n]) {\n  return reduce.subtract(%z, axis=0)\n}\n"),
             Contains("subtract.reduce of complex numbers is not built"));
}
