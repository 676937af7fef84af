// What has to be computed for an element of a kernel's results: which value at which index.
//
// A kernel's domain is the shape of its results; some may have only its rows, as folds of these do.
// Asking for element (i, j) of a result asks for its
// operands at indices that follow from (i, j): the same for a ufunc, a shifted or permuted one for
// a view, one with a further loop variable for a reduction. Equal questions are asked once. `fuse`
// reads from the answer what fusing would cost; `lower_to_loops` makes loops of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/module.h"

namespace arrayc::passes {

// offset + sum of factor * loop variable.
struct Affine {
  ir::Extent offset = 0;
  std::vector<std::pair<std::uint32_t, ir::Extent>> terms;  // by loop, sorted; factors are not 0
  bool operator==(const Affine&) const = default;
};

struct LoopVar {
  ir::Extent extent;
  std::int32_t parent = -1;  // the loop it is nested in
  std::int32_t depth = 0;
  bool reduction = false;
  int level = 0;  // reductions whose operands need none have level 0
};

struct Demand {
  ir::NodeId node = ir::no_node;
  std::uint32_t index = 0;              // into Demands::indices
  std::vector<std::uint32_t> operands;  // demands; of an unrolled reduction: its elements
  std::vector<std::uint32_t> varies;    // loops its value depends on, sorted
  std::int32_t loop = -1;               // the deepest of them
  std::int32_t reduce_loop = -1;        // of a reduction that is not unrolled
  bool leaf = false;  // read from memory: a parameter, a materialised value or one kept in blocks
};

// Why a graph cannot be one kernel as it is: `node` should get memory of its own.
struct Obstacle {
  enum class Cause : std::uint8_t {
    other,
    size,   // what computes `node` would be too large
    shifts  // it would be computed again for each shift: `node` may be kept in blocks instead
  };
  ir::NodeId node = ir::no_node;
  std::string reason;
  Cause cause = Cause::other;
};

struct Demands {
  std::vector<LoopVar> loops;  // the domain's first, in order
  std::uint32_t domain = 0;    // how many of them are the domain's
  std::vector<std::vector<Affine>> indices;
  std::uint32_t place = 0;           // into indices: where results of the whole domain are written
  std::vector<Demand> demands;       // operands first
  std::vector<std::uint32_t> roots;  // demands; a view's is that of what it shows
  std::vector<std::uint32_t> depth;  // by root: how many of the domain's loops it is written in
  Obstacle obstacle;                 // node == no_node: none
};

struct DemandOptions {
  std::function<bool(ir::NodeId)> is_leaf;        // has memory outside this loop nest
  std::function<bool(ir::NodeId)> is_contiguous;  // a leaf in C order
  std::size_t largest = 4000;                     // demands; more are an obstacle
  std::int64_t unroll = 16;                       // reductions up to this constant length
};

// For all of a kernel's function, whose arrays are its parameters.
DemandOptions options_of_kernel(const ir::Function& kernel);

// Whether each element of `rows` is one of the innermost rows of `whole`, of which there are some.
bool are_rows_of(const ir::Shape& rows, const ir::Shape& whole);

// All roots have one shape, or the one of its rows.
Demands demand(const ir::Graph& graph, std::span<const ir::NodeId> roots,
               const DemandOptions& options);

// An unrolled reduction of one chunk: combines the elements with `combine(a, b)` in the tree's
// order and returns the last result.
std::uint32_t fold_in_order(
    std::vector<std::uint32_t> elements, const ir::Tree& tree,
    const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& combine);

}  // namespace arrayc::passes
