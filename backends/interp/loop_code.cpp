#include "backends/interp/loop_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <variant>

#include "backends/interp/strided.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

namespace {

// A fold while its loop runs.
struct ArgState {
  ExtremeSearch search;
  std::int64_t position = 0;
};
using State = std::variant<std::monostate, TreeFold, ArgState>;

}  // namespace

struct LoopCode::Running {
  const std::int64_t* slots;  // those of locals too
  CheckedBuffer* buffers;
  std::int64_t width;  // iterations in a block
  std::unique_ptr<std::byte[]> memory;
  std::byte* frame;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> index;  // of each loop: the iteration, or the first of the block
  std::vector<State> states;
  std::unique_ptr<std::byte[]> locals;
  std::vector<std::int64_t> own_slots;
};

std::int32_t LoopCode::run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                           std::int64_t end) const {
  return run_checked(stage, slots, nullptr, begin, end);
}

std::int32_t LoopCode::run_checked(std::uint32_t stage, const std::int64_t* slots,
                                   CheckedBuffer* buffers, std::int64_t begin,
                                   std::int64_t end) const {
  if (begin >= end) return ARRAYC_OK;
  Running state{slots, buffers, block_size, nullptr, nullptr, {}, {}, {}, nullptr, {}};
  // Buffers that share memory are read and written in the order of the iterations.
  if (buffers && buffers_overlap(slots, buffers)) state.width = 1;
  state.memory.reset(new std::byte[frame_bytes_ + 64]);
  const auto address = reinterpret_cast<std::uintptr_t>(state.memory.get());
  state.frame = state.memory.get() + (64 - address % 64) % 64;
  std::vector<std::int64_t> symbols;
  symbols.reserve(size_slots_.size());
  for (const std::uint32_t slot : size_slots_) symbols.push_back(slots[slot]);
  state.sizes.reserve(sizes_.size());
  for (const Size& size : sizes_) state.sizes.push_back(size(symbols));
  state.index.assign(loops_.size(), 0);
  state.states.resize(states_);
  const std::uint32_t loop = stages_.at(stage);
  if (!kernel_->locals.empty()) place_locals(state);
  set_fixed(longest_block_loop(loop, end - begin, state), state);
  run_loop(loop, begin, end, state);
  return ARRAYC_OK;
}

// Bytes that no value is made of, so that a value read before it is stored is noticed.
void LoopCode::place_locals(Running& state) const {
  const auto bytes = static_cast<std::size_t>(ir::loops::local_bytes(*kernel_));
  state.locals.reset(new std::byte[bytes]);
  std::memset(state.locals.get(), 0xff, bytes);
  state.own_slots.assign(state.slots, state.slots + slot_count_);
  std::byte* at = state.locals.get();
  for (const ir::loops::Scratch& s : kernel_->locals) {
    state.own_slots.push_back(reinterpret_cast<std::intptr_t>(at));
    at += s.count.constant() * ir::item_size(s.type);
  }
  state.slots = state.own_slots.data();
}

std::int64_t LoopCode::extent_of(const Loop& loop, const Running& state) const {
  const std::int64_t most = state.sizes[loop.extent];
  if (!loop.is_part) return most;
  const std::int64_t before = state.sizes[loop.part_step] * state.index[loop.part_loop];
  return std::min(most, state.sizes[loop.part_whole] - before);
}

std::int64_t LoopCode::longest_block_loop(std::uint32_t stage_loop, std::int64_t extent,
                                          const Running& state) const {
  std::int64_t longest = 1;
  for (std::uint32_t k = 0; k < loops_.size(); ++k) {
    if (!loops_[k].blocks) continue;
    longest = std::max(longest, k == stage_loop ? extent : state.sizes[loops_[k].extent]);
  }
  return longest;
}

bool LoopCode::buffers_overlap(const std::int64_t* slots, const CheckedBuffer* buffers) const {
  for (std::size_t a = 0; a < buffer_slots_.size(); ++a) {
    if (!written_[a]) continue;
    for (std::size_t b = 0; b < buffer_slots_.size(); ++b) {
      if (a == b) continue;
      const std::int64_t at_a = slots[buffer_slots_[a]];
      const std::int64_t at_b = slots[buffer_slots_[b]];
      const ByteRange& range_a = buffers[a].range;
      const ByteRange& range_b = buffers[b].range;
      if (at_a + range_a.begin < at_b + range_b.end && at_b + range_b.begin < at_a + range_a.end) {
        return true;
      }
    }
  }
  return false;
}

