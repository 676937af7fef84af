// Contractions as a graph shows them: whether a BLAS can take them.
#include <fmt/format.h>

#include <algorithm>

#include "backends/blas/placement.h"

namespace arrayc::backends::blas {

using ir::Node;
using ir::NodeId;
using ir::Op;

namespace {

bool is_view(Op op) {
  return op == Op::broadcast || op == Op::slice || op == Op::transpose || op == Op::expand_dims ||
         op == Op::squeeze || op == Op::view;
}

ir::ViewAttr identity(const ir::Shape& shape) {
  ir::ViewAttr view{shape, {}};
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) view.axes.push_back({axis});
  return view;
}

const ir::Param* param_of(const ir::Function& function, NodeId id) {
  const Node& node = function.graph[id];
  if (node.op() != Op::param) return nullptr;
  return &function.params[static_cast<std::size_t>(node.operation.attr<ir::ParamAttr>().index)];
}

// How an operand runs through memory along an axis.
enum class Run : std::uint8_t {
  next,   // from one element to the next
  apart,  // forwards, or by a stride that is not known
  back,
  still,  // the same elements again
};

std::vector<Run> runs_of(const ir::Function& function, const Source& source) {
  const ir::Param* const param = param_of(function, source.base);
  int unit = param && !param->layout.contiguous ? param->layout.unit_axis : -1;
  if (!param || param->layout.contiguous) {
    for (int k = 0; k < static_cast<int>(source.shape.size()); ++k) {
      if (!source.shape[static_cast<std::size_t>(k)].is(1)) unit = k;
    }
  }
  std::vector<Run> runs(source.view.shape.size(), Run::still);
  for (int k = 0; k < static_cast<int>(source.view.axes.size()); ++k) {
    const ir::ViewAxis& axis = source.view.axes[static_cast<std::size_t>(k)];
    if (axis.axis < 0 || source.shape[static_cast<std::size_t>(k)].is(1)) continue;
    Run& run = runs[static_cast<std::size_t>(axis.axis)];
    const Run here = axis.step < 0                 ? Run::back
                     : axis.step == 1 && k == unit ? Run::next
                                                   : Run::apart;
    run = run == Run::still ? here : run == Run::back || here == Run::back ? Run::back : Run::apart;
  }
  return runs;
}

bool contains(const std::vector<std::int32_t>& indices, std::int32_t index) {
  return std::ranges::find(indices, index) != indices.end();
}

// An operand's indices that are more than one element long, and how it runs along them.
struct Factor {
  std::vector<std::int32_t> indices;
  std::vector<Run> runs;
  std::optional<std::int32_t> unit;  // the index that it runs along from element to element

  bool has(std::int32_t index) const { return contains(indices, index); }
};

struct Classes {
  std::vector<std::int32_t> batch, m, n, k;
};

class Judge {
 public:
  Judge(const ir::Function& function, NodeId id)
      : function_(function),
        node_(function.graph[id]),
        einsum_(node_.operation.attr<ir::EinsumAttr>()) {}

  Verdict verdict() {
    if (std::string reason = refusal(); !reason.empty()) return {"", std::move(reason)};
    const std::string_view routine = !classes_.m.empty() && !classes_.n.empty()   ? "gemm"
                                     : !classes_.m.empty() || !classes_.n.empty() ? "gemv"
                                                                                  : "dot";
    std::string text(routine);
    if (!classes_.batch.empty()) text += " for each matrix of a batch";
    const bool strided = std::ranges::any_of(node_.operands, [&](NodeId operand) {
      const ir::Param* const param = param_of(function_, source_of(function_, operand).base);
      return param && !param->layout.contiguous;
    });
    if (strided) text += ", if the strides of its arguments suit";
    return {std::string(routine), std::move(text)};
  }

 private:
  std::string refusal() {
    if (node_.operands.size() != 2) {
      return fmt::format("it has {} operands, the BLAS takes two", node_.operands.size());
    }
    const ir::DType type = node_.type.dtype;
    const bool known = type == ir::DType::F32 || type == ir::DType::F64 || type == ir::DType::C64 ||
                       type == ir::DType::C128;
    if (!known) return fmt::format("the BLAS knows no {}", ir::name(type));
    for (std::size_t f = 0; f < 2; ++f) {
      if (std::string reason = look_at(f); !reason.empty()) return reason;
    }
    if (std::string reason = classify(); !reason.empty()) return reason;
    if (classes_.m.empty() && classes_.n.empty()) {
      return classes_.batch.empty() ? "" : "it is many sums of one product each";
    }
    return unit_refusal();
  }

