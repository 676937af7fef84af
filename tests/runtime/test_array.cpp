#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "runtime/array.h"
#include "tests/catch.h"

using namespace arrayc::runtime;

namespace {

constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();

// 0, 1, 2, … of i32.
Array counting(std::vector<std::int64_t> shape) {
  Array array = make_array(ARRAYC_I32, std::move(shape));
  auto* data = static_cast<std::int32_t*>(array.data);
  std::iota(data, data + element_count(array.shape), 0);
  return array;
}

std::vector<std::int32_t> items(const Array& array) {
  const auto* data = static_cast<const std::int32_t*>(array.data);
  return {data, data + element_count(array.shape)};
}

Array transposed(Array array) {
  std::swap(array.shape.front(), array.shape.back());
  std::swap(array.strides.front(), array.strides.back());
  return array;
}

}  // namespace

TEST_CASE("every element type has its size") {
  const int sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
  for (int code = ARRAYC_BOOL; code <= ARRAYC_C128; ++code) {
    CAPTURE(code);
    CHECK(item_size(static_cast<arrayc_dtype>(code)) == sizes[code]);
  }
  CHECK_THROWS_AS(item_size(static_cast<arrayc_dtype>(99)), std::invalid_argument);
}

TEST_CASE("element_count multiplies extents and refuses what cannot be") {
  CHECK(element_count({}) == 1);
  CHECK(element_count({7}) == 7);
  CHECK(element_count({2, 3, 4}) == 24);
  CHECK(element_count({2, 0, 4}) == 0);
  CHECK(element_count({kLargest}) == kLargest);
  CHECK_THROWS_AS(element_count({-1}), std::length_error);
  CHECK_THROWS_AS(element_count({0, -1}), std::length_error);
  CHECK_THROWS_AS(element_count({kLargest, 2}), std::length_error);
  CHECK_THROWS_AS(element_count({0, kLargest, 2}), std::length_error);
}

TEST_CASE("contiguous_strides are NumPy's") {
  using Strides = std::vector<std::int64_t>;
  CHECK(contiguous_strides({}, 8) == Strides{});
  CHECK(contiguous_strides({2, 3, 4}, 8) == Strides{96, 32, 8});
  CHECK(contiguous_strides({0, 3}, 8) == Strides{24, 8});
  CHECK(contiguous_strides({3, 0}, 8) == Strides{8, 8});
}

TEST_CASE("contiguity ignores axes of extent 1 and empty arrays") {
  CHECK(is_contiguous(counting({})));
  CHECK(is_contiguous(counting({2, 3})));
  CHECK_FALSE(is_contiguous(transposed(counting({2, 3}))));
  CHECK(is_contiguous(transposed(counting({1, 3}))));
  CHECK(is_contiguous(transposed(counting({2, 0, 3}))));
  Array broadcast = counting({1});
  broadcast.shape = {4};
  broadcast.strides = {0};
  CHECK_FALSE(is_contiguous(broadcast));
}

TEST_CASE("unit_axis is the last axis that is walked item by item") {
  CHECK(unit_axis(counting({2, 3})) == 1);
  CHECK(unit_axis(transposed(counting({2, 3}))) == 0);
  CHECK(unit_axis(counting({2, 1})) == 0);
  CHECK(unit_axis(counting({1, 1})) == -1);
  CHECK(unit_axis(counting({})) == -1);
}

