#include "frontend/numpy/translate.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/build.h"
#include "ir/import.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;

// The function with its parameters as declared: `order[i]` is the new index of parameter i.
ir::Graph renumber(const ir::Graph& graph, const std::vector<std::int32_t>& order) {
  ir::Graph result;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph[id];
    ir::Operation operation = node.operation;
    if (node.op() == ir::Op::param) {
      const auto index = static_cast<std::size_t>(operation.attr<ir::ParamAttr>().index);
      operation.attributes = std::make_shared<const ir::Attributes>(ir::ParamAttr{order[index]});
    }
    result.add(std::move(operation), node.operands, node.type, node.place);
  }
  return result;
}

// Extents that an annotation of results names for the first time stand for what is there.
class ResultNames {
 public:
  explicit ResultNames(std::set<std::string> known) : known_(std::move(known)) {}
  ir::Extent meaning(const ir::Extent& written, const ir::Extent& actual) {
    const std::string& name = written.symbol_name();
    if (!name.empty() && !known_.contains(name) && !meanings_.contains(name)) {
      meanings_.emplace(name, actual);
    }
    return written.substitute([&](const std::string& symbol) -> std::optional<ir::Extent> {
      const auto found = meanings_.find(symbol);
      return found == meanings_.end() ? std::nullopt : std::optional(found->second);
    });
  }

 private:
  std::set<std::string> known_;
  std::map<std::string, ir::Extent> meanings_;
};

// NumPy refuses to make arrays of negative extents; an "int" parameter may ask for one.
void guard_negative_extents(ir::Function& function) {
  std::set<std::string> guarded;
  for (ir::NodeId id = 0; id < function.graph.size(); ++id) {
    const ir::Node& node = function.graph[id];
    const bool makes =
        node.op() == ir::Op::broadcast || node.op() == ir::Op::iota || node.op() == ir::Op::reshape;
    if (!makes) continue;
    for (const ir::Extent& extent : node.type.shape) {
      const auto low = extent.lower_bound();
      if ((low && *low >= 0) || !guarded.insert(ir::to_string(extent)).second) continue;
      ir::Guard guard;
      guard.kind = ir::Guard::Kind::positive;
      guard.a = extent + 1;
      guard.message = "negative dimensions are not allowed";
      guard.place = node.place;
      function.guards.push_back(std::move(guard));
    }
  }
}

ParamType type_of_param(const ParamDecl& param, const FunctionDecl& function) {
  if (param.annotation) return parse_type(param.annotation->text, param.annotation->place);
  ir::user_error(fmt::format("parameter '{}' of {} has no type", param.name, function.name),
                 param.place,
                 "annotate it with a string, such as \"f64[n]\", \"float\" or \"int\"");
}

// Compares a result with its annotation; what cannot be decided becomes a guard.
void check_result(const ParamType& written, const ir::Type& actual, ResultNames& names,
                  const FunctionDecl& function, std::vector<ir::Guard>& guards) {
  const ir::Place place = function.result->place;
  const std::string message =
      fmt::format("{} returns {}, but its annotation says {}", function.name, ir::to_string(actual),
                  ir::to_string(written.type));
  if (written.type.dtype != actual.dtype || written.type.rank() != actual.rank()) {
    ir::user_error(message, place);
  }
  for (std::size_t i = 0; i < actual.shape.size(); ++i) {
    const ir::Extent wanted = names.meaning(written.type.shape[i], actual.shape[i]);
    const ir::Extent difference = wanted - actual.shape[i];
    if (difference.is(0)) continue;
    if (difference.is_constant()) ir::user_error(message, place);
    ir::Guard guard;
    guard.a = actual.shape[i];
    guard.b = wanted;
    guard.message = message;
    guard.place = place;
    guards.push_back(std::move(guard));
  }
}

}  // namespace

