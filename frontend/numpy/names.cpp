// Names and attributes: what they stand for, and what was meant where they stand for nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "frontend/numpy/translate.h"
#include "ir/build.h"

namespace arrayc::dialect {

namespace {

namespace build = ir::build;

constexpr std::array<std::string_view, 13> builtins = {
    "abs", "bool", "complex", "divmod", "float", "int", "len",
    "max", "min",  "pow",     "round",  "slice", "sum"};

// Python's own functions that are not in the dialect, and what to write instead.
struct Refused {
  std::string_view name;
  std::string_view instead;
};
constexpr std::array<Refused, 12> refused = {{
    {"print", "return the value"},
    {"range", "use np.arange"},
    {"enumerate", "use np.arange"},
    {"zip", "use arrays"},
    {"map", "apply the function to whole arrays"},
    {"list", "use np.array"},
    {"tuple", "write the tuple out"},
    {"sorted", "sort before the call"},
    {"isinstance", "types are known: leave it out"},
    {"str", "return numbers"},
    {"dict", "use tuples and names"},
    {"set", "use tuples and names"},
}};

struct Constant {
  std::string_view name;
  double value;
  bool in_math;
};
constexpr std::array<Constant, 7> constants = {{
    {"pi", std::numbers::pi, true},
    {"e", std::numbers::e, true},
    {"tau", 2 * std::numbers::pi, true},
    {"inf", INFINITY, true},
    {"nan", NAN, true},
    {"euler_gamma", std::numbers::egamma, false},
    {"NAN", NAN, false},
}};

// NumPy's names of element types besides numpy_name.
struct TypeName {
  std::string_view name;
  ir::DType dtype;
};
constexpr std::array<TypeName, 11> type_names = {{{"bool_", ir::DType::Bool},
                                                  {"byte", ir::DType::I8},
                                                  {"ubyte", ir::DType::U8},
                                                  {"short", ir::DType::I16},
                                                  {"ushort", ir::DType::U16},
                                                  {"int_", ir::DType::I64},
                                                  {"intp", ir::DType::I64},
                                                  {"uint", ir::DType::U64},
                                                  {"half", ir::DType::F16},
                                                  {"single", ir::DType::F32},
                                                  {"double", ir::DType::F64}}};

// Ufuncs that NumPy has not: some are in scipy.special, the others are parts of NumPy's functions.
constexpr std::string_view not_numpys[] = {
#define UFUNC(...)
#define EXTRA_UFUNC(name, ...) #name,
#include "ir/ufuncs.def"
};
constexpr std::array<std::string_view, 3> special_functions = {"erf", "gamma", "gammaln"};

bool is_numpys(const ir::Ufunc& ufunc) {
  return std::find(std::begin(not_numpys), std::end(not_numpys), ufunc.name) ==
         std::end(not_numpys);
}

std::optional<ir::DType> numpy_type(std::string_view name) {
  for (const ir::DTypeInfo& row : ir::all_dtypes()) {
    if (row.numpy_name == name && row.id != ir::DType::BF16) return row.id;
  }
  for (const TypeName& row : type_names) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
  const std::string best = nearest(name, names);
  return best.empty() ? "" : fmt::format("did you mean '{}'?", best);
}

// Functions and methods of NumPy that carry something from one element to the next.
constexpr std::array<Refused, 5> scans = {{
    {"accumulate",
     "fold what each result needs: np.where(i[:, None] >= i, x, 0).sum(axis=1) with "
     "i = np.arange(n)"},
    {"reduceat", "fold slices: x[a:b].sum()"},
    {"at", "fold what each result needs: np.where(index == i[:, None], x, 0).sum(axis=1)"},
    {"cumsum",
     "sum what each result needs: np.where(i[:, None] >= i, x, 0).sum(axis=1) with "
     "i = np.arange(n)"},
    {"cumprod",
     "multiply what each result needs: np.where(i[:, None] >= i, x, 1).prod(axis=1) "
     "with i = np.arange(n)"},
}};

void refuse_scan(const std::string& what, const std::string& name, ir::Place place) {
  const auto row =
      std::find_if(scans.begin(), scans.end(), [&](const Refused& r) { return r.name == name; });
  if (row == scans.end()) return;
  ir::limitation(fmt::format("{} is not in the dialect", what), place, std::string(row->instead));
}

// What is said of a NumPy name that is not built.
[[noreturn]] void not_built(const std::string& what, const std::string& name,
                            const std::vector<std::string>& names, ir::Place place) {
  const std::string hint = did_you_mean(name, names);
  ir::limitation(fmt::format("{} is not in the dialect", what), place,
                 hint.empty() ? "see docs/dialect.md for what is" : hint);
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  if (name.size() > 64) return "";
  std::string best;
  std::size_t least = std::min<std::size_t>(3, name.size() / 2 + 1);
  for (const std::string& candidate : names) {
    if (candidate.size() > 64 || candidate == name) continue;
    const std::size_t d = distance(name, candidate);
    if (d >= least) continue;
    least = d;
    best = candidate;
  }
  return best;
}

Thing Translator::look_up(const Expr& expr) {
  const std::string& name = expr.text;
  const Frame& frame = frames_.back();
  const auto local = frame.names.find(name);
  if (local != frame.names.end()) return local->second;
  if (frame.assigned.contains(name)) {
    ir::user_error(
        fmt::format("cannot access local variable '{}' where it is not associated with a value",
                    name),
        expr.place);
  }
  Thing result;
  if (const FunctionDecl* function = file_.find_function(name)) {
    result.kind = Thing::Kind::function;
    result.function = function;
    return result;
  }
  if (const Range* range = file_.find_global(name)) return module_value(*range, name);
  if (const std::string* path = file_.find_import(name)) {
    const std::size_t dot = path->rfind('.');
    const bool known =
        path->starts_with("numpy") || path->starts_with("math") || path->starts_with("scipy");
    if (!known) {
      ir::limitation(fmt::format("module '{}' is not in the dialect", *path), expr.place,
                     "use numpy and the file's own functions");
    }
    if (dot == std::string::npos || *path == "numpy.linalg" || *path == "scipy.special") {
      result.kind = Thing::Kind::module;
      result.name = *path;
      return result;
    }
    return module_attribute(path->substr(0, dot), path->substr(dot + 1), expr.place);
  }
  if (std::find(builtins.begin(), builtins.end(), name) != builtins.end()) {
    result.kind = Thing::Kind::builtin;
    result.name = name;
    return result;
  }
  unknown_name(name, expr.place);
}

// The statement that defines a constant is run at module level, once.
Thing Translator::module_value(const Range& range, const std::string& name) {
  const auto known = constants_.find(range.begin);
  if (known != constants_.end()) return known->second.at(name);
  const std::vector<Statement>& statements = file_.global(range);
  const ir::Place place = statements.empty() ? ir::Place() : statements[0].place;
  if (!constants_in_progress_.insert(range.begin).second) {
    ir::user_error(fmt::format("name '{}' is defined by itself", name), place);
  }
  frames_.emplace_back();
  Thing unused;
  run(statements, unused);
  auto names = std::move(frames_.back().names);
  frames_.pop_back();
  constants_in_progress_.erase(range.begin);
  const auto found = names.find(name);
  if (found == names.end()) ir::user_error(fmt::format("name '{}' is not defined", name), place);
  const Thing result = found->second;
  constants_[range.begin] = std::move(names);
  return result;
}

void Translator::unknown_name(const std::string& name, ir::Place place) {
  for (const Refused& row : refused) {
    if (row.name == name) {
      ir::limitation(fmt::format("'{}' is not in the dialect", name), place,
                     std::string(row.instead));
    }
  }
  std::vector<std::string> names = file_.names();
  for (const auto& [local, unused] : frames_.back().names) names.push_back(local);
  names.insert(names.end(), builtins.begin(), builtins.end());
  ir::user_error(fmt::format("name '{}' is not defined", name), place, did_you_mean(name, names));
}

Thing Translator::attribute(const Expr& expr) {
  const Thing base = evaluate(expr.children[0]);
  Thing result;
  switch (base.kind) {
    case Thing::Kind::module:
      return module_attribute(base.name, expr.text, expr.place);
    case Thing::Kind::ufunc:
      if (expr.text == "reduce" || expr.text == "outer") {
        result.kind = Thing::Kind::ufunc_method;
        result.ufunc = base.ufunc;
        result.name = expr.text;
        return result;
      }
      refuse_scan(fmt::format("{}.{}", base.ufunc->name, expr.text), expr.text, expr.place);
      not_built(fmt::format("{}.{}", base.ufunc->name, expr.text), expr.text, {"reduce", "outer"},
                expr.place);
    case Thing::Kind::object:
      return value_attribute(base.object, expr.text, expr.place);
    default:
      break;
  }
  ir::user_error(fmt::format("a function has no attribute '{}'", expr.text), expr.place);
}

Thing Translator::module_attribute(const std::string& module, const std::string& name,
                                   ir::Place place) {
  Thing result;
  for (const Constant& constant : constants) {
    const bool here = module == "math" ? constant.in_math : constant.name != "tau";
    if (constant.name == name && here && (module == "math" || module == "numpy")) {
      return thing(build::scalar(ir::Scalar::of(constant.value), ir::Weak::floating, place));
    }
  }
  if (module == "math") {
    result.kind = Thing::Kind::builtin;
    result.name = "math." + name;
    return result;
  }
  if (module.starts_with("scipy")) return scipy_attribute(module, name, place);
  if (module == "numpy") {
    if (name == "newaxis") return result;
    if (name == "mgrid" || name == "ogrid") {
      result.kind = Thing::Kind::grid;
      result.name = name;
      return result;
    }
    if (name == "linalg") {
      result.kind = Thing::Kind::module;
      result.name = "numpy.linalg";
      return result;
    }
    if (name == "True_" || name == "False_") {
      return thing(build::scalar(ir::Scalar::of(name == "True_"), ir::Weak::strong, place));
    }
    if (const auto dtype = numpy_type(name)) return thing(Object::of_dtype(*dtype));
    if (const ir::Ufunc* ufunc = registry_.find(name); ufunc && is_numpys(*ufunc)) {
      result.kind = Thing::Kind::ufunc;
      result.ufunc = ufunc;
      return result;
    }
  }
  const std::string path = module == "numpy" ? name : module.substr(6) + "." + name;
  if (const build::FunctionRow* row = build::find_function(path)) {
    result.kind = Thing::Kind::row;
    result.row = row;
    return result;
  }
  std::vector<std::string> names;
  for (const ir::Ufunc* ufunc : registry_.all()) {
    if (is_numpys(*ufunc)) names.emplace_back(ufunc->name);
  }
  for (const build::FunctionRow& row : build::functions()) names.emplace_back(row.name);
  refuse_scan(fmt::format("{}.{}", module, name), name, place);
  not_built(fmt::format("{}.{}", module, name), name, names, place);
}

Thing Translator::scipy_attribute(const std::string& module, const std::string& name,
                                  ir::Place place) {
  Thing result;
  if (module == "scipy" && name == "special") {
    result.kind = Thing::Kind::module;
    result.name = "scipy.special";
    return result;
  }
  const auto known = std::find(special_functions.begin(), special_functions.end(), name);
  if (module != "scipy.special" || known == special_functions.end()) {
    not_built(fmt::format("{}.{}", module, name), name,
              {special_functions.begin(), special_functions.end()}, place);
  }
  result.kind = Thing::Kind::ufunc;
  result.ufunc = ir::find_builtin_ufunc(name);
  return result;
}

Thing Translator::value_attribute(const Object& object, const std::string& name, ir::Place place) {
  Thing result;
  const bool is_value = object.kind == Object::Kind::value;
  const bool is_array = is_value && object.value->weak == ir::Weak::strong;
  if (is_array || (is_value && (name == "real" || name == "imag" || name == "conjugate"))) {
    if (const build::FunctionRow* row = build::find_attribute(name)) {
      return thing(build::call(*row, {object}, {}, place));
    }
    if (const build::FunctionRow* row = build::find_method(name)) {
      result.kind = Thing::Kind::bound;
      result.row = row;
      result.object = object;
      return result;
    }
    std::vector<std::string> names;
    for (const build::FunctionRow& row : build::functions()) {
      if (row.reach != build::Reach::function) names.emplace_back(row.name);
    }
    const std::string what = fmt::format("attribute '{}' of an array", name);
    refuse_scan(what, name, place);
    not_built(what, name, names, place);
  }
  if (object.kind == Object::Kind::dtype && name == "itemsize") {
    return thing(build::extent(ir::item_size(object.dtype), place));
  }
  if (object.kind == Object::Kind::dtype && name == "type") return thing(object);
  ir::user_error(fmt::format("'{}' object has no attribute '{}'", build::type_name(object), name),
                 place);
}

}  // namespace arrayc::dialect
