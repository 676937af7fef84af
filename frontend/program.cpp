#include "frontend/program.h"

#include <functional>

#include "ir/text.h"

namespace arrayc {

namespace {

constexpr std::size_t most_nodes = 1 << 20;  // of all cached programs
constexpr std::size_t most_programs = 4096;
constexpr std::size_t longest_cached = 1 << 17;

class Hash {
 public:
  void add(std::size_t value) {
    state_ = (state_ ^ value) * 0x9E3779B97F4A7C15u;
    state_ ^= state_ >> 29;
  }
  void add(const ir::Type& type) {
    add(static_cast<std::size_t>(type.dtype));
    for (const ir::Extent& extent : type.shape) add(extent.hash());
  }
  std::size_t value() const { return state_; }

 private:
  std::size_t state_ = 1;
};

}  // namespace

std::size_t structure_hash(const ir::Function& function) {
  Hash hash;
  for (const ir::Param& param : function.params) {
    hash.add(param.type);
    hash.add(static_cast<std::size_t>(param.kind));
    hash.add(static_cast<std::size_t>(param.weak));
    hash.add(param.layout.contiguous ? 1 : 0);
    hash.add(static_cast<std::size_t>(param.layout.unit_axis));
  }
  for (ir::NodeId id = 0; id < function.graph.size(); ++id) {
    const ir::Node& node = function.graph[id];
    hash.add(static_cast<std::size_t>(node.op()));
    hash.add(reinterpret_cast<std::size_t>(node.operation.ufunc));
    if (node.operation.attributes) hash.add(ir::hash(*node.operation.attributes));
    for (const ir::NodeId operand : node.operands) hash.add(operand);
    hash.add(static_cast<std::size_t>(node.type.dtype));
  }
  for (const ir::NodeId result : function.results) hash.add(result);
  for (const ir::Guard& guard : function.guards) {
    hash.add(guard.a.hash());
    hash.add(guard.b.hash());
  }
  return hash.value();
}

std::pair<std::shared_ptr<Program>, bool> ProgramCache::get(ir::Function function) {
  const std::size_t hash = structure_hash(function);
  const std::size_t size = function.graph.size();
  if (size > longest_cached) return {std::make_shared<Program>(std::move(function), hash), false};
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = index_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const std::shared_ptr<Program> program = *it->second;
    if (!ir::same(program->function, function)) continue;
    order_.splice(order_.begin(), order_, it->second);
    return {program, true};
  }
  order_.push_front(std::make_shared<Program>(std::move(function), hash));
  index_.emplace(hash, order_.begin());
  nodes_ += size;
  const std::shared_ptr<Program> made = order_.front();
  while (order_.size() > 1 && (nodes_ > most_nodes || order_.size() > most_programs)) drop_oldest();
  return {made, false};
}

void ProgramCache::drop_oldest() {
  const auto last = std::prev(order_.end());
  const auto [begin, end] = index_.equal_range((*last)->hash);
  for (auto it = begin; it != end; ++it) {
    if (it->second != last) continue;
    index_.erase(it);
    break;
  }
  nodes_ -= (*last)->function.graph.size();
  order_.erase(last);
}

void ProgramCache::clear() {
  const std::lock_guard lock(mutex_);
  index_.clear();
  order_.clear();
  nodes_ = 0;
}

}  // namespace arrayc
