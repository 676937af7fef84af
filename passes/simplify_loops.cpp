// Equal values merge, and so do adjacent loops that run through memory as one.
//
//   for i in [0, n) { for j in [0, m) {            for j in [0, n*m) {
//     %3 = load %a[8*m*i + 8*j]              →       %3 = load %a[8*j]
//     store %r[8*m*i + 8*j], %3 } }                  store %r[8*j], %3 }
//
// A value is merged with an equal one of its block or of a block around it; constants are folded.
#include <unordered_map>

#include "passes/loop_rewrite.h"
#include "passes/pass.h"
#include "runtime/planted.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else

namespace {

class Merger final : public LoopRewriter {
 public:
  using LoopRewriter::LoopRewriter;

 protected:
  Id value(Id source) override {
    if (const Id folded = fold(source); folded != none) return merged(folded);
    if (const Id same = without_zero(source); same != none) return same;
    return merged(copy_node(source));
  }
  void enter_loop() override { marks_.push_back(added_.size()); }
  void leave_loop() override {
    while (added_.size() > marks_.back()) {
      known_.erase(added_.back());
      added_.pop_back();
    }
    marks_.pop_back();
  }

 private:
  using Known = std::unordered_multimap<std::size_t, Id>;

  // A prim of constants, as a constant; none if it is not that.
  Id fold(Id source) {
    const Node& node = source_.nodes[source];
    if (node.kind != Kind::prim) return none;
    std::vector<ir::Scalar> values;
    for (Id a : node.args) {
      const Node& arg = target_.nodes[(*this)[a]];
      if (arg.kind != Kind::constant) return none;
      values.push_back({arg.type, arg.bits});
    }
    return builder_.constant(ir::evaluate(node.prim, node.type, values));
  }

  // x of `add x, 0.0` where x is never -0; none for anything else. A sum over an axis ends in such
  // an addition, as NumPy's sums are never -0.
  Id without_zero(Id source) {
    const Node& node = source_.nodes[source];
    if (node.kind != Kind::prim || node.prim != ir::Prim::add || !ir::is_float(node.type)) {
      return none;
    }
    const Node& right = target_.nodes[(*this)[node.args[1]]];
    if (right.kind != Kind::constant || right.bits != 0) return none;
    const Id x = (*this)[node.args[0]];
    return never_negative_zero(x, 32) ? x : none;
  }

  // True only if proved, looking at most `steps` operations deep.
  bool never_negative_zero(Id id, int steps) const {
    const Node& node = target_.nodes[id];
    const auto never = [&](std::size_t k) {
      return steps > 0 && never_negative_zero(node.args[k], steps / 2);
    };
    if (node.kind == Kind::constant)
      return !(node.bits != 0 && ir::to_double({node.type, node.bits}) == 0);
    if (node.kind == Kind::accumulated) {
      const Loop& loop = target_.loops[target_.nodes[node.args[0]].index];
      const Accumulator& a = loop.accumulators[node.index];
      if (a.fold != Fold::add || a.identity.bits != 0 || steps == 0) return false;
      if (a.factor != none) return a.factor == a.value;
      return never_negative_zero(a.value, steps / 2);
    }
    if (node.kind != Kind::prim) return false;
    switch (node.prim) {
      case ir::Prim::mul:
        return node.args[0] == node.args[1];
      case ir::Prim::abs:
        return true;
      case ir::Prim::add:
        return never(0) || never(1);  // -0 only where both are
      case ir::Prim::sqrt:
        return never(0);
      case ir::Prim::convert:
        return ir::is_integer(target_.nodes[node.args[0]].type);
      default:
        return false;
    }
  }

  // An equal value that is visible here, and then the new one is taken back; else the new one.
  Id merged(Id made) {
    if (!may_merge(target_.nodes[made])) return made;
    const std::size_t h = hash_of(target_.nodes[made]);
    const auto [first, last] = known_.equal_range(h);
    for (auto at = first; at != last; ++at) {
      if (!same(target_.nodes[at->second], target_.nodes[made])) continue;
      builder_.block()->pop_back();
      return at->second;
    }
    added_.push_back(known_.emplace(h, made));
    return made;
  }

