// Values of a row that are needed twice: while the row is reduced, and after it.
//
// In softmax, exp(x - max) is summed and then divided by the sum. Rather than computing it again,
// or giving it memory of its own, the row of the result keeps it in between.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "passes/analysis/demand.h"

namespace arrayc::passes {

struct Stash {
  std::uint32_t made;  // the demand in the reduction's loop: stored
  std::uint32_t used;  // the same value in the innermost loop of the domain: loaded
  std::uint32_t root;  // the result whose memory keeps it; it is computed from `used`
};

struct Stashes {
  std::vector<Stash> list;
  std::vector<bool> dropped;  // demands that nothing needs any more
};

// Where that saves more than a few operations an element.
Stashes find_stashes(const ir::Graph& graph, const Demands& demands);

}  // namespace arrayc::passes
