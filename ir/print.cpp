// Modules and functions as text.
#include <fmt/format.h>

#include <iterator>
#include <unordered_map>

#include "ir/print_pieces.h"
#include "ir/reader.h"
#include "ir/text.h"

namespace arrayc::ir {

namespace {

template <typename... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void append_shape(std::string& out, const Shape& shape) {
  out += '[';
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) out += ',';
    out += to_string(shape[i]);
  }
  out += ']';
}

void append_integers(std::string& out, const std::vector<std::int32_t>& values) {
  append(out, "[{}]", fmt::join(values, ","));
}

// --- attributes

void append_slice(std::string& out, const Slice& s) {
  if (s.index) out += "index ";
  if (s.start) out += to_string(*s.start);
  if (s.index && !s.stop && s.step == 1) return;
  out += ':';
  if (s.stop) out += to_string(*s.stop);
  if (s.step != 1) append(out, ":{}", s.step);
}

// Operand index as a function of result indices: "2 + 3*@1".
void append_view_axis(std::string& out, const ViewAxis& a) {
  const bool fixed = a.axis < 0 && a.step == 1;
  if (fixed || !a.start.is(0)) out += to_string(a.start);
  if (fixed) return;
  if (!a.start.is(0)) {
    out += a.step < 0 ? " - " : " + ";
  } else if (a.step < 0) {
    out += '-';
  }
  if (a.step != 1 && a.step != -1) append(out, "{}*", fmt::format("{}", a.step).substr(a.step < 0));
  if (a.axis < 0) {
    out += "@none";
  } else {
    append(out, "@{}", a.axis);
  }
}

struct AttributeText {
  std::string& out;
  Op op;
  void operator()(std::monostate) const {}
  void operator()(const ParamAttr& a) const { append(out, "{}", a.index); }
  void operator()(const ConstantAttr& a) const {
    if (a.weak != Weak::strong) append(out, "weak {} ", weak_text(a.weak));
    out += scalar_text(a.value);
  }
  void operator()(const ExtentAttr& a) const { out += to_string(a.value); }
  void operator()(const ShapeAttr& a) const { append_shape(out, a.shape); }
  void operator()(const SliceAttr& a) const {
    out += '[';
    for (std::size_t i = 0; i < a.axes.size(); ++i) {
      if (i != 0) out += ", ";
      append_slice(out, a.axes[i]);
    }
    out += ']';
  }
  void operator()(const AxesAttr& a) const {
    out += "axes=";
    append_integers(out, a.axes);
  }
  void operator()(const ViewAttr& a) const {
    append_shape(out, a.shape);
    out += ", map=[";
    for (std::size_t i = 0; i < a.axes.size(); ++i) {
      if (i != 0) out += ", ";
      append_view_axis(out, a.axes[i]);
    }
    out += ']';
  }
  void operator()(const ReduceAttr& a) const {
    append(out, "axis={}, lanes={}, chunk={}", a.axis, a.tree.lanes, a.tree.chunk);
    if (a.tree.in_order) out += ", in_order";
    if (a.part == ResultPart::real) out += ", part=real";
    if (a.part == ResultPart::imaginary) out += ", part=imag";
    if (a.initial) out += ", initial";
  }
  void operator()(const ArgReduceAttr& a) const { append(out, "axis={}", a.axis); }
  void operator()(const EinsumAttr& a) const { out += subscripts_text(a); }
};

// --- nodes

bool is_operation_name(std::string_view name) {
  if (name == "ufunc") return true;
  for (int op = 0; op <= static_cast<int>(Op::einsum); ++op) {
    if (info(static_cast<Op>(op)).name == name) return true;
  }
  return false;
}

void append_operation_name(std::string& out, const Operation& operation) {
  const std::string_view ufunc = operation.ufunc ? operation.ufunc->name : "?";
  if (operation.op == Op::ufunc) {
    if (is_operation_name(ufunc)) out += "ufunc.";
    out += ufunc;
    return;
  }
  out += info(operation.op).name;
  if (operation.op == Op::reduce) append(out, ".{}", ufunc);
  if (operation.op != Op::arg_reduce || !operation.attributes) return;
  const auto* attr = std::get_if<ArgReduceAttr>(operation.attributes.get());
  if (attr != nullptr) out += attr->maximum ? ".maximum" : ".minimum";
}

