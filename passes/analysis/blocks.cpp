#include "passes/analysis/blocks.h"

#include <algorithm>
#include <map>
#include <optional>

#include "passes/analysis/cost.h"

namespace arrayc::passes {

using ir::Extent;
using ir::NodeId;

namespace {

// What a thread may keep: its part of the second cache, and little of its stack.
constexpr std::int64_t most_bytes = 64 << 10;
constexpr std::int64_t line = 64;  // bytes
constexpr std::size_t most_axes = 4;
constexpr double cost_of_read = 4;  // operations that take as long as an element from memory

std::int64_t whole_lines(std::int64_t count, int item) {
  const std::int64_t unit = line / item;
  return (count + unit - 1) / unit * unit;
}

class Finder {
 public:
  Finder(const ir::Graph& graph, const BlockOptions& options) : graph_(graph), options_(options) {}

  Blocks run(std::span<const NodeId> roots) {
    out_.results = demand(graph_, roots, options_.demands);
    if (!settled(out_.results)) return std::move(out_);
    std::vector<BlockRange> own;
    for (std::uint32_t l = 0; l < out_.results.domain; ++l) {
      own.push_back({static_cast<std::int32_t>(l), 0, 0});
    }
    read(out_.results, own);
    if (!waiting_.empty() && out_.results.loops.size() > out_.results.domain) {
      obstruct(std::prev(waiting_.end())->first, "a long reduction is computed beside it");
    }
    const auto is_whole = [&](std::uint32_t depth) { return depth == out_.results.domain; };
    if (!waiting_.empty() && !std::ranges::all_of(out_.results.depth, is_whole)) {
      obstruct(std::prev(waiting_.end())->first, "a result beside it has only the rows of others");
    }
    // A value is read by such as have larger numbers: first comes what the results read.
    while (!waiting_.empty() && out_.obstacle.node == ir::no_node) {
      const auto last = std::prev(waiting_.end());
      Kept kept{last->first, {}, std::move(last->second), {}};
      waiting_.erase(last);
      add(std::move(kept));
      if (out_.obstacle.node == ir::no_node) choose_sizes();
    }
    std::ranges::reverse(out_.kept);
    return std::move(out_);
  }

 private:
  bool settled(const Demands& all) {
    if (all.obstacle.node == ir::no_node) return true;
    out_.obstacle = all.obstacle;
    return false;
  }

  void obstruct(NodeId node, std::string reason) {
    if (out_.obstacle.node == ir::no_node) out_.obstacle = {node, std::move(reason)};
  }

  void add(Kept kept) {
    const NodeId roots[] = {options_.source(kept.node)};
    kept.demands = demand(graph_, roots, options_.demands);
    if (!settled(kept.demands)) return;
    if (kept.demands.loops.size() > kept.demands.domain) {
      return obstruct(kept.node, "it is made of a long reduction");
    }
    for (std::uint32_t l = 0; l < out_.results.domain; ++l) {
      const auto along = [&](const BlockRange& r) {
        return r.loop == static_cast<std::int32_t>(l);
      };
      if (std::ranges::count_if(kept.ranges, along) != 1) {
        return obstruct(kept.node, "its axes are not those of what is computed from it");
      }
    }
    std::vector<BlockRange> own;  // by loop of its domain
    const ir::Shape& shape = graph_[kept.node].type.shape;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      if (!shape[k].is(1)) own.push_back(kept.ranges[k]);
    }
    read(kept.demands, own);
    out_.kept.push_back(std::move(kept));
  }

  // Widens the ranges of kept values that a nest reads; `own`: where its loops run.
  void read(const Demands& nest, const std::vector<BlockRange>& own) {
    for (const Demand& d : nest.demands) {
      if (!d.leaf) continue;
      const bool kept = options_.is_kept(d.node);
      std::vector<BlockRange> ranges;
      for (const Affine& a : nest.indices[d.index]) {
        const std::optional<BlockRange> range = range_of(a, nest, own);
        if (range) ranges.push_back(*range);
      }
      const bool all = ranges.size() == nest.indices[d.index].size();
      if (kept && !all) {
        return obstruct(d.node, "it is read in steps, backwards or in a reduction");
      }
      if (!all) continue;
      const auto [at, fresh] = (kept ? waiting_ : arrays_).emplace(d.node, ranges);
      for (std::size_t k = 0; k < ranges.size() && !fresh; ++k) {
        if (!widen(at->second[k], ranges[k]) && kept) {
          return obstruct(d.node, "how far apart it is read is not known");
        }
      }
    }
  }

  static std::optional<BlockRange> range_of(const Affine& a, const Demands& nest,
                                            const std::vector<BlockRange>& own) {
    if (a.terms.empty()) return BlockRange{-1, a.offset, 0};
    const auto& [loop, factor] = a.terms[0];
    if (a.terms.size() > 1 || !factor.is(1) || loop >= nest.domain) return std::nullopt;
    BlockRange range = own[loop];
    range.first = range.first + a.offset;
    return range;
  }

