#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include "backends/fold.h"
#include "backends/interp/interp.h"
#include "backends/interp/loop_code.h"
#include "ir/registry.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
using backends::CheckedBuffer;
using backends::interp::LoopCode;
using ir::DType;
using ir::Extent;
using ir::Prim;
using ir::Scalar;
namespace loops = ir::loops;
using loops::Id;

namespace {

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");

// A kernel under construction: buffers of f64, then the sizes n and m.
struct Maker {
  loops::Kernel kernel;
  loops::Builder b{kernel, true};

  Maker(int buffers, int written) {
    kernel.name = "k";
    for (int i = 0; i < buffers; ++i) {
      kernel.params.push_back({loops::ParamKind::buffer, std::string(1, static_cast<char>('a' + i)),
                               DType::F64, i >= buffers - written});
    }
    for (const char* name : {"n", "m"}) {
      kernel.params.push_back({loops::ParamKind::size, name, DType::I64, false});
    }
  }
  // A loop placed in the current block, whose body becomes the block. Leaves room: blocks move when
  // loops are added.
  Id loop(Extent extent, bool stage = false) {
    kernel.loops.reserve(8);
    const Id id = b.loop("i", std::move(extent));
    if (stage)
      kernel.stages.push_back(id);
    else
      b.block()->push_back(id);
    b.set_block(&kernel.loops[kernel.nodes[id].index].body);
    return id;
  }
  loops::Loop& of(Id loop_node) { return kernel.loops[kernel.nodes[loop_node].index]; }
  Id load(std::uint32_t buffer, Extent offset, std::vector<std::pair<Id, Extent>> strides,
          Id dynamic = loops::none) {
    return b.load({buffer, std::move(offset), std::move(strides), dynamic}, DType::F64);
  }
  void store(std::uint32_t buffer, Extent offset, std::vector<std::pair<Id, Extent>> strides,
             Id value) {
    b.store({buffer, std::move(offset), std::move(strides), loops::none}, value);
  }
  // Runs stage 0 in pieces, the last first, over buffers of these elements.
  void run(std::vector<std::vector<double>*> buffers, std::int64_t n_value, std::int64_t m_value,
           std::int64_t extent, std::int64_t piece = 1000000) const {
    const LoopCode code(std::make_shared<const loops::Kernel>(kernel), true);
    std::vector<std::int64_t> slots;
    const std::unique_ptr<CheckedBuffer[]> checked(new CheckedBuffer[buffers.size()]);
    for (auto* buffer : buffers) {
      checked[slots.size()].range = {0, static_cast<std::int64_t>(buffer->size()) * 8};
      slots.push_back(reinterpret_cast<std::intptr_t>(buffer->data()));
    }
    const std::size_t params = kernel.params.size() - 2;
    slots.insert(slots.begin() + static_cast<std::ptrdiff_t>(params), {n_value, m_value});
    for (std::int64_t end = extent; end > 0;) {
      const std::int64_t begin = std::max<std::int64_t>(0, end - piece);
      const std::int32_t status = code.run_checked(0, slots.data(), checked.get(), begin, end);
      REQUIRE(status == ARRAYC_OK);
      end = begin;
    }
  }
};

using F64 = std::vector<double>;

F64 ramp(std::size_t count) {
  F64 v(count);
  for (std::size_t i = 0; i < count; ++i) v[i] = 0.5 * static_cast<double>(i) - 3;
  return v;
}

}  // namespace

TEST_CASE("a loop of loads, operations and stores, in any pieces") {
  Maker k(3, 1);
  const Id i = k.loop(n, true);
  const Id x = k.load(0, 8 * (n - 1), {{i, -8}});  // backwards
  const Id y = k.load(1, 0, {});                   // always the same
  const Id two = k.b.constant(Scalar::of(2.0));
  const Id product = k.b.binary(Prim::mul, x, two);
  const Id index = k.b.convert(k.b.index(i), DType::F64);
  const Id sum = k.b.binary(Prim::add, k.b.binary(Prim::add, product, y), index);
  const Id size = k.b.convert(k.b.size(m * 3), DType::F64);
  k.store(2, 0, {{i, 8}}, k.b.binary(Prim::add, sum, size));
  for (const std::int64_t count : {1, 2, 255, 256, 257, 1000}) {
    for (const std::int64_t piece : {1000000, 100, 1}) {
      F64 a = ramp(static_cast<std::size_t>(count)), b{10}, c(a.size());
      k.run({&a, &b, &c}, count, 5, count, piece);
      for (std::size_t e = 0; e < c.size(); ++e) {
        REQUIRE(c[e] == a[c.size() - 1 - e] * 2 + 10 + static_cast<double>(e) + 15);
      }
    }
  }
}

