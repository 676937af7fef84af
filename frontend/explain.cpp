#include "frontend/explain.h"

#include <fmt/format.h>

#include "backends/traffic.h"
#include "ir/contraction_order.h"
#include "ir/text.h"
#include "passes/pipeline.h"

namespace arrayc {

namespace {

using namespace ir::loops;  // NOLINT: kernels as loops are what is described

struct LoopFacts {
  std::string lanes;  // "i x 8, r0 x 32"
  int loads = 0, stores = 0, operations = 0;
};

void look_at(const Kernel& kernel, Id loop_id, LoopFacts& facts) {
  const Loop& loop = kernel.loops[kernel.nodes[loop_id].index];
  if (loop.width > 1) {
    facts.lanes += fmt::format("{}{} x {}", facts.lanes.empty() ? "" : ", ", loop.name, loop.width);
  }
  for (Id id : loop.body) {
    switch (kernel.nodes[id].kind) {
      case Kind::loop:
        look_at(kernel, id, facts);
        break;
      case Kind::load:
        ++facts.loads;
        break;
      case Kind::store:
        ++facts.stores;
        break;
      case Kind::prim:
        ++facts.operations;
        break;
      default:
        break;
    }
  }
}

// Parameters with the types that they are declared with: complex ones are read as their parts.
std::string storage_list(const ir::Function& f, const std::vector<std::uint32_t>& ids) {
  std::string out;
  for (std::uint32_t s : ids) {
    const ir::Storage& storage = f.program->storages[s];
    const bool parameter = storage.kind == ir::Storage::Kind::parameter;
    const ir::Type& type = parameter ? f.params[storage.index].type : storage.type;
    out += (out.empty() ? "" : ", ") + storage.name + ": " + to_string(type);
  }
  return out;
}

// Which loops run on several threads, and from how many iterations on: "i from 10922". A loop that
// is known to be shorter is named with what it has.
std::string threads_of(const Kernel& loops, const ir::Call& call) {
  const auto own = [&](const ir::Extent& e) { return backends::in_program(e, loops, call); };
  std::string text;
  for (const Id stage : loops.stages) {
    const Loop& loop = loops.loops[loops.nodes[stage].index];
    if (!loop.parallel) continue;
    const ir::Extent least = 2 * own(loop.grain);  // two threads with a grain each
    const ir::Extent extent = own(loop.extent);
    text += fmt::format("{}{} from {}", text.empty() ? "" : ", ", loop.name, to_string(least));
    if (extent.is_constant() && least.is_constant() && extent.constant() < least.constant()) {
      text += fmt::format(" (not {})", extent.constant());
    }
  }
  return text.empty() ? "one" : text;
}

std::string describe_call(const ir::Module& module, const ir::Function& f, std::size_t number) {
  const ir::Call& call = f.program->calls[number];
  const ir::KernelFunction& kernel = module.kernels[call.kernel];
  const Kernel& loops = *kernel.loops;
  const std::size_t outputs = kernel.function.results.size();
  const std::vector<std::uint32_t> reads(call.buffers.begin(),
                                         call.buffers.end() - static_cast<std::ptrdiff_t>(outputs));
  const std::vector<std::uint32_t> writes(call.buffers.end() - static_cast<std::ptrdiff_t>(outputs),
                                          call.buffers.end());
  LoopFacts facts;
  for (Id stage : loops.stages) look_at(loops, stage, facts);
  std::string text = fmt::format("  kernel {} ({})\n", number, kernel.function.name);
  text += fmt::format("    reads   {}\n", storage_list(f, reads));
  text += fmt::format("    writes  {}\n", storage_list(f, writes));
  text +=
      fmt::format("    code    {} loads, {} operations, {} stores in {} stage{}; lanes: {}\n",
                  facts.loads, facts.operations, facts.stores, loops.stages.size(),
                  loops.stages.size() == 1 ? "" : "s", facts.lanes.empty() ? "none" : facts.lanes);
  text += fmt::format("    threads {}\n", threads_of(loops, call));
  const auto traffic = backends::traffic_of(loops);
  text += fmt::format("    bytes   {} read, {} written\n",
                      to_string(backends::in_program(traffic.read, loops, call)),
                      to_string(backends::in_program(traffic.written, loops, call)));
  for (const Scratch& s : loops.scratch) {
    text +=
        fmt::format("    scratch {} of {} bytes\n", s.name,
                    to_string(backends::in_program(s.count, loops, call) * ir::item_size(s.type)));
  }
  for (const Scratch& s : loops.locals) {
    text += fmt::format("    local   {} of {} bytes, for each thread\n", s.name,
                        s.count.constant() * ir::item_size(s.type));
  }
  return text;
}

// What a run holds at most, by kind.
std::string describe_memory(const ir::Module& module, const ir::Function& f) {
  const backends::MemoryText m = backends::memory_of(module, f);
  return fmt::format("  memory  {} of arguments, {} of results, {} of temporaries and scratch\n",
                     to_string(m.arguments), to_string(m.results), to_string(m.others));
}

// In which order each product of several operands is best computed, and what that costs.
std::string describe_contractions(const ir::Function& f) {
  std::string text;
  for (ir::NodeId id = 0; id < f.graph.size(); ++id) {
    const ir::Node& node = f.graph[id];
    if (node.op() != ir::Op::einsum || node.operands.size() < 2) continue;
    const auto& einsum = node.operation.attr<ir::EinsumAttr>();
    std::vector<ir::Shape> shapes;
    for (const ir::NodeId operand : node.operands) shapes.push_back(f.graph[operand].type.shape);
    text += fmt::format("  contraction {}", ir::subscripts_text(einsum));
    for (const ir::ContractionStep& step : ir::contraction_order(einsum, shapes)) {
      text += "\n    " + to_string(step);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string explain(ir::Module module, const ir::Registry& registry,
                    const backends::CompileOptions& options) {
  std::vector<std::string> contractions;
  for (const ir::Function& f : module.functions) contractions.push_back(describe_contractions(f));
  const passes::Context context{registry, options.target};
  passes::run(passes::array_pipeline(), module, context, options.passes);
  passes::run(passes::kernel_pipeline(), module, context, options.passes);
  std::string text;
  for (std::size_t number = 0; number < module.functions.size(); ++number) {
    const ir::Function& f = module.functions[number];
    std::size_t temporaries = 0;
    for (const ir::Storage& s : f.program->storages) {
      temporaries += s.kind == ir::Storage::Kind::temporary ? 1 : 0;
    }
    text += fmt::format("{}: {} kernel{}, {} temporar{}\n", f.name, f.program->calls.size(),
                        f.program->calls.size() == 1 ? "" : "s", temporaries,
                        temporaries == 1 ? "y" : "ies");
    text += describe_memory(module, f);
    text += contractions[number];
    for (std::size_t k = 0; k < f.program->calls.size(); ++k) text += describe_call(module, f, k);
  }
  for (const ir::Remark& r : module.remarks) {
    const std::string place = to_string(r.place);
    text += fmt::format("{}{}{}\n", place, place.empty() ? "" : ": ", r.text);
  }
  return text;
}

}  // namespace arrayc
