#include "passes/analysis/in_place.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;

namespace {

// Why the first result may not be written over the first array; "" if it may.
std::string obstacle(const std::string& kernel) {
  const ir::Module module = parsed("kernel func @k0(" + kernel + "}\n");
  return InPlace(module.kernels.at(0).function).obstacle(0, 0);
}

}  // namespace

TEST_CASE("elements read where they are written may be overwritten") {
  CHECK(obstacle("%a: f64[n,m]) {\n  return exp(negative(%a))\n").empty());
  CHECK(obstacle("%a: f64[n,m], %b: f64[n,m]) {\n"
                 "  %s = reduce.add %b, axis=1, lanes=32, chunk=4096\n"
                 "  return multiply(%a, view(%s, [n,m], map=[@0]))\n")
            .empty());
  CHECK(obstacle("%a: i64[n]) {\n  return convert(%a, f64)\n").empty());
  CHECK(obstacle("%a: f64[n]) {\n  return sqrt(%a), exp(%a)\n").empty());
  CHECK(obstacle("%a: f64[]) {\n  return sqrt(%a)\n").empty());
}

TEST_CASE("elements read at other positions may not be overwritten") {
  const std::string other = "reads it at other positions than it writes";
  CHECK(obstacle("%a: f64[n]) {\n  return add(%a, view(%a, [n], map=[n - 1 - @0]))\n") == other);
  CHECK(obstacle("%a: f64[n,n]) {\n  return add(%a, view(%a, [n,n], map=[@1, @0]))\n") == other);
  CHECK(obstacle("%a: f64[n,m]) {\n  return add(%a, view(%a, [n,m], map=[0, @1]))\n") == other);
  // A result that is nothing but a view.
  CHECK(obstacle("%a: f64[n]) {\n  return view(%a, [n], map=[n - 1 - @0])\n") == other);
  CHECK(obstacle("%a: f64[n]) {\n  return view(negative(%a), [n], map=[n - 1 - @0])\n") == other);
  CHECK(obstacle("%a: f64[n]) {\n  return view(%a, [n], map=[@0])\n").empty());
  // Through another result of the same kernel.
  CHECK(obstacle("%a: f64[n]) {\n"
                 "  return exp(%a), negative(view(%a, [n], map=[n - 1 - @0]))\n") == other);
  CHECK(obstacle("%a: f64[n,4]) {\n"
                 "  %s = reduce.add %a, axis=1, lanes=32, chunk=4096\n"
                 "  return multiply(%a, view(%s, [n,4], map=[@0]))\n") == other);
  CHECK(obstacle("%a: f64[n,m]) {\n"
                 "  %s = reduce.add %a, axis=1, lanes=32, chunk=4096\n"
                 "  return multiply(%a, view(%s, [n,m], map=[@0]))\n") == other);
}

TEST_CASE("elements read in a reduction may not be overwritten") {
  const std::string reduction = "reads it in a reduction";
  CHECK(obstacle("%a: f64[m], %b: f64[n,m]) {\n"
                 "  %p = multiply(%b, view(%a, [n,m], map=[@1]))\n"
                 "  return reduce.add(%p, axis=0, lanes=1, chunk=256)\n") == reduction);
  CHECK(obstacle("%a: f64[], %b: f64[n]) {\n"
                 "  %p = multiply(%b, view(%a, [n], map=[]))\n"
                 "  return reduce.add(%p, axis=0, lanes=32, chunk=4096)\n") == reduction);
}

TEST_CASE("a row's fold beside the row is written over nothing") {
  const std::string kernel =
      "%a: f64[n], %b: f64[n,m]) {\n"
      "  %s = reduce.add %b, axis=1, lanes=32, chunk=4096\n";
  CHECK(obstacle(kernel + "  return add(%a, %s), divide(%b, view(%s, [n,m], map=[@0]))\n") ==
        "writes a row's element beside its others");
  CHECK(obstacle(kernel + "  return add(%a, %s)\n").empty());
}

TEST_CASE("a result of another size, shape or of complex numbers overwrites nothing") {
  CHECK(obstacle("%a: f64[n]) {\n  return convert(%a, f32)\n") == "writes other elements");
  CHECK(obstacle("%a: f64[n]) {\n  return view(%a, [m,n], map=[@1])\n") == "writes another shape");
  CHECK(obstacle("%a: c64[n], %b: f64[n]) {\n  return negative(%b)\n") ==
        "reads or writes complex numbers");
}

TEST_CASE("a result that keeps rows overwrites nothing") {
  CHECK(obstacle("%a: f64[n,m], %x: f64[n,m]) {\n"
                 "  %e = exp %x\n"
                 "  %s = reduce.add %e, axis=1, lanes=32, chunk=4096\n"
                 "  %q = divide %e, view(%s, [n,m], map=[@0])\n"
                 "  return add(%q, %a)\n") ==
        "keeps values in the result's rows before they are written");
}

TEST_CASE("what values kept in blocks are computed from may not be overwritten") {
  CHECK(obstacle("%a: f64[n]) {\n  %k = keep(exp(%a))\n"
                 "  return add(%a, add(%k, view(%k, [n], map=[1 + @0])))\n") ==
        "reads it for what it keeps in blocks");
  CHECK(obstacle("%a: f64[n], %b: f64[n]) {\n  %k = keep(exp(%b))\n"
                 "  return add(%a, add(%k, view(%k, [n], map=[1 + @0])))\n")
            .empty());
}
