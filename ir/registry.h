// The ufuncs that names refer to: the rows of ufuncs.def, then those of plug-ins.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "ir/ufunc.h"

namespace arrayc::ir {

class Registry {
 public:
  Registry();  // with the built-in rows
  // Throws a user error if the name or an alias is taken.
  const Ufunc& add(Ufunc ufunc);
  const Ufunc* find(std::string_view name_or_alias) const;
  std::vector<const Ufunc*> all() const;

 private:
  std::deque<Ufunc> added_;
};

}  // namespace arrayc::ir
