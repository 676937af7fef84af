#include <functional>

#include "ir/loops.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "ir/verifier.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

const Registry registry;

Module read(const std::string& text) { return parse(text, "t.air", registry); }

// What the verifier says; "" for a legal module.
std::string broken(const Module& module, Phase phase) {
  try {
    verify(module, phase);
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

void mentions(const std::string& message, const std::string& said) {
  CHECK_THAT(message, Catch::Contains(said));
}

}  // namespace

TEST_CASE("loops: parts and locals") {
  const char* const text = R"(
kernel func @k(%a0: f64[n0]) -> f64[n0] {
  return exp(%a0)
}
kernel @k(%a: buffer f64, %r: buffer f64 written, %n0: size) {
  local %t: f64[4]
  for b in [0, n0) {
    for i in [0, 4) of n0 after 4*b {
      %2 = load f64 %a[32*b + 8*i]
      store %t[8*i], %2
    }
  }
}
)";
  CHECK(broken(read(text), Phase::loops) == "");
  const auto rule = [&](const std::string& said,
                        const std::function<void(loops::Kernel&)>& change) {
    Module module = read(text);
    change(*module.kernels[0].loops);
    mentions(broken(module, Phase::loops), said);
  };
  using K = loops::Kernel;
  rule("a local with the name of something else", [](K& k) { k.locals[0].name = "a"; });
  rule("a local of unknown size", [](K& k) { k.locals[0].count = Extent::symbol("n0"); });
  rule("complex numbers are parts", [](K& k) { k.locals[0].type = DType::C64; });
  rule("not the buffer's type", [](K& k) { k.locals[0].type = DType::F32; });
  rule("no such buffer", [](K& k) { k.locals.clear(); });
  rule("depends on what is not a loop around it", [](K& k) { k.loops[1].part.loop = 1; });
  rule("depends on what is not a loop around it", [](K& k) { k.loops[1].part.loop = 99; });
  rule("an extent of 'z'", [](K& k) { k.loops[1].part.whole = Extent::symbol("z"); });
  rule("an extent of 'z'", [](K& k) { k.loops[1].part.step = Extent::symbol("z"); });
}

TEST_CASE("graphs: only kernels keep values in blocks") {
  mentions(broken(read("func @f(%x: f64[n]) {\n  return keep(%x)\n}\n"), Phase::source),
           "only kernels keep values in blocks");
  CHECK(broken(read("kernel func @k(%x: f64[n]) {\n  return keep(%x)\n}\n"), Phase::fused) == "");
}
