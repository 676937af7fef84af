// Short ways to write values for tests, and to see what was recorded.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ir/build.h"
#include "ir/build/functions.h"
#include "ir/import.h"
#include "ir/text.h"

namespace arrayc::ir {

// array("f64", "n, max(m - 1, 0)"): a parameter.
inline Value array(std::string_view dtype, std::string_view shape = "",
                   const std::string& name = "x") {
  Type type{*parse_dtype(dtype), {}};
  while (!shape.empty()) {
    std::size_t comma = 0;
    for (int open = 0; comma < shape.size() && (open > 0 || shape[comma] != ','); ++comma) {
      open += (shape[comma] == '(') - (shape[comma] == ')');
    }
    type.shape.push_back(parse_extent(shape.substr(0, comma)));
    shape.remove_prefix(std::min(comma + 1, shape.size()));
  }
  return record_leaf(type, nullptr, name, Weak::strong, {});
}

inline Value py(double value) { return build::scalar(Scalar::of(value), Weak::floating, {}); }
inline Value py(bool value) { return build::scalar(Scalar::of(value), Weak::boolean, {}); }
inline Value py(int value) {
  return build::scalar(Scalar::of(std::int64_t{value}), Weak::integer, {});
}

inline Value call(const char* ufunc, std::vector<Value> operands) {
  return build::ufunc(*find_builtin_ufunc(ufunc), operands, Place{"k.py", 3, 14});
}

inline std::string type_of(const Value& x) { return to_string(x.type()); }

// The nodes of the function that computes the values, one a line, without the frame.
inline std::string nodes(const std::vector<Value>& results) {
  ImportOptions options;
  options.largest_constant = INT64_MAX;
  std::string text = print(import(results, "f", options).function);
  text = text.substr(text.find('\n') + 1);
  text.resize(text.rfind('}'));
  std::string trimmed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool indentation = (i == 0 || text[i - 1] == '\n') && text.substr(i, 2) == "  ";
    if (indentation)
      ++i;
    else
      trimmed += text[i];
  }
  return trimmed;
}
inline std::string nodes(const Value& result) { return nodes(std::vector<Value>{result}); }

// The message of the error that f throws, "" if it throws none.
template <typename Fn>
std::string error_of(Fn&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace arrayc::ir