  std::string look_at(std::size_t f) {
    const NodeId operand = node_.operands[f];
    const ir::Type& type = function_.graph[operand].type;
    if (type.dtype != node_.type.dtype) return "its operands have another dtype";
    const std::vector<Run> runs = runs_of(function_, source_of(function_, operand));
    for (std::size_t axis = 0; axis < einsum_.operands[f].size(); ++axis) {
      const std::int32_t index = einsum_.operands[f][axis];
      if (std::ranges::count(einsum_.operands[f], index) > 1) {
        return fmt::format("operand {} has an index twice", f);
      }
      if (type.shape[axis].is(1)) continue;
      factors_[f].indices.push_back(index);
      factors_[f].runs.push_back(runs[axis]);
      if (runs[axis] == Run::next) factors_[f].unit = index;
    }
    return "";
  }

  std::string classify() {
    const auto& [a, b] = factors_;
    for (const std::int32_t index : a.indices) {
      const bool in_result = contains(einsum_.result, index);
      if (b.has(index)) {
        (in_result ? classes_.batch : classes_.k).push_back(index);
      } else if (in_result) {
        classes_.m.push_back(index);
      } else {
        return "an index of one operand alone is summed";
      }
    }
    for (const std::int32_t index : b.indices) {
      if (a.has(index)) continue;
      if (!contains(einsum_.result, index)) return "an index of one operand alone is summed";
      classes_.n.push_back(index);
    }
    if (classes_.k.empty()) return "it sums nothing";
    for (std::size_t f = 0; f < 2; ++f) {
      for (std::size_t axis = 0; axis < factors_[f].indices.size(); ++axis) {
        if (contains(classes_.batch, factors_[f].indices[axis])) continue;
        if (factors_[f].runs[axis] == Run::back) return fmt::format("operand {} is reversed", f);
        if (factors_[f].runs[axis] == Run::still) return fmt::format("operand {} is stretched", f);
      }
    }
    return "";
  }

  // The BLAS wants matrices with consecutive elements along one of their two axes.
  std::string unit_refusal() const {
    const auto refusal_of = [&](std::size_t f) -> std::string {
      const auto& unit = factors_[f].unit;
      if (!unit) return fmt::format("operand {} has no axis of consecutive elements", f);
      if (!contains(classes_.batch, *unit)) return "";
      return fmt::format("elements of the matrices in operand {} are not consecutive", f);
    };
    if (classes_.m.empty() || classes_.n.empty()) return refusal_of(classes_.m.empty() ? 1 : 0);
    for (const std::size_t f : {std::size_t{0}, std::size_t{1}}) {
      if (std::string reason = refusal_of(f); !reason.empty()) return reason;
    }
    std::int32_t last = -1;  // of the result, which is contiguous
    for (const std::int32_t index : einsum_.result) {
      if (factors_[0].has(index) || factors_[1].has(index)) last = index;
    }
    if (contains(classes_.batch, last)) {
      return "elements of the matrices in the result are not consecutive";
    }
    const std::size_t right = contains(classes_.n, last) ? 1 : 0;
    const std::int32_t right_unit = *factors_[right].unit, left_unit = *factors_[1 - right].unit;
    const bool right_sums = contains(classes_.k, right_unit);
    if (!right_sums && right_unit != last) {
      return fmt::format("operand {} and the result run along different indices", right);
    }
    if (right_sums && contains(classes_.k, left_unit) && left_unit != right_unit) {
      return "its operands run along different indices";
    }
    return "";
  }

  const ir::Function& function_;
  const Node& node_;
  const ir::EinsumAttr& einsum_;
  std::array<Factor, 2> factors_;
  Classes classes_;
};

}  // namespace

Source source_of(const ir::Function& function, NodeId operand) {
  const ir::Graph& graph = function.graph;
  Source source{operand, graph[operand].type.shape, identity(graph[operand].type.shape)};
  while (is_view(graph[source.base].op())) {
    const Node& node = graph[source.base];
    const ir::Type& inner = graph[node.operands[0]].type;
    source.view = ir::compose(source.view, ir::view_map(node.operation, inner, node.type));
    source.base = node.operands[0];
    source.shape = inner.shape;
  }
  // What is contiguous has the same memory under any shape.
  NodeId whole = source.base;
  while (graph[whole].op() == Op::reshape) whole = graph[whole].operands[0];
  const ir::Param* const param = param_of(function, whole);
  const bool contiguous_param =
      param && param->kind == ir::ParamKind::array && param->layout.contiguous;
  if (contiguous_param || graph[whole].op() == Op::einsum) source.base = whole;
  return source;
}

Verdict judge(const ir::Function& function, NodeId einsum) {
  return Judge(function, einsum).verdict();
}

}  // namespace arrayc::backends::blas
