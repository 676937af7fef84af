#include "runtime/block_pool.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>

namespace arrayc::runtime {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t page = 4096;
// From here on the system is asked for huge pages: a fresh 4 MiB array costs 2 page faults, not
// 1024.
constexpr std::size_t huge_page_bytes = std::size_t{4} << 20;

#ifdef __SANITIZE_ADDRESS__
constexpr bool pooling = false;  // a kept block would hide a use after its release
#else
constexpr bool pooling = true;
#endif

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

// Never destroyed: arrays in static objects are released after it would be.
Pool& pool() {
  static Pool* const p = new Pool;
  return *p;
}

}  // namespace

void* take_block(std::size_t bytes) {
  const bool large = bytes >= smallest_pooled_bytes;
  if (pooling && large) {
    if (void* const kept = pool().take(bytes)) return kept;
  }
  void* block = std::aligned_alloc(alignment, bytes);
  if (block == nullptr && pooling && kept_bytes() > 0) {
    release_kept_blocks();
    block = std::aligned_alloc(alignment, bytes);
  }
  if (block != nullptr && bytes >= huge_page_bytes) prefer_huge_pages(block, bytes);
  return block;
}

void give_block(void* block, std::size_t bytes) {
  if (pooling && bytes >= smallest_pooled_bytes && bytes <= most_kept_bytes) {
    pool().give(block, bytes);
  } else {
    std::free(block);
  }
}

std::size_t kept_bytes() { return pooling ? pool().kept() : 0; }
void release_kept_blocks() { pool().release(); }

}  // namespace arrayc::runtime
