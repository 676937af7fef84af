// Statements, run in order. Values never change: an assignment binds a name anew.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/numpy/translate.h"
#include "ir/build.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;

// The record whose elements x shows: behind the views, as NumPy would share memory.
const ir::Record* storage_of(const ir::Value& x) {
  const ir::Record* record = x.get();
  while (true) {
    switch (record->operation.op) {
      case ir::Op::slice:
      case ir::Op::transpose:
      case ir::Op::expand_dims:
      case ir::Op::squeeze:
      case ir::Op::broadcast:
      case ir::Op::view:
      case ir::Op::reshape:
        record = record->operands[0].get();
        break;
      default:
        return record;
    }
  }
}

bool shows(const build::Object& object, const ir::Record* storage) {
  if (object.kind == build::Object::Kind::value) {
    return object.value.rank() > 0 && storage_of(object.value) == storage;
  }
  return std::any_of(object.items.begin(), object.items.end(),
                     [&](const build::Object& item) { return shows(item, storage); });
}

}  // namespace

void Translator::collect_names(const Ast& ast, const std::vector<Statement>& statements,
                               std::set<std::string, std::less<>>& names) {
  std::vector<ExprId> targets;
  for (const Statement& statement : statements) {
    targets.insert(targets.end(), statement.targets.begin(), statement.targets.end());
    collect_names(ast, statement.body, names);
    collect_names(ast, statement.otherwise, names);
  }
  while (!targets.empty()) {
    const Expr& target = ast[targets.back()];
    targets.pop_back();
    if (target.kind == ExprKind::name) names.insert(target.text);
    targets.insert(targets.end(), target.children.begin(), target.children.end());
  }
}

bool Translator::run(const std::vector<Statement>& statements, Thing& returned) {
  for (const Statement& statement : statements) {
    switch (statement.kind) {
      case StatementKind::pass:
        break;
      case StatementKind::expression:
        if (file_.ast()[statement.value].kind != ExprKind::text) evaluate(statement.value);
        break;
      case StatementKind::assign: {
        const Thing value = evaluate(statement.value);
        for (const ExprId target : statement.targets) assign(target, value);
        break;
      }
      case StatementKind::augmented:
        augment(statement);
        break;
      case StatementKind::assertion:
        if (!truth(evaluate(statement.value), statement.place)) {
          ir::user_error("this assertion never holds", statement.place);
        }
        break;
      case StatementKind::raise:
        ir::user_error("the function raises an exception here, whatever its arguments are",
                       statement.place);
      case StatementKind::branch: {
        const bool taken = truth(evaluate(statement.value), statement.place);
        if (run(taken ? statement.body : statement.otherwise, returned)) return true;
        break;
      }
      case StatementKind::result:
        returned = statement.value == no_expr ? Thing() : evaluate(statement.value);
        return true;
    }
  }
  return false;
}

void Translator::assign_name(const std::string& name, Thing value) {
  frames_.back().names[name] = std::move(value);
}

void Translator::assign(ExprId target, const Thing& value) {
  const Expr& expr = file_.ast()[target];
  if (expr.kind == ExprKind::name) {
    assign_name(expr.text, value);
    return;
  }
  const Object& object = value.object;
  if (value.kind != Thing::Kind::object || object.kind == Object::Kind::none) {
    ir::user_error("cannot unpack non-iterable object", expr.place);
  }
  std::vector<Object> items = object.items;
  if (object.kind == Object::Kind::value) {
    // An array gives its rows.
    const Value& x = object.value;
    if (x.rank() == 0) {
      ir::user_error(fmt::format("cannot unpack non-iterable {} object", build::type_name(object)),
                     expr.place);
    }
    const ir::Extent& count = x.shape()[0];
    if (!count.is_constant()) {
      ir::limitation("unpacking an array needs a first extent that is known when compiling",
                     expr.place, "index it: a, b = x[0], x[1]");
    }
    const auto wanted = static_cast<std::int64_t>(expr.children.size());
    for (std::int64_t i = 0; i < std::min(count.constant(), wanted + 1); ++i) {
      build::IndexItem item;
      item.kind = build::IndexItem::Kind::integer;
      item.integer = i;
      items.emplace_back(build::index(x, {&item, 1}, expr.place));
    }
  }
  if (items.size() != expr.children.size()) {
    const bool many = items.size() > expr.children.size();
    ir::user_error(
        many ? fmt::format("too many values to unpack (expected {})", expr.children.size())
             : fmt::format("not enough values to unpack (expected {}, got {})",
                           expr.children.size(), items.size()),
        expr.place);
  }
  for (std::size_t i = 0; i < items.size(); ++i) assign(expr.children[i], thing(items[i]));
}

void Translator::check_in_place(const std::string& name, const Value& x, ir::Place place) const {
  const ir::Record* storage = storage_of(x);
  if (storage->operation.op == ir::Op::param) {
    ir::limitation(
        fmt::format("changing the array of parameter '{}' in place is not yet in the dialect",
                    storage->name),
        place, fmt::format("bind a new array: {0} = {0} + …", name));
  }
  for (const Frame& frame : frames_) {
    for (const auto& [other, value] : frame.names) {
      if ((&frame == &frames_.back() && other == name) || !shows(value.object, storage)) continue;
      ir::limitation(fmt::format("changing '{}' in place would change '{}' as well, which is not "
                                 "yet in the dialect",
                                 name, other),
                     place, fmt::format("bind a new array: {0} = {0} + …, or copy first", name));
    }
  }
}

void Translator::augment(const Statement& statement) {
  const Expr& target = file_.ast()[statement.targets[0]];
  const Thing old = evaluate(statement.targets[0]);
  const Thing right = evaluate(statement.value);
  Expr operation;
  operation.text = statement.op;
  operation.place = statement.place;
  Thing result = binary_step(operation, old, right);
  const bool array = old.object.kind == Object::Kind::value && old.object.value.rank() > 0;
  if (!array) {
    assign_name(target.text, std::move(result));
    return;
  }
  const Value& x = old.object.value;
  const Value y = value_of(result, statement.place);
  check_in_place(target.text, x, statement.place);
  if (!ir::can_cast(y.dtype(), x.dtype(), ir::Casting::same_kind)) {
    ir::user_error(fmt::format("Cannot cast ufunc output from dtype('{}') to dtype('{}') with "
                               "casting rule 'same_kind'",
                               ir::numpy_name(y.dtype()), ir::numpy_name(x.dtype())),
                   statement.place,
                   fmt::format("bind a new array: {0} = {0} {1} …", target.text, statement.op));
  }
  const Value fits = build::fitted(y, x.shape(), statement.place, [&] {
    return fmt::format(
        "non-broadcastable output operand with shape {} doesn't match the broadcast "
        "shape {}",
        ir::shape_template(x.shape()), ir::shape_template(y.shape()));
  });
  assign_name(target.text, thing(build::astype(fits, x.dtype(), statement.place)));
}

}  // namespace arrayc::dialect
