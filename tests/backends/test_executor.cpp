#include <sys/mman.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

#include "backends/executor.h"
#include "runtime/block_pool.h"
#include "runtime/threads.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
using backends::Arguments;
using backends::ReadyKernel;
using backends::RunStats;
using ir::DType;
using ir::Extent;
using runtime::Array;
using testing::array;
using testing::values;
using F64 = std::vector<double>;
namespace loops = ir::loops;

namespace {

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");

ir::Param param(std::string name, ir::Type type, ir::ParamKind kind = ir::ParamKind::array) {
  ir::Param p;
  p.name = std::move(name);
  p.kind = kind;
  p.type = std::move(type);
  return p;
}

std::string rejection(const ir::Function& f, std::vector<Array> arrays,
                      std::map<std::string, std::int64_t> symbols = {}) {
  try {
    backends::bind_symbols(f, {std::move(arrays), std::move(symbols)});
  } catch (const ir::Error& error) {
    REQUIRE(error.kind() == ir::ErrorKind::user);
    return error.message() + (error.note().empty() ? "" : " | " + error.note());
  }
  return "";
}

Array zeros(std::vector<std::int64_t> shape) {
  const auto count = static_cast<std::size_t>(runtime::element_count(shape));
  return array<double>(std::move(shape), F64(count));
}

// Kernel code that is a lambda.
struct Code final : backends::KernelCode {
  using Body =
      std::function<std::int32_t(std::uint32_t, const std::int64_t*, std::int64_t, std::int64_t)>;
  Body body;
  explicit Code(Body b) : body(std::move(b)) {}
  std::int32_t run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                   std::int64_t end) const override {
    return body(stage, slots, begin, end);
  }
};

// A kernel a0, r0 (, scratch) over [0, n0): its stages' bodies are the code's.
ReadyKernel kernel(Code::Body body, bool parallel = false, int stages = 1) {
  auto k = std::make_shared<loops::Kernel>();
  k->name = "k0";
  k->params = {{loops::ParamKind::buffer, "a0", DType::F64, false},
               {loops::ParamKind::buffer, "r0", DType::F64, true},
               {loops::ParamKind::size, "n0", DType::I64, false},
               {loops::ParamKind::scalar, "s0", DType::F64, false}};
  loops::Builder b(*k, false);
  for (int s = 0; s < stages; ++s) {
    const loops::Id i = b.loop("i", Extent::symbol("n0"));
    k->stages.push_back(i);
    b.set_block(&k->loops.back().body);
    b.store({1, 0, {{i, 8}}, loops::none}, b.load({0, 0, {{i, 8}}, loops::none}, DType::F64));
    k->loops.back().parallel = parallel;
    k->loops.back().grain = 16;
    k->loops.back().width = 8;
  }
  return {k, std::make_shared<Code>(std::move(body))};
}

// r0[i] = a0[i] + s0
std::int32_t add_scalar(std::uint32_t, const std::int64_t* slots, std::int64_t begin,
                        std::int64_t end) {
  const auto* a = reinterpret_cast<const double*>(slots[0]);
  auto* r = reinterpret_cast<double*>(slots[1]);
  for (std::int64_t i = begin; i < end; ++i) r[i] = a[i] + std::bit_cast<double>(slots[3]);
  return ARRAYC_OK;
}

ir::Storage storage(ir::Storage::Kind kind, std::uint32_t index, ir::Type type) {
  ir::Storage s;
  s.kind = kind;
  s.index = index;
  s.type = std::move(type);
  return s;
}

ir::Call call(std::uint32_t from, std::uint32_t to, ir::Call::Argument argument) {
  ir::Call c;
  c.buffers = {from, to};
  c.sizes = {n};
  c.scalars = {argument};
  return c;
}

ir::Call::Argument constant(double v) {
  ir::Call::Argument a;
  a.constant = ir::Scalar::of(v);
  return a;
}

