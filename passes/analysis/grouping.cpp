// Which values get memory, and which of those one kernel stores.
#include <algorithm>
#include <map>

#include "passes/analysis/blocks.h"
#include "passes/analysis/cost.h"
#include "passes/fuse.h"
#include "runtime/planted.h"

namespace arrayc::passes {

using ir::Node;
using ir::NodeId;
using ir::Op;

bool is_array_param(const ir::Function& function, NodeId id) {
  const Node& node = function.graph[id];
  if (node.op() != Op::param) return false;
  const auto index = static_cast<std::size_t>(node.operation.attr<ir::ParamAttr>().index);
  return function.params[index].kind == ir::ParamKind::array;
}

bool is_contiguous(const ir::Function& function, NodeId id) {
  const Node& node = function.graph[id];
  if (node.op() != Op::param) return true;
  const auto index = static_cast<std::size_t>(node.operation.attr<ir::ParamAttr>().index);
  return function.params[index].layout.contiguous;
}

namespace {

class Grouper {
 public:
  explicit Grouper(const ir::Function& function)
      : function_(function), graph_(function.graph), needed_(reachable(graph_, function.results)) {
    out_.in_memory.assign(graph_.size(), false);
    out_.reason.resize(graph_.size());
    out_.kept.assign(graph_.size(), false);
    size_.assign(graph_.size(), 0);
    stamp_.assign(graph_.size(), 0);
  }

  Grouping run() {
    for (NodeId r : function_.results) {
      if (!is_array_param(function_, r)) store(r, "a result");
    }
    cap_sizes();
    settle_all();
    join();
    join_rows();
    if (store_shared()) {
      settle_all();
      join();
      join_rows();
    }
    return std::move(out_);
  }

 private:
  void store(NodeId id, std::string reason) {
    if (out_.in_memory[id]) return;
    out_.in_memory[id] = true;
    out_.reason[id] = std::move(reason);
  }

  bool is_leaf(NodeId id) const { return out_.in_memory[id] || is_array_param(function_, id); }

