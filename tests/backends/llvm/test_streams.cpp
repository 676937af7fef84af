// Which stages have a function for more than caches hold, and what it does.
#include "backends/llvm/streams.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using backends::find_streams;
using backends::Streams;

namespace {

// Of the first stage of the first kernel.
Streams streams_of(const std::string& params, const std::string& results) {
  const ir::Module module = passes::scheduled_to(
      "vectorize_loops", "func @f(" + params + ") {\n  return " + results + "\n}\n");
  const ir::loops::Kernel& kernel = *module.kernels.at(0).loops;
  return find_streams(kernel, kernel.stages.at(0));
}

std::size_t count(const Streams& streams) {
  return static_cast<std::size_t>(std::ranges::count(streams.accesses, true));
}

}  // namespace

TEST_CASE("elementwise arithmetic is streams, read and written") {
  const Streams s = streams_of("%x: f64[n], %y: f64[n]", "add(%x, %y)");
  CHECK(s.worthwhile);
  CHECK(count(s) == 3);
  CHECK(to_string(s.bytes) == "24*n0");
  CHECK(s.distance == 2048);
  CHECK(streams_of("%x: f64[n]", "negative(%x)").distance == 4096);
}

TEST_CASE("what is small for sure, or much work, is not worth a second function") {
  CHECK_FALSE(streams_of("%x: f64[100000]", "negative(%x)").worthwhile);
  CHECK(streams_of("%x: f64[10000000]", "negative(%x)").worthwhile);
  CHECK_FALSE(streams_of("%x: f64[n]", "sin(%x)").worthwhile);
  CHECK_FALSE(streams_of("%x: f64[n,m], %y: f64[m,k]", "einsum(%x, %y, \"ij,jk->ik\")").worthwhile);
}

TEST_CASE("what is read again in every row is no stream") {
  const Streams s = streams_of("%x: f64[n,m], %y: f64[m]", "add(%x, broadcast(%y, [n,m]))");
  CHECK(s.worthwhile);
  CHECK(count(s) == 2);
  CHECK(to_string(s.bytes) == "16*n0*n1");
}

TEST_CASE("points with few coordinates are read side by side") {
  const Streams s = streams_of("%p: f64[n,2]", "reduce.add(%p, axis=1, lanes=32, chunk=4096)");
  CHECK(s.worthwhile);
  CHECK(to_string(s.bytes) == "24*n0");
}

TEST_CASE("chunks of a long sum are a stream") {
  const Streams s = streams_of("%x: f64[n]", "reduce.add(%x, axis=0, lanes=32, chunk=4096)");
  CHECK(s.worthwhile);
  CHECK(count(s) == 1);
  CHECK(to_string(s.bytes) == "32768*(n0//4096)");
}
