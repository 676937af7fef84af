// The composition root: everything registered, the options, and the way from an expression to its
// result. The only mutable state there is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "arrayc/print.h"
#include "frontend/backend_table.h"
#include "frontend/host.h"
#include "frontend/options.h"
#include "frontend/program.h"
#include "frontend/recorded_key.h"
#include "ir/import.h"
#include "ir/value.h"

namespace arrayc {

// The payload of leaves that have memory: given arrays and computed values.
struct Storage {
  runtime::Array array;
  std::shared_ptr<const Program> program;  // what computed it; null: nothing did
  bool placeholder = false;                // stands for an argument of a function being recorded
};

// The memory behind a value that is settled and no placeholder, kept by it; else null.
inline const Storage* settled_storage(const ir::Record& record) {
  if (!record.is_settled()) return nullptr;
  const auto* storage = static_cast<const Storage*>(record.payload.get());
  return storage->placeholder ? nullptr : storage;
}

// The memory behind a leaf, or null.
inline std::shared_ptr<const Storage> storage_of(const ir::Record& leaf) {
  return std::static_pointer_cast<const Storage>(leaf.payload);
}

struct KnownGraph;

// A recorded program with what a call of it needs.
struct Prepared {
  std::shared_ptr<Program> program;
  bool known = false;                           // the program had been seen before
  std::vector<ir::Value> leaves;                // one for each parameter
  std::map<std::string, std::int64_t> symbols;  // of sizes that no parameter's shape gives
  std::vector<ir::Place> checks;                // where this graph says what the program checks
  std::shared_ptr<KnownGraph> graph;            // null where no equal graph was met before
};

// A compiled program for contiguous, aligned arguments of certain extents.
struct BoundProgram {
  std::shared_ptr<const Program> program;
  std::shared_ptr<const backends::Callable> compiled;
  std::unique_ptr<const backends::BoundCallable> callable;
  std::string backend;
  std::vector<ir::Place> checks;
};

// Bound once, by the first run that can, and from then on read without a lock.
class BoundOnce {
 public:
  BoundOnce() = default;
  ~BoundOnce() { delete get(); }
  BoundOnce(const BoundOnce&) = delete;
  BoundOnce& operator=(const BoundOnce&) = delete;
  const BoundProgram* get() const { return bound_.load(std::memory_order_acquire); }
  void set(std::unique_ptr<const BoundProgram> bound) {
    const BoundProgram* unbound = nullptr;
    if (bound_.compare_exchange_strong(unbound, bound.get(), std::memory_order_acq_rel)) {
      static_cast<void>(bound.release());
    }
  }

 private:
  std::atomic<const BoundProgram*> bound_{nullptr};
};

// What an earlier import of an equal graph gave.
struct KnownGraph {
  std::shared_ptr<Program> program;
  std::map<std::string, std::int64_t> symbols;
  BoundOnce bound;
};

// What the last evaluation did, and with whom.
struct RunReport {
  backends::RunStats stats;
  std::string backend;
  bool known = false;
  std::string forced;  // why it was computed though nobody asked for it
};

// All members may be called from several threads; what is registered and the options should be in
// place before the first evaluation.
class Session final : public Host {
 public:
  Session() : Session(Options()) {}
  explicit Session(const Options& options);
  ~Session() override;
  // The process's own, made on first use from the environment.
  static Session& current();
  // A variable with a wrong value is an error of what is compiled, and of check_environment: a
  // session is often made where nobody can catch one, when global arrays are.
  static std::unique_ptr<Session> from_environment();
  void check_environment() const;

  // --- what is registered
  void add_ufunc(const ir::Ufunc& ufunc) override;
  void add_pass(const PassPlace& pass) override;
  void add_backend(std::unique_ptr<backends::Backend> backend) override;
  void add_front_end(FrontEnd front_end) override;
  void load_plugin(const std::string& path);
  const ir::Registry& registry() const { return registry_; }
  const std::vector<FrontEnd>& front_ends() const { return front_ends_; }
  // By the file's extension; throws a user error for one that nothing reads.
  const FrontEnd& front_end_for(const std::string& file_name) const;
  const std::vector<PassPlace>& added_passes() const { return passes_; }
  std::vector<BackendInfo> backends() const;
  backends::Backend& backend(std::string_view name) override;
  backends::Backend& backend();  // the one that the options name

