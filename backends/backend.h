// A backend: a pipeline and an action.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "passes/pipeline.h"
#include "runtime/array.h"

namespace arrayc::backends {

// What a function is called with: one array for each parameter (0-d arrays for scalars and sizes),
// and values for symbols that no parameter's shape gives.
struct Arguments {
  std::vector<runtime::Array> arrays;
  std::map<std::string, std::int64_t> symbols;
};

// What one call did.
struct RunStats {
  std::int64_t kernels = 0;          // kernel calls
  std::int64_t temporaries = 0;      // arrays that live between kernels
  std::int64_t temporary_bytes = 0;  // of slots, at most at one time
  std::int64_t scratch_bytes = 0;    // of kernels, at most at one time
  std::int64_t local_bytes = 0;      // of each thread's stack, for values kept in blocks
  // Worked out before the kernels run: bytes that their loops read and write (see traffic.h), and
  // the most memory at one time: arguments, results, slots, scratch.
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  std::int64_t peak_bytes = 0;
  // The same as counted. Loads and stores only by code that checks them; else -1.
  std::int64_t counted_read = -1;
  std::int64_t counted_written = -1;
  std::int64_t counted_peak = 0;
  std::int64_t allocations = 0;
  std::int64_t compiled = 0;  // kernels compiled for this call
  double compile_seconds = 0;
  double run_seconds = 0;
};

// A compiled function for arguments of certain extents: what follows from them is settled, and a
// call costs little more than its kernels.
class BoundCallable {
 public:
  virtual ~BoundCallable() = default;
  virtual std::size_t result_count() const = 0;
  // One array for each parameter, with the dtypes and extents that were bound, contiguous and
  // aligned to its elements. Scalars may have other values. `results` become new arrays.
  virtual void call(std::span<const runtime::Array* const> arrays,
                    std::span<runtime::Array> results, RunStats* stats) const = 0;
};

// A compiled function.
class Callable {
 public:
  virtual ~Callable() = default;
  // Checks extents and guards (user errors with NumPy's sentence), allocates and returns results.
  virtual std::vector<runtime::Array> call(const Arguments& arguments, RunStats* stats) const = 0;
  // For further calls with contiguous arrays of these extents. Null where there is nothing to
  // settle. Must not outlive this.
  virtual std::unique_ptr<const BoundCallable> bind(const Arguments& arguments) const;
};

struct CompileOptions {
  ir::Target target;
  // What files hold code for, the most able first; empty: only `target`. They choose when they run.
  std::vector<ir::Target> clones;
  passes::RunOptions passes;  // observers also see the passes that run for each kernel
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view doc() const = 0;
  // The function `name` of a module in phase source. It may be compiled further when it is called:
  // the backend and the registry must outlive it.
  virtual std::unique_ptr<Callable> compile(ir::Module module, const std::string& name,
                                            const ir::Registry& registry,
                                            const CompileOptions& options) = 0;
  // Ahead of time: kind is "o", "h", "ll", "s", … Returns the file's bytes. The default refuses by
  // a limitation error.
  virtual std::string emit(ir::Module module, std::string_view kind, const std::string& base_name,
                           const ir::Registry& registry, const CompileOptions& options);
  // For `explain`: source functions become those that passes compile in their place, and remarks
  // say what the backend does by other means. The default leaves the module as it is.
  virtual void divide(ir::Module& module) const;
};

}  // namespace arrayc::backends
