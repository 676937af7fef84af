// Each kernel becomes loops over scalar operations.
//
//   kernel @k0(%a0: f64[n0,2], %s0: f64) -> f64[n0] {      for i in [0, n0) {
//     %2 = subtract %a0, %s0                                  %0 = load %a0[16*i]
//     %3 = square %2                                   →      … the same for 16*i + 8 …
//     %4 = reduce.add %3, axis=1                              %6 = add %4, %5
//   }                                                         store %r0[8*i], %6 }
//
// Its results are one nest (nest.h). Where it keeps values in blocks (analysis/blocks) there are
// loops over blocks around a nest for each of these and one for the results:
//
//   for bi in [0, ceil(n0/4096)) {
//     for i in [0, 4098) of n0 + 2 after 4096*bi { … store %t0[8*i], … }
//     for i in [0, 4096) of n0 after 4096*bi { … load %t0[8*i] … load %t0[16 + 8*i] … } }
#include <algorithm>
#include <map>
#include <set>

#include "ir/loops.h"
#include "passes/nest.h"
#include "passes/pass.h"

namespace arrayc::passes {

using ir::Extent;
using ir::Node;
using ir::NodeId;
using ir::Op;
namespace loops = ir::loops;

namespace {

// Sizes are n0, n1, … ($n3 where they may be negative); in the order of their numbers.
std::vector<std::string> size_names(const ir::Function& f) {
  std::set<std::string> names;
  for (const ir::Param& p : f.params) {
    for (const Extent& e : p.type.shape) e.collect_symbols(names);
  }
  for (NodeId id = 0; id < f.graph.size(); ++id) {
    const Node& node = f.graph[id];
    for (const Extent& e : node.type.shape) e.collect_symbols(names);
    if (node.op() == Op::extent) node.operation.attr<ir::ExtentAttr>().value.collect_symbols(names);
    if (node.op() != Op::view) continue;
    for (const auto& axis : node.operation.attr<ir::ViewAttr>().axes) {
      axis.start.collect_symbols(names);
    }
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  const auto number = [](const std::string& s) { return std::stol(s.substr(s.find('n') + 1)); };
  std::ranges::sort(sorted, {}, number);
  return sorted;
}

class Lowering {
 public:
  Lowering(const ir::Function& f, bool fma)
      : context_{f, {}, loops::Builder(context_.kernel, fma), {}, {}, 0, {}, {}, {}} {
    context_.blocks = find_blocks(f.graph, f.results, block_options_of_kernel(f));
    if (context_.blocks.obstacle.node != ir::no_node) {
      ir::bug("kernel " + f.name + " cannot be one loop nest: " + context_.blocks.obstacle.reason);
    }
  }

  loops::Kernel run() {
    context_.kernel.name = context_.f.name;
    declare_params();
    Blocks& blocks = context_.blocks;
    context_.kernel.stages.push_back(
        blocks.kept.empty() ? make_nest(context_, std::move(blocks.results), {}, nullptr)
                            : run_in_blocks());
    return std::move(context_.kernel);
  }

 private:
  void declare_params() {
    using loops::ParamKind;
    const ir::Function& f = context_.f;
    std::vector<loops::Param>& params = context_.kernel.params;
    for (const ir::Param& p : f.params) {
      if (p.kind != ir::ParamKind::array) continue;
      context_.buffer_of[p.name] = static_cast<std::uint32_t>(params.size());
      params.push_back({ParamKind::buffer, p.name, p.type.dtype, false});
    }
    for (std::size_t r = 0; r < f.results.size(); ++r) {
      const ir::DType result = f.graph[f.results[r]].type.dtype;
      const ir::DType dtype = ir::is_complex(result) ? ir::part_dtype(result) : result;
      params.push_back({ParamKind::buffer, "r" + std::to_string(r), dtype, true});
    }
    context_.first_result = static_cast<std::uint32_t>(params.size() - f.results.size());
    for (const std::string& name : size_names(f)) {
      params.push_back({ParamKind::size, name, ir::DType::I64, false});
    }
    for (const ir::Param& p : f.params) {
      if (p.kind != ir::ParamKind::array || p.layout.contiguous) continue;
      for (int axis = 0; axis < p.type.rank(); ++axis) {
        params.push_back({ParamKind::size, stride_name(p, axis), ir::DType::I64, false});
      }
    }
    for (const ir::Param& p : f.params) {
      if (p.kind == ir::ParamKind::array) continue;
      context_.scalar_of[p.name] = static_cast<std::uint32_t>(params.size());
      params.push_back({ParamKind::scalar, p.name, p.type.dtype, false});
    }
  }

  // Loops over blocks, and in the innermost of them a nest for each kept value and the results.
  loops::Id run_in_blocks() {
    const Blocks& blocks = context_.blocks;
    loops::Kernel& kernel = context_.kernel;
    std::vector<BlockRange> results;
    for (std::uint32_t l = 0; l < blocks.results.domain; ++l) {
      const Extent& n = blocks.results.loops[l].extent;
      context_.block_loops.push_back(
          context_.builder.loop("b" + axis_name(l), ceil_div(n, blocks.sizes[l])));
      results.push_back({static_cast<std::int32_t>(l), 0, 0});
    }
    loops::Block body;
    for (const Kept& kept : blocks.kept) {
      const ir::Type& type = context_.f.graph[kept.node].type;
      const std::string name = "t" + std::to_string(kernel.locals.size());
      kernel.locals.push_back({name, type.dtype, kept.count()});
      context_.kept_in[kept.node] = loops::first_local(kernel) + kernel.locals.size() - 1;
      std::vector<BlockRange> ranges;
      for (std::size_t axis = 0; axis < kept.ranges.size(); ++axis) {
        if (!type.shape[axis].is(1)) ranges.push_back(kept.ranges[axis]);
      }
      body.push_back(make_nest(context_, kept.demands, std::move(ranges), &kept));
    }
    body.push_back(make_nest(context_, blocks.results, std::move(results), nullptr));
    for (std::size_t l = context_.block_loops.size(); l-- > 0;) {
      const loops::Id id = context_.block_loops[l];
      kernel.loops[kernel.nodes[id].index].body = std::move(body);
      body = {id};
    }
    return body[0];
  }

  NestContext context_;
};

}  // namespace

void lower_to_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    kernel.loops = Lowering(kernel.function, context.target.fma).run();
  }
}

}  // namespace arrayc::passes
