// Compiled kernels, the most recently used ones, by everything that their code depends on.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "backends/executor.h"

namespace arrayc::backends {

class KernelCache {
 public:
  explicit KernelCache(std::size_t capacity) : capacity_(capacity) {}

  // A null kernel if there is none.
  ReadyKernel find(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = positions_.find(key);
    if (found == positions_.end()) return {};
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }

  // Of two threads that compiled the same kernel one keeps its own.
  void insert(const std::string& key, ReadyKernel kernel) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (positions_.contains(key)) return;
    entries_.emplace_front(key, std::move(kernel));
    positions_[key] = entries_.begin();
    if (entries_.size() <= capacity_) return;
    positions_.erase(entries_.back().first);
    entries_.pop_back();
  }

  std::size_t size() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return entries_.size();
  }

 private:
  using Entries = std::list<std::pair<std::string, ReadyKernel>>;
  std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;  // the last used first
  std::unordered_map<std::string, Entries::iterator> positions_;
};

}  // namespace arrayc::backends
