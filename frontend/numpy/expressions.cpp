// Expressions: names, numbers, operators.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "frontend/numpy/translate.h"
#include "ir/build.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;

constexpr int deepest_evaluation = 600;
constexpr std::int64_t most_steps = 1'000'000;

ir::Value boolean(bool value, ir::Place place) {
  return build::scalar(ir::Scalar::of(value), ir::Weak::boolean, place);
}

// A Python-level truth, if the value is a constant.
std::optional<bool> known_truth(const ir::Value& x) {
  if (x->operation.op != ir::Op::constant) return std::nullopt;
  return ir::to_double(x->operation.attr<ir::ConstantAttr>().value) != 0;
}

bool all_ones(const ir::Shape& shape) {
  for (const ir::Extent& extent : shape) {
    if (!extent.is(1)) return false;
  }
  return true;
}

}  // namespace

Thing Translator::evaluate(ExprId id) {
  const Expr& expr = file_.ast()[id];
  if (depth_ >= deepest_evaluation) ir::user_error("the code is nested too deeply", expr.place);
  if (++steps_ > most_steps) {
    ir::limitation("the function is too long once its calls are inlined", expr.place,
                   "split it into functions that are compiled on their own");
  }
  ++depth_;
  try {
    Thing result = evaluate_node(expr);
    --depth_;
    return result;
  } catch (const ir::Error& error) {
    --depth_;
    if (error.place().known()) throw;
    throw error.at(expr.place);
  }
}

Thing Translator::evaluate_node(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::name:
      return look_up(expr);
    case ExprKind::integer:
    case ExprKind::real:
    case ExprKind::imaginary:
      return number(expr);
    case ExprKind::text:
      return thing(Object::of_text(expr.text, expr.pieces));
    case ExprKind::formatted:
      ir::limitation("formatted and bytes strings are not in the dialect", expr.place,
                     "use a plain string");
    case ExprKind::none:
      return {};
    case ExprKind::boolean:
      return thing(boolean(expr.text == "True", expr.place));
    case ExprKind::ellipsis:
      return thing(Object::ellipsis());
    case ExprKind::unary:
      return unary(expr);
    case ExprKind::binary:
      return binary(expr);
    case ExprKind::compare:
      return compare(expr);
    case ExprKind::logic:
      return logic(expr);
    case ExprKind::conditional:
      return evaluate(expr.children[truth(evaluate(expr.children[0]), expr.place) ? 1 : 2]);
    case ExprKind::call:
      return call(expr);
    case ExprKind::attribute:
      return attribute(expr);
    case ExprKind::subscript:
      return subscript(expr);
    case ExprKind::tuple:
    case ExprKind::list:
      return display(expr);
    case ExprKind::slice:
    case ExprKind::starred:
      break;
  }
  ir::user_error("invalid syntax", expr.place);
}

Thing Translator::number(const Expr& expr) {
  std::string_view text = expr.text;
  if (expr.kind == ExprKind::real || expr.kind == ExprKind::imaginary) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    // Out of range: 0 or infinity, as Python reads it.
    if (read.ec != std::errc()) value = std::strtod(expr.text.c_str(), nullptr);
    if (expr.kind == ExprKind::imaginary) {
      return thing(build::complex_literal({0, value}, expr.place));
    }
    return thing(build::scalar(ir::Scalar::of(value), ir::Weak::floating, expr.place));
  }
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    base = text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : text[1] == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (read.ec == std::errc::result_out_of_range) {
    ir::limitation("integers beyond 64 bits are not in the dialect", expr.place, "use a float");
  }
  if (read.ptr != text.data() + text.size()) {
    ir::user_error("invalid digit in integer literal", expr.place);
  }
  const bool is_signed = value <= INT64_MAX;
  const ir::Scalar scalar{is_signed ? ir::DType::I64 : ir::DType::U64, value};
  return thing(build::scalar(scalar, ir::Weak::integer, expr.place));
}

