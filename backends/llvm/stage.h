// Emits the function of one stage of a kernel. The class's functions are in stage.cpp, memory.cpp,
// division.cpp, stream_code.cpp, rest.cpp and, for loops with accumulators, those of reduction.h;
// only these and emitter.cpp include this header.
//
// Code is emitted in one of two contexts: for one iteration at a time (lanes_ == 1), or for
// lanes_ iterations of vector_loop_ side by side. In the second a value is varying (a vector) if it
// depends on the index of vector_loop_, else uniform (a scalar, the same for all lanes).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backends/llvm/kernel_info.h"
#include "backends/llvm/rest.h"
#include "backends/llvm/streams.h"
#include "backends/llvm/values.h"
#include "ir/loops.h"

namespace arrayc::backends {

class StageEmitter {
 public:
  // With `streams`: for a call that moves more than caches hold.
  StageEmitter(llvm::Function& function, const KernelInfo& info, Native native,
               unsigned vector_bytes, const Streams* streams = nullptr);
  // `beyond`: the function to go on with where `bytes` are more than caches hold; or null.
  void emit(ir::loops::Id stage, llvm::Function* beyond = nullptr, const ir::Extent& bytes = 0);
  // The function for what the stage's own loop leaves over; `lanes` is the stage's.
  void emit_rest(ir::loops::Id stage, const LaneBuffers& buffers, llvm::Function& lanes);
  // To be called by the stage's own loop, instead of doing that one by one.
  void leave_rest_to(llvm::Function& rest) { rest_ = &rest; }

 private:
  friend class Reduction;
  using Id = ir::loops::Id;
  using Carried = std::vector<llvm::Value*>;

  // A loop that is being emitted. In a vector context `index` is that of lane 0.
  struct Frame {
    Id loop;
    llvm::Value* index;
    std::int64_t shift;      // added to `index`: which copy of an unrolled body this is
    llvm::BasicBlock* body;  // where addresses that depend on the index are computed
    std::map<std::uint32_t, llvm::Value*> addresses;  // of groups, for `index` and outer loops
  };
  // The wide loads of accesses side by side, kept until memory may have changed.
  struct Window {
    std::uint32_t group;
    std::int64_t start;
    std::int64_t first, last;  // elements of each step that are really accessed
    std::vector<llvm::Value*> parts;
  };

  // --- sizes, in the entry block
  llvm::Value* size(const ir::Extent& e);
  llvm::Value* make_size(const ir::Extent& e);
  llvm::Value* make_atom(const ir::ExtentAtom& atom);
  llvm::Value* slot(std::uint32_t index);
  llvm::Value* scalar_parameter(std::uint32_t param);
  static constexpr llvm::Align stack_align = llvm::Align::Constant<64>();
  llvm::AllocaInst* stack_array(llvm::Type* element, unsigned count);
  template <typename Make>
  llvm::Value* in_entry(Make make);

  // --- values
  void emit_block(const ir::loops::Block& block);
  void emit_node(Id id);
  llvm::Value* emit_prim(Id id);
  llvm::Value* emit_angle(Id id);
  Carried reduce_angles(llvm::Value* x, unsigned lanes);
  bool divides_by_one_number(Id id) const;
  llvm::Value* divide_by_one_number(llvm::Value* x, llvm::Value* s);
  const Carried& divisor(llvm::Value* s);
  llvm::Value* index_of(Id loop);
  llvm::Value* emit_index(Id id);
  bool varying(Id id) const { return lanes_ > 1 && varying_[id]; }
  llvm::Value* value(Id id) const { return values_[id]; }
  llvm::Value* wide(Id id) { return widen(values_[id]); }
  llvm::Value* widen(llvm::Value* v);
  // What `make` emits, right after a scalar, so that it leaves the loop if the scalar is outside.
  template <typename Make>
  void after(llvm::Value* scalar, Make make);
  void mark_varying(const ir::loops::Block& block);
  bool depends_on_lane(Id id) const;

  // --- memory
  llvm::Value* buffer_pointer(std::uint32_t buffer);
  llvm::Value* local_pointer(std::uint32_t local);
  llvm::Value* base(std::uint32_t group);
  llvm::Value* group_address(std::size_t frames, std::uint32_t group);
  llvm::Value* address(std::uint32_t access, std::int64_t more_bytes);
  llvm::Value* offset_by(llvm::Value* pointer, std::int64_t bytes);
  llvm::Value* lane_address(llvm::Value* pointer, const ir::loops::Access& access, unsigned lane);
  const ir::Extent* lane_stride(std::uint32_t access) const;
  llvm::Value* emit_load(Id id);
  llvm::Value* load_value(llvm::Value* pointer, ir::DType t, unsigned lanes);
  llvm::Value* gather(Id id);
  llvm::Value* strided_load(Id id, std::int64_t step);
  Window& window(Id id, std::int64_t step);
  void emit_store(Id id);
  llvm::StoreInst* store_value(llvm::Value* v, llvm::Value* pointer, ir::DType t);

