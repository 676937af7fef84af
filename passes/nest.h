// One loop nest of a kernel: the loops that compute its results, or a value that it keeps in
// blocks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/loops.h"
#include "ir/module.h"
#include "passes/analysis/blocks.h"

namespace arrayc::passes {

// A kernel that is being made of its function, and what its nests share.
struct NestContext {
  const ir::Function& f;
  ir::loops::Kernel kernel;
  ir::loops::Builder builder;
  std::map<std::string, std::uint32_t> buffer_of, scalar_of;
  std::uint32_t first_result = 0;
  Blocks blocks;
  std::vector<ir::loops::Id> block_loops;       // by loop of the results' domain; none: no blocks
  std::map<ir::NodeId, std::uint32_t> kept_in;  // buffers of kept values
};

// The names of the size that is a parameter's stride, and of the loop of an axis.
std::string stride_name(const ir::Param& p, int axis);
std::string axis_name(std::size_t axis);

// Makes the nest that `wanted` asks for and returns its outermost loop, which is in no block yet.
// `ranges`: where the loops of the domain run in a block; empty: there are no blocks. `kept`: what
// is computed; null: the results.
ir::loops::Id make_nest(NestContext& context, Demands wanted, std::vector<BlockRange> ranges,
                        const Kept* kept);

}  // namespace arrayc::passes