// x → two temporaries in turn → result: `calls` additions of 1.
ir::Function chain(std::uint32_t calls) {
  using Kind = ir::Storage::Kind;
  ir::Function f;
  f.name = "chain";
  f.params = {param("x", {DType::F64, {n}})};
  ir::Program p;
  p.storages.push_back(storage(Kind::parameter, 0, {DType::F64, {n}}));
  for (std::uint32_t c = 0; c + 1 < calls; ++c) {
    p.storages.push_back(storage(Kind::temporary, c % 2, {DType::F64, {n}}));
  }
  p.storages.push_back(storage(Kind::result, 0, {DType::F64, {n}}));
  for (std::uint32_t c = 0; c < calls; ++c) p.calls.push_back(call(c, c + 1, constant(1)));
  p.results = {calls};
  p.slots = calls > 2 ? 2 : calls - 1;
  f.program = std::move(p);
  return f;
}

Array make_array_of(std::int64_t count) { return runtime::make_array(ARRAYC_F64, {count}); }

// How many pages of this memory there are already.
std::int64_t resident_pages(const void* begin, std::int64_t bytes) {
  constexpr std::uintptr_t page = 4096;
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) & ~(page - 1);
  const auto last =
      (reinterpret_cast<std::uintptr_t>(begin) + static_cast<std::uintptr_t>(bytes)) & ~(page - 1);
  if (first >= last) return 0;
  std::vector<unsigned char> pages((last - first) / page);
  if (mincore(reinterpret_cast<void*>(first), last - first, pages.data()) != 0) return -1;
  return std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return p & 1; });
}

}  // namespace

TEST_CASE("arguments that contradict their declarations are named with both shapes") {
  ir::Function f;
  f.name = "f";
  f.params = {param("points", {DType::F64, {n, 2}}), param("p", {DType::F64, {2}})};
  CHECK(rejection(f, {zeros({3, 2}), zeros({2})}).empty());
  CHECK(rejection(f, {zeros({3, 4}), zeros({2})}) ==
        "points has shape (3,4), but its declaration f64[n,2] asks for 2 in axis 1");
  CHECK(rejection(f, {zeros({3, 2}), zeros({3})}) ==
        "p has shape (3,), but its declaration f64[2] asks for 2 in axis 0");
  CHECK(rejection(f, {zeros({3}), zeros({2})}) ==
        "points has shape (3,), but its declaration f64[n,2] asks for 2 dimensions");
  CHECK(rejection(f, {array<float>({1, 2}, {1, 2}), zeros({2})}) ==
        "points has dtype float32, but its declaration f64[n,2] asks for float64");
  CHECK(rejection(f, {zeros({3, 2})}) == "f() takes 2 arguments but 1 was given");
}

TEST_CASE("one symbol has one value, and expressions follow from it") {
  ir::Function f;
  f.name = "f";
  f.params = {param("x", {DType::F64, {n}}), param("y", {DType::F64, {n}}),
              param("z", {DType::F64, {n - 2}})};
  const auto symbols = backends::bind_symbols(f, {{zeros({5}), zeros({5}), zeros({3})}, {}});
  CHECK(symbols == std::map<std::string, std::int64_t>{{"n", 5}});
  CHECK(rejection(f, {zeros({5}), zeros({4}), zeros({3})}) ==
        "y has shape (4,), but its declaration f64[n] asks for 5 in axis 0 (n is 5 from x)");
  CHECK(rejection(f, {zeros({5}), zeros({5}), zeros({4})}) ==
        "z has shape (4,), but its declaration f64[n - 2] asks for 3 in axis 0");
  f.params = {param("z", {DType::F64, {n - 2}})};
  CHECK_THAT(rejection(f, {zeros({5})}), Catch::Contains("extent n is not known"));
  CHECK(rejection(f, {zeros({5})}, {{"n", 7}}).empty());
}

TEST_CASE("guards speak with their own sentence and the values") {
  ir::Function f;
  f.name = "f";
  f.params = {param("x", {DType::F64, {n}}), param("y", {DType::F64, {m}})};
  ir::Guard equal;
  equal.a = n;
  equal.b = m;
  equal.message = "operands could not be broadcast together";
  f.guards = {equal};
  CHECK(rejection(f, {zeros({5}), zeros({5})}).empty());
  CHECK(rejection(f, {zeros({5}), zeros({4})}) ==
        "operands could not be broadcast together | here m = 4, n = 5");
  ir::Guard positive;
  positive.kind = ir::Guard::Kind::positive;
  positive.a = n;
  positive.message = "zero-size array to reduction operation maximum which has no identity";
  f.guards = {positive};
  CHECK(rejection(f, {zeros({1}), zeros({4})}).empty());
  CHECK_THAT(rejection(f, {zeros({0}), zeros({4})}), Catch::Contains("which has no identity"));
}

