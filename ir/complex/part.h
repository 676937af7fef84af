// Formulas over the real and imaginary parts of complex numbers, written as expressions: each
// operator adds a ufunc node to a graph. Operands have one shape and one float type; a number
// beside a part becomes a constant of its type.
#pragma once

#include <string_view>

#include "ir/graph.h"

namespace arrayc::ir {

class Part {
 public:
  Part(Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

  NodeId id() const { return id_; }
  Graph& graph() const { return *graph_; }
  const Type& type() const { return (*graph_)[id_].type; }
  bool is_double() const { return type().dtype == DType::F64; }
  // A constant of this part's type and shape.
  Part number(double v) const;

 private:
  Graph* graph_;
  NodeId id_;
};

struct Complex {
  Part re, im;
};

// The result of a ufunc of x, or of x and y; a comparison's is bool.
Part call(std::string_view ufunc, Part x);
Part call(std::string_view ufunc, Part x, Part y);
Part select(Part condition, Part x, Part y);

inline Part operator+(Part x, Part y) { return call("add", x, y); }
inline Part operator-(Part x, Part y) { return call("subtract", x, y); }
inline Part operator*(Part x, Part y) { return call("multiply", x, y); }
inline Part operator/(Part x, Part y) { return call("divide", x, y); }
inline Part operator<(Part x, Part y) { return call("less", x, y); }
inline Part operator<=(Part x, Part y) { return call("less_equal", x, y); }
inline Part operator>(Part x, Part y) { return call("greater", x, y); }
inline Part operator>=(Part x, Part y) { return call("greater_equal", x, y); }
inline Part operator==(Part x, Part y) { return call("equal", x, y); }
inline Part operator!=(Part x, Part y) { return call("not_equal", x, y); }
// Of bools.
inline Part operator&(Part x, Part y) { return call("logical_and", x, y); }
inline Part operator|(Part x, Part y) { return call("logical_or", x, y); }
inline Part operator!(Part x) { return call("logical_not", x); }
inline Part operator-(Part x) { return call("negative", x); }

#define ARRAYC_WITH_NUMBER(op)                                           \
  inline Part operator op(Part x, double y) { return x op x.number(y); } \
  inline Part operator op(double x, Part y) { return y.number(x) op y; }
ARRAYC_WITH_NUMBER(+)
ARRAYC_WITH_NUMBER(-)
ARRAYC_WITH_NUMBER(*)
ARRAYC_WITH_NUMBER(/)
ARRAYC_WITH_NUMBER(<)
ARRAYC_WITH_NUMBER(<=)
ARRAYC_WITH_NUMBER(>)
ARRAYC_WITH_NUMBER(>=)
ARRAYC_WITH_NUMBER(==)
ARRAYC_WITH_NUMBER(!=)
#undef ARRAYC_WITH_NUMBER

inline Part abs(Part x) { return call("absolute", x); }
inline Part copysign(Part x, Part sign) { return call("copysign", x, sign); }
inline Part is_nan(Part x) { return call("isnan", x); }
inline Part is_infinite(Part x) { return call("isinf", x); }
inline Part is_finite(Part x) { return call("isfinite", x); }
inline Complex select(Part condition, const Complex& x, const Complex& y) {
  return {select(condition, x.re, y.re), select(condition, x.im, y.im)};
}

}  // namespace arrayc::ir
