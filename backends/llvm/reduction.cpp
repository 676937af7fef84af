// Loops with accumulators; see stage.h.
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "backends/llvm/stage.h"
#include "ir/diagnostic.h"

namespace arrayc::backends {

using ir::DType;
using ir::Scalar;
using ir::loops::Accumulator;
using ir::loops::Block;
using ir::loops::Fold;
using ir::loops::Id;
using ir::loops::Kernel;
using ir::loops::Kind;
using ir::loops::Loop;
using llvm::Value;

// --- accumulators

namespace {

constexpr std::uint64_t no_position = std::numeric_limits<std::int64_t>::max();
constexpr int unroll_budget = 96;  // operations of an unrolled body
constexpr unsigned counter_levels = 65;

}  // namespace

// Emits one loop with accumulators, all with the same chunk.
class Reduction {
 public:
  // `chunk`: of the ordered folds; 0: all iterations are one chunk.
  Reduction(StageEmitter& emitter, Id id, const std::vector<std::uint32_t>& accumulators,
            std::int64_t chunk);
  void run(Value* begin, Value* end);

 private:
  using Carried = StageEmitter::Carried;
  struct Running {
    const Accumulator* acc;
    std::uint32_t index;  // among the loop's accumulators
    bool ordered;
    unsigned tree_lanes;
    bool negate;   // the maximum is kept as the minimum of negated values, which is cheaper
    bool varying;  // differs between the lanes of a vector loop around this one
    Facts facts;
    llvm::AllocaInst* lanes = nullptr;    // of an ordered fold with tree_lanes > 1
    llvm::AllocaInst* counter = nullptr;  // chunk results, by level
    bool chunked = false;
    bool in_memory() const { return lanes != nullptr; }
  };
  // For each accumulator its values: none (kept in memory), one, value and position, or, in the
  // unrolled loop, several of these.
  using State = std::vector<Carried>;

  void choose_shape();
  Carried neutral(const Running& r, unsigned lanes) const;
  Carried incoming(const Running& r);
  Value* operation(const Running& r, Value* a, Value* b);
  Carried fold(const Running& r, const Carried& state, const Carried& v);
  Carried merge(const Running& r, const Carried& a, const Carried& b);
  Carried pick(Value* second, const Carried& a, const Carried& b);
  Carried horizontal(const Running& r, Carried v);
  unsigned own_lanes(const Running& r) const { return r.varying ? e_.lanes_ : 1; }

  State range(Value* begin, Value* end, State state);
  State unrolled_loop(Value* begin, Value* end, State state);
  State step_loop(Value* first, Value* begin, Value* end, const State& state, std::int64_t step);
  void accumulate(const Running& r, Carried& state, unsigned copy);
  void accumulate_in_memory(const Running& r, Value* position);
  void clear_lanes();
  void store_lanes(const Running& r, const Carried& parts);
  Value* fold_lanes(const Running& r);
  void push_chunk(const Running& r, Value* v, Value* count);
  Value* fold_chunks(const Running& r, Value* count);
  State chunks(Value* begin, Value* end);
  static Carried flatten(const State& state);
  static State unflatten(const Carried& flat, const State& shape);