  // --- memory beyond the caches; see streams.h
  bool is_stream(std::uint32_t access) const {
    return streams_ != nullptr && lanes_ > 1 && streams_->accesses[access];
  }
  void go_on_beyond(llvm::Function& beyond);
  void fetch_ahead(Id load);
  // Whether a store of all lanes is whole lines, if the first is aligned.
  bool fills_lines(Id store) const;
  void write_past_caches(llvm::StoreInst& store);
  llvm::Value* are_aligned(Id loop, llvm::Value* begin);
  llvm::Value* stream_loop(Id id, llvm::Value* begin, llvm::Value* end, llvm::Value* apart);
  void fence_streams();

  // --- loops
  llvm::Value* end_of(const ir::loops::Loop& loop);
  void emit_loop(Id id, llvm::Value* begin, llvm::Value* end);
  void plain_loop(Id id, llvm::Value* begin, llvm::Value* end);
  // Whether the iterations of a body may be repeated: no buffer it writes is one it reads.
  llvm::Value* may_repeat(const ir::loops::Block& body);
  // A loop in lanes without accumulators, [begin, end) of it.
  void vector_loop(Id id, llvm::Value* begin, llvm::Value* end);
  // Whether loads and stores of the loop's lanes can leave some out, as the processor does.
  bool can_mask(const ir::loops::Block& body, Id loop) const;
  // Of lanes first, first + 1, …: those that are less than `left`.
  llvm::Value* lanes_below(llvm::Value* left, unsigned lanes, unsigned first);
  // The iterations [begin, end), fewer than `lanes`, at once.
  void masked_step(Id id, unsigned lanes, llvm::Value* begin, llvm::Value* end);
  // Lanes for the iterations that a loop in lanes leaves over, less than `width`; 1: none. Rows may
  // be short, so loops within others have some.
  unsigned short_width(Id id, unsigned width) const;
  using Body = std::function<Carried(llvm::Value* index, llvm::BasicBlock* body, const Carried&)>;
  // for (i = begin; i < end; i += step); carried values start as `initial`. With `last`, which is
  // end - step, i never goes beyond that.
  Carried counted_loop(const std::string& name, llvm::Value* begin, llvm::Value* end,
                       std::int64_t step, const Carried& initial, const Body& body,
                       llvm::Value* last = nullptr);
  llvm::Value* round_down(llvm::Value* begin, llvm::Value* end, std::int64_t step);
  void enter(Id loop, llvm::Value* index, llvm::BasicBlock* body);
  void leave();
  void call_rest(llvm::Value* begin, llvm::Value* end);
  // Runs `emit` in a context with this many lanes of `loop`.
  void with_lanes(Id loop, unsigned lanes, const std::function<void()>& emit);

  llvm::Function& function_;
  const KernelInfo& info_;
  const ir::loops::Kernel& kernel_;
  llvm::IRBuilder<> b_;
  Values values_of_;
  llvm::BasicBlock* entry_;
  unsigned vector_bytes_;  // of a register
  const Streams* streams_;
  llvm::Function* rest_ = nullptr;   // null: what lanes leave over is done here, one by one
  bool writes_past_caches_ = false;  // in the loop at hand
  bool fenced_ = true;               // whether nothing was written past the caches
  std::set<std::pair<std::uint32_t, std::int64_t>> fetched_;  // lines of groups, by this block
  unsigned lanes_ = 1;
  llvm::Value* mask_ = nullptr;  // of the lanes that have an iteration; null: all
  Id vector_loop_ = ir::loops::none;
  std::vector<llvm::Value*> values_;  // of nodes, where they are visible
  std::vector<bool> varying_;         // of nodes within vector_loop_
  std::vector<std::vector<Carried>>
      results_;  // of loops' accumulators: value, imaginary part, position
  std::vector<Frame> frames_;
  std::vector<Window> windows_;
  std::map<llvm::Value*, Carried> angles_;   // turns, high and low of angles in this block
  const ir::loops::Block* block_ = nullptr;  // the block being emitted
  std::unordered_map<std::size_t, std::vector<std::pair<ir::Extent, llvm::Value*>>> sizes_;
  std::map<std::uint32_t, llvm::Value*> bases_, scalars_, locals_;
  std::map<std::pair<llvm::Value*, unsigned>, llvm::Value*> wide_;
  std::map<llvm::Value*, Carried> divisors_;  // inverse, negative, the largest number to divide
};

template <typename Make>
llvm::Value* StageEmitter::in_entry(Make make) {
  const auto here = b_.saveIP();
  b_.SetInsertPoint(entry_);
  llvm::Value* made = make();
  b_.restoreIP(here);
  return made;
}

template <typename Make>
void StageEmitter::after(llvm::Value* scalar, Make make) {
  const auto here = b_.saveIP();
  if (auto* made_by = llvm::dyn_cast<llvm::Instruction>(scalar)) {
    llvm::BasicBlock* block = made_by->getParent();
    b_.SetInsertPoint(block, llvm::isa<llvm::PHINode>(scalar) ? block->getFirstInsertionPt()
                                                              : std::next(made_by->getIterator()));
  } else {
    b_.SetInsertPoint(entry_, entry_->begin());
  }
  make();
  b_.restoreIP(here);
}

}  // namespace arrayc::backends