TEST_CASE("memory is aligned, counted, and never at one address twice") {
  reset_memory_peak();
  const MemoryCounts before = memory_counts();
  {
    const std::shared_ptr<void> a = allocate(1000);
    const std::shared_ptr<void> b = allocate(0);
    const std::shared_ptr<void> large = allocate(8 << 20);
    CHECK(reinterpret_cast<std::uintptr_t>(a.get()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(large.get()) % 64 == 0);
    CHECK(b.get() != nullptr);
    CHECK(b.get() != a.get());
    std::memset(large.get(), 1, 8 << 20);
    CHECK(memory_counts().current - before.current == 1000 + (8 << 20));
    CHECK(memory_counts().allocations - before.allocations == 3);
  }
  CHECK(memory_counts().current == before.current);
  CHECK(memory_counts().peak - before.current == 1000 + (8 << 20));
  reset_memory_peak();
  CHECK(memory_counts().peak == before.current);
}

TEST_CASE("small blocks are apart from each other, whichever goes first") {
  const MemoryCounts before = memory_counts();
  std::vector<std::shared_ptr<void>> blocks;
  for (std::int64_t bytes = 0; bytes < 700; bytes += 13) {
    blocks.push_back(allocate(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(blocks.back().get()) % 64 == 0);
    std::memset(blocks.back().get(), static_cast<int>(blocks.size()),
                static_cast<std::size_t>(bytes));
  }
  std::weak_ptr<void> gone = blocks[1];
  std::shared_ptr<void> shared = blocks[2];
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const auto* const data = static_cast<const unsigned char*>(blocks[k].get());
    CHECK(std::count(data, data + 13 * k, k + 1) == static_cast<std::ptrdiff_t>(13 * k));
    blocks[k] = nullptr;
  }
  CHECK(gone.expired());
  CHECK(memory_counts().current - before.current == 26);
  shared = nullptr;
  CHECK(memory_counts().current == before.current);
}

TEST_CASE("is_aligned looks at the first element") {
  Array array = counting({4});
  CHECK(is_aligned(array));
  array.data = static_cast<char*>(array.data) + 2;
  CHECK_FALSE(is_aligned(array));
}

TEST_CASE("impossible sizes throw") {
  CHECK_THROWS_AS(allocate(-1), std::bad_alloc);
  CHECK_THROWS_AS(allocate(kLargest), std::bad_alloc);
  CHECK_THROWS_AS(make_array(ARRAYC_F64, {kLargest}), std::length_error);
  CHECK_THROWS_AS(make_array(ARRAYC_F64, {-2}), std::length_error);
}

TEST_CASE("copy puts elements in C order") {
  const Array a = counting({2, 3, 4});
  SECTION("contiguous") {
    const Array b = copy(a);
    CHECK(b.data != a.data);
    CHECK(items(b) == items(a));
  }
  SECTION("transposed") {
    const Array b = copy(transposed(counting({2, 3})));
    CHECK(b.shape == std::vector<std::int64_t>{3, 2});
    CHECK(items(b) == std::vector<std::int32_t>{0, 3, 1, 4, 2, 5});
  }
  SECTION("reversed, every second") {
    Array view = counting({5});
    view.data = static_cast<std::int32_t*>(view.data) + 4;
    view.shape = {3};
    view.strides = {-8};
    CHECK(items(copy(view)) == std::vector<std::int32_t>{4, 2, 0});
  }
  SECTION("broadcast over an inner and an outer axis") {
    Array view = counting({2});
    view.shape = {2, 2, 3};
    view.strides = {0, 4, 0};
    CHECK(items(copy(view)) == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1});
  }
  SECTION("a part of each of three axes") {
    Array view = a;
    view.data = static_cast<std::int32_t*>(view.data) + 1;
    view.shape = {2, 2, 2};
    CHECK(items(copy(view)) == std::vector<std::int32_t>{1, 2, 5, 6, 13, 14, 17, 18});
  }
  SECTION("no axes, no elements") {
    CHECK(items(copy(counting({}))) == std::vector<std::int32_t>{0});
    CHECK(copy(counting({2, 0})).shape == std::vector<std::int64_t>{2, 0});
  }
}

TEST_CASE("copy moves items of every size") {
  for (int code = ARRAYC_BOOL; code <= ARRAYC_C128; ++code) {
    CAPTURE(code);
    Array a = make_array(static_cast<arrayc_dtype>(code), {3, 5});
    const int size = item_size(a.dtype);
    auto* bytes = static_cast<unsigned char*>(a.data);
    std::iota(bytes, bytes + 15 * size, static_cast<unsigned char>(0));
    const Array b = copy(transposed(a));
    const auto* copied = static_cast<const unsigned char*>(b.data);
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < 3; ++j) {
        CHECK(std::memcmp(copied + (i * 3 + j) * size, bytes + (j * 5 + i) * size,
                          static_cast<std::size_t>(size)) == 0);
      }
    }
  }
}
