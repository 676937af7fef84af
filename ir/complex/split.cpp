#include "ir/complex/split.h"

#include <fmt/format.h>

#include <bit>

#include "ir/complex/complex_ufunc.h"
#include "ir/contraction.h"
#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

class Splitter {
 public:
  explicit Splitter(const Function& function) : source_(function), result_(function) {
    result_.graph = Graph();
  }

  Function run() {
    for (NodeId id = 0; id < source_.graph.size(); ++id) {
      try {
        done_.push_back(split(source_.graph[id]));
      } catch (const Error& error) {
        throw error.at(source_.graph[id].place);
      }
    }
    for (NodeId& id : result_.results) {
      const Place place = source_.graph[id].place;
      const Split& s = done_[id];
      id = s.im == no_node ? s.value : add(Op::complex, {s.value, s.im}, place);
    }
    return std::move(result_);
  }

 private:
  // A value, or the real and the imaginary part of one.
  struct Split {
    NodeId value = no_node;
    NodeId im = no_node;     // complex values
    NodeId whole = no_node;  // complex values in memory: the array of both parts
  };

  Graph& graph() { return result_.graph; }
  static bool is_split(const Split& s) { return s.im != no_node; }

  Split split(const Node& node) {
    std::vector<Split> operands;
    bool complex = is_complex(node.type.dtype);
    for (const NodeId operand : node.operands) {
      operands.push_back(done_[operand]);
      complex = complex || is_split(operands.back());
    }
    if (!complex) return {copy(node, node.operation, values_of(operands), node.type)};
    switch (node.op()) {
      case Op::param:
        return in_memory(copy(node, node.operation, {}, parts_type(node.type)));
      case Op::complex:
        return {operands[0].value, operands[1].value};
      case Op::real:
        return {operands[0].value};
      case Op::imag:
        return {operands[0].im};
      case Op::convert:
        return convert(node, operands[0]);
      case Op::ufunc:
        return ufunc(node, operands);
      case Op::reshape:
        return reshape(node, operands[0]);
      case Op::broadcast:
      case Op::slice:
      case Op::transpose:
      case Op::expand_dims:
      case Op::squeeze:
      case Op::view:
        return same_of_both(node, operands[0]);
      case Op::reduce:
        if (node.operation.ufunc->name == "add") return same_of_both(node, operands[0]);
        return fold(node, operands[0]);
      case Op::einsum:
        return einsum(node, operands);
      case Op::arg_reduce:
        return {copy(node, node.operation, {operands[0].value, operands[0].im}, node.type)};
      default:
        bug("split_complex: a complex node of op " + std::string(info(node.op()).name));
    }
  }

  static std::vector<NodeId> values_of(const std::vector<Split>& operands) {
    std::vector<NodeId> values;
    for (const Split& operand : operands) values.push_back(operand.value);
    return values;
  }

  NodeId copy(const Node& node, Operation operation, std::vector<NodeId> operands, Type type) {
    return graph().add(std::move(operation), std::move(operands), std::move(type), node.place);
  }

  NodeId add(Op op, std::vector<NodeId> operands, Place place) {
    const Type& part = graph()[operands[0]].type;
    const Type type{complex_dtype(part.dtype), part.shape};
    return graph().add({op, nullptr, nullptr}, std::move(operands), type, place);
  }

  NodeId number(double value, const Type& type) {
    return graph().broadcast(graph().constant(ir::convert(Scalar::of(value), type.dtype)),
                             type.shape);
  }

  Split in_memory(NodeId whole) {
    const Type type = graph()[whole].type;
    ViewAttr map{Shape(type.shape.begin(), type.shape.end() - 1), {}};
    for (std::size_t axis = 0; axis < map.shape.size(); ++axis) {
      map.axes.push_back({static_cast<int>(axis), 0, 1});
    }
    map.axes.push_back({-1, 0, 1});
    const NodeId re = graph().view(whole, map);
    map.axes.back().start = 1;
    return {re, graph().view(whole, std::move(map)), whole};
  }

  Split same_of_both(const Node& node, const Split& x) {
    const Type type{part_dtype(node.type.dtype), node.type.shape};
    return {copy(node, node.operation, {x.value}, type), copy(node, node.operation, {x.im}, type)};
  }

  // Each part of the result needs both parts of the elements.
  Split fold(const Node& node, const Split& x) {
    const std::string_view name = node.operation.ufunc->name;
    if (name != "multiply" && name != "minimum" && name != "maximum") {
      limitation(fmt::format("{}.reduce of complex numbers is not built", name));
    }
    const Type type{part_dtype(node.type.dtype), node.type.shape};
    const auto part = [&](ResultPart which) {
      ReduceAttr attr = node.operation.attr<ReduceAttr>();
      attr.part = which;
      Operation operation = node.operation;
      operation.attributes = std::make_shared<const Attributes>(attr);
      return copy(node, std::move(operation), {x.value, x.im}, type);
    };
    return {part(ResultPart::real), part(ResultPart::imaginary)};
  }