  // Cuts kernels that would hold too many operations.
  void cap_sizes() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed_[id]) continue;
      int size = operation_cost(graph_[id]) > 0 ? 1 : 0;
      for (NodeId o : graph_[id].operands) size += is_leaf(o) ? 0 : size_[o];
      if (size > largest_kernel) size = count_operations(id);
      if (size > largest_kernel) store(id, "the kernel would be too large");
      size_[id] = size;
    }
  }

  // How many operations computing `root` takes, shared ones once; stops beyond the limit.
  int count_operations(NodeId root) {
    ++epoch_;
    std::vector<NodeId> stack{root};
    int count = 0;
    while (!stack.empty() && count <= largest_kernel) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (stamp_[id] == epoch_ || (id != root && is_leaf(id))) continue;
      stamp_[id] = epoch_;
      if (operation_cost(graph_[id]) > 0) ++count;
      for (NodeId o : graph_[id].operands) stack.push_back(o);
    }
    return count;
  }

  bool is_kept(NodeId id) const { return out_.kept[id] && !out_.in_memory[id]; }

  // For the kernel that stores `roots`, which must outlive them.
  BlockOptions block_options(std::span<const NodeId> roots) const {
    BlockOptions options;
    options.demands.is_leaf = [this, roots](NodeId id) {
      const bool stored = is_leaf(id) && std::ranges::find(roots, id) == roots.end();
      return stored || is_kept(id);
    };
    options.demands.is_contiguous = [this](NodeId id) {
      return out_.in_memory[id] || (is_contiguous(function_, id) && !is_kept(id));
    };
    options.is_kept = [this](NodeId id) { return is_kept(id); };
    options.source = [](NodeId id) { return id; };
    return options;
  }

  // What stands in the way of one kernel for `roots`.
  Obstacle obstacle_of(std::span<const NodeId> roots) const {
    const Blocks blocks = find_blocks(graph_, roots, block_options(roots));
    Obstacle obstacle = find_obstacle(graph_, blocks.results);
    for (const Kept& kept : blocks.kept) {
      if (obstacle.node == ir::no_node) obstacle = find_obstacle(graph_, kept.demands);
    }
    if (obstacle.node == ir::no_node) obstacle = find_obstacle(blocks);
    return obstacle;
  }

  // Gives memory to what stands in the way of each stored value's kernel, until nothing does.
  void settle_all() {
    settled_.resize(graph_.size(), false);
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (out_.in_memory[id] && !settled_[id]) settle(id);
    }
  }

  void settle(NodeId root) {
    std::vector<NodeId> stack{root};
    while (!stack.empty()) {
      const NodeId id = stack.back();
      const NodeId roots[] = {id};
      const Obstacle obstacle = obstacle_of(roots);
      if (keep(obstacle)) continue;
      const bool split = obstacle.node != ir::no_node && !out_.in_memory[obstacle.node];
      if (split) {
        store(obstacle.node, obstacle.reason);
        stack.push_back(obstacle.node);
      } else if (const NodeId operand = obstacle.node == id ? dearest_operand(id) : ir::no_node;
                 operand != ir::no_node) {
        store(operand, obstacle.reason);
        stack.push_back(operand);
      } else {
        settled_[id] = true;
        stack.pop_back();
      }
    }
  }

  // Keeps in blocks what stands in the way, or what makes it too large; false: it needs memory.
  bool keep(const Obstacle& obstacle) {
    if (obstacle.node == ir::no_node || obstacle.cause == Obstacle::Cause::other) return false;
    const bool large = obstacle.cause == Obstacle::Cause::size;
    const NodeId id = large ? dearest_operand(obstacle.node) : obstacle.node;
    if (id == ir::no_node || out_.kept[id]) return false;
    out_.kept[id] = true;
    if (!large || reads_twice(obstacle.node, id)) return true;
    out_.kept[id] = false;
    return false;
  }

  bool reads_twice(NodeId reader, NodeId kept) const {
    const NodeId roots[] = {reader};
    const Demands all = demand(graph_, roots, block_options(roots).demands);
    return all.obstacle.node == ir::no_node &&
           std::ranges::count(all.demands, kept, &Demand::node) > 1;
  }

  // Of a value too large for one kernel: what to store first.
  NodeId dearest_operand(NodeId id) const {
    NodeId best = ir::no_node;
    std::vector<NodeId> stack(graph_[id].operands.begin(), graph_[id].operands.end());
    while (!stack.empty()) {
      const NodeId o = stack.back();
      stack.pop_back();
      if (is_leaf(o) || is_kept(o)) continue;
      if (operation_cost(graph_[o]) == 0) {
        for (NodeId inner : graph_[o].operands) stack.push_back(inner);
      } else if (best == ir::no_node || size_[o] > size_[best]) {
        best = o;
      }
    }
    return best;
  }

  struct Reads {
    std::vector<NodeId> leaves;  // sorted
    bool elementwise = true;     // each at the reader's own position
  };

  Reads reads_of(NodeId root) const {
    Reads reads;
    std::vector<std::pair<NodeId, bool>> stack{{root, true}};
    std::map<NodeId, bool> seen;
    while (!stack.empty()) {
      const auto [id, same_position] = stack.back();
      stack.pop_back();
      const auto [at, fresh] = seen.emplace(id, same_position);
      if (!fresh && (at->second == same_position || !at->second)) continue;
      at->second = at->second && same_position;
      if (id != root && is_leaf(id)) continue;
      const Op op = graph_[id].op();
      const bool same =
          same_position && (op == Op::ufunc || op == Op::convert || op == Op::complex);
      for (NodeId o : graph_[id].operands) stack.push_back({o, same});
    }
    for (const auto& [id, same_position] : seen) {
      if (id == root || !is_leaf(id)) continue;
      reads.leaves.push_back(id);
      if (!same_position) moved_.insert_or_assign({root, id}, true);
    }
    return reads;
  }

  struct Kernel {
    std::vector<NodeId> roots;
    std::vector<NodeId> touched;  // leaves and roots, sorted
    int size = 0;
  };

  // Puts each stored value into the latest kernel it may share, else into a new one.
  void join() {
    kernels_.clear();
    kernel_of_.clear();
    moved_.clear();
    std::map<std::string, std::vector<std::uint32_t>> by_domain;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!out_.in_memory[id] || !needed_[id]) continue;
      const Reads reads = reads_of(id);
      std::vector<std::uint32_t>& candidates = by_domain[numpy_string(graph_[id].type.shape)];
      const std::size_t first = candidates.size() > 8 ? candidates.size() - 8 : 0;
      bool joined = false;
      for (std::size_t c = candidates.size(); c-- > first && !joined;) {
        joined = may_join(id, reads, candidates[c]);
        if (joined) add(id, reads, candidates[c]);
      }
      if (joined) continue;
      candidates.push_back(static_cast<std::uint32_t>(kernels_.size()));
      kernels_.emplace_back();
      add(id, reads, candidates.back());
    }
    out_.kernels.clear();
    for (Kernel& k : kernels_) out_.kernels.push_back(std::move(k.roots));
  }

  bool may_join(NodeId id, const Reads& reads, std::uint32_t k) const {
    const Kernel& kernel = kernels_[k];
    if (kernel.size + size_[id] > largest_kernel) return false;
    bool shares = false;
    for (NodeId leaf : reads.leaves) {
      const auto producer = kernel_of_.find(leaf);
      if (producer != kernel_of_.end()) {
        if (producer->second > k) return false;
        const bool moved = moved_.contains({id, leaf}) && !planted(runtime::Plant::fuse_moved);
        if (producer->second == k && moved) return false;
      }
      shares = shares || std::ranges::binary_search(kernel.touched, leaf);
    }
    return shares && may_share_blocks(id, kernel);
  }

  // What one of them keeps in blocks, all of them together must be able to.
  bool may_share_blocks(NodeId id, const Kernel& kernel) const {
    if (std::ranges::find(out_.kept, true) == out_.kept.end()) return true;
    std::vector<NodeId> roots = kernel.roots;
    roots.push_back(id);
    return obstacle_of(roots).node == ir::no_node;
  }

  void add(NodeId id, const Reads& reads, std::uint32_t k) {
    Kernel& kernel = kernels_[k];
    kernel.roots.push_back(id);
    kernel.size += std::max(size_[id], 1);
    for (NodeId leaf : reads.leaves) kernel.touched.push_back(leaf);
    kernel.touched.push_back(id);
    std::ranges::sort(kernel.touched);
    kernel_of_[id] = k;
  }

  struct Shared {
    NodeId value;
    std::uint32_t first, second;  // kernels that compute it
  };

  // Values that several kernels would compute, if that is dear.
  std::vector<Shared> shared_work() {
    std::map<NodeId, std::uint32_t> first_kernel;
    std::vector<Shared> shared;
    for (std::uint32_t k = 0; k < out_.kernels.size(); ++k) {
      ++epoch_;
      std::vector<NodeId> stack(out_.kernels[k].begin(), out_.kernels[k].end());
      std::vector<NodeId> roots = stack;
      while (!stack.empty()) {
        const NodeId id = stack.back();
        stack.pop_back();
        const bool root = std::ranges::find(roots, id) != roots.end();
        if (stamp_[id] == epoch_ || (!root && is_leaf(id))) continue;
        stamp_[id] = epoch_;
        const int cost = operation_cost(graph_[id]);
        const bool dear = cost >= repeat_limit || graph_[id].op() == Op::reduce || is_kept(id);
        if (!root && dear) {
          const std::uint32_t first = first_kernel.emplace(id, k).first->second;
          if (first != k) shared.push_back({id, first, k});
        }
        for (NodeId o : graph_[id].operands) stack.push_back(o);
      }
    }
    return shared;
  }

  // True if there were any. Those that another one is computed from may not be shared any more
  // when that is stored.
  bool store_shared() {
    bool any = false;
    for (;;) {
      std::vector<Shared> shared = shared_work();
      if (shared.empty()) return any;
      any = true;
      std::ranges::sort(shared, std::ranges::greater(), &Shared::value);
      const std::uint32_t below = ++epoch_;
      for (const Shared& s : shared) {
        if (stamp_[s.value] == below) continue;
        stamp_operands(s.value, below);
        store(s.value, "several kernels read it and it is dear to compute");
      }
    }
  }

  // Of all that a value is computed from.
  void stamp_operands(NodeId id, std::uint32_t stamp) {
    std::vector<NodeId> stack(graph_[id].operands.begin(), graph_[id].operands.end());
    while (!stack.empty()) {
      const NodeId o = stack.back();
      stack.pop_back();
      if (stamp_[o] == stamp || is_leaf(o)) continue;
      stamp_[o] = stamp;
      stack.insert(stack.end(), graph_[o].operands.begin(), graph_[o].operands.end());
    }
  }

  // Folds of rows join the kernel that goes through these rows, where both would do the same work:
  // softmax's exponentials are summed, and their largest is found, in one loop.
  void join_rows() {
    for (bool joined = true; joined;) {
      const std::vector<Shared> shared = shared_work();
      joined = std::ranges::any_of(shared, [this](const Shared& s) {
        return join_rows(s.first, s.second) || join_rows(s.second, s.first);
      });
    }
  }

  // The two become one in the place of the later one.
  bool join_rows(std::uint32_t rows, std::uint32_t whole) {
    std::vector<NodeId> roots = out_.kernels[whole];
    const std::vector<NodeId>& folds = out_.kernels[rows];
    if (!are_rows_of(graph_[folds[0]].type.shape, graph_[roots[0]].type.shape)) return false;
    const auto [early, late] = std::minmax(rows, whole);
    for (std::uint32_t k = early + 1; k <= late; ++k) {
      const bool between = k != late || late == rows;
      if (between && reads_any(k, out_.kernels[early])) return false;
    }
    if (!goes_by_rows(roots)) return false;
    roots.insert(roots.end(), folds.begin(), folds.end());
    if (obstacle_of(roots).node != ir::no_node) return false;
    int size = 0;
    for (const NodeId root : roots) size += std::max(size_[root], 1);
    if (size > largest_kernel) return false;
    out_.kernels[late] = std::move(roots);
    out_.kernels.erase(out_.kernels.begin() + early);
    return true;
  }

  bool reads_any(std::uint32_t kernel, const std::vector<NodeId>& stored) const {
    for (const NodeId root : out_.kernels[kernel]) {
      for (const NodeId leaf : reads_of(root).leaves) {
        if (std::ranges::find(stored, leaf) != stored.end()) return true;
      }
    }
    return false;
  }

  // Whether a kernel folds each row anyway, so that its loops cannot be made one.
  bool goes_by_rows(const std::vector<NodeId>& roots) const {
    const Demands all = demand(graph_, roots, block_options(roots).demands);
    const auto row = static_cast<std::int32_t>(all.domain) - 2;
    return std::ranges::any_of(all.loops,
                               [&](const LoopVar& v) { return v.reduction && v.parent == row; });
  }

  const ir::Function& function_;
  const ir::Graph& graph_;
  std::vector<bool> needed_;
  Grouping out_;
  std::vector<int> size_;             // operations that computing a node takes, at most
  std::vector<std::uint32_t> stamp_;  // of the last walk that saw a node
  std::uint32_t epoch_ = 0;
  std::vector<bool> settled_;
  std::vector<Kernel> kernels_;
  std::map<NodeId, std::uint32_t> kernel_of_;
  mutable std::map<std::pair<NodeId, NodeId>, bool> moved_;  // (reader, leaf) at another position
};

}  // namespace

Grouping group(const ir::Function& function) { return Grouper(function).run(); }

}  // namespace arrayc::passes
