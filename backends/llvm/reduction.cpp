// Loops with accumulators; see stage.h.
#include "backends/llvm/reduction.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <set>

#include "ir/diagnostic.h"
#include "runtime/planted.h"

namespace arrayc::backends {

using ir::loops::Accumulator;
using ir::loops::Block;
using ir::loops::Fold;
using ir::loops::Id;
using ir::loops::Loop;
using llvm::Value;

// --- accumulators

namespace {

constexpr int unroll_budget = 96;  // operations of an unrolled body

}  // namespace

Reduction::Reduction(StageEmitter& emitter, Id id, const std::vector<std::uint32_t>& accumulators,
                     std::int64_t chunk)
    : e_(emitter),
      b_(emitter.b_),
      id_(id),
      loop_(emitter.kernel_.loops[emitter.kernel_.nodes[id].index]),
      chunk_(chunk),
      narrow_(have_narrow_positions()) {
  for (const std::uint32_t index : accumulators) {
    const Accumulator& acc = loop_.accumulators[index];
    const bool varying = e_.varying(acc.value) ||
                         (acc.factor != ir::loops::none && e_.varying(acc.factor)) ||
                         (acc.imaginary != ir::loops::none && e_.varying(acc.imaginary)) ||
                         (is_arg(acc.fold) && e_.varying(acc.position_value));
    Running r{&acc,
              index,
              is_ordered(acc),
              1,
              varying,
              FoldValues(e_.values_of_, b_, acc, e_.info_.facts[acc.value],
                         narrow_ ? ir::DType::I32 : ir::DType::I64)};
    r.chunked = chunk > 0 && r.ordered && acc.tree.chunk > 0;
    if (r.ordered) r.tree_lanes = static_cast<unsigned>(std::max(acc.tree.lanes, 1));
    running_.push_back(r);
  }
  choose_shape();
  for (Running& r : running_) {
    llvm::Type* element = type(r, own_lanes(r));
    if (r.tree_lanes > 1) r.lanes = e_.stack_array(element, r.tree_lanes);
    if (r.counts()) r.counter = e_.stack_array(element, counter_levels);
  }
}

// Positions of numbers of 32 bits take as many lanes if they are counted from the beginning of a
// block of iterations.
bool Reduction::have_narrow_positions() const {
  return chunk_ == 0 && std::ranges::all_of(loop_.accumulators, [&](const Accumulator& acc) {
           if (!is_arg(acc.fold) || acc.imaginary != ir::loops::none) return false;
           const ir::loops::Node& position = e_.kernel_.nodes[acc.position_value];
           return ir::item_size(acc.type) == 4 && position.kind == ir::loops::Kind::index &&
                  position.args[0] == id_;
         });
}

// Of the iteration being emitted; of lane 0 where they are lanes.
Value* Reduction::narrow_position(bool vector) {
  const StageEmitter::Frame& frame = e_.frames_.back();
  Value* from_base = b_.CreateTrunc(b_.CreateSub(frame.index, base_), b_.getInt32Ty());
  Value* first = b_.CreateAdd(from_base, b_.getInt32(static_cast<std::uint32_t>(frame.shift)));
  if (!vector || e_.lanes_ == 1) return first;
  Value* all = b_.CreateVectorSplat(e_.lanes_, first);
  if (e_.vector_loop_ != id_) return all;
  std::vector<llvm::Constant*> steps;
  for (unsigned lane = 0; lane < e_.lanes_; ++lane) steps.push_back(b_.getInt32(lane));
  return b_.CreateAdd(all, llvm::ConstantVector::get(steps));
}

// How many iterations run side by side, and how many times the body is copied so that each lane
// of a tree is a register.
void Reduction::choose_shape() {
  if (e_.lanes_ > 1 || loop_.width <= 1) return;
  unsigned width = static_cast<unsigned>(loop_.width);
  unsigned most = 1;
  for (const Running& r : running_) {
    // Positions beside values are costly in vectors wider than a register.
    if (is_arg(r.acc->fold)) width = std::min(width, e_.vector_bytes_ / (narrow_ ? 4 : 8));
    // One complex product after the other.
    if (r.folding.parts() == 2 && (r.tree_lanes == 1 || r.acc->tree.chunk == 1)) return;
    // One sum of products after the other.
    if (r.is_product() && r.tree_lanes == 1) return;
    if (r.tree_lanes == 1) continue;
    if (!std::has_single_bit(r.tree_lanes)) return;
    width = std::min(width, r.tree_lanes);
    most = std::max(most, r.tree_lanes);
  }
  if (!std::has_single_bit(width)) return;
  width_ = width;
  const std::optional<int> cost = body_cost(e_.kernel_, loop_.body);
  if (!cost) return;
  const unsigned copies = most > 1 ? most / width : free_copies(width);
  if (most == 1 || copies == 1 || static_cast<int>(copies) * *cost <= unroll_budget)
    copies_ = copies;
}

// Enough states side by side to hide the latency of folding: about eight registers.
unsigned Reduction::free_copies(unsigned width) const {
  unsigned item = 1;
  for (const Running& r : running_) {
    item = std::max(item, static_cast<unsigned>(ir::item_size(r.acc->type)));
  }
  const unsigned registers = std::max(width * item / e_.vector_bytes_, 1u);
  return registers >= 4 ? 1 : registers >= 2 ? 2 : 4;
}

// As wide as what is folded.
Value* Reduction::operand(const Running& r, Id id) {
  return e_.vector_loop_ == id_ || r.varying ? e_.wide(id) : e_.value(id);
}

// What the iteration or iterations just emitted contribute.
Reduction::Carried Reduction::incoming(Running& r) {
  const auto get = [&](Id id) { return operand(r, id); };
  Carried v{get(r.acc->value)};
  if (r.folding.parts() == 2) return {r.folding.pack(v[0], get(r.acc->imaginary))};
  v[0] = r.folding.kept(v[0]);
  if (r.acc->imaginary != ir::loops::none) v.push_back(get(r.acc->imaginary));
  if (is_arg(r.acc->fold)) {
    const bool vector = e_.vector_loop_ == id_ || r.varying;
    v.push_back(narrow_ ? narrow_position(vector) : get(r.acc->position_value));
  }
  return v;
}

// That, added to a sum.
Value* Reduction::added(Running& r, Value* sum) {
  if (!r.is_product()) return r.folding.operation(sum, incoming(r)[0]);
  return b_.CreateIntrinsic(sum->getType(), llvm::Intrinsic::fma,
                            {operand(r, r.acc->value), operand(r, r.acc->factor), sum});
}

Reduction::Carried Reduction::flatten(const State& state) {
  Carried flat;
  for (const Carried& values : state) flat.insert(flat.end(), values.begin(), values.end());
  return flat;
}

Reduction::State Reduction::unflatten(const Carried& flat, const State& shape) {
  State state;
  auto at = flat.begin();
  for (const Carried& values : shape) {
    state.emplace_back(at, at + static_cast<std::ptrdiff_t>(values.size()));
    at += static_cast<std::ptrdiff_t>(values.size());
  }
  return state;
}

// --- arrays on the stack

// An array's elements may be wider than its alignment.
llvm::Align Reduction::item_align(llvm::Type* type) const {
  const llvm::DataLayout& layout = e_.function_.getParent()->getDataLayout();
  return llvm::commonAlignment(StageEmitter::stack_align, layout.getTypeAllocSize(type));
}

Value* Reduction::load_item(llvm::Type* type, llvm::AllocaInst* array, Value* index) {
  return b_.CreateAlignedLoad(type, b_.CreateGEP(type, array, index), item_align(type));
}

void Reduction::store_item(Value* v, llvm::AllocaInst* array, Value* index) {
  b_.CreateAlignedStore(v, b_.CreateGEP(v->getType(), array, index), item_align(v->getType()));
}

// --- lanes of a tree, kept in memory outside the unrolled loop

void Reduction::clear_lanes() {
  for (const Running& r : running_) {
    if (!r.in_memory()) continue;
    if (!r.varying) {
      b_.CreateAlignedStore(r.folding.neutral(r.tree_lanes)[0], r.lanes, StageEmitter::stack_align);
      continue;
    }
    Value* none = r.folding.neutral(own_lanes(r))[0];
    e_.counted_loop("clear", b_.getInt64(0), b_.getInt64(r.tree_lanes), 1, {},
                    [&](Value* lane, llvm::BasicBlock*, const Carried&) {
                      store_item(none, r.lanes, lane);
                      return Carried{};
                    });
  }
}

void Reduction::store_lanes(const Running& r, const Carried& parts) {
  llvm::Type* element = type(r, 1);
  for (unsigned part = 0; part < parts.size(); ++part) {
    Value* at = b_.CreateConstGEP1_64(element, r.lanes, std::uint64_t{part} * width_);
    b_.CreateAlignedStore(parts[part], at, llvm::Align(8));
  }
}

// `position` in the chunk decides the lane; a vector context takes all its lanes from
// there.
void Reduction::accumulate_in_memory(Running& r, Value* position) {
  const bool vector = e_.vector_loop_ == id_;
  Value* lane = b_.CreateURem(position, b_.getInt64(r.tree_lanes));
  Value* at = b_.CreateGEP(type(r, own_lanes(r)), r.lanes, lane);
  llvm::Type* loaded = type(r, vector ? e_.lanes_ : own_lanes(r));
  const llvm::Align align(static_cast<unsigned>(ir::item_size(r.acc->type)));
  Value* sum = added(r, b_.CreateAlignedLoad(loaded, at, align));
  b_.CreateAlignedStore(sum, at, align);
}

// The lanes in memory, in equal parts; of a varying fold each part is one lane.
Reduction::Carried Reduction::load_lanes(const Running& r) {
  const unsigned each = r.varying ? own_lanes(r) : width_ > 1 ? width_ : r.tree_lanes;
  const unsigned count = r.varying ? r.tree_lanes : r.tree_lanes / each;
  llvm::Type* loaded = type(r, each);
  const llvm::Align align(static_cast<unsigned>(ir::item_size(r.acc->type)));
  Carried parts;
  for (unsigned part = 0; part < count; ++part) {
    Value* at = b_.CreateConstGEP1_64(loaded, r.lanes, part);
    parts.push_back(b_.CreateAlignedLoad(loaded, at, align));
  }
  return parts;
}

// Lanes are halved down to 8, and those folded in order.
Value* Reduction::fold_lanes(Running& r, Carried parts) {
  unsigned count = r.tree_lanes;
  for (; count > (planted(runtime::Plant::fold_order) ? 4u : 8u) && count % 2 == 0; count /= 2) {
    if (parts.size() > 1) {
      const std::size_t half = parts.size() / 2;
      for (std::size_t i = 0; i < half; ++i)
        parts[i] = r.folding.operation(parts[i], parts[i + half]);
      parts.resize(half);
    } else {
      const auto [low, high] = r.folding.halves(parts[0]);
      parts[0] = r.folding.operation(low, high);
    }
  }
  Carried lanes;
  for (Value* part : parts) {
    const auto each = count / static_cast<unsigned>(parts.size());
    for (unsigned i = 0; i < each; ++i) {
      lanes.push_back(each == 1 ? part : r.folding.lane(part, i));
    }
  }
  Value* sum = lanes[0];
  for (unsigned i = 1; i < count; ++i) sum = r.folding.operation(sum, lanes[i]);
  return sum;
}

// --- the loop over a range of iterations

// Adds the iterations just emitted to a state that is kept in registers.
void Reduction::accumulate(Running& r, Carried& state, unsigned copy) {
  if (r.is_product()) {
    Value*& sum = state[copy % state.size()];
    sum = added(r, sum);
    return;
  }
  const Carried v = incoming(r);
  if (r.ordered && !r.in_memory() && e_.vector_loop_ == id_) {  // one lane: all in order
    state[0] = r.acc->fold == Fold::add ? b_.CreateFAddReduce(state[0], v[0])
                                        : b_.CreateFMulReduce(state[0], v[0]);
    return;
  }
  const std::size_t each = v.size();
  const auto at = static_cast<std::ptrdiff_t>(copy % (state.size() / each) * each);
  const Carried part(state.begin() + at, state.begin() + at + static_cast<std::ptrdiff_t>(each));
  const Carried sum = r.folding.fold(part, v);
  std::copy(sum.begin(), sum.end(), state.begin() + at);
}

// Copies of the body, each `width_` iterations, with one register for each part of a tree's lanes.
// Several states of an order-free fold then become one.
Reduction::State Reduction::unrolled_loop(Value* begin, Value* end, Value* last, State state) {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = running_[i];
    if (r.ordered && !r.in_memory()) continue;
    const unsigned parts = r.in_memory() ? r.tree_lanes / width_ : std::min(copies_, 4u);
    const Carried one = r.folding.neutral(width_);
    state[i].clear();
    for (unsigned p = 0; p < parts; ++p) state[i].insert(state[i].end(), one.begin(), one.end());
  }
  const auto body = [&](Value* index, llvm::BasicBlock* block, const Carried& flat) {
    State now = unflatten(flat, state);
    e_.enter(id_, index, block);
    for (unsigned copy = 0; copy < copies_; ++copy) {
      e_.frames_.back().shift = static_cast<std::int64_t>(copy) * width_;
      e_.emit_block(loop_.body);
      for (std::size_t i = 0; i < running_.size(); ++i) accumulate(running_[i], now[i], copy);
    }
    e_.leave();
    return flatten(now);
  };
  const std::int64_t step = static_cast<std::int64_t>(copies_) * width_;
  state = unflatten(e_.counted_loop(loop_.name, begin, end, step, flatten(state), body), state);
  if (last != nullptr) {
    const auto masked = [&](Value* index, llvm::BasicBlock* block, const Carried& flat) {
      State now = unflatten(flat, state);
      e_.enter(id_, index, block);
      masked_iterations(b_.CreateSub(last, index), now);
      e_.leave();
      return flatten(now);
    };
    state = unflatten(e_.counted_loop("masked", end, last, step, flatten(state), masked), state);
  }
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = running_[i];
    if (!r.ordered) {
      const auto each = static_cast<std::ptrdiff_t>(r.folding.state_size());
      Carried all(state[i].begin(), state[i].begin() + each);
      for (auto at = state[i].begin() + each; at != state[i].end(); at += each) {
        all = r.folding.merge(all, Carried(at, at + each));
      }
      state[i] = all;
    }
  }
  return state;
}

