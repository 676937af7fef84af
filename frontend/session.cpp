// An expression comes in, a result goes out.
#include "frontend/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "backends/check_results.h"
#include "frontend/long_graph.h"
#include "frontend/work.h"
#include "ir/diagnostic.h"
#include "runtime/few.h"
#include "runtime/threads.h"

namespace arrayc {

namespace {

// Nodes of one program, about; longer graphs are computed piece by piece.
constexpr std::size_t piece = 4096;
constexpr std::size_t most_known_graphs = 4096;

void add(RunReport& total, const RunReport& part) {
  backends::RunStats& sum = total.stats;
  sum.kernels += part.stats.kernels;
  sum.temporaries += part.stats.temporaries;
  sum.temporary_bytes = std::max(sum.temporary_bytes, part.stats.temporary_bytes);
  sum.scratch_bytes = std::max(sum.scratch_bytes, part.stats.scratch_bytes);
  sum.local_bytes = std::max(sum.local_bytes, part.stats.local_bytes);
  sum.bytes_read += part.stats.bytes_read;
  sum.bytes_written += part.stats.bytes_written;
  sum.peak_bytes = std::max(sum.peak_bytes, part.stats.peak_bytes);
  if (part.stats.counted_read >= 0) {
    sum.counted_read = std::max<std::int64_t>(sum.counted_read, 0) + part.stats.counted_read;
    sum.counted_written =
        std::max<std::int64_t>(sum.counted_written, 0) + part.stats.counted_written;
  }
  sum.counted_peak = std::max(sum.counted_peak, part.stats.counted_peak);
  sum.allocations += part.stats.allocations;
  sum.compiled += part.stats.compiled;
  sum.compile_seconds += part.stats.compile_seconds;
  sum.run_seconds += part.stats.run_seconds;
  total.backend = part.backend;
  total.known = part.known;
}

// Runs a program. It may be shared with graphs that say the same elsewhere, so the place of a check
// that fails is this graph's.
template <typename Run>
auto placed(const std::vector<ir::Place>& checks, Run&& run) -> decltype(run()) {
  try {
    return run();
  } catch (const backends::CheckFailed& failed) {
    throw ir::Error(failed.kind(), failed.message(), checks.at(failed.number()), failed.note());
  }
}

[[noreturn]] void not_known(ir::Place place) {
  ir::user_error("the value of an argument is not known while a function is being recorded", place,
                 "compute what depends on it within arrays, or return it");
}

}  // namespace

// Values that this thread computes; others wait for them. Given up when it ends, however it ends.
struct Session::Claim {
  explicit Claim(Session& s) : session(s) {}
  ~Claim() {
    if (values.empty()) return;
    {
      const std::lock_guard lock(session.graph_mutex_);
      for (const ir::Value& value : values) session.running_.erase(value.get());
    }
    session.finished_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  Session& session;
  std::vector<ir::Value> values;
};

std::vector<std::shared_ptr<const Storage>> Session::compute(std::span<const ir::Value> values) {
  if (auto found = compute_bound(values); !found.empty()) return found;
  RunReport total;
  std::vector<std::vector<ir::Value>> cuts;
  {
    const std::lock_guard lock(graph_mutex_);
    cuts = cuts_of(values, piece);
  }
  for (std::vector<ir::Value>& cut : cuts) {
    compute_piece(cut, total);
    cut.clear();
  }
  auto found = compute_piece(values, total);
  if (!total.backend.empty()) {
    const std::lock_guard lock(report_mutex_);
    report_ = total;
  }
  return found;
}

// The short way, for a graph that is known and whose program is bound: the lock is taken twice.
// Nothing where it cannot be gone.
std::vector<std::shared_ptr<const Storage>> Session::compute_bound(
    std::span<const ir::Value> values) {
  RecordedKey::OfThread key;
  std::shared_ptr<KnownGraph> graph;
  Claim claim(*this);
  {
    const std::lock_guard lock(graph_mutex_);
    if (!key->read(values)) return {};
    const auto it = known_graphs_.find(*key);
    if (it == known_graphs_.end() || !it->second->bound.get()) return {};
    graph = it->second;
    for (const ir::Value& value : values) {
      if (value->payload || !running_.insert(value.get()).second) return {};
      claim.values.push_back(value);
    }
  }
  const BoundProgram& bound = *graph->bound.get();
  runtime::Few<const runtime::Array*, 16> arguments(key->leaves().size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i] = &settled_storage(*key->leaves()[i])->array;
    if (!runtime::is_aligned(*arguments[i])) return {};
  }
  std::vector<runtime::Array> results(values.size());
  run(bound, arguments, results);
  std::vector<std::shared_ptr<const Storage>> found;
  found.reserve(values.size());
  std::vector<std::vector<ir::Value>> released;  // when no lock is held
  released.reserve(values.size());
  for (runtime::Array& result : results) {
    found.push_back(std::make_shared<Storage>(Storage{std::move(result), graph->program, false}));
  }
  {
    const std::lock_guard lock(graph_mutex_);
    for (std::size_t i = 0; i < values.size(); ++i) {
      released.push_back(ir::settle(values[i], std::const_pointer_cast<Storage>(found[i])));
      running_.erase(values[i].get());
    }
  }
  claim.values.clear();
  finished_.notify_all();
  return found;
}

// The limit afterwards leaves room for as much again as half of it, so that what stays, because
// somebody holds it, is not walked again for each operation.
void Session::shorten_graph(const ir::Value& newest, bool forbidden) {
  const std::int64_t limit = std::int64_t{options().graph_mib} << 20;
  const std::string reason =
      fmt::format("recorded operations take {} MiB, and ARRAYC_GRAPH_MIB allows {}",
                  ir::recorded_bytes() >> 20, limit >> 20);
  if (forbidden) {
    ir::user_error(reason + ", while a no_implicit_eval scope is alive", newest->place,
                   "compute with eval in between, or set ARRAYC_GRAPH_MIB higher");
  }
  constexpr std::int64_t usual_bytes = 512;  // of an operation, or more
  const std::int64_t nodes = std::clamp<std::int64_t>(limit / usual_bytes / 8, 16, piece);
  RunReport total;
  total.forced = reason;
  try {
    std::vector<std::vector<ir::Value>> cuts;
    {
      const std::lock_guard lock(graph_mutex_);
      cuts = cuts_of({&newest, 1}, static_cast<std::size_t>(nodes));
    }
    if (!cuts.empty()) {
      forced_.fetch_add(1, std::memory_order_relaxed);
      if (logging_.load(std::memory_order_relaxed)) {
        fmt::print(stderr, "arrayc: {}: the oldest part is computed\n", reason);
      }
    }
    for (std::vector<ir::Value>& cut : cuts) {
      compute_piece(cut, total);
      cut.clear();
    }
  } catch (const ir::Error&) {
    // An error is told to who asks for the value, as it would have been without a limit.
  } catch (const std::bad_alloc&) {
  }
  graph_limit_.store(std::max(limit, ir::recorded_bytes() + limit / 2), std::memory_order_relaxed);
  if (total.backend.empty()) return;
  const std::lock_guard lock(report_mutex_);
  report_ = total;
}

std::vector<std::shared_ptr<const Storage>> Session::compute_piece(
    std::span<const ir::Value> values, RunReport& total) {
  for (;;) {
    {
      Claim claim(*this);
      {
        const std::lock_guard lock(graph_mutex_);
        for (const ir::Value& value : values) {
          if (value->payload || !running_.insert(value.get()).second) continue;
          claim.values.push_back(value);
        }
      }
      if (!claim.values.empty()) compute_claimed(claim.values, total);
    }
    std::unique_lock lock(graph_mutex_);
    finished_.wait(lock, [&] { return !is_running(values); });
    std::vector<std::shared_ptr<const Storage>> found;
    for (const ir::Value& value : values) {
      if (!value->payload) continue;
      found.push_back(storage_of(*value));
      if (found.back()->placeholder) not_known(value->place);
    }
    if (found.size() == values.size()) return found;
    // Another thread failed to compute one: this one tries, and reports the error as its own.
  }
}

bool Session::is_running(std::span<const ir::Value> values) const {
  return std::any_of(values.begin(), values.end(),
                     [&](const ir::Value& value) { return running_.contains(value.get()); });
}

std::shared_ptr<const Storage> Session::storage(const ir::Value& value) const {
  const std::lock_guard lock(graph_mutex_);
  return storage_of(*value);
}

// What a value was computed from is released at the end, when no lock is held.
void Session::compute_claimed(std::span<const ir::Value> values, RunReport& total) {
  const Prepared prepared = prepare(values);
  std::vector<runtime::Array> arguments;
  for (const ir::Value& leaf : prepared.leaves) arguments.push_back(storage(leaf)->array);
  const bool binds = prepared.graph && !prepared.graph->bound.get() &&
                     std::ranges::all_of(arguments, [](const runtime::Array& array) {
                       return runtime::is_contiguous(array) && runtime::is_aligned(array);
                     });
  std::vector<runtime::Array> given;
  if (binds) given = arguments;
  std::vector<runtime::Array> results = run(prepared, std::move(arguments), total);
  if (binds) prepared.graph->bound.set(bind(prepared, std::move(given)));
  std::vector<std::vector<ir::Value>> released;
  const std::lock_guard lock(graph_mutex_);
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto made = std::make_shared<Storage>();
    made->array = std::move(results[i]);
    if (prepared.program.use_count() > 1) made->program = prepared.program;  // one that is kept
    released.push_back(ir::settle(values[i], std::move(made)));
  }
}