void LoopCode::set_fixed(std::int64_t longest, Running& state) const {
  const std::int64_t copies = std::min(longest, state.width);
  for (const Fixed& fixed : fixed_) {
    std::uint64_t bits = fixed.bits;
    if (fixed.size >= 0) {
      bits = static_cast<std::uint64_t>(state.sizes[static_cast<std::size_t>(fixed.size)]);
    }
    if (fixed.slot >= 0) bits = static_cast<std::uint64_t>(state.slots[fixed.slot]);
    fill_block(state.frame + fixed.at, &bits, fixed.item_size, fixed.block ? copies : 1);
  }
}

// Depth: that of the nest.
void LoopCode::run_loop(std::uint32_t number, std::int64_t begin, std::int64_t end,
                        Running& state) const {
  const Loop& loop = loops_[number];
  for (std::size_t k = 0; k < loop.accumulators.size(); ++k) {
    const Accumulator& a = loop.accumulators[k];
    State& fold = state.states[loop.first_state + k];
    if (auto* tree = std::get_if<TreeFold>(&fold)) {
      tree->reset();
    } else if (a.ops.rows) {
      fold.emplace<TreeFold>(a.ops, a.tree);
    } else {
      const ir::DType type = a.complex ? ir::complex_dtype(a.type) : a.type;
      fold = ArgState{ExtremeSearch(a.fold == ir::loops::Fold::arg_maximum, type), 0};
    }
  }
  if (loop.blocks) {
    for (const Repeated& value : loop.repeated) {
      std::byte* at = state.frame + value.at;
      std::uint64_t bits = 0;
      std::memcpy(&bits, at, static_cast<std::size_t>(value.item_size));
      fill_block(at, &bits, value.item_size, std::min(end - begin, state.width));
    }
  }
  const std::int64_t width = loop.blocks ? state.width : 1;
  for (std::int64_t i = begin; i < end; i += width) {
    const std::int64_t n = std::min(width, end - i);
    state.index[number] = i;
    run_steps(loop, number, n, state);
    accumulate(loop, n, state);
  }
  finish_accumulators(loop, state);
}

void LoopCode::accumulate(const Loop& loop, std::int64_t n, Running& state) const {
  for (std::size_t k = 0; k < loop.accumulators.size(); ++k) {
    const Accumulator& a = loop.accumulators[k];
    State& fold = state.states[loop.first_state + k];
    const std::byte* values = state.frame + a.value;
    alignas(16) std::byte complex[block_size * 16];
    if (a.complex) {
      const int part = ir::item_size(a.type);
      scatter(complex, 2 * part, values, part, n);
      scatter(complex + part, 2 * part, state.frame + a.imaginary, part, n);
      values = complex;
    }
    if (auto* tree = std::get_if<TreeFold>(&fold)) {
      tree->push(values, n, a.has_factor ? state.frame + a.factor : nullptr);
      continue;
    }
    ArgState& arg = std::get<ArgState>(fold);
    const std::int64_t at = arg.search.push(values, n);
    if (at >= 0) std::memcpy(&arg.position, state.frame + a.position + at * 8, 8);
  }
}

void LoopCode::finish_accumulators(const Loop& loop, Running& state) const {
  for (std::size_t k = 0; k < loop.accumulators.size(); ++k) {
    const Accumulator& a = loop.accumulators[k];
    State& fold = state.states[loop.first_state + k];
    std::uint64_t result[2] = {a.identity.bits, 0};
    const auto part = static_cast<std::size_t>(ir::item_size(a.type));
    const std::size_t item = a.complex ? 2 * part : part;
    bool found = false;
    std::byte bytes[16];
    if (auto* tree = std::get_if<TreeFold>(&fold)) {
      found = tree->finish(bytes);
    } else {
      ArgState& arg = std::get<ArgState>(fold);
      found = arg.search.found();
      if (found) std::memcpy(bytes, arg.search.extreme(), item);
      std::memcpy(state.frame + a.result_position, &arg.position, 8);
    }
    if (found) {
      std::memcpy(&result[0], bytes, part);
      if (a.complex) std::memcpy(&result[1], bytes + part, part);
    }
    std::memcpy(state.frame + a.result, &result[0], part);
    if (a.complex) std::memcpy(state.frame + a.result_imaginary, &result[1], part);
  }
}

