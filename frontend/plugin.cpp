#include "frontend/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "frontend/plugin_api.h"
#include "ir/diagnostic.h"

#ifndef ARRAYC_LLVM_MAJOR
#define ARRAYC_LLVM_MAJOR 0
#endif

namespace arrayc {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  ir::user_error(fmt::format("cannot load the plug-in {}: {}", path, why));
}

// A shared object that will not be used is closed again.
class Handle {
 public:
  explicit Handle(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) refuse(path, "there is no such file");
    // A path without a slash would be looked up among the system's libraries.
    const std::string exact = path.find('/') == std::string::npos ? "./" + path : path;
    handle_ = dlopen(exact.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) refuse(path, dlerror());
  }
  ~Handle() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void* find(const char* symbol) const { return dlsym(handle_, symbol); }
  void keep_open() { handle_ = nullptr; }

 private:
  void* handle_ = nullptr;
};

void check(const arrayc_plugin_info& info, const std::string& path) {
  if (info.size != sizeof(arrayc_plugin_info) || info.api_version != ARRAYC_PLUGIN_API_VERSION) {
    refuse(path, fmt::format("it was built for version {} of the plug-in interface, this is {}",
                             info.api_version, ARRAYC_PLUGIN_API_VERSION));
  }
  if (info.standard_library != plugin::standard_library()) {
    refuse(path, fmt::format("it was built with another C++ library (by {})", info.compiler));
  }
  if (info.llvm_major != 0 && info.llvm_major != ARRAYC_LLVM_MAJOR) {
    refuse(path, fmt::format("it was built with LLVM {}, arrayc with LLVM {}", info.llvm_major,
                             ARRAYC_LLVM_MAJOR));
  }
  if (info.layout != plugin::layout()) {
    refuse(path, "it was built with headers of another version of arrayc");
  }
}

}  // namespace

std::string load_plugin_file(const std::string& path, Host& host) {
  Handle handle(path);
  const auto* info = static_cast<const arrayc_plugin_info*>(handle.find("arrayc_plugin"));
  if (info == nullptr) refuse(path, "it is not a plug-in of arrayc: it has no arrayc_plugin");
  check(*info, path);
  using Register = void (*)(Host&);
  const auto enter = reinterpret_cast<Register>(handle.find("arrayc_plugin_register"));
  if (enter == nullptr) refuse(path, "it has no arrayc_plugin_register");
  const std::string name = info->name;
  handle.keep_open();  // from here on its code may be referred to
  enter(host);
  return name;
}

}  // namespace arrayc
