#include <string>
#include <vector>

#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

const Registry registry;

// "line:column: message" of the error that parsing a text ends with; "" if there is none.
std::string error_of(const std::string& text) {
  try {
    parse(text, "t.air", registry);
    return {};
  } catch (const Error& e) {
    CHECK(e.kind() != ErrorKind::bug);
    CHECK(std::string(e.place().file) == "t.air");
    return std::to_string(e.place().line) + ":" + std::to_string(e.place().column) + ": " +
           e.message();
  }
}

std::string error_in_body(const std::string& line) {
  return error_of("func @f(%x: f64[n,m], %y: f64[n], %i: i64[n]) {\n" + line + "\n  return %x\n}");
}

std::string error_in_loop(const std::string& line) {
  return error_of(
      "kernel @k(%a: buffer f64, %n: size, %s: scalar f64) {\n  for i in [0, n) {\n    %0 = scalar "
      "%s\n" +
      line + "\n  }\n}");
}

const char* const sample = R"(module "k.py"
func @f(%x: f64[n,m] strided(unit=1), %y: f64[k], %s: scalar weak float, %w: size)
    -> (f64[n,m], i64[n]) {
  doc "two\nlines"
  guard m == k, "m must be k"
  %a = add %x, broadcast(%y, [n,m])
  %b = slice %a, [::-1, index -1] : f64[n,1]
  %c = view %x, [m,3], map=[n - 1 - 2*@1, @0] : f64[m,3]
  %d = einsum %x, %y, "ij,j->i"
  %e = reduce.add %a, axis=1, lanes=32, chunk=4096 : f64[n]
  %q = arg_reduce.minimum %a, axis=1
  %z = reshape(transpose(%x, axes=[1,0]), [max(n*m, 0)])
  return exp(%a), %q
}
func @g(%x: f64[n]) -> f64[n] {
  program {
    slots 1
    storage %x: f64[n] parameter 0
    storage %t: f64[n] temporary 0 named "t t"
    storage %r0: f64[n] result 0
    call @k0(%x, %t) sizes(n) scalars(1.5: f64)
    call 0(%t, %r0) sizes(n + 1//2) scalars(extent n)
    return %r0
  }
}
kernel func @k0(%a0: f64[n0], %s0: scalar f64) -> f64[n0] {
  %1 = sqrt %a0 : f64[n0]
  return %1
}
kernel @k0(%a0: buffer f64, %r0: buffer f64 written, %n0: size, %s0: scalar f64) {
  scratch %t: f64[n0 + 1]
  parallel for i in [0, n0) grain 4096 width 8 {
    %1 = load f64 %a0[8*i]
    %2 = constant -1.5e-3 : f64
    %3 = add %1, %2 : f64
    for@9 j.1 named "a b" in [0, 2) {
      %5 = index j.1
      %6 = load f64 %a0[(n0 - 1)*i - 8*j.1 + %5]
    } reduce arg_minimum f64 of %6 position %5 lanes 1 chunk 0 from inf as %7 at %8
    store@4 %r0[8*i], %3
    %10 = accumulated j.1 0
  }
}
)";

}  // namespace

TEST_CASE("the sample is legal") { CHECK(error_of(sample).empty()); }

