// One loop of each nest gets vector lanes.
//
//   for i in [0, n) {                     for i in [0, n) width 8 {
//     %1 = load %a[8*i] …            →      …
//
// Either every innermost loop, or one loop around them all, whichever reads memory more evenly:
// along the lanes a load is best consecutive or one value for all, then reversed or at a small
// distance, last scattered. A loop may have lanes if its iterations are independent, or if its
// folds are order-free or made of lanes by their tree.
#include <algorithm>
#include <optional>

#include "ir/loops.h"
#include "passes/pass.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else

namespace {

constexpr double inner_weight = 32;  // how often a nested loop runs, when that is not known

class Vectorizer {
 public:
  Vectorizer(Kernel& kernel, const ir::Target& target)
      : kernel_(kernel),
        target_(target),
        blocks_(find_block_loops(kernel)),
        given_(find_given(kernel)) {}

  void run() {
    for (Id stage : kernel_.stages) vectorize(stage);
  }

 private:
  Loop& loop(Id id) { return kernel_.loops[kernel_.nodes[id].index]; }

  std::vector<Id> inner_loops(Id id) {
    std::vector<Id> inner;
    for (Id item : loop(id).body) {
      if (kernel_.nodes[item].kind == Kind::loop) inner.push_back(item);
    }
    return inner;
  }

  // Lanes of a loop over blocks would share what each block keeps.
  bool may_have_lanes(Id id) {
    const Loop& l = loop(id);
    if (blocks_[id]) return false;
    if (l.extent.is_constant() && l.extent.constant() < 4) return false;
    return std::ranges::all_of(
        l.accumulators, [](const Accumulator& a) { return a.tree.chunk == 0 || a.tree.lanes > 1; });
  }

  // The better of lanes on this loop and lanes on loops within; nesting is as deep as the rank.
  double vectorize(Id id) {
    if (given_[id]) return 0;
    const std::vector<Id> inner = inner_loops(id);
    double within = 0;
    for (Id l : inner) within += trips(l) * vectorize(l);
    const double here = may_have_lanes(id) && !has_lanes_within(id) ? cost(id, id, 1) : 1e30;
    if (inner.empty()) {
      if (here < 1e30) set_width(id);
      return here < 1e30 ? here : cost_without_lanes(id);
    }
    within += own_cost_without_lanes(id);
    if (here >= within) return within;
    for (Id l : inner) clear(l);
    set_width(id);
    return here;
  }

  static std::vector<bool> find_given(const Kernel& kernel) {
    std::vector<bool> given(kernel.nodes.size(), false);
    for (Id id = 0; id < kernel.nodes.size(); ++id) {
      const Node& node = kernel.nodes[id];
      given[id] = node.kind == Kind::loop && kernel.loops[node.index].width > 1;
    }
    return given;
  }

  bool has_lanes_within(Id id) {
    return std::ranges::any_of(inner_loops(id),
                               [&](Id l) { return given_[l] || has_lanes_within(l); });
  }

  void clear(Id id) {
    loop(id).width = 1;
    for (Id l : inner_loops(id)) clear(l);
  }

  // What one iteration costs a lane when the lanes are those of `lanes`.
  double cost(Id within, Id lanes, double weight) {
    double sum = 0;
    for (Id id : loop(within).body) {
      const Node& node = kernel_.nodes[id];
      if (node.kind == Kind::loop) {
        sum += cost(id, lanes, weight * trips(id));
      } else if (node.kind == Kind::load || node.kind == Kind::store) {
        sum += weight * access_cost(kernel_.accesses[node.index], lanes, ir::item_size(node.type));
      } else if (node.kind == Kind::prim) {
        sum += weight * 0.25;
      }
    }
    return sum;
  }
  double trips(Id id) {
    const ir::Extent& n = loop(id).extent;
    return n.is_constant() ? static_cast<double>(n.constant()) : inner_weight;
  }

  static double access_cost(const Access& a, Id lanes, int item) {
    if (a.dynamic != none) return 6;
    for (const auto& [l, stride] : a.strides) {
      if (l != lanes) continue;
      if (stride.is(item)) return 1;
      if (!stride.is_constant()) return 6;
      const std::int64_t distance = std::abs(stride.constant());
      if (distance == item) return 1.5;
      return distance % item == 0 && distance <= 4 * item ? 2.5 : 6;
    }
    return 0.3;
  }

  double own_cost_without_lanes(Id id) {
    double sum = 0;
    for (Id item : loop(id).body) {
      const Kind kind = kernel_.nodes[item].kind;
      if (kind == Kind::load || kind == Kind::store) sum += 4;
      if (kind == Kind::prim) sum += 1;
    }
    return sum;
  }
  double cost_without_lanes(Id id) {
    double sum = own_cost_without_lanes(id);
    for (Id l : inner_loops(id)) sum += trips(l) * cost_without_lanes(l);
    return sum;
  }

  // Whether an index is but the position of numbers that are smaller: it then takes as many lanes.
  bool counts_positions(Id index, const Loop& l) const {
    const bool is_operand = std::ranges::any_of(l.body, [&](Id id) {
      return std::ranges::find(kernel_.nodes[id].args, index) != kernel_.nodes[id].args.end();
    });
    return !is_operand && std::ranges::any_of(l.accumulators, [&](const Accumulator& a) {
      return a.position_value == index && ir::item_size(a.type) == 4;
    });
  }

  struct Body {
    int largest_item = 1;
    int operations = 0;
    bool nested = false;
    bool scattered = false;
  };

  void look_at(Id within, Id lanes, Body& body) {
    for (Id id : loop(within).body) {
      const Node& node = kernel_.nodes[id];
      if (node.kind == Kind::loop) {
        body.nested = true;
        look_at(id, lanes, body);
        continue;
      }
      if (node.kind == Kind::prim) ++body.operations;
      if (node.kind == Kind::size || node.kind == Kind::constant) continue;
      if (node.kind == Kind::index && counts_positions(id, loop(within))) continue;
      body.largest_item = std::max(body.largest_item, ir::item_size(node.type));
      if (node.kind == Kind::load || node.kind == Kind::store) {
        const double c = access_cost(kernel_.accesses[node.index], lanes, ir::item_size(node.type));
        body.scattered = body.scattered || c > 2;
      }
    }
  }

  // Registers' worth of lanes: more where there is little to do for each, so that latencies
  // overlap.
  void set_width(Id id) {
    Body body;
    look_at(id, id, body);
    const int one = std::max(target_.vector_bytes / body.largest_item, 2);
    int registers = body.operations <= 8 ? 4 : body.operations <= 24 ? 2 : 1;
    if (body.scattered) registers = std::min(registers, 2);
    // An operand in memory that is one value for all lanes is part of an AVX-512 instruction.
    if (body.nested && body.operations >= 6 && target_.vector_bytes == 64) registers = 1;
    loop(id).width = one * registers;
  }

  Kernel& kernel_;
  const ir::Target& target_;
  const std::vector<bool> blocks_;
  const std::vector<bool> given_;  // loops that came with lanes
};

}  // namespace

void vectorize_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) Vectorizer(*kernel.loops, context.target).run();
}

}  // namespace arrayc::passes
