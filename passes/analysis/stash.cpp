#include "passes/analysis/stash.h"

#include <algorithm>
#include <map>

#include "passes/analysis/cost.h"

namespace arrayc::passes {

using ir::NodeId;
using ir::Op;

namespace {

class Finder {
 public:
  Finder(const ir::Graph& graph, const Demands& all) : graph_(graph), all_(all) {
    found_.dropped.assign(all.demands.size(), false);
  }

  Stashes run() {
    if (all_.domain < 2) return std::move(found_);
    inner_ = all_.domain - 1;
    std::map<NodeId, std::vector<std::uint32_t>> asked;
    for (std::uint32_t k = 0; k < all_.demands.size(); ++k) {
      if (is_element(all_.demands[k])) asked[all_.demands[k].node].push_back(k);
    }
    // Nearest to the results first: what it was computed from is then not needed twice either.
    for (auto at = asked.rbegin(); at != asked.rend(); ++at) {
      const std::vector<std::uint32_t>& demands = at->second;
      if (demands.size() != 2 || found_.dropped[demands[0]] || found_.dropped[demands[1]]) continue;
      if (!try_stash(demands[0], demands[1])) try_stash(demands[1], demands[0]);
    }
    return std::move(found_);
  }

 private:
  bool is_element(const Demand& d) const {
    const Op op = graph_[d.node].op();
    return !d.leaf && (op == Op::ufunc || op == Op::convert);
  }

  bool try_stash(std::uint32_t made, std::uint32_t used) {
    const Demand& first = all_.demands[made];
    const Demand& second = all_.demands[used];
    if (first.loop < 0 || second.loop != static_cast<std::int32_t>(inner_)) return false;
    const auto row = static_cast<std::uint32_t>(first.loop);
    if (!runs_like_inner(row) || !same_place(first, second, row)) return false;
    const Stash stash{made, used, root_for(used)};
    if (stash.root == all_.roots.size()) return false;
    return pays(stash);
  }

  // A reduction of one row, beside the innermost loop of the domain and as long.
  bool runs_like_inner(std::uint32_t row) const {
    const LoopVar& a = all_.loops[row];
    const LoopVar& b = all_.loops[inner_];
    if (!a.reduction || a.parent != b.parent || !(a.extent == b.extent)) return false;
    // Trees with different chunks run the loop several times.
    std::int64_t chunk = 0;
    for (const Demand& d : all_.demands) {
      if (d.reduce_loop != static_cast<std::int32_t>(row)) continue;
      if (graph_[d.node].op() != Op::reduce) continue;
      const std::int64_t own = graph_[d.node].operation.attr<ir::ReduceAttr>().tree.chunk;
      if (own != 0 && chunk != 0 && own != chunk) return false;
      chunk = std::max(chunk, own);
    }
    return true;
  }

  bool same_place(const Demand& first, const Demand& second, std::uint32_t row) const {
    std::vector<Affine> index = all_.indices[first.index];
    for (Affine& a : index) {
      for (auto& [loop, factor] : a.terms) {
        if (loop == inner_) return false;
        if (loop == row) loop = inner_;
      }
      std::ranges::sort(a.terms, {}, [](const auto& term) { return term.first; });
    }
    return index == all_.indices[second.index];
  }

  // A result of the value's type that is computed from it, and that keeps nothing yet; else the
  // number of results.
  std::uint32_t root_for(std::uint32_t used) const {
    std::vector<bool> reached(all_.demands.size(), false);
    reached[used] = true;
    for (std::uint32_t k = used + 1; k < all_.demands.size(); ++k) {
      reached[k] = std::ranges::any_of(all_.demands[k].operands,
                                       [&](std::uint32_t o) { return reached[o]; });
    }
    const ir::DType type = graph_[all_.demands[used].node].type.dtype;
    std::uint32_t r = 0;
    for (; r < all_.roots.size(); ++r) {
      const std::uint32_t root = all_.roots[r];
      const bool taken =
          std::ranges::any_of(found_.list, [&](const Stash& s) { return s.root == r; });
      if (reached[root] && !taken && graph_[all_.demands[root].node].type.dtype == type) break;
    }
    return r;
  }

  // Takes the stash if it saves more than storing and loading cost.
  bool pays(const Stash& stash) {
    found_.list.push_back(stash);
    const std::vector<bool> dropped = not_needed();
    int saved = 0;
    for (std::uint32_t k = 0; k < dropped.size(); ++k) {
      if (dropped[k] != found_.dropped[k]) saved += operation_cost(graph_[all_.demands[k].node]);
    }
    saved += operation_cost(graph_[all_.demands[stash.used].node]);
    if (saved <= repeat_limit) {
      found_.list.pop_back();
      return false;
    }
    found_.dropped = dropped;
    return true;
  }

  // Demands that no result and no stash needs when what is used is loaded.
  std::vector<bool> not_needed() const {
    std::vector<bool> dropped(all_.demands.size(), true);
    std::vector<std::uint32_t> stack(all_.roots);
    for (const Stash& s : found_.list) stack.push_back(s.made);
    while (!stack.empty()) {
      const std::uint32_t d = stack.back();
      stack.pop_back();
      if (!dropped[d]) continue;
      dropped[d] = false;
      const auto is_used = [&](const Stash& s) { return s.used == d; };
      if (std::ranges::any_of(found_.list, is_used)) continue;
      for (std::uint32_t o : all_.demands[d].operands) stack.push_back(o);
    }
    return dropped;
  }

  const ir::Graph& graph_;
  const Demands& all_;
  Stashes found_;
  std::uint32_t inner_ = 0;
};

}  // namespace

Stashes find_stashes(const ir::Graph& graph, const Demands& demands) {
  return Finder(graph, demands).run();
}

}  // namespace arrayc::passes
