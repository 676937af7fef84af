#include "frontend/air/air.h"

#include <algorithm>
#include <set>

#include "ir/diagnostic.h"
#include "ir/text.h"
#include "ir/verifier.h"

namespace arrayc {

namespace {

void check_names(const ir::Module& module, const char* file) {
  std::set<std::string_view> names;
  for (const ir::Function& f : module.functions) {
    if (names.insert(f.name).second) continue;
    ir::user_error("two functions are named '" + f.name + "'", {file});
  }
}

ir::Module read(std::string_view text, const std::string& file_name,
                const std::vector<std::string>& exports, const ir::Registry& registry) {
  const char* file = ir::intern_file_name(file_name);
  if (std::ranges::any_of(exports, [](const auto& e) { return e.find('(') != e.npos; })) {
    ir::user_error("functions of .air files have their types written in the file", {file},
                   "--export is for files without annotations");
  }
  ir::Module module = ir::parse(text, file_name, registry);
  if (module.source_file.empty()) module.source_file = file_name;
  check_names(module, file);
  try {
    ir::verify(module, ir::earliest_phase(module));
  } catch (const ir::Error& e) {
    ir::user_error(e.message(), e.place().known() ? e.place() : ir::Place{file}, e.note());
  }
  return module;
}

}  // namespace

FrontEnd air_front_end() {
  return {"air", "the IR as text, as dumps and save_air write it", {".air"}, read};
}

}  // namespace arrayc
