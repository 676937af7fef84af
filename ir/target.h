// The processor that code is made for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc::ir {

struct Target {
  std::string cpu = "native";  // native, x86-64-v2, …
  std::string system;          // one of known_systems; empty: this machine's
  std::string processor;       // LLVM's name; empty: this very machine
  int level = 0;               // of x86-64: 2, 3 or 4; 0: another architecture
  int vector_bytes = 16;       // of one register
  int vector_registers = 16;
  bool fma = false;  // the FMA class
  bool operator==(const Target&) const = default;
};

// "native" is this machine; for a system of another architecture it is the least processor there.
// Throws a user error for names that are not known.
Target make_target(std::string_view cpu, std::string_view system = "");
// Of a list "x86-64-v2,x86-64-v4", the most able first: code made ahead of time holds a clone for
// each. Throws a user error for those that no program can tell apart.
std::vector<Target> make_targets(std::string_view cpus, std::string_view system = "");
// Whether this machine's processor can run the target's code.
bool runs_here(const Target& target);
// The first that runs here, or the first.
const Target& best_here(std::span<const Target> targets);

std::vector<std::string> known_systems();
// The processors of a system, without native.
std::vector<Target> known_targets(std::string_view system);

}  // namespace arrayc::ir
