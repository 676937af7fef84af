// The rules for graphs.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "ir/guarded_extents.h"
#include "ir/print_pieces.h"
#include "ir/verifier.h"

namespace arrayc::ir {

namespace {

using Mode = GuardedExtents::Mode;

bool is_of_parts(Op op) { return op == Op::complex || op == Op::real || op == Op::imag; }
bool has_attributes(Op op) {
  return op != Op::convert && op != Op::ufunc && op != Op::keep && !is_of_parts(op);
}

// Which alternative of Attributes an operation has.
bool right_alternative(Op op, const Attributes& a) {
  switch (op) {
    case Op::param:
      return std::holds_alternative<ParamAttr>(a);
    case Op::constant:
      return std::holds_alternative<ConstantAttr>(a);
    case Op::extent:
    case Op::iota:
      return std::holds_alternative<ExtentAttr>(a);
    case Op::broadcast:
    case Op::reshape:
      return std::holds_alternative<ShapeAttr>(a);
    case Op::slice:
      return std::holds_alternative<SliceAttr>(a);
    case Op::transpose:
    case Op::expand_dims:
    case Op::squeeze:
      return std::holds_alternative<AxesAttr>(a);
    case Op::view:
      return std::holds_alternative<ViewAttr>(a);
    case Op::reduce:
      return std::holds_alternative<ReduceAttr>(a);
    case Op::arg_reduce:
      return std::holds_alternative<ArgReduceAttr>(a);
    case Op::einsum:
      return std::holds_alternative<EinsumAttr>(a);
    case Op::convert:
    case Op::complex:
    case Op::real:
    case Op::imag:
    case Op::ufunc:
    case Op::keep:
      return std::holds_alternative<std::monostate>(a);
  }
  return false;
}

bool is_unwanted_view(Op op) {
  return op == Op::broadcast || op == Op::slice || op == Op::transpose || op == Op::expand_dims ||
         op == Op::squeeze || op == Op::einsum;
}

class GraphVerifier {
 public:
  GraphVerifier(const Function& function, bool is_kernel)
      : f_(function),
        is_kernel_(is_kernel),
        what_((is_kernel ? "kernel @" : "function @") + function.name),
        extents_(is_kernel ? Mode::lenient : Mode::strict),
        param_seen_(function.params.size(), false) {
    for (const Guard& guard : function.guards) extents_.add(guard);
  }

  void run() {
    params();
    if (is_kernel_ && !f_.checks.empty()) bug(what_ + ": a kernel has checks");
    for (id_ = 0; id_ < f_.graph.size(); ++id_) node(f_.graph[id_]);
    for (const NodeId r : f_.results) {
      if (r >= f_.graph.size()) bug(fmt::format("{}: result %{} does not exist", what_, r));
    }
    if (f_.program) return;
    if (f_.checks.size() > f_.results.size()) bug(what_ + ": a check has no result");
    for (std::size_t r = result_count(f_); r < f_.results.size(); ++r) {
      id_ = f_.results[r];
      check(f_.graph[id_].type == check_type, "the result of a check is a 0-d i64");
    }
  }

  void simplified() {
    for (const Guard& guard : f_.guards) {
      if (guard.kind == Guard::Kind::stretch) bug(what_ + ": a broadcast is not decided");
    }
    const std::vector<bool> needed = reachable(f_.graph, f_.results);
    for (id_ = 0; id_ < f_.graph.size(); ++id_) {
      if (!needed[id_]) continue;
      const Node& n = f_.graph[id_];
      if (is_unwanted_view(n.op())) fail("this operation is gone from phase simplified on");
      if (is_complex(n.type.dtype) && n.op() != Op::complex) {
        fail("complex numbers are in parts from phase simplified on");
      }
      for (const NodeId operand : n.operands) {
        check(f_.graph[operand].op() != Op::complex, "complex numbers are only results");
      }
    }
  }

 private:
  [[noreturn]] void fail(std::string_view rule) const {
    bug(fmt::format("{}: {}: `{}`", what_, rule, node_text(f_, id_)));
  }
  void check(bool holds, std::string_view rule) const {
    if (!holds) fail(rule);
  }

  void params() const {
    std::set<std::string_view> names;
    for (const Param& p : f_.params) {
      const auto fail_param = [&](std::string_view rule) {
        bug(fmt::format("{}: {}: parameter '{}'", what_, rule, p.name));
      };
      if (!names.insert(p.name).second) fail_param("two parameters of one name");
      if (p.kind != ParamKind::array && p.type.rank() != 0) fail_param("not 0-d");
      if (p.kind == ParamKind::size && !is_integer(p.type.dtype)) fail_param("not an integer");
      if (p.layout.unit_axis < -1 || p.layout.unit_axis >= p.type.rank()) {
        fail_param("the unit axis is not an axis");
      }
    }
  }

