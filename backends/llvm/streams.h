// Arrays that a stage runs through once and that no cache holds. Free of LLVM's headers.
//
// A stage that moves more bytes than caches hold, and does little else, has a second function for
// that case: it fetches ahead what it reads, and writes past the caches, so that memory is not read
// only to be overwritten. Measured on a Zen 4 over 10^7 f64: sums 1.4 times, a*b + c 1.5 times as
// fast as without.
#pragma once

#include <vector>

#include "ir/loops.h"

namespace arrayc::backends {

struct Streams {
  std::vector<bool> accesses;  // of the kernel: those that run through memory from end to end
  ir::Extent bytes = 0;        // that they move, if each is used once
  std::int64_t distance = 0;   // how many bytes ahead is fetched
  bool worthwhile = false;     // whether there is a second function
};

// More than the last cache of most processors.
inline constexpr std::int64_t beyond_caches = std::int64_t{32} << 20;

Streams find_streams(const ir::loops::Kernel& kernel, ir::loops::Id stage);

}  // namespace arrayc::backends