TEST_CASE("inner loops fold by their tree and see outer values") {
  const ir::Tree tree{8, 64};
  Maker k(2, 1);
  const Id i = k.loop(n, true);
  const Id scale = k.load(0, 0, {{i, 8 * m}});
  loops::Block* outer = k.b.block();
  const Id j = k.loop(m);
  const Id x = k.b.binary(Prim::mul, k.load(0, 0, {{i, 8 * m}, {j, 8}}), scale);
  const Id at = k.b.convert(k.b.binary(Prim::add, k.b.index(i), k.b.index(j)), DType::F64);
  loops::Accumulator sum;
  sum.value = k.b.binary(Prim::add, x, at);
  sum.tree = tree;
  sum.identity = Scalar::of(0.0);
  loops::Accumulator least = sum;
  least.fold = loops::Fold::minimum;
  least.tree = {};
  least.identity = Scalar::of(std::numeric_limits<double>::infinity());
  k.of(j).accumulators = {sum, least};
  k.b.set_block(outer);
  const Id total = k.b.accumulated(j, 0);
  const Id both = k.b.binary(Prim::add, total, k.b.accumulated(j, 1));
  k.store(1, 0, {{i, 8}}, both);
  for (const std::int64_t columns : {1, 3, 256, 700}) {
    const std::int64_t rows = 4;
    F64 a = ramp(static_cast<std::size_t>(rows * columns)), out(4);
    k.run({&a, &out}, rows, columns, rows, 3);
    for (std::int64_t r = 0; r < rows; ++r) {
      std::vector<Scalar> values;
      double smallest = std::numeric_limits<double>::infinity();
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto e = static_cast<std::size_t>(r * columns + c);
        const double v =
            a[e] * a[static_cast<std::size_t>(r * columns)] + static_cast<double>(r + c);
        values.push_back(Scalar::of(v));
        smallest = std::min(smallest, v);
      }
      const Scalar sum_of =
          backends::fold(loops::Fold::add, DType::F64, tree, values, Scalar::of(0.0));
      REQUIRE(out[static_cast<std::size_t>(r)] == ir::to_double(sum_of) + smallest);
    }
  }
}

TEST_CASE("a fold over no iteration is its identity") {
  Maker k(2, 1);
  const Id i = k.loop(Extent(1), true);
  loops::Block* outer = k.b.block();
  const Id j = k.loop(n);
  loops::Accumulator product;
  product.fold = loops::Fold::mul;
  product.value = k.load(0, 0, {{j, 8}});
  product.identity = Scalar::of(1.0);
  k.of(j).accumulators = {product};
  k.b.set_block(outer);
  k.store(1, 0, {{i, 8}}, k.b.accumulated(j, 0));
  F64 a{3, 4}, out{0};
  k.run({&a, &out}, 0, 0, 1);
  CHECK(out[0] == 1);
  k.run({&a, &out}, 2, 0, 1);
  CHECK(out[0] == 12);
}

TEST_CASE("the position of the first extreme comes from its own value") {
  Maker k(2, 1);
  const Id i = k.loop(Extent(1), true);
  loops::Block* outer = k.b.block();
  const Id j = k.loop(n);
  loops::Accumulator greatest;
  greatest.fold = loops::Fold::arg_maximum;
  greatest.value = k.load(0, 0, {{j, 8}});
  const Id ten = k.b.constant(Scalar::of(std::int64_t{10}));
  greatest.position_value = k.b.binary(Prim::mul, k.b.index(j), ten);
  greatest.identity = Scalar::of(-std::numeric_limits<double>::infinity());
  k.of(j).accumulators = {greatest};
  k.b.set_block(outer);
  k.store(1, 0, {{i, 16}}, k.b.accumulated(j, 0));
  k.store(1, 8, {{i, 16}}, k.b.convert(k.b.position(j, 0), DType::F64));
  F64 a = ramp(1000), out(2);
  a[700] = a[900] = 1e9;
  k.run({&a, &out}, 1000, 0, 1);
  CHECK(out == F64{1e9, 7000});
  a[800] = std::numeric_limits<double>::quiet_NaN();
  k.run({&a, &out}, 1000, 0, 1);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == 8000);
}

