// Contractions become products of views and sums over axes.
//
//   %2 = einsum %a[i,j], %b[j,k] -> [i,k]
// →
//   %3 = view %a : [i,k,j]      %4 = view %b : [i,k,j]
//   %5 = reduce.add %3, %4, axis=2
//
// The order of indices and of their folding is told by ir/contraction.h.
#include "ir/contraction.h"
#include "passes/pass.h"
#include "passes/rebuild.h"

namespace arrayc::passes {

using ir::EinsumAttr;
using ir::Node;
using ir::NodeId;

namespace {

NodeId contract(Rebuild& r, NodeId old) {
  const Node& node = r.old()[old];
  const auto& e = node.operation.attr<EinsumAttr>();
  const std::vector<NodeId> operands = r.operands(old);
  const ir::IterationSpace space = ir::iteration_space(r.graph(), e, operands);
  std::vector<NodeId> factors;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    factors.push_back(ir::spread(r.graph(), operands[k], e.operands[k], space, node.place));
  }
  return ir::sum_products(r.graph(), factors, e, space, node.place);
}

}  // namespace

void plan_einsum(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    rebuild(function, [](Rebuild& r, NodeId old) {
      return r.old()[old].op() == ir::Op::einsum ? contract(r, old) : r.copy(old);
    });
  }
}

}  // namespace arrayc::passes
