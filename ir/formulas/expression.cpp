#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

namespace {

// Horner's rule over every second coefficient, from `first` on.
Expression horner(Expression x, std::span<const double> c, std::size_t first) {
  std::size_t i = c.size() - 1 - (c.size() - 1 - first) % 2;
  Expression sum = x.number(c[i]);
  while (i >= first + 2) {
    i -= 2;
    sum = multiply_add(sum, x, c[i]);
  }
  return sum;
}

}  // namespace

Expression polynomial(Expression x, std::span<const double> coefficients) {
  if (coefficients.size() < 4) {
    Expression sum = x.number(coefficients.back());
    for (std::size_t i = coefficients.size() - 1; i-- > 0;) {
      sum = multiply_add(sum, x, coefficients[i]);
    }
    return sum;
  }
  const Expression x2 = x * x;
  return multiply_add(horner(x2, coefficients, 1), x, horner(x2, coefficients, 0));
}

}  // namespace arrayc::ir::formulas