  // With the option log: a line on stderr about a run of a program of so many nodes.
  void log(std::size_t nodes, const RunReport& report) const;

  // --- options
  Options options() const;
  void set_options(const Options& options);
  backends::CompileOptions compile_options() const;
  PrintOptions print_options() const;
  void set_print_options(const PrintOptions& options);

  // --- evaluating
  // The memory of each value; what is not computed yet is computed, as one program, once.
  std::vector<std::shared_ptr<const Storage>> compute(std::span<const ir::Value> values);
  // Asked for each value that is recorded: whether what is recorded takes more memory than the
  // options allow. Then the oldest part of what the value needs is to be computed.
  bool graph_is_large() const {
    return ir::recorded_bytes() >= graph_limit_.load(std::memory_order_relaxed);
  }
  void shorten_graph(const ir::Value& newest, bool forbidden);
  // The memory of a value if it has some.
  std::shared_ptr<const Storage> storage(const ir::Value& value) const;
  // Placeholders stand for arguments that will be given to run.
  enum class Placeholders : std::uint8_t { refused, allowed };
  Prepared prepare(std::span<const ir::Value> values,
                   Placeholders placeholders = Placeholders::refused);
  std::vector<runtime::Array> run(const Prepared& prepared, std::vector<runtime::Array> arguments);
  // For further runs with contiguous arguments of the same extents; null while the program is
  // interpreted, and where its backend has nothing to settle.
  std::unique_ptr<const BoundProgram> bind(const Prepared& prepared,
                                           std::vector<runtime::Array> arguments);
  // `results`: as many as the program has.
  void run(const BoundProgram& bound, std::span<const runtime::Array* const> arguments,
           std::span<runtime::Array> results);
  // Changes with what is registered or set: programs from before may not be run any more.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // What the backend that the options name would compile (Backend::divide).
  ir::Module divided(ir::Module module);
  // The function that would compute the values.
  ir::Function function_of(std::span<const ir::Value> values) const;
  RunReport last_run() const;
  // How often the oldest part of a graph was computed because it had grown too large.
  std::int64_t forced_evaluations() const { return forced_.load(std::memory_order_relaxed); }

 private:
  struct Claim;
  ir::Import import(std::span<const ir::Value> values, Placeholders placeholders) const;
  std::vector<std::shared_ptr<const Storage>> compute_bound(std::span<const ir::Value> values);
  std::vector<std::shared_ptr<const Storage>> compute_piece(std::span<const ir::Value> values,
                                                            RunReport& total);
  void compute_claimed(std::span<const ir::Value> values, RunReport& total);
  std::vector<runtime::Array> run(const Prepared& prepared, std::vector<runtime::Array> arguments,
                                  RunReport& total);
  bool is_running(std::span<const ir::Value> values) const;
  std::shared_ptr<const backends::Callable> callable_for(const Prepared& prepared,
                                                         RunReport& report, bool& interpreted);
  backends::Backend& default_backend();

  ir::Registry registry_;
  std::vector<FrontEnd> front_ends_;
  std::vector<PassPlace> passes_;
  BackendTable backends_;
  mutable std::mutex settings_mutex_;  // of backends_ and options_
  Options options_;
  PrintOptions print_options_;
  std::vector<passes::Observer> observers_;
  std::optional<ir::Error> environment_error_;  // set before anybody else has the session

  void forget_programs();

  std::atomic<bool> logging_{false};
  std::atomic<std::int64_t> graph_limit_{std::numeric_limits<std::int64_t>::max()};  // bytes
  std::atomic<std::int64_t> forced_{0};
  std::atomic<std::uint64_t> generation_{0};
  ProgramCache programs_;
  // Held where recorded graphs are walked or values become leaves.
  mutable std::mutex graph_mutex_;
  std::unordered_map<RecordedKey, std::shared_ptr<KnownGraph>, RecordedKeyHash> known_graphs_;
  std::condition_variable finished_;
  std::unordered_set<const ir::Record*> running_;  // values that some thread is computing

  mutable std::mutex report_mutex_;
  RunReport report_;
};

}  // namespace arrayc
