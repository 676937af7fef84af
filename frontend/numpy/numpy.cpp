#include "frontend/numpy/numpy.h"

#include <fmt/format.h>

#include <set>

#include "frontend/numpy/translate.h"

namespace arrayc {

namespace {

void add(ir::Module& module, ir::Function function, std::set<std::string>& symbols,
         ir::Place place) {
  if (!symbols.insert(function.name).second) {
    ir::user_error(fmt::format("two functions have the symbol '{}'", function.name), place,
                   "name one: --export 'other_name = f(f64[n])'");
  }
  module.functions.push_back(std::move(function));
}

std::string functions_of(const dialect::SourceFile& source) {
  std::vector<std::string_view> names;
  for (const dialect::FunctionDecl& function : source.functions()) names.push_back(function.name);
  return names.empty() ? "no functions" : fmt::format("{}", fmt::join(names, ", "));
}

ir::Module read(std::string_view text, const std::string& file_name,
                const std::vector<std::string>& exports, const ir::Registry& registry) {
  ir::Module module;
  module.source_file = file_name;
  const char* file = ir::intern_file_name(file_name);
  dialect::SourceFile source(text, file);
  dialect::Translator translator(source, registry);
  std::set<std::string> symbols;
  for (const std::string& written : exports) {
    const dialect::Export wanted = dialect::parse_export(written);
    const dialect::FunctionDecl* function = source.find_function(wanted.function);
    if (!function) {
      const std::string near = dialect::nearest(wanted.function, source.names());
      ir::user_error(fmt::format("{} has no function '{}'", file_name, wanted.function), {},
                     near.empty() ? "the file has " + functions_of(source)
                                  : fmt::format("did you mean '{}'?", near));
    }
    if (!wanted.typed && !function->is_typed()) {
      ir::user_error(fmt::format("the parameters of '{}' have no types", wanted.function),
                     function->place,
                     fmt::format("annotate them with strings, such as x: \"f64[n]\", or give "
                                 "--export '{}(f64[n])'",
                                 wanted.function));
    }
    add(module,
        translator.translate(*function, wanted.symbol, wanted.typed ? &wanted.params : nullptr),
        symbols, function->place);
  }
  if (!exports.empty()) return module;
  for (const dialect::FunctionDecl& function : source.functions()) {
    if (!function.is_typed() || source.find_function(function.name) != &function) continue;
    add(module, translator.translate(function, function.name, nullptr), symbols, function.place);
  }
  if (module.functions.empty()) {
    ir::user_error("no function here has typed parameters", {file, 1, 1},
                   "annotate them with strings, such as def f(x: \"f64[n]\"), or give "
                   "--export 'f(f64[n])'");
  }
  return module;
}

}  // namespace

FrontEnd numpy_front_end() {
  FrontEnd result;
  result.name = "numpy";
  result.doc = "Functions of a Python file in the NumPy dialect";
  result.extensions = {".py"};
  result.read = read;
  return result;
}

}  // namespace arrayc
