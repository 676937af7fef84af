#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

TEST_CASE("short reductions are unrolled, values are computed where they vary") {
  const std::string text = loops_to("lower_to_loops", R"(func @f(%points: f64[n,2], %p: f64[2]) {
  %s = square(subtract(%points, broadcast(%p, [n,2])))
  return sqrt(reduce.add(%s, axis=1, lanes=32, chunk=4096))
})");
  CHECK(text ==
        R"(kernel @k0(%a0: buffer f64, %a1: buffer f64, %r0: buffer f64 written, %n0: size) {
  for i in [0, n0) {
    %1 = load f64 %a0[16*i]
    %2 = load f64 %a1[0]
    %3 = apply subtract %1, %2 : f64
    %4 = apply square %3 : f64
    %5 = load f64 %a0[8 + 16*i]
    %6 = load f64 %a1[8]
    %7 = apply subtract %5, %6 : f64
    %8 = apply square %7 : f64
    %9 = add %4, %8 : f64
    %10 = apply sqrt %9 : f64
    store %r0[8*i], %10
  }
}
)");
}

TEST_CASE("views are offsets and strides") {
  const std::string text = loops_to("lower_to_loops", R"(func @f(%x: f64[n,m]) {
  return exp(transpose(slice(%x, [::-1, :]), axes=[1,0]))
})");
  CHECK_THAT(text, Contains("- 8*n1*j"));
  CHECK_THAT(text, Contains("store %r0[8*n1*i + 8*j]") || Contains("store %r0[8*n0*i + 8*j]"));
}

TEST_CASE("a full reduction runs once; a 0-d result has a loop of one iteration") {
  const std::string text = loops_to("lower_to_loops", R"(func @f(%x: f64[n]) {
  return reduce.add(%x, axis=0, lanes=32, chunk=4096)
})");
  CHECK_THAT(text, Contains("once in [0, 1)"));
  CHECK_THAT(text, Contains("reduce add f64 of %2 lanes 32 chunk 4096 from 0.0"));
  CHECK_THAT(text, Contains("%r0[0]"));
}

TEST_CASE("reductions over one extent at one place share a loop") {
  const std::string text = loops_to("lower_to_loops", R"(func @f(%x: f64[n,m]) {
  %a = reduce.maximum(%x, axis=1, lanes=1, chunk=0)
  return subtract(%a, reduce.minimum(%x, axis=1, lanes=1, chunk=0))
})");
  CHECK(count(text, "for ") == 2);
  CHECK(count(text, "load ") == 1);
  CHECK_THAT(text, Contains("maximum"));
}

TEST_CASE("what is kept in blocks has a nest of its own in the loops over blocks") {
  const std::string text = loops_to("lower_to_loops", R"(func @f(%x: f64[n]) {
  %e = exp(%x)
  return add(slice(%e, [1:]), slice(%e, [:-1]))
})");
  CHECK(text == R"(kernel @k0(%a0: buffer f64, %r0: buffer f64 written, %n0: size) {
  local %t0: f64[4104]
  for bi in [0, (n0 + 4094)//4096) {
    for i in [0, 4097) of max(n0 - 1, 0) + 1 after 4096*bi {
      %2 = load f64 %a0[32768*bi + 8*i]
      %3 = apply exp %2 : f64
      store %t0[8*i], %3
    }
    for i in [0, 4096) of max(n0 - 1, 0) after 4096*bi {
      %6 = load f64 %t0[8 + 8*i]
      %7 = load f64 %t0[8*i]
      %8 = apply add %6, %7 : f64
      store %r0[32768*bi + 8*i], %8
    }
  }
}
)");
}