Thing Translator::display(const Expr& expr) {
  std::vector<Object> items;
  for (const ExprId child : expr.children) {
    const Expr& item = file_.ast()[child];
    if (item.kind != ExprKind::starred) {
      items.push_back(object_of(evaluate(child), item.place));
      continue;
    }
    const Object spread = object_of(evaluate(item.children[0]), item.place);
    if (spread.kind != Object::Kind::tuple) {
      ir::limitation("only a tuple or list can be spread with * here", item.place);
    }
    items.insert(items.end(), spread.items.begin(), spread.items.end());
  }
  return thing(Object::tuple(std::move(items), expr.kind == ExprKind::list));
}

ir::build::Object Translator::object_of(const Thing& value, ir::Place place) {
  if (value.kind == Thing::Kind::object) return value.object;
  if (value.kind == Thing::Kind::builtin) {
    // Python's number types stand for dtypes.
    if (value.name == "float") return Object::of_dtype(ir::DType::F64);
    if (value.name == "complex") return Object::of_dtype(ir::DType::C128);
    if (value.name == "int") return Object::of_dtype(ir::DType::I64);
    if (value.name == "bool") return Object::of_dtype(ir::DType::Bool);
  }
  ir::user_error("a value is needed here, not a function or a module", place);
}

ir::Value Translator::value_of(const Thing& value, ir::Place place) {
  return build::to_value(object_of(value, place), place);
}

Thing Translator::unary(const Expr& expr) {
  const Thing operand = evaluate(expr.children[0]);
  if (expr.text == "not") return thing(boolean(!truth(operand, expr.place), expr.place));
  const Object object = object_of(operand, expr.place);
  if (object.kind != Object::Kind::value) {
    ir::user_error(
        fmt::format("bad operand type for unary {}: '{}'", expr.text, build::type_name(object)),
        expr.place);
  }
  return thing(build::unary_operator(expr.text, object.value, expr.place));
}

// a + b + c + …: the left operands are evaluated from the innermost, without recursion.
Thing Translator::binary(const Expr& expr) {
  std::vector<const Expr*> chain = {&expr};
  ExprId left = expr.children[0];
  while (file_.ast()[left].kind == ExprKind::binary) {
    chain.push_back(&file_.ast()[left]);
    left = chain.back()->children[0];
  }
  Thing result = evaluate(left);
  for (auto node = chain.rbegin(); node != chain.rend(); ++node) {
    if (++steps_ > most_steps) ir::limitation("the function is too long", (*node)->place);
    result = binary_step(**node, result, evaluate((*node)->children[1]));
  }
  return result;
}

Thing Translator::binary_step(const Expr& expr, const Thing& left, const Thing& right) {
  const Object a = object_of(left, expr.place);
  const Object b = object_of(right, expr.place);
  const bool arrays = (a.kind == Object::Kind::value && b.kind == Object::Kind::value);
  if (arrays) return thing(build::binary_operator(expr.text, a.value, b.value, expr.place));
  const bool tuples = a.kind == Object::Kind::tuple && b.kind == Object::Kind::tuple;
  if (tuples && expr.text == "+") {
    std::vector<Object> items = a.items;
    items.insert(items.end(), b.items.begin(), b.items.end());
    return thing(Object::tuple(std::move(items), a.is_list));
  }
  const Object& tuple = a.kind == Object::Kind::tuple ? a : b;
  const Object& other = a.kind == Object::Kind::tuple ? b : a;
  if (tuple.kind == Object::Kind::tuple && other.kind == Object::Kind::value) {
    if (other.value->weak == ir::Weak::strong && !tuples) {
      // NumPy makes an array of the list.
      return thing(build::binary_operator(expr.text, build::to_value(a, expr.place),
                                          build::to_value(b, expr.place), expr.place));
    }
    const auto count = build::known_extent(other.value);
    if (expr.text == "*" && count && count->is_constant() && count->constant() <= 64) {
      std::vector<Object> items;
      for (std::int64_t i = 0; i < count->constant(); ++i) {
        items.insert(items.end(), tuple.items.begin(), tuple.items.end());
      }
      return thing(Object::tuple(std::move(items), tuple.is_list));
    }
  }
  ir::user_error(fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", expr.text,
                             build::type_name(a), build::type_name(b)),
                 expr.place);
}