ir::Import Session::import(std::span<const ir::Value> values, Placeholders placeholders) const {
  ir::Import imported;
  {
    const std::lock_guard lock(graph_mutex_);
    imported = ir::import(values, "program", {});
    for (std::size_t i = 0; i < imported.leaves.size(); ++i) {
      const ir::Record& leaf = *imported.leaves[i];
      const auto storage = storage_of(leaf);
      const bool refused = placeholders == Placeholders::refused;
      if (!storage || (refused && storage->placeholder)) not_known(leaf.place);
      ir::Layout& layout = imported.function.params[i].layout;
      layout.contiguous = runtime::is_contiguous(storage->array);
      layout.unit_axis = layout.contiguous ? -1 : runtime::unit_axis(storage->array);
    }
  }
  return imported;
}

Prepared Session::prepare(std::span<const ir::Value> values, Placeholders placeholders) {
  RecordedKey key;
  bool short_key = false;
  {
    const std::lock_guard lock(graph_mutex_);
    short_key = key.read(values);
    const auto it = short_key ? known_graphs_.find(key) : known_graphs_.end();
    if (it != known_graphs_.end()) {
      const KnownGraph& known = *it->second;
      return {known.program, true, key.leaves(), known.symbols, {}, it->second};
    }
  }
  ir::Import imported = import(values, placeholders);
  std::vector<ir::Place> checks;
  for (const ir::Check& check : imported.function.checks) checks.push_back(check.place);
  auto [program, known] = programs_.get(std::move(imported.function));
  // Keys have no places, and where a check was written is a part of its error.
  if (short_key && checks.empty() && key.leaves() == imported.leaves) {
    key.forget_leaves();
    auto graph = std::make_shared<KnownGraph>();
    graph->program = program;
    graph->symbols = imported.values;
    const std::lock_guard lock(graph_mutex_);
    if (known_graphs_.size() == most_known_graphs) known_graphs_.clear();
    known_graphs_.insert_or_assign(std::move(key), std::move(graph));
  }
  return {std::move(program), known,  std::move(imported.leaves), std::move(imported.values),
          std::move(checks),  nullptr};
}