bool Reduction::masks() const {
  return copies_ > 0 && e_.can_mask(loop_.body, id_) &&
         std::ranges::all_of(running_, [](const Running& r) {
           return r.folding.parts() == 1 && (!r.ordered || r.in_memory());
         });
}

// Fewer than the unrolled loop's; what masked lanes would add is left out.
void Reduction::masked_iterations(Value* left, State& state) {
  const auto* known = llvm::dyn_cast<llvm::ConstantInt>(left);
  for (unsigned copy = 0; copy < copies_; ++copy) {
    const unsigned first = copy * width_;
    if (known != nullptr && first >= known->getZExtValue()) return;
    e_.frames_.back().shift = first;
    e_.mask_ = e_.lanes_below(left, width_, first);
    e_.emit_block(loop_.body);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const Carried before = state[i];
      accumulate(running_[i], state[i], copy);
      for (std::size_t k = 0; k < before.size(); ++k) {
        if (state[i][k] == before[k]) continue;
        state[i][k] = b_.CreateSelect(e_.mask_, state[i][k], before[k]);
      }
    }
    e_.mask_ = nullptr;
  }
}

// A chunk of one iteration, in registers if the tree has one lane.
Reduction::State Reduction::one_iteration(Value* index, State state) {
  auto* body = llvm::BasicBlock::Create(b_.getContext(), loop_.name, &e_.function_);
  clear_lanes();
  b_.CreateBr(body);
  b_.SetInsertPoint(body);
  e_.enter(id_, index, body);
  e_.emit_block(loop_.body);
  e_.leave();
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = running_[i];
    if (r.folding.parts() == 2 && r.chunked) {
      state[i] = incoming(r);
    } else if (r.in_memory()) {
      accumulate_in_memory(r, b_.getInt64(0));
      state[i] = {fold_lanes(r, load_lanes(r))};
    } else {
      accumulate(r, state[i], 0);
    }
  }
  return state;
}

