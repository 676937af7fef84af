#include "frontend/work.h"

#include <algorithm>

namespace arrayc {

namespace {

// Measured on one core; they decide only which of two equal results is
// computed how.
constexpr double interpret_node = 1e-6;
constexpr double interpret_element = 4e-9;
constexpr double compile_program = 5e-3;
constexpr double compile_node = 50e-6;
constexpr double compile_formula = 150e-6;  // for each operation of ufuncs that are formulas
constexpr int cheap = 6;                    // operations, at most, of ufuncs that are not
// Kernels that repeat are compiled once, so that a very long program costs less than its nodes.
constexpr double most_compile = 2.0;
constexpr ir::NodeId most_sampled = 512;

std::int64_t elements(const ir::Shape& shape, const ir::Extent::Lookup& lookup) {
  std::int64_t count = 1;
  for (const ir::Extent& extent : shape) {
    const std::int64_t length = extent.evaluate(lookup);
    if (length <= 0) return 0;
    if (count > (std::int64_t{1} << 50) / length) return std::int64_t{1} << 50;
    count *= length;
  }
  return count;
}

}  // namespace

WorkEstimate estimate_work(const ir::Function& function,
                           const std::map<std::string, std::int64_t>& symbols) {
  const ir::Extent::Lookup lookup = [&](const std::string& name) -> std::optional<std::int64_t> {
    const auto it = symbols.find(name);
    return it == symbols.end() ? std::nullopt : std::optional(it->second);
  };
  const ir::Graph& graph = function.graph;
  const ir::NodeId step = std::max<ir::NodeId>(1, graph.size() / most_sampled);
  double total = 0;
  double compile = 0;
  double sampled = 0;
  for (ir::NodeId id = 0; id < graph.size(); id += step) {
    sampled += 1;
    const ir::Node& node = graph[id];
    if (node.op() == ir::Op::param) continue;
    // A reduction or contraction reads its operands; the others cost what they make.
    std::int64_t count = elements(node.type.shape, lookup);
    for (const ir::NodeId operand : node.operands) {
      count = std::max(count, elements(graph[operand].type.shape, lookup));
    }
    const int cost = node.operation.ufunc != nullptr ? std::max(1, node.operation.ufunc->cost) : 1;
    total += static_cast<double>(count) * (0.75 + 0.25 * cost);
    compile += cost > cheap ? cost * compile_formula : compile_node;
  }
  const double scale = graph.size() / std::max(sampled, 1.0);
  WorkEstimate work;
  work.interpret_seconds = graph.size() * interpret_node + total * scale * interpret_element;
  work.compile_seconds = std::min(compile_program + compile * scale, most_compile);
  return work;
}

}  // namespace arrayc
