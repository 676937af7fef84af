#include "passes/analysis/blocks.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

struct Found {
  ir::Module module;  // that the demands refer to
  Blocks blocks;
  std::string obstacle() const { return blocks.obstacle.reason; }
};

// Of the kernel of this function; %k is kept.
Found found(const std::string& params, const std::string& body) {
  Found f{parsed("kernel func @k0(" + params + ") {\n" + body + "\n}\n"), {}};
  const ir::Function& kernel = f.module.kernels[0].function;
  f.blocks = find_blocks(kernel.graph, kernel.results, block_options_of_kernel(kernel));
  return f;
}

Found found_of_x(const std::string& rest) {
  return found("%x: f64[n]", "  %k = keep(exp(%x))\n" + rest);
}

}  // namespace

TEST_CASE("a kernel that keeps nothing has no blocks") {
  const Found f = found("%x: f64[n]", "  return exp(%x)");
  CHECK(f.blocks.kept.empty());
  CHECK(f.blocks.sizes.empty());
  CHECK(f.blocks.bytes == 0);
  CHECK(f.blocks.results.roots.size() == 1);
}

TEST_CASE("halos add up along a chain") {
  const Found f = found("%x: f64[n]", R"(
  %k = keep(exp(%x))
  %l = keep(sin(add(view(%k, [n - 2], map=[@0]), view(%k, [n - 2], map=[2 + @0]))))
  return add(view(%l, [n - 5], map=[@0]), view(%l, [n - 5], map=[3 + @0])))");
  REQUIRE(f.obstacle().empty());
  REQUIRE(f.blocks.kept.size() == 2);
  const Kept& k = f.blocks.kept[0];
  const Kept& l = f.blocks.kept[1];
  CHECK(k.node < l.node);
  CHECK(k.ranges[0].more == 5);
  CHECK(l.ranges[0].more == 3);
  CHECK(l.ranges[0].first.is(0));
  REQUIRE(f.blocks.sizes.size() == 1);
  // Whole lines: 8 elements of f64.
  CHECK(k.held[0] == (f.blocks.sizes[0] + 5 + 7) / 8 * 8);
  CHECK(f.blocks.bytes == 8 * (k.count() + l.count()));
  CHECK(f.blocks.bytes <= 64 << 10);
  CHECK(f.blocks.repeated > 0);
}

TEST_CASE("a range begins at the first element that is read, and has what all readers read") {
  const Found f =
      found_of_x("  return add(view(%k, [n - 9], map=[7 + @0]), view(%k, [n - 9], map=[3 + @0]))");
  CHECK(f.blocks.kept.at(0).ranges.at(0).first.is(3));
  CHECK(f.blocks.kept[0].ranges[0].more == 4);
  const Found symbol = found("%x: f64[n], %y: f64[m]",
                             "  %k = keep(exp(%x))\n  return add(view(%k, [n - m], map=[m - 2 + "
                             "@0]), view(%k, [n - m], map=[m - 1 + @0]))");
  CHECK(to_string(symbol.blocks.kept.at(0).ranges.at(0).first) == "m - 2");
  CHECK(symbol.blocks.kept[0].ranges[0].more == 1);
}

TEST_CASE("an axis that is read at certain elements belongs to no loop") {
  const Found f = found("%x: f64[3,n]",
                        "  %k = keep(exp(%x))\n  return add(view(%k, [n], map=[0, @0]), "
                        "view(%k, [n], map=[2, @0]))");
  REQUIRE(f.obstacle().empty());
  CHECK(f.blocks.kept[0].ranges[0].loop == -1);
  CHECK(f.blocks.kept[0].ranges[0].more == 2);
  CHECK(f.blocks.kept[0].held[0] == 3);
  CHECK(f.blocks.kept[0].ranges[1].loop == 0);
}

TEST_CASE("a block is not larger than a result of known size") {
  const Found f = found("%x: f64[20,30]",
                        "  %k = keep(exp(%x))\n  return add(view(%k, [19,30], map=[@0, @1]), "
                        "view(%k, [19,30], map=[1 + @0, @1]))");
  CHECK(f.blocks.sizes == std::vector<std::int64_t>{19, 30});
  CHECK(sizes_text(f.blocks) == "19 x 30");
}

TEST_CASE("work done again counts for each element of the results") {
  const Found rows = found("%x: f64[8,4000]",
                           "  %k = keep(exp(%x))\n  return add(view(%k, [4,4000], map=[@0, @1]), "
                           "view(%k, [4,4000], map=[4 + @0, @1]))");
  // 8 rows for 4.
  CHECK(rows.blocks.sizes.at(0) == 4);
  const int exp = test_registry().find("exp")->cost;
  CHECK(rows.blocks.repeated == exp);
}

TEST_CASE("what cannot be kept says why") {
  const std::string steps = "it is read in steps, backwards or in a reduction";
  CHECK(found_of_x("  return add(view(%k, [n], map=[@0]), view(%k, [n], map=[n - 1 - @0]))")
            .obstacle() == steps);
  CHECK(found_of_x("  return add(view(%k, [m], map=[2*@0]), view(%k, [m], map=[1 + 2*@0]))")
            .obstacle() == steps);
  CHECK(found("%x: f64[n,m]",
              "  %k = keep(exp(%x))\n  return reduce.add(%k, axis=1, lanes=32, chunk=4096)")
            .obstacle() == steps);
  CHECK(found("%x: f64[n], %y: f64[m]",
              "  %k = keep(exp(%x))\n  return add(view(%k, [n - m], map=[@0]), "
              "view(%k, [n - m], map=[m + @0]))")
            .obstacle() == "how far apart it is read is not known");
  CHECK(
      found("%x: f64[n,n]", "  %k = keep(exp(%x))\n  return add(%k, view(%k, [n,n], map=[@1, @0]))")
          .obstacle() == "how far apart it is read is not known");
  CHECK(found("%x: f64[n]",
              "  %k = keep(exp(%x))\n  return add(view(%k, [m,n], map=[@1]), "
              "view(%k, [m,n], map=[1 + @1]))")
            .obstacle() == "its axes are not those of what is computed from it");
  CHECK(found("%x: f64[n,m]",
              "  %k = keep(reduce.add(%x, axis=1, lanes=32, chunk=4096))\n  return "
              "add(view(%k, [n - 1], map=[@0]), view(%k, [n - 1], map=[1 + @0]))")
            .obstacle() == "it is made of a long reduction");
  CHECK(found("%x: f64[n], %y: f64[n,m]",
              "  %k = keep(exp(%x))\n  return add(%k, reduce.add(%y, axis=1, lanes=32, "
              "chunk=4096))")
            .obstacle() == "a long reduction is computed beside it");
  CHECK(found_of_x("  return add(view(%k, [n], map=[@0]), view(%k, [n], map=[9000 + @0]))")
            .obstacle() == "a block of it would be too large");
  CHECK(found("%x: f64[a,b,c,d,e]",
              "  %k = keep(exp(%x))\n  return add(%k, view(%k, [a,b,c,d,e], map=[1 + @0, @1, @2, "
              "@3, @4]))")
            .obstacle() == "the result has more than four axes");
  CHECK(found_of_x("  return add(view(%k, [], map=[0]), view(%k, [], map=[1]))").obstacle() ==
        "the result is one element");
}
