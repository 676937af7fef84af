#include "ir/merge_indices.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "ir/contraction.h"
#include "ir/contraction_order.h"

namespace arrayc::ir {

namespace {

using Indices = std::vector<std::int32_t>;

bool has(const Indices& list, std::int32_t index) {
  return std::ranges::find(list, index) != list.end();
}

bool has_twice(Indices list) {
  std::ranges::sort(list);
  return std::ranges::adjacent_find(list) != list.end();
}

// Whether they lie side by side in the list, in this order.
bool contains(const Indices& list, const Indices& indices) {
  return !std::ranges::search(list, indices).empty();
}

class Merger {
 public:
  Merger(Graph& graph, GuardedExtents& extents, EinsumAttr& einsum, std::vector<NodeId>& operands,
         Place place)
      : graph_(graph), extents_(extents), einsum_(einsum), operands_(operands), place_(place) {}

  void run() {
    look_through_transposes();
    if (operands_.size() == 2) {
      for (std::size_t k = 0; k < 2; ++k) sum_alone(k);
    }
    Indices merged = contracted();
    if (merged.size() < 2 || !is_plain(merged)) return;
    const bool copies = has_reuse(einsum_);
    std::size_t leader = 0;  // whose order it is
    if (copies) leader = first_to_stay();
    merged = in_order_of(einsum_.operands[leader], merged);
    for (std::size_t k = 0; k < operands_.size() && !copies; ++k) {
      if (!contains(einsum_.operands[k], merged) || !reshapes_freely(operands_[k], 0)) return;
    }
    for (std::size_t k = 0; k < operands_.size(); ++k) merge(k, merged);
  }

 private:
  void look_through_transposes() {
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      while (graph_[operands_[k]].op() == Op::transpose) {
        const Node& node = graph_[operands_[k]];
        const auto& axes = node.operation.attr<AxesAttr>().axes;
        Indices list(axes.size());
        for (std::size_t axis = 0; axis < axes.size(); ++axis) {
          list[static_cast<std::size_t>(axes[axis])] = einsum_.operands[k][axis];
        }
        einsum_.operands[k] = std::move(list);
        operands_[k] = node.operands[0];
      }
    }
  }

  // Sums an operand over the indices that it alone has: once, where the product would be summed.
  void sum_alone(std::size_t k) {
    const Indices& list = einsum_.operands[k];
    const Indices& other = einsum_.operands[1 - k];
    EinsumAttr sum{{list}, {}};
    Type type{graph_[operands_[k]].type.dtype, {}};
    for (const std::int32_t index : list) {
      if (has(sum.result, index) || !(has(einsum_.result, index) || has(other, index))) continue;
      sum.result.push_back(index);
      type.shape.push_back(extent_of(k, index));
    }
    const auto is_alone = [&](std::int32_t index) { return !has(sum.result, index); };
    if (std::ranges::none_of(list, is_alone)) return;
    einsum_.operands[k] = sum.result;
    operands_[k] = contract(graph_, extents_, std::move(sum), {operands_[k]}, type, place_);
  }

  // Indices of the first operand that are not the result's.
  Indices contracted() const {
    Indices found;
    for (const std::int32_t index : einsum_.operands[0]) {
      if (!has(einsum_.result, index) && !has(found, index)) found.push_back(index);
    }
    return found;
  }

  const Extent& extent_of(std::size_t operand, std::int32_t index) const {
    const Indices& list = einsum_.operands[operand];
    const auto axis = std::ranges::find(list, index) - list.begin();
    return graph_[operands_[operand]].type.shape[static_cast<std::size_t>(axis)];
  }

  // Whether all operands run over the same of these indices, over none else but the result's, and
  // over no diagonal; and none repeats its elements, which copies would as well.
  bool is_plain(const Indices& indices) {
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      const Indices& list = einsum_.operands[k];
      if (has_twice(list) || graph_[operands_[k]].op() == Op::broadcast) return false;
      for (const std::int32_t index : list) {
        if (!has(einsum_.result, index) && !has(indices, index)) return false;
      }
      for (const std::int32_t index : indices) {
        if (!has(list, index)) return false;
        const Extent& n = extent_of(k, index);
        if (!(n == extent_of(0, index)) && !extents_.equate(n, extent_of(0, index))) return false;
      }
    }
    return true;
  }