  StageEmitter& e_;
  llvm::IRBuilder<>& b_;
  Id id_;
  const Loop& loop_;
  std::int64_t chunk_;
  std::vector<Running> running_;
  unsigned width_ = 1;   // iterations side by side
  unsigned copies_ = 0;  // of the body in the unrolled loop; 0: there is no unrolled loop
};

Reduction::Reduction(StageEmitter& emitter, Id id, const std::vector<std::uint32_t>& accumulators,
                     std::int64_t chunk)
    : e_(emitter),
      b_(emitter.b_),
      id_(id),
      loop_(emitter.kernel_.loops[emitter.kernel_.nodes[id].index]),
      chunk_(chunk) {
  for (const std::uint32_t index : accumulators) {
    const Accumulator& acc = loop_.accumulators[index];
    Running r{&acc, index, is_ordered(acc), 1, false, false, e_.info_.facts[acc.value]};
    r.chunked = chunk > 0 && r.ordered && acc.tree.chunk > 0;
    if (r.ordered) r.tree_lanes = static_cast<unsigned>(std::max(acc.tree.lanes, 1));
    r.negate = acc.fold == Fold::maximum && ir::is_float(acc.type) && !r.facts.never_minus_zero;
    r.facts.never_nan = false;
    r.varying = e_.varying(acc.value) || (is_arg(acc.fold) && e_.varying(acc.position_value));
    running_.push_back(r);
  }
  choose_shape();
  for (Running& r : running_) {
    llvm::Type* element = e_.values_of_.type(r.acc->type, own_lanes(r));
    if (r.tree_lanes > 1) r.lanes = e_.stack_array(element, r.tree_lanes);
    if (r.chunked) r.counter = e_.stack_array(element, counter_levels);
  }
}

// How many iterations run side by side, and how many times the body is copied so that each lane
// of a tree is a register.
void Reduction::choose_shape() {
  if (e_.lanes_ > 1 || loop_.width <= 1) return;
  unsigned width = static_cast<unsigned>(loop_.width);
  unsigned most = 1;
  for (const Running& r : running_) {
    if (r.tree_lanes == 1) continue;
    if (!std::has_single_bit(r.tree_lanes)) return;
    width = std::min(width, r.tree_lanes);
    most = std::max(most, r.tree_lanes);
  }
  if (!std::has_single_bit(width)) return;
  width_ = width;
  const std::optional<int> cost = body_cost(e_.kernel_, loop_.body);
  if (!cost) return;
  if (most > 1) {
    const unsigned copies = most / width;
    if (copies == 1 || static_cast<int>(copies) * *cost <= unroll_budget) copies_ = copies;
  } else if (*cost <= 24) {
    copies_ = *cost <= 8 ? 4 : 2;
  }
}

Reduction::Carried Reduction::neutral(const Running& r, unsigned lanes) const {
  Scalar v = neutral_value(r.acc->fold, r.acc->type);
  if (r.negate) v = neutral_value(Fold::minimum, r.acc->type);
  Carried state{e_.values_of_.constant(v, lanes)};
  if (is_arg(r.acc->fold))
    state.push_back(e_.values_of_.constant({DType::I64, no_position}, lanes));
  return state;
}

// What the iteration or iterations just emitted contribute.
Reduction::Carried Reduction::incoming(const Running& r) {
  const bool vector = e_.vector_loop_ == id_ || r.varying;
  const auto get = [&](Id id) { return vector ? e_.wide(id) : e_.value(id); };
  Carried v{get(r.acc->value)};
  if (r.negate) v[0] = b_.CreateFNeg(v[0]);
  if (is_arg(r.acc->fold)) v.push_back(get(r.acc->position_value));
  return v;
}

Value* Reduction::operation(const Running& r, Value* a, Value* b) {
  const DType t = r.acc->type;
  switch (r.acc->fold) {
    case Fold::add:
      return ir::is_float(t) ? b_.CreateFAdd(a, b) : b_.CreateAdd(a, b);
    case Fold::mul:
      return ir::is_float(t) ? b_.CreateFMul(a, b) : b_.CreateMul(a, b);
    case Fold::minimum:
      return e_.values_of_.minimum({a, t, r.facts}, {b, t, r.facts});
    case Fold::maximum:
      if (r.negate) return e_.values_of_.minimum({a, t, {}}, {b, t, {}});
      return e_.values_of_.maximum({a, t, r.facts}, {b, t, r.facts});
    case Fold::bit_and:
      return b_.CreateAnd(a, b);
    case Fold::bit_or:
      return b_.CreateOr(a, b);
    case Fold::bit_xor:
      return b_.CreateXor(a, b);
    default:
      ir::bug("llvm: an arg fold has no single operation");
  }
}

Reduction::Carried Reduction::pick(Value* second, const Carried& a, const Carried& b) {
  return {b_.CreateSelect(second, b[0], a[0]), b_.CreateSelect(second, b[1], a[1])};
}

// Adds later iterations to a state: the first extreme stays, the first NaN most of all.
Reduction::Carried Reduction::fold(const Running& r, const Carried& state, const Carried& v) {
  if (!is_arg(r.acc->fold)) return {operation(r, state[0], v[0])};
  const bool least = r.acc->fold == Fold::arg_minimum;
  Value* better = nullptr;
  if (ir::is_float(r.acc->type)) {
    better = least ? b_.CreateFCmpULT(v[0], state[0]) : b_.CreateFCmpUGT(v[0], state[0]);
    better = b_.CreateAnd(better, b_.CreateFCmpORD(state[0], state[0]));
  } else if (ir::is_signed(r.acc->type)) {
    better = least ? b_.CreateICmpSLT(v[0], state[0]) : b_.CreateICmpSGT(v[0], state[0]);
  } else {
    better = least ? b_.CreateICmpULT(v[0], state[0]) : b_.CreateICmpUGT(v[0], state[0]);
  }
  llvm::Constant* none = llvm::ConstantInt::get(state[1]->getType(), no_position);
  return pick(b_.CreateOr(better, b_.CreateICmpEQ(state[1], none)), state, v);
}

// Joins states of different iterations: of equal extremes the one at the smaller position stays.
Reduction::Carried Reduction::merge(const Running& r, const Carried& a, const Carried& b) {
  if (!is_arg(r.acc->fold)) return {operation(r, a[0], b[0])};
  const bool least = r.acc->fold == Fold::arg_minimum;
  Value* better = nullptr;
  Value* tie = nullptr;
  if (ir::is_float(r.acc->type)) {
    Value* a_number = b_.CreateFCmpORD(a[0], a[0]);
    Value* b_number = b_.CreateFCmpORD(b[0], b[0]);
    better = least ? b_.CreateFCmpULT(b[0], a[0]) : b_.CreateFCmpUGT(b[0], a[0]);
    better = b_.CreateAnd(better, a_number);
    tie = b_.CreateOr(b_.CreateFCmpOEQ(a[0], b[0]), b_.CreateNot(b_.CreateOr(a_number, b_number)));
  } else {
    const bool is_signed = ir::is_signed(r.acc->type);
    const auto less = is_signed ? llvm::CmpInst::ICMP_SLT : llvm::CmpInst::ICMP_ULT;
    better = least ? b_.CreateICmp(less, b[0], a[0]) : b_.CreateICmp(less, a[0], b[0]);
    tie = b_.CreateICmpEQ(a[0], b[0]);
  }
  tie = b_.CreateAnd(tie, b_.CreateICmpSLT(b[1], a[1]));
  return pick(b_.CreateOr(better, tie), a, b);
}

Reduction::Carried Reduction::horizontal(const Running& r, Carried v) {
  for (unsigned lanes = width_; lanes > 1; lanes /= 2) {
    std::vector<int> low, high;
    for (unsigned i = 0; i < lanes / 2; ++i) {
      low.push_back(static_cast<int>(i));
      high.push_back(static_cast<int>(i + lanes / 2));
    }
    Carried first, second;
    for (Value* x : v) {
      first.push_back(b_.CreateShuffleVector(x, low));
      second.push_back(b_.CreateShuffleVector(x, high));
    }
    v = merge(r, first, second);
  }
  for (Value*& x : v) x = b_.CreateExtractElement(x, std::uint64_t{0});
  return v;
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

// --- lanes of a tree, kept in memory outside the unrolled loop

void Reduction::clear_lanes() {
  for (const Running& r : running_) {
    if (!r.in_memory()) continue;
    const llvm::Align align(64);
    if (!r.varying) {
      b_.CreateAlignedStore(neutral(r, r.tree_lanes)[0], r.lanes, align);
      continue;
    }
    Value* none = neutral(r, own_lanes(r))[0];
    e_.counted_loop("clear", b_.getInt64(0), b_.getInt64(r.tree_lanes), 1, {},
                    [&](Value* lane, llvm::BasicBlock*, const Carried&) {
                      b_.CreateStore(none, b_.CreateGEP(none->getType(), r.lanes, lane));
                      return Carried{};
                    });
  }
}

void Reduction::store_lanes(const Running& r, const Carried& parts) {
  llvm::Type* element = e_.values_of_.type(r.acc->type, 1);
  for (unsigned part = 0; part < parts.size(); ++part) {
    Value* at = b_.CreateConstGEP1_64(element, r.lanes, std::uint64_t{part} * width_);
    b_.CreateAlignedStore(parts[part], at, llvm::Align(8));
  }
}

// `position` in the chunk decides the lane; a vector context takes width_ lanes from there.
void Reduction::accumulate_in_memory(const Running& r, Value* position) {
  const bool vector = e_.vector_loop_ == id_;
  Value* lane = b_.CreateURem(position, b_.getInt64(r.tree_lanes));
  Value* at = b_.CreateGEP(e_.values_of_.type(r.acc->type, own_lanes(r)), r.lanes, lane);
  llvm::Type* type = e_.values_of_.type(r.acc->type, vector ? width_ : own_lanes(r));
  const llvm::Align align(static_cast<unsigned>(ir::item_size(r.acc->type)));
  Value* sum = operation(r, b_.CreateAlignedLoad(type, at, align), incoming(r)[0]);
  b_.CreateAlignedStore(sum, at, align);
}

// Lanes are halved down to 8, and those folded in order.
Value* Reduction::fold_lanes(const Running& r) {
  std::vector<Value*> lanes;
  unsigned count = r.tree_lanes;
  if (r.varying) {
    llvm::Type* element = e_.values_of_.type(r.acc->type, own_lanes(r));
    for (unsigned lane = 0; lane < count; ++lane) {
      lanes.push_back(b_.CreateLoad(element, b_.CreateConstGEP1_64(element, r.lanes, lane)));
    }
    for (; count > 8 && count % 2 == 0; count /= 2) {
      for (unsigned i = 0; i < count / 2; ++i)
        lanes[i] = operation(r, lanes[i], lanes[i + count / 2]);
    }
  } else {
    Value* all =
        b_.CreateAlignedLoad(e_.values_of_.type(r.acc->type, count), r.lanes, llvm::Align(64));
    for (; count > 8 && count % 2 == 0; count /= 2) {
      std::vector<int> low, high;
      for (unsigned i = 0; i < count / 2; ++i) {
        low.push_back(static_cast<int>(i));
        high.push_back(static_cast<int>(i + count / 2));
      }
      all = operation(r, b_.CreateShuffleVector(all, low), b_.CreateShuffleVector(all, high));
    }
    for (unsigned i = 0; i < count; ++i) lanes.push_back(b_.CreateExtractElement(all, i));
  }
  Value* sum = lanes[0];
  for (unsigned i = 1; i < count; ++i) sum = operation(r, sum, lanes[i]);
  return sum;
}

// --- the loop over a range of iterations

// Adds the iterations just emitted to a state that is kept in registers.
void Reduction::accumulate(const Running& r, Carried& state, unsigned copy) {
  const Carried v = incoming(r);
  if (r.ordered && !r.in_memory() && e_.vector_loop_ == id_) {  // one lane: all in order
    state[0] = r.acc->fold == Fold::add ? b_.CreateFAddReduce(state[0], v[0])
                                        : b_.CreateFMulReduce(state[0], v[0]);
    return;
  }
  const std::size_t each = v.size();
  const auto at = static_cast<std::ptrdiff_t>(copy % (state.size() / each) * each);
  const Carried part(state.begin() + at, state.begin() + at + static_cast<std::ptrdiff_t>(each));
  const Carried sum = fold(r, part, v);
  std::copy(sum.begin(), sum.end(), state.begin() + at);
}

// Copies of the body, each `width_` iterations, with one register for each part of a tree's lanes.
// The lanes then go to memory, and several states of an order-free fold become one.
Reduction::State Reduction::unrolled_loop(Value* begin, Value* end, State state) {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const Running& r = running_[i];
    if (r.ordered && !r.in_memory()) continue;
    const unsigned parts = r.in_memory() ? r.tree_lanes / width_ : std::min(copies_, 4u);
    const Carried one = neutral(r, width_);
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
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const Running& r = running_[i];
    if (r.in_memory()) {
      store_lanes(r, state[i]);
      state[i].clear();
    } else if (!r.ordered) {
      const std::ptrdiff_t each = is_arg(r.acc->fold) ? 2 : 1;
      Carried all(state[i].begin(), state[i].begin() + each);
      for (auto at = state[i].begin() + each; at != state[i].end(); at += each) {
        all = merge(r, all, Carried(at, at + each));
      }
      state[i] = all;
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
    e_.leave();
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (running_[i].in_memory()) {
        accumulate_in_memory(running_[i], b_.CreateSub(index, first));
      } else {
        accumulate(running_[i], now[i], 0);
      }
    }
    return flatten(now);
  };
  return unflatten(e_.counted_loop(loop_.name, begin, end, step, flatten(state), body), state);
}

// All iterations of one chunk, or all there are. Lanes start afresh; other states go on.
Reduction::State Reduction::range(Value* begin, Value* end, State state) {
  Value* at = begin;
  if (copies_ == 0) clear_lanes();
  if (width_ > 1) {
    State wide = state;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (!running_[i].ordered) wide[i] = neutral(running_[i], width_);
    }
    e_.with_lanes(id_, width_, [&] {
      if (copies_ > 0) {
        Value* stop = e_.round_down(at, end, static_cast<std::int64_t>(copies_) * width_);
        wide = unrolled_loop(at, stop, std::move(wide));
        at = stop;
      }
      if (copies_ != 1) {
        Value* stop = e_.round_down(at, end, width_);
        wide = step_loop(begin, at, stop, wide, width_);
        at = stop;
      }
    });
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const Running& r = running_[i];
      state[i] = r.ordered ? wide[i] : merge(r, state[i], horizontal(r, wide[i]));
    }
  }
  state = step_loop(begin, at, end, state, 1);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (running_[i].in_memory()) state[i] = {fold_lanes(running_[i])};
  }
  return state;
}