const Param* param_of(const Function& function, const Node& node) {
  if (node.op() != Op::param || !node.operation.attributes) return nullptr;
  const auto* attr = std::get_if<ParamAttr>(node.operation.attributes.get());
  if (attr == nullptr || attr->index < 0) return nullptr;
  const auto index = static_cast<std::size_t>(attr->index);
  return index < function.params.size() ? &function.params[index] : nullptr;
}

void append_value(std::string& out, const Function& function, NodeId id) {
  const Param* param =
      id < function.graph.size() ? param_of(function, function.graph[id]) : nullptr;
  out += '%';
  if (param != nullptr) {
    append_name(out, param->name);
  } else {
    append(out, "{}", id);
  }
}

void append_node(std::string& out, const Function& function, NodeId id) {
  const Node& node = function.graph[id];
  if (const Param* param = param_of(function, node)) {
    out += "param ";
    append_value(out, function, id);
    if (param->type != node.type) append(out, " : {}", to_string(node.type));
    return;
  }
  append(out, "%{} = ", id);
  append_operation_name(out, node.operation);
  const char* separator = " ";
  for (const NodeId operand : node.operands) {
    out += separator;
    append_value(out, function, operand);
    separator = ", ";
  }
  if (node.operation.attributes) {
    out += separator;
    std::visit(AttributeText{out, node.op()}, *node.operation.attributes);
  }
  append(out, " : {}", to_string(node.type));
}

// --- functions

class FunctionPrinter {
 public:
  FunctionPrinter(std::string& out, const Function& function,
                  const std::vector<std::string>* kernels, const PrintOptions& options)
      : out_(out), f_(function), kernels_(kernels), options_(options) {}

  void print() {
    header();
    if (!f_.doc.empty()) {
      out_ += "  doc ";
      append_quoted(out_, f_.doc);
      out_ += '\n';
    }
    for (const Guard& guard : f_.guards) print_guard(guard);
    for (const Check& check : f_.checks) print_check(check);
    nodes();
    if (!f_.program || !f_.results.empty()) {
      out_ += "  return";
      for (std::size_t i = 0; i < f_.results.size(); ++i) {
        out_ += separator(i, f_.results.size());
        append_value(out_, f_, f_.results[i]);
      }
      out_ += '\n';
    }
    if (f_.program) program(*f_.program);
    out_ += "}\n";
  }

 private:
  void header() {
    out_ += "func @";
    append_name(out_, f_.name);
    out_ += '(';
    for (std::size_t i = 0; i < f_.params.size(); ++i) {
      if (i != 0) out_ += ", ";
      param(f_.params[i]);
    }
    out_ += ')';
    result_types();
    out_ += " {\n";
  }

  void param(const Param& p) {
    out_ += '%';
    append_name(out_, p.name);
    out_ += ": ";
    if (p.kind == ParamKind::array) {
      out_ += to_string(p.type);
    } else {
      out_ += p.kind == ParamKind::size ? "size" : "scalar";
    }
    if (p.weak != Weak::strong) append(out_, " weak {}", weak_text(p.weak));
    const DType usual = p.kind == ParamKind::size ? DType::I64
                        : p.weak == Weak::strong  ? p.type.dtype
                                                  : default_dtype(p.weak);
    const bool strong_scalar = p.kind == ParamKind::scalar && p.weak == Weak::strong;
    if (p.kind != ParamKind::array && (strong_scalar || p.type.dtype != usual)) {
      append(out_, " {}", name(p.type.dtype));
    }
    if (p.layout == Layout{}) return;
    out_ += p.layout.contiguous ? " contiguous" : " strided";
    if (p.layout.unit_axis >= 0) append(out_, "(unit={})", p.layout.unit_axis);
  }

  std::vector<const Type*> types_of_results() const {
    std::vector<const Type*> types;
    for (const NodeId r : f_.results) {
      if (r < f_.graph.size()) types.push_back(&f_.graph[r].type);
    }
    if (types.empty() && f_.program) {
      for (const std::uint32_t s : f_.program->results) {
        if (s < f_.program->storages.size()) types.push_back(&f_.program->storages[s].type);
      }
    }
    types.resize(types.size() - std::min(types.size(), f_.checks.size()));
    return types;
  }

