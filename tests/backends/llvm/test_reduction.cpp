// Folds in every shape the emitter gives them, against the definition of ir::Tree in plain C++.
#include <limits>
#include <random>

#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

namespace arrayc::tests {
namespace {

using ir::Prim;
using ir::Tree;
using ir::loops::Accumulator;
using ir::loops::Fold;

Scalar combine(Fold fold, Scalar a, Scalar b) {
  const Scalar args[] = {a, b};
  switch (fold) {
    case Fold::add:
      return ir::evaluate(Prim::add, a.dtype, args);
    case Fold::mul:
      return ir::evaluate(Prim::mul, a.dtype, args);
    case Fold::minimum:
      return ir::evaluate(Prim::minimum, a.dtype, args);
    case Fold::maximum:
      return ir::evaluate(Prim::maximum, a.dtype, args);
    case Fold::bit_and:
      return ir::evaluate(Prim::bit_and, a.dtype, args);
    case Fold::bit_or:
      return ir::evaluate(Prim::bit_or, a.dtype, args);
    default:
      return ir::evaluate(Prim::bit_xor, a.dtype, args);
  }
}

Scalar fold_chunk(Fold fold, std::size_t lanes, const Scalar* v, std::size_t n) {
  std::vector<std::vector<Scalar>> of_lane(lanes);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<Scalar>& lane = of_lane[i % lanes];
    if (lane.empty()) {
      lane.push_back(v[i]);
    } else {
      lane[0] = combine(fold, lane[0], v[i]);
    }
  }
  const auto join = [&](std::vector<Scalar>& a, const std::vector<Scalar>& b) {
    if (a.empty()) {
      a = b;
    } else if (!b.empty()) {
      a[0] = combine(fold, a[0], b[0]);
    }
  };
  while (lanes > 8) {
    lanes /= 2;
    for (std::size_t l = 0; l < lanes; ++l) join(of_lane[l], of_lane[l + lanes]);
  }
  for (std::size_t l = 1; l < lanes; ++l) join(of_lane[0], of_lane[l]);
  return of_lane[0][0];
}

Scalar fold_by_tree(Fold fold, Tree tree, const std::vector<Scalar>& v, Scalar identity) {
  if (v.empty()) return identity;
  const std::size_t chunk = tree.chunk > 0 ? static_cast<std::size_t>(tree.chunk) : v.size();
  std::vector<std::pair<std::size_t, Scalar>> stack;  // chunks joined, result
  for (std::size_t at = 0; at < v.size(); at += chunk) {
    const std::size_t n = std::min(chunk, v.size() - at);
    stack.emplace_back(1, fold_chunk(fold, static_cast<std::size_t>(tree.lanes), &v[at], n));
    while (stack.size() > 1 &&
           (tree.in_order || stack[stack.size() - 2].first == stack.back().first)) {
      const auto [count, last] = stack.back();
      stack.pop_back();
      stack.back() = {2 * count, combine(fold, stack.back().second, last)};
    }
  }
  while (stack.size() > 1) {
    const Scalar last = stack.back().second;
    stack.pop_back();
    stack.back().second = combine(fold, stack.back().second, last);
  }
  return stack[0].second;
}

Scalar identity_of(Fold fold, DType t) {
  return ir::convert(Scalar::of(std::int64_t{fold == Fold::mul       ? 1
                                             : fold == Fold::minimum ? 42
                                                                     : 0}),
                     t);
}

std::vector<Scalar> random_values(DType t, std::size_t n, unsigned seed, bool specials) {
  std::mt19937_64 random(seed);
  std::vector<Scalar> values;
  for (std::size_t i = 0; i < n; ++i) {
    if (ir::is_bool(t)) {
      values.push_back(Scalar::of(random() % 8 != 0));
    } else if (ir::is_float(t)) {
      double v = std::ldexp(static_cast<double>(random() % 2000001) - 1000000, -20);
      if (specials && random() % 4 == 0) v = random() % 2 == 0 ? 0.0 : -0.0;
      if (specials && random() % 50 == 0) v = std::nan("");
      if (specials && random() % 50 == 0) v = std::numeric_limits<double>::infinity();
      values.push_back(ir::convert(Scalar::of(v), t));
    } else {
      values.push_back(ir::convert(Scalar::of(static_cast<std::int64_t>(random())), t));
    }
  }
  return values;
}

// result[0] = fold of b[i], the body with `heavy` more operations than needed.
ir::loops::Kernel fold_kernel(Fold fold, DType t, Tree tree, int width, Extent extent, bool heavy) {
  KernelMaker m;
  const std::uint32_t in = m.buffer(t), out = m.buffer(t, true);
  m.size("n");
  m.open("once", 1);
  const Id loop = m.open("i", extent, width);
  Id v = m.builder.load(access(in, 0, {{loop, ir::item_size(t)}}), t);
  for (int i = 0; heavy && i < 40; ++i) v = m.builder.unary(Prim::neg, v);
  m.loop(loop).accumulators.push_back(
      {fold, t, v, ir::loops::none, ir::loops::none, tree, identity_of(fold, t)});
  m.close();
  m.builder.store(access(out, 0, {}), m.builder.accumulated(loop, 0));
  m.close();
  return m.kernel;
}

void check_fold(Fold fold, DType t, Tree tree, int width, const std::vector<std::size_t>& sizes,
                bool heavy = false) {
  const auto code =
      generator().compile(fold_kernel(fold, t, tree, width, Extent::symbol("n"), heavy));
  for (std::size_t n : sizes) {
    const std::vector<Scalar> values = random_values(t, n, static_cast<unsigned>(n), false);
    const Elements input(t, values);
    Elements output(t, 1);
    const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()),
                                  static_cast<std::int64_t>(n)};
    code->run(0, slots, 0, 1);
    const Scalar expected = fold_by_tree(fold, tree, values, identity_of(fold, t));
    INFO(ir::name(t) << " lanes " << tree.lanes << " chunk " << tree.chunk << " width " << width
                     << " n " << n << ": " << text(output[0]) << " instead of " << text(expected));
    CHECK(same(output[0], expected));
  }
}