  static bool widen(BlockRange& range, const BlockRange& other) {
    const Extent apart = other.first - range.first;
    if (range.loop != other.loop || !apart.is_constant()) return false;
    const std::int64_t low = std::min<std::int64_t>(0, apart.constant());
    const std::int64_t high = std::max(range.more, apart.constant() + other.more);
    if (high - low > most_bytes) return false;
    range.first = range.first + low;
    range.more = high - low;
    return true;
  }

  // --- sizes: those with the least work done again, of what a thread may keep

  void choose_sizes() {
    const NodeId last = out_.kept.back().node;
    const std::uint32_t axes = out_.results.domain;
    if (axes == 0) return obstruct(last, "the result is one element");
    if (axes > most_axes) return obstruct(last, "the result has more than four axes");
    std::vector<std::int64_t> sizes;
    best_ = -1;
    try_sizes(sizes);
    if (best_ < 0) return obstruct(last, "a block of it would be too large");
    set_sizes(out_.sizes);
    const auto values = static_cast<double>(out_.kept.size());
    if (out_.dear == ir::no_node && out_.repeated > values * repeat_limit) out_.dear = last;
  }

  void try_sizes(std::vector<std::int64_t>& sizes) {
    const std::size_t axis = sizes.size();
    if (axis == out_.results.domain) return judge(sizes);
    const bool last = axis + 1 == out_.results.domain;
    const std::int64_t least = !last ? 4 : axis == 0 ? 1024 : 64;
    const std::int64_t most = !last ? 32 : axis == 0 ? 4096 : 512;
    const Extent& n = out_.results.loops[axis].extent;
    for (std::int64_t size = least; size <= most; size *= 2) {
      const bool whole = n.is_constant() && n.constant() <= size;
      sizes.push_back(whole ? std::max<std::int64_t>(n.constant(), 1) : size);
      try_sizes(sizes);
      sizes.pop_back();
      if (whole) return;
    }
  }

  // Work done again, and memory read again.
  void judge(const std::vector<std::int64_t>& sizes) {
    set_sizes(sizes);
    if (out_.bytes > most_bytes) return;
    double repeated = 0, cost = 0;
    for (const Kept& kept : out_.kept) repeated += again(kept.ranges, sizes) * work_of(kept);
    for (const auto& [array, ranges] : arrays_) cost += again(ranges, sizes) * cost_of_read;
    cost += repeated;
    if (best_ >= 0 && cost >= best_) return;
    best_ = cost;
    out_.repeated = repeated;
    out_.sizes = sizes;
  }

  // How many elements more a block has than its results, for each of these.
  static double again(const std::vector<BlockRange>& ranges,
                      const std::vector<std::int64_t>& sizes) {
    double elements = 1;
    for (const BlockRange& r : ranges) elements *= static_cast<double>(length(r, sizes));
    for (const std::int64_t size : sizes) elements /= static_cast<double>(size);
    return std::max(elements - 1, 0.0);
  }

  double work_of(const Kept& kept) const {
    double work = 0;
    for (const Demand& d : kept.demands.demands)
      work += d.leaf ? 0 : operation_cost(graph_[d.node]);
    return work;
  }

  static std::int64_t length(const BlockRange& r, const std::vector<std::int64_t>& sizes) {
    return r.more + (r.loop < 0 ? 1 : sizes[static_cast<std::size_t>(r.loop)]);
  }

  void set_sizes(const std::vector<std::int64_t>& sizes) {
    out_.bytes = 0;
    for (Kept& kept : out_.kept) {
      const int item = ir::item_size(graph_[kept.node].type.dtype);
      kept.held.clear();
      for (const BlockRange& r : kept.ranges) kept.held.push_back(length(r, sizes));
      if (!kept.held.empty()) kept.held.back() = whole_lines(kept.held.back(), item);
      out_.bytes += kept.count() * item;
    }
  }

  const ir::Graph& graph_;
  const BlockOptions& options_;
  Blocks out_;
  std::map<NodeId, std::vector<BlockRange>> waiting_;  // read, and not added yet
  std::map<NodeId, std::vector<BlockRange>> arrays_;   // that are read from memory
  double best_ = -1;                                   // the cost of out_.sizes; -1: none yet
};

}  // namespace

std::int64_t Kept::count() const {
  std::int64_t count = 1;
  for (const std::int64_t n : held) count *= n;
  return count;
}

BlockOptions block_options_of_kernel(const ir::Function& kernel) {
  const ir::Graph& graph = kernel.graph;
  return {options_of_kernel(kernel), [&graph](NodeId id) { return graph[id].op() == ir::Op::keep; },
          [&graph](NodeId id) { return graph[id].operands[0]; }};
}

Blocks find_blocks(const ir::Graph& graph, std::span<const NodeId> roots,
                   const BlockOptions& options) {
  return Finder(graph, options).run(roots);
}

std::string sizes_text(const Blocks& blocks) {
  std::string text;
  for (const std::int64_t size : blocks.sizes) {
    text += (text.empty() ? "" : " x ") + std::to_string(size);
  }
  return text;
}

}  // namespace arrayc::passes
