#include "frontend/cli/dot.h"

#include <fmt/format.h>

namespace arrayc::cli {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string label(const ir::Function& f, const ir::Node& node) {
  using ir::Op;
  std::string name(info(node.op()).name);
  if (node.op() == Op::ufunc) name = node.operation.ufunc->name;
  if (node.op() == Op::reduce) name = fmt::format("{}.{}", name, node.operation.ufunc->name);
  if (node.op() == Op::param) {
    name = f.params[static_cast<std::size_t>(node.operation.attr<ir::ParamAttr>().index)].name;
  }
  return escaped(name) + "\\n" + escaped(to_string(node.type));
}

void add_function(std::string& out, const ir::Function& f, std::size_t number) {
  out += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n", number, escaped(f.name));
  const std::vector<bool> needed = ir::reachable(f.graph, f.results);
  for (ir::NodeId id = 0; id < f.graph.size(); ++id) {
    if (!needed[id]) continue;
    const ir::Node& node = f.graph[id];
    const char* const shape = node.op() == ir::Op::param ? "ellipse" : "box";
    out += fmt::format("    f{}n{} [shape={}, label=\"{}\"];\n", number, id, shape, label(f, node));
    for (ir::NodeId operand : node.operands) {
      out += fmt::format("    f{0}n{1} -> f{0}n{2};\n", number, operand, id);
    }
  }
  const std::size_t count = ir::result_count(f);
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const bool check = k >= count;
    out += fmt::format("    f{}r{} [shape=plaintext, label=\"{} {}\"];\n", number, k,
                       check ? "check" : "result", check ? k - count : k);
    out += fmt::format("    f{0}n{1} -> f{0}r{2};\n", number, f.results[k], k);
  }
  out += "  }\n";
}

}  // namespace

std::string to_dot(const ir::Module& module) {
  std::string out = "digraph arrayc {\n  node [fontname=\"monospace\"];\n";
  for (std::size_t k = 0; k < module.functions.size(); ++k) {
    add_function(out, module.functions[k], k);
  }
  return out + "}\n";
}

}  // namespace arrayc::cli
