// Which bytes of its buffers a kernel touches, worked out from its loops.
//
// Of each buffer that counts what lies from the first byte to the last that is loaded, and what
// lies from the first to the last that is stored: x[::2] reads all lines of x. Scratch does not
// count, nor do locals.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/sizes.h"
#include "ir/module.h"

namespace arrayc::backends {

class Traffic {
 public:
  struct Bytes {
    std::int64_t read = 0, written = 0;
  };

  // `symbols` holds the kernel's sizes.
  Traffic(const ir::loops::Kernel& kernel, SymbolTable& symbols);
  Bytes operator()(std::span<const std::int64_t> sizes) const;

 private:
  struct Access {
    std::uint32_t buffer;
    bool stored;
    int item_size;
    Size offset;
    std::vector<std::pair<Size, Size>> runs;  // steps, bytes a step
    std::vector<std::uint32_t> loops;         // all around it
  };
  std::vector<Size> extents_;  // of loops
  std::vector<Access> accesses_;
  std::uint32_t buffers_;
};

// --- the same for `explain`, over symbols

// An extent of a kernel in terms of the program's symbols.
ir::Extent in_program(const ir::Extent& e, const ir::loops::Kernel& kernel, const ir::Call& call);

// Over the kernel's symbols, where all its loops run.
struct TrafficText {
  ir::Extent read = 0, written = 0;
};
TrafficText traffic_of(const ir::loops::Kernel& kernel);

// The memory that a run of a program of kernels with loops holds at most, in bytes.
struct MemoryText {
  ir::Extent arguments = 0;
  ir::Extent results = 0;
  ir::Extent others = 0;  // slots and scratch, or copies of results at the end
};
MemoryText memory_of(const ir::Module& module, const ir::Function& function);

}  // namespace arrayc::backends
