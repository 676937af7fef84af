// A plug-in with a pass: it leaves a remark that says how many nodes each function has.
#include "frontend/plugin_api.h"

using namespace arrayc;

namespace {

void count_nodes(ir::Module& module, const passes::Context&) {
  for (const ir::Function& function : module.functions) {
    module.remarks.push_back(
        {"count_nodes",
         function.name + " has " + std::to_string(function.graph.size()) + " nodes",
         {}});
  }
}

}  // namespace

ARRAYC_PLUGIN("count_nodes")

extern "C" void arrayc_plugin_register(Host& host) {
  host.add_pass({{"count_nodes", "says how many nodes a function has", ir::Phase::source,
                  ir::Phase::source, count_nodes},
                 "simplify"});
}
