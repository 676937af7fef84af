// Checks of a function (module.h), made from the operations of its graph.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "ir/module.h"

namespace arrayc::ir {

// The value of a check that nothing fails.
inline constexpr std::int64_t no_failure = std::numeric_limits<std::int64_t>::max();

// Whether elements can be outside of the operation's domain, as far as the graph tells.
bool may_fail(const Graph& graph, NodeId id);

// A node that may fail, and where and when the program says it.
struct Failing {
  NodeId node;
  std::uint32_t age;  // of what comes first in the program, the greatest
  Place place;
};

// Appends checks and their results, in the order of the program. A check that an earlier one makes
// pointless is left out.
void add_checks(Function& function, std::vector<Failing> failing);

}  // namespace arrayc::ir
