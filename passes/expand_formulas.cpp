// Ufuncs become the primitive operations they mean.
//
//   %5 = square %4 : f64      →      %5 = mul %4, %4 : f64
//
// From here on interpreter and code generators agree on every bit without knowing any ufunc.
#include <map>

#include "passes/loop_rewrite.h"
#include "passes/pass.h"

namespace arrayc::passes {

namespace {

class Expander final : public LoopRewriter {
 public:
  Expander(const ir::loops::Kernel& source, ir::loops::Kernel& target, const ir::Target& machine)
      : LoopRewriter(source, target, machine.fma), masks_(machine.vector_bytes == 64) {
    for (const ir::loops::Node& node : source.nodes) {
      if (node.kind == ir::loops::Kind::ufunc && node.args.size() == 1) ++users_[node.args[0]];
    }
  }

 protected:
  ir::loops::Id value(ir::loops::Id source) override {
    const ir::loops::Node& node = source_.nodes[source];
    if (node.kind != ir::loops::Kind::ufunc) return copy_node(source);
    std::vector<ir::loops::Id> args;
    for (ir::loops::Id a : node.args) args.push_back((*this)[a]);
    // AVX-512 selects by mask registers, besides its multiply-add units. Where another function of
    // the operand is there (its sine and its cosine), their formulas have much in common.
    builder_.prefer_selects(masks_ && args.size() == 1 && users_[node.args[0]] == 1);
    return node.ufunc->formula(builder_, args, node.type);
  }

 private:
  bool masks_;
  std::map<ir::loops::Id, int> users_;  // functions of this one operand
};

}  // namespace

void expand_formulas(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    ir::loops::Kernel expanded;
    Expander(*kernel.loops, expanded, context.target).copy_kernel();
    kernel.loops = std::move(expanded);
  }
}

}  // namespace arrayc::passes
