#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

// Each step needs the sum of the one before.
ir::Program chain(int steps) {
  std::string text = "func @f(%x: f64[n]) {\n";
  std::string value = "%x";
  for (int k = 0; k < steps; ++k) {
    const std::string number = std::to_string(k);
    text += "  %s" + number + " = reduce.add(sin(" + value + "), axis=0, lanes=32, chunk=4096)\n";
    text += "  %v" + number + " = multiply(%x, broadcast(%s" + number + ", [n]))\n";
    value = "%v" + number;
  }
  return *fused(text + "  return " + value + "\n}\n").functions[0].program;
}

int temporaries(const ir::Program& program) {
  int n = 0;
  for (const ir::Storage& s : program.storages) n += s.kind == ir::Storage::Kind::temporary;
  return n;
}

}  // namespace

TEST_CASE("slots of a chain are used again as values die") {
  const ir::Program program = chain(10);
  CHECK(temporaries(program) == 10);
  CHECK(program.slots == 2);
}

TEST_CASE("a value is overwritten by its last reader, where that reads element by element") {
  // exp(x) is kept for both its sum and what is divided by it.
  const ir::Module module = fused(
      "func @f(%x: f64[n]) {\n"
      "  %e = exp %x\n"
      "  %s = reduce.add %e, axis=0, lanes=32, chunk=4096\n"
      "  %q = divide %e, broadcast(%s, [n])\n"
      "  return %q\n}\n");
  const std::string text = ir::print(module);
  CHECK_THAT(text, Contains("storage %t0: f64[n] temporary in result 0"));
  REQUIRE(module.remarks.size() == 3);
  CHECK(module.remarks.back().text ==
        "t0 is overwritten by r0: kernel 2 reads each element of it last, where it writes");
}

TEST_CASE("a value that its last reader reads elsewhere is not overwritten, and that is told") {
  const ir::Module module = fused(
      "func @f(%x: f64[n]) {\n"
      "  %e = exp %x\n"
      "  %s = reduce.add %e, axis=0, lanes=32, chunk=4096\n"
      "  %q = divide slice(%e, [::-1]), broadcast(%s, [n])\n"
      "  return %q\n}\n");
  CHECK_THAT(ir::print(module), !Contains("in result"));
  REQUIRE_FALSE(module.remarks.empty());
  CHECK_THAT(module.remarks.back().text, Contains("t0 is not overwritten by r0: kernel 2 reads"));
}

TEST_CASE("a result's memory is used until it is written") {
  // Steps that read neighbours: one value in the result, one beside it.
  std::string text = "func @f(%x: f64[n]) {\n";
  std::string value = "%x";
  for (const char* name : {"%a", "%b", "%c", "%d"}) {
    const std::string n(name);
    text += "  " + n + "e = exp " + value + "\n";
    text += "  " + n + " = add " + n + "e, slice(" + n + "e, [::-1])\n";
    value = n;
  }
  const ir::Module module = fused(text + "  return %d\n}\n");
  const ir::Program& program = *module.functions[0].program;
  const std::string planned = ir::print(module);
  CAPTURE(planned);
  CHECK(temporaries(program) >= 3);
  CHECK(program.slots == 1);
  CHECK_THAT(planned, Contains("temporary in result 0"));
}

TEST_CASE("a slot is not used again while its value is alive, nor for another size") {
  const std::string text = R"(func @f(%x: f64[n,m]) {
  program {
    slots 3
    storage %x: f64[n,m] parameter 0
    storage %a: f64[n] temporary 0
    storage %b: f64[n] temporary 1
    storage %c: f64[m] temporary 2
    storage %r0: f64[] result 0
    storage %r1: f64[] result 1
    call @k0(%x, %a) sizes(n, m)
    call @k1(%x, %c) sizes(n, m)
    call @k2(%a, %b) sizes(n)
    call @k3(%b, %r0) sizes(n)
    call @k3(%c, %r1) sizes(m)
    return %r0, %r1
  }
}

kernel func @k0(%a0: f64[n0,n1]) -> f64[n0] {
  return reduce.add(%a0, axis=1, lanes=32, chunk=4096)
}

kernel func @k1(%a0: f64[n0,n1]) -> f64[n1] {
  return reduce.add(%a0, axis=0, lanes=1, chunk=256)
}

kernel func @k2(%a0: f64[n0]) -> f64[n0] {
  return exp(view(%a0, [n0], map=[n0 - 1 - @0]))
}

kernel func @k3(%a0: f64[n0]) -> f64[] {
  return reduce.add(%a0, axis=0, lanes=32, chunk=4096)
}
)";
  const std::string planned = after({"plan_memory"}, text);
  CHECK_THAT(planned, Contains("slots 3"));
  CHECK_THAT(planned, Contains("storage %a: f64[n] temporary 0"));
  CHECK_THAT(planned, Contains("storage %c: f64[m] temporary 1"));
  CHECK_THAT(planned, Contains("storage %b: f64[n] temporary 2"));
}

TEST_CASE("a program without temporaries has no slots") { CHECK(chain(0).slots == 0); }