void Translator::declare(const FunctionDecl& function, const std::vector<ParamType>* types) {
  if (types && types->size() > function.params.size()) {
    ir::user_error(fmt::format("{}() takes {} parameters but {} types were given", function.name,
                               function.params.size(), types->size()),
                   function.place);
  }
  std::vector<std::pair<const ParamDecl*, ParamType>> declared;
  std::set<std::string> extents;  // named by annotations
  const auto add_extents = [&](const ir::Type& type) {
    for (const ir::Extent& extent : type.shape) extent.collect_symbols(extents);
  };
  Frame& frame = frames_.back();
  for (std::size_t i = 0; i < function.params.size(); ++i) {
    const ParamDecl& param = function.params[i];
    const bool given = types && i < types->size();
    if (!given && param.fallback && (types || !param.annotation)) {
      frame.names[param.name] = default_of(param);
      continue;
    }
    declared.emplace_back(&param, given ? (*types)[i] : type_of_param(param, function));
    add_extents(declared.back().second.type);
  }
  if (function.result && !types) {
    for (const ParamType& type :
         parse_results(function.result->text, function.result->place).types) {
      add_extents(type.type);
    }
  }
  for (const auto& [param, type] : declared) {
    ir::Param result;
    result.name = param->name;
    result.type = type.type;
    result.weak = type.weak;
    result.place = param->place;
    const bool size = type.weak == ir::Weak::integer;
    result.kind = size ? ir::ParamKind::size
                  : type.type.rank() == 0 && !ir::is_complex(type.type.dtype)
                      ? ir::ParamKind::scalar
                      : ir::ParamKind::array;
    Value value;
    if (size) {
      // A name that is an axis' extent as well is one number; alone it may be negative.
      const bool shared = extents.contains(param->name);
      value =
          build::extent(ir::Extent::symbol(shared ? param->name : "$" + param->name), param->place);
      leaves_.emplace_back();
    } else {
      value = ir::record_leaf(type.type, nullptr, param->name, type.weak, param->place);
      leaves_.push_back(value);
    }
    params_.push_back(std::move(result));
    frame.names[param->name] = thing(value);
  }
}

std::vector<ir::Value> Translator::results(const FunctionDecl& function, const Thing& returned,
                                           bool& tuple) {
  const auto convert = [&](const Object& object) {
    if (object.kind != Object::Kind::value) {
      ir::user_error(fmt::format("{} returns '{}', which is not an array or a number",
                                 function.name, build::type_name(object)),
                     function.place, "return arrays, numbers, or a tuple of them");
    }
    const Value& value = object.value;
    return value->weak == ir::Weak::strong
               ? value
               : build::astype(value, ir::default_dtype(value->weak), function.place);
  };
  if (returned.kind != Thing::Kind::object || returned.object.is_none()) {
    ir::user_error(fmt::format("{} returns nothing that can be computed", function.name),
                   function.place, "return an array, a number, or a tuple of them");
  }
  tuple = returned.object.kind == Object::Kind::tuple;
  if (!tuple) return {convert(returned.object)};
  std::vector<Value> values;
  for (const Object& item : returned.object.items) values.push_back(convert(item));
  if (values.empty()) ir::user_error(function.name + " returns an empty tuple", function.place);
  return values;
}

