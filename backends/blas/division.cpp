#include "backends/blas/division.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "backends/blas/placement.h"
#include "ir/text.h"

namespace arrayc::backends::blas {

using ir::Node;
using ir::NodeId;
using ir::Op;

namespace {

constexpr std::uint32_t no_value = ~std::uint32_t{0};

// What costs no more to make again than to read.
bool is_cheap(Op op) {
  switch (op) {
    case Op::constant:
    case Op::extent:
    case Op::iota:
    case Op::broadcast:
    case Op::slice:
    case Op::transpose:
    case Op::expand_dims:
    case Op::squeeze:
    case Op::view:
    case Op::reshape:
      return true;
    default:
      return false;
  }
}

class Divider {
 public:
  explicit Divider(const ir::Function& function)
      : function_(function),
        graph_(function.graph),
        needed_(ir::reachable(graph_, function.results)),
        taken_(graph_.size(), false),
        level_(graph_.size(), 0),
        value_(graph_.size(), no_value),
        pieces_of_(graph_.size()) {}

  Division divide() {
    find_products();
    find_pieces();
    number_values();
    std::vector<std::vector<NodeId>> nodes(last_ + 1), products(last_ + 1);
    for (NodeId id = 0; id < graph_.size(); ++id) {
      for (const std::uint32_t piece : pieces_of_[id]) nodes[piece].push_back(id);
      if (taken_[id]) products[level_[id]].push_back(id);
    }
    for (std::uint32_t piece = 0; piece <= last_; ++piece) {
      add_piece(piece, nodes[piece]);
      for (const NodeId id : products[piece]) add_product(id);
    }
    for (std::size_t r = 0; r < ir::result_count(function_); ++r) {
      const NodeId id = function_.results[r];
      division_.results.push_back(is_param(id) ? copies_.at(id) : value_[id]);
    }
    return std::move(division_);
  }

