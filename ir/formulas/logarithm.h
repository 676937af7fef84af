// The pieces of log that other functions share; see logarithm.cpp.
#pragma once

#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

// R of z = s^2 <= 0.03: log((1 + s)/(1 - s)) = 2 s + s R.
Expression log_series(Expression z);

// log(1 + f) = f - (half_square - tail) for 1 + f between sqrt(1/2) and sqrt(2).
struct LogParts {
  Expression f, half_square, tail;
};
LogParts log_parts(Expression f);

// k ln 2 + log(1 + f) + correction
Expression natural(Expression k, const LogParts& p, Expression correction);

Expression log_of(Expression x);
Expression log1p_of(Expression x);

}  // namespace arrayc::ir::formulas
