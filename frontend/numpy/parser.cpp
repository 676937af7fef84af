// Statements.
#include "frontend/numpy/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace arrayc::dialect {

namespace {

// Statements of Python that are not in the dialect, and what to write instead.
struct Refused {
  std::string_view word;
  std::string_view what;
  std::string_view instead;
};
constexpr std::array<Refused, 17> refused = {{
    {"for", "a for loop", "write it with array operations: slices, reductions, broadcasting"},
    {"while", "a while loop", "write it with array operations"},
    {"with", "a with statement", "take it out of the function"},
    {"try", "a try statement", "take it out of the function"},
    {"def", "a function inside a function", "define it at module level"},
    {"class", "a class inside a function", "use arrays and tuples"},
    {"import", "an import inside a function", "import at module level"},
    {"from", "an import inside a function", "import at module level"},
    {"global", "a global statement", "pass the value and return it"},
    {"nonlocal", "a nonlocal statement", "pass the value and return it"},
    {"del", "a del statement", "leave it out: what is not used costs nothing"},
    {"async", "async code", "use plain functions"},
    {"await", "an await expression", "use plain functions"},
    {"yield", "a generator", "return a tuple or an array"},
    {"break", "break", "write the loop with array operations"},
    {"continue", "continue", "write the loop with array operations"},
    {"lambda", "a lambda", "define a function at module level"},
}};

}  // namespace

Parser::Parser(std::span<const Token> tokens, const char* file, Ast& ast)
    : tokens_(tokens), file_(file), ast_(ast) {
  if (tokens.empty()) return;
  const Token& last = tokens.back();
  end_.line = last.line;
  end_.column = last.column + static_cast<std::uint32_t>(last.text.size());
}

const Token& Parser::peek(std::size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : end_;
}

const Token& Parser::take() {
  const Token& token = peek();
  if (at_ < tokens_.size()) ++at_;
  return token;
}

bool Parser::is(TokenKind kind, std::string_view text) const {
  return peek().kind == kind && peek().text == text;
}

bool Parser::accept(std::string_view op) {
  if (!is_op(op)) return false;
  take();
  return true;
}

void Parser::expect(std::string_view op) {
  if (accept(op)) return;
  const Token& token = peek();
  ir::user_error(fmt::format("invalid syntax: expected '{}'", op), place(token));
}

void Parser::syntax_error(const Token& token) const {
  if (token.kind == TokenKind::indent) ir::user_error("unexpected indent", place(token));
  ir::user_error("invalid syntax", place(token));
}

void Parser::refuse_unsupported_statement() const {
  const Token& token = peek();
  if (token.kind == TokenKind::op && token.text == "@") {
    ir::limitation("a function inside a function is not in the dialect", place(token),
                   "define it at module level");
  }
  if (token.kind != TokenKind::name) return;
  for (const Refused& row : refused) {
    if (row.word != token.text) continue;
    const bool later = row.word == "for" || row.word == "while";
    ir::limitation(
        fmt::format("{} is not {}", row.what, later ? "yet in the dialect" : "in the dialect"),
        place(token), std::string(row.instead));
  }
}

std::vector<Statement> Parser::statements() {
  std::vector<Statement> result;
  while (peek().kind != TokenKind::end && peek().kind != TokenKind::dedent) {
    if (peek().kind == TokenKind::newline) {
      take();
      continue;
    }
    result.push_back(statement());
  }
  if (peek().kind == TokenKind::end && at_ < tokens_.size()) take();
  return result;
}

Statement Parser::statement() {
  refuse_unsupported_statement();
  if (is_word("if")) return branch();
  Statement result = simple_statement();
  if (!accept(";")) {
    if (peek().kind != TokenKind::newline && peek().kind != TokenKind::end) syntax_error(peek());
    take();
  } else if (peek().kind == TokenKind::newline) {
    take();
  }
  return result;
}

Statement Parser::branch() {
  Statement result;
  result.kind = StatementKind::branch;
  result.place = place(take());
  if (++depth_ > deepest) ir::user_error("the code is nested too deeply", result.place);
  result.value = expression();
  expect(":");
  result.body = block();
  if (is_word("elif")) {
    result.otherwise.push_back(branch());
  } else if (is_word("else")) {
    take();
    expect(":");
    result.otherwise = block();
  }
  --depth_;
  return result;
}