std::vector<std::size_t> many_sizes() {
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n <= 100; ++n) sizes.push_back(n);
  for (std::size_t n = 4095; n <= 4100; ++n) sizes.push_back(n);
  sizes.push_back(12345);
  sizes.push_back(4096 * 7);
  return sizes;
}

}  // namespace

TEST_CASE("sums follow their tree", "[reduction]") {
  for (int width : {1, 4, 8, 16}) {
    check_fold(Fold::add, DType::F64, {32, 4096}, width, many_sizes());
    check_fold(Fold::add, DType::F32, {64, 4096}, width, many_sizes());
  }
  check_fold(Fold::add, DType::F64, {32, 4096}, 32, many_sizes());
  check_fold(Fold::add, DType::F64, {32, 4096}, 64, many_sizes());
  check_fold(Fold::add, DType::F64, {32, 4096}, 4, {1000000});
}

TEST_CASE("other trees", "[reduction]") {
  const std::vector<std::size_t> sizes{0, 1, 2, 3, 5, 8, 31, 64, 100, 129, 1000};
  for (Tree tree : {Tree{1, 0}, Tree{1, 1}, Tree{1, 64}, Tree{4, 16}, Tree{8, 24}, Tree{3, 7},
                    Tree{16, 0}, Tree{12, 100}, Tree{1, 16, true}, Tree{8, 24, true}}) {
    for (int width : {1, 8}) {
      check_fold(Fold::add, DType::F64, tree, width, sizes);
      check_fold(Fold::mul, DType::F32, tree, width, sizes);
    }
  }
  check_fold(Fold::add, DType::F64, {32, 4096}, 8, many_sizes(), true);
  check_fold(Fold::mul, DType::F64, {32, 4096}, 8, sizes);
}

