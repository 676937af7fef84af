#include "passes/analysis/in_place.h"

#include <algorithm>

#include "passes/analysis/stash.h"

namespace arrayc::passes {

using ir::Op;

namespace {

// Demands that a reduction's loop needs: they are read as often as that loop runs, which passes may
// put around the others.
std::vector<bool> needed_by_folds(const Demands& all) {
  std::vector<bool> needed(all.demands.size(), false);
  for (std::size_t k = all.demands.size(); k-- > 0;) {
    if (!needed[k] && all.demands[k].reduce_loop < 0) continue;
    for (const std::uint32_t o : all.demands[k].operands) needed[o] = true;
  }
  return needed;
}

// A fold that may be done in tiles: they keep sums where the result will be, and compute some of
// its elements twice.
bool may_be_tiled(const ir::Node& node) {
  return node.op() == Op::reduce && node.operation.attr<ir::ReduceAttr>().tree.lanes == 1;
}

}  // namespace

InPlace::InPlace(const ir::Function& kernel)
    : kernel_(kernel), wanted_(demand(kernel.graph, kernel.results, options_of_kernel(kernel))) {
  std::vector<ir::NodeId> kept;
  for (const Demand& d : wanted_.demands) {
    if (kernel.graph[d.node].op() == Op::keep) kept.push_back(d.node);
  }
  for_kept_ = ir::reachable(kernel.graph, kept);
  if (wanted_.obstacle.node == ir::no_node) {
    for (const Stash& s : find_stashes(kernel.graph, wanted_).list) stashed_.push_back(s.root);
  }
  for (std::size_t p = 0; p < kernel.params.size(); ++p) {
    if (kernel.params[p].kind == ir::ParamKind::array) arrays_.push_back(p);
  }
}

std::string InPlace::obstacle(std::size_t input, std::size_t result) const {
  const std::size_t position = arrays_.at(input);
  const ir::Param& param = kernel_.params[position];
  const ir::Type& type = kernel_.graph[kernel_.results.at(result)].type;
  if (wanted_.obstacle.node != ir::no_node) return "is no single loop nest";
  if (ir::item_size(param.type.dtype) != ir::item_size(type.dtype)) return "writes other elements";
  // The parts of a complex number are aligned to themselves alone.
  if (ir::is_complex(param.type.dtype) || ir::is_complex(type.dtype)) {
    return "reads or writes complex numbers";
  }
  if (param.type.shape != type.shape || !param.layout.contiguous) return "writes another shape";
  if (std::ranges::find(stashed_, result) != stashed_.end()) {
    return "keeps values in the result's rows before they are written";
  }
  const auto is_input = [&](ir::NodeId id) {
    const ir::Node& node = kernel_.graph[id];
    return node.op() == Op::param &&
           node.operation.attr<ir::ParamAttr>().index == static_cast<std::int32_t>(position);
  };
  if (wanted_.depth.at(result) < wanted_.domain) return "writes a row's element beside its others";
  for (ir::NodeId id = 0; id < kernel_.graph.size(); ++id) {
    if (for_kept_[id] && is_input(id)) return "reads it for what it keeps in blocks";
  }
  const std::vector<bool> folded = needed_by_folds(wanted_);
  for (std::uint32_t k = 0; k < wanted_.demands.size(); ++k) {
    const Demand& d = wanted_.demands[k];
    const ir::Node& node = kernel_.graph[d.node];
    if (may_be_tiled(node)) return "reads it beside folds that may be done in tiles";
    if (node.op() == Op::reshape && is_input(node.operands[0])) return "reads it in another shape";
    if (is_input(d.node) && wanted_.indices[d.index] != wanted_.indices[wanted_.place]) {
      return "reads it at other positions than it writes";
    }
    if (is_input(d.node) && folded[k]) return "reads it in a reduction";
  }
  return "";
}

}  // namespace arrayc::passes
