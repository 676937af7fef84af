// The two halves of fuse: which values get memory and which share a kernel; the kernels' functions.
#pragma once

#include <string>
#include <vector>

#include "ir/module.h"

namespace arrayc::passes {

struct Grouping {
  std::vector<bool> in_memory;                   // by node: a result, or stored between kernels
  std::vector<std::string> reason;               // by node, of those in memory
  std::vector<bool> kept;                        // by node: in blocks, where it is not in memory
  std::vector<std::vector<ir::NodeId>> kernels;  // nodes each kernel stores, kernels in order
};

// Decides for a function of phase `simplified`.
Grouping group(const ir::Function& function);

// Whether a node is read from memory without a kernel: an array parameter.
bool is_array_param(const ir::Function& function, ir::NodeId id);
// Whether its memory, if it has some, is in C order.
bool is_contiguous(const ir::Function& function, ir::NodeId id);

// The kernel that stores `roots`, with canonical names, and the call that runs it with storages
// looked up by node. Constants that are not small integers are the kernel's scalar arguments.
struct Outlined {
  ir::Function function;
  std::vector<ir::NodeId> inputs;  // main-graph nodes behind the array parameters
  ir::Call call;                   // sizes and scalars filled
};
Outlined outline(const ir::Function& function, const std::vector<ir::NodeId>& roots,
                 const Grouping& grouping);

}  // namespace arrayc::passes
