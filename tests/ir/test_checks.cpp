#include "ir/checks.h"
#include "ir/registry.h"
#include "ir/verifier.h"
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

Function function_of(const std::vector<Value>& results) {
  ImportOptions options;
  options.largest_constant = INT64_MAX;
  return import(results, "f", options).function;
}

std::size_t checks(const Value& exponent) {
  const Value base = array("i64", "n", "b");
  return function_of({call("power", {base, exponent})}).checks.size();
}

Value at(const Value& x, const Value& y, std::uint32_t line) {
  const Value operands[] = {x, y};
  return build::ufunc(*find_builtin_ufunc("power"), operands, Place{"k.py", line, 1});
}

const Value x = array("i64", "n", "x");

}  // namespace

TEST_CASE("a power of integers is checked, with its place and its shape") {
  const Function f = function_of({at(x, array("i64", "n", "y"), 7)});
  REQUIRE(f.checks.size() == 1);
  CHECK(f.checks[0].kind == Check::Kind::power);
  CHECK(f.checks[0].message == "Integers to negative integer powers are not allowed.");
  CHECK(f.checks[0].place == Place{"k.py", 7, 1});
  CHECK(f.checks[0].shape == Shape{Extent::symbol("n")});
  CHECK(f.results.size() == 2);
  CHECK(result_count(f) == 1);
  CHECK_FALSE(f.tuple);
}

TEST_CASE("what a check computes: the first position, or the largest integer") {
  CHECK(nodes(call("power", {x, array("i64", "n", "y")})) ==
        "check power [n], \"Integers to negative integer powers are not allowed.\"\n"
        "%2 = power %x, %y : i64[n]\n"
        "%3 = constant 0 : i64[]\n"
        "%4 = broadcast %3, [n] : i64[n]\n"
        "%5 = less %y, %4 : bool[n]\n"
        "%6 = constant 9223372036854775807 : i64[]\n"
        "%7 = broadcast %6, [n] : i64[n]\n"
        "%8 = iota n : i64[n]\n"
        "%9 = where %5, %8, %7 : i64[n]\n"
        "%10 = reduce.minimum %9, axis=0, lanes=1, chunk=0 : i64[]\n"
        "return %2 check %10\n");
}

TEST_CASE("nothing is checked that cannot fail") {
  const Value y = array("i64", "n", "y");
  CHECK(checks(y) == 1);
  CHECK(checks(py(3)) == 0);
  CHECK(checks(array("u8", "n", "y")) == 0);
  CHECK(checks(array("bool", "n", "y")) == 0);
  CHECK(checks(array("u32", "", "y")) == 0);
  CHECK(checks(call("maximum", {y, py(0)})) == 0);
  CHECK(checks(call("maximum", {y, py(-1)})) == 1);
  CHECK(checks(call("minimum", {y, py(5)})) == 1);
  CHECK(checks(call("bitwise_and", {y, py(15)})) == 0);
  CHECK(checks(call("remainder", {y, py(5)})) == 0);
  CHECK(checks(call("remainder", {y, py(-5)})) == 1);
  CHECK(checks(call("absolute", {y})) == 1);  // of the smallest integer it is negative
  CHECK(checks(call("square", {y})) == 1);    // wraps around
  CHECK(checks(build::iota(Extent::symbol("n"), {})) == 0);
  // Of floats every exponent is fine.
  CHECK(function_of({call("power", {array("f64", "n", "a"), y})}).checks.empty());
  // An array of no elements has none that fails.
  CHECK(function_of({call("power", {array("i64", "0", "a"), array("i64", "0", "b")})})
            .checks.empty());
}

TEST_CASE("checks are in the order of the program, not of the graph") {
  const Value y = array("i64", "n", "y");
  const Value first = at(x, y, 1);
  const Value second = at(y, x, 2);
  const Function f = function_of({call("add", {second, first})});
  REQUIRE(f.checks.size() == 2);
  CHECK(f.checks[0].place.line == 1);
  CHECK(f.checks[1].place.line == 2);
}

TEST_CASE("an exponent that was checked before is not checked again") {
  const Value y = array("i64", "n", "y");
  const Value wide = array("i64", "m, n", "w");
  CHECK(function_of({at(x, y, 1), at(y, y, 2)}).checks.size() == 1);
  // In another shape it has other positions.
  CHECK(function_of({at(x, y, 1), at(wide, y, 2)}).checks.size() == 2);
}

TEST_CASE("checks in text and in the verifier") {
  const Registry registry;
  const std::string text =
      "func @f(%x: i64[n], %p: scalar i64) -> i64[n] {\n"
      "  check power [n], \"first\"\n"
      "  check power [n,2], \"second\"\n"
      "  param %x\n"
      "  param %p\n"
      "  return %x check %p, %p\n"
      "}\n\n";
  Module module = parse(text, "t.air", registry);
  CHECK(print(module) == text);
  CHECK(module.functions[0].checks[1].shape.size() == 2);
  verify(module, Phase::source);
  Module other = module;
  other.functions[0].checks[1].message = "another";
  CHECK_FALSE(same(module, other));
  const auto broken = [](const Module& m) { return error_of([&] { verify(m, Phase::source); }); };
  other = module;
  other.functions[0].results[2] = 0;
  CHECK(broken(other).find("the result of a check is a 0-d i64") != std::string::npos);
  other = module;
  other.functions[0].results.resize(1);
  CHECK(broken(other).find("a check has no result") != std::string::npos);
  const auto rejected = [&](const std::string& body) {
    return error_of([&] { parse("func @f(%x: i64[n]) { " + body + " }", "t.air", registry); });
  };
  CHECK(rejected("check root [n], \"m\" return %x check %x") ==
        "there is no such check; known: power");
  CHECK(rejected("check power [n], \"m\" return %x").find("'check'") != std::string::npos);
  CHECK(rejected("check power [n], \"m\" return %x check %x") ==
        "the result of a check is a 0-d i64");
  CHECK(rejected("return %x check %x") == "expected the end of the results, found 'check'");
}
