// Emits one loop with accumulators. The class's functions are in reduction.cpp and, for trees of
// chunks and positions in blocks, in chunks.cpp; only those files include this header.
#pragma once

#include <string>
#include <vector>

#include "backends/llvm/fold_values.h"
#include "backends/llvm/stage.h"

namespace arrayc::backends {

// All accumulators have the same chunk.
class Reduction {
 public:
  // `chunk`: of the ordered folds; 0: all iterations are one chunk.
  Reduction(StageEmitter& emitter, ir::loops::Id id, const std::vector<std::uint32_t>& accumulators,
            std::int64_t chunk);
  void run(llvm::Value* begin, llvm::Value* end);

 private:
  using Carried = StageEmitter::Carried;
  struct Running {
    const ir::loops::Accumulator* acc;
    std::uint32_t index;  // among the loop's accumulators
    bool ordered;
    unsigned tree_lanes;
    bool varying;  // differs between the lanes of a vector loop around this one
    FoldValues folding;
    llvm::AllocaInst* lanes = nullptr;    // of an ordered fold with tree_lanes > 1
    llvm::AllocaInst* counter = nullptr;  // chunk results, by level
    bool chunked = false;
    bool counts() const { return chunked && !acc->tree.in_order; }
    bool is_product() const { return acc->factor != ir::loops::none; }
    bool in_memory() const { return lanes != nullptr; }
  };
  // For each accumulator its values: none (kept in memory), one, value and position, or, in the
  // unrolled loop, several of these.
  using State = std::vector<Carried>;

  bool have_narrow_positions() const;
  llvm::Value* narrow_position(bool vector);
  State blocks(llvm::Value* begin, llvm::Value* end);
  void choose_shape();
  unsigned free_copies(unsigned width) const;
  llvm::Value* operand(const Running& r, ir::loops::Id id);
  Carried incoming(Running& r);
  llvm::Value* added(Running& r, llvm::Value* sum);
  unsigned own_lanes(const Running& r) const { return r.varying ? e_.lanes_ : 1; }
  // Of `lanes` values of a fold that is kept as one vector.
  llvm::Type* type(const Running& r, unsigned lanes) const {
    return e_.values_of_.type(r.acc->type, lanes * r.folding.parts());
  }

  std::vector<unsigned> step_widths() const;
  State range(llvm::Value* begin, llvm::Value* end, State state);
  // Whether what the unrolled loop leaves over can be done in its lanes, some of them masked.
  bool masks() const;
  // `last`: where masked iterations end that follow; null: none do.
  State unrolled_loop(llvm::Value* begin, llvm::Value* end, llvm::Value* last, State state);
  void masked_iterations(llvm::Value* left, State& state);
  State one_iteration(llvm::Value* index, State state);
  State step_loop(llvm::Value* first, llvm::Value* begin, llvm::Value* end, const State& state,
                  std::int64_t step);
  void accumulate(Running& r, Carried& state, unsigned copy);
  void accumulate_in_memory(Running& r, llvm::Value* position);
  llvm::Align item_align(llvm::Type* type) const;
  llvm::Value* load_item(llvm::Type* type, llvm::AllocaInst* array, llvm::Value* index);
  void store_item(llvm::Value* v, llvm::AllocaInst* array, llvm::Value* index);
  void clear_lanes();
  void store_lanes(const Running& r, const Carried& parts);
  Carried load_lanes(const Running& r);
  llvm::Value* fold_lanes(Running& r, Carried parts);
  void push_chunk(Running& r, llvm::Value* v, llvm::Value* count);
  llvm::Value* fold_chunks(Running& r, llvm::Value* count);
  State chunks(llvm::Value* begin, llvm::Value* end);
  static Carried flatten(const State& state);
  static State unflatten(const Carried& flat, const State& shape);

  static constexpr unsigned counter_levels = 65;

  StageEmitter& e_;
  llvm::IRBuilder<>& b_;
  ir::loops::Id id_;
  const ir::loops::Loop& loop_;
  std::int64_t chunk_;
  bool narrow_;  // positions are numbers of 32 bits
  std::vector<Running> running_;
  llvm::Value* base_ =
      nullptr;           // where the block at hand begins, if positions are counted from there
  unsigned width_ = 1;   // iterations side by side
  unsigned copies_ = 0;  // of the body in the unrolled loop; 0: there is no unrolled loop
};

}  // namespace arrayc::backends
