// Whether two modules are the same program.
#include <algorithm>
#include <utility>
#include <vector>

#include "ir/text.h"

namespace arrayc::ir {

namespace {

template <typename T, typename Same>
bool all_same(const std::vector<T>& a, const std::vector<T>& b, Same same_element) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_element);
}

bool same_param(const Param& a, const Param& b) {
  return a.name == b.name && a.kind == b.kind && a.type == b.type && a.layout == b.layout &&
         a.weak == b.weak;
}

bool same_guard(const Guard& a, const Guard& b) {
  const bool same_b = a.kind == Guard::Kind::positive || a.b == b.b;
  return a.kind == b.kind && a.a == b.a && same_b && a.message == b.message;
}

bool same_check(const Check& a, const Check& b) {
  return a.kind == b.kind && a.shape == b.shape && a.message == b.message;
}

bool same_graph(const Graph& a, const Graph& b) {
  if (a.size() != b.size()) return false;
  for (NodeId id = 0; id < a.size(); ++id) {
    const Node& x = a[id];
    const Node& y = b[id];
    if (!same_operation(x.operation, y.operation) || x.operands != y.operands || x.type != y.type) {
      return false;
    }
  }
  return true;
}

bool same_storage(const Storage& a, const Storage& b) {
  return a.kind == b.kind && a.name == b.name && a.type == b.type && a.index == b.index &&
         a.in_result == b.in_result;
}

bool same_call(const Call& a, const Call& b) {
  return a.kernel == b.kernel && a.buffers == b.buffers && a.sizes == b.sizes &&
         a.scalars == b.scalars;
}

bool same_program(const Program& a, const Program& b) {
  return a.slots == b.slots && a.results == b.results &&
         all_same(a.storages, b.storages, same_storage) && all_same(a.calls, b.calls, same_call);
}

// --- loops

bool same_loop_param(const loops::Param& a, const loops::Param& b) {
  return a.kind == b.kind && a.name == b.name && a.type == b.type && a.written == b.written;
}

bool same_scratch(const loops::Scratch& a, const loops::Scratch& b) {
  return a.name == b.name && a.type == b.type && a.count == b.count;
}

// Compares what blocks contain, by the numbers that are left without what they do not contain.
class KernelComparison {
 public:
  KernelComparison(const loops::Kernel& a, const loops::Kernel& b)
      : a_(a), b_(b), number_a_(numbers(a)), number_b_(numbers(b)) {}

  bool same() {
    return a_.name == b_.name && all_same(a_.params, b_.params, same_loop_param) &&
           all_same(a_.scratch, b_.scratch, same_scratch) &&
           all_same(a_.locals, b_.locals, same_scratch) && blocks(a_.stages, b_.stages);
  }

 private:
  static std::vector<loops::Id> numbers(const loops::Kernel& kernel) {
    std::vector<loops::Id> number(kernel.nodes.size(), loops::none);
    std::vector<const loops::Block*> open{&kernel.stages};
    while (!open.empty()) {
      const loops::Block& block = *open.back();
      open.pop_back();
      for (const loops::Id id : block) {
        if (id >= number.size() || number[id] != loops::none) continue;
        number[id] = 0;
        const loops::Node& node = kernel.nodes[id];
        if (node.kind == loops::Kind::loop && node.index < kernel.loops.size()) {
          open.push_back(&kernel.loops[node.index].body);
        }
      }
    }
    loops::Id next = 0;
    for (loops::Id& n : number) {
      if (n != loops::none) n = next++;
    }
    return number;
  }

  bool ids(loops::Id x, loops::Id y) const {
    const bool inside = x < number_a_.size() && y < number_b_.size();
    return inside ? number_a_[x] == number_b_[y] : x == y;
  }

  bool id_lists(const std::vector<loops::Id>& x, const std::vector<loops::Id>& y) const {
    return all_same(x, y, [this](loops::Id p, loops::Id q) { return ids(p, q); });
  }

