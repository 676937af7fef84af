// What a plug-in contains: a shared object with one line and one function.
//
//   #include "frontend/plugin_api.h"
//   ARRAYC_PLUGIN("softplus")
//   extern "C" void arrayc_plugin_register(arrayc::Host& host) { host.add_ufunc(…); }
//
// The line defines a plain-C symbol that is read before any function of the plug-in is called: a
// plug-in that was built against other headers or with another C++ library is refused.
#pragma once

#include <cstdint>
#include <string>

#include "frontend/host.h"

// Changes when the meaning of the interface does; its layout is checked by `layout`.
#define ARRAYC_PLUGIN_API_VERSION 2u

extern "C" {
struct arrayc_plugin_info {
  std::uint32_t size;              // of this struct
  std::uint32_t api_version;       // ARRAYC_PLUGIN_API_VERSION
  std::uint32_t standard_library;  // see below
  std::uint32_t llvm_major;        // of the LLVM whose headers it includes; 0: none
  std::uint64_t layout;            // of the types that cross the border
  const char* compiler;            // for messages
  const char* name;
};
}

namespace arrayc::plugin {

// 1: libstdc++, 2: libstdc++ with its old strings, 3: libc++, 0: another.
constexpr std::uint32_t standard_library() {
#if defined(_LIBCPP_VERSION)
  return 3;
#elif defined(_GLIBCXX_USE_CXX11_ABI)
  return _GLIBCXX_USE_CXX11_ABI ? 1 : 2;
#else
  return 0;
#endif
}

constexpr std::uint32_t llvm_major() {
#if defined(LLVM_VERSION_MAJOR)
  return LLVM_VERSION_MAJOR;
#else
  return 0;
#endif
}

// A number that differs when a type that plug-ins share with arrayc has another size.
constexpr std::uint64_t layout() {
  std::uint64_t hash = 14695981039346656037u;
  for (const std::size_t size :
       {sizeof(std::string), sizeof(ir::Ufunc), sizeof(ir::Node), sizeof(ir::Graph),
        sizeof(ir::Function), sizeof(ir::Module), sizeof(ir::loops::Kernel), sizeof(ir::Target),
        sizeof(ir::Registry), sizeof(passes::Pass), sizeof(passes::RunOptions),
        sizeof(backends::Arguments), sizeof(backends::RunStats), sizeof(backends::CompileOptions),
        sizeof(runtime::Array), sizeof(FrontEnd), sizeof(PassPlace)}) {
    hash = (hash ^ size) * 1099511628211u;
  }
  return hash;
}

}  // namespace arrayc::plugin

#define ARRAYC_PLUGIN(plugin_name)                                                        \
  extern "C" {                                                                            \
  extern __attribute__((visibility("default"))) const arrayc_plugin_info arrayc_plugin;   \
  const arrayc_plugin_info arrayc_plugin = {sizeof(arrayc_plugin_info),                   \
                                            ARRAYC_PLUGIN_API_VERSION,                    \
                                            arrayc::plugin::standard_library(),           \
                                            arrayc::plugin::llvm_major(),                 \
                                            arrayc::plugin::layout(),                     \
                                            __VERSION__,                                  \
                                            plugin_name};                                 \
  __attribute__((visibility("default"))) void arrayc_plugin_register(arrayc::Host& host); \
  }
