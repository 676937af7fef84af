// Elementwise building: promotion, weak scalars, casts, broadcasts, operators.
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc::ir;
namespace build = arrayc::ir::build;

namespace {

Value op(const char* symbol, const Value& a, const Value& b) {
  return build::binary_operator(symbol, a, b, Place{"k.py", 3, 14});
}

// A weak constant as Python prints it, more or less; "" for other values.
std::string constant_text(const Value& x) {
  if (x->operation.op != Op::constant) return "";
  const Scalar value = x->operation.attr<ConstantAttr>().value;
  switch (x->weak) {
    case Weak::boolean:
      return value.bits ? "True" : "False";
    case Weak::integer:
      return std::to_string(static_cast<std::int64_t>(value.bits));
    case Weak::floating:
      return "float " + std::to_string(to_double(value));
    default:
      return "strong";
  }
}

}  // namespace

TEST_CASE("casts and broadcasts are nodes") {
  const Value points = array("f64", "n,2", "points");
  const Value p = array("i32", "2", "p");
  CHECK(nodes(call("subtract", {points, p})) ==
        "%2 = convert %p : f64[2]\n"
        "%3 = broadcast %2, [n,2] : f64[n,2]\n"
        "%4 = subtract %points, %3 : f64[n,2]\n"
        "return %4\n");
}

TEST_CASE("weak scalars take the array's type") {
  CHECK(type_of(op("+", array("i8", "n"), py(3))) == "i8[n]");
  CHECK(type_of(op("*", array("f32", "n"), py(2.5))) == "f32[n]");
  CHECK(type_of(op("*", array("i8", "n"), py(2.5))) == "f64[n]");
  CHECK(type_of(op("+", array("bool", "n"), py(1))) == "i64[n]");
  CHECK(type_of(op("/", array("i32", "n"), py(2))) == "f64[n]");
  CHECK(type_of(op("<", array("u8", "n"), py(2))) == "bool[n]");
  CHECK(type_of(call("where", {array("bool", "n"), py(1), array("f32", "n")})) == "f32[n]");
  // A 0-d array is strong.
  CHECK(type_of(op("*", array("f32", "n"), array("f64"))) == "f64[n]");
}

TEST_CASE("a Python integer that does not fit is NumPy's error") {
  const auto add = [](const char* dtype, int value) {
    return error_of([&] { op("+", array(dtype, "n"), py(value)); });
  };
  CHECK(add("i8", 300) == "Python integer 300 out of bounds for int8");
  CHECK(add("i8", -129) == "Python integer -129 out of bounds for int8");
  CHECK(add("i8", -128) == "");
  CHECK(add("i8", 127) == "");
  CHECK(add("u8", -1) == "Python integer -1 out of bounds for uint8");
  CHECK(add("u8", 255) == "");
  CHECK(add("u64", -1) == "Python integer -1 out of bounds for uint64");
  const Value huge = build::scalar({DType::U64, ~std::uint64_t{0}}, Weak::integer, {});
  CHECK(error_of([&] { op("+", array("i64", "n"), huge); }) ==
        "Python int too large to convert to C long");
  CHECK(type_of(op("+", array("u64", "n"), huge)) == "u64[n]");
  // np.where casts as arrays do.
  CHECK(type_of(call("where", {array("bool", "n"), py(300), array("i8", "n")})) == "i8[n]");
}

TEST_CASE("comparisons with integers out of range have one answer") {
  const auto answer = [](const char* symbol, const Value& a, const Value& b) {
    const Value result = op(symbol, a, b);
    CHECK(type_of(result) == "bool[n]");
    return nodes(result).find("constant true") != std::string::npos;
  };
  const Value x = array("i8", "n");
  CHECK(answer("<", x, py(300)));
  CHECK_FALSE(answer(">", x, py(300)));
  CHECK_FALSE(answer("==", x, py(-300)));
  CHECK(answer("!=", py(-300), x));
  CHECK(answer("<=", py(-300), x));
  CHECK(answer(">", array("u64", "n"), py(-1)));
}