  bool may_merge(const Node& node) const {
    if (node.kind != Kind::load) return node.kind != Kind::ufunc;
    const std::uint32_t buffer = target_.accesses[node.index].buffer;
    return buffer < buffer_count(target_) && !target_.params[buffer].written;
  }

  std::size_t hash_of(const Node& node) const {
    std::size_t h = static_cast<std::size_t>(node.kind) * 64 + static_cast<std::size_t>(node.prim);
    h = (h * 31 + static_cast<std::size_t>(node.type)) * 31 + node.bits;
    for (Id a : node.args) h = h * 31 + a;
    if (node.kind == Kind::load) return h * 31 + target_.accesses[node.index].offset.hash();
    return (h * 31 + node.extent.hash()) * 31 + node.index;
  }

  bool same(const Node& a, const Node& b) const {
    if (a.kind != b.kind || a.prim != b.prim || a.type != b.type || a.args != b.args ||
        a.bits != b.bits || !(a.extent == b.extent)) {
      return false;
    }
    if (a.kind != Kind::load) return a.index == b.index;
    const Access& x = target_.accesses[a.index];
    const Access& y = target_.accesses[b.index];
    return x.buffer == y.buffer && x.offset == y.offset && x.dynamic == y.dynamic &&
           (x.strides == y.strides || planted(runtime::Plant::merge_transposed));
  }

  Known known_;
  std::vector<Known::iterator> added_;
  std::vector<std::size_t> marks_;
};

class LoopJoiner {
 public:
  explicit LoopJoiner(Kernel& kernel) : kernel_(kernel), blocks_(find_block_loops(kernel)) {}

  void run() {
    for (Id& stage : kernel_.stages) stage = join(stage);
  }

 private:
  // The loop that now stands for this one.
  Id join(Id id) {
    for (Id& item : loop(id).body) {
      if (kernel_.nodes[item].kind == Kind::loop) item = join(item);
    }
    const Block& body = loop(id).body;
    if (body.size() != 1 || kernel_.nodes[body[0]].kind != Kind::loop) return id;
    const Id inner = body[0];
    if (!loop(id).accumulators.empty() || !loop(inner).accumulators.empty()) return id;
    if (stays(id) || stays(inner)) return id;
    std::vector<Access*> accesses;
    if (!collect(inner, id, inner, accesses)) return id;
    for (Access* a : accesses)
      std::erase_if(a->strides, [&](const auto& s) { return s.first == id; });
    loop(inner).extent = loop(id).extent * loop(inner).extent;
    return inner;
  }

  Loop& loop(Id id) { return kernel_.loops[kernel_.nodes[id].index]; }

  bool stays(Id id) { return blocks_[id] || loop(id).part.loop != none; }

  // All accesses within; false if one of them, or an index, keeps the two loops apart.
  bool collect(Id within, Id outer, Id inner, std::vector<Access*>& out) {
    for (Id id : loop(within).body) {
      Node& node = kernel_.nodes[id];
      if (node.kind == Kind::loop && !collect(id, outer, inner, out)) return false;
      if (node.kind == Kind::index && (node.args[0] == outer || node.args[0] == inner))
        return false;
      if (node.kind != Kind::load && node.kind != Kind::store) continue;
      Access& a = kernel_.accesses[node.index];
      const bool stretched = stride(a, outer).is(0) && planted(runtime::Plant::join_stretched);
      if (!(stride(a, outer) == stride(a, inner) * loop(inner).extent) && !stretched) return false;
      out.push_back(&a);
    }
    return true;
  }

  static ir::Extent stride(const Access& a, Id loop) {
    for (const auto& [l, s] : a.strides) {
      if (l == loop) return s;
    }
    return 0;
  }

  Kernel& kernel_;
  const std::vector<bool> blocks_;
};

}  // namespace

void simplify_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    Kernel merged;
    Merger(*kernel.loops, merged, context.target.fma).copy_kernel();
    LoopJoiner(merged).run();
    remove_unused(merged);
    kernel.loops = std::move(merged);
  }
}

}  // namespace arrayc::passes