TEST_CASE("errors say where and what was expected") {
  CHECK(error_of("") == "");
  CHECK(error_of("fun @f") == "1:1: expected 'func' or 'kernel', found 'fun'");
  CHECK(error_of("func f") == "1:6: expected a name such as @f, found 'f'");
  CHECK(error_of("func @f(%x: g64[n])") ==
        "1:13: expected an element type such as f64, found 'g64'");
  CHECK(error_of("func @f() {\n  return") ==
        "2:9: expected an operand such as %x, found the end of the text");
  CHECK(error_of("func @f() {\n}") == "2:1: expected 'return', found '}'");
  CHECK(error_of("func @f(%x: f64, %x: f64) {") == "1:18: two parameters are named 'x'");
  CHECK(error_of("func @f(%x: f64[n) {") == "1:18: expected ',', found ')'");
  CHECK(error_of("func @f(%x: f64[n] strided(unit=1)) {") ==
        "1:33: the unit axis is not an axis of the array");
  CHECK(error_of("\x01") == "1:1: unexpected byte 0x01");
  CHECK(error_of("func @f !") == "1:9: unexpected '!'");
  CHECK(error_of("func % x") == "1:6: expected a name after '%'");
  CHECK(error_of("module \"abc") == "1:8: expected '\"' at the end of the string");
  CHECK(error_of("module \"\\q\"").find("1:8: unknown escape") == 0);
  CHECK(error_of("func @f(%x: f64[2]) -> i64[2] {\n  return %x\n}") ==
        "1:21: result 1 is declared i64[2], but is f64[2]");
  CHECK(error_of("func @f(%x: f64[2]) -> (f64[2], f64[2]) {\n  return %x\n}") ==
        "1:21: 2 results are declared, but 1 returned");
  CHECK(error_of("func @f() {\n program {\n call @k() return } }") == "3:7: there is no kernel @k");
  CHECK(error_of("func @f() {\n program {\n call 3() return } }") == "3:7: there is no kernel 3");
  CHECK(error_of("func @f() {\n program {\n return %x } }") ==
        "3:9: %x is not a storage of the program");
}

TEST_CASE("errors in nodes") {
  CHECK(error_in_body("  %a = sqroot %x") == "2:8: unknown operation 'sqroot'");
  CHECK(error_in_body("  %a = sqrt %z") == "2:13: %z is not defined");
  CHECK(error_in_body("  %a = sqrt %a") == "2:13: %a is not defined");
  CHECK(error_in_body("  %x = sqrt %x") == "2:3: %x is defined twice");
  CHECK(error_in_body("  %a = add %x") == "3:3: expected ',', found 'return'");
  CHECK(error_in_body("  %a = add %x, %i") ==
        "2:8: operand 2 of add is i64, but the operation is done in f64");
  CHECK(error_in_body("  %a = add %x, %y") ==
        "2:8: operands could not be broadcast together with shapes (n,m) (n,) ");
  CHECK(error_in_body("  %a = sqrt %x : f32[n,m]") == "2:8: the type is f64[n,m], not f32[n,m]");
  CHECK(error_in_body("  %a = sqrt %x : f64[m,n]") == "2:8: the type is f64[n,m], not f64[m,n]");
  CHECK(error_in_body("  %a = convert %x") == "2:8: expected the type to convert to");
  CHECK(error_in_body("  %a = reduce.add %x, axis=2") ==
        "2:8: axis 2 is out of bounds for array of dimension 2");
  CHECK(error_in_body("  %a = reduce.sqrt %x, axis=0") ==
        "2:8: sqrt cannot fold: it takes 1 operands");
  CHECK(error_in_body("  %a = reduce.add %x, axes=[0,1]") == "2:23: expected one axis");
  CHECK(error_in_body("  %a = transpose %x, axes=[0,0]") == "2:8: repeated axis in transpose");
  CHECK(error_in_body("  %a = slice %x, [::0, :]") == "2:21: slice step cannot be zero");
  CHECK(error_in_body("  %a = view %x, [n], map=[@0 + @0, 1]") ==
        "2:32: a second result index on one axis");
  CHECK(error_in_body("  %a = view %x, [n], map=[n*@0, 1]")
            .find("the step of a view must be a number") != std::string::npos);
  CHECK(error_in_body("  %a = einsum %x, \"ij,jk->ik\"").find("2 index lists for 1 operands") !=
        std::string::npos);
  CHECK(error_in_body("  %a = einsum %x, [0,99999]->[0]") == "2:19: einsum indices are 0 to 4095");
  CHECK(error_in_body("  %a = constant 300 : u8").find("2:17: '300' is not a value of type u8") ==
        0);
  CHECK(error_in_body("  %a = constant 1.5 : i32").find("2:17: '1.5' is not a value") == 0);
  CHECK(error_in_body("  %a = constant 0x1ffffffff : f32").find("is not a value of type f32") !=
        std::string::npos);
  CHECK(error_in_body("  %a = iota n + ") == "3:3: expected an extent, found 'return'");
  CHECK(error_in_body("  %a = iota 99999999999999999999").find("does not fit in int64") !=
        std::string::npos);
  CHECK(error_in_body("  %a = iota n//0").find("division by zero") != std::string::npos);
  CHECK(error_in_body("  param %z") == "2:9: %z is not a parameter of the function");
}