// Lanes of trees are in memory; `first` is where the chunk begins.
Reduction::State Reduction::step_loop(Value* first, Value* begin, Value* end, const State& state,
                                      std::int64_t step) {
  const auto body = [&](Value* index, llvm::BasicBlock* block, const Carried& flat) {
    State now = unflatten(flat, state);
    e_.enter(id_, index, block);
    e_.emit_block(loop_.body);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (running_[i].in_memory()) {
        accumulate_in_memory(running_[i], b_.CreateSub(index, first));
      } else {
        accumulate(running_[i], now[i], 0);
      }
    }
    e_.leave();
    return flatten(now);
  };
  return unflatten(e_.counted_loop(loop_.name, begin, end, step, flatten(state), body), state);
}

// The lanes of the loops for what the unrolled loop leaves over, widest first.
std::vector<unsigned> Reduction::step_widths() const {
  std::vector<unsigned> widths;
  if (copies_ == 0 || copies_ > 2) widths.push_back(width_);
  const unsigned less = e_.short_width(id_, width_);
  if (less > 1) widths.push_back(less);
  return widths;
}

// All iterations of one chunk, or all there are. Lanes start afresh; other states go on.
Reduction::State Reduction::range(Value* begin, Value* end, State state) {
  Value* at = begin;
  bool in_registers = false;  // the lanes of trees
  if (copies_ == 0) clear_lanes();
  const bool in_masks = width_ > 1 && masks();
  if (width_ > 1) {
    State wide = state;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (!running_[i].ordered) wide[i] = running_[i].folding.neutral(width_);
    }
    e_.with_lanes(id_, width_, [&] {
      if (copies_ > 0) {
        Value* stop = e_.round_down(at, end, static_cast<std::int64_t>(copies_) * width_);
        wide = unrolled_loop(at, stop, in_masks ? end : nullptr, std::move(wide));
        at = in_masks ? end : stop;
        in_registers = at == end;
        for (std::size_t i = 0; i < running_.size() && !in_registers; ++i) {
          if (!running_[i].in_memory()) continue;
          store_lanes(running_[i], wide[i]);
          wide[i].clear();
        }
      }
    });
    for (const unsigned width : in_masks ? std::vector<unsigned>{} : step_widths()) {
      for (std::size_t i = 0; i < running_.size(); ++i) {
        Running& r = running_[i];
        if (!r.ordered) wide[i] = r.folding.join_lanes(wide[i], width);
      }
      e_.with_lanes(id_, width, [&] {
        Value* stop = e_.round_down(at, end, width);
        wide = step_loop(begin, at, stop, wide, width);
        at = stop;
      });
    }
    for (std::size_t i = 0; i < running_.size(); ++i) {
      Running& r = running_[i];
      if (!r.ordered) wide[i] = r.folding.join_lanes(wide[i], 1);
      const bool fresh = r.ordered || llvm::isa<llvm::Constant>(state[i][0]);
      state[i] = fresh ? wide[i] : r.folding.merge(state[i], wide[i]);
    }
  }
  if (!in_masks) state = step_loop(begin, at, end, state, 1);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = running_[i];
    if (r.in_memory()) state[i] = {fold_lanes(r, in_registers ? state[i] : load_lanes(r))};
  }
  return state;
}

