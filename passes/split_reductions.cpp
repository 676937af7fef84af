// Long reductions become chunks that run in parallel.
//
//   once {                                      parallel for c in [0, n/4096) {
//     for r in [0, n) { %1 = … %a[8*r] …          for r in [0, 4096) { … %a[32768*c + 8*r] … }
//     } reduce add of %1 as %2             →      store %partial[8*c], %2 }
//     store %result[0], %2 }                    once { the last n mod 4096 elements likewise, to
//                                                 %partial[8*(n/4096)];
//                                                 for r in [0, ceil(n/4096)) { … %partial[8*r] … }
//                                                 store %result[0], … }
//
// The chunk is the tree's (order-free folds: 16384), so the bits are the ones the tree defines,
// whatever runs where. Likewise for reductions inside a nest over the other axes: partial results
// are then arrays. A reduction along the last axis, or over what is the same for every row, stays
// whole when there are rows to run in parallel.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "passes/folds.h"
#include "passes/loop_rewrite.h"
#include "passes/pass.h"
#include "runtime/planted.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else
using ir::Extent;

namespace {

constexpr std::int64_t free_chunk = 16384;  // elements, of folds whose order does not matter
constexpr std::int64_t column_chunk = 256;  // the same for folds across rows
constexpr std::int64_t much = 32768;        // elements that are worth splitting

// The nest of loops down to the innermost of the domain, and the reductions there.
struct Nest {
  std::vector<Id> domain;  // empty: the stage is a `once` loop
  Id innermost = none;     // the loop whose block holds the reductions
  std::vector<Id> reductions;
};

// Scratch for one accumulator: chunk-major, then the domain in C order.
struct Partial {
  std::uint32_t value = 0;
  std::uint32_t imaginary = 0;
  std::uint32_t position = 0;
};

// By reduction and accumulator.
using Partials = std::map<std::pair<Id, std::uint32_t>, Partial>;

class Splitter {
 public:
  Splitter(const Kernel& source, bool fma) : source_(source), fma_(fma) {}

  // Nothing if no stage is worth splitting.
  std::optional<Kernel> run() {
    Kernel out;
    out.name = source_.name;
    out.params = source_.params;
    out.scratch = source_.scratch;
    out.locals = source_.locals;
    // Locals come after all scratch, so that is added first.
    std::vector<std::pair<std::optional<Nest>, Partials>> plans;
    for (Id stage : source_.stages) {
      std::optional<Nest> nest = splittable(stage);
      Partials partials = nest ? allocate(*nest, out) : Partials{};
      plans.emplace_back(std::move(nest), std::move(partials));
    }
    if (std::ranges::none_of(plans, [](const auto& plan) { return plan.first.has_value(); })) {
      return std::nullopt;
    }
    for (std::size_t k = 0; k < plans.size(); ++k) {
      const Id stage = source_.stages[k];
      if (plans[k].first) {
        split(*plans[k].first, plans[k].second, stage, out);
      } else {
        LoopRewriter copier(source_, out, fma_);
        Block copied;
        copier.copy_block({stage}, copied);
        out.stages.insert(out.stages.end(), copied.begin(), copied.end());
      }
    }
    remove_unused(out);
    return out;
  }

 private:
  const Loop& loop(Id id) const { return source_.loops[source_.nodes[id].index]; }

  // By itself, or each of many that are much work together.
  bool is_long(Id reduction, const Nest& nest) const {
    const Extent& n = loop(reduction).extent;
    if (!n.is_constant() || n.constant() > much) return true;
    if (nest.domain.empty() || few_rows(nest) || n.constant() < 2 * column_chunk) return false;
    const Extent all = n * elements(nest);
    return !all.is_constant() || all.constant() > much;
  }

  std::optional<Nest> splittable(Id stage) const {
    Nest nest;
    nest.innermost = stage;
    const bool once = loop(stage).extent.is(1);
    if (!once) nest.domain.push_back(stage);
    for (;;) {  // down the loops without accumulators
      Id next = none;
      for (Id id : loop(nest.innermost).body) {
        if (source_.nodes[id].kind != Kind::loop) continue;
        if (loop(id).accumulators.empty()) {
          if (next != none) return std::nullopt;
          next = id;
        } else {
          nest.reductions.push_back(id);
        }
      }
      if (next == none) break;
      if (!nest.reductions.empty()) return std::nullopt;  // a row-wise chain: rows are parallel
      nest.domain.push_back(next);
      nest.innermost = next;
    }
    std::erase_if(nest.reductions, [&](Id r) { return !is_long(r, nest); });
    if (nest.reductions.empty() || chained(nest)) return std::nullopt;
    for (Id d : nest.domain) {
      if (loop(d).extent.is(0)) return std::nullopt;
    }
    if (!once && !few_rows(nest) && (along_rows(nest) || rereads(nest) || has_reuse(nest))) {
      return std::nullopt;
    }
    return nest;
  }