TEST_CASE("sums of products add each by fma", "[reduction]") {
  const std::vector<std::size_t> sizes{0, 1, 2, 3, 8, 15, 16, 17, 31, 64, 100, 255, 256, 257, 1000};
  for (const Tree& tree : {Tree{1, 256, true}, Tree{1, 64}, Tree{32, 64}, Tree{8, 4096}}) {
    for (const int width : {1, 8, 16}) {
      KernelMaker m;
      const std::uint32_t x = m.buffer(DType::F64), y = m.buffer(DType::F64);
      const std::uint32_t out = m.buffer(DType::F64, true);
      const Extent n = m.size("n");
      m.open("once", 1);
      const Id loop = m.open("i", n, width);
      Accumulator sum;
      sum.value = m.builder.load(access(x, 0, {{loop, 8}}), DType::F64);
      sum.factor = m.builder.load(access(y, 0, {{loop, 8}}), DType::F64);
      sum.tree = tree;
      sum.identity = Scalar::of(0.0);
      m.loop(loop).accumulators.push_back(sum);
      m.close();
      m.builder.store(access(out, 0, {}), m.builder.accumulated(loop, 0));
      m.close();
      const auto code = generator().compile(m.kernel);
      for (const std::size_t size : sizes) {
        const auto a = random_values(DType::F64, size, static_cast<unsigned>(size), false);
        const auto b = random_values(DType::F64, size, static_cast<unsigned>(size) + 7, false);
        // Each lane of each chunk is a sum of one chunk.
        std::vector<Scalar> chunks;
        for (std::size_t at = 0; at < size; at += static_cast<std::size_t>(tree.chunk)) {
          std::vector<double> lanes(static_cast<std::size_t>(tree.lanes), -0.0);
          const std::size_t end = std::min(size, at + static_cast<std::size_t>(tree.chunk));
          for (std::size_t i = at; i < end; ++i) {
            double& lane = lanes[(i - at) % lanes.size()];
            lane = std::fma(ir::to_double(a[i]), ir::to_double(b[i]), lane);
          }
          std::vector<Scalar> of_lanes;
          for (const double lane : lanes) of_lanes.push_back(Scalar::of(lane));
          chunks.push_back(fold_chunk(Fold::add, lanes.size(), of_lanes.data(), lanes.size()));
        }
        const Tree above{1, 1, tree.in_order};
        const Scalar expected = fold_by_tree(Fold::add, above, chunks, sum.identity);
        const Elements first(DType::F64, a), second(DType::F64, b);
        Elements output(DType::F64, 1);
        const std::int64_t slots[] = {slot(first.bytes.data()), slot(second.bytes.data()),
                                      slot(output.bytes.data()), static_cast<std::int64_t>(size)};
        code->run(0, slots, 0, 1);
        INFO("lanes " << tree.lanes << " chunk " << tree.chunk << " width " << width << " n "
                      << size);
        CHECK(same(output[0], expected));
      }
    }
  }
}

TEST_CASE("folds without an order", "[reduction]") {
  const std::vector<std::size_t> sizes{0, 1, 2, 7, 8, 9, 31, 32, 33, 63, 100, 1001};
  for (const ir::DTypeInfo& t : ir::all_dtypes()) {
    if (ir::is_complex(t.id) || ir::is_narrow_float(t.id)) continue;
    for (int width : {1, 16}) {
      for (Fold fold : {Fold::minimum, Fold::maximum}) check_fold(fold, t.id, {1, 0}, width, sizes);
      if (ir::is_integer(t.id)) {
        for (Fold fold : {Fold::add, Fold::mul}) check_fold(fold, t.id, {1, 0}, width, sizes);
      }
      if (ir::is_float(t.id)) continue;
      for (Fold fold : {Fold::bit_and, Fold::bit_or, Fold::bit_xor}) {
        check_fold(fold, t.id, {1, 0}, width, sizes);
      }
    }
  }
}

TEST_CASE("minimum and maximum of zeros and NaN", "[reduction]") {
  for (DType t : {DType::F32, DType::F64}) {
    for (Fold fold : {Fold::minimum, Fold::maximum}) {
      for (int width : {1, 8}) {
        const auto code =
            generator().compile(fold_kernel(fold, t, {1, 0}, width, Extent::symbol("n"), false));
        for (unsigned seed = 0; seed < 60; ++seed) {
          std::vector<Scalar> values = random_values(t, 1 + seed % 37, seed, true);
          if (seed % 3 == 0) {  // one sign only, and zeros
            for (Scalar& v : values) {
              const Prim p = fold == Fold::minimum ? Prim::abs : Prim::neg;
              const Scalar magnitude = ir::evaluate(Prim::abs, t, std::span(&v, 1));
              if (ir::to_double(v) != 0) v = ir::evaluate(p, t, std::span(&magnitude, 1));
            }
          }
          const Elements input(t, values);
          Elements output(t, 1);
          const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()),
                                        static_cast<std::int64_t>(values.size())};
          code->run(0, slots, 0, 1);
          CHECK(same(output[0], fold_by_tree(fold, {1, 0}, values, identity_of(fold, t))));
        }
      }
    }
  }
}