TEST_CASE("broadcasting errors are NumPy's, trailing blank included") {
  const auto message = [](std::vector<Value> operands, const char* name) {
    return error_of([&] { call(name, operands); });
  };
  CHECK(message({array("f64", "3,2"), array("f64", "3")}, "add") ==
        "operands could not be broadcast together with shapes (3,2) (3,) ");
  CHECK(message({array("bool"), array("f64", "3,2"), array("f64", "3")}, "where") ==
        "operands could not be broadcast together with shapes () (3,2) (3,) ");
  CHECK(message({array("f64", "n+2"), array("f64", "n+3")}, "add") ==
        "operands could not be broadcast together with shapes (n + 2,) (n + 3,) ");
  try {
    call("add", {array("f64", "3"), array("f64", "2")});
    FAIL();
  } catch (const Error& error) {
    CHECK(to_string(error.place()) == "k.py:3:14");
  }
}

TEST_CASE("extents that cannot be compared are accepted and guarded") {
  const Value sum = call("add", {array("f64", "n"), array("f64", "m", "y")});
  CHECK(type_of(sum) == "f64[broadcast(m, n)]");
  CHECK(nodes(sum).find("guard n -> broadcast(m, n)") == 0);
  // Where n is 0, one of them stretches.
  CHECK(type_of(call("add", {array("f64", "n"), array("f64", "n+1")})) ==
        "f64[broadcast(n, n + 1)]");
  // A constant says more than a symbol, and 1 always stretches.
  CHECK(type_of(call("add", {array("f64", "n"), array("f64", "5")})) == "f64[5]");
  CHECK(type_of(call("add", {array("f64", "n,1"), array("f64", "1,m")})) == "f64[n,m]");
}

TEST_CASE("operators of weak values alone are Python's") {
  CHECK(constant_text(op("*", py(2), py(3))) == "6");
  CHECK(constant_text(op("*", py(2), py(3.0))) == "float 6.000000");
  CHECK(constant_text(op("/", py(6), py(3))) == "float 2.000000");
  CHECK(constant_text(op("//", py(-7), py(2))) == "-4");
  CHECK(constant_text(op("%", py(-7), py(2))) == "1");
  CHECK(constant_text(op("//", py(-7.5), py(2))) == "float -4.000000");
  CHECK(constant_text(op("%", py(-7.5), py(2))) == "float 0.500000");
  CHECK(constant_text(op("**", py(2), py(10))) == "1024");
  CHECK(constant_text(op("**", py(2), py(-1))) == "float 0.500000");
  CHECK(constant_text(op("+", py(true), py(true))) == "2");
  CHECK(constant_text(op("&", py(true), py(false))) == "False");
  CHECK(constant_text(op("<", py(1), py(2.5))) == "True");
  CHECK(constant_text(op("<<", py(1), py(4))) == "16");
  CHECK(constant_text(build::unary_operator("-", py(3), {})) == "-3");
  CHECK(constant_text(build::unary_operator("~", py(3), {})) == "-4");
  CHECK(error_of([] { op("/", py(1), py(0)); }) == "division by zero");
  CHECK(error_of([] { op("%", py(1), py(0)); }) == "integer division or modulo by zero");
  CHECK(error_of([] { op("|", py(1), py(2.0)); }) == "unsupported operand type(s) for |: 'float'");
}

TEST_CASE("ufuncs of weak values alone are strong, as np.add(2, 3) is") {
  CHECK(type_of(call("add", {py(2), py(3)})) == "i64[]");
  CHECK(call("sqrt", {py(2)})->weak == Weak::strong);
  CHECK(op("+", py(2), py(3))->weak == Weak::integer);
}

