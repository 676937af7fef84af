// Whether a kernel may write a buffer over one that it reads.
#pragma once

#include <cstdint>

#include "ir/loops.h"

namespace arrayc::ir::loops {

// Whether the kernel computes the same if `read` and `written`, two of its buffer parameters, are
// the same memory: whatever it stores, it has loaded before from that very place, in the same
// iteration or in an earlier stage, and no other iteration loads it. Holds for every order of
// iterations, so for lanes and threads too.
bool may_share(const Kernel& kernel, std::uint32_t read, std::uint32_t written);

}  // namespace arrayc::ir::loops
