// A kernel as a function of its own, under canonical names: inputs a0, a1, …, scalars s0, s1, …,
// sizes n0, n1, …, all in the order of first use, so that equal pieces of programs are equal texts.
#include <map>
#include <unordered_map>

#include "passes/fuse.h"

namespace arrayc::passes {

using ir::Extent;
using ir::Node;
using ir::NodeId;
using ir::Op;

namespace {

// Gives extents canonical symbols and remembers what they stand for.
class Symbols {
 public:
  Extent operator()(const Extent& e) {
    if (e.is_constant()) return e;
    return e.substitute([this](const std::string& name) { return std::optional(renamed(name)); });
  }

  const ir::Shape& operator()(const ir::Shape& shape) {
    if (shape == last_) return last_renamed_;
    ir::Shape out;
    for (const Extent& e : shape) out.push_back((*this)(e));
    last_ = shape;
    last_renamed_ = std::move(out);
    return last_renamed_;
  }

  const std::vector<Extent>& originals() const { return originals_; }

 private:
  Extent renamed(const std::string& name) {
    auto [at, fresh] = names_.try_emplace(name);
    if (fresh) {
      const std::string sign = name.starts_with('$') ? "$n" : "n";
      at->second = Extent::symbol(sign + std::to_string(originals_.size()));
      originals_.push_back(Extent::symbol(name));
    }
    return at->second;
  }
  std::map<std::string, Extent> names_;
  std::vector<Extent> originals_;  // by number
  ir::Shape last_, last_renamed_;
};

class Outliner {
 public:
  Outliner(const ir::Function& main, const std::vector<NodeId>& roots, const Grouping& grouping)
      : main_(main), roots_(roots), in_memory_(grouping.in_memory), kept_(grouping.kept) {}

  Outlined run() {
    for (NodeId root : roots_) out_.function.results.push_back(copy(root));
    out_.call.sizes = symbols_.originals();
    append_strides();
    return std::move(out_);
  }

 private:
  bool is_root(NodeId id) const {
    for (NodeId r : roots_) {
      if (r == id) return true;
    }
    return false;
  }
  bool is_input(NodeId id) const {
    return is_array_param(main_, id) || (in_memory_[id] && !is_root(id));
  }
  // The array parameter that an input is read from; null if the input is a stored value.
  const ir::Param* direct_param(NodeId id) const {
    if (!is_array_param(main_, id) || (in_memory_[id] && !is_root(id))) return nullptr;
    const auto& attr = main_.graph[id].operation.attr<ir::ParamAttr>();
    return &main_.params[static_cast<std::size_t>(attr.index)];
  }
  const ir::Param* scalar_param(NodeId id) const {
    const Node& node = main_.graph[id];
    if (node.op() != Op::param || is_array_param(main_, id)) return nullptr;
    return &main_.params[static_cast<std::size_t>(node.operation.attr<ir::ParamAttr>().index)];
  }

  // Iterative, operands first.
  NodeId copy(NodeId root) {
    std::vector<NodeId> stack{root};
    while (!stack.empty()) {
      const NodeId id = stack.back();
      if (copies_.contains(id)) {
        stack.pop_back();
        continue;
      }
      bool ready = true;
      if (!is_input(id)) {
        const auto& operands = main_.graph[id].operands;
        for (std::size_t k = operands.size(); k-- > 0;) {
          if (!copies_.contains(operands[k])) {
            stack.push_back(operands[k]);
            ready = false;
          }
        }
      }
      if (!ready) continue;
      stack.pop_back();
      copies_.emplace(id, copy_one(id));
    }
    return copies_.at(root);
  }

  NodeId copy_one(NodeId id) {
    const Node& node = main_.graph[id];
    if (is_input(id)) return input(id);
    if (const ir::Param* p = scalar_param(id)) {
      ir::Call::Argument argument;
      argument.param = node.operation.attr<ir::ParamAttr>().index;
      return scalar(p->type.dtype, argument, node.place);
    }
    if (node.op() == Op::constant) return constant(node);
    std::vector<NodeId> operands;
    for (NodeId o : node.operands) operands.push_back(copies_.at(o));
    const ir::Type type{node.type.dtype, symbols_(node.type.shape)};
    const NodeId copied =
        out_.function.graph.add(renamed(node.operation), std::move(operands), type, node.place);
    if (!kept_[id] || is_root(id)) return copied;
    return out_.function.graph.add({Op::keep, nullptr, nullptr}, {copied}, type, node.place);
  }