TEST_CASE("errors at the loop level") {
  CHECK(error_in_loop("") == "");
  CHECK(error_in_loop("%1 = load f64 %b[0]") == "4:15: %b is not a buffer of the kernel");
  CHECK(error_in_loop("%1 = add %0, %7 : f64") == "4:14: %7 is not defined here");
  CHECK(error_in_loop("%0 = scalar %s") == "4:1: %0 is defined twice");
  CHECK(error_in_loop("%1 = scalar %n") == "4:13: %n is not a scalar of the kernel");
  CHECK(error_in_loop("%1 = frob %0 : f64") == "4:6: unknown operation 'frob'");
  CHECK(error_in_loop("%1 = apply frob %0 : f64") == "4:12: unknown ufunc 'frob'");
  CHECK(error_in_loop("%1 = convert %0 : i64\n%2 = apply fabs %1 : f64") ==
        "5:6: operand 1 of fabs is i64, but the operation is done in f64");
  CHECK(
      error_in_loop("%1 = convert %0 : bool\n%2 = apply negative %1 : bool").starts_with("5:6: "));
  CHECK(error_in_loop("%1 = apply fabs %0 : i64") == "4:22: fabs makes f64, not i64");
  CHECK(error_in_loop("%1 = convert %0 : i64\n%2 = sqrt %1 : i64") ==
        "5:6: sqrt does not make i64 of i64");
  CHECK(error_in_loop("%1 = lt %0, %0 : f64") == "4:6: lt does not make f64 of f64, f64");
  CHECK(error_in_loop("%1 = index j") ==
        "4:12: expected the name of a loop around this, found 'j'");
  CHECK(error_in_loop("%1 = load f64 %a[i*i]") == "4:20: an offset is linear in the loops");
  CHECK(error_in_loop("%1 = load f64 %a[i + i]").find("each loop once") != std::string::npos);
  CHECK(error_in_loop("%1 = load f64 %a[%0]") == "4:18: a value added to an offset is an i64");
  CHECK(error_in_loop("for i in [0, 2) {\n}") == "4:5: loop i is inside a loop of the same name");
  CHECK(error_in_loop("for j in [1, 2) {\n}") == "4:11: loops begin at 0");
  CHECK(error_in_loop("for j in [0, 2) {\n%1 = scalar %s\n}\n%2 = neg %1 : f64") ==
        "7:10: %1 is not defined here");
  CHECK(error_in_loop("for j in [0, 2) {\n} reduce sum") ==
        "5:10: expected a fold such as add, found 'sum'");
  CHECK(error_in_loop("%1 = accumulated j 0") == "4:18: there is no loop j before this");
  CHECK(error_of("kernel @k(%n: size, %a: buffer f64) {}") ==
        "1:21: the order is: buffers, sizes, scalars");
}

TEST_CASE("errors in parts of loops and locals") {
  CHECK(error_in_loop("for j in [0, 4) of n after 4*i {\n}") == "");
  CHECK(
      error_in_loop("for j in [0, 4) of n after 4*j {\n}").find("the name of a loop around this") !=
      std::string::npos);
  CHECK(error_in_loop("for j in [0, 4) of n before 4*i {\n}").find("'after'") != std::string::npos);
  CHECK(error_of("kernel @k(%a: buffer f64) {\n  local %a: f64[4]\n}") ==
        "2:9: %a is defined twice");
}

