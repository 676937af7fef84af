// Values that a kernel keeps in blocks: what is read at several shifts is computed once for each
// block of the results, with the halo that the block reads, instead of once for each shift.
//
//   b = a[:-2] + a[1:-1] + a[2:]      for each block of 4096 elements of c:
//   c = b[:-2] + b[1:-1] + b[2:]        4098 elements of b, from a, into memory of the thread
//                                       4096 elements of c, from there
//
// Blocks are independent: neighbours both compute what both read. Kept values may be computed from
// other kept ones; their halos then add up.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "passes/analysis/demand.h"

namespace arrayc::passes {

// Of one axis of a kept value: what block b holds of it, the elements `first` + size * b + k with
// 0 <= k < size + more, where `size` is that of `loop`, one of the results' domain. Without a loop
// it is the same for all blocks, `more` + 1 elements.
struct BlockRange {
  std::int32_t loop = -1;
  ir::Extent first = 0;
  std::int64_t more = 0;
};

struct Kept {
  ir::NodeId node;                 // what readers name
  Demands demands;                 // of its elements: its domain is its shape
  std::vector<BlockRange> ranges;  // by axis
  std::vector<std::int64_t> held;  // by axis: elements in memory, the last axis of whole lines
  std::int64_t count() const;      // of all axes
};

struct Blocks {
  Demands results;
  std::vector<Kept> kept;           // each after those it reads
  std::vector<std::int64_t> sizes;  // of a block, by loop of the results' domain
  std::int64_t bytes = 0;           // of what a thread keeps
  double repeated = 0;              // operations done again, for each element of the results
  // The nearest to the results with which that is more than storing all kept values would cost.
  ir::NodeId dear = ir::no_node;
  Obstacle obstacle;  // a kept value that cannot be, or what stands in its way
};

struct BlockOptions {
  DemandOptions demands;                         // kept values are leaves
  std::function<bool(ir::NodeId)> is_kept;       // of leaves
  std::function<ir::NodeId(ir::NodeId)> source;  // what is computed for a kept leaf
};

// Of a kernel's function: what its `keep` nodes name.
BlockOptions block_options_of_kernel(const ir::Function& kernel);

Blocks find_blocks(const ir::Graph& graph, std::span<const ir::NodeId> roots,
                   const BlockOptions& options);

// "32 x 256"
std::string sizes_text(const Blocks& blocks);

}  // namespace arrayc::passes
