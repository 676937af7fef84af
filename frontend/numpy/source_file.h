// What a kernel file defines at module level. Bodies and constants are parsed when they are used,
// so that a file may hold any Python besides its kernels.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/numpy/ast.h"
#include "frontend/numpy/lexer.h"

namespace arrayc::dialect {

// Tokens [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Annotation {
  std::string text;
  ir::Place place;
};

struct ParamDecl {
  std::string name;
  ir::Place place;
  std::optional<Annotation> annotation;  // if it is a string
  std::optional<Range> fallback;         // the default value
};

struct FunctionDecl {
  std::string name;
  ir::Place place;
  std::vector<ParamDecl> params;
  std::optional<Annotation> result;
  Range body;
  // Why it cannot be compiled at all: decorators, *args; reported when it is used.
  std::string refusal;
  ir::Place refusal_place;
  bool is_typed() const;  // by annotations alone
};

class SourceFile {
 public:
  SourceFile(std::string_view text, const char* file);
  const char* name() const { return file_; }
  const std::vector<FunctionDecl>& functions() const { return functions_; }
  const FunctionDecl* find_function(std::string_view name) const;  // the last one
  // "numpy", "numpy.linalg", "numpy.sqrt" (from numpy import sqrt), "math"; nullptr if not
  // imported.
  const std::string* find_import(std::string_view name) const;
  // The statement that gives a module-level name its value.
  const Range* find_global(std::string_view name) const;
  std::vector<std::string> names() const;

  // Parse once, keep.
  const std::vector<Statement>& body(const FunctionDecl& function);
  const std::vector<Statement>& global(const Range& range);
  ExprId fallback(const Range& range);
  const Ast& ast() const { return ast_; }

 private:
  const Token& at(std::size_t i) const {
    return tokens_[i < tokens_.size() ? i : tokens_.size() - 1];
  }
  bool is(std::size_t i, std::string_view text) const;
  ir::Place place(std::size_t i) const { return {file_, at(i).line, at(i).column}; }
  std::size_t line_end(std::size_t i) const;   // past the newline
  std::size_t block_end(std::size_t i) const;  // past the statement's block, `i` at its first word
  std::size_t item_end(std::size_t i, std::string_view stops) const;
  std::size_t read_function(std::size_t i, bool decorated);
  std::size_t read_params(std::size_t i, FunctionDecl& function);
  std::optional<Annotation> annotation(Range range) const;
  void read_import(std::size_t i);
  void read_from_import(std::size_t i);
  void read_global(std::size_t begin, std::size_t end);
  std::string dotted(std::size_t& i) const;
  const std::vector<Statement>& parse(const Range& range);

  const char* file_;
  std::vector<Token> tokens_;
  Ast ast_;
  std::vector<FunctionDecl> functions_;
  std::map<std::string, std::size_t, std::less<>> last_function_;  // of each name
  std::map<std::string, std::string, std::less<>> imports_;
  std::map<std::string, Range, std::less<>> globals_;
  std::map<std::size_t, std::vector<Statement>> parsed_;  // by the first token
  std::map<std::size_t, ExprId> fallbacks_;
};

}  // namespace arrayc::dialect