std::vector<Statement> Parser::block() {
  std::vector<Statement> result;
  if (peek().kind != TokenKind::newline) {
    // Simple statements on the same line.
    while (true) {
      refuse_unsupported_statement();
      result.push_back(simple_statement());
      if (!accept(";") || peek().kind == TokenKind::newline) break;
    }
    if (peek().kind == TokenKind::newline) take();
    return result;
  }
  take();
  if (peek().kind != TokenKind::indent) ir::user_error("expected an indented block", place(peek()));
  take();
  result = statements();
  if (peek().kind == TokenKind::dedent) take();
  return result;
}

void Parser::check_target(ExprId target) const {
  const Expr& expr = ast_[target];
  switch (expr.kind) {
    case ExprKind::name:
      return;
    case ExprKind::tuple:
    case ExprKind::list:
      for (const ExprId item : expr.children) check_target(item);
      return;
    case ExprKind::subscript:
      ir::limitation("storing into a part of an array is not yet in the dialect", expr.place,
                     "build the whole array: np.where(mask, new, old), or an expression of slices");
    case ExprKind::attribute:
      ir::limitation("storing into an attribute is not in the dialect", expr.place,
                     "use reshape, astype or a new name");
    case ExprKind::starred:
      ir::limitation("a starred name in an assignment is not in the dialect", expr.place,
                     "name each item");
    default:
      ir::user_error("cannot assign to this expression", expr.place);
  }
}

bool Parser::at_end_of_statement() const {
  return peek().kind == TokenKind::newline || peek().kind == TokenKind::end || is_op(";");
}

// pass, raise, assert, return; nothing if the statement is none of them.
std::optional<Statement> Parser::keyword_statement() {
  Statement result;
  result.place = place(peek());
  if (is_word("pass")) {
    take();
    return result;
  }
  if (is_word("raise")) {
    take();
    result.kind = StatementKind::raise;
    if (!at_end_of_statement()) expression();
    if (is_word("from")) {
      take();
      expression();
    }
    return result;
  }
  if (is_word("assert")) {
    take();
    result.kind = StatementKind::assertion;
    result.value = expression();
    if (accept(",")) expression();
    return result;
  }
  if (is_word("return")) {
    take();
    result.kind = StatementKind::result;
    if (!at_end_of_statement()) result.value = expression_list();
    return result;
  }
  return std::nullopt;
}

// What follows the first expression of `target = …` or `name: T = …`.
void Parser::assignment(ExprId first, Statement& result) {
  if (accept(":")) {
    // The annotation means nothing here.
    expression();
    if (!accept("=")) return;
    result.targets = {first};
    result.value = expression_list();
  } else {
    result.targets = {first};
    while (accept("=")) result.targets.push_back(expression_list());
    result.value = result.targets.back();
    result.targets.pop_back();
  }
  result.kind = StatementKind::assign;
  for (const ExprId target : result.targets) check_target(target);
}

Statement Parser::simple_statement() {
  if (auto statement = keyword_statement()) return *statement;
  Statement result;
  result.place = place(peek());
  const ExprId first = expression_list();
  if (is_op(":") || is_op("=")) {
    assignment(first, result);
    return result;
  }
  const std::string_view op = peek().kind == TokenKind::op ? peek().text : "";
  if (op == ":=") {
    ir::limitation("an assignment expression is not in the dialect", place(peek()),
                   "assign in a statement of its own");
  }
  if (op.size() >= 2 && op.back() == '=' && op != "==" && op != "!=" && op != "<=" && op != ">=") {
    result.kind = StatementKind::augmented;
    result.op = op.substr(0, op.size() - 1);
    result.place = place(take());
    check_target(first);
    if (ast_[first].kind != ExprKind::name) {
      ir::user_error("this expression is an illegal target for augmented assignment",
                     ast_[first].place);
    }
    result.targets = {first};
    result.value = expression_list();
    return result;
  }
  result.kind = StatementKind::expression;
  result.value = first;
  return result;
}

}  // namespace arrayc::dialect
