#include "frontend/numpy/source_file.h"

#include <algorithm>

#include "frontend/numpy/parser.h"

namespace arrayc::dialect {

bool FunctionDecl::is_typed() const {
  const bool any = result || std::any_of(params.begin(), params.end(), [](const ParamDecl& p) {
                     return p.annotation.has_value();
                   });
  return any || params.empty();
}

SourceFile::SourceFile(std::string_view text, const char* file)
    : file_(file), tokens_(tokenize(text, file)) {
  bool decorated = false;
  for (std::size_t i = 0; at(i).kind != TokenKind::end;) {
    const Token& token = at(i);
    if (token.kind == TokenKind::newline || token.kind == TokenKind::dedent) {
      ++i;
      continue;
    }
    if (token.kind == TokenKind::indent) ir::user_error("unexpected indent", place(i));
    if (is(i, "@")) {
      decorated = true;
      i = line_end(i);
      continue;
    }
    if (is(i, "def")) {
      i = read_function(i, decorated);
    } else {
      const std::size_t end = block_end(i);
      if (is(i, "import")) read_import(i + 1);
      if (is(i, "from")) read_from_import(i + 1);
      read_global(i, end);
      i = end;
    }
    decorated = false;
  }
}

bool SourceFile::is(std::size_t i, std::string_view text) const {
  const Token& token = at(i);
  return (token.kind == TokenKind::name || token.kind == TokenKind::op) && token.text == text;
}

std::size_t SourceFile::line_end(std::size_t i) const {
  while (at(i).kind != TokenKind::newline && at(i).kind != TokenKind::end) ++i;
  return at(i).kind == TokenKind::end ? i : i + 1;
}

std::size_t SourceFile::block_end(std::size_t i) const {
  i = line_end(i);
  if (at(i).kind != TokenKind::indent) return i;
  int depth = 0;
  do {
    if (at(i).kind == TokenKind::indent) ++depth;
    if (at(i).kind == TokenKind::dedent) --depth;
    ++i;
  } while (depth > 0 && at(i).kind != TokenKind::end);
  return i;
}

// The end of an item of a list: the first of `stops` outside of brackets, or the line's end.
std::size_t SourceFile::item_end(std::size_t i, std::string_view stops) const {
  int depth = 0;
  for (; at(i).kind != TokenKind::newline && at(i).kind != TokenKind::end; ++i) {
    const Token& token = at(i);
    if (token.kind != TokenKind::op || token.text.size() != 1) continue;
    const char c = token.text[0];
    if (depth == 0 && stops.find(c) != std::string_view::npos) return i;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
  }
  return i;
}

std::optional<Annotation> SourceFile::annotation(Range range) const {
  if (range.end != range.begin + 1 || at(range.begin).kind != TokenKind::text) return std::nullopt;
  return Annotation{at(range.begin).value, place(range.begin)};
}

std::size_t SourceFile::read_params(std::size_t i, FunctionDecl& function) {
  const auto refuse = [&](std::size_t where, std::string why) {
    if (!function.refusal.empty()) return;
    function.refusal = std::move(why);
    function.refusal_place = place(where);
  };
  while (!is(i, ")") && at(i).kind != TokenKind::end) {
    if (is(i, "*") && is(i + 1, ",")) {
      i += 2;  // the parameters behind it are keyword-only, which asks nothing of the kernel
      continue;
    }
    if (is(i, "/")) {
      i = is(i + 1, ",") ? i + 2 : i + 1;
      continue;
    }
    if (is(i, "*") || is(i, "**")) {
      refuse(i, "a function with *args or **kwargs is not in the dialect");
      ++i;
    }
    if (at(i).kind != TokenKind::name) ir::user_error("invalid syntax", place(i));
    ParamDecl param;
    param.name = at(i).text;
    param.place = place(i);
    for (const ParamDecl& other : function.params) {
      if (other.name == param.name) {
        ir::user_error("duplicate argument '" + param.name + "' in function definition", place(i));
      }
    }
    ++i;
    if (is(i, ":")) {
      const std::size_t end = item_end(i + 1, ",=)");
      param.annotation = annotation({i + 1, end});
      i = end;
    }
    if (is(i, "=")) {
      const std::size_t end = item_end(i + 1, ",)");
      param.fallback = Range{i + 1, end};
      i = end;
    }
    function.params.push_back(std::move(param));
    if (is(i, ",")) {
      ++i;
    } else if (!is(i, ")")) {
      ir::user_error("invalid syntax", place(i));
    }
  }
  return i + 1;
}

std::size_t SourceFile::read_function(std::size_t i, bool decorated) {
  FunctionDecl function;
  function.place = place(++i);
  if (at(i).kind != TokenKind::name) ir::user_error("invalid syntax", place(i));
  function.name = at(i).text;
  if (decorated) {
    function.refusal = "a function with a decorator is not in the dialect";
    function.refusal_place = function.place;
  }
  if (!is(++i, "(")) ir::user_error("expected '('", place(i));
  i = read_params(i + 1, function);
  if (is(i, "->")) {
    const std::size_t end = item_end(i + 1, ":");
    function.result = annotation({i + 1, end});
    i = end;
  }
  if (!is(i, ":")) ir::user_error("expected ':'", place(i));
  ++i;
  // The body's statements without the indentation around them, or the rest of the line.
  std::size_t end;
  if (at(i).kind == TokenKind::newline) {
    ++i;
    if (at(i).kind != TokenKind::indent) {
      ir::user_error("expected an indented block after function definition", place(i));
    }
    end = block_end(i - 1);
    ++i;
    function.body = {i, end - 1};
  } else {
    end = line_end(i);
    function.body = {i, end};
  }
  last_function_[function.name] = functions_.size();
  functions_.push_back(std::move(function));
  return end;
}

std::string SourceFile::dotted(std::size_t& i) const {
  std::string name;
  while (at(i).kind == TokenKind::name) {
    name += at(i++).text;
    if (!is(i, ".")) break;
    name += '.';
    ++i;
  }
  return name;
}

// import numpy as np, numpy.linalg, math
void SourceFile::read_import(std::size_t i) {
  while (at(i).kind == TokenKind::name) {
    const std::string module = dotted(i);
    if (is(i, "as")) {
      imports_[std::string(at(i + 1).text)] = module;
      i += 2;
    } else {
      const std::string root = module.substr(0, module.find('.'));
      imports_[root] = root;
    }
    if (!is(i, ",")) return;
    ++i;
  }
}

// from numpy import sqrt, sum as total
void SourceFile::read_from_import(std::size_t i) {
  const std::string module = dotted(i);
  if (!is(i, "import")) return;
  ++i;
  if (is(i, "(")) ++i;
  while (at(i).kind == TokenKind::name) {
    const std::string name(at(i++).text);
    std::string local = name;
    if (is(i, "as")) {
      local = at(i + 1).text;
      i += 2;
    }
    imports_[local] = module + "." + name;
    if (!is(i, ",")) return;
    ++i;
  }
}

// A line "a = …", "a, b = …", "a: T = …" or several such with semicolons; all else defines nothing.
void SourceFile::read_global(std::size_t begin, std::size_t end) {
  const std::size_t line = line_end(begin);
  if (line != end) return;
  for (std::size_t i = begin; i < line;) {
    const std::size_t stop = item_end(i, ";");
    const std::size_t equals = item_end(i, "=;");
    if (is(equals, "=") && equals < stop) {
      for (std::size_t k = i; k < equals; ++k) {
        const bool stored = at(k).kind == TokenKind::name && !is(k + 1, ".") && !is(k + 1, "[") &&
                            !(k > i && is(k - 1, "."));
        if (is(k, ":")) break;
        if (stored) globals_[std::string(at(k).text)] = Range{i, stop};
      }
    }
    i = stop + 1;
  }
}

const FunctionDecl* SourceFile::find_function(std::string_view name) const {
  const auto found = last_function_.find(name);
  return found == last_function_.end() ? nullptr : &functions_[found->second];
}

const std::string* SourceFile::find_import(std::string_view name) const {
  const auto found = imports_.find(name);
  return found == imports_.end() ? nullptr : &found->second;
}

const Range* SourceFile::find_global(std::string_view name) const {
  const auto found = globals_.find(name);
  return found == globals_.end() ? nullptr : &found->second;
}

std::vector<std::string> SourceFile::names() const {
  std::vector<std::string> names;
  for (const FunctionDecl& function : functions_) names.push_back(function.name);
  for (const auto& [name, unused] : imports_) names.push_back(name);
  for (const auto& [name, unused] : globals_) names.push_back(name);
  return names;
}

const std::vector<Statement>& SourceFile::parse(const Range& range) {
  const auto known = parsed_.find(range.begin);
  if (known != parsed_.end()) return known->second;
  const auto tokens = std::span(tokens_).subspan(range.begin, range.end - range.begin);
  return parsed_[range.begin] = Parser(tokens, file_, ast_).statements();
}

const std::vector<Statement>& SourceFile::body(const FunctionDecl& function) {
  return parse(function.body);
}
const std::vector<Statement>& SourceFile::global(const Range& range) { return parse(range); }

ExprId SourceFile::fallback(const Range& range) {
  const auto known = fallbacks_.find(range.begin);
  if (known != fallbacks_.end()) return known->second;
  const auto tokens = std::span(tokens_).subspan(range.begin, range.end - range.begin);
  return fallbacks_[range.begin] = Parser(tokens, file_, ast_).whole_expression();
}

}  // namespace arrayc::dialect
