// The nodes of a function's graph, read from text and checked by the type rules.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ir/parser.h"

namespace arrayc::ir {

namespace {

constexpr int max_einsum_index = 4095;  // 64 operands of 64 axes

std::shared_ptr<const Attributes> make(Attributes a) {
  return std::make_shared<const Attributes>(std::move(a));
}

std::optional<Op> find_op(std::string_view name) {
  static const auto& by_name = *new std::unordered_map<std::string_view, Op>([] {
    std::unordered_map<std::string_view, Op> map;
    for (int op = 0; op <= static_cast<int>(Op::einsum); ++op) {
      const OpInfo& row = info(static_cast<Op>(op));
      if (!row.name.empty() && row.id != Op::param) map.emplace(row.name, row.id);
    }
    return map;
  }());
  const auto found = by_name.find(name);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

GraphReader::GraphReader(Reader& reader, const Registry& registry, Function& function,
                         GuardedExtents& extents)
    : reader_(reader),
      registry_(registry),
      function_(function),
      extents_(extents),
      param_nodes_(function.params.size(), no_node) {
  for (std::size_t i = 0; i < function.params.size(); ++i) {
    params_.emplace(key_of_name(function.params[i].name), i);
  }
}

NodeId GraphReader::place_param(std::size_t index, const Type& type) {
  const Param& param = function_.params[index];
  Operation operation{Op::param, nullptr, make(ParamAttr{static_cast<std::int32_t>(index)})};
  param_nodes_[index] = function_.graph.add(std::move(operation), {}, type, param.place);
  return param_nodes_[index];
}

// Numbers that are left out before `number` are those of the next parameters.
void GraphReader::fill_gap(std::string_view number) {
  NodeId id = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error != std::errc() || end != number.data() + number.size()) return;
  while (function_.graph.size() < id) {
    while (next_param_ < param_nodes_.size() && param_nodes_[next_param_] != no_node) {
      ++next_param_;
    }
    if (next_param_ == param_nodes_.size()) return;
    place_param(next_param_, function_.params[next_param_].type);
  }
}

void GraphReader::param_line() {
  const Token token = reader_.peek();
  const auto found = params_.find(reader_.value_key());
  if (found == params_.end()) {
    reader_.fail(token, fmt::format("{} is not a parameter of the function", token.text));
  }
  if (param_nodes_[found->second] != no_node) {
    reader_.fail(token, fmt::format("parameter {} is placed twice", token.text));
  }
  Type type = function_.params[found->second].type;
  if (reader_.accept(":")) type = reader_.type();
  place_param(found->second, type);
}

void GraphReader::definition() {
  const Token token = reader_.peek();
  const std::string key = reader_.value_key();
  if (params_.contains(key) || nodes_.contains(key)) {
    reader_.fail(token, fmt::format("{} is defined twice", token.text));
  }
  reader_.expect("=");
  fill_gap(key);
  nodes_.emplace(key, operation(false));
}

NodeId GraphReader::operand() {
  if (reader_.at(TokenKind::name)) return operation(true);
  if (!reader_.at(TokenKind::value)) reader_.fail_expected("an operand such as %x");
  const Token token = reader_.peek();
  const std::string key = reader_.value_key();
  if (const auto param = params_.find(key); param != params_.end()) {
    const std::size_t index = param->second;
    if (param_nodes_[index] != no_node) return param_nodes_[index];
    return place_param(index, function_.params[index].type);
  }
  const auto node = nodes_.find(key);
  if (node == nodes_.end()) reader_.fail(token, fmt::format("{} is not defined", token.text));
  return node->second;
}

// --- operations

NodeId GraphReader::operation(bool nested) {
  if (depth_ >= max_text_nesting) {
    reader_.fail(reader_.peek(), "operations nested more than 64 deep");
  }
  ++depth_;
  Draft draft;
  draft.at = reader_.peek();
  operation_name(draft);
  const Op op = draft.operation.op;
  const bool may_begin_with_bracket = op == Op::extent || op == Op::iota;
  if (nested && !reader_.at("(")) reader_.fail_expected("'('");
  const bool brackets = (nested || !may_begin_with_bracket) && reader_.accept("(");
  arguments(draft);
  std::optional<Type> stated;
  if (brackets) {
    if (reader_.accept(":")) stated = reader_.type();
    reader_.expect(")");
  }
  if (!nested && !stated && reader_.accept(":")) stated = reader_.type();
  --depth_;
  return finish(draft, stated);
}

void GraphReader::operation_name(Draft& draft) {
  const Token token = reader_.peek();
  const std::string_view name = reader_.word("an operation");
  Operation& operation = draft.operation;
  if (name == "ufunc") {
    reader_.expect(".");
    operation = {Op::ufunc, &ufunc(), nullptr};
  } else if (const auto op = find_op(name)) {
    operation.op = *op;
    if (*op == Op::reduce) {
      reader_.expect(".");
      operation.ufunc = &ufunc();
      if (operation.ufunc->arity != 2) {
        reader_.fail(token, fmt::format("{} cannot fold: it takes {} operands",
                                        operation.ufunc->name, operation.ufunc->arity));
      }
    } else if (*op == Op::arg_reduce) {
      reader_.expect(".");
      if (!reader_.at("minimum") && !reader_.at("maximum")) {
        reader_.fail_expected("minimum or maximum");
      }
      operation.attributes = make(ArgReduceAttr{0, reader_.take().text == "maximum"});
    }
  } else if (const Ufunc* ufunc = registry_.find(name)) {
    operation = {Op::ufunc, ufunc, nullptr};
  } else {
    reader_.fail(token, fmt::format("unknown operation '{}'", name),
                 "operations are those of `arrayc list ops` and `arrayc list ufuncs`");
  }
}

const Ufunc& GraphReader::ufunc() {
  const Token token = reader_.peek();
  const std::string_view name = reader_.word("the name of a ufunc");
  const Ufunc* found = registry_.find(name);
  if (found == nullptr) reader_.fail(token, fmt::format("unknown ufunc '{}'", name));
  return *found;
}

void GraphReader::operands(Draft& draft, int count) {
  for (int i = 0; i < count; ++i) {
    if (i != 0) reader_.expect(",");
    draft.operands.push_back(operand());
  }
}

void GraphReader::keyword(std::string_view name) {
  reader_.expect(name);
  reader_.expect("=");
}

void GraphReader::arguments(Draft& draft) {
  Operation& operation = draft.operation;
  switch (operation.op) {
    case Op::param:
      reader_.fail(draft.at, "a parameter is not an operation");
    case Op::constant:
      return constant_arguments(draft);
    case Op::extent:
    case Op::iota:
      operation.attributes = make(ExtentAttr{reader_.extent()});
      return;
    case Op::complex:
      return operands(draft, 2);
    case Op::real:
    case Op::imag:
    case Op::keep:
      return operands(draft, 1);
    case Op::ufunc:
      return operands(draft, operation.ufunc->arity);
    case Op::einsum:
      return einsum_arguments(draft);
    default:
      break;
  }
  operands(draft, 1);
  if (operation.op == Op::reduce || operation.op == Op::arg_reduce) {
    return reduce_arguments(draft);
  }
  if (operation.op == Op::convert) {
    if (reader_.accept(",")) draft.asked = reader_.dtype();
    return;
  }
  reader_.expect(",");
  switch (operation.op) {
    case Op::broadcast:
    case Op::reshape:
      operation.attributes = make(ShapeAttr{reader_.shape()});
      return;
    case Op::slice:
      operation.attributes = make(slices());
      return;
    case Op::transpose:
    case Op::expand_dims:
    case Op::squeeze:
      keyword("axes");
      operation.attributes = make(AxesAttr{reader_.integers()});
      return;
    default: {
      ViewAttr attr{reader_.shape(), {}};
      reader_.expect(",");
      attr.axes = view_axes();
      operation.attributes = make(std::move(attr));
    }
  }
}

void GraphReader::constant_arguments(Draft& draft) {
  if (reader_.accept("weak")) draft.weak = reader_.weak();
  draft.literal = reader_.literal();
}

// axis=1, or axes=[1]
std::int32_t GraphReader::one_axis() {
  if (!reader_.at("axes")) {
    keyword("axis");
    return reader_.small_integer();
  }
  const Token token = reader_.peek();
  keyword("axes");
  const std::vector<std::int32_t> axes = reader_.integers();
  if (axes.size() != 1) reader_.fail(token, "expected one axis", "fold one axis after the other");
  return axes[0];
}

// A second operand has the other factors of a sum of products, or of complex numbers the imaginary
// parts.
void GraphReader::reduce_arguments(Draft& draft) {
  reader_.expect(",");
  if (reader_.at(TokenKind::value)) {
    draft.operands.push_back(operand());
    reader_.expect(",");
  }
  const std::int32_t axis = one_axis();
  if (draft.operation.op == Op::arg_reduce) {
    const bool maximum = draft.operation.attr<ArgReduceAttr>().maximum;
    draft.operation.attributes = make(ArgReduceAttr{axis, maximum});
    return;
  }
  ReduceAttr attr{axis, {}};
  while (reader_.accept(",")) {
    const Token token = reader_.peek();
    if (reader_.at("part")) {
      keyword("part");
      if (!reader_.at("real") && !reader_.at("imag")) reader_.fail_expected("real or imag");
      attr.part = reader_.take().text == "real" ? ResultPart::real : ResultPart::imaginary;
      continue;
    }
    if (reader_.at("initial")) {
      reader_.take();
      attr.initial = true;
      continue;
    }
    if (!draft.tree) draft.tree.emplace();
    if (reader_.at("lanes")) {
      keyword("lanes");
      draft.tree->lanes = reader_.small_integer();
      if (draft.tree->lanes < 1) reader_.fail(token, "lanes must be at least 1");
    } else if (reader_.accept("in_order")) {
      draft.tree->in_order = true;
    } else {
      keyword("chunk");
      draft.tree->chunk = reader_.integer();
      if (draft.tree->chunk < 0) reader_.fail(token, "chunk must not be negative");
    }
  }
  draft.operation.attributes = make(attr);
}

// --- indices

SliceAttr GraphReader::slices() {
  SliceAttr attr;
  reader_.expect("[");
  while (!reader_.at("]")) {
    if (!attr.axes.empty()) reader_.expect(",");
    attr.axes.push_back(slice());
  }
  reader_.expect("]");
  return attr;
}

// start:stop:step, or `index start`
Slice GraphReader::slice() {
  Slice out;
  out.index = reader_.accept("index");
  const auto part = [&]() -> std::optional<Extent> {
    if (reader_.at(":") || reader_.at(",") || reader_.at("]")) return {};
    return reader_.extent();
  };
  if (out.index || !reader_.at(":")) out.start = reader_.extent();
  if (out.index && !reader_.at(":")) return out;
  reader_.expect(":");
  out.stop = part();
  if (!reader_.accept(":") || reader_.at(",") || reader_.at("]")) return out;
  const Token token = reader_.peek();
  out.step = reader_.integer();
  if (out.step == 0) reader_.fail(token, "slice step cannot be zero");
  return out;
}

std::vector<ViewAxis> GraphReader::view_axes() {
  std::vector<ViewAxis> axes;
  keyword("map");
  reader_.expect("[");
  while (!reader_.at("]")) {
    if (!axes.empty()) reader_.expect(",");
    axes.push_back(view_axis());
  }
  reader_.expect("]");
  return axes;
}

// A sum of extents and at most one result index: 2 + 3*@1, -@0, n - 1.
ViewAxis GraphReader::view_axis() {
  ViewAxis out;
  bool found = false;
  bool negative = reader_.accept("-");
  for (;;) {
    Extent term = 1;
    bool index = false;
    do {
      if (!reader_.at(TokenKind::symbol)) {
        term = term * reader_.extent_operand();
        while (reader_.accept("//")) term = floor_div(term, reader_.extent_operand());
        continue;
      }
      const Token token = reader_.peek();
      const std::string name = reader_.symbol_name();
      if (found) reader_.fail(token, "a second result index on one axis");
      found = index = true;
      if (name == "none") continue;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), out.axis);
      if (error != std::errc() || end != name.data() + name.size() || out.axis < 0) {
        reader_.fail(token, "expected a result index such as @0");
      }
    } while (reader_.accept("*"));
    if (negative) term = Extent(0) - term;
    if (!index) {
      out.start = out.start + term;
    } else if (term.is_constant()) {
      out.step = term.constant();
    } else {
      reader_.fail(reader_.peek(), "the step of a view must be a number");
    }
    negative = reader_.at("-");
    if (!reader_.accept("-") && !reader_.accept("+")) return out;
  }
}