// --- chunks, folded as a binary counter counts

// `count` chunks came before: the result of as many levels as it has trailing ones joins this one.
void Reduction::push_chunk(const Running& r, Value* v, Value* count) {
  Value* level = b_.CreateIntrinsic(llvm::Intrinsic::cttz, {b_.getInt64Ty()},
                                    {b_.CreateNot(count), b_.getFalse()});
  const auto join = [&](Value* l, llvm::BasicBlock*, const Carried& sum) {
    Value* earlier = b_.CreateLoad(v->getType(), b_.CreateGEP(v->getType(), r.counter, l));
    return Carried{operation(r, earlier, sum[0])};
  };
  const Carried sum = e_.counted_loop("join", b_.getInt64(0), level, 1, {v}, join);
  b_.CreateStore(sum[0], b_.CreateGEP(v->getType(), r.counter, level));
}

// What is left, from the smallest up.
Value* Reduction::fold_chunks(const Running& r, Value* count) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Type* type = e_.values_of_.type(r.acc->type, own_lanes(r));
  Value* lowest = b_.CreateIntrinsic(llvm::Intrinsic::cttz, {i64}, {count, b_.getFalse()});
  Value* zeros = b_.CreateIntrinsic(llvm::Intrinsic::ctlz, {i64}, {count, b_.getFalse()});
  Value* start = b_.CreateLoad(type, b_.CreateGEP(type, r.counter, lowest));
  const auto join = [&](Value* level, llvm::BasicBlock*, const Carried& sum) {
    Value* earlier = b_.CreateLoad(type, b_.CreateGEP(type, r.counter, level));
    Value* bit = b_.CreateAnd(b_.CreateLShr(count, level), b_.getInt64(1));
    Value* joined = operation(r, earlier, sum[0]);
    return Carried{b_.CreateSelect(b_.CreateICmpNE(bit, b_.getInt64(0)), joined, sum[0])};
  };
  return e_.counted_loop("rest", b_.CreateAdd(lowest, b_.getInt64(1)),
                         b_.CreateSub(b_.getInt64(64), zeros), 1, {start}, join)[0];
}

