#include <random>

#include "ir/node.h"
#include "tests/catch.h"

using namespace arrayc::ir;

namespace {

const Extent n = Extent::symbol("n");

Operation with(Op op, Attributes attributes) {
  return {op, nullptr, std::make_shared<const Attributes>(std::move(attributes))};
}

// The indices that Python's range(n)[start:stop:step] has, found element by element.
std::vector<std::int64_t> selected(std::optional<int> start, std::optional<int> stop, int step,
                                   int size) {
  const int first = step > 0 ? 0 : size - 1;
  const int past = step > 0 ? size : -1;
  const auto position = [&](int p) {
    if (p < 0) p += size;
    if (p < 0) return step > 0 ? 0 : -1;
    return std::min(p, step > 0 ? size : size - 1);
  };
  std::vector<std::int64_t> result;
  const int end = stop ? position(*stop) : past;
  for (int i = start ? position(*start) : first; step > 0 ? i < end : i > end; i += step) {
    result.push_back(i);
  }
  return result;
}

Extent length(const Slice& s) { return slice_bounds(s, n).length; }

std::vector<std::optional<int>> parts() {
  std::vector<std::optional<int>> result = {std::nullopt};
  for (int p = -6; p <= 6; ++p) result.push_back(p);
  return result;
}

}  // namespace

TEST_CASE("slices have closed forms") {
  CHECK(length({1, -1, 1}) == max(n - 2, 0));
  CHECK(length({2, {}, 1}) == max(n - 2, 0));
  CHECK(length({{}, -2, 1}) == max(n - 2, 0));
  CHECK(length({-3, {}, 1}) == min(n, 3));
  CHECK(length({{}, 4, 1}) == min(n, 4));
  CHECK(length({-5, -2, 1}) == min(max(n - 2, 0), 3));
  CHECK(length({{}, {}, -1}) == n);
  CHECK(length({{}, {}, 2}) == ceil_div(n, 2));
  CHECK(length({{}, -3, 2}) == ceil_div(max(n - 3, 0), 2));
  CHECK(length({2, {}, -1}) == min(n, 3));
  CHECK(length({{}, 1, -1}) == max(n - 2, 0));
  CHECK(slice_bounds({{}, {}, -1}, n).start == n - 1);
  CHECK(slice_bounds({2, -1, 1}, n).start == Extent(2));
  CHECK(slice_bounds({Extent(0), n, 1}, n).length == n);
  CHECK(slice_bounds({Extent(1), n - 1, 1}, n + 3).start == Extent(1));
}

TEST_CASE("slices of a slice simplify") {
  Extent extent = n;
  for (int k = 0; k < 50; ++k) extent = slice_bounds({1, -1, 1}, extent).length;
  CHECK(extent == max(n - 100, 0));
  extent = n;
  for (int k = 0; k < 20; ++k) extent = slice_bounds({{}, {}, 2}, extent).length;
  CHECK(extent == ceil_div(n, 1 << 20));
}

TEST_CASE("slices are Python's for every size, known and unknown") {
  for (int size = 0; size <= 6; ++size) {
    const auto value_of = [&](const std::string&) { return std::optional<std::int64_t>(size); };
    for (const auto& start : parts()) {
      for (const auto& stop : parts()) {
        for (const int step : {1, 2, 3, 7, -1, -2, -3, -7}) {
          const auto expected = selected(start, stop, step, size);
          Slice slice;
          slice.step = step;
          if (start) slice.start = *start;
          if (stop) slice.stop = *stop;
          INFO((start ? *start : 99)
               << ":" << (stop ? *stop : 99) << ":" << step << " of " << size);
          const SliceBounds known = slice_bounds(slice, size);
          const SliceBounds unknown = slice_bounds(slice, n);
          const auto count = static_cast<std::int64_t>(expected.size());
          REQUIRE(known.length.is(count));
          REQUIRE(unknown.length.evaluate(value_of) == count);
          if (count == 0) continue;
          REQUIRE(known.start.is(expected.front()));
          REQUIRE(unknown.start.evaluate(value_of) == expected.front());
        }
      }
    }
  }
}

TEST_CASE("slices with integer parameters are Python's") {
  const Extent a = Extent::symbol("$a");
  const Extent b = Extent::symbol("$b");
  for (const int step : {1, 2, -1, -3}) {
    const SliceBounds bounds = slice_bounds({a, b, step}, n);
    const SliceBounds open = slice_bounds({{}, b, step}, n);
    for (int size = 0; size <= 4; ++size) {
      for (int start = -6; start <= 6; ++start) {
        for (int stop = -6; stop <= 6; ++stop) {
          const auto value_of = [&](const std::string& name) {
            return std::optional<std::int64_t>(name == "n" ? size : name == "$a" ? start : stop);
          };
          INFO(start << ":" << stop << ":" << step << " of " << size);
          const auto expected = selected(start, stop, step, size);
          REQUIRE(bounds.length.evaluate(value_of) == static_cast<std::int64_t>(expected.size()));
          if (!expected.empty()) REQUIRE(bounds.start.evaluate(value_of) == expected.front());
          REQUIRE(open.length.evaluate(value_of) ==
                  static_cast<std::int64_t>(selected({}, stop, step, size).size()));
        }
      }
    }
  }
}

