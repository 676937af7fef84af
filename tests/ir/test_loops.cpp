#include "ir/loops.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "ir/verifier.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::ir;
using loops::Builder;
using loops::Id;
using loops::Kernel;

namespace {

const Registry registry;

Extent n() { return Extent::symbol("n0"); }

Kernel signature() {
  Kernel k;
  k.name = "k0";
  k.params = {{loops::ParamKind::buffer, "a", DType::F64, false},
              {loops::ParamKind::buffer, "out", DType::F64, true},
              {loops::ParamKind::size, "n0", DType::I64, false},
              {loops::ParamKind::scalar, "s0", DType::F64, false}};
  return k;
}

Module module_of(const Kernel& k) {
  Module m;
  m.kernels.emplace_back();
  m.kernels.back().loops = k;
  return m;
}

void check_round_trip(const Kernel& k) {
  const Module m = module_of(k);
  const std::string text = print(m);
  INFO(text);
  const Module back = parse(text, "t.air", registry);
  CHECK(same(m, back));
  CHECK(print(back) == text);
}

void canonical(const std::string& text) {
  const Module m = parse(text, "t.air", registry);
  REQUIRE(m.kernels.size() == 1);
  verify_loops(*m.kernels[0].loops, Phase::loops);
  CHECK(print(*m.kernels[0].loops) == text);
  check_round_trip(*m.kernels[0].loops);
}

// out[i] = sum_j a[2*i + j] + s0
Kernel sum_of_pairs() {
  Kernel k = signature();
  Builder b(k, true);
  const Id outer = b.loop("i", n());
  k.stages = {outer};
  b.set_block(&k.loops[0].body);
  const Id inner = b.loop("j", 2);
  k.loops[0].body.push_back(inner);
  b.set_block(&k.loops[1].body);
  const Id x = b.load({0, 0, {{outer, 16}, {inner, 8}}}, DType::F64);
  loops::Accumulator sum;
  sum.value = x;
  sum.tree = {32, 4096};
  sum.identity = Scalar::of(0.0);
  k.loops[1].accumulators.push_back(sum);
  b.set_block(&k.loops[0].body);
  const Id total = b.accumulated(inner, 0);
  const Id shifted = b.binary(Prim::add, total, b.scalar(3));
  b.store({1, 0, {{outer, 8}}}, shifted);
  return k;
}

}  // namespace

TEST_CASE("the builder appends nodes to its block") {
  Kernel k = signature();
  Builder b(k, true);
  CHECK(b.has_fma());
  CHECK(loops::buffer_count(k) == 2);
  CHECK_THROWS_AS(b.constant(Scalar::of(1.0)), Error);  // no block yet
  CHECK(k.nodes.empty());

  const Id loop = b.loop("i", n());
  k.stages.push_back(loop);
  CHECK(b.block() == nullptr);
  b.set_block(&k.loops[0].body);
  const Id one = b.constant(Scalar::of(1.0f));
  CHECK(b.type_of(one) == DType::F32);
  const Id again = b.constant(Scalar::of(1.0f));
  CHECK(one != again);
  const Id position = b.index(loop);
  CHECK(k.nodes[position].args == std::vector<Id>{loop});
  CHECK(b.type_of(position) == DType::I64);
  CHECK(k.nodes[b.size(n() + 1)].extent == n() + 1);
  CHECK(b.type_of(b.scalar(3)) == DType::F64);
  const Id root = b.apply(*registry.find("sqrt"), {b.scalar(3)}, DType::F64);
  CHECK(k.nodes[root].kind == loops::Kind::ufunc);
  const Id less = b.compare(Prim::lt, one, again);
  CHECK(b.type_of(less) == DType::Bool);
  CHECK(k.loops[0].body.size() == k.nodes.size() - 1);
}

TEST_CASE("the builder's block stays the same when loops are added") {
  Kernel k = signature();
  Builder b(k, false);
  const Id outer = b.loop("i", n());
  k.stages.push_back(outer);
  b.set_block(&k.loops[0].body);
  for (int i = 0; i < 100; ++i) {
    b.loop("j", 2);
    REQUIRE(b.block() == &k.loops[0].body);
  }
  b.constant(Scalar::of(true));
  CHECK(k.loops[0].body.size() == 1);
}

TEST_CASE("multiply_add follows the FMA class") {
  for (const bool fma : {false, true}) {
    Kernel k = signature();
    Builder b(k, fma);
    loops::Block block;
    b.set_block(&block);
    const Id x = b.scalar(3);
    b.multiply_add(x, x, x);
    CHECK(k.nodes.back().prim == (fma ? Prim::fma : Prim::add));
    CHECK(block.size() == (fma ? 2 : 3));
  }
}