  void node(const Node& n) {
    const OpInfo& row = info(n.op());
    const Operation& operation = n.operation;
    for (const NodeId operand : n.operands) {
      check(operand < id_, "an operand does not precede its user");
    }
    const bool needs_ufunc = n.op() == Op::ufunc || n.op() == Op::reduce;
    check((operation.ufunc != nullptr) == needs_ufunc, "a ufunc where none belongs, or none");
    check(n.op() != Op::keep || is_kernel_, "only kernels keep values in blocks");
    const int count = n.op() == Op::ufunc ? operation.ufunc->arity : row.operands;
    check(count < 0 || n.operands.size() == static_cast<std::size_t>(count),
          "wrong number of operands");
    if (n.op() == Op::reduce || n.op() == Op::arg_reduce) {
      check(n.operands.size() == 1 || n.operands.size() == 2, "wrong number of operands");
    }
    if (operation.attributes) {
      check(right_alternative(n.op(), *operation.attributes), "attributes of another operation");
    } else {
      check(!has_attributes(n.op()), "no attributes");
    }
    if (n.op() == Op::param) return param_node(n);
    attributes(n);
    types(n);
  }

  void param_node(const Node& n) {
    const auto index = static_cast<std::size_t>(n.operation.attr<ParamAttr>().index);
    check(index < f_.params.size(), "no such parameter");
    check(!param_seen_[index], "two nodes for one parameter");
    param_seen_[index] = true;
    const Type& declared = f_.params[index].type;
    const bool in_parts = is_complex(declared.dtype) && n.type == parts_type(declared);
    check(declared == n.type || in_parts, "not the parameter's type");
  }

  // What infer takes for granted.
  void attributes(const Node& n) const {
    const Operation& operation = n.operation;
    if (n.op() == Op::slice) {
      for (const Slice& s : operation.attr<SliceAttr>().axes) {
        check(s.index ? s.start.has_value() : s.step != 0,
              "a slice of step 0 or without its index");
      }
    } else if (n.op() == Op::view) {
      for (const ViewAxis& a : operation.attr<ViewAttr>().axes) {
        check(a.step != 0, "a view of step 0");
      }
    } else if (n.op() == Op::reduce) {
      const Tree& tree = operation.attr<ReduceAttr>().tree;
      check(tree.lanes >= 1 && std::has_single_bit(static_cast<std::uint32_t>(tree.lanes)) &&
                tree.chunk >= 0,
            "the reduction's tree is none");
      check(operation.ufunc->arity == 2, "the ufunc cannot fold");
    }
  }

  void types(const Node& n) {
    operand_types_.clear();
    for (const NodeId operand : n.operands) operand_types_.push_back(f_.graph[operand].type);
    try {
      if (n.op() == Op::ufunc) ufunc_types(n);
      if (is_of_parts(n.op())) part_types(n);
      if (n.op() == Op::reduce || n.op() == Op::arg_reduce || n.op() == Op::einsum) {
        for (const Type& t : operand_types_) {
          check(!is_narrow_float(t.dtype), "elements of 16 bits are folded as f32");
        }
      }
      const Type type = infer(n.operation, operand_types_, n.type.dtype, extents_);
      check(type.dtype == n.type.dtype && extents_.same_shape(n.type.shape, type.shape),
            "the type should be " + to_string(type));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::bug && e.message().starts_with(what_)) throw;
      fail(e.message());
    }
  }

  void part_types(const Node& n) const {
    for (const Type& t : operand_types_) {
      const bool part = t.dtype == DType::F32 || t.dtype == DType::F64;
      const bool right =
          n.op() == Op::complex ? part && t.dtype == operand_types_[0].dtype : is_complex(t.dtype);
      check(right, "not the dtypes of a complex number and its parts");
    }
  }

  void ufunc_types(const Node& n) {
    arguments_.clear();
    for (const Type& t : operand_types_) arguments_.push_back({t.dtype, Weak::strong});
    UfuncLoop loop = resolve(*n.operation.ufunc, arguments_);
    loop = computed(*n.operation.ufunc, std::move(loop));
    check(loop.result == n.type.dtype, "the ufunc's result has another dtype");
    for (std::size_t k = 0; k < arguments_.size(); ++k) {
      check(loop.operands[k] == arguments_[k].dtype, "the ufunc's operands have other dtypes");
    }
  }

  const Function& f_;
  const bool is_kernel_;
  const std::string what_;
  GuardedExtents extents_;
  std::vector<bool> param_seen_;
  NodeId id_ = 0;
  std::vector<Type> operand_types_;  // of the current node
  std::vector<Operand> arguments_;
};

}  // namespace

void verify_graph(const Function& function, Phase phase, bool is_kernel) {
  GraphVerifier verifier(function, is_kernel);
  verifier.run();
  if (phase >= Phase::simplified) verifier.simplified();
}

}  // namespace arrayc::ir
