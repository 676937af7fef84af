// What a loop in lanes leaves over. Free of LLVM's headers.
//
// A large loop would take as long to compile once more, without lanes, for the few iterations that
// do not fill the lanes. Where it reads and writes arrays element by element, these are copied to
// where there is room for all lanes, and the lanes run on the copies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "backends/llvm/kernel_info.h"

namespace arrayc::backends {

// A buffer whose elements lie side by side in the lanes, read and written at constant distances.
struct LaneBuffer {
  std::uint32_t group;
  int item;
  std::int64_t first, last;  // constant parts of offsets
  bool loaded = false;
  std::optional<std::int64_t> stored;  // the constant part
};
using LaneBuffers = std::map<std::uint32_t, LaneBuffer>;  // by buffer

// Of a stage whose own loop has lanes and is dear to compile; nothing for others, and where it does
// more than that with a buffer.
std::optional<LaneBuffers> find_lane_buffers(const KernelInfo& info, ir::loops::Id stage);

}  // namespace arrayc::backends
