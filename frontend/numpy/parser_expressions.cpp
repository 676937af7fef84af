// Expressions, by Python's precedence. Chains of operators are read in a loop.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/numpy/parser.h"

namespace arrayc::dialect {

namespace {

struct Level {
  std::string_view op;
  int precedence;
};
constexpr std::array<Level, 12> levels = {{{"|", 0},
                                           {"^", 1},
                                           {"&", 2},
                                           {"<<", 3},
                                           {">>", 3},
                                           {"+", 4},
                                           {"-", 4},
                                           {"*", 5},
                                           {"/", 5},
                                           {"//", 5},
                                           {"%", 5},
                                           {"@", 5}}};

int precedence_of(const Token& token) {
  if (token.kind != TokenKind::op) return -1;
  for (const Level& level : levels) {
    if (level.op == token.text) return level.precedence;
  }
  return -1;
}

constexpr std::array<std::string_view, 14> keywords = {"and",  "or",    "not",  "if",    "else",
                                                       "elif", "is",    "in",   "for",   "return",
                                                       "def",  "while", "pass", "import"};

bool is_keyword(std::string_view word) {
  return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

Expr node(ExprKind kind, ir::Place place, std::string text = {},
          std::vector<ExprId> children = {}) {
  Expr expr;
  expr.kind = kind;
  expr.place = place;
  expr.text = std::move(text);
  expr.children = std::move(children);
  return expr;
}

// Counts nesting for the life of one recursive call.
class Nested {
 public:
  Nested(int& depth, ir::Place place) : depth_(depth) {
    if (++depth_ > deepest) {
      --depth_;
      ir::user_error("the code is nested too deeply", place);
    }
  }
  ~Nested() { --depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  int& depth_;
};

}  // namespace

ExprId Parser::add(Expr expr) {
  int depth = 0;
  const bool chain = expr.kind == ExprKind::binary;
  for (std::size_t i = 0; i < expr.children.size(); ++i) {
    if (expr.children[i] == no_expr) continue;
    const int child = ast_[expr.children[i]].depth;
    depth = std::max(depth, chain && i == 0 ? child - 1 : child);
  }
  expr.depth = depth + 1;
  if (expr.depth > 2 * deepest) ir::user_error("the code is nested too deeply", expr.place);
  if (ast_.exprs.size() >= 4'000'000) ir::limitation("the file is too big", expr.place);
  ast_.exprs.push_back(std::move(expr));
  return static_cast<ExprId>(ast_.exprs.size() - 1);
}

ExprId Parser::whole_expression() {
  const ExprId result = expression_list();
  if (peek().kind == TokenKind::newline) take();
  if (at_ < tokens_.size() && peek().kind != TokenKind::end) syntax_error(peek());
  return result;
}

ExprId Parser::starred_expression() {
  if (!is_op("*")) return expression();
  Expr expr = node(ExprKind::starred, place(take()));
  expr.children = {expression()};
  return add(std::move(expr));
}

ExprId Parser::expression_list() {
  const ir::Place start = place(peek());
  const ExprId first = starred_expression();
  if (!is_op(",")) {
    if (ast_[first].kind == ExprKind::starred) {
      ir::user_error("can't use starred expression here", start);
    }
    return first;
  }
  Expr tuple = node(ExprKind::tuple, start, "", {first});
  while (accept(",")) {
    const Token& next = peek();
    const bool ends = next.kind == TokenKind::newline || next.kind == TokenKind::end ||
                      is_op("=") || is_op(")") || is_op("]") || is_op(";");
    if (ends) break;
    tuple.children.push_back(starred_expression());
  }
  return add(std::move(tuple));
}

ExprId Parser::expression() {
  const Nested nested(depth_, place(peek()));
  if (is_word("lambda") || is_word("yield") || is_word("await")) refuse_unsupported_statement();
  const ExprId value = logic("or");
  if (!is_word("if")) return value;
  Expr expr = node(ExprKind::conditional, place(take()));
  const ExprId condition = logic("or");
  if (!is_word("else")) ir::user_error("expected 'else' after 'if' expression", expr.place);
  take();
  const ExprId otherwise = expression();
  expr.children = {condition, value, otherwise};
  return add(std::move(expr));
}

ExprId Parser::logic(std::string_view word) {
  const auto operand = [&] { return word == "or" ? logic("and") : negation(); };
  const ExprId first = operand();
  if (!is_word(word)) return first;
  Expr expr = node(ExprKind::logic, place(peek()), std::string(word), {first});
  while (is_word(word)) {
    take();
    expr.children.push_back(operand());
  }
  return add(std::move(expr));
}

ExprId Parser::negation() {
  if (!is_word("not")) return comparison();
  const Nested nested(depth_, place(peek()));
  Expr expr = node(ExprKind::unary, place(take()), "not");
  expr.children = {negation()};
  return add(std::move(expr));
}

ExprId Parser::comparison() {
  const ExprId first = binary(0);
  Expr expr = node(ExprKind::compare, {}, "", {first});
  while (true) {
    const Token token = peek();
    std::string op;
    if (token.kind == TokenKind::op) {
      for (const std::string_view known : {"==", "!=", "<", "<=", ">", ">="}) {
        if (token.text == known) op = known;
      }
    } else if (is_word("is")) {
      op = peek(1).kind == TokenKind::name && peek(1).text == "not" ? "is not" : "is";
    } else if (is_word("in") || (is_word("not") && peek(1).text == "in")) {
      ir::limitation("the operator 'in' is not in the dialect", place(token),
                     "use (x == value).any()");
    }
    if (op.empty()) break;
    if (expr.names.empty()) expr.place = place(token);
    take();
    if (op == "is not") take();
    expr.names.push_back(op);
    expr.children.push_back(binary(0));
  }
  return expr.names.empty() ? first : add(std::move(expr));
}

// Operators that bind at least as tightly as `lowest`.
ExprId Parser::binary(int lowest) {
  ExprId left = unary();
  while (precedence_of(peek()) >= lowest) {
    const Token& token = take();
    const ExprId right = binary(precedence_of(token) + 1);
    left = add(node(ExprKind::binary, place(token), std::string(token.text), {left, right}));
  }
  return left;
}

ExprId Parser::unary() {
  if (!is_op("-") && !is_op("+") && !is_op("~")) return power();
  const Nested nested(depth_, place(peek()));
  const Token& token = take();
  const ExprId operand = unary();
  return add(node(ExprKind::unary, place(token), std::string(token.text), {operand}));
}

ExprId Parser::power() {
  const ExprId base = postfix();
  if (!is_op("**")) return base;
  const Nested nested(depth_, place(peek()));
  const Token& token = take();
  const ExprId exponent = unary();
  return add(node(ExprKind::binary, place(token), "**", {base, exponent}));
}

ExprId Parser::postfix() {
  ExprId result = atom();
  while (true) {
    if (is_op("(")) {
      result = call(result);
    } else if (is_op("[")) {
      result = subscript(result);
    } else if (accept(".")) {
      const Token& name = take();
      if (name.kind != TokenKind::name) syntax_error(name);
      result = add(node(ExprKind::attribute, place(name), std::string(name.text), {result}));
    } else {
      return result;
    }
  }
}

ExprId Parser::call(ExprId callee) {
  expect("(");
  Expr expr = node(ExprKind::call, ast_[callee].place, "", {callee});
  while (!is_op(")")) {
    std::string keyword;
    if (is_op("**")) {
      ir::limitation("** in a call is not in the dialect", place(peek()),
                     "write the keyword arguments out");
    }
    if (peek().kind == TokenKind::name && peek(1).kind == TokenKind::op && peek(1).text == "=") {
      keyword = take().text;
      take();
    }
    const ir::Place start = place(peek());
    const ExprId argument = keyword.empty() ? starred_expression() : expression();
    refuse_comprehension();
    if (keyword.empty() && !expr.names.empty() && !expr.names.back().empty()) {
      ir::user_error("positional argument follows keyword argument", start);
    }
    expr.children.push_back(argument);
    expr.names.push_back(std::move(keyword));
    if (!accept(",")) break;
  }
  expect(")");
  return add(std::move(expr));
}

ExprId Parser::subscript(ExprId base) {
  Expr expr = node(ExprKind::subscript, place(peek()), "", {base});
  expect("[");
  if (is_op("]")) syntax_error(peek());
  const ir::Place start = place(peek());
  const ExprId first = index_item();
  if (is_op(",")) {
    Expr tuple = node(ExprKind::tuple, start, "", {first});
    while (accept(",")) {
      if (is_op("]")) break;
      tuple.children.push_back(index_item());
    }
    expr.children.push_back(add(std::move(tuple)));
  } else {
    expr.children.push_back(first);
  }
  expect("]");
  return add(std::move(expr));
}

ExprId Parser::index_item() {
  const ir::Place start = place(peek());
  const auto part = [&] { return is_op(":") || is_op("]") || is_op(",") ? no_expr : expression(); };
  const ExprId first = is_op("*") ? starred_expression() : part();
  if (!is_op(":")) {
    if (first == no_expr) syntax_error(peek());
    return first;
  }
  take();
  const ExprId stop = part();
  const ExprId step = accept(":") ? part() : no_expr;
  return add(node(ExprKind::slice, start, "", {first, stop, step}));
}

void Parser::refuse_comprehension() const {
  if (is_word("for") || is_word("async")) {
    ir::limitation("a comprehension is not in the dialect", place(peek()),
                   "write it with array operations");
  }
  if (is_op(":=")) {
    ir::limitation("an assignment expression is not in the dialect", place(peek()),
                   "assign in a statement of its own");
  }
}

ExprId Parser::sequence(std::string_view close, ExprKind kind) {
  Expr expr = node(kind, place(take()));
  bool comma = false;
  while (!is_op(close)) {
    expr.children.push_back(starred_expression());
    refuse_comprehension();
    comma = accept(",");
    if (!comma) break;
  }
  expect(close);
  const bool single = kind == ExprKind::tuple && expr.children.size() == 1 && !comma;
  if (!single) return add(std::move(expr));
  if (ast_[expr.children[0]].kind == ExprKind::starred) {
    ir::user_error("can't use starred expression here", expr.place);
  }
  return expr.children[0];
}

ExprId Parser::atom() {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::name:
      return word_atom(take());
    case TokenKind::integer:
    case TokenKind::real:
    case TokenKind::imaginary: {
      const ExprKind kind = token.kind == TokenKind::real        ? ExprKind::real
                            : token.kind == TokenKind::imaginary ? ExprKind::imaginary
                                                                 : ExprKind::integer;
      return add(node(kind, place(token), take().value));
    }
    case TokenKind::text:
      return text_atom();
    case TokenKind::formatted:
      return text_atom();
    case TokenKind::op:
      break;
    default:
      syntax_error(token);
  }
  if (is_op("(")) return sequence(")", ExprKind::tuple);
  if (is_op("[")) return sequence("]", ExprKind::list);
  if (is_op("{")) {
    ir::limitation("dictionaries and sets are not in the dialect", place(token),
                   "use tuples and names");
  }
  if (is_op("...")) {
    return add(node(ExprKind::ellipsis, place(take())));
  }
  syntax_error(token);
}

ExprId Parser::word_atom(const Token& token) {
  Expr expr = node(ExprKind::name, place(token), std::string(token.text));
  if (token.text == "None") expr.kind = ExprKind::none;
  if (token.text == "True" || token.text == "False") expr.kind = ExprKind::boolean;
  if (token.text == "Ellipsis") expr.kind = ExprKind::ellipsis;
  if (is_keyword(token.text)) syntax_error(token);
  return add(std::move(expr));
}

ExprId Parser::text_atom() {
  Expr expr = node(ExprKind::text, place(peek()));
  while (peek().kind == TokenKind::text || peek().kind == TokenKind::formatted) {
    if (peek().kind == TokenKind::formatted) expr.kind = ExprKind::formatted;
    const Token& token = take();
    for (const TextRun& run : token.runs) {
      expr.pieces.push_back(
          {expr.text.size() + run.offset, {expr.place.file, run.line, run.column}});
    }
    expr.text += token.value;
  }
  return add(std::move(expr));
}

}  // namespace arrayc::dialect
