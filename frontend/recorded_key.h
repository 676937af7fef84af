// What a small recorded graph is, without its leaves' elements: two graphs with equal keys are the
// same program with the same extents, found without importing either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ir/value.h"

namespace arrayc {

class RecordedKey {
 public:
  static constexpr std::size_t most_nodes = 256;

  // Becomes the key of these results. False for longer graphs and where a leaf has no memory. Reads
  // operands and payloads: the caller holds the lock of the graph.
  bool read(std::span<const ir::Value> results);
  void clear();  // keeps the room that it has

  std::size_t hash() const { return hash_; }
  bool operator==(const RecordedKey& other) const;
  // In the order in which an import meets them.
  const std::vector<ir::Value>& leaves() const { return leaves_; }
  // A key that is kept must not keep its graph's memory.
  void forget_leaves() { leaves_ = {}; }

  // A key with the room that the last one of this thread had, which gets it back.
  class OfThread;

 private:
  void add_leaf(const ir::Value& value);
  void add_node(const ir::Record& record);
  void add_word(std::uint64_t word);

  std::vector<ir::Operation> operations_;
  // Everything else: operands, dtypes, extents, layouts, which nodes are results.
  std::vector<std::uint64_t> words_;
  std::vector<ir::Value> leaves_;
  std::size_t hash_ = 0;
};

class RecordedKey::OfThread {
 public:
  OfThread() : key_(std::move(room())) {}
  ~OfThread() {
    key_.clear();
    room() = std::move(key_);
  }
  OfThread(const OfThread&) = delete;
  OfThread& operator=(const OfThread&) = delete;
  RecordedKey& operator*() { return key_; }
  RecordedKey* operator->() { return &key_; }

 private:
  static RecordedKey& room();
  RecordedKey key_;
};

struct RecordedKeyHash {
  std::size_t operator()(const RecordedKey& key) const { return key.hash(); }
};

}  // namespace arrayc
