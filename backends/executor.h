// Runs a planned program: binds sizes, allocates slots and scratch, calls kernels stage by stage.
#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/binding.h"
#include "backends/check_results.h"
#include "backends/traffic.h"

namespace arrayc::backends {

// The bytes of a buffer that a kernel may touch, counted from the pointer in its slot.
struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// A buffer of a kernel whose accesses are checked, and which of its bytes were touched.
struct CheckedBuffer {
  ByteRange range;
  struct Span {  // grows by what several threads touch
    std::atomic<std::int64_t> begin{std::numeric_limits<std::int64_t>::max()};
    std::atomic<std::int64_t> end{std::numeric_limits<std::int64_t>::min()};
    void add(std::int64_t from, std::int64_t to);
    std::int64_t bytes() const { return begin < end ? end - begin : 0; }
  };
  Span read, written;
};

// Compiled code of one kernel, or an interpreter of it.
class KernelCode {
 public:
  virtual ~KernelCode() = default;
  // Stage `stage` for work items begin ≤ i < end; see arrayc_stage. Called from several threads.
  virtual std::int32_t run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                           std::int64_t end) const = 0;
  // Code that checks its accesses is called by run_checked instead, with one of `buffers` for each
  // buffer and then for each scratch array.
  virtual bool checks_accesses() const { return false; }
  virtual std::int32_t run_checked(std::uint32_t stage, const std::int64_t* slots,
                                   CheckedBuffer* buffers, std::int64_t begin,
                                   std::int64_t end) const;
};

// A kernel ready to run: its loops (extents, scratch and grains are read from them) and its code.
struct ReadyKernel {
  std::shared_ptr<const ir::loops::Kernel> loops;
  std::shared_ptr<const KernelCode> code;
};

// A planned function whose names, extents and storages have become positions: a call costs little
// more than its kernels. May be run from several threads at once.
class PreparedProgram {
 public:
  // `kernels[k]` belongs to module.kernels[k] of the program.
  PreparedProgram(const ir::Function& function, const std::vector<ReadyKernel>& kernels);
  // Results are new arrays. Every kernel runs in the default floating-point environment and may
  // count on its buffers being aligned to their elements.
  std::vector<runtime::Array> run(const Arguments& arguments, RunStats* stats) const;
  // Callable::bind. Null where a scalar is a size or a parameter may lie in steps. What it returns
  // must not outlive this.
  std::unique_ptr<const BoundCallable> bind(const Arguments& arguments) const;

 private:
  struct Storage {
    ir::Storage::Kind kind;
    std::uint32_t index;
    bool in_result;
    ir::DType dtype;
    std::vector<Size> shape;

    bool in_slot() const { return kind == ir::Storage::Kind::temporary && !in_result; }
  };
  struct Scratch {
    Size count;
    int item_size;
  };
  struct Stage {
    Size extent;
    Size grain;
    std::int64_t multiple;
    bool parallel;
  };
  struct Kernel {
    std::shared_ptr<const KernelCode> code;
    std::vector<Stage> stages;
    std::vector<Scratch> scratch;
    std::int64_t local_bytes = 0;
    std::vector<ir::DType> scalars;
    std::optional<Traffic> traffic;
  };
  struct Scalar {
    enum class From : std::uint8_t { parameter, constant, size } from;
    std::uint32_t param;
    ir::Scalar constant;
    Size size;
    ir::DType given, wanted;
  };
  struct Call {
    std::uint32_t kernel;
    std::vector<std::uint32_t> buffers;
    std::vector<Size> sizes;
    std::vector<Scalar> scalars;
    std::vector<std::uint32_t> dead_slots;  // not used by any later call
  };
  // What follows from the extents of a call.
  struct Settled {
    struct Stage {
      std::int64_t extent;
      std::int64_t grain;
    };
    struct Call {
      std::vector<std::int64_t> sizes;
      std::vector<std::int64_t> scratch;  // bytes
      std::vector<Stage> stages;
      std::int64_t scratch_bytes = 0;  // all together
      Traffic::Bytes traffic;
    };
    struct Result {
      runtime::Array array;  // without memory
      std::int64_t bytes = 0;
    };
    std::vector<std::int64_t> sizes;   // of the binder's symbols
    std::vector<std::int64_t> counts;  // elements of each storage
    std::vector<Result> results;       // by result index
    std::vector<std::int64_t> slots;   // bytes
    std::int64_t temporaries = 0;
    std::vector<Call> calls;
    std::int64_t peak_bytes = 0;   // of all that a run allocates
    std::int64_t given_bytes = 0;  // of all arguments that are arrays
  };
  class BoundProgram;
  struct Running;

  void add_kernel(const ReadyKernel& ready);
  void add_call(const ir::Call& call, const ReadyKernel& ready);
  void find_dead_slots();
  std::vector<runtime::Array> run_here(const Arguments& arguments, RunStats* stats) const;
  Settled settle(std::vector<std::int64_t> sizes, std::span<const runtime::Array> arguments) const;
  Settled::Call settle_call(const Call& call, const Settled& settled) const;
  std::int64_t peak_of(const Settled& settled) const;
  // `copied`: bytes of arguments that were copied for this run.
  void launch(const Settled& settled, std::span<const runtime::Array* const> arrays,
              std::span<const std::uint64_t> scalars, std::int64_t copied,
              std::span<runtime::Array> results, RunStats* stats) const;
  const void* buffer(std::uint32_t number, Running& state) const;
  ByteRange range_of(std::uint32_t number, const Running& state) const;
  static std::uint64_t scalar_bits(const Scalar& scalar, const Running& state);
  void run_call(std::size_t number, Running& state) const;
  static void count_call(const Call& call, const Settled::Call& settled,
                         const CheckedBuffer* checked, Running& state);
  static void run_stages(const Kernel& kernel, const std::vector<Settled::Stage>& stages,
                         const std::int64_t* slots, CheckedBuffer* buffers);
  void take_results(Running& state, std::span<runtime::Array> results) const;

  Binder binder_;
  Checks checks_;
  std::vector<Storage> storages_;
  std::vector<Kernel> kernels_;
  std::vector<Call> calls_;
  std::vector<std::uint32_t> results_;
  std::size_t result_count_ = 0;  // those that a caller gets; the rest are of checks
  std::vector<bool> copied_;      // by result: an argument, or a value that is a result again later
  bool results_are_made_ = false;  // each by its own storage, in order; nothing to check
  std::uint32_t slots_ = 0;
};

// Values of every symbol of the function, from the arguments' shapes, size parameters and
// `arguments.symbols`. Throws NumPy's sentence when extents contradict the parameters or guards.
std::map<std::string, std::int64_t> bind_symbols(const ir::Function& function,
                                                 const Arguments& arguments);

// Prepares and runs once.
std::vector<runtime::Array> execute(const ir::Function& function,
                                    const std::vector<ReadyKernel>& kernels,
                                    const Arguments& arguments, RunStats* stats);

}  // namespace arrayc::backends