TEST_CASE("limits are errors") {
  const auto repeated = [](const std::string& piece, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += piece;
    return text;
  };
  const int many = 100000;
  CHECK(error_in_body("  %a = " + repeated("sqrt(", many)).find("nested more than 64 deep") !=
        std::string::npos);
  CHECK(error_in_body("  %a = iota " + repeated("(", many)).find("nested too deeply") !=
        std::string::npos);
  CHECK(error_in_body("  %a = iota " + repeated("max(0, ", many)).find("nested too deeply") !=
        std::string::npos);
  CHECK(error_in_body("  %a = iota " + repeated("-", many) + "n") == "");
  CHECK(error_of("kernel @k() {" + repeated("for i in [0, 1) {", many)).find("same name") !=
        std::string::npos);
  std::string nest = "kernel @k() {";
  for (int i = 0; i < 1000; ++i) nest += "for i" + std::to_string(i) + " in [0, 1) {\n";
  CHECK(error_of(nest).find("nested more than 64 deep") != std::string::npos);
  CHECK(error_of("func @f(%x: f64[" + repeated("1,", many)).find("at most 64 axes") !=
        std::string::npos);
  CHECK(error_in_body("  %a = reshape %x, [1]\n %b = expand_dims %x, axes=[" +
                      repeated("0,", many) + "0]") != "");
  CHECK(error_of("func @" + repeated("f", 2000)).find("longer than 1024 bytes") !=
        std::string::npos);
  // Numbers say nothing about how much there is to allocate.
  CHECK(error_in_body("  %4000000000 = sqrt %x\n  %99999999999999999999 = sqrt %x") == "");
  CHECK(error_in_loop("%4000000000 = neg %0 : f64") == "");
  CHECK(error_of("func @f() {\n program {\n slots 4000000000 return } }").find("32 bits") !=
        std::string::npos);
  // Extents do not explode.
  std::string product = "1";
  for (int i = 0; i < 64; ++i) {
    product += "*(n" + std::to_string(i) + " + m" + std::to_string(i) + ")";
  }
  CHECK(error_in_body("  %a = iota " + product).find("too complicated") != std::string::npos);
}

TEST_CASE("every truncation of a text is an error or a shorter module") {
  const std::string text = sample;
  std::size_t errors = 0;
  for (std::size_t length = 0; length < text.size(); ++length) {
    if (!error_of(text.substr(0, length)).empty()) ++errors;
  }
  CHECK(errors > text.size() * 9 / 10);
}

TEST_CASE("no damaged text crashes the parser, and what it accepts can be printed") {
  const std::string text = sample;
  std::uint64_t state = 42;
  const auto random = [&](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>((state >> 33) % below);
  };
  const char characters[] = "()[]{}%@$,:;=->+*/.\"\\ \nabnx019_#";
  const auto damage = [&](std::string& t) {
    const std::size_t at = random(t.size());
    switch (random(5)) {
      case 0:
        t[at] = static_cast<char>(random(256));
        break;
      case 1:
        t[at] = characters[random(sizeof(characters) - 1)];
        break;
      case 2:
        t.erase(at, 1 + random(20));
        break;
      case 3:
        t.insert(at, text.substr(random(text.size()), 1 + random(30)));
        break;
      default:
        t[at] = static_cast<char>(t[at] ^ (1 << random(8)));
    }
  };
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = text;
    for (std::size_t k = 1 + random(3); k > 0 && !damaged.empty(); --k) damage(damaged);
    try {
      const Module module = parse(damaged, "t.air", registry);
      ++accepted;
      const std::string printed = print(module);
      const Module back = parse(printed, "t.air", registry);
      if (!same(module, back)) {
        INFO(damaged);
        FAIL_CHECK("print and parse give another module");
      }
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::bug || !e.place().known()) {
        INFO(damaged);
        FAIL_CHECK(e.what());
      }
    }
  }
  CHECK(accepted > 200);
}
