// Contractions of many operands become steps of few; see ir/order_contractions.h.
#include "ir/order_contractions.h"

#include "passes/pass.h"

namespace arrayc::passes {

void order_contractions(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    if (!function.program && ir::has_contraction(function)) {
      function = ir::order_contractions(function);
    }
  }
}

}  // namespace arrayc::passes