  // Whether a reduction reads what another one beside it results in.
  bool chained(const Nest& nest) const {
    std::set<Id> results;
    bool chained = false;
    const auto reads_result = [&](Id id) {
      return std::ranges::any_of(source_.nodes[id].args, [&](Id a) { return results.contains(a); });
    };
    const std::function<void(Id)> scan = [&](Id within) {
      for (Id id : loop(within).body) {
        if (reads_result(id)) chained = true;
        if (source_.nodes[id].kind == Kind::loop) scan(id);
      }
    };
    for (Id id : loop(nest.innermost).body) {
      const Kind kind = source_.nodes[id].kind;
      if (kind == Kind::loop) {
        scan(id);
      } else if (is_result(kind) || reads_result(id)) {
        results.insert(id);
      }
    }
    return chained;
  }

  // How many results each reduction has.
  Extent elements(const Nest& nest) const {
    Extent all = 1;
    for (Id d : nest.domain) all = all * loop(d).extent;
    return all;
  }

  // A domain too small to keep threads busy.
  bool few_rows(const Nest& nest) const {
    const Extent rows = elements(nest);
    return rows.is_constant() && rows.constant() <= 16;
  }

  static bool varies(const Access& a, const std::vector<Id>& loops) {
    return std::ranges::any_of(a.strides, [&](const auto& stride) {
      return std::ranges::find(loops, stride.first) != loops.end();
    });
  }

  // Whether no load varies with both a reduction and the domain, as in reduce_j f(x_i, y_j): what
  // the reductions read is read again for each element of the domain, and stays in a cache.
  bool rereads(const Nest& nest) const {
    return std::ranges::all_of(nest.reductions, [&](Id r) {
      return std::ranges::all_of(loop(r).body, [&](Id id) {
        const Node& node = source_.nodes[id];
        if (node.kind == Kind::loop) return false;
        if (node.kind != Kind::load) return true;
        const Access& a = source_.accesses[node.index];
        return a.dynamic == none && !(varies(a, {r}) && varies(a, nest.domain));
      });
    });
  }

  // Whether a reduction is a product of matrices, which is done in tiles.
  bool has_reuse(const Nest& nest) const {
    return std::ranges::any_of(nest.reductions, [&](Id r) {
      return std::ranges::any_of(loop(r).accumulators,
                                 [](const Accumulator& a) { return a.tree.in_order; });
    });
  }

  // Whether some reduction runs through consecutive memory, as along a last axis, that is not the
  // same for every row.
  bool along_rows(const Nest& nest) const {
    for (Id r : nest.reductions) {
      for (Id id : loop(r).body) {
        const Node& node = source_.nodes[id];
        if (node.kind == Kind::loop) return true;
        if (node.kind != Kind::load) continue;
        const Access& a = source_.accesses[node.index];
        const auto is_along = [&](const auto& stride) {
          return stride.first == r && stride.second.is(ir::item_size(node.type));
        };
        if (std::ranges::any_of(a.strides, is_along) && varies(a, nest.domain)) return true;
      }
      for (const Accumulator& a : loop(r).accumulators) {
        if (a.tree.lanes > 1) return true;
      }
    }
    return false;
  }

  std::int64_t chunk_of(Id reduction, const Nest& nest) const {
    for (const Accumulator& a : loop(reduction).accumulators) {
      if (a.tree.chunk > 0) return a.tree.chunk;
    }
    return nest.domain.empty() ? free_chunk : column_chunk;
  }

  std::uint32_t add_scratch(Kernel& out, ir::DType type, const Extent& count) const {
    out.scratch.push_back({"t" + std::to_string(out.scratch.size()), type, count});
    return buffer_count(out) + static_cast<std::uint32_t>(out.scratch.size()) - 1;
  }