  // The operand in whose order the sum runs: one that need not be copied for it, the larger one
  // if the other is copied then.
  std::size_t first_to_stay() const {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      const Indices indices = in_order_of(einsum_.operands[k], contracted());
      const bool stays = contains(einsum_.operands[k], indices);
      const double size = stays ? planned_count(graph_[operands_[k]].type.shape) : 0;
      if (size > most) {
        best = k;
        most = size;
      }
    }
    return best;
  }

  static Indices in_order_of(const Indices& list, const Indices& some) {
    Indices found;
    std::ranges::copy_if(list, std::back_inserter(found), [&](auto i) { return has(some, i); });
    return found;
  }

  // Whether no reshape of a value takes a copy: it has memory of its own, or is computed from such
  // element by element. Depth: recursion ends after few operations.
  bool reshapes_freely(NodeId id, int depth) {
    constexpr int deepest = 8;
    const Node& node = graph_[id];
    if (node.op() == Op::param || node.op() == Op::reshape || node.type.rank() == 0) return true;
    if (extents_.is_renaming(graph_, id)) return reshapes_freely(node.operands[0], depth);
    if (node.op() != Op::ufunc && node.op() != Op::convert) return false;
    return depth < deepest &&
           std::ranges::all_of(
               node.operands, [&](NodeId x) { return reshapes_freely(x, depth + 1); });
  }

  // One axis in place of those of the merged indices, which are moved together if they are not.
  void merge(std::size_t k, const Indices& merged) {
    if (!contains(einsum_.operands[k], merged)) transpose(k, merged);
    const Indices& old = einsum_.operands[k];
    const Shape& shape = graph_[operands_[k]].type.shape;
    const auto first = std::ranges::search(old, merged).begin() - old.begin();
    Indices list;
    Shape reshaped;
    for (std::size_t axis = 0; axis < old.size(); ++axis) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(axis) - first;
      if (at <= 0 || at >= std::ssize(merged)) {
        list.push_back(old[axis]);
        reshaped.push_back(shape[axis]);
      } else {
        reshaped.back() = reshaped.back() * shape[axis];
      }
    }
    einsum_.operands[k] = std::move(list);
    operands_[k] = add(Op::reshape, operands_[k], ShapeAttr{reshaped}, reshaped);
  }

  // The merged indices last; first where the result's last index is among the others, so that
  // rows of the operand become rows of the result.
  void transpose(std::size_t k, const Indices& merged) {
    const Indices& old = einsum_.operands[k];
    Indices list = in_order_of(einsum_.result, old);
    const bool gives_rows = !list.empty() && list.back() == einsum_.result.back();
    list.insert(gives_rows ? list.begin() : list.end(), merged.begin(), merged.end());
    AxesAttr axes;
    Shape shape;
    for (const std::int32_t index : list) {
      axes.axes.push_back(static_cast<std::int32_t>(std::ranges::find(old, index) - old.begin()));
      shape.push_back(extent_of(k, index));
    }
    operands_[k] = add(Op::transpose, operands_[k], std::move(axes), std::move(shape));
    einsum_.operands[k] = std::move(list);
  }

  template <typename Attr>
  NodeId add(Op op, NodeId x, Attr attr, Shape shape) {
    Operation operation{op, nullptr, std::make_shared<const Attributes>(std::move(attr))};
    Type type{graph_[x].type.dtype, std::move(shape)};
    return graph_.add(std::move(operation), {x}, std::move(type), place_);
  }

  Graph& graph_;
  GuardedExtents& extents_;
  EinsumAttr& einsum_;
  std::vector<NodeId>& operands_;
  Place place_;
};

}  // namespace

NodeId contract(Graph& graph, GuardedExtents& extents, EinsumAttr einsum,
                std::vector<NodeId> operands, const Type& result, Place place) {
  Merger(graph, extents, einsum, operands, place).run();
  Operation operation{Op::einsum, nullptr, std::make_shared<const Attributes>(std::move(einsum))};
  return graph.add(std::move(operation), std::move(operands), result, place);
}

}  // namespace arrayc::ir
