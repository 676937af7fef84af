// A fused program before its kernels have loops: each call interprets its kernel's graph.
#pragma once

#include <vector>

#include "backends/backend.h"
#include "ir/module.h"

namespace arrayc::backends::interp {

std::vector<runtime::Array> run_kernel_graphs(const ir::Module& module,
                                              const ir::Function& function,
                                              const Arguments& arguments, bool fma);

}  // namespace arrayc::backends::interp
