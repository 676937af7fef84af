// Rewrites that are exact for every input, NaN and -0 included.
//
//   %1 = convert %0 : f64[n]          (of f64[n])      →  %0
//   %2 = divide %0, 4.0                                →  multiply %0, 0.25
//   %3 = negative (negative %0)                        →  %0
//   %4 = add 1.5, 2.0                                  →  3.5
//
// Equal nodes become one by the way, since the graph is built anew. Not done, because a float would
// show it: x*0 → 0, x-x → 0, x+0 → x, x == x → true.
#include <bit>
#include <cmath>

#include "passes/pass.h"
#include "passes/rebuild.h"
#include "runtime/planted.h"

namespace arrayc::passes {

using ir::DType;
using ir::Node;
using ir::NodeId;
using ir::Op;
using ir::Scalar;

namespace {

// The 0-d constant that a node is, seen through broadcasts.
const Scalar* constant_of(const ir::Graph& graph, NodeId id) {
  while (graph[id].op() == Op::broadcast) id = graph[id].operands[0];
  if (graph[id].op() != Op::constant) return nullptr;
  return &graph[id].operation.attr<ir::ConstantAttr>().value;
}

// Whether a constant is this number; zeros by their sign.
bool is_value(const Scalar* s, double v) {
  if (s == nullptr || ir::to_double(*s) != v) return false;
  return std::signbit(ir::to_double(*s)) == std::signbit(v);
}

// 1/v if dividing by v and multiplying by it are the same for every operand.
std::optional<Scalar> exact_reciprocal(const Scalar* s) {
  if (s == nullptr || !ir::is_float(s->dtype)) return std::nullopt;
  const double v = ir::to_double(*s);
  int exponent = 0;
  if (v == 0 || !std::isfinite(v)) return {};
  const bool power_of_2 = std::fabs(std::frexp(v, &exponent)) == 0.5;
  if (!power_of_2 && !planted(runtime::Plant::simplify_reciprocal)) return {};
  const int limit = s->dtype == DType::F64 ? 1000 : 120;
  if (exponent > limit || exponent < -limit) return std::nullopt;
  return ir::convert(Scalar::of(1 / v), s->dtype);
}

// operands of `op` where x OP neutral is x for every x, the sign of zero included.
bool is_right_neutral(std::string_view op, const Scalar* s) {
  if (s == nullptr) return false;
  if (op == "multiply" || op == "divide") return is_value(s, 1);
  const bool integer = ir::is_integer(s->dtype);
  if (op == "subtract") return is_value(s, 0);
  if (op == "add")
    return is_value(s, integer || planted(runtime::Plant::simplify_plus_zero) ? 0 : -0.0);
  if (!integer) return false;
  if (op == "bitwise_or" || op == "bitwise_xor" || op == "left_shift" || op == "right_shift") {
    return s->bits == 0;
  }
  return op == "floor_divide" && is_value(s, 1);
}

class Simplifier {
 public:
  explicit Simplifier(bool fma) : fma_(fma) {}

  NodeId operator()(Rebuild& r, NodeId old) const {
    const Node& node = r.old()[old];
    switch (node.op()) {
      case Op::convert:
        return convert(r, old, node);
      case Op::broadcast:
        return broadcast(r, old, node);
      case Op::ufunc:
        return ufunc(r, old, node);
      default:
        return r.copy(old);
    }
  }

 private:
  static NodeId convert(Rebuild& r, NodeId old, const Node& node) {
    const NodeId x = r[node.operands[0]];
    const Node& operand = r.graph()[x];
    if (operand.type.dtype == node.type.dtype) return x;
    if (operand.op() == Op::constant) {
      const Scalar value = operand.operation.attr<ir::ConstantAttr>().value;
      return r.graph().constant(ir::convert(value, node.type.dtype));
    }
    if (operand.op() == Op::broadcast) {  // converting before stretching is less work
      const ir::Shape shape = node.type.shape;
      const NodeId narrow = operand.operands[0];
      return r.graph().broadcast(r.graph().convert(narrow, node.type.dtype), shape);
    }
    return r.copy(old);
  }

  static NodeId broadcast(Rebuild& r, NodeId old, const Node& node) {
    NodeId x = r[node.operands[0]];
    while (r.graph()[x].op() == Op::broadcast) x = r.graph()[x].operands[0];
    if (r.graph()[x].type.shape == node.type.shape) return x;
    if (x == r[node.operands[0]]) return r.copy(old);
    return r.graph().broadcast(x, node.type.shape);
  }

  NodeId ufunc(Rebuild& r, NodeId old, const Node& node) const {
    const ir::Graph& g = r.graph();
    const std::vector<NodeId> operands = r.operands(old);
    if (const auto folded = fold(g, node, operands)) return r.graph().constant(*folded);
    const std::string_view name = node.operation.ufunc->name;
    if (operands.size() == 2) {
      const Scalar* right = constant_of(g, operands[1]);
      const bool same = g[operands[0]].type == node.type;
      if (same && is_right_neutral(name, right)) return operands[0];
      if (name == "divide" && same) {
        if (const auto factor = exact_reciprocal(right)) return scaled(r, node, operands, *factor);
      }
    }
    if (operands.size() == 1) {
      const Node& inner = g[operands[0]];
      const bool same_ufunc = inner.op() == Op::ufunc && inner.operation.ufunc->name == name;
      const bool involution = name == "negative" ||
                              (name == "logical_not" && ir::is_bool(inner.type.dtype)) ||
                              name == "invert";
      if (same_ufunc && involution && g[inner.operands[0]].type == node.type) {
        return inner.operands[0];
      }
      if (same_ufunc && (name == "absolute" || name == "floor" || name == "ceil" ||
                         name == "trunc" || name == "rint")) {
        return operands[0];
      }
    }
    return r.copy(old);
  }

  static NodeId scaled(Rebuild& r, const Node& node, const std::vector<NodeId>& operands,
                       Scalar factor) {
    const ir::Ufunc* multiply = ir::find_builtin_ufunc("multiply");
    const NodeId c = r.graph().broadcast(r.graph().constant(factor), node.type.shape);
    return r.graph().apply(*multiply, {operands[0], c}, node.type.dtype, node.place);
  }

  // The value of a 0-d ufunc of constants.
  std::optional<Scalar> fold(const ir::Graph& graph, const Node& node,
                             const std::vector<NodeId>& operands) const {
    if (node.type.rank() != 0) return std::nullopt;
    std::vector<Scalar> values;
    for (NodeId id : operands) {
      if (graph[id].op() != Op::constant) return std::nullopt;
      values.push_back(graph[id].operation.attr<ir::ConstantAttr>().value);
    }
    return ir::evaluate(*node.operation.ufunc, values, node.type.dtype, fma_);
  }

  bool fma_;
};

}  // namespace

void simplify(ir::Module& module, const Context& context) {
  const Simplifier rule(context.target.fma);
  for (ir::Function& function : module.functions) rebuild(function, rule);
}

}  // namespace arrayc::passes
