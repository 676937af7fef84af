#include "frontend/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <type_traits>

#include "ir/diagnostic.h"

extern "C" char** environ;

namespace arrayc {

namespace {

constexpr std::string_view prefix = "ARRAYC_";

void parse(std::string_view, std::string_view text, std::string& out) { out = text; }

void parse(std::string_view name, std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < 0) {
    ir::user_error(fmt::format("{}: '{}' is not a number", name, text));
  }
}

void parse(std::string_view name, std::string_view text, bool& out) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view yes : {"1", "yes", "on", "true"}) {
    if (lower == yes) return static_cast<void>(out = true);
  }
  for (const std::string_view no : {"0", "no", "off", "false", ""}) {
    if (lower == no) return static_cast<void>(out = false);
  }
  ir::user_error(fmt::format("{}: '{}' is neither yes nor no", name, text));
}

// Sets the field whose row `matches` (environment name, flag, field name); false if none does.
template <typename Matches>
bool set_where(Options& options, std::string_view name, std::string_view value, Matches matches) {
#define OPTION(field, type, initial, environment, flag, doc) \
  if (matches(environment, flag, #field)) {                  \
    parse(name, value, options.field);                       \
    return true;                                             \
  }
#include "frontend/options.def"
  return false;
}

}  // namespace

std::span<const OptionInfo> all_options() {
  static constexpr std::array table = {
#define OPTION(field, type, initial, environment, flag, doc) \
  OptionInfo{#field, environment, flag, doc, std::is_same_v<type, bool>},
#include "frontend/options.def"
  };
  return table;
}

void set_option(Options& options, std::string_view name, std::string_view value) {
  const bool found =
      set_where(options, name, value,
                [&](std::string_view environment, std::string_view flag, std::string_view field) {
                  return !name.empty() && (name == flag || name == field || name == environment);
                });
  if (!found) ir::user_error(fmt::format("there is no option '{}'", name));
}

// What tests set for other parts: see tests/README.md.
constexpr std::string_view of_tests[] = {"ARRAYC_CHECK_POISON", "ARRAYC_CODEGEN", "ARRAYC_PLANT"};

std::vector<EnvironmentVariable> environment_variables() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (std::ranges::find(of_tests, name) != std::end(of_tests)) continue;
    const bool is_option = std::ranges::any_of(
        all_options(), [&](const OptionInfo& info) { return info.environment == name; });
    variables.push_back({std::string(name), std::string(text.substr(equals + 1)), is_option});
  }
  return variables;
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace arrayc
