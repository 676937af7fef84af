#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

// What the one result of an expression of %x: f64[n], %i: i64[n] and %b: bool[n] becomes.
std::string simplified(const std::string& expression) {
  return after({"simplify"}, "func @f(%x: f64[n], %i: i64[n], %b: bool[n]) {\n  return convert(" +
                                 expression + ", f64)\n}\n");
}

std::string with(const std::string& ufunc, const std::string& x, const std::string& number,
                 const std::string& type) {
  return ufunc + "(" + x + ", broadcast(constant(" + number + " : " + type + "), [n]))";
}

}  // namespace

TEST_CASE("a conversion to the same dtype and pairs of negations go away") {
  CHECK_THAT(simplified("%x"), Contains("return %x\n"));
  CHECK_THAT(simplified("negative(negative(%x))"), Contains("return %x\n"));
  CHECK_THAT(simplified("logical_not(logical_not(%b))"), Contains("convert %b : f64[n]"));
  CHECK_THAT(simplified("logical_not(logical_not(%x))"), Contains("logical_not"));
  CHECK(count(simplified("absolute(absolute(%x))"), "absolute") == 1);
  CHECK(count(simplified("floor(ceil(%x))"), "ceil") == 1);
  CHECK_THAT(simplified("negative(negative(negative(%x)))"), Contains("negative %x"));
}

TEST_CASE("division becomes multiplication only by powers of two") {
  CHECK_THAT(simplified(with("divide", "%x", "4.0", "f64")), Contains("multiply %x"));
  CHECK_THAT(simplified(with("divide", "%x", "4.0", "f64")), Contains("constant 0.25"));
  CHECK_THAT(simplified(with("divide", "%x", "-0.5", "f64")), Contains("constant -2.0"));
  for (const char* divisor : {"3.0", "0.0", "inf", "nan", "1e308", "5e-324"}) {
    INFO(divisor);
    CHECK_THAT(simplified(with("divide", "%x", divisor, "f64")), Contains("divide %x"));
  }
}

TEST_CASE("neutral operands go away where the sign of zero allows it") {
  CHECK_THAT(simplified(with("add", "%x", "0.0", "f64")), Contains("add %x"));
  CHECK_THAT(simplified(with("add", "%x", "-0.0", "f64")), Contains("return %x\n"));
  CHECK_THAT(simplified(with("subtract", "%x", "0.0", "f64")), Contains("return %x\n"));
  CHECK_THAT(simplified(with("subtract", "%x", "-0.0", "f64")), Contains("subtract %x"));
  CHECK_THAT(simplified(with("multiply", "%x", "1.0", "f64")), Contains("return %x\n"));
  CHECK_THAT(simplified(with("multiply", "%x", "0.0", "f64")), Contains("multiply %x"));
  CHECK_THAT(simplified("subtract(%x, %x)"), Contains("subtract %x, %x"));
  CHECK_THAT(simplified(with("add", "%i", "0", "i64")), !Contains("add"));
  CHECK_THAT(simplified(with("floor_divide", "%i", "1", "i64")), !Contains("floor_divide"));
  CHECK_THAT(simplified(with("bitwise_and", "%i", "0", "i64")), Contains("bitwise_and"));
}

TEST_CASE("operations of constants are done, equal nodes and nested broadcasts become one") {
  CHECK_THAT(after({"simplify"},
                   "func @f() {\n  return add(constant(1.5 : f64), constant(2.0 : f64))\n}\n"),
             Contains("constant 3.5 : f64[]"));
  CHECK_THAT(after({"simplify"}, "func @f() {\n  return convert(constant(300 : i64), u8)\n}\n"),
             Contains("constant 44 : u8[]"));
  CHECK(count(simplified("add(exp(%x), exp(%x))"), "exp") == 1);
  const std::string text = after({"simplify"}, R"(func @f(%x: f64[n]) {
  return broadcast(broadcast(%x, [m,n]), [k,m,n])
})");
  CHECK_THAT(text, Contains("%2 = broadcast %x, [k,m,n] : f64[k,m,n]\n  return %2"));
}
