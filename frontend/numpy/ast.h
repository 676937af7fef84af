// The syntax tree of the parts of a Python file that are compiled. Expressions lie in one arena.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "ir/build/functions.h"
#include "ir/diagnostic.h"

namespace arrayc::dialect {

using ExprId = std::uint32_t;
inline constexpr ExprId no_expr = ~ExprId{0};

enum class ExprKind : std::uint8_t {
  name,       // text
  integer,    // text: digits, with their prefix
  real,       // text
  imaginary,  // text, with its j
  text,       // text
  formatted,  // an f-string or bytes: may stand where it is not evaluated
  none,
  boolean,  // text: True, False
  ellipsis,
  unary,        // text: -, +, ~, not
  binary,       // text: the operator
  compare,      // children: operands; names: the operators between them
  logic,        // text: and, or
  conditional,  // children: condition, then, else
  call,         // children: callee, arguments; names: keyword of each argument, "" if positional
  attribute,    // text: name
  subscript,    // children: base, index
  slice,        // children: start, stop, step, or no_expr
  tuple,
  list,
  starred
};

struct Expr {
  ExprKind kind = ExprKind::none;
  ir::Place place;
  std::string text;
  std::vector<ir::build::TextPiece> pieces;  // of text: where it is written
  std::vector<ExprId> children;
  std::vector<std::string> names;
  int depth = 1;  // of nesting; the left operands of a chain do not count
};

enum class StatementKind : std::uint8_t {
  assign,
  augmented,
  branch,
  result,
  expression,
  assertion,  // value: the condition
  raise,      // what is raised is not looked at
  pass
};

struct Statement {
  StatementKind kind = StatementKind::pass;
  ir::Place place;
  std::vector<ExprId> targets;  // of assign, from the left; one of augmented
  std::string op;               // of augmented: "+"
  ExprId value = no_expr;       // or the condition of a branch
  std::vector<Statement> body, otherwise;
};

struct Ast {
  std::deque<Expr> exprs;  // references stay good while it grows
  const Expr& operator[](ExprId id) const { return exprs[id]; }
};

}  // namespace arrayc::dialect
