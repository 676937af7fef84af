// Complex numbers become their real and imaginary parts; see ir/complex/split.h.
#include "ir/complex/split.h"
#include "passes/pass.h"

namespace arrayc::passes {

void split_complex(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    if (!function.program && ir::has_complex(function)) function = ir::split_complex(function);
  }
}

}  // namespace arrayc::passes
