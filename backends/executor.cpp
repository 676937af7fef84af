#include "backends/executor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory_resource>
#include <stdexcept>
#include <utility>

#include "backends/layout.h"
#include "ir/diagnostic.h"
#include "runtime/float_environment.h"
#include "runtime/threads.h"

namespace arrayc::backends {

using runtime::Array;

std::int32_t KernelCode::run_checked(std::uint32_t stage, const std::int64_t* slots,
                                     const ByteRange*, std::int64_t begin, std::int64_t end) const {
  return run(stage, slots, begin, end);
}

// A call that is under way.
struct PreparedProgram::Running {
  const Settled& settled;
  std::span<const Array* const> arrays;
  std::span<const std::uint64_t> scalars;  // for each parameter
  RunStats* stats;
  std::vector<Array> results;                // by result index
  std::vector<std::shared_ptr<void>> slots;  // those in use
  std::int64_t live_bytes = 0;               // of slots, now
};

class PreparedProgram::BoundProgram final : public BoundCallable {
 public:
  BoundProgram(const PreparedProgram& program, Settled settled)
      : program_(program), settled_(std::move(settled)) {}

  std::vector<Array> call(std::span<const Array* const> arrays, RunStats* stats) const override {
    const std::vector<ir::Param>& params = program_.binder_.params();
    std::byte memory[128];  // enough for most calls
    std::pmr::monotonic_buffer_resource pool(memory, sizeof memory);
    std::pmr::vector<std::uint64_t> scalars(params.size(), &pool);
    for (std::size_t p = 0; p < params.size(); ++p) {
      if (params[p].kind == ir::ParamKind::array) continue;
      scalars[p] = Binder::scalar_bits(params[p], *arrays[p]);
    }
    return program_.launch(settled_, arrays, scalars, stats);
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
  const ByteRange* ranges;  // null: unchecked
};

[[gnu::noinline]] std::int32_t run_piece_here(const Piece& piece, std::int64_t begin,
                                              std::int64_t end) {
  if (piece.ranges) {
    return piece.code.run_checked(piece.stage, piece.slots, piece.ranges, begin, end);
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

std::int64_t to_slot(const void* pointer) { return reinterpret_cast<std::intptr_t>(pointer); }

}  // namespace

PreparedProgram::PreparedProgram(const ir::Function& function,
                                 const std::vector<ReadyKernel>& kernels)
    : binder_(function), checks_(function, binder_.symbols()) {
  if (!function.program) ir::bug("executor: the function has no program");
  const ir::Program& program = *function.program;
  slots_ = program.slots;
  results_ = program.results;
  for (const ir::Storage& s : program.storages) {
    Storage& storage = storages_.emplace_back(Storage{s.kind, s.index, s.type.dtype, {}});
    for (const ir::Extent& e : s.type.shape) storage.shape.emplace_back(e, binder_.symbols());
  }
  for (const ReadyKernel& ready : kernels) add_kernel(ready);
  for (const ir::Call& call : program.calls) add_call(call, kernels.at(call.kernel));
  find_dead_slots();
  results_are_made_ = function.checks.empty();
  for (std::uint32_t r = 0; r < results_.size(); ++r) {
    const Storage& storage = storages_[results_[r]];
    const bool own = storage.kind == ir::Storage::Kind::result && storage.index == r;
    results_are_made_ = results_are_made_ && own;
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
  for (const ir::loops::Id id : loops.stages) {
    const ir::loops::Loop& loop = loops.loops[loops.nodes[id].index];
    if (!loop.accumulators.empty()) ir::bug("executor: a stage's own loop accumulates");
    kernel.stages.push_back(
        {Size(loop.extent, symbols), Size(loop.grain, symbols), loop.width, loop.parallel});
  }
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
      if (storages_[s].kind != ir::Storage::Kind::temporary) continue;
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
  for (auto& [position, array] : copies) {
    if (stats) {
      ++stats->temporaries;
      stats->temporary_bytes +=
          runtime::element_count(array.shape) * runtime::item_size(array.dtype);
    }
    laid_out.arrays[position] = std::move(array);
  }
  const Arguments& used = copies.empty() ? arguments : laid_out;
  Bound bound = binder_.bind(used);
  std::vector<const Array*> arrays;
  for (const Array& array : used.arrays) arrays.push_back(&array);
  return launch(settle(std::move(bound.sizes)), arrays, bound.scalars, stats);
}

std::unique_ptr<const BoundCallable> PreparedProgram::bind(const Arguments& arguments) const {
  for (const ir::Param& param : binder_.params()) {
    if (param.kind == ir::ParamKind::size) return nullptr;
    if (param.kind == ir::ParamKind::array && !param.layout.contiguous) return nullptr;
  }
  return std::make_unique<BoundProgram>(*this, settle(binder_.bind(arguments).sizes));
}

PreparedProgram::Settled PreparedProgram::settle(std::vector<std::int64_t> sizes) const {
  Settled settled;
  settled.sizes = std::move(sizes);
  settled.counts.reserve(storages_.size());
  settled.shapes.resize(results_.size());
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
        settled.shapes[storage.index] = shape;
      } else if (storage.kind == ir::Storage::Kind::temporary) {
        std::int64_t& bytes = settled.slots[storage.index];
        bytes = std::max(bytes, count * ir::item_size(storage.dtype));
        ++settled.temporaries;
      }
    }
    settled.calls.reserve(calls_.size());
    for (const Call& call : calls_) settled.calls.push_back(settle_call(call, settled));
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
  for (const std::uint32_t number : call.buffers) {
    made.bytes_moved += settled.counts[number] * ir::item_size(storages_[number].dtype);
  }
  return made;
}

// Results are allocated before the first kernel; a temporary when a kernel first writes it.
std::vector<Array> PreparedProgram::launch(const Settled& settled,
                                           std::span<const Array* const> arrays,
                                           std::span<const std::uint64_t> scalars,
                                           RunStats* stats) const {
  Running state{settled, arrays, scalars, stats, {}, {}, 0};
  state.results.resize(results_.size());
  state.slots.resize(slots_);
  for (const Storage& storage : storages_) {
    if (storage.kind != ir::Storage::Kind::result) continue;
    state.results[storage.index] = runtime::make_array(static_cast<arrayc_dtype>(storage.dtype),
                                                       settled.shapes[storage.index]);
  }
  if (stats) stats->temporaries += settled.temporaries;
  for (std::size_t c = 0; c < calls_.size(); ++c) run_call(c, state);
  return take_results(state);
}

const void* PreparedProgram::buffer(std::uint32_t number, Running& state, ByteRange& range) const {
  const Storage& storage = storages_[number];
  range = {0, state.settled.counts[number] * ir::item_size(storage.dtype)};
  if (storage.kind == ir::Storage::Kind::result) return state.results[storage.index].data;
  if (storage.kind == ir::Storage::Kind::parameter) {
    if (binder_.params()[storage.index].kind != ir::ParamKind::array) {
      return &state.scalars[storage.index];
    }
    const Array& array = *state.arrays[storage.index];
    range = byte_range(array);
    return array.data;
  }
  auto& slot = state.slots[storage.index];
  if (!slot) {
    slot = runtime::allocate(state.settled.slots[storage.index]);
    state.live_bytes += state.settled.slots[storage.index];
  }
  return slot.get();
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
  std::byte memory[1024];  // enough for most calls
  std::pmr::monotonic_buffer_resource pool(memory, sizeof memory);
  std::pmr::vector<std::int64_t> slots(&pool);
  std::pmr::vector<ByteRange> ranges(&pool);
  std::pmr::vector<std::shared_ptr<void>> scratch(&pool);
  slots.reserve(call.buffers.size() + settled.sizes.size() + call.scalars.size() +
                settled.scratch.size());
  scratch.reserve(settled.scratch.size());
  const bool checked = kernel.code->checks_accesses();
  for (const std::uint32_t buffer_number : call.buffers) {
    ByteRange range;
    slots.push_back(to_slot(buffer(buffer_number, state, range)));
    if (checked) ranges.push_back(range);
  }
  slots.insert(slots.end(), settled.sizes.begin(), settled.sizes.end());
  for (const Scalar& scalar : call.scalars) {
    slots.push_back(static_cast<std::int64_t>(scalar_bits(scalar, state)));
  }
  for (const std::int64_t bytes : settled.scratch) {
    scratch.push_back(runtime::allocate(bytes));
    slots.push_back(to_slot(scratch.back().get()));
    if (checked) ranges.push_back({0, bytes});
  }
  if (RunStats* const stats = state.stats) {
    ++stats->kernels;
    stats->temporary_bytes = std::max(stats->temporary_bytes, state.live_bytes);
    stats->scratch_bytes = std::max(stats->scratch_bytes, settled.scratch_bytes);
    stats->bytes_moved += settled.bytes_moved;
  }
  run_stages(kernel, settled.stages, slots.data(), checked ? ranges.data() : nullptr);
  for (const std::uint32_t slot : call.dead_slots) {
    state.slots[slot] = nullptr;
    state.live_bytes -= state.settled.slots[slot];
  }
}

void PreparedProgram::run_stages(const Kernel& kernel, const std::vector<Settled::Stage>& stages,
                                 const std::int64_t* slots, const ByteRange* ranges) {
  for (std::uint32_t k = 0; k < stages.size(); ++k) {
    const auto [extent, grain] = stages[k];
    if (extent <= 0) continue;
    Piece piece{*kernel.code, k, slots, ranges};
    if (!kernel.stages[k].parallel) {
      check_status(run_piece(&piece, 0, extent));
    } else {
      check_status(
          runtime::parallel_for(extent, grain, kernel.stages[k].multiple, &run_piece, &piece));
    }
  }
}

// Arrays of their own: an argument that is a result is copied, and so is a result's second place.
std::vector<Array> PreparedProgram::take_results(Running& state) const {
  if (results_are_made_) return std::move(state.results);
  std::vector<Array> results;
  results.reserve(results_.size());
  for (std::size_t r = 0; r < results_.size(); ++r) {
    const Storage& storage = storages_[results_[r]];
    if (storage.kind == ir::Storage::Kind::temporary) ir::bug("executor: a result has a slot");
    if (storage.kind == ir::Storage::Kind::result) {
      Array& made = state.results[storage.index];
      const bool again = std::find(results_.begin() + static_cast<std::ptrdiff_t>(r) + 1,
                                   results_.end(), results_[r]) != results_.end();
      results.push_back(again ? runtime::copy(made) : std::move(made));
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
  return results;
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
