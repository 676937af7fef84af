#include "ir/target.h"

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

struct Level {
  std::string_view name;
  int vector_bytes;
  int registers;
  bool fma;
};
constexpr Level levels[] = {
    {"x86-64-v4", 64, 32, true}, {"x86-64-v3", 32, 16, true}, {"x86-64-v2", 16, 16, false}};

std::string_view host_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return "x86-64-v4";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "x86-64-v3";
#endif
  return "x86-64-v2";
}

}  // namespace

Target make_target(std::string_view cpu) {
  const std::string_view wanted = cpu.empty() || cpu == "native" ? host_level() : cpu;
  for (const Level& level : levels) {
    if (level.name == wanted) {
      return {std::string(cpu.empty() ? "native" : cpu), level.vector_bytes, level.registers,
              level.fma};
    }
  }
  user_error("unknown target processor '" + std::string(cpu) + "'", {},
             "known: native, x86-64-v2, x86-64-v3, x86-64-v4");
}

}  // namespace arrayc::ir