  Split reshape(const Node& node, const Split& x) {
    // Equal numbers of elements by a guard alone are not known to be those of parts.
    const Shape& from = source_.graph[node.operands[0]].type.shape;
    const bool equal = element_count(from) == element_count(node.type.shape);
    if (x.whole == no_node || !equal) return same_of_both(node, x);
    const Type type = parts_type(node.type);
    Operation operation = node.operation;
    operation.attributes = std::make_shared<const Attributes>(ShapeAttr{type.shape});
    return in_memory(copy(node, std::move(operation), {x.whole}, type));
  }

  // To a real type only the real part; True where a part is not 0.
  Split convert(const Node& node, const Split& x) {
    const DType to = node.type.dtype;
    if (is_complex(to)) {
      const NodeId re = graph().convert(x.value, part_dtype(to));
      if (is_split(x)) return {re, graph().convert(x.im, part_dtype(to))};
      return {re, number(0, graph()[re].type)};
    }
    if (!is_bool(to)) return {graph().convert(x.value, to)};
    const Part re(graph(), x.value), im(graph(), x.im);
    return {((re != 0) | (im != 0)).id()};
  }

  Split ufunc(const Node& node, const std::vector<Split>& operands) {
    const Ufunc& ufunc = *node.operation.ufunc;
    const auto part = [&](NodeId id) { return Part(graph(), id); };
    if (ufunc.rule == TypeRule::select) {
      const Part condition = part(operands[0].value);
      return {select(condition, part(operands[1].value), part(operands[2].value)).id(),
              select(condition, part(operands[1].im), part(operands[2].im)).id()};
    }
    const ComplexUfunc* row = find_complex(ufunc);
    if (row == nullptr) bug("split_complex: no formula for " + std::string(ufunc.name));
    std::vector<Complex> args;
    for (const Split& operand : operands) args.push_back({part(operand.value), part(operand.im)});
    const Complex made = row->formula(args);
    if (row->result != ComplexResult::same) return {made.re.id()};
    return {made.re.id(), made.im.id()};
  }

  // The product of all operands' (re + i im), multiplied out: a term for each choice of parts, with
  // the sign of the power of i.
  Split einsum(const Node& node, const std::vector<Split>& operands) {
    const std::size_t count = operands.size();
    if (count > 3) return long_einsum(node, operands);
    const Type type{part_dtype(node.type.dtype), node.type.shape};
    std::optional<Part> sums[2];
    for (unsigned choice = 0; choice < 1u << count; ++choice) {
      std::vector<NodeId> factors;
      for (std::size_t k = 0; k < count; ++k) {
        factors.push_back((choice >> k & 1) != 0 ? operands[k].im : operands[k].value);
      }
      const int power = std::popcount(choice);
      const Part term(graph(), copy(node, node.operation, std::move(factors), type));
      std::optional<Part>& sum = sums[power % 2];
      if (!sum) {
        sum = term;
      } else {
        sum = power / 2 % 2 == 0 ? *sum + term : *sum - term;
      }
    }
    return {sums[0]->id(), sums[1]->id()};
  }

  // Of many operands, the products of complex numbers, whose parts are summed.
  Split long_einsum(const Node& node, const std::vector<Split>& operands) {
    const auto& attr = node.operation.attr<EinsumAttr>();
    const IterationSpace space = iteration_space(graph(), attr, values_of(operands));
    const auto factor = [&](std::size_t k) {
      const auto part = [&](NodeId id) {
        return Part(graph(), spread(graph(), id, attr.operands[k], space, node.place));
      };
      return Complex{part(operands[k].value), part(operands[k].im)};
    };
    const ComplexUfunc& multiply = *find_complex(*find_builtin_ufunc("multiply"));
    Complex product = factor(0);
    for (std::size_t k = 1; k < operands.size(); ++k) {
      const std::vector<Complex> factors = {product, factor(k)};
      product = multiply.formula(factors);
    }
    return {sum_contracted(graph(), product.re.id(), attr, space, node.place),
            sum_contracted(graph(), product.im.id(), attr, space, node.place)};
  }

  const Function& source_;
  Function result_;
  std::vector<Split> done_;  // by node of the source
};

}  // namespace

bool has_complex(const Function& function) {
  for (NodeId id = 0; id < function.graph.size(); ++id) {
    if (is_complex(function.graph[id].type.dtype)) return true;
  }
  return false;
}

Function split_complex(const Function& function) { return Splitter(function).run(); }

}  // namespace arrayc::ir
