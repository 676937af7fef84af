// A plug-in with a pass that has a bug: it gives two parameters one name.
#include "frontend/plugin_api.h"

using namespace arrayc;

namespace {

void break_ir(ir::Module& module, const passes::Context&) {
  for (ir::Function& function : module.functions) {
    for (ir::Param& param : function.params) param.name = "same";
  }
}

}  // namespace

ARRAYC_PLUGIN("breaks_ir")

extern "C" void arrayc_plugin_register(Host& host) {
  host.add_pass(
      {{"breaks_ir", "breaks a rule of the IR", ir::Phase::source, ir::Phase::source, break_ir},
       "simplify"});
}
