#include "passes/loop_rewrite.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

using namespace ir::loops;

const char* const sums = R"(kernel @k(%a: buffer f64, %r: buffer f64 written, %n0: size) {
  for i in [0, n0) {
    for j in [0, n0) {
      %2 = load f64 %a[8*i + 8*n0*j]
      %3 = mul %2, %2 : f64
    } reduce add f64 of %2 lanes 1 chunk 0 from 0.0 as %4
      reduce add f64 of %3 lanes 1 chunk 0 from 0.0 as %5
    %6 = sub %4, %4 : f64
    store %r[8*i], %5
  }
}
)";

class Doubler final : public LoopRewriter {
 public:
  using LoopRewriter::LoopRewriter;

 protected:
  Id value(Id source) override {
    const Id copy = copy_node(source);
    if (source_.nodes[source].kind != Kind::load) return copy;
    return builder_.binary(ir::Prim::add, copy, copy);
  }
};

}  // namespace

TEST_CASE("a copy is the same kernel") {
  const Kernel source = *parsed(sums).kernels[0].loops;
  Kernel copy;
  LoopRewriter(source, copy, false).copy_kernel();
  CHECK(ir::print(copy) == ir::print(source));
}

TEST_CASE("a value that is replaced is replaced for all its users") {
  const Kernel source = *parsed(sums).kernels[0].loops;
  Kernel target;
  Doubler(source, target, false).copy_kernel();
  CHECK_NOTHROW(ir::verify_loops(target, ir::Phase::primitive));
  CHECK_THAT(ir::print(target), Contains("%3 = add %2, %2 : f64\n      %4 = mul %3, %3 : f64"));
}

TEST_CASE("values, folds and loops that no store needs are removed") {
  Kernel kernel = *parsed(sums).kernels[0].loops;
  remove_unused(kernel);
  const std::string text = ir::print(kernel);
  CHECK_THAT(text, !Contains("sub"));
  CHECK(count(text, "add f64 of") == 1);
  CHECK_NOTHROW(ir::verify_loops(kernel, ir::Phase::primitive));
}

TEST_CASE("parts and locals are copied") {
  const ir::Module m = parsed(R"(kernel @k(%a: buffer f64, %r: buffer f64 written, %n: size) {
  local %t: f64[9]
  for b in [0, n) {
    for i in [0, 9) of 8*n + 1 after 8*b {
      %1 = load f64 %a[64*b + 8*i]
      store %t[8*i], %1
    }
    for i in [0, 8) of 8*n after 8*b {
      %2 = load f64 %t[8 + 8*i]
      store %r[64*b + 8*i], %2
    }
  }
}
)");
  Kernel copy = *m.kernels[0].loops;
  remove_unused(copy);
  CHECK_THAT(ir::print(copy), Catch::Contains("local %t: f64[9]\n"));
  CHECK_THAT(ir::print(copy), Catch::Contains("for i in [0, 9) of 8*n + 1 after 8*b {"));
  CHECK_THAT(ir::print(copy), Catch::Contains("for i in [0, 8) of 8*n after 8*b {"));
}