void Reduction::run(Value* begin, Value* end) {
  State state;
  if (chunk_ > 0) {
    state = chunks(begin, end);
  } else if (narrow_) {
    state = blocks(begin, end);
  } else {
    for (const Running& r : running_) {
      state.push_back(r.in_memory() ? Carried{} : r.folding.neutral(own_lanes(r)));
    }
    state = range(begin, end, std::move(state));
  }
  std::vector<Carried>& results = e_.results_[e_.kernel_.nodes[id_].index];
  results.resize(loop_.accumulators.size());
  Value* none = b_.CreateICmpSGE(begin, end);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = running_[i];
    if (r.folding.parts() == 2) state[i] = r.folding.unpack(state[i][0]);
    state[i][0] = r.folding.given_back(state[i][0]);
    Value* identity = e_.values_of_.constant(r.acc->identity, own_lanes(r));
    state[i][0] = b_.CreateSelect(none, identity, state[i][0]);
    for (std::size_t k = 1; k < state[i].size(); ++k) {
      Value* zero = llvm::Constant::getNullValue(state[i][k]->getType());
      state[i][k] = b_.CreateSelect(none, zero, state[i][k]);
    }
    results[r.index] = state[i];
  }
}

// --- any loop

void StageEmitter::emit_loop(Id id, Value* begin, Value* end) {
  const Loop& loop = kernel_.loops[kernel_.nodes[id].index];
  if (loop.accumulators.empty()) {
    return lanes_ == 1 && loop.width > 1 ? vector_loop(id, begin, end) : plain_loop(id, begin, end);
  }
  // Trees with different chunks cannot share a loop's chunks: the loop is run once for each.
  std::map<std::int64_t, std::vector<std::uint32_t>> by_chunk;
  std::vector<std::uint32_t> others;
  for (std::uint32_t i = 0; i < loop.accumulators.size(); ++i) {
    const Accumulator& acc = loop.accumulators[i];
    // A chunk of one complex number does not begin with 1.
    const bool single = acc.imaginary != ir::loops::none && acc.tree.chunk == 1;
    const bool one_chunk = acc.tree.chunk <= 0 ||
                           (loop.extent.is_constant() && loop.extent.constant() <= acc.tree.chunk);
    if (is_ordered(acc) && (!one_chunk || single || acc.tree.lanes > 1)) {
      by_chunk[one_chunk && !single ? 0 : acc.tree.chunk].push_back(i);
    } else {
      others.push_back(i);
    }
  }
  if (by_chunk.empty()) by_chunk[0];
  auto& first = by_chunk.begin()->second;
  first.insert(first.end(), others.begin(), others.end());
  if (by_chunk.size() > 1 && has_store(kernel_, loop.body)) {
    ir::bug("llvm: a loop of kernel " + kernel_.name + " stores and has trees of several chunks");
  }
  for (const auto& [chunk, accumulators] : by_chunk) {
    Reduction(*this, id, accumulators, chunk).run(begin, end);
  }
}

}  // namespace arrayc::backends