  Partials allocate(const Nest& nest, Kernel& out) const {
    Partials partials;
    Extent rows = 1;
    for (Id d : nest.domain) rows = rows * loop(d).extent;
    for (Id r : nest.reductions) {
      const Extent chunks = floor_div(loop(r).extent, chunk_of(r, nest)) + 1;
      for (std::uint32_t k = 0; k < loop(r).accumulators.size(); ++k) {
        const Accumulator& a = loop(r).accumulators[k];
        Partial p;
        p.value = add_scratch(out, a.type, chunks * rows);
        if (a.imaginary != none) p.imaginary = add_scratch(out, a.type, chunks * rows);
        if (a.position_value != none) p.position = add_scratch(out, ir::DType::I64, chunks * rows);
        partials[{r, k}] = p;
      }
    }
    return partials;
  }

  void split(const Nest& nest, const Partials& partials, Id stage, Kernel& out);

  const Kernel& source_;
  bool fma_;
};

// Copies a stage so that one reduction runs over one chunk and its results go to scratch.
class ChunkCopier final : public LoopRewriter {
 public:
  struct Plan {
    Id reduction;
    Id stage;                      // what holds it: the outermost domain loop, or a `once` loop
    std::vector<Id> domain;        // source loops, outermost first
    Extent chunk;                  // elements of a full chunk
    Extent extent;                 // elements here
    Id chunk_loop = none;          // target: the loop over full chunks, or
    Extent chunk_number = 0;       // the number of this one
    std::vector<Partial> scratch;  // by accumulator
  };

  ChunkCopier(const Kernel& source, Kernel& target, bool fma, Plan plan)
      : LoopRewriter(source, target, fma), plan_(std::move(plan)) {}

 protected:
  void store(Id) override {}

  Id value(Id source) override {
    const Node& node = source_.nodes[source];
    if (is_result(node.kind) && !knows(node.args[0]))
      return none;  // of a reduction that is not copied
    for (Id a : node.args) {
      if (knows(a) && (*this)[a] == none) return none;  // needs such a result
    }
    if (node.kind == Kind::index && node.args[0] == plan_.reduction) return global_index();
    if (node.kind == Kind::load) {
      const Access& old = source_.accesses[node.index];
      return builder_.load(shifted(old), node.type);
    }
    return copy_node(source);
  }

  void loop(Id source) override {
    const Loop& old = source_.loops[source_.nodes[source].index];
    const bool of_domain =
        source == plan_.stage || std::ranges::find(plan_.domain, source) != plan_.domain.end();
    if (source != plan_.reduction) {
      // Beside the reduction there may be others; within it everything is copied.
      if (of_domain || inside_ > 0) LoopRewriter::loop(source);
      return;
    }
    Block* const outer = builder_.block();
    const Id copy = builder_.loop(old.name, plan_.extent);
    map(source, copy);
    Block body;
    ++inside_;
    copy_block(old.body, body);
    --inside_;
    Loop& made = target_.loops[target_.nodes[copy].index];
    made.body = std::move(body);
    made.accumulators = copy_accumulators(old);
    outer->push_back(copy);
    builder_.set_block(outer);
    for (std::uint32_t k = 0; k < plan_.scratch.size(); ++k) {
      const Partial& to = plan_.scratch[k];
      const Accumulator& a = old.accumulators[k];
      builder_.store(partial(to.value, a.type), builder_.accumulated(copy, k));
      if (a.imaginary != none) {
        builder_.store(partial(to.imaginary, a.type), builder_.imaginary(copy, k));
      }
      if (a.position_value != none) {
        builder_.store(partial(to.position, ir::DType::I64), builder_.position(copy, k));
      }
    }
  }

 private:
  // Where this chunk's result lies.
  Access partial(std::uint32_t buffer, ir::DType type) {
    Access a;
    a.buffer = buffer;
    Extent stride = ir::item_size(type);
    for (std::size_t k = plan_.domain.size(); k-- > 0;) {
      a.strides.emplace_back((*this)[plan_.domain[k]], stride);
      stride = stride * source_.loops[source_.nodes[plan_.domain[k]].index].extent;
    }
    add_chunk(a, stride);
    return a;
  }

  void add_chunk(Access& a, const Extent& stride) {
    if (plan_.chunk_loop != none) {
      a.strides.emplace_back(plan_.chunk_loop, stride);
    } else {
      a.offset = a.offset + plan_.chunk_number * stride;
    }
  }

  Access shifted(const Access& old) {
    Access a = copy_access(old);
    for (const auto& [l, stride] : old.strides) {
      if (l == plan_.reduction) add_chunk(a, stride * plan_.chunk);
    }
    return a;
  }