TEST_CASE("scalars convert to their declared type where NumPy's kinds allow it") {
  ir::Function f;
  f.name = "f";
  f.params = {param("k", {DType::I64, {}}, ir::ParamKind::size),
              param("s", {DType::F32, {}}, ir::ParamKind::scalar)};
  backends::Binder binder(f);
  const auto bound = binder.bind({{array<std::uint8_t>({}, {9}), array<double>({}, {1.5})}, {}});
  CHECK(bound.scalars[0] == 9);
  CHECK(bound.scalars[1] == std::bit_cast<std::uint32_t>(1.5f));
  CHECK_THAT(rejection(f, {zeros({}), zeros({})}), Catch::Contains("k is a float64"));
  CHECK_THAT(rejection(f, {array<std::int64_t>({}, {1}), zeros({2})}),
             Catch::Contains("s has shape (2,), but it is declared as a scalar"));
  f.params[1].type.dtype = DType::I64;
  CHECK_THAT(rejection(f, {array<std::int64_t>({}, {1}), zeros({})}),
             Catch::Contains("s is a float64, but it is declared as int64"));
  // As an extent a size is not negative; as a number ($k) it may be.
  f.params = {param("k", {DType::I64, {}}, ir::ParamKind::size)};
  backends::Binder with_extent(f);
  const Extent k = Extent::symbol("k");
  const backends::Size size(k, with_extent.symbols());
  CHECK_THROWS_WITH(with_extent.bind({{array<std::int64_t>({}, {-1})}, {}}),
                    Catch::Contains("negative dimensions are not allowed"));
  backends::Binder with_number(f);
  const backends::Size number(Extent::symbol("$k") + 3, with_number.symbols());
  CHECK(number(with_number.bind({{array<std::int64_t>({}, {-1})}, {}}).sizes) == 2);
}

TEST_CASE("sizes evaluate as extents do") {
  backends::SymbolTable symbols;
  const Extent e = floor_div(n * n - m * 3, Extent(4)) + max(n - 7, m) * min(n, Extent(2)) - 5;
  const backends::Size size(e, symbols);
  for (const std::int64_t a : {0, 1, 5, 100}) {
    for (const std::int64_t b : {0, 3, 8}) {
      std::vector<std::int64_t> given(symbols.size());
      given[*symbols.find("n")] = a;
      given[*symbols.find("m")] = b;
      CHECK(size(given) == e.evaluate([&](const std::string& name) {
        return std::optional<std::int64_t>(name == "n" ? a : b);
      }));
    }
  }
  const std::vector<std::int64_t> unknown(symbols.size(), backends::unknown_size);
  CHECK_THROWS_AS(size(unknown), ir::Error);
}

TEST_CASE("a program runs its calls over slots and counts them") {
  const auto k = kernel(&add_scalar);
  const ir::Function f = chain(5);
  RunStats stats;
  const auto results = backends::execute(f, {k}, {{array<double>({3}, {1, 2, 3})}, {}}, &stats);
  CHECK(values<double>(results[0]) == F64{6, 7, 8});
  CHECK(stats.kernels == 5);
  CHECK(stats.temporaries == 4);
  CHECK(stats.temporary_bytes == 48);
  CHECK(stats.bytes_read == 5 * 24);
  CHECK(stats.bytes_written == 5 * 24);
  CHECK(stats.counted_read == -1);
  CHECK(stats.peak_bytes == 24 + 24 + 48);
  CHECK(stats.counted_peak == stats.peak_bytes);
  CHECK(stats.allocations == 3);
  const auto before = runtime::memory_counts();
  const backends::PreparedProgram prepared(f, {k});
  for (int i = 0; i < 3; ++i) {
    CHECK(values<double>(prepared.run({{zeros({0})}, {}}, nullptr)[0]).empty());
  }
  CHECK(runtime::memory_counts().current == before.current);
}

