#include "passes/loop_rewrite.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else

bool is_value(const Node& node) { return node.kind != Kind::store && node.kind != Kind::loop; }

void LoopRewriter::copy_kernel() {
  target_.name = source_.name;
  target_.params = source_.params;
  target_.scratch = source_.scratch;
  target_.locals = source_.locals;
  Block stages;
  copy_block(source_.stages, stages);
  target_.stages = std::move(stages);
}

void LoopRewriter::copy_block(const Block& block, Block& out) {
  Block* const outer = builder_.block();
  for (Id id : block) {
    builder_.set_block(&out);
    switch (source_.nodes[id].kind) {
      case Kind::loop:
        loop(id);
        break;
      case Kind::store:
        store(id);
        break;
      default:
        ids_[id] = value(id);
    }
  }
  builder_.set_block(outer);
}

Id LoopRewriter::value(Id source) { return copy_node(source); }
void LoopRewriter::store(Id source) { copy_node(source); }

void LoopRewriter::loop(Id source) {
  const Loop& old = source_.loops[source_.nodes[source].index];
  const Id copy = builder_.loop(old.name, old.extent);
  ids_[source] = copy;
  Block* const outer = builder_.block();
  Block body;
  enter_loop();
  copy_block(old.body, body);
  leave_loop();
  Loop& made = target_.loops[target_.nodes[copy].index];
  made.body = std::move(body);
  made.accumulators = copy_accumulators(old);
  made.parallel = old.parallel;
  made.grain = old.grain;
  made.width = old.width;
  made.part = old.part;
  if (old.part.loop != none) made.part.loop = ids_.at(old.part.loop);
  outer->push_back(copy);
  builder_.set_block(outer);
}

std::vector<Accumulator> LoopRewriter::copy_accumulators(const Loop& old) const {
  std::vector<Accumulator> copies = old.accumulators;
  for (Accumulator& a : copies) {
    a.value = ids_.at(a.value);
    if (a.factor != none) a.factor = ids_.at(a.factor);
    if (a.imaginary != none) a.imaginary = ids_.at(a.imaginary);
    if (a.position_value != none) a.position_value = ids_.at(a.position_value);
  }
  return copies;
}

Access LoopRewriter::copy_access(const Access& access) const {
  Access copy = access;
  // Locals come after scratch, of which the target may have more.
  if (copy.buffer >= first_local(source_)) {
    copy.buffer += first_local(target_) - first_local(source_);
  }
  for (auto& [loop, stride] : copy.strides) loop = ids_.at(loop);
  if (copy.dynamic != none) copy.dynamic = ids_.at(copy.dynamic);
  return copy;
}

Id LoopRewriter::copy_node(Id source) {
  const Node& node = source_.nodes[source];
  std::vector<Id> args;
  for (Id a : node.args) args.push_back(ids_.at(a));
  switch (node.kind) {
    case Kind::constant:
      return builder_.constant({node.type, node.bits});
    case Kind::size:
      return builder_.size(node.extent);
    case Kind::scalar:
      return builder_.scalar(node.index);
    case Kind::index:
      return builder_.index(args[0]);
    case Kind::load:
      return builder_.load(copy_access(source_.accesses[node.index]), node.type);
    case Kind::prim:
      return builder_.emit(node.prim, node.type, args);
    case Kind::ufunc:
      return builder_.apply(*node.ufunc, args, node.type);
    case Kind::accumulated:
      return builder_.accumulated(args[0], node.index);
    case Kind::imaginary:
      return builder_.imaginary(args[0], node.index);
    case Kind::position:
      return builder_.position(args[0], node.index);
    case Kind::store:
      builder_.store(copy_access(source_.accesses[node.index]), args[0]);
      return none;
    case Kind::loop:
      break;
  }
  ir::bug("a loop is not a value");
}

namespace {

// What the stores need: values, and the loops around them or whose results they use.
class Needs {
 public:
  explicit Needs(const Kernel& kernel) : kernel_(kernel), needed(kernel.nodes.size(), false) {
    for (Id stage : kernel.stages) find_stores(stage);
    while (!queue_.empty()) {
      const Id id = queue_.back();
      queue_.pop_back();
      visit(kernel_.nodes[id]);
    }
  }

 private:
  // Marks loops that hold stores; as deep as loops are nested.
  bool find_stores(Id loop) {
    bool any = false;
    for (Id id : kernel_.loops[kernel_.nodes[loop].index].body) {
      const Kind kind = kernel_.nodes[id].kind;
      if (kind == Kind::store) {
        want(id);
        any = true;
      } else if (kind == Kind::loop) {
        any = find_stores(id) || any;
      }
    }
    if (any) needed[loop] = true;
    return any;
  }

  void want(Id id) {
    if (id == none || needed[id]) return;
    needed[id] = true;
    queue_.push_back(id);
  }

  void visit(const Node& node) {
    for (Id a : node.args) want(a);
    if (node.kind == Kind::load || node.kind == Kind::store) {
      want(kernel_.accesses[node.index].dynamic);
    }
    if (is_result(node.kind)) {
      const Accumulator& a =
          kernel_.loops[kernel_.nodes[node.args[0]].index].accumulators[node.index];
      want(a.value);
      want(a.factor);
      want(a.imaginary);
      want(a.position_value);
    }
  }

  const Kernel& kernel_;
  std::vector<Id> queue_;

 public:
  std::vector<bool> needed;
};

class Remover final : public LoopRewriter {
 public:
  Remover(const Kernel& source, Kernel& target, const std::vector<bool>& needed)
      : LoopRewriter(source, target, false), needed_(needed) {}

 protected:
  Id value(Id source) override { return needed_[source] ? copy_node(source) : none; }
  void loop(Id source) override {
    if (needed_[source]) LoopRewriter::loop(source);
  }

 private:
  const std::vector<bool>& needed_;
};

// Drops accumulators whose results nothing uses, and renumbers the others.
void drop_accumulators(Kernel& kernel, const std::vector<bool>& needed) {
  std::map<std::pair<Id, std::uint32_t>, std::uint32_t> number;
  for (Id id = 0; id < kernel.nodes.size(); ++id) {
    const Node& node = kernel.nodes[id];
    if (is_result(node.kind) && needed[id]) number[{node.args[0], node.index}] = 0;
  }
  for (Id id = 0; id < kernel.nodes.size(); ++id) {
    if (kernel.nodes[id].kind != Kind::loop) continue;
    Loop& loop = kernel.loops[kernel.nodes[id].index];
    std::vector<Accumulator> kept;
    for (std::uint32_t k = 0; k < loop.accumulators.size(); ++k) {
      const auto at = number.find({id, k});
      if (at == number.end()) continue;
      at->second = static_cast<std::uint32_t>(kept.size());
      kept.push_back(loop.accumulators[k]);
    }
    loop.accumulators = std::move(kept);
  }
  for (Id id = 0; id < kernel.nodes.size(); ++id) {
    Node& node = kernel.nodes[id];
    if (is_result(node.kind) && needed[id]) node.index = number.at({node.args[0], node.index});
  }
}

}  // namespace

void remove_unused(Kernel& kernel) {
  const Needs needs(kernel);
  drop_accumulators(kernel, needs.needed);
  Kernel cleaned;
  Remover(kernel, cleaned, needs.needed).copy_kernel();
  kernel = std::move(cleaned);
}

}  // namespace arrayc::passes