void GraphReader::einsum_arguments(Draft& draft) {
  while (!reader_.at(TokenKind::string) && !reader_.at("[")) {
    if (draft.operands.size() == most_einsum_operands) {
      reader_.fail(reader_.peek(),
                   fmt::format("einsum has up to {} operands", most_einsum_operands));
    }
    draft.operands.push_back(operand());
    reader_.expect(",");
  }
  draft.operation.attributes = make(subscripts());
}

std::vector<std::int32_t> GraphReader::einsum_indices() {
  const Token token = reader_.peek();
  std::vector<std::int32_t> indices = reader_.integers();
  for (const std::int32_t i : indices) {
    if (i < 0 || i > max_einsum_index) {
      reader_.fail(token, fmt::format("einsum indices are 0 to {}", max_einsum_index));
    }
  }
  return indices;
}

// "ij,jk->ik", or [0,1],[1,2]->[0,2]
EinsumAttr GraphReader::subscripts() {
  EinsumAttr attr;
  if (!reader_.at(TokenKind::string)) {
    do {
      attr.operands.push_back(einsum_indices());
    } while (reader_.accept(","));
    reader_.expect("->");
    attr.result = einsum_indices();
    return attr;
  }
  const Token token = reader_.peek();
  const std::string text = reader_.string();
  const std::size_t arrow = text.find("->");
  if (arrow == std::string::npos) reader_.fail(token, "expected '->' in the subscripts");
  attr.operands.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == arrow) {
      ++i;
      continue;
    }
    const char c = text[i];
    const bool lower = c >= 'a' && c <= 'z';
    if (c == ',' && i < arrow) {
      attr.operands.emplace_back();
    } else if (lower || (c >= 'A' && c <= 'Z')) {
      (i < arrow ? attr.operands.back() : attr.result).push_back(lower ? c - 'a' : c - 'A' + 26);
    } else {
      reader_.fail(token, fmt::format("unexpected '{}' in the subscripts", c));
    }
  }
  return attr;
}