TEST_CASE("positions of extremes", "[reduction]") {
  for (DType t : {DType::F64, DType::F32, DType::I64, DType::I32, DType::U32, DType::U8, DType::I16,
                  DType::Bool}) {
    for (Fold fold : {Fold::arg_minimum, Fold::arg_maximum}) {
      for (int width : {1, 8, 16}) {
        KernelMaker m;
        const std::uint32_t in = m.buffer(t), best = m.buffer(t, true),
                            at = m.buffer(DType::I64, true);
        const Extent n = m.size("n");
        m.open("once", 1);
        const Id loop = m.open("i", n, width);
        const Id v = m.builder.load(access(in, 0, {{loop, ir::item_size(t)}}), t);
        const Id index = m.builder.index(loop);
        m.loop(loop).accumulators.push_back(
            {fold, t, v, ir::loops::none, index, {1, 0}, identity_of(fold, t)});
        m.close();
        m.builder.store(access(best, 0, {}), m.builder.accumulated(loop, 0));
        m.builder.store(access(at, 0, {}), m.builder.position(loop, 0));
        m.close();
        const auto code = generator().compile(m.kernel);
        for (unsigned seed = 0; seed < 80; ++seed) {
          std::vector<Scalar> values = random_values(t, 1 + (seed * 7) % 150, seed, seed % 2 == 0);
          if (seed % 5 == 0) {  // nothing but the value that extremes start from
            const bool least = fold == Fold::arg_minimum;
            const double inf = least ? HUGE_VAL : -HUGE_VAL;
            for (Scalar& x : values) x = ir::convert(Scalar::of(inf), t);
            if (ir::is_bool(t)) values.assign(values.size(), Scalar::of(least));
          }
          std::size_t expected = 0;
          for (std::size_t i = 1; i < values.size(); ++i) {
            const Scalar pair[] = {values[i], values[expected]};
            const Prim less = fold == Fold::arg_minimum ? Prim::lt : Prim::gt;
            const bool better =
                ir::evaluate(less, DType::Bool, pair).bits != 0 || is_nan(values[i]);
            if (better && !is_nan(values[expected])) expected = i;
          }
          const Elements input(t, values);
          Elements value(t, 1), position(DType::I64, 1);
          const std::int64_t slots[] = {slot(input.bytes.data()), slot(value.bytes.data()),
                                        slot(position.bytes.data()),
                                        static_cast<std::int64_t>(values.size())};
          code->run(0, slots, 0, 1);
          INFO(ir::name(t) << " width " << width << " seed " << seed);
          CHECK(position[0].bits == expected);
          CHECK(same(value[0], values[expected]));
        }
      }
    }
  }
}

// More than fit positions of 32 bits.
TEST_CASE("the position of one among a thousand million", "[reduction]") {
  const std::int64_t count = (std::int64_t{1} << 30) + 1000;
  KernelMaker m;
  const std::uint32_t at = m.buffer(DType::I64, true);
  const Extent n = m.size("n");
  const Extent wanted = m.size("wanted");
  m.open("once", 1);
  const Id loop = m.open("i", n, 16);
  const Id index = m.builder.index(loop);
  const Id is_it = m.builder.compare(Prim::eq, index, m.builder.size(wanted));
  const Id v = m.builder.convert(is_it, DType::I32);
  m.loop(loop).accumulators.push_back({Fold::arg_maximum,
                                       DType::I32,
                                       v,
                                       ir::loops::none,
                                       index,
                                       {1, 0},
                                       identity_of(Fold::arg_maximum, DType::I32)});
  m.close();
  m.builder.store(access(at, 0, {}), m.builder.position(loop, 0));
  m.close();
  const auto code = generator().compile(m.kernel);
  for (const std::int64_t position : {std::int64_t{5}, count - 1000, count - 3, count}) {
    Elements found(DType::I64, 1);
    const std::int64_t slots[] = {slot(found.bytes.data()), count, position};
    code->run(0, slots, 0, 1);
    CHECK(static_cast<std::int64_t>(found[0].bits) == (position == count ? 0 : position));
  }
}

