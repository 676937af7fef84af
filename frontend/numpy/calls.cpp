// Calls: NumPy's functions and methods, ufuncs, Python's own functions, the file's functions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/numpy/python_numbers.h"
#include "frontend/numpy/translate.h"
#include "ir/build.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;

bool is_weak(const build::Object& object) {
  return object.kind == build::Object::Kind::value && object.value->weak != ir::Weak::strong;
}

}  // namespace

CallArguments Translator::call_arguments(const Expr& expr) {
  CallArguments result;
  for (std::size_t i = 1; i < expr.children.size(); ++i) {
    const Expr& argument = file_.ast()[expr.children[i]];
    const std::string& keyword = expr.names[i - 1];
    if (argument.kind == ExprKind::starred) {
      const Object spread = object_of(evaluate(argument.children[0]), argument.place);
      if (spread.kind != Object::Kind::tuple) {
        ir::limitation("only a tuple or list can be spread with * here", argument.place);
      }
      for (const Object& item : spread.items) result.positional.push_back(thing(item));
      continue;
    }
    Thing value = evaluate(expr.children[i]);
    if (keyword.empty()) {
      result.positional.push_back(std::move(value));
      continue;
    }
    for (const auto& [name, unused] : result.keywords) {
      if (name == keyword) {
        ir::user_error("keyword argument repeated: " + keyword, argument.place);
      }
    }
    result.keywords.emplace_back(keyword, std::move(value));
  }
  return result;
}

std::vector<build::Object> Translator::objects(const CallArguments& arguments, ir::Place place) {
  std::vector<Object> result;
  for (const Thing& argument : arguments.positional) {
    result.push_back(object_of(argument, place));
  }
  return result;
}

Thing Translator::call(const Expr& expr) {
  const Thing callee = evaluate(expr.children[0]);
  const CallArguments arguments = call_arguments(expr);
  switch (callee.kind) {
    case Thing::Kind::row:
    case Thing::Kind::bound:
      return call_row(callee, arguments, expr.place);
    case Thing::Kind::ufunc:
      return call_ufunc(*callee.ufunc, arguments, expr.place);
    case Thing::Kind::ufunc_method:
      return call_ufunc_method(callee, arguments, expr.place);
    case Thing::Kind::function:
      return call_function(*callee.function, arguments, expr.place);
    case Thing::Kind::builtin:
      if (callee.name.starts_with("math.")) {
        return call_math(callee.name.substr(5), arguments, expr.place);
      }
      return call_builtin(callee.name, arguments, expr.place);
    case Thing::Kind::object:
      if (callee.object.kind == Object::Kind::dtype) {
        return call_dtype(callee.object.dtype, arguments, expr.place);
      }
      ir::user_error(fmt::format("'{}' object is not callable", build::type_name(callee.object)),
                     expr.place);
    default:
      ir::user_error("this is not callable", expr.place);
  }
}

Thing Translator::call_row(const Thing& callee, const CallArguments& arguments, ir::Place place) {
  std::vector<Object> positional = objects(arguments, place);
  if (callee.kind == Thing::Kind::bound) positional.insert(positional.begin(), callee.object);
  build::Keywords keywords;
  for (const auto& [name, value] : arguments.keywords) {
    keywords.emplace_back(name, object_of(value, place));
  }
  Object result = build::call(*callee.row, std::move(positional), std::move(keywords), place);
  // What NumPy copies is an array of its own, which a later store into the original leaves alone.
  const std::string_view name = callee.row->name;
  const bool copies = name == "copy" || name == "array" || name == "astype" || name == "flatten";
  if (copies && result.value.rank() > 0) {
    const Value& x = result.value;
    ir::Operation convert;
    convert.op = ir::Op::convert;
    result = ir::record(convert, {x}, x.type(), ir::Weak::strong, place);
  }
  return thing(std::move(result));
}

Thing Translator::call_ufunc(const ir::Ufunc& ufunc, const CallArguments& arguments,
                             ir::Place place) {
  for (const auto& [name, value] : arguments.keywords) {
    ir::limitation(fmt::format("argument '{}' of {} is not in the dialect", name, ufunc.name),
                   place, "call it with its operands alone");
  }
  const auto given = static_cast<int>(arguments.positional.size());
  if (given != ufunc.arity) {
    if (ufunc.name == "where" && given == 1) {
      ir::limitation("np.where with one argument is not yet in the dialect", place,
                     "give the values to choose from: np.where(condition, a, b)");
    }
    ir::user_error(fmt::format("{}() takes from {} to {} positional arguments but {} were given",
                               ufunc.name, ufunc.arity, ufunc.arity + 1, given),
                   place);
  }
  std::vector<Value> operands;
  for (const Thing& argument : arguments.positional) operands.push_back(value_of(argument, place));
  return thing(build::ufunc(ufunc, operands, place));
}

