// Loads and stores at every stride, never outside what is asked for; and what emitted code may
// not contain.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <random>
#include <regex>

#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

namespace arrayc::tests {
namespace {

using ir::Prim;

// Memory whose first and last byte touch pages that may not be read.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t size, bool at_end) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    inner_ = (size + page - 1) / page * page;
    total_ = inner_ + 2 * page;
    void* all = mmap(nullptr, total_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(all != MAP_FAILED);
    all_ = static_cast<unsigned char*>(all);
    REQUIRE(mprotect(all_ + page, inner_, PROT_READ | PROT_WRITE) == 0);
    data = all_ + page + (at_end ? inner_ - size : 0);
  }
  ~GuardedBytes() { munmap(all_, total_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  unsigned char* data;

 private:
  unsigned char* all_;
  std::size_t inner_, total_;
};

Scalar element(DType t, std::int64_t i) { return ir::convert(Scalar::of(i * 7 % 251), t); }

// out[i] = in[offset + step*i] for each of `offsets`, once for each length, the input's memory
// ending at a page that may not be read, or beginning after one.
class LoadCheck {
 public:
  LoadCheck(DType t, std::int64_t step, std::vector<std::int64_t> offsets, int width,
            bool runtime_stride)
      : t_(t), step_(step), offsets_(std::move(offsets)), width_(width) {
    const std::int64_t item = ir::item_size(t);
    KernelMaker m;
    const std::uint32_t in = m.buffer(t);
    std::vector<std::uint32_t> outs;
    for (std::size_t k = 0; k < offsets_.size(); ++k) outs.push_back(m.buffer(t, true));
    const Extent size = m.size("n");
    const Extent stride = runtime_stride ? m.size("stride") : Extent(step * item);
    const Id i = m.open("i", size, width);
    std::vector<Id> values;
    for (std::int64_t o : offsets_) {
      values.push_back(m.builder.load(access(in, o * item, {{i, stride}}), t));
    }
    for (std::size_t k = 0; k < outs.size(); ++k) {
      m.builder.store(access(outs[k], 0, {{i, item}}), values[k]);
    }
    m.close();
    code_ = generator().compile(m.kernel);
  }

  void run(std::int64_t n, bool at_end) const {
    const std::int64_t item = ir::item_size(t_);
    const std::int64_t least = *std::min_element(offsets_.begin(), offsets_.end());
    const std::int64_t most = *std::max_element(offsets_.begin(), offsets_.end());
    const std::int64_t reach = (n - 1) * std::abs(step_);
    const std::int64_t count = reach + most - least + 1;
    const GuardedBytes memory(static_cast<std::size_t>(count * item), at_end);
    Elements source(t_, static_cast<std::size_t>(count));
    for (std::int64_t k = 0; k < count; ++k)
      source.set(static_cast<std::size_t>(k), element(t_, k));
    std::memcpy(memory.data, source.bytes.data(), source.bytes.size());
    const std::int64_t first = (step_ < 0 ? reach : 0) - least;  // where offset 0 of i = 0 is
    std::vector<std::int64_t> slots{slot(memory.data) + first * item};
    std::vector<Elements> results(offsets_.size(), Elements(t_, static_cast<std::size_t>(n)));
    for (Elements& r : results) slots.push_back(slot(r.bytes.data()));
    slots.push_back(n);
    slots.push_back(step_ * item);
    code_->run(0, slots.data(), 0, n);
    INFO(ir::name(t_) << " step " << step_ << " width " << width_ << " n " << n << " at end "
                      << at_end);
    for (std::size_t k = 0; k < offsets_.size(); ++k) {
      bool all = true;
      for (std::int64_t e = 0; e < n; ++e) {
        const Scalar expected = element(t_, first + offsets_[k] + step_ * e);
        all = all && same(results[k][static_cast<std::size_t>(e)], expected);
      }
      CHECK(all);
    }
  }

 private:
  DType t_;
  std::int64_t step_;
  std::vector<std::int64_t> offsets_;
  int width_;
  std::shared_ptr<const backends::KernelCode> code_;
};

// out[offset + step*i] = in[i]; what lies between stays.
void check_stores(DType t, std::int64_t step, int width, bool runtime_stride) {
  const std::int64_t item = ir::item_size(t);
  KernelMaker m;
  const std::uint32_t in = m.buffer(t), out = m.buffer(t, true);
  const Extent size = m.size("n");
  const Extent stride = runtime_stride ? m.size("stride") : Extent(step * item);
  const Id i = m.open("i", size, width);
  const Id v = m.builder.load(access(in, 0, {{i, item}}), t);
  m.builder.store(access(out, 0, {{i, stride}}), v);
  m.close();
  const auto code = generator().compile(m.kernel);
  for (std::int64_t n : {1, 8, 21}) {
    const auto count = static_cast<std::size_t>((n - 1) * std::abs(step) + 1);
    Elements source(t, static_cast<std::size_t>(n)), target(t, count), expected(t, count);
    const std::int64_t first = step < 0 ? static_cast<std::int64_t>(count) - 1 : 0;
    for (std::size_t k = 0; k < count; ++k) {
      target.set(k, element(t, 13));
      expected.set(k, element(t, 13));
    }
    for (std::int64_t k = 0; k < n; ++k) {
      source.set(static_cast<std::size_t>(k), element(t, k));
      expected.set(static_cast<std::size_t>(first + step * k), element(t, k));
    }
    const std::int64_t slots[] = {slot(source.bytes.data()),
                                  slot(target.bytes.data()) + first * item, n, step * item};
    code->run(0, slots, 0, n);
    INFO(ir::name(t) << " step " << step << " width " << width << " n " << n);
    CHECK(target.bytes == expected.bytes);
  }
}

std::string llvm_text(const ir::loops::Kernel& kernel) {
  return generator().emit(backends::OutputKind::llvm_ir, "test", "",
                          {{"k", &kernel, ir::make_target("native")}}, false);
}

}  // namespace

TEST_CASE("loads at every stride stay inside", "[emit]") {
  for (DType t : {DType::F64, DType::F32, DType::U8, DType::Bool}) {
    for (std::int64_t step : {1, -1, 2, -2, 3, -3, 4, -4, 5, -9}) {
      for (int width : {1, 4, 16}) {
        const LoadCheck known(t, step, {0}, width, false), given(t, step, {0}, width, true);
        for (bool at_end : {false, true}) {
          known.run(37, at_end);
          given.run(16, at_end);
        }
      }
    }
  }
}

TEST_CASE("loads side by side share memory accesses", "[emit]") {
  const std::vector<std::vector<std::int64_t>> groups = {{0, 1},       {0, 2}, {1, 2, 0},
                                                         {0, 1, 2, 3}, {5, 2}, {-1, 0, 1}};
  for (DType t : {DType::F64, DType::U8}) {
    for (std::int64_t step : {2, 3, 4, -2, -3, 1}) {
      for (const auto& offsets : groups) {
        const LoadCheck loads(t, step, offsets, 8, false);
        for (std::int64_t n : {1, 7, 16, 35}) {
          loads.run(n, true);
          loads.run(n, false);
        }
      }
    }
  }
}

TEST_CASE("stores at every stride", "[emit]") {
  for (DType t : {DType::F64, DType::U8, DType::Bool}) {
    for (std::int64_t step : {1, -1, 2, -2, 3, 5}) {
      for (int width : {1, 8}) {
        check_stores(t, step, width, false);
        check_stores(t, step, width, true);
      }
    }
  }
}

// out[i] = in[permutation[i]]: the offset is a value.
TEST_CASE("offsets that are values", "[emit]") {
  for (int width : {1, 8}) {
    KernelMaker m;
    const std::uint32_t in = m.buffer(DType::F32), at = m.buffer(DType::I64);
    const std::uint32_t out = m.buffer(DType::F32, true), back = m.buffer(DType::F32, true);
    const Extent n = m.size("n");
    const Id i = m.open("i", n, width);
    const Id index = m.builder.load(access(at, 0, {{i, 8}}), DType::I64);
    const Id bytes = m.builder.binary(Prim::mul, index, m.builder.integer(DType::I64, 4));
    ir::loops::Access gather = access(in, 0, {});
    gather.dynamic = bytes;
    const Id v = m.builder.load(gather, DType::F32);
    m.builder.store(access(out, 0, {{i, 4}}), v);
    ir::loops::Access scatter = access(back, 0, {});
    scatter.dynamic = bytes;
    m.builder.store(scatter, v);
    m.close();
    const auto code = generator().compile(m.kernel);
    const std::size_t count = 45;
    Elements source(DType::F32, count), where(DType::I64, count), target(DType::F32, count),
        again(DType::F32, count);
    for (std::size_t k = 0; k < count; ++k) {
      source.set(k, element(DType::F32, static_cast<std::int64_t>(k)));
      where.set(k, Scalar::of(static_cast<std::int64_t>(k * 11 % count)));
    }
    const std::int64_t slots[] = {slot(source.bytes.data()), slot(where.bytes.data()),
                                  slot(target.bytes.data()), slot(again.bytes.data()), count};
    code->run(0, slots, 0, count);
    for (std::size_t k = 0; k < count; ++k) CHECK(target[k] == source[k * 11 % count]);
    CHECK(again.bytes == source.bytes);
  }
}

// In place with all loads of an iteration first: x[i] = x[i] * 2 + 1.
TEST_CASE("an array may be its own result", "[emit]") {
  KernelMaker m;
  const std::uint32_t a = m.buffer(DType::F64), b = m.buffer(DType::F64, true);
  const Extent n = m.size("n");
  const Id i = m.open("i", n, 8);
  const Id v = m.builder.load(access(a, 0, {{i, 8}}), DType::F64);
  const Id twice = m.builder.binary(Prim::mul, v, m.builder.number(DType::F64, 2));
  m.builder.store(access(b, 0, {{i, 8}}),
                  m.builder.binary(Prim::add, twice, m.builder.number(DType::F64, 1)));
  m.close();
  const auto code = generator().compile(m.kernel);
  std::vector<double> x(29, 3.0);
  const std::int64_t slots[] = {slot(x.data()), slot(x.data()), 29};
  code->run(0, slots, 0, 29);
  CHECK(x == std::vector<double>(29, 7.0));
}

// Indices as numbers: large enough to show a conversion that rounds twice.
TEST_CASE("indices become numbers", "[emit]") {
  for (DType t : {DType::F64, DType::F32, DType::I32, DType::U8}) {
    KernelMaker m;
    const std::uint32_t out = m.buffer(t, true);
    m.size("n");
    const Extent shift = m.size("shift");
    const Id i = m.open("i", Extent::symbol("n"), 8);
    const Id index = m.builder.binary(Prim::add, m.builder.index(i), m.builder.size(shift));
    const Id scaled =
        m.builder.binary(Prim::mul, m.builder.index(i), m.builder.integer(DType::I64, -3));
    m.builder.store(access(out, 0, {{i, 2 * ir::item_size(t)}}), m.builder.convert(index, t));
    m.builder.store(access(out, ir::item_size(t), {{i, 2 * ir::item_size(t)}}),
                    m.builder.convert(scaled, t));
    m.close();
    const auto code = generator().compile(m.kernel);
    for (std::int64_t s : {std::int64_t{0}, std::int64_t{(1 << 24) - 5}, std::int64_t{1} << 53,
                           std::numeric_limits<std::int64_t>::max() - 40}) {
      Elements target(t, 60);
      const std::int64_t slots[] = {slot(target.bytes.data()), 30, s};
      code->run(0, slots, 0, 30);
      for (std::int64_t k = 0; k < 30; ++k) {
        CHECK(target[static_cast<std::size_t>(2 * k)] == ir::convert(Scalar::of(k + s), t));
        CHECK(target[static_cast<std::size_t>(2 * k + 1)] == ir::convert(Scalar::of(-3 * k), t));
      }
    }
  }
}

TEST_CASE("sizes are evaluated as extents are", "[emit]") {
  KernelMaker m;
  const std::uint32_t out = m.buffer(DType::I64, true);
  const Extent a = m.size("a"), b = m.size("b");
  const std::vector<Extent> extents = {a * b + 3,
                                       floor_div(a - Extent(7), Extent(3)),
                                       max(a, b) - min(a, b),
                                       floor_div(a, b + Extent(1)),
                                       ceil_div(a * Extent(5), Extent(4)),
                                       Extent(12)};
  m.open("once", 1);
  for (std::size_t k = 0; k < extents.size(); ++k) {
    m.builder.store(access(out, 8 * static_cast<std::int64_t>(k), {}), m.builder.size(extents[k]));
  }
  m.close();
  const auto code = generator().compile(m.kernel);
  for (std::int64_t x : {0, 1, 5, 100}) {
    for (std::int64_t y : {0, 3, 7}) {
      std::array<std::int64_t, 6> got{};
      const std::int64_t slots[] = {slot(got.data()), x, y};
      code->run(0, slots, 0, 1);
      for (std::size_t k = 0; k < extents.size(); ++k) {
        CHECK(got[k] == extents[k].evaluate([&](const std::string& s) {
          return std::optional<std::int64_t>(s == "a" ? x : y);
        }));
      }
    }
  }
}

TEST_CASE("no flag lets LLVM change a result", "[emit]") {
  KernelMaker m;
  const std::uint32_t f = m.buffer(DType::F64), g = m.buffer(DType::I32),
                      r = m.buffer(DType::F64, true), s = m.buffer(DType::I32, true);
  const Extent n = m.size("n");
  const Id i = m.open("i", n, 8);
  const Id x = m.builder.load(access(f, 0, {{i, 16}}), DType::F64);
  const Id y = m.builder.load(access(g, 0, {{i, 4}}), DType::I32);
  Id v = m.builder.binary(Prim::add, m.builder.binary(Prim::mul, x, x),
                          m.builder.convert(y, DType::F64));
  v = m.builder.binary(Prim::minimum, m.builder.unary(Prim::sqrt, v),
                       m.builder.binary(Prim::div, x, v));
  m.builder.store(access(r, 0, {{i, 8}}), v);
  Id w = m.builder.binary(Prim::floor_div, y, m.builder.convert(v, DType::I32));
  w = m.builder.binary(Prim::shl, w, m.builder.binary(Prim::floor_rem, y, w));
  m.builder.store(access(s, 0, {{i, 4}}), w);
  m.close();
  const std::string text = llvm_text(m.kernel);
  CHECK(text.find("define internal i32 @k.s0(ptr %0, i64 %1, i64 %2)") != std::string::npos);
  CHECK(text.find("fptosi.sat") != std::string::npos);
  CHECK_FALSE(std::regex_search(
      text, std::regex(R"(\b(fast|nnan|ninf|nsz|arcp|contract|afn|reassoc|nsw|nuw|exact)\b)"
                       R"(|\b(inbounds|disjoint|noalias|fmuladd)\b)")));
  // Divisors, and fptosi without saturation, only behind guards: each divisor is a select.
  std::smatch division;
  std::regex pattern(R"([su](div|rem) <?[^,]*, (%\w+))");
  for (std::string rest = text; std::regex_search(rest, division, pattern);
       rest = division.suffix()) {
    CHECK(text.find(division[2].str() + " = select") != std::string::npos);
  }
  CHECK(text == llvm_text(m.kernel));
}

}  // namespace arrayc::tests
