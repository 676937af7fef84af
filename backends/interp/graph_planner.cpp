// Making a GraphProgram: what can be known before a call.
#include <map>
#include <optional>
#include <unordered_map>

#include "backends/interp/graph_program.h"
#include "ir/complex/split.h"
#include "ir/diagnostic.h"
#include "ir/order_contractions.h"
#include "passes/folds.h"

namespace arrayc::backends::interp {

namespace {

// Folding with a ufunc that is no primitive fold: its tape, row by row.
std::vector<std::byte> workspace_for(const Tape& tape) {
  return std::vector<std::byte>(static_cast<std::size_t>(tape.workspace_bytes()));
}

struct TapeFold {
  const Tape* tape;
  int item_size;
};

template <int item_size>
void tape_rows(const void* context, void* a, const void* v, std::int64_t n, std::int64_t rows) {
  const Tape& tape = *static_cast<const Tape*>(context);
  auto workspace = workspace_for(tape);
  const auto* from = static_cast<const std::byte*>(v);
  for (std::int64_t r = 0; r < rows; ++r, from += n * item_size) {
    const TapeArgument args[] = {{static_cast<const std::byte*>(a), false}, {from, false}};
    tape.run(n, a, args, workspace.data());
  }
}

template <int item_size>
void tape_sequence(const void* context, void* a, const void* v, std::int64_t n) {
  tape_rows<item_size>(context, a, v, 1, n);
}

template <int item_size>
FoldOps tape_fold(const Tape* tape) {
  return {&tape_rows<item_size>, &tape_sequence<item_size>, tape, item_size};
}

FoldOps tape_fold_ops(const Tape* tape, int item_size) {
  switch (item_size) {
    case 1:
      return tape_fold<1>(tape);
    case 2:
      return tape_fold<2>(tape);
    case 4:
      return tape_fold<4>(tape);
    default:
      return tape_fold<8>(tape);
  }
}

struct ShapeHash {
  std::size_t operator()(const ir::Shape& shape) const {
    std::size_t h = shape.size();
    for (const ir::Extent& e : shape) h = h * 1099511628211u + e.hash();
    return h;
  }
};

}  // namespace

class GraphProgram::Planner {
 public:
  Planner(GraphProgram& program, const ir::Function& function, bool fma)
      : program_(program), function_(function), graph_(function.graph), fma_(fma) {}

  void run() {
    const auto needed = ir::reachable(graph_, function_.results);
    find_last_uses(needed);
    slot_.assign(graph_.size(), 0);
    for (ir::NodeId id = 0; id < graph_.size(); ++id) {
      if (needed[id]) add_step(id);
    }
    for (const ir::NodeId id : function_.results) program_.results_.push_back(slot_[id]);
  }

 private:
  void find_last_uses(const std::vector<bool>& needed) {
    last_use_.assign(graph_.size(), 0);
    for (ir::NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed[id]) continue;
      for (const ir::NodeId operand : graph_[id].operands) last_use_[operand] = id;
    }
    for (const ir::NodeId id : function_.results) last_use_[id] = ir::no_node;
  }

  void add_step(ir::NodeId id) {
    const ir::Node& node = graph_[id];
    Step step{};
    step.op = node.op();
    step.dtype = node.type.dtype;
    step.shape = shape(node.type.shape);
    step.first_operand = static_cast<std::uint32_t>(program_.operands_.size());
    step.operand_count = static_cast<std::uint32_t>(node.operands.size());
    for (const ir::NodeId operand : node.operands) program_.operands_.push_back(slot_[operand]);
    step.detail = detail(node);
    if (free_slots_.empty()) free_slots_.push_back(program_.slots_++);
    step.result = slot_[id] = free_slots_.back();
    free_slots_.pop_back();
    step.first_free = static_cast<std::uint32_t>(program_.frees_.size());
    for (std::size_t k = 0; k < node.operands.size(); ++k) {
      const ir::NodeId operand = node.operands[k];
      if (last_use_[operand] != id) continue;
      last_use_[operand] = ir::no_node;  // once, if it occurs twice
      program_.frees_.push_back(slot_[operand]);
      free_slots_.push_back(slot_[operand]);
    }
    step.free_count = static_cast<std::uint32_t>(program_.frees_.size()) - step.first_free;
    program_.steps_.push_back(step);
  }

  std::uint32_t shape(const ir::Shape& extents) {
    const auto [place, is_new] =
        shape_numbers_.try_emplace(extents, static_cast<std::uint32_t>(program_.shapes_.size()));
    if (is_new) {
      auto& sizes = program_.shapes_.emplace_back();
      for (const ir::Extent& e : extents) sizes.push_back(size(e));
    }
    return place->second;
  }

  Size size(const ir::Extent& extent) { return Size(extent, program_.binder_.symbols()); }

  template <typename T>
  static std::uint32_t append(std::vector<T>& table, T value) {
    table.push_back(std::move(value));
    return static_cast<std::uint32_t>(table.size() - 1);
  }

