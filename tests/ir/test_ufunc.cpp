#include <cmath>
#include <limits>
#include <set>

#include "ir/diagnostic.h"
#include "ir/ufunc.h"
#include "ir/value_builder.h"
#include "tests/catch.h"
#include "tests/ir/table.h"

namespace arrayc::ir {
namespace {

Operand operand(const std::string& text) {
  if (text == "int") return {DType::I64, Weak::integer};
  if (text == "float") return {DType::F64, Weak::floating};
  if (text == "complex") return {DType::C128, Weak::complex};
  return {*parse_dtype(text), Weak::strong};
}

// "i64,u64>bool", "!" for a user error, "limit" for a limitation.
std::string resolved(const Ufunc& ufunc, const std::vector<Operand>& operands) {
  try {
    const UfuncLoop loop = resolve(ufunc, operands);
    std::string text;
    for (const DType t : loop.operands) text += (text.empty() ? "" : ",") + std::string(name(t));
    return text + ">" + std::string(name(loop.result));
  } catch (const Error& error) {
    return error.kind() == ErrorKind::limitation ? "limit" : "!";
  }
}

TEST_CASE("loops are NumPy 2's for all operand types") {
  const auto rows = tests::read_table("ufunc_types_numpy2.tsv");
  std::size_t checked = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    for (const std::string& name : tests::split(rows[r][0], ' ')) {
      const Ufunc* ufunc = find_builtin_ufunc(name);
      REQUIRE(ufunc != nullptr);
      for (std::size_t c = 2; c < rows[r].size(); ++c) {
        std::vector<std::string> texts;
        if (rows[r][1] != "-") texts.push_back(rows[r][1]);
        texts.push_back(rows[0][c]);
        std::vector<Operand> operands;
        if (ufunc->rule == TypeRule::select) operands.push_back({DType::Bool});
        for (const std::string& text : texts) operands.push_back(operand(text));
        INFO(name << " of " << texts.front() << " " << texts.back());
        ++checked;
        // NumPy looks at the sign of a float, here an integer's own sign will do.
        const bool of_integer = name == "signbit" && !is_float(operands[0].dtype);
        const std::string cell = of_integer && texts[0] != "complex"
                                     ? std::string(ir::name(operands[0].dtype)) + ">bool"
                                     : rows[r][c];
        CHECK(resolved(*ufunc, operands) == cell);
      }
    }
  }
  CHECK(checked > 5000);
}

TEST_CASE("special functions compute in f32 at least") {
  const auto loop = [](DType t) { return resolved(*find_builtin_ufunc("erf"), {{t}}); };
  CHECK(loop(DType::Bool) == "f32>f32");
  CHECK(loop(DType::I8) == "f32>f32");
  CHECK(loop(DType::U16) == "f32>f32");
  CHECK(loop(DType::F32) == "f32>f32");
  CHECK(loop(DType::I32) == "f64>f64");
  CHECK(loop(DType::U64) == "f64>f64");
  CHECK(resolved(*find_builtin_ufunc("gammaln"), {{DType::F64}}) == "f64>f64");
}

std::string message(const char* name, std::vector<Operand> operands) {
  try {
    resolve(*find_builtin_ufunc(name), operands);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("refused types have NumPy's sentences") {
  const Operand flag{DType::Bool}, real{DType::F64}, big{DType::U64}, integer{DType::I64};
  CHECK(message("subtract", {flag, flag}) ==
        "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` "
        "operator, or the logical_xor function instead.");
  CHECK(message("negative", {flag}) ==
        "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or "
        "the logical_not function instead.");
  CHECK(message("sign", {flag}) ==
        "ufunc 'sign' did not contain a loop with signature matching types <class "
        "'numpy.dtypes.BoolDType'> -> None");
  const std::string unsupported =
      " not supported for the input types, and the inputs could not be safely coerced to any "
      "supported types according to the casting rule ''safe''";
  CHECK(message("bitwise_and", {real, integer}) == "ufunc 'bitwise_and'" + unsupported);
  CHECK(message("left_shift", {big, integer}) == "ufunc 'left_shift'" + unsupported);
  CHECK(message("floor", {{DType::C64}}) == "ufunc 'floor'" + unsupported);
}

// --- meanings

double real(const char* name, std::vector<double> args) {
  std::vector<Scalar> values;
  for (const double arg : args) values.push_back(Scalar::of(arg));
  const double with = to_double(evaluate(*find_builtin_ufunc(name), values, DType::F64, true));
  const double without = to_double(evaluate(*find_builtin_ufunc(name), values, DType::F64, false));
  CHECK((with == without || std::isnan(with)));
  return with;
}

std::int64_t whole(const char* name, DType t, std::vector<std::int64_t> args) {
  std::vector<Scalar> values;
  for (const std::int64_t arg : args) values.push_back(convert(Scalar::of(arg), t));
  return to_int64(evaluate(*find_builtin_ufunc(name), values, t, true));
}

bool truth(const char* name, std::vector<Scalar> args) {
  return evaluate(*find_builtin_ufunc(name), args, DType::Bool, true).bits != 0;
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("floats divide as NumPy's npy_divmod") {
  struct Row {
    double x, y, quotient, rest;  // as NumPy 2 prints them
  };
  const Row rows[] = {{7, 3, 2, 1},
                      {-7, 3, -3, 2},
                      {7, -3, -3, -2},
                      {-7, -3, 2, -1},
                      {6, 3, 2, 0},
                      {-6, 3, -2, 0},
                      {6, -3, -2, -0.0},
                      {0, 3, 0, 0},
                      {-0.0, 3, -0.0, 0},
                      {0, -3, -0.0, -0.0},
                      {1, 0, kInf, kNan},
                      {-1, 0, -kInf, kNan},
                      {0, 0, kNan, kNan},
                      {kInf, 2, kNan, kNan},
                      {2, kInf, 0, 2},
                      {-2, kInf, -1, kInf},
                      {2, -kInf, -1, -kInf},
                      {kNan, 2, kNan, kNan},
                      {2, kNan, kNan, kNan},
                      {1, 0.1, 9, 0.09999999999999995},
                      {1e300, 7e-300, kInf, 0x1.5abf23f8e3fdap-998}};
  for (const Row& row : rows) {
    INFO(row.x << " // " << row.y);
    CHECK(same(real("floor_divide", {row.x, row.y}), row.quotient));
    if (row.x != 1e300) CHECK(same(real("remainder", {row.x, row.y}), row.rest));
  }
  CHECK(real("remainder", {1e300, 7e-300}) == std::fmod(1e300, 7e-300));
}

TEST_CASE("integers divide to minus infinity, and by 0 to 0") {
  CHECK(whole("floor_divide", DType::I32, {-7, 2}) == -4);
  CHECK(whole("remainder", DType::I32, {-7, 2}) == 1);
  CHECK(whole("remainder", DType::I32, {7, -2}) == -1);
  CHECK(whole("floor_divide", DType::I8, {-128, -1}) == -128);
  CHECK(whole("remainder", DType::I8, {-128, -1}) == 0);
  CHECK(whole("floor_divide", DType::U8, {200, 0}) == 0);
  CHECK(whole("remainder", DType::I64, {5, 0}) == 0);
  CHECK(whole("reciprocal", DType::I64, {1}) == 1);
  CHECK(whole("reciprocal", DType::I64, {-1}) == -1);
  CHECK(whole("reciprocal", DType::I64, {-2}) == 0);
  CHECK(whole("reciprocal", DType::I64, {0}) == 0);
}

TEST_CASE("integer powers are by squaring, modulo the width") {
  CHECK(whole("power", DType::I64, {3, 13}) == 1594323);
  CHECK(whole("power", DType::I64, {3, 100}) == -2984622845537545263);  // np.power(3, 100)
  CHECK(whole("power", DType::U8, {7, 200}) == 193);
  CHECK(whole("power", DType::I8, {-2, 7}) == -128);
  CHECK(whole("power", DType::I64, {0, 0}) == 1);
  CHECK(whole("power", DType::I64, {2, 64}) == 0);
  // Where NumPy raises an error, a defined value.
  CHECK(whole("power", DType::I64, {2, -1}) == 0);
  CHECK(whole("power", DType::I64, {-1, -3}) == -1);
  CHECK(whole("power", DType::I64, {1, -3}) == 1);
}

// Knows which of its values are constants, and counts what is emitted.
class CountingBuilder final : public ScalarBuilder {
 public:
  Reg constant(Scalar value) override { return values_.constant(value); }
  Reg emit(Prim p, DType out, std::span<const Reg> args) override {
    ++emitted;
    return values_.emit(p, out, args);
  }
  DType type_of(Reg r) const override { return values_.type_of(r); }
  std::optional<Scalar> constant_value(Reg r) const override { return values_.value(r); }
  bool has_fma() const override { return true; }
  Scalar value(Reg r) const { return values_.value(r); }
  int emitted = 0;

 private:
  ValueBuilder values_{true};
};

TEST_CASE("a constant exponent takes few multiplications and gives the same integers") {
  for (const DType t : {DType::I64, DType::I8, DType::U16}) {
    for (const std::int64_t exponent : {0, 1, 2, 3, 7, 64, 100, 127, -1, -2}) {
      if (exponent < 0 && is_unsigned(t)) continue;
      for (const std::int64_t base : {-3, -1, 0, 1, 2, 3, 11}) {
        CountingBuilder builder;
        const std::vector<ScalarBuilder::Reg> args = {builder.integer(t, base),
                                                      builder.integer(t, exponent)};
        const Formula power = find_builtin_ufunc("power")->formula;
        const Scalar result = builder.value(power(builder, args, t));
        INFO(name(t) << ": " << base << " ** " << exponent);
        CHECK(to_int64(result) == whole("power", t, {base, exponent}));
        if (exponent >= 0) CHECK(builder.emitted <= 13);
      }
    }
  }
}

TEST_CASE("arithmetic wraps and bool is logical") {
  CHECK(whole("add", DType::I8, {127, 1}) == -128);
  CHECK(whole("multiply", DType::U16, {65535, 65535}) == 1);
  CHECK(whole("absolute", DType::I8, {-128}) == -128);
  CHECK(whole("negative", DType::U8, {1}) == 255);
  CHECK(whole("sign", DType::I16, {-9}) == -1);
  CHECK(whole("sign", DType::U16, {9}) == 1);
  CHECK(whole("sign", DType::U16, {0}) == 0);
  CHECK(truth("add", {Scalar::of(true), Scalar::of(true)}));
  CHECK_FALSE(truth("multiply", {Scalar::of(true), Scalar::of(false)}));
  CHECK(truth("absolute", {Scalar::of(true)}));
  CHECK(whole("left_shift", DType::I8, {1, 8}) == 0);
  CHECK(whole("left_shift", DType::I32, {1, -1}) == 0);
  CHECK(whole("right_shift", DType::I32, {-5, 40}) == -1);
  CHECK(whole("right_shift", DType::I32, {-5, 1}) == -3);
  CHECK(whole("invert", DType::U8, {5}) == 250);
}

TEST_CASE("extremes, signs and rounding treat NaN and zeros as NumPy") {
  CHECK(std::isnan(real("minimum", {kNan, 1})));
  CHECK(std::isnan(real("maximum", {1, kNan})));
  CHECK(real("fmin", {kNan, 1}) == 1);
  CHECK(real("fmax", {1, kNan}) == 1);
  CHECK(std::isnan(real("fmax", {kNan, kNan})));
  CHECK(real("fmax", {1, 2}) == 2);
  CHECK(std::isnan(real("sign", {kNan})));
  CHECK(same(real("sign", {-0.0}), 0.0));
  CHECK(real("sign", {-kInf}) == -1);
  CHECK(same(real("rint", {2.5}), 2.0));
  CHECK(same(real("rint", {-0.5}), -0.0));
  CHECK(same(real("trunc", {-0.5}), -0.0));
  CHECK(same(real("ceil", {-0.5}), -0.0));
  CHECK(same(real("copysign", {3, -0.0}), -3.0));
  CHECK(whole("floor", DType::I32, {-3}) == -3);
  CHECK(same(real("negative", {0.0}), -0.0));
  CHECK(same(real("reciprocal", {-0.0}), -kInf));
}

TEST_CASE("signed and unsigned 64-bit integers are compared exactly") {
  const std::int64_t signs[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
  const std::uint64_t others[] = {0, 1, INT64_MAX, std::uint64_t{1} << 63, UINT64_MAX};
  for (const std::int64_t x : signs) {
    for (const std::uint64_t y : others) {
      const __int128 a = x, b = y;
      const Scalar left = Scalar::of(x), right{DType::U64, y};
      CHECK(truth("equal", {left, right}) == (a == b));
      CHECK(truth("not_equal", {left, right}) == (a != b));
      CHECK(truth("less", {left, right}) == (a < b));
      CHECK(truth("less_equal", {left, right}) == (a <= b));
      CHECK(truth("greater", {left, right}) == (a > b));
      CHECK(truth("greater_equal", {left, right}) == (a >= b));
      CHECK(truth("less", {right, left}) == (b < a));
      CHECK(truth("less_equal", {right, left}) == (b <= a));
      CHECK(truth("greater", {right, left}) == (b > a));
      CHECK(truth("greater_equal", {right, left}) == (b >= a));
      CHECK(truth("equal", {right, left}) == (b == a));
      CHECK(truth("not_equal", {right, left}) == (b != a));
    }
  }
}

TEST_CASE("logic takes NaN as true, questions are about the bits") {
  CHECK(truth("logical_and", {Scalar::of(kNan), Scalar::of(1.0)}));
  CHECK_FALSE(truth("logical_and", {Scalar::of(kNan), Scalar::of(-0.0)}));
  CHECK(truth("logical_xor", {Scalar::of(2.0), Scalar::of(0.0)}));
  CHECK_FALSE(truth("logical_not", {Scalar::of(kNan)}));
  CHECK_FALSE(truth("equal", {Scalar::of(kNan), Scalar::of(kNan)}));
  CHECK(truth("not_equal", {Scalar::of(kNan), Scalar::of(kNan)}));
  CHECK(truth("isnan", {Scalar::of(kNan)}));
  CHECK_FALSE(truth("isnan", {Scalar::of(std::int64_t{5})}));
  CHECK(truth("isinf", {Scalar::of(-kInf)}));
  CHECK_FALSE(truth("isfinite", {Scalar::of(kNan)}));
  CHECK(truth("isfinite", {Scalar::of(std::int64_t{5})}));
  CHECK(truth("signbit", {Scalar::of(-0.0)}));
  CHECK(truth("signbit", {Scalar::of(-std::abs(kNan))}));
  CHECK(truth("signbit", {Scalar::of(std::int64_t{-5})}));
  CHECK_FALSE(truth("signbit", {Scalar{DType::U64, UINT64_MAX}}));
  const Scalar picked[] = {Scalar::of(false), Scalar::of(1.0), Scalar::of(2.0)};
  CHECK(to_double(evaluate(*find_builtin_ufunc("where"), picked, DType::F64, true)) == 2);
}

TEST_CASE("names and aliases find rows") {
  CHECK(find_builtin_ufunc("abs") == find_builtin_ufunc("absolute"));
  CHECK(find_builtin_ufunc("bitwise_not") == find_builtin_ufunc("invert"));
  CHECK(find_builtin_ufunc("bitwise_invert") == find_builtin_ufunc("invert"));
  CHECK(find_builtin_ufunc("true_divide") == find_builtin_ufunc("divide"));
  CHECK(find_builtin_ufunc("mod") == find_builtin_ufunc("remainder"));
  CHECK(find_builtin_ufunc("") == nullptr);
  CHECK(find_builtin_ufunc("bitwise_invert bitwise_not") == nullptr);
  CHECK(alias_names(*find_builtin_ufunc("invert")).size() == 2);
  CHECK(alias_names(*find_builtin_ufunc("add")).empty());
}

}  // namespace
}  // namespace arrayc::ir