  Id global_index() {
    Id start;
    if (plan_.chunk_loop != none) {
      start = builder_.binary(ir::Prim::mul, builder_.index(plan_.chunk_loop),
                              builder_.size(plan_.chunk));
    } else {
      start = builder_.size(
          planted(runtime::Plant::split_position) ? 0 : plan_.chunk_number * plan_.chunk);
    }
    return builder_.binary(ir::Prim::add, start, builder_.index((*this)[plan_.reduction]));
  }

  Plan plan_;
  int inside_ = 0;
};

// Copies a stage with its reductions replaced by folds of their partial results.
class Combiner final : public LoopRewriter {
 public:
  struct Source {
    Extent count;  // of partial results
    std::vector<Partial> scratch;
  };
  Combiner(const Kernel& source, Kernel& target, bool fma, std::vector<Id> domain,
           std::map<Id, Source> reductions)
      : LoopRewriter(source, target, fma),
        domain_(std::move(domain)),
        reductions_(std::move(reductions)) {}

 protected:
  void loop(Id source) override {
    const auto at = reductions_.find(source);
    if (at == reductions_.end()) return LoopRewriter::loop(source);
    const Loop& old = source_.loops[source_.nodes[source].index];
    Block* const outer = builder_.block();
    const Id copy = builder_.loop(old.name, at->second.count);
    map(source, copy);
    Block body;
    builder_.set_block(&body);
    std::vector<Accumulator> folds;
    for (std::uint32_t k = 0; k < old.accumulators.size(); ++k) {
      Accumulator a = old.accumulators[k];
      const Partial& from = at->second.scratch[k];
      a.value = builder_.load(partial(copy, from.value, a.type), a.type);
      if (a.imaginary != none) {
        a.imaginary = builder_.load(partial(copy, from.imaginary, a.type), a.type);
      }
      if (a.position_value != none) {
        a.position_value =
            builder_.load(partial(copy, from.position, ir::DType::I64), ir::DType::I64);
      }
      a.factor = none;
      a.tree = a.tree.in_order ? ir::Tree{1, 0} : a.tree.chunk > 0 ? ir::Tree{1, 1} : a.tree;
      folds.push_back(a);
    }
    Loop& made = target_.loops[target_.nodes[copy].index];
    made.body = std::move(body);
    made.accumulators = std::move(folds);
    outer->push_back(copy);
    builder_.set_block(outer);
  }

 private:
  Access partial(Id chunk_loop, std::uint32_t buffer, ir::DType type) {
    Access a;
    a.buffer = buffer;
    Extent stride = ir::item_size(type);
    for (std::size_t k = domain_.size(); k-- > 0;) {
      a.strides.emplace_back((*this)[domain_[k]], stride);
      stride = stride * source_.loops[source_.nodes[domain_[k]].index].extent;
    }
    a.strides.emplace_back(chunk_loop, stride);
    return a;
  }

  std::vector<Id> domain_;
  std::map<Id, Source> reductions_;
};

void Splitter::split(const Nest& nest, const Partials& partials, Id stage, Kernel& out) {
  std::map<Id, Combiner::Source> sources;
  for (Id r : nest.reductions) {
    const Extent n = loop(r).extent;
    const Extent chunk = chunk_of(r, nest);
    const Extent full = floor_div(n, chunk);
    ChunkCopier::Plan plan{r, stage, nest.domain, chunk, chunk, none, full, {}};
    for (std::uint32_t k = 0; k < loop(r).accumulators.size(); ++k) {
      plan.scratch.push_back(partials.at({r, k}));
    }
    sources[r] = {ceil_div(n, chunk), plan.scratch};
    Builder builder(out, fma_);
    plan.chunk_loop = builder.loop("c", full);
    Block body;
    const Block chunk_body = nest.domain.empty() ? loop(stage).body : Block{stage};
    ChunkCopier(source_, out, fma_, plan).copy_block(chunk_body, body);
    out.loops[out.nodes[plan.chunk_loop].index].body = std::move(body);
    out.stages.push_back(plan.chunk_loop);
    plan.chunk_loop = none;
    plan.extent = planted(runtime::Plant::split_tail) ? Extent(0) : n - full * chunk;
    ChunkCopier(source_, out, fma_, plan).copy_block({stage}, out.stages);
  }
  Combiner(source_, out, fma_, nest.domain, sources).copy_block({stage}, out.stages);
}

}  // namespace

void split_reductions(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    std::optional<Kernel> split = Splitter(*kernel.loops, context.target.fma).run();
    if (split) kernel.loops = std::move(*split);
  }
}

}  // namespace arrayc::passes
