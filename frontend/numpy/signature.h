// Types as text: the annotations of a kernel file and the signatures given from outside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/diagnostic.h"
#include "ir/type.h"

namespace arrayc::dialect {

// "f64[n,2]", "f64" or "f64[]" (0-d), "float", "int" (Python's own numbers, weak).
struct ParamType {
  ir::Type type;
  ir::Weak weak = ir::Weak::strong;
};
ParamType parse_type(std::string_view text, ir::Place place);

// The results of a function: "f64[n]", "f64[n], i64[n]", "(f64[n], i64[n])", "tuple[f64[n], …]".
struct ResultTypes {
  std::vector<ParamType> types;
  bool tuple = false;
};
ResultTypes parse_results(std::string_view text, ir::Place place);

// "distances(f64[n,2], f64[2])"; "name = distances(…)" for a symbol with another name; without
// parentheses, a function with the types that its file gives.
struct Export {
  std::string symbol;
  std::string function;
  bool typed = false;
  std::vector<ParamType> params;
};
Export parse_export(std::string_view text);

}  // namespace arrayc::dialect