TEST_CASE("a value may be overwritten by its last reader, in a slot or in the result") {
  const auto k = kernel(&add_scalar);
  ir::Function f = chain(4);
  std::vector<ir::Storage>& storages = f.program->storages;
  SECTION("in a slot") {
    for (std::uint32_t s : {1, 2, 3}) storages[s].index = 0;
    f.program->slots = 1;
  }
  SECTION("in the result") {
    for (std::uint32_t s : {1, 2, 3}) {
      storages[s].index = 0;
      storages[s].in_result = true;
    }
    f.program->slots = 0;
  }
  RunStats stats;
  const auto results = backends::execute(f, {k}, {{array<double>({3}, {1, 2, 3})}, {}}, &stats);
  CHECK(values<double>(results[0]) == F64{5, 6, 7});
  CHECK(stats.temporaries == 3);
  const std::int64_t slots = f.program->slots;
  CHECK(stats.temporary_bytes == 24 * slots);
  CHECK(stats.peak_bytes == 24 * (2 + slots));
  CHECK(stats.counted_peak == stats.peak_bytes);
}

TEST_CASE("a program whose kernel needs what it would overwrite is refused") {
  const auto k = kernel(&add_scalar);
  auto shifted = std::make_shared<loops::Kernel>(*k.loops);
  shifted->accesses[0].offset = 8;
  ir::Function f = chain(2);
  f.program->storages[1].in_result = true;
  f.program->slots = 0;
  CHECK_NOTHROW(backends::PreparedProgram(f, {k}));
  CHECK_THROWS_WITH(backends::PreparedProgram(f, {{shifted, k.code}}),
                    Catch::Contains("which it needs"));
}

TEST_CASE("results and slots are first touched by their kernel") {
  runtime::release_kept_blocks();
  std::mutex mutex;
  std::vector<std::int64_t> touched;  // pages of what a piece writes, before it does
  const auto k = kernel(
      [&](std::uint32_t, const std::int64_t* slots, std::int64_t begin, std::int64_t end) {
        auto* r = reinterpret_cast<double*>(slots[1]);
        const std::int64_t pages = resident_pages(r + begin, 8 * (end - begin));
        for (std::int64_t i = begin; i < end; ++i) r[i] = 1;
        const std::lock_guard lock(mutex);
        touched.push_back(pages);
        return ARRAYC_OK;
      },
      true);
  const std::int64_t count = std::int64_t{8} << 20;  // 64 MiB, 16384 pages
  runtime::set_thread_count(2);
  backends::execute(chain(2), {k}, {{make_array_of(count)}, {}}, nullptr);
  runtime::set_thread_count(0);
  REQUIRE(touched.size() >= 4);
  // The allocator writes at the beginning, and a neighbour's huge page may reach into a piece.
  for (const std::int64_t pages : touched) CHECK(pages <= 1024);
}

