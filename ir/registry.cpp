#include "ir/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

bool answers_to(const Ufunc& ufunc, std::string_view name) {
  const std::vector<std::string_view> aliases = alias_names(ufunc);
  return ufunc.name == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

}  // namespace

Registry::Registry() = default;

const Ufunc& Registry::add(Ufunc ufunc) {
  if (ufunc.arity < 1 || ufunc.arity > most_operands) {
    user_error(fmt::format("the ufunc '{}' takes {} operands; ufuncs take 1 to {}", ufunc.name,
                           ufunc.arity, most_operands));
  }
  std::vector<std::string_view> names = alias_names(ufunc);
  names.push_back(ufunc.name);
  for (const std::string_view name : names) {
    if (find(name)) user_error(fmt::format("a ufunc named '{}' exists already", name));
  }
  return added_.emplace_back(ufunc);
}

const Ufunc* Registry::find(std::string_view name_or_alias) const {
  if (const Ufunc* builtin = find_builtin_ufunc(name_or_alias)) return builtin;
  for (const Ufunc& ufunc : added_) {
    if (answers_to(ufunc, name_or_alias)) return &ufunc;
  }
  return nullptr;
}

std::vector<const Ufunc*> Registry::all() const {
  std::vector<const Ufunc*> rows;
  for (const Ufunc& ufunc : builtin_ufuncs()) rows.push_back(&ufunc);
  for (const Ufunc& ufunc : added_) rows.push_back(&ufunc);
  return rows;
}

}  // namespace arrayc::ir