// --- types

// What the node's attributes take from its operands' types.
void GraphReader::complete(Draft& draft, std::span<const Type> types,
                           const std::optional<Type>& stated) {
  Operation& operation = draft.operation;
  if (operation.op == Op::constant) {
    DType dtype = draft.literal->natural_type();
    if (draft.weak != Weak::strong) dtype = default_dtype(draft.weak);
    if (stated) dtype = stated->dtype;
    operation.attributes = make(ConstantAttr{reader_.scalar(*draft.literal, dtype), draft.weak});
  } else if (operation.op == Op::reduce) {
    ReduceAttr attr = operation.attr<ReduceAttr>();
    const bool whole = attr.part == ResultPart::whole || is_complex(types[0].dtype);
    attr.tree = draft.tree ? *draft.tree
                           : default_tree(*operation.ufunc,
                                          whole ? types[0].dtype : complex_dtype(types[0].dtype),
                                          attr.axis == types[0].rank() - 1);
    operation.attributes = make(attr);
  }
}

DType GraphReader::result_dtype(const Draft& draft, std::span<const Type> types,
                                const std::optional<Type>& stated) {
  if (draft.operation.op == Op::convert) {
    if (draft.asked) return *draft.asked;
    if (stated) return stated->dtype;
    reader_.fail(draft.at, "expected the type to convert to", "write `convert %x, f32`");
  }
  if (draft.operation.op != Op::ufunc) return DType::F64;
  std::vector<Operand> arguments;
  std::vector<DType> given;
  for (const Type& type : types) given.push_back(type.dtype);
  for (const DType dtype : given) arguments.push_back({dtype, Weak::strong});
  const UfuncLoop loop = resolve(*draft.operation.ufunc, arguments);
  const std::string wrong = operand_mismatch(*draft.operation.ufunc, given, loop);
  if (!wrong.empty()) reader_.fail(draft.at, wrong, "convert it first");
  return loop.result;
}