TEST_CASE("strided arrays are copied where a kernel asks for contiguous ones") {
  const Array x = testing::transposed(array<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  Array column = x;  // x[:, 0] read with a step
  column.shape = {3};
  column.strides = {8};
  Array stepped = column;
  stepped.shape = {3};
  stepped.strides = {16};
  RunStats stats;
  const ir::Function f = chain(1);
  const auto k = kernel(&add_scalar);
  CHECK(values<double>(backends::execute(f, {k}, {{column}, {}}, &stats)[0]) == F64{2, 3, 4});
  CHECK(stats.temporaries == 0);
  CHECK(values<double>(backends::execute(f, {k}, {{stepped}, {}}, &stats)[0]) == F64{2, 4, 6});
  CHECK(stats.temporaries == 1);
  // Not aligned to its elements.
  std::vector<std::byte> bytes(33);
  Array shifted = array<double>({1}, {4.0});
  std::memcpy(bytes.data() + 1, shifted.data, 8);
  shifted.data = bytes.data() + 1;
  CHECK(values<double>(backends::execute(f, {k}, {{shifted}, {}}, nullptr)[0]) == F64{5});
}

TEST_CASE("strides of strided parameters reach the kernel as sizes") {
  ir::Function f = chain(1);
  f.params[0].layout = {false, -1};
  f.program->calls[0].sizes = {Extent::symbol("$x.0")};
  std::int64_t seen = 0;
  const auto k = kernel([&](std::uint32_t, const std::int64_t* slots, std::int64_t, std::int64_t) {
    seen = slots[2];
    return std::int32_t{ARRAYC_OK};
  });
  Array x = array<double>({6}, {1, 2, 3, 4, 5, 6});
  x.shape = {3};
  x.strides = {16};
  backends::execute(f, {k}, {{x}, {}}, nullptr);
  CHECK(seen == 16);
  // A promised unit axis is made one.
  f.params[0].layout.unit_axis = 0;
  backends::execute(f, {k}, {{x}, {}}, nullptr);
  CHECK(seen == 8);
}

TEST_CASE("scalars come from parameters, constants and sizes") {
  ir::Function f = chain(3);
  f.params.push_back(param("s", {DType::F32, {}}, ir::ParamKind::scalar));
  f.program->calls[0].scalars[0].param = 1;
  f.program->calls[1].scalars[0].is_extent = true;
  f.program->calls[1].scalars[0].extent = n * 10;
  const auto k = kernel(&add_scalar);
  const auto results = backends::execute(
      f, {k}, {{array<double>({2}, {1, 2}), array<float>({}, {0.5f})}, {}}, nullptr);
  CHECK(values<double>(results[0]) == F64{22.5, 23.5});
}

TEST_CASE("results that are arguments, or the same twice, are arrays of their own") {
  ir::Function f = chain(1);
  f.program->results = {1, 0, 1};
  f.program->storages[1].index = 0;
  const auto k = kernel(&add_scalar);
  const Array x = array<double>({2}, {1, 2});
  const auto results = backends::execute(f, {k}, {{x}, {}}, nullptr);
  CHECK(values<double>(results[0]) == F64{2, 3});
  CHECK(values<double>(results[1]) == F64{1, 2});
  CHECK(values<double>(results[2]) == F64{2, 3});
  CHECK(results[1].data != x.data);
  CHECK(results[0].data != results[2].data);
}

TEST_CASE("parallel stages run in pieces, in the default floating-point environment") {
  std::mutex mutex;
  std::set<std::int64_t> begins;
  bool standard = true;
  const auto k = kernel(
      [&](std::uint32_t stage, const std::int64_t* slots, std::int64_t begin, std::int64_t end) {
        const std::lock_guard lock(mutex);
        begins.insert(begin);
        standard = standard && (_mm_getcsr() & 0xffc0) == 0x1f80;
        return stage == 0 ? add_scalar(stage, slots, begin, end) : std::int32_t{ARRAYC_OK};
      },
      true, 2);
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040 | 0x6000);  // flush to zero, denormals are zero, round to zero
  const auto results = backends::execute(chain(1), {k}, {{zeros({1000})}, {}}, nullptr);
  const bool restored = (_mm_getcsr() & 0xe040) == 0xe040;
  _mm_setcsr(mode);
  CHECK(restored);
  CHECK(standard);
  for (const std::int64_t begin : begins) CHECK(begin % 8 == 0);
  CHECK(values<double>(results[0]) == F64(1000, 1.0));
}

TEST_CASE("a kernel's status and exceptions reach the caller") {
  const auto failing = [](std::int32_t status) {
    return kernel([status](std::uint32_t, const std::int64_t*, std::int64_t, std::int64_t) {
      return status;
    });
  };
  const auto run = [&](const ReadyKernel& k) {
    return backends::execute(chain(1), {k}, {{zeros({2})}, {}}, nullptr);
  };
  CHECK_THROWS_WITH(run(failing(ARRAYC_NEGATIVE_POWER)),
                    Catch::Contains("Integers to negative integer powers are not allowed."));
  CHECK_THROWS_WITH(run(failing(ARRAYC_EMPTY_REDUCTION)), Catch::Contains("zero-size array"));
  CHECK_THROWS_AS(run(failing(ARRAYC_OUT_OF_MEMORY)), std::bad_alloc);
  CHECK_THROWS_AS(run(kernel([](std::uint32_t, const std::int64_t*, std::int64_t,
                                std::int64_t) -> std::int32_t { throw std::runtime_error("stop"); },
                             true)),
                  std::runtime_error);
}