TEST_CASE("extreme slices") {
  const auto bounds = [](Slice s, std::int64_t size) { return slice_bounds(s, size); };
  CHECK(bounds({INT64_MIN, INT64_MAX, 1}, 5).length.is(5));
  CHECK(bounds({INT64_MAX, INT64_MIN, -1}, 5).length.is(5));
  CHECK(bounds({{}, {}, INT64_MIN}, 5).length.is(1));
  CHECK(bounds({{}, {}, INT64_MAX}, INT64_MAX).length.is(1));
  CHECK(length({{}, {}, INT64_MIN}).upper_bound() == 1);
  CHECK_THROWS_WITH(slice_bounds({{}, {}, 0}, n), "slice step cannot be zero");
  Slice index;
  index.index = true;
  index.start = -1;
  CHECK(slice_bounds(index, n).start == n - 1);
  CHECK(slice_bounds(index, n).length.is(1));
  index.start = 3;
  CHECK(slice_bounds(index, n).start.is(3));
}

TEST_CASE("each view has its map") {
  const Type x{DType::F64, {n, 1}};
  const auto map = [&](const Operation& operation, const Type& operand) {
    EqualExtents rules;
    return view_map(operation, operand,
                    infer(operation, std::span(&operand, 1), operand.dtype, rules));
  };
  const ViewAttr stretched = map(with(Op::broadcast, ShapeAttr{{4, n, 3}}), x);
  CHECK(stretched == ViewAttr{{4, n, 3}, {{1, 0, 1}, {-1, 0, 1}}});
  const ViewAttr sliced = map(with(Op::slice, SliceAttr{{Slice{1, {}, 2}, Slice{}}}), x);
  CHECK(sliced.axes == std::vector<ViewAxis>{{0, 1, 2}, {1, 0, 1}});
  const ViewAttr transposed =
      map(with(Op::transpose, AxesAttr{{2, 0, 1}}), Type{DType::F64, {2, 3, 4}});
  CHECK(transposed.axes == std::vector<ViewAxis>{{1, 0, 1}, {2, 0, 1}, {0, 0, 1}});
  CHECK(map(with(Op::expand_dims, AxesAttr{{0, 2}}), x).axes ==
        std::vector<ViewAxis>{{1, 0, 1}, {3, 0, 1}});
  CHECK(map(with(Op::squeeze, AxesAttr{{1}}), x).axes ==
        std::vector<ViewAxis>{{0, 0, 1}, {-1, 0, 1}});
  CHECK_THROWS_AS(view_map(with(Op::reshape, ShapeAttr{{n}}), x, x), Error);
}

namespace {

using Index = std::vector<std::int64_t>;

// Where the map puts a result index.
Index mapped(const ViewAttr& map, const Index& at) {
  Index result;
  for (const ViewAxis& axis : map.axes) {
    const std::int64_t i = axis.axis < 0 ? 0 : at[static_cast<std::size_t>(axis.axis)];
    result.push_back(axis.start.constant() + axis.step * i);
  }
  return result;
}

// Every index of a shape, in C order.
std::vector<Index> indices(const Shape& shape) {
  std::vector<Index> all = {{}};
  for (const Extent& e : shape) {
    std::vector<Index> longer;
    for (const Index& index : all) {
      for (std::int64_t i = 0; i < e.constant(); ++i) {
        longer.push_back(index);
        longer.back().push_back(i);
      }
    }
    all = std::move(longer);
  }
  return all;
}

// A view that fits the shape.
Operation random_view(const Shape& shape, std::mt19937& random) {
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  const int rank = static_cast<int>(shape.size());
  switch (pick(0, 4)) {
    case 0: {
      Shape stretched(static_cast<std::size_t>(pick(0, 1)), Extent(2));
      for (const Extent& e : shape) stretched.push_back(e.is(1) ? Extent(pick(1, 3)) : e);
      return with(Op::broadcast, ShapeAttr{stretched});
    }
    case 1: {
      AxesAttr axes;
      for (int k = 0; k < rank; ++k) axes.axes.push_back(k);
      std::shuffle(axes.axes.begin(), axes.axes.end(), random);
      return with(Op::transpose, axes);
    }
    case 2:
      return with(Op::expand_dims, AxesAttr{{pick(0, rank)}});
    case 3: {
      AxesAttr axes;
      for (int k = 0; k < rank; ++k) {
        if (shape[static_cast<std::size_t>(k)].is(1)) axes.axes.push_back(k);
      }
      return with(Op::squeeze, axes);
    }
    default: {
      SliceAttr slices;
      for (int k = 0; k < rank; ++k) {
        const int steps[] = {1, 2, -1, -2};
        slices.axes.push_back({pick(-3, 2), {}, steps[pick(0, 3)]});
      }
      return with(Op::slice, slices);
    }
  }
}

}  // namespace

TEST_CASE("a composed map does what its parts do in turn") {
  std::mt19937 random(7);
  EqualExtents rules;
  for (int round = 0; round < 500; ++round) {
    Type type{DType::F64, {3, 4}};
    std::vector<ViewAttr> maps;
    ViewAttr composed{type.shape, {{0, 0, 1}, {1, 0, 1}}};
    for (int k = 0; k < 5; ++k) {
      const Operation view = random_view(type.shape, random);
      const Type result = infer(view, std::span(&type, 1), type.dtype, rules);
      maps.push_back(view_map(view, type, result));
      composed = compose(maps.back(), composed);
      type = result;
    }
    CHECK(composed.shape == type.shape);
    for (const Index& index : indices(type.shape)) {
      Index at = index;
      for (auto map = maps.rbegin(); map != maps.rend(); ++map) at = mapped(*map, at);
      REQUIRE(mapped(composed, index) == at);
    }
  }
}

TEST_CASE("steps beyond int64 reach the first element only") {
  const ViewAttr inner{{1}, {{0, 0, std::int64_t{1} << 40}}};
  const ViewAttr outer{{1}, {{0, 0, std::int64_t{1} << 40}}};
  CHECK(compose(outer, inner).axes == std::vector<ViewAxis>{{-1, 0, 1}});
}
