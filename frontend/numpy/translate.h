// From syntax to recorded values: the statements of a function are run on values with symbolic
// extents. Calls of the file's own functions are inlined.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "frontend/numpy/signature.h"
#include "frontend/numpy/source_file.h"
#include "ir/build/functions.h"
#include "ir/module.h"
#include "ir/registry.h"

namespace arrayc::dialect {

// What an expression stands for.
struct Thing {
  enum class Kind : std::uint8_t {
    object,  // a value, tuple, text, dtype, ellipsis or None
    slice,   // slice(…), an index item
    module,  // name: "numpy", "numpy.linalg"
    row,     // a function of functions.def
    bound,   // a method: row and its object
    ufunc,
    ufunc_method,  // ufunc and name: "reduce"
    function,      // of the file
    grid,          // name: "mgrid", "ogrid"
    builtin        // name: "len"
  };
  Kind kind = Kind::object;
  ir::build::Object object;
  ir::Slice slice;
  std::string name;
  const ir::build::FunctionRow* row = nullptr;
  const ir::Ufunc* ufunc = nullptr;
  const FunctionDecl* function = nullptr;
};

struct CallArguments {
  std::vector<Thing> positional;
  std::vector<std::pair<std::string, Thing>> keywords;
};

class Translator {
 public:
  Translator(SourceFile& file, const ir::Registry& registry) : file_(file), registry_(registry) {}

  // One exported function: `types`, if given, stand for its annotations.
  ir::Function translate(const FunctionDecl& function, const std::string& symbol,
                         const std::vector<ParamType>* types);

 private:
  using Object = ir::build::Object;
  using Value = ir::Value;
  struct Frame {
    const FunctionDecl* function = nullptr;  // null at module level
    std::map<std::string, Thing, std::less<>> names;
    std::set<std::string, std::less<>> assigned;
  };

  // translate.cpp
  void declare(const FunctionDecl& function, const std::vector<ParamType>* types);
  std::vector<Value> results(const FunctionDecl& function, const Thing& returned, bool& tuple);
  Thing call_function(const FunctionDecl& function, const CallArguments& arguments,
                      ir::Place place);
  void bind_arguments(const FunctionDecl& function, const CallArguments& arguments, Frame& frame,
                      ir::Place place);
  Thing default_of(const ParamDecl& param);

  // statements.cpp
  bool run(const std::vector<Statement>& statements, Thing& returned);  // true: returned
  void assign(ExprId target, const Thing& value);
  void assign_name(const std::string& name, Thing value);
  void augment(const Statement& statement);
  void check_in_place(const std::string& name, const Value& x, ir::Place place) const;
  static void collect_names(const Ast& ast, const std::vector<Statement>& statements,
                            std::set<std::string, std::less<>>& names);

  // expressions.cpp
  Thing evaluate(ExprId id);
  Thing evaluate_node(const Expr& expr);
  Thing look_up(const Expr& expr);
  Thing module_value(const Range& range, const std::string& name);
  Thing number(const Expr& expr);
  Thing display(const Expr& expr);
  Thing unary(const Expr& expr);
  Thing binary(const Expr& expr);
  Thing binary_step(const Expr& expr, const Thing& left, const Thing& right);
  Thing compare(const Expr& expr);
  Object compare_pair(const std::string& op, const Object& a, const Object& b, ir::Place place);
  Thing logic(const Expr& expr);
  bool truth(const Thing& thing, ir::Place place);
  Value value_of(const Thing& thing, ir::Place place);
  Object object_of(const Thing& thing, ir::Place place);

  // names.cpp
  Thing attribute(const Expr& expr);
  Thing module_attribute(const std::string& module, const std::string& name, ir::Place place);
  Thing scipy_attribute(const std::string& module, const std::string& name, ir::Place place);
  Thing value_attribute(const Object& object, const std::string& name, ir::Place place);
  [[noreturn]] void unknown_name(const std::string& name, ir::Place place);

  // indexing.cpp
  Thing subscript(const Expr& expr);
  Thing tuple_item(const Object& tuple, const Expr& index);
  Thing grid(const std::string& name, const Expr& index);
  ir::build::GridAxis grid_axis(const Expr& slice);
  ir::build::IndexItem index_item(const Expr& expr);
  std::optional<ir::Extent> slice_part(const Object& object, ir::Place place);
  ir::Slice slice_of(const std::vector<Object>& parts, ir::Place place);  // start, stop, step
  ir::Slice slice(const Expr& expr);

  // calls.cpp
  Thing call(const Expr& expr);
  CallArguments call_arguments(const Expr& expr);
  Thing call_ufunc(const ir::Ufunc& ufunc, const CallArguments& arguments, ir::Place place);
  Thing call_ufunc_method(const Thing& callee, const CallArguments& arguments, ir::Place place);
  Thing call_row(const Thing& callee, const CallArguments& arguments, ir::Place place);
  Thing call_dtype(ir::DType dtype, const CallArguments& arguments, ir::Place place);
  Thing extreme_of_numbers(const std::string& name, const std::vector<Object>& given,
                           ir::Place place);
  Thing call_builtin(const std::string& name, const CallArguments& arguments, ir::Place place);
  Thing round_builtin(const std::vector<Object>& given, ir::Place place);
  Thing complex_builtin(const std::vector<ir::build::Object>& given, ir::Place place);
  Thing number_builtin(const std::string& name, const Value& x, ir::Place place);
  Thing call_math(const std::string& name, const CallArguments& arguments, ir::Place place);
  std::vector<Object> objects(const CallArguments& arguments, ir::Place place);

  SourceFile& file_;
  const ir::Registry& registry_;
  std::deque<Frame> frames_;                     // references stay good while it grows
  std::set<std::size_t> constants_in_progress_;  // module-level statements being evaluated
  std::map<std::size_t, std::map<std::string, Thing, std::less<>>> constants_;
  std::vector<ir::Param> params_;
  std::vector<Value> leaves_;  // of the params that are not sizes; null for those
  int depth_ = 0;
  std::int64_t steps_ = 0;
};

inline Thing thing(ir::build::Object object) {
  Thing result;
  result.object = std::move(object);
  return result;
}

// The name among `names` that is nearest to `name`, if one is near; "" if not.
std::string nearest(std::string_view name, const std::vector<std::string>& names);

}  // namespace arrayc::dialect