  // Their blocks' items are compared later, without recursion.
  bool blocks(const loops::Block& first, const loops::Block& second) {
    std::vector<std::pair<const loops::Block*, const loops::Block*>> open{{&first, &second}};
    std::vector<bool> seen(a_.nodes.size(), false);
    while (!open.empty()) {
      const auto [x, y] = open.back();
      open.pop_back();
      if (!id_lists(*x, *y)) return false;
      for (std::size_t i = 0; i < x->size(); ++i) {
        const loops::Id id = (*x)[i];
        if (id >= a_.nodes.size() || (*y)[i] >= b_.nodes.size() || seen[id]) continue;
        seen[id] = true;
        const loops::Node& p = a_.nodes[id];
        const loops::Node& q = b_.nodes[(*y)[i]];
        if (!nodes(p, q)) return false;
        if (p.kind != loops::Kind::loop) continue;
        const loops::Loop& u = a_.loops[p.index];
        const loops::Loop& v = b_.loops[q.index];
        if (!same_loop(u, v)) return false;
        open.emplace_back(&u.body, &v.body);
      }
    }
    return true;
  }

  bool nodes(const loops::Node& x, const loops::Node& y) const {
    if (x.kind != y.kind || x.type != y.type || !id_lists(x.args, y.args)) return false;
    switch (x.kind) {
      case loops::Kind::constant:
        return x.bits == y.bits;
      case loops::Kind::size:
        return x.extent == y.extent;
      case loops::Kind::prim:
        return x.prim == y.prim;
      case loops::Kind::ufunc:
        return x.ufunc == y.ufunc;
      case loops::Kind::load:
      case loops::Kind::store:
        return accesses(a_.accesses[x.index], b_.accesses[y.index]);
      case loops::Kind::scalar:
      case loops::Kind::accumulated:
      case loops::Kind::imaginary:
      case loops::Kind::position:
        return x.index == y.index;
      case loops::Kind::index:
      case loops::Kind::loop:
        return true;
    }
    return false;
  }

  bool accesses(const loops::Access& x, const loops::Access& y) const {
    const auto stride = [this](const auto& p, const auto& q) {
      return ids(p.first, q.first) && p.second == q.second;
    };
    return x.buffer == y.buffer && x.offset == y.offset && ids(x.dynamic, y.dynamic) &&
           all_same(x.strides, y.strides, stride);
  }

  bool same_loop(const loops::Loop& x, const loops::Loop& y) const {
    const auto accumulator = [this](const loops::Accumulator& p, const loops::Accumulator& q) {
      return p.fold == q.fold && p.type == q.type && ids(p.value, q.value) &&
             ids(p.factor, q.factor) && ids(p.imaginary, q.imaginary) &&
             ids(p.position_value, q.position_value) && p.tree == q.tree &&
             p.identity == q.identity;
    };
    return x.name == y.name && x.extent == y.extent && x.parallel == y.parallel &&
           x.grain == y.grain && x.width == y.width && ids(x.part.loop, y.part.loop) &&
           x.part.step == y.part.step && x.part.whole == y.part.whole &&
           all_same(x.accumulators, y.accumulators, accumulator);
  }

  const loops::Kernel& a_;
  const loops::Kernel& b_;
  std::vector<loops::Id> number_a_, number_b_;
};

}  // namespace

bool same(const loops::Kernel& a, const loops::Kernel& b) { return KernelComparison(a, b).same(); }

bool same(const Function& a, const Function& b) {
  if (a.program.has_value() != b.program.has_value()) return false;
  return a.name == b.name && a.doc == b.doc && a.tuple == b.tuple && a.results == b.results &&
         all_same(a.params, b.params, same_param) && all_same(a.guards, b.guards, same_guard) &&
         all_same(a.checks, b.checks, same_check) && same_graph(a.graph, b.graph) &&
         (!a.program || same_program(*a.program, *b.program));
}

bool same(const Module& a, const Module& b) {
  const auto kernel = [](const KernelFunction& x, const KernelFunction& y) {
    return same(x.function, y.function) && x.loops.has_value() == y.loops.has_value() &&
           (!x.loops || same(*x.loops, *y.loops));
  };
  return a.source_file == b.source_file &&
         all_same(a.functions, b.functions,
                  [](const Function& x, const Function& y) { return same(x, y); }) &&
         all_same(a.kernels, b.kernels, kernel);
}

}  // namespace arrayc::ir
