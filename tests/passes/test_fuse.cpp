#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

struct Fused {
  ir::Module module;
  int kernels, calls, temporaries;
};

Fused fuse_all(const std::string& params, const std::string& body) {
  Fused f{fused("func @f(" + params + ") {\n" + body + "\n}\n"), 0, 0, 0};
  f.kernels = static_cast<int>(f.module.kernels.size());
  const ir::Program& program = *f.module.functions[0].program;
  f.calls = static_cast<int>(program.calls.size());
  for (const ir::Storage& s : program.storages) {
    if (s.kind == ir::Storage::Kind::temporary) ++f.temporaries;
  }
  return f;
}

void check(const Fused& f, int kernels, int calls, int temporaries) {
  INFO(ir::print(f.module));
  CHECK(f.kernels == kernels);
  CHECK(f.calls == calls);
  CHECK(f.temporaries == temporaries);
  CHECK(f.module.remarks.size() == static_cast<std::size_t>(temporaries));
}

}  // namespace

TEST_CASE("distances are one kernel without temporaries") {
  check(fuse_all("%points: f64[n,2], %p: f64[2]", R"(
  %s = square(subtract(%points, broadcast(%p, [n,2])))
  return sqrt(reduce.add(%s, axis=1, lanes=32, chunk=4096)))"),
        1, 1, 0);
}

TEST_CASE("a sum of rows is fused with its reader, a sum of columns is stored") {
  check(fuse_all("%x: f64[n,m]", R"(
  %s = expand_dims(reduce.add(%x, axis=1, lanes=32, chunk=4096), axes=[1])
  return subtract(%x, broadcast(%s, [n,m])))"),
        1, 1, 0);
  const Fused columns = fuse_all("%x: f64[n,m]", R"(
  %s = reduce.add(%x, axis=0, lanes=1, chunk=256)
  return subtract(%x, broadcast(%s, [n,m])))");
  check(columns, 2, 2, 1);
  REQUIRE(columns.module.remarks.size() == 1);
  CHECK(columns.module.remarks[0].pass == "fuse");
  CHECK(columns.module.remarks[0].text ==
        "temporary of f64[m] (8*m bytes): a reduction would be done again for each element");
}

TEST_CASE("nearest neighbours of all pairs are one kernel") {
  check(fuse_all("%p: f64[n,2]", R"(
  %a = broadcast(expand_dims(%p, axes=[1]), [n,n,2])
  %d = subtract(%a, broadcast(expand_dims(%p, axes=[0]), [n,n,2]))
  %s = reduce.add(square(%d), axis=2, lanes=32, chunk=4096)
  return reduce.minimum(%s, axis=1, lanes=1, chunk=0))"),
        1, 1, 0);
}

TEST_CASE("equal pieces share a kernel, whatever their sizes are called") {
  const Fused f = fuse_all("%x: f64[n], %y: f64[m]", "  return exp(sin(%x)), exp(sin(%y))");
  check(f, 1, 2, 0);
  check(fuse_all("%x: f64[n], %y: f32[m]", "  return exp(%x), exp(%y)"), 2, 2, 0);
}

TEST_CASE("what two kernels read is stored if it is dear") {
  const std::string sums = R"(
  return reduce.add(%e, axis=0, lanes=1, chunk=256), reduce.add(%e, axis=1, lanes=32, chunk=4096))";
  check(fuse_all("%x: f64[n,m]", "  %e = exp %x" + sums), 3, 3, 1);
  check(fuse_all("%x: f64[n,m]", "  %e = negative %x" + sums), 2, 2, 0);
}

TEST_CASE("an argument that is a result is no kernel") {
  check(fuse_all("%x: f64[n]", "  return %x"), 0, 0, 0);
}

TEST_CASE("a step of a chain of stencils is kept in blocks and says so") {
  const Fused f =
      fuse_all("%x: f64[n]", "  %e = exp(%x)\n  return add(slice(%e, [1:]), slice(%e, [:-1]))");
  CHECK(f.kernels == 1);
  CHECK(f.temporaries == 0);
  CHECK(count(ir::print(f.module), "keep %") == 1);
  REQUIRE(f.module.remarks.size() == 1);
  CHECK(f.module.remarks[0].text ==
        "kept in blocks of 4096 (32832 bytes a thread): it is read at several shifts");
}
