#include "frontend/long_graph.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

namespace arrayc {

namespace {

bool is_generator(ir::Op op) {
  return op == ir::Op::constant || op == ir::Op::extent || op == ir::Op::iota;
}

bool is_view(ir::Op op) {
  switch (op) {
    case ir::Op::broadcast:
    case ir::Op::slice:
    case ir::Op::transpose:
    case ir::Op::expand_dims:
    case ir::Op::squeeze:
    case ir::Op::view:
    case ir::Op::reshape:
      return true;
    default:
      return false;
  }
}

// The nodes that results need, operands first.
class Order {
 public:
  void add(std::span<const ir::Value> results) {
    for (const ir::Value& result : results) visit(result);
    for (const ir::Value& result : results) last_use_[index_.at(result.get())] = size();
  }
  std::size_t size() const { return nodes_.size(); }
  const ir::Value& node(std::size_t i) const { return *nodes_[i]; }
  std::size_t last_use(std::size_t i) const { return last_use_[i]; }
  // Leaves have memory, and generators and views of either cost nothing to have again.
  bool is_free(std::size_t i) const { return free_[i]; }

 private:
  struct Frame {
    const ir::Value* value;
    std::size_t next;
  };

  void visit(const ir::Value& result) {
    std::vector<Frame> stack;
    if (!index_.contains(result.get())) stack.push_back({&result, 0});
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const ir::Record& record = **frame.value;
      if (!ir::is_leaf(record) && frame.next < record.operands.size()) {
        const ir::Value& operand = record.operands[frame.next++];
        if (!index_.contains(operand.get())) stack.push_back({&operand, 0});
        continue;
      }
      append(*frame.value);
      stack.pop_back();
    }
  }

  void append(const ir::Value& value) {
    const std::size_t at = nodes_.size();
    const bool leaf = ir::is_leaf(*value);
    bool free = leaf || is_generator(value->operation.op) || is_view(value->operation.op);
    if (!leaf) {
      for (const ir::Value& operand : value->operands) {
        const std::size_t i = index_.at(operand.get());
        last_use_[i] = at;
        free = free && free_[i];
      }
    }
    index_.emplace(value.get(), at);
    nodes_.push_back(&value);
    last_use_.push_back(at);
    free_.push_back(free);
  }

  std::vector<const ir::Value*> nodes_;
  std::vector<std::size_t> last_use_;  // position of the last node that reads it; size(): a result
  std::vector<bool> free_;
  std::unordered_map<const ir::Record*, std::size_t> index_;
};

// How many values that are not free are alive after each position.
std::vector<std::int32_t> widths(const Order& order) {
  std::vector<std::int32_t> change(order.size() + 1, 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order.is_free(i)) continue;
    change[i] += 1;
    change[order.last_use(i)] -= 1;
  }
  for (std::size_t i = 1; i < change.size(); ++i) change[i] += change[i - 1];
  return change;
}

// Whether the results certainly need no more than `most` nodes: counts a node once for each path to
// it, so that nothing must be remembered.
bool is_short(std::span<const ir::Value> results, std::size_t most) {
  std::vector<const ir::Record*> stack;
  for (const ir::Value& result : results) stack.push_back(result.get());
  std::size_t count = 0;
  while (!stack.empty()) {
    const ir::Record* const record = stack.back();
    stack.pop_back();
    if (++count > most) return false;
    if (ir::is_leaf(*record)) continue;
    for (const ir::Value& operand : record->operands) stack.push_back(operand.get());
  }
  return true;
}

}  // namespace

std::vector<std::vector<ir::Value>> cuts_of(std::span<const ir::Value> results, std::size_t piece) {
  std::vector<std::vector<ir::Value>> cuts;
  if (is_short(results, 2 * piece)) return cuts;
  Order order;
  order.add(results);
  if (order.size() <= 2 * piece) return cuts;
  const std::vector<std::int32_t> width = widths(order);
  std::vector<std::size_t> alive;
  std::size_t start = 0;
  while (order.size() - start > 2 * piece) {
    const auto first = width.begin() + static_cast<std::ptrdiff_t>(start + piece / 2);
    const auto best = std::min_element(first, first + static_cast<std::ptrdiff_t>(piece / 2));
    const auto cut = static_cast<std::size_t>(best - width.begin());
    for (std::size_t i = start; i <= cut; ++i) {
      if (!order.is_free(i)) alive.push_back(i);
    }
    std::erase_if(alive, [&](std::size_t i) { return order.last_use(i) <= cut; });
    std::vector<ir::Value> values;
    for (const std::size_t i : alive) values.push_back(order.node(i));
    if (!values.empty()) cuts.push_back(std::move(values));
    start = cut + 1;
  }
  return cuts;
}

}  // namespace arrayc
