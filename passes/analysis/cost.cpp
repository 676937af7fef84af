#include "passes/analysis/cost.h"

#include <algorithm>
#include <map>

#include "passes/analysis/stash.h"

namespace arrayc::passes {

using ir::NodeId;
using ir::Op;

int operation_cost(const ir::Node& node) {
  switch (node.op()) {
    case Op::ufunc:
      return node.operation.ufunc->cost;
    case Op::convert:
    case Op::iota:
      return 1;
    case Op::reduce:
    case Op::arg_reduce:
      return 2;
    default:
      return 0;
  }
}

namespace {

// Whether loops around the demand that its value does not depend on repeat it more than a few
// times.
bool repeats(const Demands& all, const Demand& d) {
  constexpr std::int64_t few = 16;
  std::int64_t times = 1;
  for (std::int32_t l = d.loop; l >= 0; l = all.loops[static_cast<std::size_t>(l)].parent) {
    const auto loop = static_cast<std::uint32_t>(l);
    if (std::ranges::binary_search(d.varies, loop)) continue;
    const ir::Extent& n = all.loops[loop].extent;
    if (!n.is_constant() || n.constant() > few) return true;
    times *= n.constant();
    if (times > few) return true;
  }
  return false;
}

// Follows a value through operations that are repeated just as it is, to the last of them: what is
// best stored, since the operations are then not repeated either.
std::uint32_t last_repeated(const Demands& all, std::uint32_t d) {
  for (;;) {
    std::uint32_t next = d;
    for (std::uint32_t u = d + 1; u < all.demands.size(); ++u) {
      const Demand& user = all.demands[u];
      if (std::ranges::find(user.operands, d) == user.operands.end()) continue;
      const bool same = user.varies == all.demands[d].varies && user.reduce_loop < 0;
      if (!same || (next != d && next != u)) return d;
      next = u;
    }
    if (next == d) return d;
    d = next;
  }
}

Obstacle repeated_in_loops(const ir::Graph& graph, const Demands& all) {
  std::vector<bool> used_in_loop(all.demands.size(), false);
  for (const Demand& d : all.demands) {
    for (std::uint32_t o : d.operands) {
      const bool inner = d.reduce_loop >= 0 || d.loop >= 0;
      if (inner && all.demands[o].loop < 0) used_in_loop[o] = true;
    }
  }
  for (std::uint32_t k = 0; k < all.demands.size(); ++k) {
    const Demand& d = all.demands[k];
    if (d.leaf) continue;
    const std::uint32_t last = d.reduce_loop >= 0 ? last_repeated(all, k) : k;
    const NodeId stored = all.demands[last].node;
    if (d.reduce_loop >= 0 && d.loop < 0 && (used_in_loop[last] || all.domain > 0)) {
      return {stored, "a full reduction is read by every element"};
    }
    if (!repeats(all, d)) continue;
    if (d.reduce_loop >= 0) return {stored, "a reduction would be done again for each element"};
    if (operation_cost(graph[d.node]) >= repeat_limit) {
      return {all.demands[last_repeated(all, k)].node,
              "it would be computed again in an inner loop"};
    }
  }
  return {};
}

// Whether a reduction runs down columns: what it reads lies along a loop of the domain.
bool runs_down_columns(const Demands& all, std::uint32_t reduction) {
  const auto loop = static_cast<std::uint32_t>(all.demands[reduction].reduce_loop);
  return std::ranges::any_of(all.demands, [&](const Demand& d) {
    if (!d.leaf || !std::ranges::binary_search(d.varies, loop)) return false;
    const auto& terms = all.indices[d.index].back().terms;
    const auto is_loop = [&](const auto& term) { return term.first == loop; };
    return !terms.empty() && std::ranges::none_of(terms, is_loop);
  });
}

// Columns are folded row after row, which a second fold that needs the first one's results cannot
// join.
Obstacle chained_down_columns(const Demands& all) {
  for (std::uint32_t k = 0; k < all.demands.size(); ++k) {
    const Demand& d = all.demands[k];
    if (d.reduce_loop < 0 || d.loop < 0 || !runs_down_columns(all, k)) continue;
    const std::int32_t parent = all.loops[static_cast<std::size_t>(d.reduce_loop)].parent;
    std::vector<bool> reached(all.demands.size(), false);
    reached[k] = true;
    for (std::uint32_t u = k + 1; u < all.demands.size(); ++u) {
      const Demand& user = all.demands[u];
      reached[u] = std::ranges::any_of(user.operands, [&](std::uint32_t o) { return reached[o]; });
      const bool chained = reached[u] && user.reduce_loop >= 0 &&
                           user.reduce_loop != d.reduce_loop &&
                           all.loops[static_cast<std::size_t>(user.reduce_loop)].parent == parent;
      if (chained) {
        return {all.demands[last_repeated(all, k)].node,
                "columns are read row after row, once for it and once for what needs it"};
      }
    }
  }
  return {};
}

// Whether two indices of one node never name the same element.
bool disjoint(const std::vector<Affine>& a, const std::vector<Affine>& b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k].terms.empty() && b[k].terms.empty() && !(a[k].offset == b[k].offset)) return true;
  }
  return false;
}

Obstacle repeated_at_shifts(const ir::Graph& graph, const Demands& all) {
  std::map<NodeId, std::vector<std::uint32_t>> asked;
  // What a row of the result keeps is not computed again.
  const Stashes stashes = find_stashes(graph, all);
  std::vector<bool> kept = stashes.dropped;
  for (const Stash& s : stashes.list) kept[s.used] = true;
  for (std::uint32_t k = 0; k < all.demands.size(); ++k) {
    const Demand& d = all.demands[k];
    if (!kept[k] && !d.leaf && operation_cost(graph[d.node]) > 0) asked[d.node].push_back(k);
  }
  int repeated = 0;
  NodeId last = ir::no_node;
  for (const auto& [node, demands] : asked) {
    int again = 0;
    for (std::size_t k = 1; k < demands.size(); ++k) {
      const auto& a = all.indices[all.demands[demands[k]].index];
      const auto& b = all.indices[all.demands[demands[k - 1]].index];
      if (!disjoint(a, b)) ++again;
    }
    if (again == 0) continue;
    repeated += again * operation_cost(graph[node]);
    last = node;  // the one nearest to the result
  }
  if (repeated <= repeat_limit) return {};
  return {last, "it is read at several shifts and dearer to compute again than to store",
          Obstacle::Cause::shifts};
}

}  // namespace

Obstacle find_obstacle(const ir::Graph& graph, const Demands& demands) {
  if (demands.obstacle.node != ir::no_node) return demands.obstacle;
  const Obstacle in_loops = repeated_in_loops(graph, demands);
  if (in_loops.node != ir::no_node) return in_loops;
  const Obstacle chained = chained_down_columns(demands);
  if (chained.node != ir::no_node) return chained;
  return repeated_at_shifts(graph, demands);
}

Obstacle find_obstacle(const Blocks& blocks) {
  constexpr const char* why =
      "it is read at several shifts and dearer to compute again than to store; not in blocks, as ";
  if (blocks.obstacle.node != ir::no_node) {
    Obstacle obstacle = blocks.obstacle;
    if (obstacle.cause == Obstacle::Cause::other) obstacle.reason = why + obstacle.reason;
    return obstacle;
  }
  if (blocks.dear == ir::no_node) return {};
  return {blocks.dear, std::string(why) + "neighbouring blocks would compute too much of it twice"};
}

}  // namespace arrayc::passes
