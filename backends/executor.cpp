#include "backends/executor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

#include "backends/layout.h"
#include "ir/diagnostic.h"
#include "ir/in_place.h"
#include "runtime/few.h"
#include "runtime/float_environment.h"
#include "runtime/threads.h"

namespace arrayc::backends {

using runtime::Array;

std::int32_t KernelCode::run_checked(std::uint32_t stage, const std::int64_t* slots, CheckedBuffer*,
                                     std::int64_t begin, std::int64_t end) const {
  return run(stage, slots, begin, end);
}

void CheckedBuffer::Span::add(std::int64_t from, std::int64_t to) {
  constexpr auto relaxed = std::memory_order_relaxed;
  std::int64_t known = begin.load(relaxed);
  while (from < known && !begin.compare_exchange_weak(known, from, relaxed)) {
  }
  known = end.load(relaxed);
  while (to > known && !end.compare_exchange_weak(known, to, relaxed)) {
  }
}

// A call that is under way.
struct PreparedProgram::Running {
  const Settled& settled;
  std::span<const Array* const> arrays;
  std::span<const std::uint64_t> scalars;  // for each parameter
  RunStats* stats;
  std::span<Array> results;                  // by result index
  std::vector<std::shared_ptr<void>> slots;  // those in use
  std::int64_t slot_bytes = 0;               // of them
  std::int64_t live_bytes = 0;               // of all that was allocated
  std::int64_t peak_bytes = 0;
  std::int64_t allocations = 0;

  void take(std::int64_t bytes) {
    ++allocations;
    live_bytes += bytes;
    peak_bytes = std::max(peak_bytes, live_bytes);
  }
};

class PreparedProgram::BoundProgram final : public BoundCallable {
 public:
  BoundProgram(const PreparedProgram& program, Settled settled)
      : program_(program), settled_(std::move(settled)) {}

  std::size_t result_count() const override { return program_.result_count_; }
  void call(std::span<const Array* const> arrays, std::span<Array> results,
            RunStats* stats) const override {
    const std::vector<ir::Param>& params = program_.binder_.params();
    runtime::Few<std::uint64_t, 16> scalars(params.size());
    for (std::size_t p = 0; p < params.size(); ++p) {
      if (params[p].kind == ir::ParamKind::array) continue;
      scalars[p] = Binder::scalar_bits(params[p], *arrays[p]);
    }
    program_.launch(settled_, arrays, scalars, 0, results, stats);
  }