void LoopCode::run_steps(const Loop& loop, std::uint32_t number, std::int64_t n,
                         Running& state) const {
  std::byte* frame = state.frame;
  const std::int64_t stride_loop = loop.blocks ? static_cast<std::int64_t>(number) : -1;
  for (const Step& step : loop.steps) {
    switch (step.kind) {
      case StepKind::prim: {
        const void* args[3] = {frame + step.args[0], frame + step.args[1], frame + step.args[2]};
        step.op(n, frame + step.out, args);
        break;
      }
      case StepKind::tape:
        run_tape_step(step, n, state);
        break;
      case StepKind::index: {
        auto* out = reinterpret_cast<std::int64_t*>(frame + step.out);
        if (step.number == number)
          std::iota(out, out + n, state.index[number]);
        else
          std::fill_n(out, n, state.index[step.number]);
        break;
      }
      case StepKind::load:
        run_load(step, stride_loop, n, state);
        break;
      case StepKind::store:
        run_store(step, stride_loop, n, state);
        break;
      case StepKind::copy:
        fill_block(frame + step.out, frame + step.args[0], step.item_size, n);
        break;
      case StepKind::loop:
        run_loop(step.number, 0, extent_of(loops_[step.number], state), state);
        break;
    }
  }
}

void LoopCode::run_tape_step(const Step& step, std::int64_t n, Running& state) const {
  std::vector<TapeArgument> args(step.arg_count);
  for (std::uint32_t k = 0; k < step.arg_count; ++k) {
    args[k] = {state.frame + tape_args_[step.first_arg + k], false};
  }
  tapes_[step.number]->run(n, state.frame + step.out, args, state.frame + tape_workspace_);
}

namespace {

[[noreturn]] void outside(const ir::loops::Kernel& kernel, std::uint32_t buffer, std::int64_t first,
                          std::int64_t last, const ByteRange& range) {
  const std::uint32_t params = ir::loops::buffer_count(kernel);
  const std::uint32_t locals = ir::loops::first_local(kernel);
  const std::string& name = buffer < params   ? kernel.params[buffer].name
                            : buffer < locals ? kernel.scratch[buffer - params].name
                                              : kernel.locals[buffer - locals].name;
  ir::bug(fmt::format("interp-loops: kernel {} touches bytes {} to {} of {}, which has {} to {}",
                      kernel.name, first, last, name, range.begin, range.end));
}

}  // namespace

// Calls move(address, stride, first element, how many) for checked addresses.
template <typename Move>
void LoopCode::transfer(const Access& access, int item_size, std::int64_t stride_loop,
                        std::int64_t n, bool stored, const Running& state, Move move) const {
  std::int64_t offset = state.sizes[access.offset];
  std::int64_t stride = 0;
  for (const auto& [loop, size] : access.strides) {
    offset += state.index[loop] * state.sizes[size];
    if (static_cast<std::int64_t>(loop) == stride_loop) stride = state.sizes[size];
  }
  auto* base = reinterpret_cast<std::byte*>(state.slots[access.slot]);
  const auto check = [&](std::int64_t first, std::int64_t last) {
    if (!state.buffers) return;
    const std::int64_t begin = std::min(first, last), end = std::max(first, last) + item_size;
    if (access.slot >= slot_count_) {
      const ir::loops::Scratch& local = kernel_->locals[access.slot - slot_count_];
      const ByteRange range{0, local.count.constant() * ir::item_size(local.type)};
      if (begin < range.begin || end > range.end) {
        outside(*kernel_, access.buffer, begin, end, range);
      }
      return;
    }
    CheckedBuffer& buffer = state.buffers[access.buffer];
    if (begin < buffer.range.begin || end > buffer.range.end) {
      outside(*kernel_, access.buffer, begin, end, buffer.range);
    }
    (stored ? buffer.written : buffer.read).add(begin, end);
  };
  if (access.dynamic < 0) {
    check(offset, offset + stride * (n - 1));
    move(base + offset, stride, 0, n);
    return;
  }
  for (std::int64_t k = 0; k < n; ++k, offset += stride) {
    std::int64_t dynamic;
    std::memcpy(&dynamic, state.frame + access.dynamic + k * 8, 8);
    check(offset + dynamic, offset + dynamic);
    move(base + offset + dynamic, 0, k, 1);
  }
}

void LoopCode::run_load(const Step& step, std::int64_t stride_loop, std::int64_t n,
                        Running& state) const {
  const Access& access = accesses_[step.number];
  transfer(access, step.item_size, stride_loop, n, false, state,
           [&](std::byte* at, std::int64_t stride, std::int64_t first, std::int64_t count) {
             gather(state.frame + step.out + first * step.item_size, at, stride, step.item_size,
                    count);
           });
}

void LoopCode::run_store(const Step& step, std::int64_t stride_loop, std::int64_t n,
                         Running& state) const {
  const Access& access = accesses_[step.number];
  transfer(access, step.item_size, stride_loop, n, true, state,
           [&](std::byte* at, std::int64_t stride, std::int64_t first, std::int64_t count) {
             scatter(at, stride, state.frame + step.args[0] + first * step.item_size,
                     step.item_size, count);
           });
}

}  // namespace arrayc::backends::interp
