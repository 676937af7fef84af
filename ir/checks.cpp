//   %2 = power %x, %y : i64[n]
//     → %3 = less %y, 0; %4 = where %3, iota n, largest; %5 = reduce.minimum %4
//
// What is stretched is looked at before that: the first failing position has index 0 on an axis
// that is stretched.
#include "ir/checks.h"

#include <algorithm>

namespace arrayc::ir {

namespace {

// How many operations a proof looks through.
constexpr int longest_proof = 16;

constexpr std::string_view power_sentence = "Integers to negative integer powers are not allowed.";

bool is_not_negative(const Graph& graph, NodeId id, int left = longest_proof);

bool ufunc_is_not_negative(const Graph& graph, const Node& node, int left) {
  const auto operand = [&](std::size_t k) {
    return is_not_negative(graph, node.operands[k], left - 1);
  };
  const std::string_view name = node.operation.ufunc->name;
  if (name == "maximum" || name == "bitwise_and") return operand(0) || operand(1);
  if (name == "minimum" || name == "bitwise_or" || name == "bitwise_xor" ||
      name == "floor_divide") {
    return operand(0) && operand(1);
  }
  if (name == "where") return operand(1) && operand(2);
  if (name == "remainder") return operand(1);
  return (name == "right_shift" || name == "positive") && operand(0);
}

// Integers that certainly have no negative element.
bool is_not_negative(const Graph& graph, NodeId id, int left) {
  const Node& node = graph[id];
  const DType dtype = node.type.dtype;
  if (is_bool(dtype) || is_unsigned(dtype)) return true;
  if (!is_integer(dtype) || left == 0) return false;
  switch (node.op()) {
    case Op::constant:
      return to_int64(node.operation.attr<ConstantAttr>().value) >= 0;
    case Op::extent:
      return node.operation.attr<ExtentAttr>().value.lower_bound().value_or(-1) >= 0;
    case Op::iota:
    case Op::arg_reduce:
      return true;
    case Op::convert: {
      const DType from = graph[node.operands[0]].type.dtype;
      const bool fits = is_bool(from) || (is_integer(from) && item_size(from) < item_size(dtype)) ||
                        (is_signed(from) && item_size(from) == item_size(dtype));
      return fits && is_not_negative(graph, node.operands[0], left - 1);
    }
    case Op::complex:
    case Op::real:
    case Op::imag:
      return false;
    case Op::broadcast:
    case Op::slice:
    case Op::transpose:
    case Op::expand_dims:
    case Op::squeeze:
    case Op::reshape:
    case Op::view:
    case Op::keep:
      return is_not_negative(graph, node.operands[0], left - 1);
    case Op::ufunc:
      return ufunc_is_not_negative(graph, node, left);
    case Op::reduce: {
      const std::string_view name = node.operation.ufunc->name;
      return (name == "minimum" || name == "maximum") &&
             is_not_negative(graph, node.operands[0], left - 1);
    }
    case Op::param:
    case Op::einsum:
      return false;
  }
  return false;
}

// The operand whose elements decide, in its own shape.
NodeId deciding_operand(const Graph& graph, NodeId id) {
  NodeId operand = graph[id].operands[1];
  while (graph[operand].op() == Op::broadcast) operand = graph[operand].operands[0];
  return operand;
}

class CheckBuilder {
 public:
  explicit CheckBuilder(Graph& graph) : graph_(graph) {}

  // The first position in C order of `shape` where `bad` holds; `bad` broadcasts to it.
  NodeId first_position(NodeId bad, const Shape& shape) {
    const Shape own = graph_[bad].type.shape;
    const NodeId none = spread(graph_.constant(Scalar::of(no_failure)), own);
    NodeId value = graph_.apply(row("where"), {bad, position(own, shape), none}, DType::I64);
    const Ufunc& minimum = row("minimum");
    for (auto axis = static_cast<int>(own.size()) - 1; axis >= 0; --axis) {
      const bool last = axis + 1 == static_cast<int>(own.size());
      const ReduceAttr attr{axis, default_tree(minimum, DType::I64, last)};
      Type type = graph_[value].type;
      type.shape.pop_back();
      value = graph_.add(with(Op::reduce, attr, &minimum), {value}, std::move(type));
    }
    return value;
  }