Thing Translator::call_ufunc_method(const Thing& callee, const CallArguments& arguments,
                                    ir::Place place) {
  const ir::Ufunc& ufunc = *callee.ufunc;
  const std::string name = fmt::format("{}.{}", ufunc.name, callee.name);
  if (ufunc.arity != 2) {
    ir::user_error(fmt::format("{} only supported for binary functions", callee.name), place);
  }
  static constexpr std::string_view keywords[] = {"",         "axis",    "dtype",
                                                  "keepdims", "initial", "where"};
  const bool reduces = callee.name == "reduce";
  std::vector<Object> given(reduces ? std::size(keywords) : 2);
  given[reduces ? 1 : 0] = build::extent(0, place);
  if (reduces) given[3] = build::scalar(ir::Scalar::of(false), ir::Weak::boolean, place);
  if (arguments.positional.size() > (reduces ? 3u : 2u) ||
      arguments.positional.size() < (reduces ? 1u : 2u)) {
    ir::user_error(
        fmt::format("{}() got {} positional arguments", name, arguments.positional.size()), place);
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    given[i] = object_of(arguments.positional[i], place);
  }
  for (const auto& [keyword, value] : arguments.keywords) {
    const auto* const at = std::find(std::begin(keywords) + 1, std::end(keywords), keyword);
    if (!reduces || at == std::end(keywords)) {
      ir::limitation(fmt::format("argument '{}' of {} is not in the dialect", keyword, name),
                     place);
    }
    given[static_cast<std::size_t>(at - std::begin(keywords))] = object_of(value, place);
  }
  const build::Arguments bound(name, std::move(given), place);
  if (reduces) {
    const auto optional = [&](std::size_t i) {
      return bound.is_none(i) ? Value() : bound.value(i);
    };
    return thing(build::reduce(
        ufunc, bound.value(0),
        {bound.axes(1), bound.flag(3), bound.dtype(2), optional(5), optional(4)}, place));
  }
  const Value a = bound.value(0);
  const Value b = bound.value(1);
  std::vector<std::int64_t> added;
  for (int i = 0; i < b.rank(); ++i) added.push_back(a.rank() + i);
  const Value operands[] = {build::expand_dims(a, added, place), b};
  return thing(build::ufunc(ufunc, operands, place));
}

// np.float64(x): a NumPy scalar or an array of that type.
Thing Translator::call_dtype(ir::DType dtype, const CallArguments& arguments, ir::Place place) {
  if (arguments.positional.size() > 1 || !arguments.keywords.empty()) {
    ir::user_error(fmt::format("{}() takes one argument", ir::numpy_name(dtype)), place);
  }
  if (arguments.positional.empty()) {
    return thing(build::full({}, build::extent(0, place), dtype, place));
  }
  const Value x = value_of(arguments.positional[0], place);
  if (x.rank() == 0 && x->weak != ir::Weak::strong) {
    build::refuse_complex(x, dtype, place);
    // A Python integer that does not fit is an error here, as in NumPy.
    return thing(build::full({}, x, dtype, place));
  }
  return thing(build::astype(x, dtype, place));
}

// Python's min or max of numbers.
Thing Translator::extreme_of_numbers(const std::string& name, const std::vector<Object>& given,
                                     ir::Place place) {
  const bool from_tuple = given.size() == 1 && given[0].kind == Object::Kind::tuple;
  const std::vector<Object>& items = from_tuple ? given[0].items : given;
  if (items.size() < 2 || !std::all_of(items.begin(), items.end(), is_weak)) {
    ir::limitation(fmt::format("Python's {} of arrays is not in the dialect", name), place,
                   fmt::format("use np.{0}(x) for one array, np.{0}imum(a, b) for two", name));
  }
  Value best = items[0].value;
  for (std::size_t i = 1; i < items.size(); ++i) {
    const Value& item = items[i].value;
    const auto a = build::known_extent(best);
    const auto b = build::known_extent(item);
    const char* const better = name == "min" ? "<" : ">";
    if (a && b) {
      best = build::extent(name == "min" ? ir::min(*a, *b) : ir::max(*a, *b), place);
    } else if (truth(thing(build::binary_operator(better, item, best, place)), place)) {
      best = item;
    }
  }
  return thing(best);
}

