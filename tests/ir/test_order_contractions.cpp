#include "ir/order_contractions.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc::ir;

TEST_CASE("contractions of many operands are ordered, whatever else there is stays") {
  const Registry registry;
  const Module module = parse(R"(
func @f(%a: c128[n,4], %b: c128[4,m], %c: c128[m], %x: c128[n]) {
  return multiply(einsum(%a, %b, %c, "ij,jk,k->i"), %x), %x
})",
                              "test.air", registry);
  const Function& function = module.functions.at(0);
  REQUIRE(has_contraction(function));
  const Function ordered = order_contractions(function);
  REQUIRE(ordered.results.size() == 2);
  CHECK(ordered.graph[ordered.results[0]].type == function.graph[function.results[0]].type);
  CHECK(ordered.graph[ordered.results[1]].op() == Op::param);
  const Node& last = ordered.graph[ordered.graph[ordered.results[0]].operands[0]];
  REQUIRE(last.op() == Op::einsum);
  CHECK(ordered.graph[last.operands[1]].type.shape == Shape{Extent(4)});
}
