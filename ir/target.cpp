#include "ir/target.h"

#include <algorithm>

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

struct Processor {
  std::string_view name;
  std::string_view architecture;
  std::string_view processor;
  int level;
  int vector_bytes;
  int registers;
  bool fma;
};
// Of each architecture the most able first, the least last.
constexpr Processor processors[] = {
    {"x86-64-v4", "x86_64", "x86-64-v4", 4, 64, 32, true},
    {"x86-64-v3", "x86_64", "x86-64-v3", 3, 32, 16, true},
    {"x86-64-v3-512", "x86_64", "x86-64-v3", 3, 64, 16, true},
    {"x86-64-v2", "x86_64", "x86-64-v2", 2, 16, 16, false},
    {"armv8-a", "aarch64", "generic", 0, 16, 32, true},
};
constexpr std::string_view systems[] = {"x86_64-linux-gnu", "aarch64-linux-gnu"};

#if defined(__aarch64__)
constexpr std::string_view host_architecture = "aarch64";
#else
constexpr std::string_view host_architecture = "x86_64";
#endif

std::string_view host_processor() {
#if defined(__aarch64__)
  return "armv8-a";
#elif defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return "x86-64-v4";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "x86-64-v3";
  return "x86-64-v2";
#else
  return "x86-64-v2";
#endif
}

std::string_view architecture_of(std::string_view system) {
  if (system.empty()) return host_architecture;
  if (std::ranges::find(systems, system) == std::end(systems)) {
    user_error("unknown target system '" + std::string(system) + "'", {},
               "known: x86_64-linux-gnu, aarch64-linux-gnu");
  }
  return system.substr(0, system.find('-'));
}

std::string all_names() {
  std::string text = "native";
  for (const Processor& p : processors) text += ", " + std::string(p.name);
  return text;
}

const Processor& find_processor(std::string_view name, std::string_view architecture) {
  for (const Processor& p : processors) {
    if (p.name == name && p.architecture == architecture) return p;
  }
  const auto other = std::ranges::find(processors, name, &Processor::name);
  if (other != std::end(processors)) {
    user_error("the target processor " + std::string(name) + " is not one of the target system", {},
               "choose the system " + std::string(other->architecture) + "-linux-gnu");
  }
  user_error("unknown target processor '" + std::string(name) + "'", {}, "known: " + all_names());
}

std::string_view least_processor(std::string_view architecture) {
  std::string_view least;
  for (const Processor& p : processors) {
    if (p.architecture == architecture) least = p.name;
  }
  return least;
}

}  // namespace

Target make_target(std::string_view cpu, std::string_view system) {
  const std::string_view architecture = architecture_of(system);
  const bool native = cpu.empty() || cpu == "native";
  const bool here = native && architecture == host_architecture;
  std::string_view name = cpu;
  if (native) name = here ? host_processor() : least_processor(architecture);
  const Processor& p = find_processor(name, architecture);
  return {std::string(here ? "native" : name),
          std::string(system),
          std::string(here ? "" : p.processor),
          p.level,
          p.vector_bytes,
          p.registers,
          p.fma};
}

std::vector<Target> make_targets(std::string_view cpus, std::string_view system) {
  std::vector<Target> made;
  for (std::size_t at = 0; at <= cpus.size();) {
    const std::size_t end = std::min(cpus.find(',', at), cpus.size());
    const Target next = make_target(cpus.substr(at, end - at), system);
    for (const Target& other : made) {
      if (other.level != next.level && !other.processor.empty() && !next.processor.empty())
        continue;
      user_error("code for " + other.cpu + " and for " + next.cpu + " cannot be in one object", {},
                 "name x86-64-v2, x86-64-v3 and x86-64-v4, each once");
    }
    made.push_back(next);
    at = end + 1;
  }
  std::ranges::sort(made, std::ranges::greater(), &Target::level);
  return made;
}

bool runs_here(const Target& target) {
  if (architecture_of(target.system) != host_architecture) return false;
  return target.level <= find_processor(host_processor(), host_architecture).level;
}

const Target& best_here(std::span<const Target> targets) {
  const auto found = std::ranges::find_if(targets, runs_here);
  return found == targets.end() ? targets.front() : *found;
}

std::vector<Target> known_targets(std::string_view system) {
  std::vector<Target> targets;
  for (const Processor& p : processors) {
    if (p.architecture == architecture_of(system)) targets.push_back(make_target(p.name, system));
  }
  return targets;
}

std::vector<std::string> known_systems() { return {std::begin(systems), std::end(systems)}; }

}  // namespace arrayc::ir
