#include "backends/llvm/streams.h"

#include <algorithm>

namespace arrayc::backends {

using ir::Extent;
using ir::loops::Access;
using ir::loops::Block;
using ir::loops::Id;
using ir::loops::Kernel;
using ir::loops::Kind;
using ir::loops::Loop;
using ir::loops::Node;

namespace {

constexpr std::int64_t line = 64;  // bytes of a cache
constexpr int much_work = 1000;    // operations of a loop over other things

int cost_of(ir::Prim p) {
  switch (p) {
    case ir::Prim::div:
    case ir::Prim::sqrt:
      return 8;
    default:
      return 1;
  }
}

class Finder {
 public:
  explicit Finder(const Kernel& kernel) : kernel_(kernel) {
    found_.accesses.assign(kernel.accesses.size(), false);
  }

  Streams run(Id stage) {
    if (!loop(stage).parallel) return std::move(found_);
    walk(stage);
    const bool small = found_.bytes.is_constant() && found_.bytes.constant() < beyond_caches;
    found_.worthwhile = item_bytes_ > 0 && operations_ <= item_bytes_ && !small;
    found_.distance = std::max<std::int64_t>(4096 / std::max(loads_, 1), 1024);
    return std::move(found_);
  }

 private:
  const Loop& loop(Id id) const { return kernel_.loops[kernel_.nodes[id].index]; }

  // Whether there are streams.
  bool walk(Id id) {
    around_.push_back(id);
    int operations = 0;
    bool streams = false, inner_streams = false;
    for (const Id item : loop(id).body) {
      const Node& node = kernel_.nodes[item];
      if (node.kind == Kind::loop) {
        const bool inner = walk(item);
        inner_streams = inner_streams || inner;
        if (!inner && !is_short(item)) operations += much_work;
      }
      if (node.kind == Kind::prim) operations += cost_of(node.prim);
      if (node.kind != Kind::load && node.kind != Kind::store) continue;
      if (!runs_through(kernel_.accesses[node.index])) continue;
      streams = true;
      add(node);
    }
    if (streams) operations_ += operations;
    around_.pop_back();
    return streams || inner_streams;
  }

  bool is_short(Id id) const {
    return loop(id).extent.is_constant() && loop(id).extent.constant() <= 16;
  }

  static const Extent* stride_of(const Access& access, Id loop) {
    for (const auto& [id, stride] : access.strides) {
      if (id == loop) return &stride;
    }
    return nullptr;
  }

  // Elements side by side in the lanes, and other ones in each turn of the loops around them.
  bool runs_through(const Access& access) const {
    if (access.buffer >= ir::loops::buffer_count(kernel_) || access.dynamic != ir::loops::none) {
      return false;
    }
    bool in_lanes = false;
    for (const Id id : around_) {
      const Loop& l = loop(id);
      const Extent* stride = stride_of(access, id);
      const bool moves = stride != nullptr && !stride->is(0);
      if (l.width > 1) {
        in_lanes =
            moves && stride->is_constant() && stride->constant() > 0 && stride->constant() <= line;
        if (!in_lanes) return false;
      }
      if (!moves && !is_short(id)) return false;
    }
    return in_lanes;
  }

  void add(const Node& node) {
    found_.accesses[node.index] = true;
    const std::int64_t item = ir::item_size(node.type);
    Extent bytes = item;
    for (const Id id : around_) {
      if (stride_of(kernel_.accesses[node.index], id) != nullptr) bytes = bytes * loop(id).extent;
    }
    found_.bytes = found_.bytes + bytes;
    item_bytes_ += item;
    if (node.kind == Kind::load) ++loads_;
  }

  const Kernel& kernel_;
  Streams found_;
  std::vector<Id> around_;
  std::int64_t operations_ = 0, item_bytes_ = 0;  // of one turn
  int loads_ = 0;
};

}  // namespace

Streams find_streams(const Kernel& kernel, Id stage) { return Finder(kernel).run(stage); }

}  // namespace arrayc::backends