  void result_types() {
    const auto types = types_of_results();
    if (types.empty() && !f_.tuple) return;
    out_ += f_.tuple ? " -> (" : " -> ";
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (i != 0) out_ += ", ";
      out_ += to_string(*types[i]);
    }
    if (f_.tuple) out_ += types.size() == 1 ? ",)" : ")";
  }

  void print_guard(const Guard& guard) {
    append(out_, "  guard {} ", to_string(guard.a));
    if (guard.kind == Guard::Kind::equal) {
      append(out_, "== {}, ", to_string(guard.b));
    } else if (guard.kind == Guard::Kind::stretch) {
      append(out_, "-> {}, ", to_string(guard.b));
    } else {
      out_ += "> 0, ";
    }
    append_quoted(out_, guard.message);
    comment(guard.place);
    out_ += '\n';
  }

  void print_check(const Check& check) {
    append(out_, "  check {} ", check_name(check.kind));
    append_shape(out_, check.shape);
    out_ += ", ";
    append_quoted(out_, check.message);
    comment(check.place);
    out_ += '\n';
  }

  // What stands before result i: those of checks come last, after a word.
  std::string_view separator(std::size_t i, std::size_t count) const {
    if (i + f_.checks.size() == count) return " check ";
    return i == 0 ? " " : ", ";
  }

  void comment(const Place& place) {
    if (options_.places && place.known()) append(out_, "  ; {}", to_string(place));
  }

  // The reader places the next parameter wherever a number is left out; the others get lines.
  void nodes() {
    const Graph& g = f_.graph;
    NodeId last = g.size();
    while (last > 0 && param_of(f_, g[last - 1]) != nullptr) --last;
    std::vector<bool> placed(f_.params.size(), false);
    std::size_t next = 0;
    for (NodeId id = 0; id < g.size(); ++id) {
      while (next < placed.size() && placed[next]) ++next;
      if (const Param* p = param_of(f_, g[id])) {
        const auto index = static_cast<std::size_t>(p - f_.params.data());
        placed[index] = true;
        if (index == next && id < last && p->type == g[id].type) continue;
      }
      out_ += "  ";
      append_node(out_, f_, id);
      comment(g[id].place);
      out_ += '\n';
    }
  }

  void program(const Program& p) {
    name_storages(p);
    append(out_, "  program {{\n    slots {}\n", p.slots);
    for (std::size_t i = 0; i < p.storages.size(); ++i) storage(p.storages[i], i);
    for (const Call& c : p.calls) call(c);
    out_ += "    return";
    for (std::size_t i = 0; i < p.results.size(); ++i) {
      out_ += separator(i, p.results.size());
      append_storage(p.results[i]);
    }
    out_ += "\n  }\n";
  }

  void name_storages(const Program& p) {
    std::unordered_map<std::string_view, int> uses;
    for (const Storage& s : p.storages) ++uses[s.name];
    for (std::size_t i = 0; i < p.storages.size(); ++i) {
      const std::string& name = p.storages[i].name;
      const bool own = is_plain_name(name) && uses[name] == 1;
      storage_names_.push_back(own ? name : fmt::format("{}", i));
    }
  }

  void storage(const Storage& s, std::size_t i) {
    static constexpr const char* kinds[] = {"parameter", "result", "temporary"};
    append(out_, "    storage %{}: {} {}{} {}", storage_names_[i], to_string(s.type),
           kinds[static_cast<int>(s.kind)], s.in_result ? " in result" : "", s.index);
    if (!s.name.empty() && s.name != storage_names_[i]) {
      out_ += " named ";
      append_quoted(out_, s.name);
    }
    comment(s.place);
    out_ += '\n';
  }

  void list_storages(const std::vector<std::uint32_t>& ids, const char* separator) {
    for (const std::uint32_t s : ids) {
      out_ += separator;
      append_storage(s);
      separator = ", ";
    }
  }

  void append_storage(std::uint32_t s) {
    append(out_, "%{}", s < storage_names_.size() ? storage_names_[s] : fmt::format("{}", s));
  }

  void call(const Call& c) {
    out_ += "    call ";
    if (kernels_ != nullptr && c.kernel < kernels_->size() && !(*kernels_)[c.kernel].empty()) {
      append(out_, "@{}", (*kernels_)[c.kernel]);
    } else {
      append(out_, "{}", c.kernel);
    }
    out_ += '(';
    list_storages(c.buffers, "");
    out_ += ')';
    if (!c.sizes.empty()) {
      out_ += " sizes(";
      for (std::size_t i = 0; i < c.sizes.size(); ++i) {
        if (i != 0) out_ += ", ";
        out_ += to_string(c.sizes[i]);
      }
      out_ += ')';
    }
    if (!c.scalars.empty()) {
      out_ += " scalars(";
      for (std::size_t i = 0; i < c.scalars.size(); ++i) {
        if (i != 0) out_ += ", ";
        argument(c.scalars[i]);
      }
      out_ += ')';
    }
    out_ += '\n';
  }

  void argument(const Call::Argument& a) {
    if (a.is_extent) {
      append(out_, "extent {}", to_string(a.extent));
    } else if (a.param < 0) {
      append(out_, "{}: {}", scalar_text(a.constant), name(a.constant.dtype));
    } else if (static_cast<std::size_t>(a.param) < f_.params.size()) {
      out_ += '%';
      append_name(out_, f_.params[static_cast<std::size_t>(a.param)].name);
    } else {
      append(out_, "%{}", a.param);
    }
  }

  std::string& out_;
  const Function& f_;
  const std::vector<std::string>* kernels_;  // by number, as written; "": only the number will do
  const PrintOptions& options_;
  std::vector<std::string> storage_names_;
};