  std::uint32_t detail(const ir::Node& node) {
    const ir::Operation& operation = node.operation;
    switch (node.op()) {
      case ir::Op::param:
        return static_cast<std::uint32_t>(operation.attr<ir::ParamAttr>().index);
      case ir::Op::constant:
        return append(program_.constants_, operation.attr<ir::ConstantAttr>().value.bits);
      case ir::Op::extent:
      case ir::Op::iota:
        return append(program_.sizes_, size(operation.attr<ir::ExtentAttr>().value));
      case ir::Op::convert:
      case ir::Op::ufunc:
        return tape(node);
      case ir::Op::broadcast:
      case ir::Op::slice:
      case ir::Op::transpose:
      case ir::Op::expand_dims:
      case ir::Op::squeeze:
      case ir::Op::view:
        return view(node);
      case ir::Op::reshape:
      case ir::Op::complex:
      case ir::Op::keep:
        return 0;
      case ir::Op::real:
      case ir::Op::imag:
        ir::bug("interp: complex numbers in a function that was split");
      case ir::Op::reduce:
        return reduction(node);
      case ir::Op::arg_reduce: {
        const auto& attr = operation.attr<ir::ArgReduceAttr>();
        return append(program_.arg_reductions_, {attr.axis, attr.maximum, node.place});
      }
      case ir::Op::einsum:
        for (const ir::NodeId operand : node.operands) require_type(operand, node);
        return append(program_.einsums_,
                      plan_einsum(operation.attr<ir::EinsumAttr>(), node.type.dtype, fma_));
    }
    ir::bug("interp: unknown operation");
  }

  void require_type(ir::NodeId operand, const ir::Node& node) const {
    if (graph_[operand].type.dtype == node.type.dtype) return;
    ir::bug("interp: an operand of " + std::string(ir::info(node.op()).name) + " is " +
            std::string(ir::name(graph_[operand].type.dtype)) + ", the result " +
            std::string(ir::name(node.type.dtype)));
  }

  std::uint32_t tape(const ir::Node& node) {
    std::vector<ir::DType> types;
    for (const ir::NodeId operand : node.operands) types.push_back(graph_[operand].type.dtype);
    const ir::DType out = node.type.dtype;
    std::vector<ir::DType> key = types;
    key.push_back(out);
    const auto [place, is_new] = tape_numbers_.try_emplace(
        {node.operation.ufunc, std::move(key)}, static_cast<std::uint32_t>(program_.tapes_.size()));
    if (!is_new) return place->second;
    try {
      program_.tapes_.push_back(
          node.op() == ir::Op::convert
              ? std::make_unique<const Tape>(ir::Prim::convert, types, out)
              : std::make_unique<const Tape>(*node.operation.ufunc, types, out, fma_));
    } catch (const ir::Error& error) {
      throw error.at(node.place);
    }
    return place->second;
  }

  std::uint32_t view(const ir::Node& node) {
    const ir::ViewAttr map = ir::view_map(node.operation, graph_[node.operands[0]].type, node.type);
    ViewPlan plan;
    plan.stretches = node.op() == ir::Op::broadcast;
    for (const ir::ViewAxis& axis : map.axes) {
      plan.axes.push_back({axis.axis, size(axis.start), axis.step});
    }
    return append(program_.views_, std::move(plan));
  }

  std::uint32_t reduction(const ir::Node& node) {
    require_type(node.operands[0], node);
    const auto& attr = node.operation.attr<ir::ReduceAttr>();
    const ir::Ufunc& ufunc = *node.operation.ufunc;
    const ir::DType type = node.type.dtype;
    ReducePlan plan;
    plan.tree = attr.tree;
    plan.axis = attr.axis;
    plan.ufunc = ufunc.name;
    plan.place = node.place;
    plan.part = attr.part;
    if (ir::sums_products(node.operation, node.operands.size())) {
      require_type(node.operands[1], node);
      plan.products = true;
      if (!fma_ || !ir::is_float(type)) plan.multiply = block_op(ir::Prim::mul, type, type);
    }
    if (attr.part != ir::ResultPart::whole) {
      if (ufunc.name == "multiply") {
        plan.ops = fold_ops(ir::loops::Fold::mul, ir::complex_dtype(type));
      } else {
        plan.maximum = ufunc.name == "maximum";
      }
      return append(program_.reductions_, std::move(plan));
    }
    if (const auto fold = fold_of(ufunc, type)) {
      plan.ops = fold_ops(*fold, type);
      plan.identity = fold_identity(*fold, type);
      // As in loops: guards say where integers are missing, and a check may look at none.
      if (!plan.identity && (ir::is_integer(type) || attr.initial)) {
        plan.identity = passes::identity_of(*fold, type);
      }
    } else {
      const ir::DType types[] = {type, type};
      plan.tape = std::make_shared<const Tape>(ufunc, types, type, fma_);
      plan.ops = tape_fold_ops(plan.tape.get(), ir::item_size(type));
    }
    return append(program_.reductions_, std::move(plan));
  }

  GraphProgram& program_;
  const ir::Function& function_;
  const ir::Graph& graph_;
  bool fma_;
  std::vector<ir::NodeId> last_use_;
  std::vector<std::uint32_t> slot_;
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<ir::Shape, std::uint32_t, ShapeHash> shape_numbers_;
  std::map<std::pair<const ir::Ufunc*, std::vector<ir::DType>>, std::uint32_t> tape_numbers_;
};

GraphProgram::GraphProgram(const ir::Function& function, bool fma)
    : binder_(function), checks_(function, binder_.symbols()) {
  std::optional<ir::Function> rewritten;
  if (ir::has_contraction(function)) rewritten = ir::order_contractions(function);
  if (ir::has_complex(function)) {
    rewritten = ir::split_complex(rewritten ? *rewritten : function);
  }
  Planner(*this, rewritten ? *rewritten : function, fma).run();
}

}  // namespace arrayc::backends::interp