Thing Translator::call_builtin(const std::string& name, const CallArguments& arguments,
                               ir::Place place) {
  std::vector<Object> given = objects(arguments, place);
  if (!arguments.keywords.empty() || given.empty()) {
    ir::user_error(fmt::format("{}() needs positional arguments only", name), place);
  }
  const auto only = [&](std::size_t count) {
    if (given.size() != count) {
      ir::user_error(fmt::format("{}() takes {} argument{} ({} given)", name, count,
                                 count == 1 ? "" : "s", given.size()),
                     place);
    }
  };
  if (name == "slice") {
    if (given.size() > 3) only(3);
    if (given.size() == 1) given.insert(given.begin(), Object());
    given.resize(3);
    Thing result;
    result.kind = Thing::Kind::slice;
    result.slice = slice_of(given, place);
    return result;
  }
  if (name == "len") {
    only(1);
    const Object& object = given[0];
    if (object.kind == Object::Kind::tuple) {
      return thing(build::extent(static_cast<std::int64_t>(object.items.size()), place));
    }
    if (object.kind != Object::Kind::value || object.value.rank() == 0) {
      ir::user_error(fmt::format("object of type '{}' has no len()", build::type_name(object)),
                     place);
    }
    return thing(build::extent(object.value.shape()[0], place));
  }
  if (name == "min" || name == "max") return extreme_of_numbers(name, given, place);
  if (name == "sum") {
    ir::limitation("Python's sum is not in the dialect", place, "use np.sum(x, axis=0)");
  }
  if (name == "pow" || name == "divmod") {
    only(2);
    const Value x = value_of(thing(given[0]), place);
    const Value y = value_of(thing(given[1]), place);
    if (name == "pow") return thing(build::binary_operator("**", x, y, place));
    return thing(Object::tuple(
        {build::binary_operator("//", x, y, place), build::binary_operator("%", x, y, place)}));
  }
  if (name == "round") return round_builtin(given, place);
  if (name == "complex") return complex_builtin(given, place);
  only(1);
  return number_builtin(name, value_of(thing(given[0]), place), place);
}

// complex(), complex(re), complex(re, im): of numbers, Python's own; of 0-d arrays one of those.
Thing Translator::complex_builtin(const std::vector<Object>& given, ir::Place place) {
  if (given.size() > 2) {
    ir::user_error(fmt::format("complex() takes at most 2 arguments ({} given)", given.size()),
                   place);
  }
  Value result = build::complex_literal({0, 0}, place);
  for (std::size_t k = 0; k < given.size(); ++k) {
    Value part = value_of(thing(given[k]), place);
    if (part.rank() > 0) ir::user_error("only 0-d arrays can be converted to complex", place);
    if (k == 1) {
      part = build::binary_operator("*", part, build::complex_literal({0, 1}, place), place);
    }
    result = build::binary_operator("+", result, part, place);
  }
  return thing(result);
}

// float, int, bool, abs.
Thing Translator::number_builtin(const std::string& name, const Value& x, ir::Place place) {
  if (name == "float") return thing(to_python(x, ir::Weak::floating, place));
  if (name == "int") return thing(to_python(x, ir::Weak::integer, place));
  if (name == "bool") return thing(to_python(x, ir::Weak::boolean, place));
  if (const auto size = build::known_extent(x); size && x->weak != ir::Weak::strong) {
    return thing(build::extent(ir::max(*size, ir::Extent(0) - *size), place));
  }
  if (const auto value = constant_of(x); value && x->weak == ir::Weak::floating) {
    const double magnitude = std::fabs(ir::to_double(*value));
    return thing(build::scalar(ir::Scalar::of(magnitude), ir::Weak::floating, place));
  }
  if (const auto value = build::complex_value(x); value && x->weak == ir::Weak::complex) {
    const double size = std::hypot(value->real(), value->imag());
    return thing(build::scalar(ir::Scalar::of(size), ir::Weak::floating, place));
  }
  const Value operands[] = {x};
  const Value magnitude = build::ufunc(*ir::find_builtin_ufunc("absolute"), operands, place);
  return thing(x->weak == ir::Weak::strong
                   ? magnitude
                   : weakened(magnitude, std::min(x->weak, ir::Weak::floating), place));
}

}  // namespace arrayc::dialect