TEST_CASE("a kernel reads like code") {
  const Kernel k = sum_of_pairs();
  verify_loops(k, Phase::scheduled);
  CHECK(print(k) ==
        R"(kernel @k0(%a: buffer f64, %out: buffer f64 written, %n0: size, %s0: scalar f64) {
  for i in [0, n0) {
    for j in [0, 2) {
      %2 = load f64 %a[16*i + 8*j]
    } reduce add f64 of %2 lanes 32 chunk 4096 from 0.0 as %3
    %4 = scalar %s0
    %5 = add %3, %4 : f64
    store %out[8*i], %5
  }
}
)");
  check_round_trip(k);
}

TEST_CASE("everything at the loop level comes back") {
  canonical(R"(kernel @k(%a: buffer f64, %out: buffer f64 written, )"
            R"(%p: buffer i64 written, %n0: size, %$a.0: size, %s0: scalar f64, %s1: scalar bool) {
  scratch %t: f64[2*n0 + 1]
  scratch %"odd name": i64[4]
  parallel for i in [0, n0) grain max(4096//(n0 + 1), 1) width 8 {
    %1 = size n0 - 1
    %2 = index i
    %3 = mul %1, %2 : i64
    %4 = load f64 %a[8*n0 - 8 - $a.0*i + %3]
    %5 = apply exp %4 : f64
    %6 = constant 0x7ff8000000000001 : f64
    %7 = constant -5 : i64
    %8 = convert %7 : f64
    %9 = scalar %s1
    %10 = select %9, %5, %6 : f64
    store %t[8*i], %10
    store %"odd name"[%3], %7
    store %out[(n0 - 1)*i], %8
  }
  for i in [0, n0) {
    for n0.2 in [0, 3) {
      for i.3 in [0, 2) {
        %17 = load f64 %t[16 + 8*i + (n0//2)*n0.2 - i.3]
        %18 = index i.3
        %19 = index n0.2
      } reduce arg_minimum f64 of %17 position %18 lanes 1 chunk 0 from inf as %20 at %21
        reduce add i64 of %18 lanes 1 chunk 0 from 0
        reduce maximum f64 of %17 lanes 1 chunk 0 from -inf as %22
      %23 = accumulated i.3 1
      %24 = position i.3 0
      store %p[8*i], %24
    }
  }
}
)");
}

TEST_CASE("folds of complex numbers come back") {
  canonical(
      R"(kernel @k(%a: buffer f32, %out: buffer f32 written, %p: buffer i64 written, %n0: size) {
  for i in [0, n0) {
    for j.1 in [0, n0) {
      %2 = load f32 %a[8*j.1]
      %3 = load f32 %a[4 + 8*j.1]
      %4 = index j.1
    } reduce mul f32 of %2 imag %3 lanes 8 chunk 4096 from 1.0 as %5 imag %6
      reduce arg_minimum f32 of %2 imag %3 position %4 lanes 1 chunk 0 from inf imag %7 at %8
      reduce arg_maximum f32 of %2 imag %3 position %4 lanes 1 chunk 0 from -inf
    %9 = imag j.1 1
    store %out[8*i], %5
    store %out[4 + 8*i], %6
    store %out[4 + 8*i], %7
    store %out[4 + 8*i], %9
    store %p[8*i], %8
  }
}
)");
}

TEST_CASE("odd names of loops and ids in any order come back") {
  Kernel k = sum_of_pairs();
  k.loops[0].name = "max";
  k.loops[1].name = "two words";
  check_round_trip(k);
  k.loops[0].name = k.loops[1].name = "";
  check_round_trip(k);
  k.loops[0].name = k.loops[1].name = "n0";
  check_round_trip(k);
  k.loops[0].name = "$x";
  check_round_trip(k);

  // The inner loop's node before the outer's, a store before both.
  Kernel odd = signature();
  odd.nodes.resize(4);
  odd.nodes[0].kind = loops::Kind::store;
  odd.nodes[0].args = {3};
  odd.nodes[1].kind = odd.nodes[2].kind = loops::Kind::loop;
  odd.nodes[1].type = odd.nodes[2].type = DType::I64;
  odd.nodes[2].index = 1;
  odd.nodes[3].bits = Scalar::of(1.5).bits;
  odd.accesses.push_back({1, 0, {{1, 8}, {2, 16}}});
  odd.loops.resize(2);
  odd.loops[0] = {"i", 4, {3, 0}, {}};
  odd.loops[1] = {"j", 4, {1}, {}};
  odd.stages = {2};
  verify_loops(odd, Phase::scheduled);
  CHECK(print(odd).find("store@0 %out[8*i + 16*j], %3") != std::string::npos);
  check_round_trip(odd);
}