// out[j] = sum over i of in[i, j], the lanes along j: each lane carries a sum of its own.
TEST_CASE("a fold inside a vector loop", "[reduction]") {
  for (Tree tree : {Tree{1, 64}, Tree{1, 0}, Tree{32, 4096}}) {
    for (int width : {1, 8}) {
      KernelMaker m;
      const std::uint32_t in = m.buffer(DType::F64), out = m.buffer(DType::F64, true);
      const Extent rows = m.size("rows"), columns = m.size("columns");
      const Id j = m.open("j", columns, width);
      const Id i = m.open("i", rows);
      const Id v = m.builder.load(access(in, 0, {{i, columns * Extent(8)}, {j, 8}}), DType::F64);
      m.loop(i).accumulators.push_back(
          {Fold::add, DType::F64, v, ir::loops::none, ir::loops::none, tree, Scalar::of(0.0)});
      m.loop(i).accumulators.push_back({Fold::maximum,
                                        DType::F64,
                                        v,
                                        ir::loops::none,
                                        ir::loops::none,
                                        {1, 0},
                                        Scalar::of(0.0)});
      m.close();
      const Id sum = m.builder.accumulated(i, 0), most = m.builder.accumulated(i, 1);
      m.builder.store(access(out, 0, {{j, 8}}), m.builder.binary(Prim::mul, sum, most));
      m.close();
      const auto code = generator().compile(m.kernel);
      for (std::size_t r : {0, 1, 7, 64, 65, 333}) {
        const std::size_t c = 21;
        const std::vector<Scalar> values = random_values(DType::F64, r * c, 5, false);
        const Elements input(DType::F64, values);
        Elements output(DType::F64, c);
        const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()),
                                      static_cast<std::int64_t>(r), static_cast<std::int64_t>(c)};
        code->run(0, slots, 0, static_cast<std::int64_t>(c));
        for (std::size_t k = 0; k < c; ++k) {
          std::vector<Scalar> column;
          for (std::size_t q = 0; q < r; ++q) column.push_back(values[q * c + k]);
          const Scalar sum_of = fold_by_tree(Fold::add, tree, column, Scalar::of(0.0));
          const Scalar most_of = fold_by_tree(Fold::maximum, {1, 0}, column, Scalar::of(0.0));
          const Scalar args[] = {sum_of, most_of};
          CHECK(same(output[k], ir::evaluate(Prim::mul, DType::F64, args)));
        }
      }
    }
  }
}

// Several folds with different lanes and chunks share a loop; with rows around it.
TEST_CASE("several folds in one loop", "[reduction]") {
  for (int width : {1, 8, 16}) {
    KernelMaker m;
    const std::uint32_t in = m.buffer(DType::F64), out = m.buffer(DType::F64, true);
    const Extent rows = m.size("rows"), n = m.size("n");
    const Id row = m.open("row", rows);
    const Id i = m.open("i", n, width);
    const Id v = m.builder.load(access(in, 0, {{row, n * Extent(8)}, {i, 8}}), DType::F64);
    const Id square = m.builder.binary(Prim::mul, v, v);
    const Tree trees[] = {{32, 4096}, {16, 64}, {1, 0}, {1, 64}, {1, 0}};
    const Fold folds[] = {Fold::add, Fold::add, Fold::mul, Fold::add, Fold::minimum};
    for (std::size_t k = 0; k < 5; ++k) {
      const Id value = k % 2 == 0 ? v : square;
      m.loop(i).accumulators.push_back({folds[k], DType::F64, value, ir::loops::none,
                                        ir::loops::none, trees[k], Scalar::of(-7.0)});
    }
    m.close();
    for (std::uint32_t k = 0; k < 5; ++k) {
      m.builder.store(access(out, 8 * std::int64_t{k}, {{row, 40}}), m.builder.accumulated(i, k));
    }
    m.close();
    const auto code = generator().compile(m.kernel);
    for (std::size_t size : {0, 1, 10, 63, 64, 65, 200, 5000}) {
      const std::vector<Scalar> values = random_values(DType::F64, 3 * size, 11, false);
      const Elements input(DType::F64, values);
      Elements output(DType::F64, 15);
      const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()), 3,
                                    static_cast<std::int64_t>(size)};
      code->run(0, slots, 0, 3);
      for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t k = 0; k < 5; ++k) {
          std::vector<Scalar> part(values.begin() + static_cast<std::ptrdiff_t>(r * size),
                                   values.begin() + static_cast<std::ptrdiff_t>((r + 1) * size));
          for (Scalar& x : part) {
            const Scalar args[] = {x, x};
            if (k % 2 == 1) x = ir::evaluate(Prim::mul, DType::F64, args);
          }
          INFO("width " << width << " n " << size << " fold " << k);
          CHECK(same(output[r * 5 + k], fold_by_tree(folds[k], trees[k], part, Scalar::of(-7.0))));
        }
      }
    }
  }
}

TEST_CASE("extents known when compiling", "[reduction]") {
  for (std::int64_t n : {0, 1, 3, 32, 33, 64, 4096, 4097}) {
    for (int width : {1, 8}) {
      const auto code =
          generator().compile(fold_kernel(Fold::add, DType::F64, {32, 4096}, width, n, false));
      const auto size = static_cast<std::size_t>(n);
      const std::vector<Scalar> values = random_values(DType::F64, size, 3, false);
      const Elements input(DType::F64, values);
      Elements output(DType::F64, 1);
      const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()), n};
      code->run(0, slots, 0, 1);
      CHECK(same(output[0], fold_by_tree(Fold::add, {32, 4096}, values, Scalar::of(0.0))));
    }
  }
}

}  // namespace arrayc::tests
