#include "passes/analysis/demand.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace arrayc::passes {

using ir::Extent;
using ir::Node;
using ir::NodeId;
using ir::Op;

namespace {

// Longer products of matrices are done in tiles, which need a loop.
constexpr std::int64_t longest_unrolled_product = 4;

void add_term(Affine& a, std::uint32_t loop, const Extent& factor) {
  if (factor.is(0)) return;
  auto at = std::ranges::lower_bound(a.terms, loop, {}, &std::pair<std::uint32_t, Extent>::first);
  if (at == a.terms.end() || at->first != loop) {
    a.terms.insert(at, {loop, factor});
    return;
  }
  at->second = at->second + factor;
  if (at->second.is(0)) a.terms.erase(at);
}

// a + factor * b
Affine plus(Affine a, const Affine& b, const Extent& factor) {
  a.offset = a.offset + factor * b.offset;
  for (const auto& [loop, f] : b.terms) add_term(a, loop, factor * f);
  return a;
}

ir::Shape long_axes(const ir::Shape& shape) {
  ir::Shape axes;
  for (const Extent& n : shape) {
    if (!n.is(1)) axes.push_back(n);
  }
  return axes;
}

std::size_t hash_of(const std::vector<Affine>& index) {
  std::size_t h = index.size();
  for (const Affine& a : index) {
    h = h * 31 + a.offset.hash();
    for (const auto& [loop, f] : a.terms) h = (h * 31 + loop) * 31 + f.hash();
  }
  return h;
}

std::vector<std::uint32_t> merged(const std::vector<std::uint32_t>& a,
                                  const std::vector<std::uint32_t>& b) {
  std::vector<std::uint32_t> out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}

class Expander {
 public:
  Expander(const ir::Graph& graph, const DemandOptions& options)
      : graph_(graph), options_(options) {}

  Demands run(std::span<const NodeId> roots) {
    find_levels(roots);
    const NodeId widest = *std::ranges::max_element(
        roots, {}, [this](NodeId root) { return long_axes(graph_[root].type.shape).size(); });
    out_.place = domain_index(graph_[widest].type.shape);
    for (NodeId root : roots) {
      const ir::Shape& shape = graph_[root].type.shape;
      const auto depth = static_cast<std::uint32_t>(long_axes(shape).size());
      const std::uint32_t d =
          expand(root, depth == out_.domain ? out_.place : intern(index_in_domain(shape)));
      if (out_.obstacle.node != ir::no_node) return std::move(out_);
      out_.roots.push_back(d);
      out_.depth.push_back(depth);
    }
    return std::move(out_);
  }

 private:
  struct Question {
    NodeId node;
    std::uint32_t index;
    bool operator==(const Question&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Question& q) const {
      return (std::size_t{q.node} << 20) ^ q.index;
    }
  };

  // Inside this kernel: not a leaf, not below one.
  void find_levels(std::span<const NodeId> roots) {
    std::vector<NodeId> stack(roots.begin(), roots.end());
    std::map<NodeId, int> region;
    roots_.assign(roots.begin(), roots.end());
    while (!stack.empty()) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (!region.emplace(id, 0).second || is_leaf(id)) continue;
      for (NodeId operand : graph_[id].operands) stack.push_back(operand);
    }
    for (auto& [id, level] : region) {  // operands have smaller ids
      if (!is_leaf(id)) {
        for (NodeId operand : graph_[id].operands) level = std::max(level, region[operand]);
      }
      if (is_reduction(id) && !is_leaf(id)) ++level;
    }
    levels_ = std::move(region);
  }

  bool is_leaf(NodeId id) const {
    if (std::ranges::find(roots_, id) != roots_.end() && graph_[id].op() != Op::param) return false;
    return graph_[id].op() == Op::param || options_.is_leaf(id);
  }
  bool is_reduction(NodeId id) const {
    return graph_[id].op() == Op::reduce || graph_[id].op() == Op::arg_reduce;
  }

  std::uint32_t domain_index(const ir::Shape& shape) {
    for (const Extent& n : long_axes(shape)) {
      const auto depth = static_cast<std::int32_t>(out_.loops.size());
      out_.loops.push_back({n, depth - 1, depth, false, 0});
    }
    out_.domain = static_cast<std::uint32_t>(out_.loops.size());
    return intern(index_in_domain(shape));
  }

  // By the domain's loops, from the outermost.
  static std::vector<Affine> index_in_domain(const ir::Shape& shape) {
    std::vector<Affine> index;
    std::uint32_t loop = 0;
    for (const Extent& n : shape) {
      Affine a;
      if (!n.is(1)) a.terms.push_back({loop++, 1});
      index.push_back(std::move(a));
    }
    return index;
  }

  std::uint32_t intern(std::vector<Affine> index) {
    const std::size_t h = hash_of(index);
    auto [first, last] = interned_.equal_range(h);
    for (; first != last; ++first) {
      if (out_.indices[first->second] == index) return first->second;
    }
    const auto id = static_cast<std::uint32_t>(out_.indices.size());
    out_.indices.push_back(std::move(index));
    interned_.emplace(h, id);
    return id;
  }