ir::Function Translator::translate(const FunctionDecl& function, const std::string& symbol,
                                   const std::vector<ParamType>* types) {
  if (!function.refusal.empty()) ir::limitation(function.refusal, function.refusal_place);
  frames_.clear();
  frames_.emplace_back();
  frames_.back().function = &function;
  params_.clear();
  leaves_.clear();
  steps_ = 0;
  declare(function, types);
  const std::vector<Statement>& body = file_.body(function);
  collect_names(file_.ast(), body, frames_.back().assigned);
  Thing returned;
  run(body, returned);
  bool tuple = false;
  const std::vector<Value> values = results(function, returned, tuple);

  ir::ImportOptions options;
  options.largest_constant = INT64_MAX;  // a size that the source writes is part of the program
  ir::Import imported = ir::import(values, symbol, options);
  ir::Function result = std::move(imported.function);
  std::vector<std::int32_t> order;
  for (const Value& leaf : imported.leaves) {
    const auto at = std::find(leaves_.begin(), leaves_.end(), leaf);
    if (at == leaves_.end()) ir::bug("a leaf that is no parameter of " + function.name);
    order.push_back(static_cast<std::int32_t>(at - leaves_.begin()));
  }
  result.graph = renumber(result.graph, order);
  result.params = params_;
  guard_negative_extents(result);
  result.tuple = tuple;
  if (!body.empty() && body[0].kind == StatementKind::expression &&
      file_.ast()[body[0].value].kind == ExprKind::text) {
    result.doc = file_.ast()[body[0].value].text;
  }
  if (function.result && !types) {
    const ResultTypes written = parse_results(function.result->text, function.result->place);
    if (written.types.size() != values.size() || written.tuple != tuple) {
      ir::user_error(
          fmt::format("{} returns {} value{}, but its annotation says '{}'", function.name,
                      values.size(), values.size() == 1 ? "" : "s", function.result->text),
          function.result->place);
    }
    std::set<std::string> known;
    for (const ir::Param& param : params_) {
      known.insert(param.name);
      for (const ir::Extent& extent : param.type.shape) extent.collect_symbols(known);
    }
    ResultNames names(known);
    for (std::size_t i = 0; i < values.size(); ++i) {
      check_result(written.types[i], result.graph[result.results[i]].type, names, function,
                   result.guards);
    }
  }
  return result;
}

Thing Translator::default_of(const ParamDecl& param) {
  // Python evaluates defaults at module level.
  frames_.emplace_back();
  Thing result = evaluate(file_.fallback(*param.fallback));
  frames_.pop_back();
  return result;
}

void Translator::bind_arguments(const FunctionDecl& function, const CallArguments& arguments,
                                Frame& frame, ir::Place place) {
  const auto& params = function.params;
  if (arguments.positional.size() > params.size()) {
    ir::user_error(
        fmt::format("{}() takes {} positional argument{} but {} were given", function.name,
                    params.size(), params.size() == 1 ? "" : "s", arguments.positional.size()),
        place);
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    frame.names[params[i].name] = arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.keywords) {
    const auto is_named = [&, &wanted = name](const ParamDecl& p) { return p.name == wanted; };
    if (std::none_of(params.begin(), params.end(), is_named)) {
      ir::user_error(
          fmt::format("{}() got an unexpected keyword argument '{}'", function.name, name), place);
    }
    if (!frame.names.emplace(name, value).second) {
      ir::user_error(fmt::format("{}() got multiple values for argument '{}'", function.name, name),
                     place);
    }
  }
  for (const ParamDecl& param : params) {
    if (frame.names.contains(param.name)) continue;
    if (!param.fallback) {
      ir::user_error(fmt::format("{}() missing 1 required positional argument: '{}'", function.name,
                                 param.name),
                     place);
    }
    frame.names[param.name] = default_of(param);
  }
}

Thing Translator::call_function(const FunctionDecl& function, const CallArguments& arguments,
                                ir::Place place) {
  if (!function.refusal.empty()) ir::limitation(function.refusal, function.refusal_place);
  for (const Frame& frame : frames_) {
    if (frame.function != &function) continue;
    ir::limitation(fmt::format("{} calls itself; recursion is not in the dialect", function.name),
                   place, "write it with array operations");
  }
  Frame frame;
  frame.function = &function;
  bind_arguments(function, arguments, frame, place);
  const std::vector<Statement>& body = file_.body(function);
  collect_names(file_.ast(), body, frame.assigned);
  frames_.push_back(std::move(frame));
  Thing returned;
  run(body, returned);
  frames_.pop_back();
  return returned;
}

}  // namespace arrayc::dialect