TEST_CASE("iterations that read what others store run in order") {
  // b[i + 1] = b[i] + a[i]
  Maker k(2, 1);
  const Id i = k.loop(n, true);
  const Id next = k.b.binary(Prim::add, k.load(1, 0, {{i, 8}}), k.load(0, 0, {{i, 8}}));
  k.store(1, 8, {{i, 8}}, next);
  F64 a(600, 1.0), b(601, 0.0);
  k.run({&a, &b}, 600, 0, 600);
  for (std::size_t e = 0; e < b.size(); ++e) REQUIRE(b[e] == static_cast<double>(e));

  // The same through two parameters that share memory.
  Maker two(2, 1);
  const Id j = two.loop(n, true);
  two.store(1, 0, {{j, 8}},
            two.b.binary(Prim::add, two.load(0, 0, {{j, 8}}), two.b.constant(Scalar::of(1.0))));
  const LoopCode code(std::make_shared<const loops::Kernel>(two.kernel), true);
  F64 shared(601, 0.0);
  const std::int64_t slots[] = {reinterpret_cast<std::intptr_t>(shared.data()),
                                reinterpret_cast<std::intptr_t>(shared.data() + 1), 600, 0};
  CheckedBuffer checked[2];
  checked[0].range = checked[1].range = {0, 4800};
  REQUIRE(code.run_checked(0, slots, checked, 0, 600) == ARRAYC_OK);
  CHECK(checked[0].read.bytes() == 4800);
  CHECK(checked[0].written.bytes() == 0);
  CHECK(checked[1].written.bytes() == 4800);
  for (std::size_t e = 0; e < shared.size(); ++e) REQUIRE(shared[e] == static_cast<double>(e));
}

TEST_CASE("a load sees what its own iteration stored before") {
  // s = a[i]; scratch = s + 1; b[i] = scratch * 2, through one scratch element.
  Maker k(2, 1);
  k.kernel.scratch.push_back({"s", DType::F64, 1});
  const Id i = k.loop(n, true);
  const Id one = k.b.constant(Scalar::of(1.0));
  k.store(2, 0, {}, k.b.binary(Prim::add, k.load(0, 0, {{i, 8}}), one));
  const Id again = k.load(2, 0, {});
  k.store(1, 0, {{i, 8}}, k.b.binary(Prim::add, again, again));
  F64 a = ramp(300), b(300), scratch(1);
  k.run({&a, &b, &scratch}, 300, 0, 300);
  for (std::size_t e = 0; e < 300; ++e) REQUIRE(b[e] == 2 * (a[e] + 1));
}

TEST_CASE("dynamic offsets and ufuncs that are left") {
  Maker k(2, 1);
  const Id i = k.loop(n, true);
  const Id eight = k.b.constant(Scalar::of(std::int64_t{8}));
  const Id last = k.b.size(n - 1);
  const Id offset = k.b.binary(Prim::mul, k.b.binary(Prim::sub, last, k.b.index(i)), eight);
  const Id x = k.load(0, 0, {}, offset);
  const Id root = k.b.apply(*ir::find_builtin_ufunc("sqrt"), {x}, DType::F64);
  const Id sum = k.b.apply(*ir::find_builtin_ufunc("add"), {root, x}, DType::F64);
  k.store(1, 0, {{i, 8}}, sum);
  F64 a(400), b(400);
  for (std::size_t e = 0; e < a.size(); ++e) a[e] = static_cast<double>(e);
  k.run({&a, &b}, 400, 0, 400);
  for (std::size_t e = 0; e < b.size(); ++e) REQUIRE(b[e] == std::sqrt(a[399 - e]) + a[399 - e]);
}

