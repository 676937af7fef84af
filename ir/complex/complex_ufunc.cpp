#include "ir/complex/complex_ufunc.h"

#include <unordered_map>

namespace arrayc::ir {

namespace {

constexpr ComplexUfunc kRows[] = {
#define COMPLEX(name, result) {#name, ComplexResult::result, complex_formulas::name},
#include "ir/complex/complex.def"
};

}  // namespace

const ComplexUfunc* find_complex(const Ufunc& ufunc) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const ComplexUfunc*> rows;
    for (const ComplexUfunc& row : kRows) rows.emplace(row.name, &row);
    return rows;
  }();
  const auto found = index.find(ufunc.name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace arrayc::ir
