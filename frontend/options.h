// A session's options: the rows of options.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc {

struct Options {
#define OPTION(field, type, initial, ...) type field = initial;
#include "frontend/options.def"
};

struct OptionInfo {
  std::string_view field;
  std::string_view environment;  // "ARRAYC_BACKEND"
  std::string_view flag;         // "backend": --backend
  std::string_view doc;
  bool is_switch;  // a bool: 1, yes, on, true or 0, no, off, false
};
std::span<const OptionInfo> all_options();

// Sets the option with this flag, field or environment name; throws a user error for a bad name or
// value.
void set_option(Options& options, std::string_view name, std::string_view value);

// The variables of the environment that begin with ARRAYC_, but those that tests set.
struct EnvironmentVariable {
  std::string name, value;
  bool is_option;
};
std::vector<EnvironmentVariable> environment_variables();

// "a:b" as {"a", "b"}; empty parts are left out.
std::vector<std::string> split_list(std::string_view text, char separator);

}  // namespace arrayc
