#include "ir/formulas/expression.h"

#include <vector>

namespace arrayc::ir::formulas {

namespace {

// Horner's rule over every `step`th coefficient, from `first` on.
Expression horner(Expression x, std::span<const Expression> c, std::size_t first,
                  std::size_t step) {
  std::size_t i = first + (c.size() - 1 - first) / step * step;
  Expression sum = c[i];
  while (i >= first + step) {
    i -= step;
    sum = multiply_add(sum, x, c[i]);
  }
  return sum;
}

}  // namespace

Expression polynomial(Expression x, std::span<const Expression> coefficients) {
  if (coefficients.size() < 4) return horner(x, coefficients, 0, 1);
  const Expression x2 = x * x;
  return multiply_add(horner(x2, coefficients, 1, 2), x, horner(x2, coefficients, 0, 2));
}

Expression polynomial(Expression x, std::span<const double> coefficients) {
  std::vector<Expression> constants;
  for (const double c : coefficients) constants.push_back(x.number(c));
  return polynomial(x, constants);
}

}  // namespace arrayc::ir::formulas