ir::build::Object Translator::compare_pair(const std::string& op, const Object& a, const Object& b,
                                           ir::Place place) {
  using ObjectKind = Object::Kind;
  if (op == "is" || op == "is not") {
    const bool constants = a.is_none() || b.is_none();
    if (!constants) {
      ir::limitation("'is' is only for None in the dialect", place, "use ==");
    }
    return boolean((a.kind == b.kind) == (op == "is"), place);
  }
  if (a.kind == ObjectKind::value && b.kind == ObjectKind::value) {
    return build::binary_operator(op, a.value, b.value, place);
  }
  if (op != "==" && op != "!=") {
    ir::user_error(fmt::format("'{}' not supported between instances of '{}' and '{}'", op,
                               build::type_name(a), build::type_name(b)),
                   place);
  }
  bool equal = a.kind == b.kind;
  if (equal && a.kind == ObjectKind::tuple) {
    equal = a.items.size() == b.items.size();
    for (std::size_t i = 0; equal && i < a.items.size(); ++i) {
      equal = truth(thing(compare_pair("==", a.items[i], b.items[i], place)), place);
    }
  } else if (equal && a.kind == ObjectKind::text) {
    equal = a.text == b.text;
  } else if (equal && a.kind == ObjectKind::dtype) {
    equal = a.dtype == b.dtype;
  } else if (a.kind == ObjectKind::dtype && b.kind == ObjectKind::text) {
    equal = a.dtype == build::to_dtype(b, place);
  }
  return boolean(equal == (op == "=="), place);
}

Thing Translator::compare(const Expr& expr) {
  Object left = object_of(evaluate(expr.children[0]), expr.place);
  Object result;
  for (std::size_t i = 0; i < expr.names.size(); ++i) {
    // a < b < c is (a < b) and (b < c), which needs a plain truth of all but the last.
    if (i > 0 && !truth(thing(result), expr.place)) return thing(result);
    Object right = object_of(evaluate(expr.children[i + 1]), expr.place);
    result = compare_pair(expr.names[i], left, right, expr.place);
    left = std::move(right);
  }
  return thing(result);
}

Thing Translator::logic(const Expr& expr) {
  Thing result;
  for (std::size_t i = 0; i < expr.children.size(); ++i) {
    result = evaluate(expr.children[i]);
    if (i + 1 == expr.children.size()) break;
    if (truth(result, expr.place) == (expr.text == "or")) break;
  }
  return result;
}

bool Translator::truth(const Thing& value, ir::Place place) {
  if (value.kind != Thing::Kind::object) return true;
  const Object& object = value.object;
  switch (object.kind) {
    case Object::Kind::none:
      return false;
    case Object::Kind::tuple:
      return !object.items.empty();
    case Object::Kind::text:
      return !object.text.empty();
    case Object::Kind::dtype:
    case Object::Kind::ellipsis:
      return true;
    case Object::Kind::value:
      break;
  }
  const Value& x = object.value;
  if (const auto known = known_truth(x)) return *known;
  if (!all_ones(x.shape())) {
    ir::user_error(
        "The truth value of an array with more than one element is ambiguous. Use "
        "a.any() or a.all()",
        place);
  }
  if (const auto size = build::known_extent(x)) {
    const auto low = size->lower_bound();
    const auto high = size->upper_bound();
    if ((low && *low > 0) || (high && *high < 0)) return true;
  }
  ir::limitation("a condition that is computed when the function runs is not yet in the dialect",
                 place,
                 "choose elements with np.where(condition, a, b); combine conditions with &, "
                 "| and ~");
}

}  // namespace arrayc::dialect
