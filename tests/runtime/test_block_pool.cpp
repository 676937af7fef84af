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

TEST_CASE("small blocks are not kept, and what is kept is bounded") {
  release_kept_blocks();
  give_block(take_block(4096), 4096);
  CHECK(kept_bytes() == 0);
  std::vector<void*> blocks;
  const std::size_t bytes = most_kept_bytes / 4;
  for (int k = 0; k < 6; ++k) blocks.push_back(take_block(bytes));
  for (void* block : blocks) give_block(block, bytes);
  CHECK(kept_bytes() <= most_kept_bytes);
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