  // Where a view's operand is read.
  std::uint32_t through_view(const ir::ViewAttr& map, std::uint32_t index) {
    std::vector<Affine> inner;
    inner.reserve(map.axes.size());
    for (const ir::ViewAxis& axis : map.axes) {
      Affine a;
      a.offset = axis.start;
      if (axis.axis >= 0) {
        a = plus(std::move(a), out_.indices[index][static_cast<std::size_t>(axis.axis)], axis.step);
      }
      inner.push_back(std::move(a));
    }
    return intern(std::move(inner));
  }

  // The position in C order of an index into `shape`.
  std::uint32_t linear(const ir::Shape& shape, std::uint32_t index) {
    Affine a;
    Extent stride = 1;
    for (std::size_t k = shape.size(); k-- > 0;) {
      a = plus(std::move(a), out_.indices[index][k], stride);
      stride = stride * shape[k];
    }
    return intern({std::move(a)});
  }

  std::vector<std::uint32_t> loops_of(std::uint32_t index) const {
    std::vector<std::uint32_t> loops;
    for (const Affine& a : out_.indices[index]) {
      for (const auto& [loop, f] : a.terms) loops.push_back(loop);
    }
    std::ranges::sort(loops);
    loops.erase(std::unique(loops.begin(), loops.end()), loops.end());
    return loops;
  }

  std::int32_t deepest(const std::vector<std::uint32_t>& loops) const {
    std::int32_t best = -1;
    for (std::uint32_t l : loops) {
      if (best < 0 || out_.loops[l].depth > out_.loops[static_cast<std::size_t>(best)].depth) {
        best = static_cast<std::int32_t>(l);
      }
    }
    return best;
  }

  std::uint32_t reduction_loop(std::int32_t parent, const Extent& extent, int level) {
    for (std::size_t l = out_.domain; l < out_.loops.size(); ++l) {
      const LoopVar& v = out_.loops[l];
      if (v.parent == parent && v.level == level && v.extent == extent) {
        return static_cast<std::uint32_t>(l);
      }
    }
    const std::int32_t depth =
        parent < 0 ? 0 : out_.loops[static_cast<std::size_t>(parent)].depth + 1;
    out_.loops.push_back({extent, parent, depth, true, level});
    return static_cast<std::uint32_t>(out_.loops.size() - 1);
  }

  // The question that a view or a reshape passes on, if the node is one.
  Question resolve(Question q) {
    for (;;) {
      const Node& node = graph_[q.node];
      if (is_leaf(q.node)) return q;
      if (node.op() == Op::view) {
        q = {node.operands[0], through_view(node.operation.attr<ir::ViewAttr>(), q.index)};
      } else if (node.op() == Op::reshape) {
        const NodeId x = node.operands[0];
        const bool memory = is_leaf(x) && graph_[x].type.rank() != 0;
        if (memory && options_.is_contiguous(x)) return q;  // read with the reshape's strides
        if (graph_[x].type.rank() != 1) {
          obstruct(x, "reshape reads it in C order");
          return q;
        }
        q = {x, linear(node.type.shape, q.index)};
      } else {
        return q;
      }
    }
  }

  void obstruct(NodeId node, std::string reason, Obstacle::Cause cause = Obstacle::Cause::other) {
    if (out_.obstacle.node == ir::no_node) out_.obstacle = {node, std::move(reason), cause};
  }

  bool unrolls(NodeId id, const Extent& n) const {
    if (!n.is_constant() || n.constant() < 1 || n.constant() > options_.unroll) return false;
    const Node& node = graph_[id];
    if (node.op() == Op::reduce) {
      const ir::Tree& tree = node.operation.attr<ir::ReduceAttr>().tree;
      if (tree.chunk != 0 && n.constant() > tree.chunk) return false;
      if (tree.in_order && n.constant() > longest_unrolled_product) return false;
    }
    return out_.demands.size() < options_.largest / 4;
  }

  // A node's questions to its operands.
  std::vector<Question> ask(Question q, Demand& d) {
    const Node& node = graph_[q.node];
    std::vector<Question> questions;
    if (d.leaf || node.op() == Op::reshape) return questions;
    if (!is_reduction(q.node)) {
      for (NodeId operand : node.operands) questions.push_back({operand, q.index});
      return questions;
    }
    const std::size_t axis = static_cast<std::size_t>(
        node.op() == Op::reduce ? node.operation.attr<ir::ReduceAttr>().axis
                                : node.operation.attr<ir::ArgReduceAttr>().axis);
    const Extent& n = graph_[node.operands[0]].type.shape[axis];
    const auto at = [&](Affine k) {
      std::vector<Affine> index = out_.indices[q.index];
      index.insert(index.begin() + static_cast<std::ptrdiff_t>(axis), std::move(k));
      const std::uint32_t place = intern(std::move(index));
      for (NodeId operand : node.operands) questions.push_back({operand, place});
    };
    if (unrolls(q.node, n)) {
      for (std::int64_t k = 0; k < n.constant(); ++k) at({k, {}});
      return questions;
    }
    const std::int32_t parent = deepest(loops_of(q.index));
    const std::uint32_t loop = reduction_loop(parent, n, levels_[q.node]);
    d.reduce_loop = static_cast<std::int32_t>(loop);
    at({0, {{loop, 1}}});
    return questions;
  }

