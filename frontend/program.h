// Programs that a session has seen: what was recorded, and the compiled code for it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "backends/backend.h"
#include "ir/module.h"

namespace arrayc {

// A function with layouts of its parameters, and who runs it.
struct Program {
  Program(ir::Function f, std::size_t h) : function(std::move(f)), hash(h) {}
  const ir::Function function;
  const std::size_t hash;

  std::mutex mutex;  // of what follows
  std::shared_ptr<const backends::Callable> compiled;
  std::shared_ptr<const backends::Callable> interpreter;  // where it is too small to compile
  double interpreted_seconds = 0;                         // what interpreting it has cost so far
};

std::size_t structure_hash(const ir::Function& function);

// The programs used last. Functions that are the same but for places share one.
class ProgramCache {
 public:
  // The program of this function, and whether it was known. Long functions are not kept.
  std::pair<std::shared_ptr<Program>, bool> get(ir::Function function);
  void clear();

 private:
  using Order = std::list<std::shared_ptr<Program>>;  // used last first
  void drop_oldest();

  std::mutex mutex_;
  Order order_;
  std::unordered_multimap<std::size_t, Order::iterator> index_;
  std::size_t nodes_ = 0;  // of all programs
};

}  // namespace arrayc