Reduction::State Reduction::chunks(Value* begin, Value* end) {
  State state;
  for (const Running& r : running_)
    state.push_back(r.chunked ? Carried{} : neutral(r, own_lanes(r)));
  Carried initial = flatten(state);
  initial.push_back(b_.getInt64(0));  // chunks so far
  const auto body = [&](Value* index, llvm::BasicBlock*, const Carried& flat) {
    Value* limit = b_.CreateAdd(index, b_.getInt64(static_cast<std::uint64_t>(chunk_)));
    Value* stop = b_.CreateSelect(b_.CreateICmpSLT(limit, end), limit, end);
    State now = unflatten(flat, state);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const Running& r = running_[i];
      if (r.chunked) now[i] = r.in_memory() ? Carried{} : neutral(r, own_lanes(r));
    }
    now = range(index, stop, std::move(now));
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (!running_[i].chunked) continue;
      push_chunk(running_[i], now[i][0], flat.back());
      now[i].clear();
    }
    Carried next = flatten(now);
    next.push_back(b_.CreateAdd(flat.back(), b_.getInt64(1)));
    return next;
  };
  const Carried flat = e_.counted_loop("chunk", begin, end, chunk_, initial, body);
  State result = unflatten(flat, state);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (running_[i].chunked) result[i] = {fold_chunks(running_[i], flat.back())};
  }
  return result;
}