  void finish(Demand& d) {
    const Op op = graph_[d.node].op();
    if (d.leaf || op == Op::iota || op == Op::reshape) d.varies = loops_of(d.index);
    for (std::uint32_t o : d.operands) d.varies = merged(d.varies, out_.demands[o].varies);
    if (d.reduce_loop >= 0) {
      std::erase(d.varies, static_cast<std::uint32_t>(d.reduce_loop));
      // Placed after its loop, whose parent may be deeper than what the value varies with.
      const std::int32_t parent = out_.loops[static_cast<std::size_t>(d.reduce_loop)].parent;
      if (parent >= 0) d.varies = merged(d.varies, {static_cast<std::uint32_t>(parent)});
    }
    d.loop = deepest(d.varies);
  }

  struct Frame {
    Question question;
    Demand demand;
    std::vector<Question> questions;
  };

  std::uint32_t expand(NodeId root, std::uint32_t index) {
    std::vector<Frame> stack;
    const auto push = [&](Question q) {
      Demand d;
      d.node = q.node;
      d.index = q.index;
      d.leaf = is_leaf(q.node);
      std::vector<Question> questions = ask(q, d);
      stack.push_back({q, std::move(d), std::move(questions)});
    };
    const Question first = resolve({root, index});
    if (const auto known = answers_.find(first); known != answers_.end()) return known->second;
    push(first);
    for (;;) {
      if (out_.obstacle.node != ir::no_node) return 0;
      Frame& frame = stack.back();
      if (frame.demand.operands.size() < frame.questions.size()) {
        const Question next = resolve(frame.questions[frame.demand.operands.size()]);
        const auto known = answers_.find(next);
        if (known != answers_.end()) {
          frame.demand.operands.push_back(known->second);
        } else {
          push(next);
        }
        continue;
      }
      finish(frame.demand);
      const auto id = static_cast<std::uint32_t>(out_.demands.size());
      answers_.emplace(frame.question, id);
      out_.demands.push_back(std::move(frame.demand));
      if (out_.demands.size() > options_.largest) {
        obstruct(root, "the kernel would be too large", Obstacle::Cause::size);
      }
      stack.pop_back();
      if (stack.empty()) return id;
      stack.back().demand.operands.push_back(id);
    }
  }

  const ir::Graph& graph_;
  const DemandOptions& options_;
  Demands out_;
  std::vector<NodeId> roots_;
  std::map<NodeId, int> levels_;
  std::unordered_multimap<std::size_t, std::uint32_t> interned_;
  std::unordered_map<Question, std::uint32_t, Hash> answers_;
};

}  // namespace

DemandOptions options_of_kernel(const ir::Function& kernel) {
  DemandOptions options;
  options.is_leaf = [&kernel](NodeId id) { return kernel.graph[id].op() == Op::keep; };
  options.is_contiguous = [&kernel](NodeId id) {
    if (kernel.graph[id].op() == Op::keep) return false;
    const auto& attr = kernel.graph[id].operation.attr<ir::ParamAttr>();
    return kernel.params[static_cast<std::size_t>(attr.index)].layout.contiguous;
  };
  options.largest = 20000;
  return options;
}

bool are_rows_of(const ir::Shape& rows, const ir::Shape& whole) {
  ir::Shape axes = long_axes(whole);
  if (axes.size() < 2) return false;
  axes.pop_back();
  return long_axes(rows) == axes;
}

Demands demand(const ir::Graph& graph, std::span<const NodeId> roots,
               const DemandOptions& options) {
  return Expander(graph, options).run(roots);
}

std::uint32_t fold_in_order(
    std::vector<std::uint32_t> elements, const ir::Tree& tree,
    const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& combine) {
  std::size_t lanes = static_cast<std::size_t>(std::max(tree.lanes, 1));
  for (std::size_t e = lanes; e < elements.size(); ++e) {
    elements[e % lanes] = combine(elements[e % lanes], elements[e]);
  }
  if (elements.size() > lanes) elements.resize(lanes);
  while (lanes > 8) {  // halve; lanes without an element take no part
    lanes /= 2;
    for (std::size_t l = 0; l + lanes < elements.size() && l < lanes; ++l) {
      elements[l] = combine(elements[l], elements[l + lanes]);
    }
    if (elements.size() > lanes) elements.resize(lanes);
  }
  std::uint32_t result = elements[0];
  for (std::size_t l = 1; l < elements.size(); ++l) result = combine(result, elements[l]);
  return result;
}

}  // namespace arrayc::passes
