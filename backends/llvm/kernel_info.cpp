#include "backends/llvm/kernel_info.h"

#include <algorithm>
#include <limits>
#include <map>

namespace arrayc::backends {

using ir::Extent;
using ir::loops::Access;
using ir::loops::Accumulator;
using ir::loops::Block;
using ir::loops::Fold;
using ir::loops::Id;
using ir::loops::Kernel;
using ir::loops::Kind;

const Extent* AccessGroup::stride(Id loop) const {
  for (const auto& [id, bytes] : strides) {
    if (id == loop) return &bytes;
  }
  return nullptr;
}

KernelInfo::KernelInfo(const ir::loops::Kernel& k) : kernel(k), facts(find_facts(k)) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> of_buffer;
  for (const Access& access : k.accesses) {
    const std::int64_t fixed = access.offset.constant();
    AccessGroup wanted{access.buffer, access.offset - Extent(fixed), access.strides};
    std::vector<std::uint32_t>& candidates = of_buffer[access.buffer];
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](std::uint32_t g) { return groups[g] == wanted; });
    if (found == candidates.end()) {
      candidates.push_back(static_cast<std::uint32_t>(groups.size()));
      group.push_back(static_cast<std::uint32_t>(groups.size()));
      groups.push_back(std::move(wanted));
    } else {
      group.push_back(*found);
    }
    constant.push_back(fixed);
  }
}

bool is_arg(Fold fold) { return fold == Fold::arg_minimum || fold == Fold::arg_maximum; }

bool is_ordered(const Accumulator& acc) {
  return ir::is_float(acc.type) && (acc.fold == Fold::add || acc.fold == Fold::mul);
}

std::optional<int> body_cost(const Kernel& kernel, const Block& body) {
  int cost = 0;
  for (const Id id : body) {
    const ir::loops::Node& node = kernel.nodes[id];
    if (node.kind == Kind::loop) return std::nullopt;
    cost += node.kind == Kind::prim || node.kind == Kind::load || node.kind == Kind::store ? 1 : 0;
  }
  return cost;
}

int largest_item(const Kernel& kernel, const Block& body) {
  int item = 1;
  for (const Id id : body) item = std::max(item, ir::item_size(kernel.nodes[id].type));
  return item;
}

void add_buffers(const Kernel& kernel, const Block& body, BuffersUsed& used) {
  for (const Id id : body) {
    const ir::loops::Node& node = kernel.nodes[id];
    if (node.kind == Kind::loop) {
      add_buffers(kernel, kernel.loops[node.index].body, used);
    } else if (node.kind == Kind::load) {
      used.read.insert(kernel.accesses[node.index].buffer);
    } else if (node.kind == Kind::store) {
      used.written.insert(kernel.accesses[node.index].buffer);
    }
  }
}

bool has_store(const Kernel& kernel, const Block& body) {
  return std::any_of(body.begin(), body.end(), [&](Id id) {
    const ir::loops::Node& node = kernel.nodes[id];
    return node.kind == Kind::store ||
           (node.kind == Kind::loop && has_store(kernel, kernel.loops[node.index].body));
  });
}

}  // namespace arrayc::backends
