#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

std::string lowered(const std::string& params, const std::string& body) {
  return loops_to("lower_to_loops", "func @f(" + params + ") {\n" + body + "}\n");
}

const std::string exponentials =
    "  %m = reduce.maximum %x, axis=1\n"
    "  %e = exp(subtract(%x, broadcast(expand_dims(%m, axes=[1]), [n,m])))\n"
    "  %s = reduce.add %e, axis=1, lanes=32, chunk=4096\n"
    "  %q = divide %e, broadcast(expand_dims(%s, axes=[1]), [n,m])\n";

}  // namespace

TEST_CASE("a row of the result keeps what the row's reduction computed") {
  const std::string text = lowered("%x: f64[n,m]", exponentials + "  return %q\n");
  CHECK(count(text, "kernel @") == 1);
  CHECK(count(text, "exp ") == 1);
  CHECK(count(text, " %r0[8*n1*i + 8*r1]") == 1);
  CHECK(count(text, "load f64 %r0[8*n1*i + 8*j]") == 1);
  CHECK(count(text, " %r0[8*n1*i + 8*j]") == 2);
}

TEST_CASE("a result of another type keeps nothing") {
  const std::string text =
      lowered("%x: f64[n,m]", exponentials + "  %c = convert %q : f32[n,m]\n  return %c\n");
  CHECK(count(text, "load f64 %r0") == 0);
}

TEST_CASE("what is cheap is computed again") {
  const std::string text = lowered("%x: f64[n,m]",
                                   "  %e = square %x\n"
                                   "  %s = reduce.add %e, axis=1, lanes=32, chunk=4096\n"
                                   "  %q = divide %e, broadcast(expand_dims(%s, axes=[1]), [n,m])\n"
                                   "  return %q\n");
  CHECK(count(text, "kernel @") == 1);
  CHECK(count(text, "%r0[") == 1);
}

TEST_CASE("what is read by two reductions gets memory of its own") {
  const std::string text =
      lowered("%x: f64[n,m]",
              "  %e = exp %x\n"
              "  %s = reduce.add %e, axis=1, lanes=32, chunk=4096\n"
              "  %d = subtract %e, broadcast(expand_dims(%s, axes=[1]), [n,m])\n"
              "  %t = reduce.add square(%d), axis=1, lanes=32, chunk=4096\n"
              "  %q = divide %e, broadcast(expand_dims(%t, axes=[1]), [n,m])\n"
              "  return %q\n");
  CHECK(count(text, "kernel @") == 2);
}