TEST_CASE("an access outside its buffer is a bug that names the kernel and the buffer") {
  Maker k(2, 1);
  const Id i = k.loop(n, true);
  const Id x = k.load(0, -8, {{i, 8}});
  k.store(1, 0, {{i, 8}}, x);
  F64 a(4), b(4);
  CHECK_THROWS_WITH(k.run({&a, &b}, 4, 0, 4), Catch::Contains("kernel k touches bytes -8 to"));
  Maker over(2, 1);
  const Id j = over.loop(n, true);
  over.store(1, 8, {{j, 8}}, over.load(0, 0, {{j, 8}}));
  CHECK_THROWS_WITH(over.run({&a, &b}, 4, 0, 4), Catch::Contains("of b, which has 0 to 32"));
}

TEST_CASE("scalar parameters and every element type pass through a kernel") {
  for (const DType type :
       {DType::Bool, DType::I8, DType::U16, DType::I32, DType::U64, DType::F32, DType::F64}) {
    loops::Kernel kernel;
    kernel.params = {{loops::ParamKind::buffer, "r", type, true},
                     {loops::ParamKind::size, "n", DType::I64, false},
                     {loops::ParamKind::scalar, "s", type, false}};
    loops::Builder b(kernel, false);
    const Id i = b.loop("i", n);
    kernel.stages = {i};
    b.set_block(&kernel.loops[0].body);
    const int item = ir::item_size(type);
    b.store({0, 0, {{i, item}}, loops::none}, b.scalar(2));
    const LoopCode code(std::make_shared<const loops::Kernel>(kernel), false);
    std::vector<std::uint64_t> out(300, 0x0101010101010101);
    const Scalar one = ir::convert(Scalar::of(1.0), type);
    const std::int64_t slots[] = {reinterpret_cast<std::intptr_t>(out.data()), 299,
                                  static_cast<std::int64_t>(one.bits)};
    CheckedBuffer checked[1];
    checked[0].range = {0, 2400};
    REQUIRE(code.run_checked(0, slots, checked, 0, 299) == ARRAYC_OK);
    for (std::size_t e = 0; e < 300; ++e) {
      std::uint64_t bits = 0;
      std::memcpy(&bits,
                  reinterpret_cast<std::byte*>(out.data()) + e * static_cast<std::size_t>(item),
                  static_cast<std::size_t>(item));
      if (e < 299)
        REQUIRE(bits == one.bits);
      else
        REQUIRE(bits == (0x0101010101010101u >> (64 - 8 * item)));
    }
  }
}

namespace {

// r[i] = a[i] + a[i + 2], by way of blocks of 8 that hold `held` elements.
Maker in_blocks(std::int64_t held) {
  Maker k(2, 1);
  k.kernel.locals.push_back({"t", DType::F64, held});
  const Id b = k.loop(floor_div(n + 7, 8), true);
  loops::Block* const block = k.b.block();
  const Id i = k.loop(10);
  k.of(i).part = {b, 8, n + 2};
  k.store(2, 0, {{i, 8}}, k.load(0, 0, {{b, 64}, {i, 8}}));
  k.b.set_block(block);
  const Id j = k.loop(8);
  k.of(j).part = {b, 8, n};
  const Id x = k.load(2, 0, {{j, 8}}), y = k.load(2, 16, {{j, 8}});
  k.store(1, 0, {{b, 64}, {j, 8}}, k.b.binary(Prim::add, x, y));
  return k;
}

}  // namespace

TEST_CASE("parts end with the whole loop, and blocks share nothing") {
  const Maker k = in_blocks(10);
  for (const std::int64_t size : {1, 7, 8, 9, 30, 64}) {
    const auto count = static_cast<std::size_t>(size);
    F64 a(count + 2), r(count);
    for (std::size_t e = 0; e < a.size(); ++e) a[e] = static_cast<double>(e * e);
    k.run({&a, &r}, size, 0, (size + 7) / 8, 3);
    for (std::size_t e = 0; e < count; ++e) REQUIRE(r[e] == a[e] + a[e + 2]);
  }
}

TEST_CASE("an access outside a local is a bug that names it") {
  F64 a(22), r(20);
  CHECK_THROWS_WITH(in_blocks(9).run({&a, &r}, 20, 0, 3),
                    Catch::Contains("of t, which has 0 to 72"));
}