TEST_CASE("sizes stay extents under Python's operators") {
  const Value n = build::extent(Extent::symbol("n"), {});
  const auto text = [](const Value& x) { return to_string(*build::known_extent(x)); };
  CHECK(text(op("-", n, py(1))) == "n - 1");
  CHECK(text(op("*", py(2), n)) == "2*n");
  CHECK(text(op("//", op("+", n, py(1)), py(2))) == "(n + 1)//2");
  CHECK(text(op("**", n, py(2))) == "n*n");
  CHECK(constant_text(op("-", n, n)) == "0");
  CHECK(constant_text(op(">=", n, py(0))) == "True");
  CHECK(constant_text(op("<", n, py(0))) == "False");
  CHECK(constant_text(op("==", n, n)) == "True");
  CHECK(constant_text(op("==", n, op("+", n, py(1)))) == "False");
  CHECK_FALSE(build::known_extent(op("<", n, py(5))));
  CHECK(op("/", n, py(2))->weak == Weak::floating);
}

TEST_CASE("the power operator takes NumPy's fast paths") {
  const auto ends = [](const Value& x, const char* name) {
    return x->operation.ufunc && x->operation.ufunc->name == name;
  };
  const Value x = array("f64", "n");
  CHECK(ends(op("**", x, py(2)), "square"));
  CHECK(ends(op("**", x, py(2.0)), "square"));
  CHECK(ends(op("**", x, py(0.5)), "sqrt"));
  CHECK(ends(op("**", x, py(-1)), "reciprocal"));
  CHECK(ends(op("**", x, py(1)), "positive"));
  CHECK(ends(op("**", x, py(3)), "power"));
  CHECK(ends(call("power", {x, py(2)}), "power"));
  // NumPy's scalars take pow.
  CHECK(ends(op("**", array("f64"), py(0.5)), "power"));
  CHECK(type_of(op("**", array("i8", "n"), py(2))) == "i8[n]");
  CHECK(type_of(op("**", array("i8", "n"), py(2.0))) == "f64[n]");
  CHECK(type_of(op("**", array("bool", "n"), py(2))) == "i8[n]");
  CHECK(type_of(op("**", array("i32", "n"), py(0.5))) == "f64[n]");
  CHECK(error_of([&] { op("**", array("i8", "n"), py(-1)); }) ==
        "Integers to negative integer powers are not allowed.");
  CHECK(error_of([&] { op("**", array("u8", "n"), py(-1)); }) ==
        "Python integer -1 out of bounds for uint8");
}

TEST_CASE("clip drops bounds that bound nothing") {
  const Value x = array("i8", "n");
  CHECK(build::clip(x, py(-300), py(300), {}) == x);
  CHECK(type_of(build::clip(x, py(0.5), py(2), {})) == "f64[n]");
  CHECK(type_of(build::clip(x, Value(), py(5), {})) == "i8[n]");
}

TEST_CASE("ufuncs of 16-bit floats are computed in f32 and rounded") {
  const auto apply = [](const char* name, std::vector<Value> operands) {
    return build::ufunc(*find_builtin_ufunc(name), operands, {});
  };
  const Value x = array("f16", "n");
  const Value sum = apply("add", {x, x});
  CHECK(type_of(sum) == "f16[n]");
  CHECK(sum->operation.op == Op::convert);
  CHECK(type_of(sum->operands[0]) == "f32[n]");
  CHECK(apply("spacing", {x})->operation.op == Op::ufunc);
  CHECK(type_of(apply("less", {x, x})) == "bool[n]");
  CHECK(type_of(build::sum(x, {}, {})) == "f16[]");
  CHECK(type_of(build::mean(array("bf16", "n"), {}, {})) == "bf16[]");
}

TEST_CASE("constants are cast when building") {
  const Value x = build::astype(py(1.5), DType::F32, {});
  CHECK(x->operation.op == Op::constant);
  CHECK(type_of(x) == "f32[]");
  CHECK(x->weak == Weak::strong);
  CHECK(type_of(build::astype(array("f64", "n"), DType::C64, {})) == "c64[n]");
}
