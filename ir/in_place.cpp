#include "ir/in_place.h"

#include <algorithm>
#include <vector>

namespace arrayc::ir::loops {

namespace {

// A load or store with where it stands.
struct Place {
  const Access* access;
  std::size_t stage;
  const Block* block;
  std::size_t position;  // in the block
  std::vector<Id> loops;
};

class Finder {
 public:
  Finder(const Kernel& kernel, std::uint32_t read, std::uint32_t written)
      : kernel_(kernel), read_(read), written_(written) {}

  bool run() {
    for (std::size_t stage = 0; stage < kernel_.stages.size(); ++stage) {
      walk(kernel_.stages[stage], stage);
    }
    if (reads_itself_) return false;
    return std::ranges::all_of(stores_, [&](const Place& store) {
      return std::ranges::all_of(loads_, [&](const Place& load) { return is_safe(load, store); });
    });
  }

 private:
  const Loop& loop_at(Id id) const { return kernel_.loops[kernel_.nodes[id].index]; }

  // Nesting is at most 64 deep.
  void walk(Id id, std::size_t stage) {
    around_.push_back(id);
    const Block& block = loop_at(id).body;
    for (std::size_t k = 0; k < block.size(); ++k) {
      const Node& node = kernel_.nodes[block[k]];
      if (node.kind == Kind::loop) walk(block[k], stage);
      if (node.kind != Kind::load && node.kind != Kind::store) continue;
      const Access& access = kernel_.accesses[node.index];
      const Place place{&access, stage, &block, k, around_};
      if (access.buffer == read_ && node.kind == Kind::load) loads_.push_back(place);
      if (access.buffer != written_) continue;
      if (node.kind == Kind::store) stores_.push_back(place);
      if (node.kind == Kind::load) reads_itself_ = true;
    }
    around_.pop_back();
  }

  bool is_safe(const Place& load, const Place& store) const {
    if (load.stage != store.stage) return load.stage < store.stage;
    const bool never =
        std::ranges::any_of(load.loops, [&](Id id) { return loop_at(id).extent.is(0); });
    if (never) return true;
    return load.block == store.block && load.position < store.position &&
           same_address(*load.access, *store.access) && every_loop_moves(load);
  }

  static bool same_address(const Access& a, const Access& b) {
    if (a.dynamic != none || b.dynamic != none) return false;
    if (!(a.offset == b.offset) || a.strides.size() != b.strides.size()) return false;
    return std::ranges::all_of(a.strides, [&](const auto& stride) {
      return std::ranges::find(b.strides, stride) != b.strides.end();
    });
  }

  // A loop that the address does not depend on would load again what it has stored.
  bool every_loop_moves(const Place& place) const {
    return std::ranges::all_of(place.loops, [&](Id id) {
      const auto of_loop = [&](const auto& stride) { return stride.first == id; };
      return loop_at(id).extent.is(1) || std::ranges::any_of(place.access->strides, of_loop);
    });
  }

  const Kernel& kernel_;
  std::uint32_t read_, written_;
  std::vector<Id> around_;
  std::vector<Place> loads_, stores_;
  bool reads_itself_ = false;  // `written` is loaded from: a row of it keeps something
};

}  // namespace

bool may_share(const Kernel& kernel, std::uint32_t read, std::uint32_t written) {
  return Finder(kernel, read, written).run();
}

}  // namespace arrayc::ir::loops
