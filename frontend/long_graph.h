// Cutting long graphs, so that pieces that repeat are compiled once.
//
//   a loop of 100,000 steps  ->  pieces of about 4,000 nodes, cut where few values are alive; from
//   the
//                                second one on they are one program, which the session knows
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ir/value.h"

namespace arrayc {

// What is alive at each cut, in the order to compute it; nothing for graphs of up to 2 * `piece`
// nodes. Reads operands and payloads: the caller holds the lock of the graph.
std::vector<std::vector<ir::Value>> cuts_of(std::span<const ir::Value> results, std::size_t piece);

}  // namespace arrayc
