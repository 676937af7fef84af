#include "passes/fuse.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

struct Piece {
  ir::Function function;
  Outlined outlined;
};

Piece piece(const std::string& params, const std::string& result) {
  Piece p{module_after({"simplify", "sink_views"},
                       "func @f(" + params + ") {\n  return " + result + "\n}\n")
              .functions[0],
          {}};
  p.outlined = outline(p.function, p.function.results, group(p.function));
  return p;
}

}  // namespace

TEST_CASE("kernels have canonical names") {
  const Piece p = piece("%width: f64[cols], %height: f64[cols]", "add(%height, %width)");
  CHECK_THAT(ir::print(p.outlined.function), Contains("(%a0: f64[n0], %a1: f64[n0]) -> f64[n0]"));
  CHECK(p.outlined.inputs.size() == 2);
  REQUIRE(p.outlined.call.sizes.size() == 1);
  CHECK(to_string(p.outlined.call.sizes[0]) == "cols");
}

TEST_CASE("constants are arguments, but for small integers and 0.0 and 1.0") {
  const Piece scaled = piece("%x: f64[n]", "multiply(%x, broadcast(constant(2.5 : f64), [n]))");
  CHECK_THAT(ir::print(scaled.outlined.function), Contains("%s0: scalar f64"));
  REQUIRE(scaled.outlined.call.scalars.size() == 1);
  CHECK(ir::to_double(scaled.outlined.call.scalars[0].constant) == 2.5);
  CHECK(scaled.outlined.call.scalars[0].param == -1);
  const Piece one = piece("%x: f64[n]", "subtract(broadcast(constant(1.0 : f64), [n]), %x)");
  CHECK(one.outlined.call.scalars.empty());
}

TEST_CASE("scalar parameters are passed on; strides of strided parameters are sizes") {
  const Piece p = piece("%x: f64[n] strided, %s: scalar f64", "multiply(%x, broadcast(%s, [n]))");
  REQUIRE(p.outlined.call.scalars.size() == 1);
  CHECK(p.outlined.call.scalars[0].param == 1);
  REQUIRE(p.outlined.call.sizes.size() == 2);
  CHECK(p.outlined.call.sizes[1] == ir::Extent::symbol("$x.0"));
  CHECK_FALSE(p.outlined.function.params[0].layout.contiguous);
}

TEST_CASE("what the kernel keeps in blocks is marked") {
  const Piece p = piece("%x: f64[n]", "add(slice(exp(%x), [1:]), slice(exp(%x), [:-1]))");
  const std::string text = ir::print(p.outlined.function);
  CHECK_THAT(text, Contains("%1 = exp %a0 : f64[n0]\n  %2 = keep %1 : f64[n0]\n"));
  CHECK_THAT(text, Contains("view %2"));
  CHECK_THAT(text, !Contains("view %1"));
}