  NodeId constant(const Node& node) {
    const ir::Scalar value = node.operation.attr<ir::ConstantAttr>().value;
    const double v = ir::to_double(value);
    const bool inlined = ir::is_float(value.dtype) ? v == 0 || v == 1 : v >= -16 && v <= 16;
    if (inlined) return out_.function.graph.constant(value);
    ir::Call::Argument argument;
    argument.constant = value;
    return scalar(value.dtype, argument, node.place);
  }

  NodeId input(NodeId id) {
    const Node& node = main_.graph[id];
    ir::Param p;
    p.name = "a" + std::to_string(out_.inputs.size());
    p.type = {node.type.dtype, symbols_(node.type.shape)};
    if (const ir::Param* source = direct_param(id)) {
      p.layout = source->layout;
      if (!p.layout.contiguous && ir::is_complex(source->type.dtype)) {
        p.layout.unit_axis = source->type.rank();
      }
    }
    out_.inputs.push_back(id);
    return param(std::move(p), node.place);
  }

  NodeId scalar(ir::DType dtype, const ir::Call::Argument& argument, ir::Place place) {
    ir::Param p;
    p.name = "s" + std::to_string(out_.call.scalars.size());
    p.kind = ir::ParamKind::scalar;
    p.type = {dtype, {}};
    out_.call.scalars.push_back(argument);
    return param(std::move(p), place);
  }

  NodeId param(ir::Param p, ir::Place place) {
    ir::Operation op{Op::param, nullptr,
                     std::make_shared<const ir::Attributes>(
                         ir::ParamAttr{static_cast<std::int32_t>(out_.function.params.size())})};
    const ir::Type type = p.type;
    out_.function.params.push_back(std::move(p));
    return out_.function.graph.add(std::move(op), {}, type, place);
  }

  // The operation with its extents renamed.
  ir::Operation renamed(const ir::Operation& operation) {
    if (operation.attributes == nullptr) return operation;
    ir::Operation out = operation;
    const auto set = [&](ir::Attributes a) {
      out.attributes = std::make_shared<const ir::Attributes>(std::move(a));
    };
    if (operation.op == Op::view) {
      ir::ViewAttr map = operation.attr<ir::ViewAttr>();
      map.shape = symbols_(map.shape);
      for (ir::ViewAxis& axis : map.axes) axis.start = symbols_(axis.start);
      set(std::move(map));
    } else if (operation.op == Op::reshape) {
      set(ir::ShapeAttr{symbols_(operation.attr<ir::ShapeAttr>().shape)});
    } else if (operation.op == Op::extent || operation.op == Op::iota) {
      set(ir::ExtentAttr{symbols_(operation.attr<ir::ExtentAttr>().value)});
    }
    return out;
  }

  void append_strides() {
    for (NodeId id : out_.inputs) {
      const ir::Param* p = direct_param(id);
      if (p == nullptr || p->layout.contiguous) continue;
      for (int axis = 0; axis < p->type.rank(); ++axis) {
        out_.call.sizes.push_back(Extent::symbol("$" + p->name + "." + std::to_string(axis)));
      }
      // The parts of complex numbers lie side by side.
      if (ir::is_complex(p->type.dtype)) {
        out_.call.sizes.emplace_back(ir::item_size(ir::part_dtype(p->type.dtype)));
      }
    }
  }

  const ir::Function& main_;
  const std::vector<NodeId>& roots_;
  const std::vector<bool>& in_memory_;
  const std::vector<bool>& kept_;
  Outlined out_;
  Symbols symbols_;
  std::unordered_map<NodeId, NodeId> copies_;
};

}  // namespace

Outlined outline(const ir::Function& function, const std::vector<NodeId>& roots,
                 const Grouping& grouping) {
  return Outliner(function, roots, grouping).run();
}

}  // namespace arrayc::passes