void Reduction::run(Value* begin, Value* end) {
  State state;
  if (chunk_ > 0) {
    state = chunks(begin, end);
  } else {
    for (const Running& r : running_) {
      state.push_back(r.in_memory() ? Carried{} : neutral(r, own_lanes(r)));
    }
    state = range(begin, end, std::move(state));
  }
  std::vector<Carried>& results = e_.results_[e_.kernel_.nodes[id_].index];
  results.resize(loop_.accumulators.size());
  Value* none = b_.CreateICmpSGE(begin, end);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const Running& r = running_[i];
    if (r.negate) state[i][0] = b_.CreateFNeg(state[i][0]);
    Value* identity = e_.values_of_.constant(r.acc->identity, own_lanes(r));
    state[i][0] = b_.CreateSelect(none, identity, state[i][0]);
    if (is_arg(r.acc->fold)) {
      Value* zero = llvm::Constant::getNullValue(state[i][1]->getType());
      state[i][1] = b_.CreateSelect(none, zero, state[i][1]);
    }
    results[r.index] = state[i];
  }
}

// --- any loop

void StageEmitter::emit_loop(Id id, Value* begin, Value* end) {
  const Loop& loop = kernel_.loops[kernel_.nodes[id].index];
  if (loop.accumulators.empty()) {
    if (lanes_ == 1 && loop.width > 1) {
      const auto width = static_cast<unsigned>(loop.width);
      Value* middle = round_down(begin, end, width);
      with_lanes(id, width, [&] { plain_loop(id, begin, middle); });
      begin = middle;
    }
    return plain_loop(id, begin, end);
  }
  // Trees with different chunks cannot share a loop's chunks: the loop is run once for each.
  std::map<std::int64_t, std::vector<std::uint32_t>> by_chunk;
  std::vector<std::uint32_t> others;
  for (std::uint32_t i = 0; i < loop.accumulators.size(); ++i) {
    const Accumulator& acc = loop.accumulators[i];
    const bool one_chunk = acc.tree.chunk <= 0 ||
                           (loop.extent.is_constant() && loop.extent.constant() <= acc.tree.chunk);
    if (is_ordered(acc) && (!one_chunk || acc.tree.lanes > 1)) {
      by_chunk[one_chunk ? 0 : acc.tree.chunk].push_back(i);
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