Type GraphReader::checked_type(const Draft& draft, std::span<const Type> types, DType dtype,
                               const std::optional<Type>& stated) {
  Type type = infer(draft.operation, types, dtype, extents_);
  if (type.rank() > max_text_rank) reader_.fail(draft.at, "an array has at most 64 axes");
  if (!stated) return type;
  if (stated->dtype != type.dtype || !extents_.same_shape(stated->shape, type.shape)) {
    reader_.fail(draft.at,
                 fmt::format("the type is {}, not {}", to_string(type), to_string(*stated)));
  }
  return *stated;
}

NodeId GraphReader::finish(Draft& draft, const std::optional<Type>& stated) {
  std::vector<Type> types;
  for (const NodeId operand : draft.operands) types.push_back(function_.graph[operand].type);
  const Place place = reader_.place(draft.at);
  try {
    complete(draft, types, stated);
    const DType dtype = result_dtype(draft, types, stated);
    Type type = checked_type(draft, types, dtype, stated);
    return function_.graph.add(std::move(draft.operation), std::move(draft.operands),
                               std::move(type), place);
  } catch (const Error& e) {
    const char* note = extents_.refused() ? "a line `guard n == m, \"message\"` states that two "
                                            "extents are equal"
                                          : "";
    if (e.kind() == ErrorKind::bug) user_error(e.message(), place);
    if (e.place().known()) throw;
    throw Error(e.kind(), e.message(), place, e.note().empty() ? note : e.note());
  }
}

}  // namespace arrayc::ir
