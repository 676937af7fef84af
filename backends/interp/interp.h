// The two interpreters: what the array level means, and what the loop level means.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace arrayc::backends {

// "interp": runs source functions node by node, each operation by its definition.
std::unique_ptr<Backend> make_interp_backend();
// "interp-loops": compiles to loops as the backend cpu does, and interprets them.
std::unique_ptr<Backend> make_interp_loops_backend();

// Runs a function of a module in any phase: its graph, its calls of kernels by the kernels' graphs,
// or, where kernels have loops, those.
std::vector<runtime::Array> interpret_module(const ir::Module& module, const std::string& function,
                                             const ir::Registry& registry, const ir::Target& target,
                                             const Arguments& arguments);

}  // namespace arrayc::backends
