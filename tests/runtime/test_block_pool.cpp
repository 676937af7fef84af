#include <sys/mman.h>

#include <algorithm>

#include "runtime/array.h"
#include "runtime/block_pool.h"
#include "tests/catch.h"

using namespace arrayc::runtime;

namespace {
constexpr std::size_t large = std::size_t{4} << 20;
}

TEST_CASE("a large block is kept for the next of its size") {
  release_kept_blocks();
  void* const first = take_block(large);
  give_block(first, large);
  if (kept_bytes() == 0) return;  // sanitizers: nothing is kept
  CHECK(kept_bytes() == large);
  void* const other = take_block(2 * large);
  CHECK(other != first);
  CHECK(take_block(large) == first);
  CHECK(kept_bytes() == 0);
  give_block(first, large);
  give_block(other, 2 * large);
  release_kept_blocks();
  CHECK(kept_bytes() == 0);
}

TEST_CASE("small blocks are kept by size, a few of each") {
  for (const std::size_t bytes : {64, 128, 320, 4096, 4160, 8000, 655360, 1048512}) {
    INFO(bytes);
    release_kept_blocks();
    void* const block = take_block(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    static_cast<char*>(block)[bytes - 1] = 1;
    give_block(block, bytes);
    void* const again = take_block(bytes);
    void* const other = take_block(bytes);
    CHECK(again != other);
    give_block(again, bytes);
    give_block(other, bytes);
  }
  CHECK(kept_bytes() == 0);
  std::vector<void*> blocks;
  for (std::size_t k = 0; k < 2 * most_kept_of_a_size; ++k) blocks.push_back(take_block(4096));
  for (void* block : blocks) give_block(block, 4096);
  release_kept_blocks();
}

TEST_CASE("what is kept is bounded") {
  release_kept_blocks();
  std::vector<void*> blocks;
  const std::size_t bytes = most_kept_bytes / 4;
  for (int k = 0; k < 6; ++k) blocks.push_back(take_block(bytes));
  for (void* block : blocks) give_block(block, bytes);
  CHECK(kept_bytes() <= most_kept_bytes);
  release_kept_blocks();
}

TEST_CASE("a fresh large block is touched by nobody") {
  release_kept_blocks();
  constexpr std::size_t bytes = std::size_t{64} << 20, page = 4096;
  void* const block = take_block(bytes);
  const auto first = (reinterpret_cast<std::uintptr_t>(block) + page - 1) & ~(page - 1);
  std::vector<unsigned char> pages(bytes / page - 1);
  REQUIRE(mincore(reinterpret_cast<void*>(first), pages.size() * page, pages.data()) == 0);
  const auto touched =
      std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1) != 0; });
  CHECK(touched <= 512);  // the allocator's first page, which may be a huge one
  give_block(block, bytes);
  release_kept_blocks();
}

TEST_CASE("kept blocks do not count as arrays") {
  const auto before = memory_counts().current;
  {
    const Array a = make_array(ARRAYC_F64, {1 << 20});
  }
  CHECK(memory_counts().current == before);
  release_kept_blocks();
}
