// Loops whose folds are those of chunks, or of blocks that count positions; see reduction.h.
#include <llvm/IR/Intrinsics.h>

#include "backends/llvm/reduction.h"

namespace arrayc::backends {

using llvm::Value;

namespace {

// Iterations whose positions are 32-bit numbers.
constexpr std::int64_t block = std::int64_t{1} << 30;

}  // namespace

// --- chunks, folded in order or as a binary counter counts

// `count` chunks came before: the result of as many levels as it has trailing ones joins this one.
void Reduction::push_chunk(Running& r, Value* v, Value* count) {
  Value* level = b_.CreateIntrinsic(llvm::Intrinsic::cttz, {b_.getInt64Ty()},
                                    {b_.CreateNot(count), b_.getFalse()});
  const auto join = [&](Value* l, llvm::BasicBlock*, const Carried& sum) {
    return Carried{r.folding.operation(load_item(v->getType(), r.counter, l), sum[0])};
  };
  const Carried sum = e_.counted_loop("join", b_.getInt64(0), level, 1, {v}, join);
  store_item(sum[0], r.counter, level);
}

// What is left, from the smallest up.
Value* Reduction::fold_chunks(Running& r, Value* count) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Type* type = this->type(r, own_lanes(r));
  Value* lowest = b_.CreateIntrinsic(llvm::Intrinsic::cttz, {i64}, {count, b_.getFalse()});
  Value* zeros = b_.CreateIntrinsic(llvm::Intrinsic::ctlz, {i64}, {count, b_.getFalse()});
  Value* start = load_item(type, r.counter, lowest);
  const auto join = [&](Value* level, llvm::BasicBlock*, const Carried& sum) {
    Value* earlier = load_item(type, r.counter, level);
    Value* shifted = e_.values_of_.guarded(b_.CreateLShr(count, level), "fold_chunks");
    Value* bit = b_.CreateAnd(shifted, b_.getInt64(1));
    Value* joined = r.folding.operation(earlier, sum[0]);
    return Carried{b_.CreateSelect(b_.CreateICmpNE(bit, b_.getInt64(0)), joined, sum[0])};
  };
  return e_.counted_loop("rest", b_.CreateAdd(lowest, b_.getInt64(1)),
                         b_.CreateSub(b_.getInt64(64), zeros), 1, {start}, join)[0];
}

Reduction::State Reduction::chunks(Value* begin, Value* end) {
  State state;
  for (const Running& r : running_)
    state.push_back(r.counts() ? Carried{} : r.folding.neutral(own_lanes(r)));
  Carried initial = flatten(state);
  initial.push_back(b_.getInt64(0));  // chunks so far
  const auto body = [&](Value* index, llvm::BasicBlock*, const Carried& flat) {
    Value* stop = b_.CreateAdd(index, b_.getInt64(static_cast<std::uint64_t>(chunk_)));
    if (chunk_ > 1) stop = b_.CreateSelect(b_.CreateICmpSLT(stop, end), stop, end);
    const State before = unflatten(flat, state);
    State now = before;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      Running& r = running_[i];
      if (r.chunked) now[i] = r.in_memory() ? Carried{} : r.folding.neutral(own_lanes(r));
    }
    now = chunk_ == 1 && width_ == 1 ? one_iteration(index, std::move(now))
                                     : range(index, stop, std::move(now));
    for (std::size_t i = 0; i < running_.size(); ++i) {
      Running& r = running_[i];
      if (r.counts()) {
        push_chunk(r, now[i][0], flat.back());
        now[i].clear();
      } else if (r.chunked) {
        now[i] = {r.folding.operation(before[i][0], now[i][0])};
      }
    }
    Carried next = flatten(now);
    next.push_back(b_.CreateAdd(flat.back(), b_.getInt64(1)));
    return next;
  };
  const Carried flat = e_.counted_loop("chunk", begin, end, chunk_, initial, body);
  State result = unflatten(flat, state);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (running_[i].counts()) result[i] = {fold_chunks(running_[i], flat.back())};
  }
  return result;
}

// Blocks of positions that count from their beginning.
Reduction::State Reduction::blocks(Value* begin, Value* end) {
  State none, all;
  for (Running& r : running_) {
    none.push_back(r.folding.neutral(own_lanes(r)));
    all.push_back(r.folding.at(b_.getInt64(0), none.back()));
  }
  const auto body = [&](Value* index, llvm::BasicBlock*, const Carried& flat) {
    Value* stop = b_.CreateAdd(index, b_.getInt64(block));
    stop = b_.CreateSelect(b_.CreateICmpSLT(stop, end), stop, end);
    base_ = index;
    const State found = range(index, stop, none);
    State now = unflatten(flat, all);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      FoldValues& folding = running_[i].folding;
      now[i] = folding.merge(now[i], folding.at(index, found[i]));
    }
    return flatten(now);
  };
  return unflatten(e_.counted_loop("block", begin, end, block, flatten(all), body), all);
}

}  // namespace arrayc::backends
