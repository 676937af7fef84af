// The graph becomes kernels: what shares a loop nest shares a kernel.
//
//   %2 = subtract %points, %1        program @distances { %r0 = call @k0(%points, %p) }
//   %3 = square %2               →   kernel @k0 { … all four … }
//   %4 = reduce.add %3, axis=1
//   %5 = sqrt %4
//
// A value gets memory if it is a result, if loops could only read it by doing its work again
// (analysis/cost), or if the kernel would be too large. Every such decision is a remark.
#include "passes/fuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/text.h"
#include "passes/analysis/blocks.h"
#include "passes/pass.h"

namespace arrayc::passes {

using ir::Function;
using ir::NodeId;

namespace {

class Fuser {
 public:
  using Known = std::map<std::string, std::uint32_t>;  // kernels by text, names apart

  Fuser(ir::Module& module, Function& function, Known& known)
      : module_(module), function_(function), known_(known) {}

  void run() {
    grouping_ = group(function_);
    add_storages();
    for (const std::vector<NodeId>& roots : grouping_.kernels) add_call(roots);
    for (NodeId r : function_.results) program_.results.push_back(storage_.at(r));
    function_.program = std::move(program_);
    function_.graph = {};
    function_.results.clear();
  }

 private:
  void add_storages() {
    const ir::Graph& g = function_.graph;
    for (NodeId id = 0; id < g.size(); ++id) {
      if (!is_array_param(function_, id)) continue;
      const auto k = static_cast<std::uint32_t>(g[id].operation.attr<ir::ParamAttr>().index);
      parameter_.emplace(id, static_cast<std::uint32_t>(program_.storages.size()));
      program_.storages.push_back({ir::Storage::Kind::parameter, function_.params[k].name,
                                   g[id].type, k, g[id].place, false});
      if (!grouping_.in_memory[id]) storage_.emplace(id, parameter_.at(id));
    }
    std::uint32_t results = 0;
    for (NodeId r : function_.results) {
      if (storage_.contains(r)) continue;
      add_storage(r, ir::Storage::Kind::result, "r" + std::to_string(results), results);
      ++results;
    }
    std::uint32_t temporaries = 0;
    for (NodeId id = 0; id < g.size(); ++id) {
      if (!grouping_.in_memory[id] || storage_.contains(id)) continue;
      add_storage(id, ir::Storage::Kind::temporary, "t" + std::to_string(temporaries), temporaries);
      ++temporaries;
      remark_temporary(id);
    }
    program_.slots = temporaries;
  }

  void add_storage(NodeId id, ir::Storage::Kind kind, std::string name, std::uint32_t index) {
    const ir::Node& node = function_.graph[id];
    storage_.emplace(id, static_cast<std::uint32_t>(program_.storages.size()));
    program_.storages.push_back({kind, std::move(name), node.type, index, node.place, false});
  }

  void remark_temporary(NodeId id) {
    const ir::Type& type = function_.graph[id].type;
    const ir::Extent bytes = ir::element_count(type.shape) * ir::item_size(type.dtype);
    module_.remarks.push_back({"fuse",
                               "temporary of " + to_string(type) + " (" + to_string(bytes) +
                                   " bytes): " + grouping_.reason[id],
                               function_.graph[id].place});
  }

  void remark_kept(const Function& kernel) {
    NodeId id = 0;
    while (id < kernel.graph.size() && kernel.graph[id].op() != ir::Op::keep) ++id;
    if (id == kernel.graph.size()) return;
    const Blocks blocks =
        find_blocks(kernel.graph, kernel.results, block_options_of_kernel(kernel));
    for (const Kept& kept : blocks.kept) {
      const ir::Node& node = kernel.graph[kept.node];
      const std::int64_t bytes = kept.count() * ir::item_size(node.type.dtype);
      module_.remarks.push_back(
          {"fuse",
           fmt::format("kept in blocks of {} ({} bytes a thread): it is read at several shifts",
                       sizes_text(blocks), bytes),
           node.place});
    }
  }

  void add_call(const std::vector<NodeId>& roots) {
    Outlined kernel = outline(function_, roots, grouping_);
    for (NodeId input : kernel.inputs) {
      const bool copied_here = std::ranges::find(roots, input) != roots.end();
      kernel.call.buffers.push_back((copied_here ? parameter_ : storage_).at(input));
    }
    for (NodeId root : roots) kernel.call.buffers.push_back(storage_.at(root));
    remark_kept(kernel.function);
    kernel.function.name = "k";
    std::string text = ir::print(kernel.function);
    const auto next = static_cast<std::uint32_t>(module_.kernels.size());
    const auto [at, fresh] = known_.try_emplace(std::move(text), next);
    if (fresh) {
      kernel.function.name = "k" + std::to_string(next);
      module_.kernels.push_back({std::move(kernel.function), std::nullopt});
    }
    kernel.call.kernel = at->second;
    program_.calls.push_back(std::move(kernel.call));
  }

  ir::Module& module_;
  Function& function_;
  Grouping grouping_;
  ir::Program program_;
  std::map<NodeId, std::uint32_t> parameter_;  // where an array parameter is read from
  std::map<NodeId, std::uint32_t> storage_;    // where a value is: of a copied parameter, its copy
  Known& known_;
};

}  // namespace

void fuse(ir::Module& module, const Context&) {
  Fuser::Known known;
  for (Function& function : module.functions) Fuser(module, function, known).run();
}

}  // namespace arrayc::passes
