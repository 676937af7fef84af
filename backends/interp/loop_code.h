// The loop level interpreted: a kernel as lists of steps that run on blocks of iterations.
//
// A loop without loops in it runs block_size iterations at a time, each step for all of them before
// the next step, unless an iteration could see what another one stores; other loops run one
// iteration at a time. Widths and parallel marks do not matter. Every access is checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/executor.h"
#include "backends/fold.h"
#include "backends/interp/tape.h"

namespace arrayc::backends::interp {

class LoopCode final : public KernelCode {
 public:
  // The kernel may be in any phase that has loops; `fma` is the FMA class for ufuncs that are left.
  LoopCode(std::shared_ptr<const ir::loops::Kernel> kernel, bool fma);

  bool checks_accesses() const override { return true; }
  // Without `buffers` nothing is checked, and buffers must not overlap.
  std::int32_t run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                   std::int64_t end) const override;
  std::int32_t run_checked(std::uint32_t stage, const std::int64_t* slots, CheckedBuffer* buffers,
                           std::int64_t begin, std::int64_t end) const override;

 private:
  // Values live in a frame of bytes. A value has 8 bytes, or a block if a loop that runs in blocks
  // makes or reads it; its first element is the value where there is one only.
  using Offset = std::uint32_t;

  enum class StepKind : std::uint8_t { prim, tape, index, load, store, copy, loop };
  struct Step {
    StepKind kind;
    int item_size;  // of the value, or of what is stored
    BlockOp op;     // prim
    Offset out;
    Offset args[3];           // prim; store: the value; copy: from a value that is not repeated
    std::uint32_t number;     // tape, access or loop; index: the loop
    std::uint32_t first_arg;  // tape: in tape_args_
    std::uint32_t arg_count;
  };
  struct Access {
    std::uint32_t buffer;
    std::uint32_t slot;
    std::uint32_t offset;                                          // in sizes_
    std::vector<std::pair<std::uint32_t, std::uint32_t>> strides;  // loop, in sizes_
    std::int64_t dynamic;  // the offset of an i64 value, or −1
  };
  struct Accumulator {
    ir::loops::Fold fold;
    FoldOps ops;
    ir::Tree tree;
    ir::DType type;
    Offset value;
    bool has_factor = false;
    Offset factor;
    bool complex = false;
    Offset imaginary;
    Offset position;  // of arg folds
    Offset result;    // where the fold is kept, its imaginary part, and the position of arg folds
    Offset result_imaginary;
    Offset result_position;
    ir::Scalar identity;
  };
  struct Repeated {  // an outer value that a loop in blocks reads
    Offset at;
    int item_size;
  };
  struct Loop {
    std::uint32_t extent;  // in sizes_
    bool is_part = false;
    std::uint32_t part_loop = 0, part_step = 0, part_whole = 0;  // a loop, and in sizes_
    bool blocks = false;
    std::vector<Step> steps;
    std::vector<Accumulator> accumulators;
    std::uint32_t first_state = 0;  // of the accumulators' states
    std::vector<Repeated> repeated;
  };
  // A value that does not change in a call: a constant, a size or a scalar parameter.
  struct Fixed {
    Offset at;
    int item_size;
    bool block;
    std::int64_t size = -1;  // in sizes_, or
    std::int64_t slot = -1;  // a slot, or
    std::uint64_t bits = 0;  // the value
  };
  class Compiler;
  struct Running;

  void run_loop(std::uint32_t loop, std::int64_t begin, std::int64_t end, Running& state) const;
  void run_steps(const Loop& loop, std::uint32_t number, std::int64_t n, Running& state) const;
  void run_load(const Step& step, std::int64_t stride_loop, std::int64_t n, Running& state) const;
  void run_store(const Step& step, std::int64_t stride_loop, std::int64_t n, Running& state) const;
  template <typename Move>
  void transfer(const Access& access, int item_size, std::int64_t stride_loop, std::int64_t n,
                bool stored, const Running& state, Move move) const;
  void run_tape_step(const Step& step, std::int64_t n, Running& state) const;
  void set_fixed(std::int64_t longest, Running& state) const;
  void accumulate(const Loop& loop, std::int64_t n, Running& state) const;
  void finish_accumulators(const Loop& loop, Running& state) const;
  bool buffers_overlap(const std::int64_t* slots, const CheckedBuffer* buffers) const;
  std::int64_t extent_of(const Loop& loop, const Running& state) const;
  void place_locals(Running& state) const;
  std::int64_t longest_block_loop(std::uint32_t stage_loop, std::int64_t extent,
                                  const Running& state) const;

  std::shared_ptr<const ir::loops::Kernel> kernel_;
  std::vector<std::uint32_t> stages_;  // loops
  std::vector<Loop> loops_;
  std::vector<Access> accesses_;
  std::vector<Fixed> fixed_;
  std::vector<Size> sizes_;
  std::vector<std::uint32_t> size_slots_;  // the slot of each symbol of sizes_
  std::vector<std::unique_ptr<const Tape>> tapes_;
  std::vector<Offset> tape_args_;
  std::vector<std::uint32_t> buffer_slots_;  // parameters, then scratch
  std::uint32_t slot_count_ = 0;             // locals have slots beyond
  std::vector<bool> written_;                // buffers
  std::uint32_t states_ = 0;                 // accumulators of all loops
  std::size_t frame_bytes_ = 0;
  Offset tape_workspace_ = 0;
};

}  // namespace arrayc::backends::interp
