// What a large loop in lanes leaves over: which loops do it on copies, and that nobody sees it.
#include <algorithm>
#include <cmath>
#include <optional>

#include "backends/llvm/rest.h"
#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::tests;
using backends::find_lane_buffers;

namespace {

constexpr int steps = 40;  // two operations each

// r[i] = steps times v * x[i] + x[i + k * distance], v being y at first: y[i], or y[0] for all.
struct Chain {
  int distance = 0;    // in items
  int stride = 1;      // in items
  bool one_y = false;  // y[0]
  int operations = steps;
  bool twice = false;  // stores at i + 1 as well
  DType type = DType::F64;
  int width = 8;
};

Id end_of_chain(KernelMaker& m, const Chain& c, Id loop, std::uint32_t x, std::uint32_t y) {
  const std::int64_t item = ir::item_size(c.type);
  const auto load = [&](std::uint32_t buffer, std::int64_t offset, bool one) {
    std::vector<std::pair<Id, Extent>> strides;
    if (!one) strides.emplace_back(loop, item * c.stride);
    return m.builder.load(access(buffer, offset * item, strides), c.type);
  };
  Id v = load(y, 0, c.one_y);
  for (int k = 0; k < c.operations; ++k) {
    const Id product = m.builder.emit(ir::Prim::mul, c.type, std::vector<Id>{v, load(x, 0, false)});
    const Id more = load(x, k % 3 * c.distance, false);
    v = m.builder.emit(ir::Prim::add, c.type, std::vector<Id>{product, more});
  }
  return v;
}

void make(KernelMaker& m, const Chain& c) {
  const std::uint32_t x = m.buffer(c.type), y = m.buffer(c.type), r = m.buffer(c.type, true);
  const Extent n = m.size("n");
  const Id loop = m.open("i", n, c.width);
  const Id v = end_of_chain(m, c, loop, x, y);
  const std::int64_t item = ir::item_size(c.type);
  m.builder.store(access(r, 0, {{loop, item * c.stride}}), v);
  if (c.twice) m.builder.store(access(r, item, {{loop, item * c.stride}}), v);
  m.close();
}

std::optional<backends::LaneBuffers> buffers_of(const Chain& c) {
  KernelMaker m;
  make(m, c);
  const backends::KernelInfo info(m.kernel);
  return find_lane_buffers(info, m.kernel.stages[0]);
}

template <typename T>
T expected(const std::vector<T>& x, const std::vector<T>& y, const Chain& c, std::size_t i) {
  volatile T v = y[c.one_y ? 0 : i];
  for (int k = 0; k < c.operations; ++k) {
    const volatile T product = static_cast<T>(v * x[i]);
    v = static_cast<T>(product + x[i + static_cast<std::size_t>(k % 3 * c.distance)]);
  }
  return v;
}

template <typename T>
void check(const Chain& c, bool in_place) {
  KernelMaker m;
  make(m, c);
  const auto code = generator().compile(m.kernel);
  constexpr std::size_t count = 160, before = 3;
  std::size_t wrong = 0;
  for (std::size_t n = 0; n <= 70; ++n) {
    std::vector<T> x(count), y(count), r(count, T(77));
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = static_cast<T>(static_cast<int>(i * 37 % 19) - 9) / T(8);
      y[i] = static_cast<T>(i * 11 % 23);
    }
    const std::vector<T> given = x;
    T* const out = in_place ? x.data() : r.data();
    const std::vector<T> old(out, out + count);
    const std::vector<std::int64_t> slots{slot(x.data()), slot(y.data()), slot(out),
                                          static_cast<std::int64_t>(count)};
    const auto begin = static_cast<std::int64_t>(before), end = begin + static_cast<int>(n);
    REQUIRE(code->run(0, slots.data(), begin, end) == 0);
    for (std::size_t i = 0; i < count; ++i) {
      const bool inside = i >= before && i < before + n;
      const T wanted = inside ? expected(given, y, c, i) : old[i];
      wrong += out[i] == wanted || (std::isnan(out[i]) && std::isnan(wanted)) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("large loops over elements side by side copy what they leave over") {
  const auto plain = buffers_of({});
  REQUIRE(plain);
  REQUIRE(plain->size() == 3);
  CHECK(plain->at(0).loaded);
  CHECK_FALSE(plain->at(0).stored);
  CHECK_FALSE(plain->at(2).loaded);
  CHECK(plain->at(2).stored == 0);
  const auto shifted = buffers_of({.distance = 2});
  REQUIRE(shifted);
  CHECK(shifted->at(0).first == 0);
  CHECK(shifted->at(0).last == 32);
  const auto one = buffers_of({.one_y = true});
  REQUIRE(one);
  CHECK_FALSE(one->contains(1));
}

TEST_CASE("other loops do not") {
  CHECK_FALSE(buffers_of({.operations = 10}));
  CHECK_FALSE(buffers_of({.stride = 2}));
  CHECK_FALSE(buffers_of({.stride = -1}));
  CHECK_FALSE(buffers_of({.twice = true}));
  CHECK_FALSE(buffers_of({.width = 1}));
  CHECK_FALSE(buffers_of({.distance = 2000}));  // too much to copy
}

TEST_CASE("any number of elements from anywhere on is computed, and nothing else written") {
  check<double>({}, false);
  check<double>({.distance = 2}, false);
  check<double>({.one_y = true}, false);
  check<float>({.distance = 1, .type = DType::F32, .width = 16}, false);
  check<float>({.type = DType::F32, .width = 32}, false);
}

TEST_CASE("a large loop may write over what it reads") {
  check<double>({}, true);
  check<float>({.one_y = true, .type = DType::F32, .width = 16}, true);
}
