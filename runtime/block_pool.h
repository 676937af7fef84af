// Blocks of memory that are kept for the next array instead of being given back.
//
// A fresh large block's pages must be supplied and cleared by the system, which costs as much as a
// memory-bound kernel does. Kept are at most `most_kept_bytes`; the oldest blocks go first. A fresh
// small block that is aligned costs as much as a kernel of a thousand elements: a few of each size
// are kept, sizes rounded up by a quarter at most.
#pragma once

#include <cstddef>

namespace arrayc::runtime {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool pooling = false;  // a kept block would hide a use after its release
#else
inline constexpr bool pooling = true;
#endif
inline constexpr std::size_t smallest_large_bytes = std::size_t{1} << 20;
inline constexpr std::size_t most_kept_bytes = std::size_t{256} << 20;  // in large blocks
inline constexpr std::size_t most_kept_of_a_size = 8;                   // small blocks

// 64-byte aligned, uninitialised; null when there is no memory. `bytes` is a multiple of 64.
void* take_block(std::size_t bytes);
// Of a block from take_block, with the bytes that were asked for.
void give_block(void* block, std::size_t bytes);

// Bytes that are kept in large blocks now, and giving all of them back to the system.
std::size_t kept_bytes();
void release_kept_blocks();

}  // namespace arrayc::runtime
