// What inlining costs: work done again, kernels too large, reductions done again for each element.
#pragma once

#include "passes/analysis/blocks.h"

namespace arrayc::passes {

// Operations one element of a node takes by itself.
int operation_cost(const ir::Node& node);

// The most operations a kernel may hold; compile time grows faster than size beyond.
inline constexpr int largest_kernel = 400;

// Repeated work above this is dearer than writing a value once and reading it back.
inline constexpr int repeat_limit = 16;

// What should get memory of its own so that this kernel does no work twice that costs more than the
// memory traffic it saves. No node: nothing.
Obstacle find_obstacle(const ir::Graph& graph, const Demands& demands);

// Which kept value should get memory instead: because it cannot be kept, or because what
// neighbouring blocks both compute costs more than the memory traffic it saves.
Obstacle find_obstacle(const Blocks& blocks);

}  // namespace arrayc::passes
