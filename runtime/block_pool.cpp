#include "runtime/block_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <vector>

namespace arrayc::runtime {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t page = 4096;
// From here on the system is asked for huge pages: a fresh 4 MiB array costs 2 page faults, not
// 1024.
constexpr std::size_t huge_page_bytes = std::size_t{4} << 20;

void prefer_huge_pages(void* p, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(p);
  const std::uintptr_t begin = (address + page - 1) & ~(page - 1);
  const std::uintptr_t end = (address + bytes) & ~(page - 1);
  // Refusal only means small pages.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

struct Block {
  void* memory;
  std::size_t bytes;
};

// Blocks below smallest_large_bytes, by size class: four sizes from one power of two to the next.
class SmallPool {
 public:
  static std::size_t rounded(std::size_t bytes) {
    const std::size_t step = step_of(bytes);
    return (bytes + step - 1) & ~(step - 1);
  }

  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<void*>& blocks = blocks_of(bytes);
    if (blocks.empty()) return nullptr;
    void* const memory = blocks.back();
    blocks.pop_back();
    return memory;
  }

  // Whether the block is kept.
  bool give(void* memory, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<void*>& blocks = blocks_of(bytes);
    if (blocks.size() == most_kept_of_a_size) return false;
    blocks.push_back(memory);
    return true;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (std::vector<void*>& blocks : blocks_) {
      for (void* memory : blocks) std::free(memory);
      blocks.clear();
    }
  }

 private:
  static std::size_t step_of(std::size_t bytes) {
    return std::max(alignment, std::bit_floor(bytes) / 4);
  }
  // Of a rounded size, which is a number of its steps, and of smaller sizes' steps before them.
  std::vector<void*>& blocks_of(std::size_t bytes) {
    const std::size_t step = step_of(bytes);
    const auto octave = static_cast<std::size_t>(std::countr_zero(step / alignment));
    return blocks_[4 * octave + bytes / step];
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, 64> blocks_;
};

class Pool {
 public:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (block->bytes != bytes) continue;
      void* const memory = block->memory;
      kept_ -= bytes;
      blocks_.erase(std::next(block).base());
      return memory;
    }
    return nullptr;
  }

  void give(void* memory, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back({memory, bytes});
    kept_ += bytes;
    while (kept_ > most_kept_bytes) drop_oldest();
  }

  std::size_t kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    while (!blocks_.empty()) drop_oldest();
  }

 private:
  void drop_oldest() {
    kept_ -= blocks_.front().bytes;
    std::free(blocks_.front().memory);
    blocks_.pop_front();
  }

  std::mutex mutex_;
  std::deque<Block> blocks_;  // oldest first
  std::size_t kept_ = 0;
};

// Never destroyed: arrays in static objects are released after they would be.
Pool& pool() {
  static Pool* const p = new Pool;
  return *p;
}
SmallPool& small_pool() {
  static SmallPool* const p = new SmallPool;
  return *p;
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (pooling) {
    const bool large = bytes >= smallest_large_bytes;
    if (!large) bytes = SmallPool::rounded(bytes);
    if (void* const kept = large ? pool().take(bytes) : small_pool().take(bytes)) return kept;
  }
  void* block = std::aligned_alloc(alignment, bytes);
  if (block == nullptr && pooling) {
    release_kept_blocks();
    block = std::aligned_alloc(alignment, bytes);
  }
  if (block != nullptr && bytes >= huge_page_bytes) prefer_huge_pages(block, bytes);
  return block;
}

void give_block(void* block, std::size_t bytes) {
  if (!pooling || bytes > most_kept_bytes) {
    std::free(block);
  } else if (bytes >= smallest_large_bytes) {
    pool().give(block, bytes);
  } else if (!small_pool().give(block, SmallPool::rounded(bytes))) {
    std::free(block);
  }
}

std::size_t kept_bytes() { return pooling ? pool().kept() : 0; }
void release_kept_blocks() {
  pool().release();
  small_pool().release();
}

}  // namespace arrayc::runtime
