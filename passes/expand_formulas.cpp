// Ufuncs become the primitive operations they mean.
//
//   %5 = square %4 : f64      →      %5 = mul %4, %4 : f64
//
// From here on interpreter and code generators agree on every bit without knowing any ufunc.
#include "passes/loop_rewrite.h"
#include "passes/pass.h"

namespace arrayc::passes {

namespace {

class Expander final : public LoopRewriter {
 public:
  using LoopRewriter::LoopRewriter;

 protected:
  ir::loops::Id value(ir::loops::Id source) override {
    const ir::loops::Node& node = source_.nodes[source];
    if (node.kind != ir::loops::Kind::ufunc) return copy_node(source);
    std::vector<ir::loops::Id> args;
    for (ir::loops::Id a : node.args) args.push_back((*this)[a]);
    return node.ufunc->formula(builder_, args, node.type);
  }
};

}  // namespace

void expand_formulas(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    ir::loops::Kernel expanded;
    Expander(*kernel.loops, expanded, context.target.fma).copy_kernel();
    kernel.loops = std::move(expanded);
  }
}

}  // namespace arrayc::passes
