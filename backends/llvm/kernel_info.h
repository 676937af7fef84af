// What the emitter works out about a kernel before it emits anything. Free of LLVM's headers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "backends/llvm/facts.h"
#include "ir/loops.h"

namespace arrayc::backends {

// Accesses that differ only in the constant part of their offset share their address computations.
struct AccessGroup {
  std::uint32_t buffer;
  ir::Extent offset;  // without its constant part
  std::vector<std::pair<ir::loops::Id, ir::Extent>> strides;
  bool operator==(const AccessGroup&) const = default;

  const ir::Extent* stride(ir::loops::Id loop) const;
};

// What all stages of a kernel need to know.
struct KernelInfo {
  explicit KernelInfo(const ir::loops::Kernel& kernel);
  const ir::loops::Kernel& kernel;
  std::vector<Facts> facts;
  std::vector<AccessGroup> groups;
  std::vector<std::uint32_t> group;    // of each access
  std::vector<std::int64_t> constant;  // of each access: the constant part of the offset
};

bool is_arg(ir::loops::Fold fold);  // keeps a position beside the value
// Folds whose result depends on the order.
bool is_ordered(const ir::loops::Accumulator& acc);
// Approximate number of operations of a body; nothing if it has loops of its own.
std::optional<int> body_cost(const ir::loops::Kernel& kernel, const ir::loops::Block& body);
// Bytes of the largest value of a body.
int largest_item(const ir::loops::Kernel& kernel, const ir::loops::Block& body);
bool has_store(const ir::loops::Kernel& kernel, const ir::loops::Block& body);
struct BuffersUsed {
  std::set<std::uint32_t> read, written;
};
void add_buffers(const ir::loops::Kernel& kernel, const ir::loops::Block& body, BuffersUsed& used);

}  // namespace arrayc::backends