TEST_CASE("what no block contains is not part of the kernel") {
  Kernel k = sum_of_pairs();
  const std::string text = print(k);
  k.nodes.insert(k.nodes.begin(), loops::Node{});  // every id moves
  const auto move = [](Id& id) { ++id; };
  for (loops::Node& node : k.nodes) std::for_each(node.args.begin(), node.args.end(), move);
  for (loops::Access& a : k.accesses) {
    for (auto& [loop, stride] : a.strides) ++loop;
  }
  for (loops::Loop& loop : k.loops) {
    std::for_each(loop.body.begin(), loop.body.end(), move);
    for (loops::Accumulator& a : loop.accumulators) ++a.value;
  }
  ++k.stages[0];
  CHECK(print(k) == text);
  CHECK(same(k, sum_of_pairs()));
  check_round_trip(k);
}

TEST_CASE("same sees every difference between kernels") {
  const Kernel k = sum_of_pairs();
  const auto differs = [&](auto change) {
    Kernel other = k;
    change(other);
    CHECK_FALSE(same(k, other));
    CHECK_FALSE(same(other, k));
  };
  differs([](Kernel& o) { o.name = "k1"; });
  differs([](Kernel& o) { o.params[1].written = false; });
  differs([](Kernel& o) { o.scratch.push_back({"t", DType::F64, 1}); });
  differs([](Kernel& o) { o.loops[0].parallel = true; });
  differs([](Kernel& o) { o.loops[0].grain = 2; });
  differs([](Kernel& o) { o.loops[0].width = 4; });
  differs([](Kernel& o) { o.loops[1].extent = 3; });
  differs([](Kernel& o) { o.loops[1].accumulators[0].tree.lanes = 16; });
  differs([](Kernel& o) { o.loops[1].accumulators[0].tree.in_order = true; });
  differs([](Kernel& o) { o.loops[1].accumulators[0].factor = 2; });
  differs([](Kernel& o) { o.loops[1].accumulators[0].identity = Scalar::of(-0.0); });
  differs([](Kernel& o) { o.accesses[0].offset = 8; });
  differs([](Kernel& o) { o.accesses[1].strides[0].second = 16; });
  differs([](Kernel& o) { o.accesses[0].buffer = 1; });
  differs([](Kernel& o) { o.nodes[5].prim = Prim::sub; });
  differs([](Kernel& o) { o.nodes[5].args = {4, 3}; });
  differs([](Kernel& o) { o.loops[0].body.pop_back(); });
}

namespace {

Kernel read_kernel(const std::string& text) {
  return *parse(text, "t.air", registry).kernels.at(0).loops;
}

const char* const in_blocks =
    R"(kernel @k(%a: buffer f64, %out: buffer f64 written, %n0: size, %n1: size) {
  scratch %s: f64[n0]
  local %t: f64[40]
  local %u: i32[16]
  for b in [0, (n0 + 7)//8) {
    for i in [0, 10) of n0 + 2 after 8*b {
      %2 = load f64 %a[64*b + 8*i]
      store %t[8*i], %2
    }
    for i in [0, 8) of n0 after (n1 + 8)*b width 4 {
      %5 = load f64 %t[16 + 8*i]
      store %out[64*b + 8*i], %5
    }
  }
}
)";

}  // namespace

TEST_CASE("parts of loops and locals come back") { canonical(in_blocks); }

TEST_CASE("locals are buffers after scratch, and loops over blocks are known") {
  const Kernel k = read_kernel(in_blocks);
  CHECK(loops::buffer_count(k) == 2);
  CHECK(loops::first_local(k) == 3);
  CHECK(loops::local_bytes(k) == 40 * 8 + 16 * 4);
  const std::vector<bool> blocks = loops::find_block_loops(k);
  CHECK(std::count(blocks.begin(), blocks.end(), true) == 1);
  CHECK(blocks[k.stages[0]]);
}

TEST_CASE("same sees the difference of parts and locals") {
  const Kernel k = read_kernel(in_blocks);
  const auto differs = [&](const std::function<void(Kernel&)>& change) {
    Kernel other = k;
    change(other);
    return same(k, k) && !same(k, other);
  };
  CHECK(differs([](Kernel& o) { o.locals[0].count = 41; }));
  CHECK(differs([](Kernel& o) { o.locals.pop_back(); }));
  CHECK(differs([](Kernel& o) { o.loops[1].part.whole = 3; }));
  CHECK(differs([](Kernel& o) { o.loops[1].part.step = 9; }));
  CHECK(differs([](Kernel& o) { o.loops[1].part.loop = loops::none; }));
}
