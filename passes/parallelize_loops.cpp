// Outer loops get threads, small ones stay serial.
//
//   for i in [0, n) width 8 {     →     parallel for i in [0, n) grain 65536 width 8 {
//
// A stage's own loop is parallel unless it folds or runs a short known number of times. The grain
// is the number of iterations that take some five microseconds, below which a second thread does
// not pay. benchmarks/break_even.cpp measures it: of 2 * x + 1 two threads that are awake are
// faster than one from 8192 to 16384 elements on; here it is 26214, as some have to be woken.
#include <algorithm>

#include "ir/loops.h"
#include "passes/pass.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else

namespace {

constexpr std::int64_t operations_per_thread = 65536;

// Loads, stores and operations of one iteration.
ir::Extent work_of(const Kernel& kernel, Id loop) {
  std::int64_t own = 1;
  ir::Extent nested = 0;
  for (Id id : kernel.loops[kernel.nodes[loop].index].body) {
    const Node& node = kernel.nodes[id];
    if (node.kind == Kind::loop) {
      nested = nested + kernel.loops[node.index].extent * work_of(kernel, id);
    } else if (node.kind == Kind::prim || node.kind == Kind::load || node.kind == Kind::store) {
      ++own;
    }
  }
  return nested + own;
}

}  // namespace

void parallelize_loops(ir::Module& module, const Context&) {
  for (ir::KernelFunction& kernel : module.kernels) {
    for (Id stage : kernel.loops->stages) {
      Loop& loop = kernel.loops->loops[kernel.loops->nodes[stage].index];
      if (!loop.accumulators.empty() || loop.extent.is(1) || loop.extent.is(0)) continue;
      loop.parallel = true;
      loop.grain = max(floor_div(operations_per_thread, work_of(*kernel.loops, stage)), 1);
    }
  }
}

}  // namespace arrayc::passes
