#include "backends/cpu/signature.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "arrayc/abi.h"
#include "ir/diagnostic.h"

namespace arrayc::backends {

namespace {

// Of C up to C23 and C++ up to C++20, and macros of the headers that a generated header includes.
constexpr std::string_view reserved_words[] = {"I",           "alignas",
                                               "alignof",     "and",
                                               "and_eq",      "asm",
                                               "auto",        "bitand",
                                               "bitor",       "bool",
                                               "break",       "case",
                                               "catch",       "char",
                                               "char16_t",    "char32_t",
                                               "char8_t",     "class",
                                               "co_await",    "co_return",
                                               "co_yield",    "compl",
                                               "complex",     "concept",
                                               "const",       "const_cast",
                                               "consteval",   "constexpr",
                                               "constinit",   "continue",
                                               "decltype",    "default",
                                               "delete",      "do",
                                               "double",      "dynamic_cast",
                                               "else",        "enum",
                                               "explicit",    "export",
                                               "extern",      "false",
                                               "float",       "for",
                                               "friend",      "goto",
                                               "if",          "imaginary",
                                               "inline",      "int",
                                               "linux",       "long",
                                               "main",        "mutable",
                                               "namespace",   "new",
                                               "noexcept",    "not",
                                               "not_eq",      "nullptr",
                                               "operator",    "or",
                                               "or_eq",       "private",
                                               "protected",   "public",
                                               "register",    "reinterpret_cast",
                                               "requires",    "restrict",
                                               "return",      "short",
                                               "signed",      "sizeof",
                                               "static",      "static_assert",
                                               "static_cast", "struct",
                                               "switch",      "template",
                                               "this",        "thread_local",
                                               "throw",       "true",
                                               "try",         "typedef",
                                               "typeid",      "typename",
                                               "typeof",      "typeof_unqual",
                                               "union",       "unix",
                                               "unsigned",    "using",
                                               "virtual",     "void",
                                               "volatile",    "wchar_t",
                                               "while",       "xor",
                                               "xor_eq"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plain_identifier(std::string_view name) {
  if (name.empty() || name[0] == '_' || is_digit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_reserved(std::string_view name) {
  return std::binary_search(std::begin(reserved_words), std::end(reserved_words), name) ||
         name.starts_with("arrayc_") || name.starts_with("ARRAYC_");
}

// A name of an argument is only for people: it is bent until C takes it.
std::string argument_name(const std::string& wanted, std::set<std::string>& taken) {
  std::string name;
  for (const char c : wanted) name += is_letter(c) || is_digit(c) ? c : '_';
  if (!is_plain_identifier(name)) name = "arg" + name;
  while (is_reserved(name) || !taken.insert(name).second) name += '_';
  return name;
}

void add_symbols(const ir::Extent& e, std::set<std::string>& symbols) {
  e.collect_symbols(symbols);
}

// Every symbol that running the program needs.
void needed_symbols(const ir::Function& function, std::set<std::string>& symbols) {
  for (const ir::Param& param : function.params) {
    for (const ir::Extent& e : param.type.shape) add_symbols(e, symbols);
  }
  for (const ir::Guard& guard : function.guards) {
    add_symbols(guard.a, symbols);
    add_symbols(guard.b, symbols);
  }
  for (const ir::Check& check : function.checks) {
    for (const ir::Extent& e : check.shape) add_symbols(e, symbols);
  }
  for (const ir::Storage& storage : function.program->storages) {
    for (const ir::Extent& e : storage.type.shape) add_symbols(e, symbols);
  }
  for (const ir::Call& call : function.program->calls) {
    for (const ir::Extent& e : call.sizes) add_symbols(e, symbols);
    for (const ir::Call::Argument& argument : call.scalars) add_symbols(argument.extent, symbols);
  }
}

// Those that appear alone as an extent of a parameter first, in that order, then the others.
std::vector<std::string> extent_arguments(const std::vector<const ir::Function*>& variants) {
  const ir::Function& function = *variants.front();
  std::set<std::string> known;
  for (const ir::Param& param : function.params) {
    if (param.kind == ir::ParamKind::size) known.insert(param.name);
  }
  std::vector<std::string> symbols;
  const auto add = [&](const std::string& name) {
    // '$' marks what other arguments give: strides, and integer parameters that may be negative.
    if (!name.empty() && name[0] != '$' && known.insert(name).second) symbols.push_back(name);
  };
  for (const ir::Param& param : function.params) {
    for (const ir::Extent& e : param.type.shape) add(e.symbol_name());
  }
  std::set<std::string> needed;
  for (const ir::Function* variant : variants) needed_symbols(*variant, needed);
  for (const std::string& name : needed) add(name);
  return symbols;
}

}  // namespace

Signature make_signature(const ir::Function& source,
                         const std::vector<const ir::Function*>& variants) {
  const ir::Function& function = *variants.front();
  if (!is_plain_identifier(function.name) || is_reserved(function.name)) {
    ir::user_error("'" + function.name + "' cannot be the name of a C function", {},
                   "rename it: letters, digits and '_', not a word of C or C++, no '_' in front");
  }
  Signature signature;
  signature.name = function.name;
  std::set<std::string> taken{function.name};
  for (const ir::Param& param : function.params) {
    ir::Type type = param.type;
    if (param.kind == ir::ParamKind::size) type = {ir::DType::I64, {}};
    signature.params.push_back({argument_name(param.name, taken), type, param.kind});
  }
  const std::vector<std::uint32_t>& results = function.program->results;
  const std::size_t count = ir::result_count(function);
  for (std::size_t r = 0; r < count; ++r) {
    const std::string wanted = count == 1 ? "result" : "result" + std::to_string(r);
    const bool one = variants.size() == 1;
    const ir::Type& type =
        one ? function.program->storages[results[r]].type : source.graph[source.results[r]].type;
    signature.results.push_back({argument_name(wanted, taken), type, ir::ParamKind::array});
  }
  signature.symbols = extent_arguments(variants);
  for (const std::string& name : signature.symbols) {
    signature.c_symbols.push_back(argument_name(name, taken));
  }
  return signature;
}

std::vector<std::size_t> symbols_without_shape(const Signature& signature) {
  std::set<std::string> given;
  for (const auto* arguments : {&signature.params, &signature.results}) {
    for (const Signature::Argument& a : *arguments) {
      for (const ir::Extent& e : a.type.shape) given.insert(e.symbol_name());
    }
  }
  std::vector<std::size_t> others;
  for (std::size_t s = 0; s < signature.symbols.size(); ++s) {
    if (!given.contains(signature.symbols[s])) others.push_back(s);
  }
  return others;
}

CheckStatus status_of(ir::Check::Kind kind) {
  switch (kind) {
    case ir::Check::Kind::power:
      return {ARRAYC_NEGATIVE_POWER, "ARRAYC_NEGATIVE_POWER"};
  }
  ir::bug("ahead of time: a check without a status");
}

void check_names(const std::vector<Signature>& signatures) {
  std::set<std::string> names;
  for (const Signature& s : signatures) {
    for (const std::string& name : {s.name, s.name + "_nd"}) {
      if (!names.insert(name).second) ir::user_error("two C functions would be called " + name);
    }
  }
}

}  // namespace arrayc::backends
