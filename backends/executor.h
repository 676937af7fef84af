// Runs a planned program: binds sizes, allocates slots and scratch, calls kernels stage by stage.
#pragma once

#include <memory>
#include <vector>

#include "backends/backend.h"

namespace arrayc::backends {

// Compiled code of one kernel, or an interpreter of it.
class KernelCode {
 public:
  virtual ~KernelCode() = default;
  // Stage `stage` for work items begin ≤ i < end; see arrayc_stage.
  virtual std::int32_t run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                           std::int64_t end) const = 0;
};

// A kernel ready to run: its loops (extents, scratch and grains are read from them) and its code.
struct ReadyKernel {
  std::shared_ptr<const ir::loops::Kernel> loops;
  std::shared_ptr<const KernelCode> code;
};

// Values of every symbol of the function, from the arguments' shapes, size parameters and
// `arguments.symbols`. Throws NumPy's sentence when extents contradict the parameters or guards.
std::map<std::string, std::int64_t> bind_symbols(const ir::Function& function,
                                                 const Arguments& arguments);

// `kernels[k]` belongs to module.kernels[k] of the program. Results are new arrays.
std::vector<runtime::Array> execute(const ir::Function& function,
                                    const std::vector<ReadyKernel>& kernels,
                                    const Arguments& arguments, RunStats* stats);

}  // namespace arrayc::backends