 private:
  // A node's level is how many products come before it, one after the other.
  void find_products() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed_[id]) continue;
      const Node& node = graph_[id];
      for (const NodeId operand : node.operands) {
        level_[id] = std::max(level_[id], level_[operand] + (taken_[operand] ? 1 : 0));
      }
      if (node.op() != Op::einsum) continue;
      const Verdict verdict = judge(function_, id);
      taken_[id] = !verdict.routine.empty();
      if (taken_[id]) last_ = std::max(last_, level_[id] + 1);
      if (node.operands.size() < 2) continue;
      const std::string contraction =
          fmt::format("{}: contraction {}", function_.name,
                      ir::subscripts_text(node.operation.attr<ir::EinsumAttr>()));
      division_.remarks.push_back(
          {"blas",
           taken_[id] ? fmt::format("{} by the BLAS: {}", contraction, verdict.text)
                      : fmt::format("{} by arrayc's own code: {}", contraction, verdict.text),
           node.place});
    }
  }

  // Who needs a node: pieces, which compute it or get it from the first of them. Users come first.
  void find_pieces() {
    const auto need = [&](NodeId id, std::uint32_t piece) { pieces_of_[id].insert(piece); };
    for (const NodeId result : function_.results) need(result, last_);
    for (NodeId id = graph_.size(); id-- > 0;) {
      const Node& node = graph_[id];
      if (taken_[id]) {
        for (const NodeId operand : node.operands) {
          const NodeId base = source_of(function_, operand).base;
          need(base, level_[id]);
          kept_.insert(base);
        }
      } else if (pieces_of_[id].empty()) {
        continue;
      } else if (is_cheap(node.op()) && !kept_.contains(id)) {
        for (const NodeId operand : node.operands) {
          pieces_of_[operand].insert(pieces_of_[id].begin(), pieces_of_[id].end());
        }
      } else {
        for (const NodeId operand : node.operands) need(operand, *pieces_of_[id].begin());
        if (pieces_of_[id].size() > 1) kept_.insert(id);
      }
    }
  }

  // The function's results are values as well: of an argument, a copy.
  void number_values() {
    std::uint32_t next = static_cast<std::uint32_t>(function_.params.size());
    for (std::size_t r = 0; r < ir::result_count(function_); ++r) {
      const NodeId id = function_.results[r];
      kept_.insert(id);
      if (is_param(id) && !copies_.contains(id)) copies_[id] = next++;
    }
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (is_param(id)) {
        value_[id] = static_cast<std::uint32_t>(graph_[id].operation.attr<ir::ParamAttr>().index);
      } else if (taken_[id] || kept_.contains(id)) {
        value_[id] = next++;
      }
    }
    division_.value_count = next;
  }

  bool is_param(NodeId id) const { return graph_[id].op() == Op::param; }

  // Whether a piece gets a node's value from before.
  bool is_given(NodeId id, std::uint32_t piece) const {
    return is_param(id) || taken_[id] ||
           (value_[id] != no_value && *pieces_of_[id].begin() < piece);
  }

  std::string name_of(NodeId id) const {
    std::string name = fmt::format("v{}", value_[id]);
    const auto taken = [&](const ir::Param& param) { return param.name == name; };
    while (std::ranges::any_of(function_.params, taken)) name += '_';
    return name;
  }

  NodeId add_input(NodeId id, Division::Piece& piece) const {
    const auto index = static_cast<std::int32_t>(piece.function.params.size());
    if (is_param(id)) {
      piece.function.params.push_back(function_.params[value_[id]]);
    } else {
      ir::Param param;
      param.name = name_of(id);
      param.type = graph_[id].type;
      param.place = graph_[id].place;
      piece.function.params.push_back(std::move(param));
    }
    piece.inputs.push_back(value_[id]);
    ir::Operation operation{Op::param, nullptr,
                            std::make_shared<const ir::Attributes>(ir::ParamAttr{index})};
    return piece.function.graph.add(std::move(operation), {}, graph_[id].type, graph_[id].place);
  }

  void add_piece(std::uint32_t number, const std::vector<NodeId>& nodes) {
    Division::Piece piece;
    ir::Function& made = piece.function;
    std::map<NodeId, NodeId> ids;
    const auto moved = [&](NodeId id) {
      const auto known = ids.find(id);
      return known != ids.end() ? known->second : ids[id] = add_input(id, piece);
    };
    for (const NodeId id : nodes) {
      if (is_given(id, number)) continue;
      const Node& node = graph_[id];
      std::vector<NodeId> operands;
      for (const NodeId operand : node.operands) operands.push_back(moved(operand));
      ids[id] = made.graph.add(node.operation, std::move(operands), node.type, node.place);
      if (value_[id] == no_value) continue;
      made.results.push_back(ids[id]);
      piece.outputs.push_back(value_[id]);
    }
    if (number == last_) {
      for (const auto& [id, copy] : copies_) {
        made.results.push_back(moved(id));
        piece.outputs.push_back(copy);
      }
      for (std::size_t r = ir::result_count(function_); r < function_.results.size(); ++r) {
        made.results.push_back(moved(function_.results[r]));
      }
      made.checks = function_.checks;
    }
    if (made.results.empty()) return;
    made.name = fmt::format("{}.{}", function_.name, pieces_++);
    made.guards = function_.guards;
    division_.steps.emplace_back(std::move(piece));
  }

  void add_product(NodeId id) {
    const Node& node = graph_[id];
    Division::Product product;
    product.einsum = node.operation.attr<ir::EinsumAttr>();
    product.type = node.type;
    product.value = value_[id];
    for (std::size_t f = 0; f < 2; ++f) {
      Source source = source_of(function_, node.operands[f]);
      product.operands[f] = {value_[source.base], std::move(source.shape), std::move(source.view),
                             graph_[node.operands[f]].type};
    }
    division_.steps.emplace_back(std::move(product));
  }

  const ir::Function& function_;
  const ir::Graph& graph_;
  const std::vector<bool> needed_;
  std::vector<bool> taken_;           // by the BLAS
  std::vector<std::uint32_t> level_;  // products of level n follow piece n
  std::vector<std::uint32_t> value_;  // of parameters, products and what pieces hand on
  std::vector<std::set<std::uint32_t>> pieces_of_;
  std::set<NodeId> kept_;                   // what pieces hand on
  std::map<NodeId, std::uint32_t> copies_;  // values of parameters that are results
  std::uint32_t last_ = 0;                  // piece
  int pieces_ = 0;
  Division division_;
};

}  // namespace

Division divide(const ir::Function& function) { return Divider(function).divide(); }

}  // namespace arrayc::backends::blas