ir::Function Session::function_of(std::span<const ir::Value> values) const {
  return import(values, Placeholders::allowed).function;
}

// Programs that take less time to interpret than to compile are interpreted, until they have been
// for as long as compiling would have taken.
std::shared_ptr<const backends::Callable> Session::callable_for(const Prepared& prepared,
                                                                RunReport& report,
                                                                bool& interpreted) {
  Program& program = *prepared.program;
  const std::lock_guard lock(program.mutex);
  backends::Backend& chosen = default_backend();
  report.backend = chosen.name();
  interpreted = false;
  if (program.compiled) return program.compiled;
  const Options set = options();
  backends::Backend* compiler = &chosen;
  if (set.small_work && chosen.name() == "cpu") {
    const WorkEstimate work = estimate_work(program.function, prepared.symbols);
    interpreted = program.interpreted_seconds + work.interpret_seconds < work.compile_seconds;
    if (interpreted) {
      report.backend = "interp";
      if (program.interpreter) return program.interpreter;
      compiler = &backend("interp");
    }
  }
  ir::Module module;
  module.functions.push_back(program.function);
  std::shared_ptr<const backends::Callable> made =
      compiler->compile(std::move(module), program.function.name, registry_, compile_options());
  (interpreted ? program.interpreter : program.compiled) = made;
  return made;
}

