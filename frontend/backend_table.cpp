#include "frontend/backend_table.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ir/diagnostic.h"

namespace arrayc {

namespace backends {
#define BACKEND(name, factory, doc) std::unique_ptr<Backend> factory();
#define LOADED_BACKEND(...)
#include "backends/backends.def"
}  // namespace backends

namespace {

// The module stays open for good: code of it may run until the process ends.
std::unique_ptr<backends::Backend> open_module(const BackendInfo& info) {
  const std::string file = info.module + ".so";
  std::string found;
  std::string looked;
  for (const std::string& folder : module_folders()) {
    const std::string path = folder + "/" + file;
    looked += (looked.empty() ? "" : ", ") + folder;
    if (found.empty() && std::filesystem::exists(path)) found = path;
  }
  if (found.empty()) {
    ir::user_error(
        fmt::format("the backend {} needs {}, which is not in {}", info.name, file, looked), {},
        "the backends interp and interp-loops need no module");
  }
  void* const handle = dlopen(found.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    ir::user_error(fmt::format("cannot load the backend {}: {}", info.name, dlerror()));
  }
  using Create = backends::Backend* (*)();
  const auto create = reinterpret_cast<Create>(dlsym(handle, "arrayc_backend_create"));
  if (create == nullptr) {
    ir::user_error(
        fmt::format("{} is not a backend of arrayc: it has no arrayc_backend_create", found));
  }
  return std::unique_ptr<backends::Backend>(create());
}

}  // namespace

std::vector<std::string> module_folders() {
  Dl_info here;
  if (dladdr(reinterpret_cast<const void*>(&module_folders), &here) == 0) return {};
  std::error_code ignored;
  const auto library = std::filesystem::weakly_canonical(here.dli_fname, ignored).parent_path();
  return {(library / "arrayc").string(), library.string(),
          (library.parent_path() / "lib" / "arrayc").string()};
}

BackendTable::BackendTable() {
#define BACKEND(name, factory, doc) entries_.push_back({{name, doc, ""}, backends::factory()});
#define LOADED_BACKEND(name, module, doc) entries_.push_back({{name, doc, module}, nullptr});
#include "backends/backends.def"
}

void BackendTable::add(std::unique_ptr<backends::Backend> backend) {
  if (has(backend->name())) {
    ir::user_error(fmt::format("there is a backend named '{}' already", backend->name()));
  }
  BackendInfo info{std::string(backend->name()), std::string(backend->doc()), ""};
  entries_.push_back({std::move(info), std::move(backend)});
}

bool BackendTable::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.info.name == name; });
}

backends::Backend& BackendTable::get(std::string_view name) {
  std::string known;
  for (Entry& entry : entries_) {
    known += (known.empty() ? "" : ", ") + entry.info.name;
    if (entry.info.name != name) continue;
    if (!entry.backend) entry.backend = open_module(entry.info);
    return *entry.backend;
  }
  ir::user_error(fmt::format("there is no backend named '{}'", name), {}, "known: " + known);
}

std::vector<BackendInfo> BackendTable::all() const {
  std::vector<BackendInfo> infos;
  for (const Entry& entry : entries_) infos.push_back(entry.info);
  return infos;
}

}  // namespace arrayc
