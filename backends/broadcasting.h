// Functions whose sizes decide at the call which arrays are stretched.
#pragma once

#include <functional>
#include <memory>

#include "backends/backend.h"

namespace arrayc::backends {

// The function for the sizes of these arguments (see ir/specialise.h); one without stretches as it
// is. Throws as Binder::bind does.
ir::Function specialised_for(const ir::Function& function, const Arguments& arguments);

// Compiles a module whose only function has no stretches.
using CompileOne = std::function<std::unique_ptr<Callable>(ir::Module module)>;

// Compiles the module's only function: at once where all sizes that can be equal are, and for other
// patterns when a call has them. `compile` must be usable as long as what is returned.
std::unique_ptr<Callable> compile_patterns(ir::Module module, CompileOne compile);

}  // namespace arrayc::backends