  NodeId is_negative(NodeId x) {
    const Type type = graph_[x].type;
    const NodeId zero = graph_.constant(convert(Scalar::of(std::int64_t{0}), type.dtype));
    return graph_.apply(row("less"), {x, spread(zero, type.shape)}, DType::Bool);
  }

 private:
  static const Ufunc& row(std::string_view name) { return *find_builtin_ufunc(name); }
  static Operation with(Op op, Attributes attributes, const Ufunc* ufunc = nullptr) {
    return {op, ufunc, std::make_shared<const Attributes>(std::move(attributes))};
  }
  NodeId spread(NodeId scalar, const Shape& shape) { return graph_.broadcast(scalar, shape); }

  // Of each element of an array of shape `own`, its place in `shape`, to which that is stretched.
  NodeId position(const Shape& own, const Shape& shape) {
    NodeId sum = no_node;
    Extent stride = 1;
    for (std::size_t k = 0; k < own.size(); ++k) {
      const std::size_t axis = own.size() - 1 - k;
      if (!own[axis].is(1)) {
        const NodeId term = along(axis, own, stride);
        sum = sum == no_node ? term : graph_.apply(row("add"), {term, sum}, DType::I64);
      }
      stride = stride * shape[shape.size() - 1 - k];
    }
    return sum != no_node ? sum : spread(graph_.constant(Scalar::of(std::int64_t{0})), own);
  }

  NodeId along(std::size_t axis, const Shape& shape, const Extent& stride) {
    const Type line{DType::I64, {shape[axis]}};
    const NodeId index = graph_.add(with(Op::iota, ExtentAttr{shape[axis]}), {}, line);
    NodeId value = index;
    if (shape.size() > 1) {
      value = graph_.view(index, {shape, {ViewAxis{static_cast<int>(axis), 0, 1}}});
    }
    if (stride.is(1)) return value;
    const NodeId factor = stride.is_constant() ? graph_.constant(Scalar::of(stride.constant()))
                                               : graph_.add(with(Op::extent, ExtentAttr{stride}),
                                                            {}, Type{DType::I64, {}});
    return graph_.apply(row("multiply"), {value, spread(factor, shape)}, DType::I64);
  }

  Graph& graph_;
};

}  // namespace

bool may_fail(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op() != Op::ufunc || node.operation.ufunc->domain == Domain::all) return false;
  return is_signed(node.type.dtype) && !is_not_negative(graph, deciding_operand(graph, id));
}

void add_checks(Function& function, std::vector<Failing> failing) {
  std::sort(failing.begin(), failing.end(), [](const Failing& a, const Failing& b) {
    return a.age != b.age ? a.age > b.age : a.node < b.node;
  });
  CheckBuilder builder(function.graph);
  const std::size_t results = function.results.size();
  for (const Failing& f : failing) {
    const Shape shape = function.graph[f.node].type.shape;
    if (std::any_of(shape.begin(), shape.end(), [](const Extent& e) { return e.is(0); })) continue;
    const NodeId bad = builder.is_negative(deciding_operand(function.graph, f.node));
    const NodeId value = builder.first_position(bad, shape);
    bool known = false;
    for (std::size_t k = 0; k < function.checks.size(); ++k) {
      known =
          known || (function.results[results + k] == value && function.checks[k].shape == shape);
    }
    if (known) continue;
    Check& check = function.checks.emplace_back();
    check.shape = shape;
    check.message = power_sentence;
    check.place = f.place;
    function.results.push_back(value);
  }
}

}  // namespace arrayc::ir
