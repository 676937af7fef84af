// Ahead of time: every function of a module as an object file, assembly, LLVM IR, or its C header.
#pragma once

#include <string>
#include <string_view>

#include "backends/backend.h"
#include "backends/cpu/codegen.h"

namespace arrayc::backends {

// See Backend::emit. The same input gives the same bytes.
std::string emit_ahead_of_time(ir::Module module, std::string_view kind,
                               const std::string& base_name, const ir::Registry& registry,
                               const CompileOptions& options, CodeGenerator& generator);

}  // namespace arrayc::backends