// The names by which calls refer to kernels.
std::vector<std::string> kernel_names(const Module& module) {
  std::unordered_map<std::string_view, int> uses;
  for (const KernelFunction& k : module.kernels) ++uses[k.function.name];
  std::vector<std::string> names;
  for (const KernelFunction& k : module.kernels) {
    std::string& name = names.emplace_back();
    if (!k.function.name.empty() && uses[k.function.name] == 1) append_name(name, k.function.name);
  }
  return names;
}

}  // namespace

std::string node_text(const Function& function, NodeId id) {
  std::string out;
  if (id < function.graph.size()) {
    append_node(out, function, id);
  } else {
    append(out, "%{}", id);
  }
  return out;
}

std::string print(const Function& function, const PrintOptions& options) {
  std::string out;
  FunctionPrinter(out, function, nullptr, options).print();
  return out;
}

std::string subscripts_text(const EinsumAttr& einsum) {
  std::string out;
  bool letters = true;
  const auto check = [&](const std::vector<std::int32_t>& indices) {
    for (const std::int32_t i : indices) letters = letters && i >= 0 && i < 52;
  };
  for (const auto& indices : einsum.operands) check(indices);
  check(einsum.result);
  const auto one = [&](const std::vector<std::int32_t>& indices) {
    if (!letters) return append_integers(out, indices);
    for (const std::int32_t i : indices) {
      out += static_cast<char>(i < 26 ? 'a' + i : 'A' + (i - 26));
    }
  };
  out += letters ? "\"" : "";
  for (std::size_t k = 0; k < einsum.operands.size(); ++k) {
    if (k != 0) out += ',';
    one(einsum.operands[k]);
  }
  out += "->";
  one(einsum.result);
  out += letters ? "\"" : "";
  return out;
}

std::string print(const Module& module, const PrintOptions& options) {
  std::string out;
  if (!module.source_file.empty()) {
    out += "module ";
    append_quoted(out, module.source_file);
    out += "\n\n";
  }
  const std::vector<std::string> kernels = kernel_names(module);
  for (const Function& f : module.functions) {
    FunctionPrinter(out, f, &kernels, options).print();
    out += '\n';
  }
  bool loops_free = false;  // loops would be taken for those of the kernel before
  for (const KernelFunction& k : module.kernels) {
    if (!k.loops || loops_free || !same(k.function, Function{})) {
      out += "kernel ";
      FunctionPrinter(out, k.function, &kernels, options).print();
      out += '\n';
    }
    if (k.loops) out += print(*k.loops) + "\n";
    loops_free = !k.loops;
  }
  return out;
}

}  // namespace arrayc::ir
