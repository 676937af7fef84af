// From tokens to syntax trees, one piece of the file at a time: what is not compiled is not parsed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/numpy/ast.h"
#include "frontend/numpy/lexer.h"

namespace arrayc::dialect {

// Nesting of expressions and blocks beyond this is an error.
inline constexpr int deepest = 200;

class Parser {
 public:
  Parser(std::span<const Token> tokens, const char* file, Ast& ast);

  // Reads to the end: the statements of a block, or one expression with nothing behind it.
  std::vector<Statement> statements();
  ExprId whole_expression();

 private:
  const Token& peek(std::size_t ahead = 0) const;
  const Token& take();
  bool is_op(std::string_view text) const { return is(TokenKind::op, text); }
  bool is_word(std::string_view text) const { return is(TokenKind::name, text); }
  bool is(TokenKind kind, std::string_view text) const;
  bool accept(std::string_view op);
  void expect(std::string_view op);
  ir::Place place(const Token& token) const { return {file_, token.line, token.column}; }
  [[noreturn]] void syntax_error(const Token& token) const;
  void refuse_unsupported_statement() const;

  Statement statement();
  Statement simple_statement();
  std::optional<Statement> keyword_statement();
  void assignment(ExprId first, Statement& result);
  bool at_end_of_statement() const;
  Statement branch();
  std::vector<Statement> block();
  void check_target(ExprId target) const;

  ExprId add(Expr expr);
  ExprId expression_list();  // a tuple without parentheses
  ExprId starred_expression();
  ExprId expression();
  ExprId logic(std::string_view word);
  ExprId negation();
  ExprId comparison();
  ExprId binary(int lowest);
  ExprId unary();
  ExprId power();
  ExprId postfix();
  ExprId call(ExprId callee);
  ExprId subscript(ExprId base);
  ExprId index_item();
  ExprId atom();
  ExprId word_atom(const Token& token);
  ExprId text_atom();
  ExprId sequence(std::string_view close, ExprKind kind);
  void refuse_comprehension() const;

  std::span<const Token> tokens_;
  const char* file_;
  Ast& ast_;
  Token end_;  // stands behind the last token
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace arrayc::dialect
