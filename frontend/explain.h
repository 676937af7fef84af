// What became of a program, in words: for `arrayc explain` and ac::explain.
#pragma once

#include <string>

#include "backends/backend.h"

namespace arrayc {

// Runs the passes on a source module and tells, for each function: the order in which each
// contraction is best computed, and what that costs; its kernels, what each reads, writes and
// computes, its loops with lanes and threads; and one line for each temporary that is left, with
// its size, the reason and the place of the expression.
std::string explain(ir::Module module, const ir::Registry& registry,
                    const backends::CompileOptions& options);

}  // namespace arrayc