 private:
  const PreparedProgram& program_;
  const Settled settled_;
};

namespace {

// A stage's piece on one thread, in the default floating-point environment.
struct Piece {
  const KernelCode& code;
  std::uint32_t stage;
  const std::int64_t* slots;
  CheckedBuffer* buffers;  // null: unchecked
};

[[gnu::noinline]] std::int32_t run_piece_here(const Piece& piece, std::int64_t begin,
                                              std::int64_t end) {
  if (piece.buffers) {
    return piece.code.run_checked(piece.stage, piece.slots, piece.buffers, begin, end);
  }
  return piece.code.run(piece.stage, piece.slots, begin, end);
}

std::int32_t run_piece(void* context, std::int64_t begin, std::int64_t end) {
  const runtime::DefaultFloatEnvironment standard;
  return run_piece_here(*static_cast<const Piece*>(context), begin, end);
}

void check_status(std::int32_t status) {
  switch (status) {
    case ARRAYC_OK:
      return;
    case ARRAYC_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case ARRAYC_EMPTY_REDUCTION:
      ir::user_error("zero-size array to reduction operation which has no identity");
    case ARRAYC_NEGATIVE_POWER:
      ir::user_error("Integers to negative integer powers are not allowed.");
    default:
      ir::bug("a kernel returned status " + std::to_string(status));
  }
}

std::int64_t bytes_of(const Array& array) {
  return runtime::element_count(array.shape) * runtime::item_size(array.dtype);
}

std::int64_t to_slot(const void* pointer) { return reinterpret_cast<std::intptr_t>(pointer); }

// Plans are made before kernels have loops.
void check_sharing(const ir::Program& program, const ir::Call& call,
                   const ir::loops::Kernel& kernel) {
  for (std::uint32_t w = 0; w < call.buffers.size(); ++w) {
    if (!kernel.params.at(w).written) continue;
    const ir::Storage& written = program.storages[call.buffers[w]];
    for (std::uint32_t r = 0; r < call.buffers.size(); ++r) {
      const ir::Storage& other = program.storages[call.buffers[r]];
      if (r == w || !ir::share_memory(written, other)) continue;
      if (kernel.params.at(r).written || !ir::loops::may_share(kernel, r, w)) {
        ir::bug("executor: kernel " + kernel.name + " writes " + written.name + " over " +
                other.name + ", which it needs");
      }
    }
  }
}

}  // namespace

PreparedProgram::PreparedProgram(const ir::Function& function,
                                 const std::vector<ReadyKernel>& kernels)
    : binder_(function), checks_(function, binder_.symbols()) {
  if (!function.program) ir::bug("executor: the function has no program");
  const ir::Program& program = *function.program;
  slots_ = program.slots;
  results_ = program.results;
  for (const ir::Storage& s : program.storages) {
    Storage& storage =
        storages_.emplace_back(Storage{s.kind, s.index, s.in_result, s.type.dtype, {}});
    for (const ir::Extent& e : s.type.shape) storage.shape.emplace_back(e, binder_.symbols());
  }
  for (const ReadyKernel& ready : kernels) add_kernel(ready);
  for (const ir::Call& call : program.calls) {
    check_sharing(program, call, *kernels.at(call.kernel).loops);
    add_call(call, kernels.at(call.kernel));
  }
  find_dead_slots();
  result_count_ = results_.size() - function.checks.size();
  results_are_made_ = function.checks.empty();
  for (std::uint32_t r = 0; r < results_.size(); ++r) {
    const Storage& storage = storages_[results_[r]];
    const bool own = storage.kind == ir::Storage::Kind::result && storage.index == r;
    results_are_made_ = results_are_made_ && own;
  }
  copied_.assign(results_.size(), true);
  std::set<std::uint32_t> later;
  for (std::size_t r = results_.size(); r-- > 0;) {
    const bool made = storages_[results_[r]].kind == ir::Storage::Kind::result;
    copied_[r] = !later.insert(results_[r]).second || !made;
  }
}

void PreparedProgram::add_kernel(const ReadyKernel& ready) {
  const ir::loops::Kernel& loops = *ready.loops;
  Kernel& kernel = kernels_.emplace_back();
  kernel.code = ready.code;
  SymbolTable symbols;  // a kernel's sizes, in the order of its parameters
  for (const auto& param : loops.params) {
    if (param.kind == ir::loops::ParamKind::size) symbols.add(param.name);
    if (param.kind == ir::loops::ParamKind::scalar) kernel.scalars.push_back(param.type);
  }
  const std::uint32_t sizes = symbols.size();
  for (const auto& scratch : loops.scratch) {
    kernel.scratch.push_back({Size(scratch.count, symbols), ir::item_size(scratch.type)});
  }
  kernel.local_bytes = ir::loops::local_bytes(loops);
  for (const ir::loops::Id id : loops.stages) {
    const ir::loops::Loop& loop = loops.loops[loops.nodes[id].index];
    if (!loop.accumulators.empty()) ir::bug("executor: a stage's own loop accumulates");
    kernel.stages.push_back(
        {Size(loop.extent, symbols), Size(loop.grain, symbols), loop.width, loop.parallel});
  }
  kernel.traffic.emplace(loops, symbols);
  if (symbols.size() != sizes) {
    ir::bug("executor: kernel " + loops.name + " uses the size " + symbols.name(sizes) +
            ", which is no parameter");
  }
}

void PreparedProgram::add_call(const ir::Call& call, const ReadyKernel& ready) {
  const Kernel& kernel = kernels_[call.kernel];
  const std::uint32_t buffers = ir::loops::buffer_count(*ready.loops);
  const std::size_t sizes = ready.loops->params.size() - buffers - kernel.scalars.size();
  if (call.buffers.size() != buffers || call.sizes.size() != sizes ||
      call.scalars.size() != kernel.scalars.size()) {
    ir::bug("executor: a call does not bind the parameters of kernel " + ready.loops->name);
  }
  Call& prepared = calls_.emplace_back();
  prepared.kernel = call.kernel;
  prepared.buffers = call.buffers;
  for (const ir::Extent& e : call.sizes) prepared.sizes.emplace_back(e, binder_.symbols());
  for (std::size_t k = 0; k < call.scalars.size(); ++k) {
    const ir::Call::Argument& argument = call.scalars[k];
    Scalar scalar{Scalar::From::constant, 0, argument.constant, 0, argument.constant.dtype,
                  kernel.scalars[k]};
    if (argument.is_extent) {
      scalar.from = Scalar::From::size;
      scalar.size = Size(argument.extent, binder_.symbols());
      scalar.given = ir::DType::I64;
    } else if (argument.param >= 0) {
      const ir::Param& param = binder_.params().at(static_cast<std::size_t>(argument.param));
      scalar.from = Scalar::From::parameter;
      scalar.param = static_cast<std::uint32_t>(argument.param);
      scalar.given = param.kind == ir::ParamKind::size ? ir::DType::I64 : param.type.dtype;
    }
    prepared.scalars.push_back(scalar);
  }
}

void PreparedProgram::find_dead_slots() {
  std::vector<bool> used_later(slots_, false);
  for (std::size_t c = calls_.size(); c-- > 0;) {
    for (const std::uint32_t s : calls_[c].buffers) {
      if (!storages_[s].in_slot()) continue;
      if (storages_[s].index >= slots_) ir::bug("executor: a temporary has no slot");
      if (used_later[storages_[s].index]) continue;
      used_later[storages_[s].index] = true;
      calls_[c].dead_slots.push_back(storages_[s].index);
    }
  }
}

std::vector<Array> PreparedProgram::run(const Arguments& arguments, RunStats* stats) const {
  using Clock = std::chrono::steady_clock;
  const auto begin = stats ? Clock::now() : Clock::time_point();
  auto results = run_here(arguments, stats);
  if (stats) stats->run_seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  return results;
}

std::vector<Array> PreparedProgram::run_here(const Arguments& arguments, RunStats* stats) const {
  // Kernels read only arrays that lie as their parameters say; others are copied first.
  std::vector<std::pair<std::size_t, Array>> copies =
      copies_for_layout(binder_.params(), arguments.arrays);
  Arguments laid_out;
  if (!copies.empty()) laid_out = arguments;
  std::int64_t copied = 0;
  for (auto& [position, array] : copies) {
    copied += bytes_of(array);
    laid_out.arrays[position] = std::move(array);
  }
  if (stats) {
    stats->temporaries += static_cast<std::int64_t>(copies.size());
    stats->allocations += static_cast<std::int64_t>(copies.size());
    stats->temporary_bytes += copied;
  }
  const Arguments& used = copies.empty() ? arguments : laid_out;
  Bound bound = binder_.bind(used);
  std::vector<const Array*> arrays;
  for (const Array& array : used.arrays) arrays.push_back(&array);
  std::vector<Array> results(result_count_);
  launch(settle(std::move(bound.sizes), used.arrays), arrays, bound.scalars, copied, results,
         stats);
  return results;
}

std::unique_ptr<const BoundCallable> PreparedProgram::bind(const Arguments& arguments) const {
  for (const ir::Param& param : binder_.params()) {
    if (param.kind == ir::ParamKind::size) return nullptr;
    if (param.kind == ir::ParamKind::array && !param.layout.contiguous) return nullptr;
  }
  return std::make_unique<BoundProgram>(*this,
                                        settle(binder_.bind(arguments).sizes, arguments.arrays));
}

PreparedProgram::Settled PreparedProgram::settle(std::vector<std::int64_t> sizes,
                                                 std::span<const Array> arguments) const {
  Settled settled;
  settled.sizes = std::move(sizes);
  settled.counts.reserve(storages_.size());
  settled.results.resize(results_.size());
  settled.slots.assign(slots_, 0);
  try {
    std::vector<std::int64_t> shape;
    for (const Storage& storage : storages_) {
      shape.clear();
      for (const Size& size : storage.shape) shape.push_back(size(settled.sizes));
      const std::int64_t count = runtime::element_count(shape);
      settled.counts.push_back(count);
      if (storage.kind == ir::Storage::Kind::result) {
        if (storage.index >= results_.size()) ir::bug("executor: no such result");
        const int item = ir::item_size(storage.dtype);
        Settled::Result& result = settled.results[storage.index];
        result.array.dtype = static_cast<arrayc_dtype>(storage.dtype);
        result.array.strides = runtime::contiguous_strides(shape, item);
        result.array.shape = shape;
        result.bytes = runtime::element_count({count, item});
      } else if (storage.in_slot()) {
        std::int64_t& bytes = settled.slots[storage.index];
        bytes = std::max(bytes, count * ir::item_size(storage.dtype));
      }
      settled.temporaries += storage.kind == ir::Storage::Kind::temporary ? 1 : 0;
    }
    settled.calls.reserve(calls_.size());
    for (const Call& call : calls_) settled.calls.push_back(settle_call(call, settled));
    settled.peak_bytes = peak_of(settled);
    for (std::size_t p = 0; p < arguments.size(); ++p) {
      const bool is_array = binder_.params()[p].kind == ir::ParamKind::array;
      if (is_array) settled.given_bytes += bytes_of(arguments[p]);
    }
  } catch (const std::length_error& error) {
    ir::user_error(error.what());
  }
  return settled;
}

PreparedProgram::Settled::Call PreparedProgram::settle_call(const Call& call,
                                                            const Settled& settled) const {
  const Kernel& kernel = kernels_[call.kernel];
  Settled::Call made;
  made.sizes.reserve(call.sizes.size());
  for (const Size& size : call.sizes) made.sizes.push_back(size(settled.sizes));
  made.scratch.reserve(kernel.scratch.size());
  for (const Scratch& s : kernel.scratch) {
    made.scratch.push_back(runtime::element_count({s.count(made.sizes), s.item_size}));
    made.scratch_bytes += made.scratch.back();
  }
  made.stages.reserve(kernel.stages.size());
  for (const Stage& stage : kernel.stages) {
    const std::int64_t grain = stage.parallel ? stage.grain(made.sizes) : 1;
    made.stages.push_back({stage.extent(made.sizes), std::max<std::int64_t>(1, grain)});
  }
  made.traffic = (*kernel.traffic)(made.sizes);
  return made;
}

// As launch allocates: results, then each slot from its first call to its last, and the scratch of
// each call; in the end copies of results.
std::int64_t PreparedProgram::peak_of(const Settled& settled) const {
  const auto bytes_of_storage = [&](std::uint32_t s) {
    return settled.counts[s] * ir::item_size(storages_[s].dtype);
  };
  std::int64_t results = 0, copies = 0, slots = 0, most = 0;
  for (std::uint32_t s = 0; s < storages_.size(); ++s) {
    if (storages_[s].kind == ir::Storage::Kind::result) results += bytes_of_storage(s);
  }
  if (!results_are_made_) {
    for (std::size_t r = 0; r < results_.size(); ++r) {
      if (copied_[r]) copies += bytes_of_storage(results_[r]);
    }
  }
  std::vector<bool> used(slots_, false);
  for (std::size_t c = 0; c < calls_.size(); ++c) {
    for (const std::uint32_t s : calls_[c].buffers) {
      const Storage& storage = storages_[s];
      if (!storage.in_slot() || used[storage.index]) continue;
      used[storage.index] = true;
      slots += settled.slots[storage.index];
    }
    most = std::max(most, slots + settled.calls[c].scratch_bytes);
    for (const std::uint32_t slot : calls_[c].dead_slots) slots -= settled.slots[slot];
  }
  return results + std::max(most, copies);
}

// Results are allocated before the first kernel; a temporary when a kernel first writes it.
void PreparedProgram::launch(const Settled& settled, std::span<const Array* const> arrays,
                             std::span<const std::uint64_t> scalars, std::int64_t copied,
                             std::span<Array> results, RunStats* stats) const {
  std::vector<Array> made;
  if (!results_are_made_) made.resize(results_.size());
  Running state{settled, arrays, scalars, stats,  results_are_made_ ? results : std::span(made),
                {},      0,      copied,  copied, 0};
  state.slots.resize(slots_);
  for (const Storage& storage : storages_) {
    if (storage.kind != ir::Storage::Kind::result) continue;
    const Settled::Result& result = settled.results[storage.index];
    Array& array = state.results[storage.index];
    array = result.array;
    array.owner = runtime::allocate(result.bytes);
    array.data = array.owner.get();
    state.take(result.bytes);
  }
  for (std::size_t c = 0; c < calls_.size(); ++c) run_call(c, state);
  if (!results_are_made_) take_results(state, results);
  if (stats) {
    stats->temporaries += settled.temporaries;
    stats->allocations += state.allocations;
    stats->peak_bytes =
        std::max(stats->peak_bytes, settled.given_bytes + copied + settled.peak_bytes);
    stats->counted_peak = std::max(stats->counted_peak, settled.given_bytes + state.peak_bytes);
  }
}

const void* PreparedProgram::buffer(std::uint32_t number, Running& state) const {
  const Storage& storage = storages_[number];
  if (storage.kind == ir::Storage::Kind::result || storage.in_result) {
    return state.results[storage.index].data;
  }
  if (storage.kind == ir::Storage::Kind::parameter) {
    const bool is_array = binder_.params()[storage.index].kind == ir::ParamKind::array;
    return is_array ? state.arrays[storage.index]->data
                    : static_cast<const void*>(&state.scalars[storage.index]);
  }
  auto& slot = state.slots[storage.index];
  if (!slot) {
    slot = runtime::allocate(state.settled.slots[storage.index]);
    state.slot_bytes += state.settled.slots[storage.index];
    state.take(state.settled.slots[storage.index]);
  }
  return slot.get();
}

ByteRange PreparedProgram::range_of(std::uint32_t number, const Running& state) const {
  const Storage& storage = storages_[number];
  const bool is_array = storage.kind == ir::Storage::Kind::parameter &&
                        binder_.params()[storage.index].kind == ir::ParamKind::array;
  if (is_array) return byte_range(*state.arrays[storage.index]);
  return {0, state.settled.counts[number] * ir::item_size(storage.dtype)};
}

std::uint64_t PreparedProgram::scalar_bits(const Scalar& scalar, const Running& state) {
  ir::Scalar value = scalar.constant;
  if (scalar.from == Scalar::From::size) value = ir::Scalar::of(scalar.size(state.settled.sizes));
  if (scalar.from == Scalar::From::parameter) {
    value = {scalar.given, state.scalars[scalar.param]};
  }
  return scalar.given == scalar.wanted ? value.bits : ir::convert(value, scalar.wanted).bits;
}

void PreparedProgram::run_call(std::size_t number, Running& state) const {
  const Call& call = calls_[number];
  const Settled::Call& settled = state.settled.calls[number];
  const Kernel& kernel = kernels_[call.kernel];
  runtime::Few<std::int64_t, 64> slots(call.buffers.size() + settled.sizes.size() +
                                       call.scalars.size() + settled.scratch.size());
  std::vector<std::shared_ptr<void>> scratch;
  scratch.reserve(settled.scratch.size());
  std::unique_ptr<CheckedBuffer[]> checked;
  if (kernel.code->checks_accesses()) {
    checked.reset(new CheckedBuffer[call.buffers.size() + settled.scratch.size()]);
  }
  std::int64_t* next = slots.begin();
  for (std::size_t b = 0; b < call.buffers.size(); ++b) {
    *next++ = to_slot(buffer(call.buffers[b], state));
    if (checked) checked[b].range = range_of(call.buffers[b], state);
  }
  next = std::copy(settled.sizes.begin(), settled.sizes.end(), next);
  for (const Scalar& scalar : call.scalars) {
    *next++ = static_cast<std::int64_t>(scalar_bits(scalar, state));
  }
  for (const std::int64_t bytes : settled.scratch) {
    if (checked) checked[call.buffers.size() + scratch.size()].range = {0, bytes};
    scratch.push_back(runtime::allocate(bytes));
    state.take(bytes);
    *next++ = to_slot(scratch.back().get());
  }
  run_stages(kernel, settled.stages, slots.begin(), checked.get());
  if (state.stats) {
    std::int64_t& locals = state.stats->local_bytes;
    locals = std::max(locals, kernel.local_bytes);
    count_call(call, settled, checked.get(), state);
  }
  state.live_bytes -= settled.scratch_bytes;
  for (const std::uint32_t slot : call.dead_slots) {
    state.slots[slot] = nullptr;
    state.slot_bytes -= state.settled.slots[slot];
    state.live_bytes -= state.settled.slots[slot];
  }
}

void PreparedProgram::count_call(const Call& call, const Settled::Call& settled,
                                 const CheckedBuffer* checked, Running& state) {
  RunStats& stats = *state.stats;
  ++stats.kernels;
  stats.temporary_bytes = std::max(stats.temporary_bytes, state.slot_bytes);
  stats.scratch_bytes = std::max(stats.scratch_bytes, settled.scratch_bytes);
  stats.bytes_read += settled.traffic.read;
  stats.bytes_written += settled.traffic.written;
  if (!checked) return;
  stats.counted_read = std::max<std::int64_t>(stats.counted_read, 0);
  stats.counted_written = std::max<std::int64_t>(stats.counted_written, 0);
  for (std::size_t b = 0; b < call.buffers.size(); ++b) {
    stats.counted_read += checked[b].read.bytes();
    stats.counted_written += checked[b].written.bytes();
  }
}

void PreparedProgram::run_stages(const Kernel& kernel, const std::vector<Settled::Stage>& stages,
                                 const std::int64_t* slots, CheckedBuffer* buffers) {
  for (std::uint32_t k = 0; k < stages.size(); ++k) {
    const auto [extent, grain] = stages[k];
    if (extent <= 0) continue;
    Piece piece{*kernel.code, k, slots, buffers};
    if (!kernel.stages[k].parallel) {
      check_status(run_piece(&piece, 0, extent));
    } else {
      check_status(
          runtime::parallel_for(extent, grain, kernel.stages[k].multiple, &run_piece, &piece));
    }
  }
}

// Arrays of their own: an argument that is a result is copied, and so is a result's second place.
void PreparedProgram::take_results(Running& state, std::span<Array> wanted) const {
  std::vector<Array> results;
  results.reserve(results_.size());
  for (std::size_t r = 0; r < results_.size(); ++r) {
    const Storage& storage = storages_[results_[r]];
    if (storage.kind == ir::Storage::Kind::temporary) ir::bug("executor: a result has a slot");
    if (copied_[r]) state.take(state.settled.counts[results_[r]] * ir::item_size(storage.dtype));
    if (storage.kind == ir::Storage::Kind::result) {
      Array& made = state.results[storage.index];
      results.push_back(copied_[r] ? runtime::copy(made) : std::move(made));
    } else if (binder_.params()[storage.index].kind == ir::ParamKind::array) {
      results.push_back(runtime::copy(*state.arrays[storage.index]));
    } else {
      Array scalar = runtime::make_array(static_cast<arrayc_dtype>(storage.dtype), {});
      std::memcpy(scalar.data, &state.scalars[storage.index],
                  static_cast<std::size_t>(ir::item_size(storage.dtype)));
      results.push_back(std::move(scalar));
    }
  }
  checks_.take(results, state.settled.sizes);
  std::ranges::move(results, wanted.begin());
}

std::map<std::string, std::int64_t> bind_symbols(const ir::Function& function,
                                                 const Arguments& arguments) {
  Binder binder(function);
  for (const ir::Param& param : function.params) {
    if (param.kind == ir::ParamKind::size) binder.symbols().add(param.name);
  }
  for (const auto& [name, value] : arguments.symbols) binder.symbols().add(name);
  const Bound bound = binder.bind(arguments);
  std::map<std::string, std::int64_t> values;
  for (std::uint32_t k = 0; k < binder.symbols().size(); ++k) {
    if (bound.sizes[k] != unknown_size) values.emplace(binder.symbols().name(k), bound.sizes[k]);
  }
  return values;
}

std::vector<Array> execute(const ir::Function& function, const std::vector<ReadyKernel>& kernels,
                           const Arguments& arguments, RunStats* stats) {
  return PreparedProgram(function, kernels).run(arguments, stats);
}

}  // namespace arrayc::backends