std::vector<runtime::Array> Session::run(const Prepared& prepared,
                                         std::vector<runtime::Array> arguments) {
  RunReport total;
  std::vector<runtime::Array> results = run(prepared, std::move(arguments), total);
  const std::lock_guard lock(report_mutex_);
  report_ = total;
  return results;
}

std::vector<runtime::Array> Session::run(const Prepared& prepared,
                                         std::vector<runtime::Array> arguments, RunReport& total) {
  using Clock = std::chrono::steady_clock;
  RunReport report;
  report.known = prepared.known;
  bool interpreted = false;
  const Clock::time_point start = Clock::now();
  const auto callable = callable_for(prepared, report, interpreted);
  const Clock::time_point ready = Clock::now();
  std::vector<runtime::Array> results = placed(prepared.checks, [&] {
    return callable->call({std::move(arguments), prepared.symbols}, &report.stats);
  });
  report.stats.compile_seconds += std::chrono::duration<double>(ready - start).count();
  const double seconds = std::chrono::duration<double>(Clock::now() - ready).count();
  report.stats.run_seconds = seconds;
  if (interpreted) {
    const std::lock_guard lock(prepared.program->mutex);
    prepared.program->interpreted_seconds += seconds;
  }
  log(prepared.program->function.graph.size(), report);
  add(total, report);
  return results;
}

std::unique_ptr<const BoundProgram> Session::bind(const Prepared& prepared,
                                                  std::vector<runtime::Array> arguments) {
  RunReport report;
  bool interpreted = false;
  auto compiled = callable_for(prepared, report, interpreted);
  if (interpreted) return nullptr;
  auto callable = compiled->bind({std::move(arguments), prepared.symbols});
  if (!callable) return nullptr;
  return std::make_unique<BoundProgram>(BoundProgram{prepared.program, std::move(compiled),
                                                     std::move(callable), std::move(report.backend),
                                                     prepared.checks});
}

void Session::run(const BoundProgram& bound, std::span<const runtime::Array* const> arguments,
                  std::span<runtime::Array> results) {
  using Clock = std::chrono::steady_clock;
  backends::RunStats stats;
  const Clock::time_point start = Clock::now();
  placed(bound.checks, [&] { bound.callable->call(arguments, results, &stats); });
  stats.run_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (logging_.load(std::memory_order_relaxed)) {
    log(bound.program->function.graph.size(), {stats, bound.backend, true, {}});
  }
  const std::lock_guard lock(report_mutex_);
  report_.stats = stats;
  report_.backend = bound.backend;
  report_.known = true;
  report_.forced.clear();
}

RunReport Session::last_run() const {
  const std::lock_guard lock(report_mutex_);
  return report_;
}

void Session::log(std::size_t nodes, const RunReport& report) const {
  if (!logging_.load(std::memory_order_relaxed)) return;
  const int threads = runtime::thread_count();
  fmt::print(stderr,
             "arrayc: {} nodes on {}{}, {} thread{}: {} kernels, {} temporaries, {:.3f} ms + "
             "{:.3f} ms\n",
             nodes, report.backend, report.known ? " (known)" : "", threads,
             threads == 1 ? "" : "s", report.stats.kernels, report.stats.temporaries,
             1e3 * report.stats.compile_seconds, 1e3 * report.stats.run_seconds);
}

}  // namespace arrayc
