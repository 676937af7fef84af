#include "frontend/recorded_key.h"

#include <algorithm>
#include <array>

#include "frontend/session.h"
#include "runtime/planted.h"

namespace arrayc {

namespace {

// Positions of up to most_nodes records, by address. A thread has one table and never clears it:
// slots with another stamp are empty.
class Positions {
 public:
  Positions() : table_(of_thread()) {
    if (++table_.stamp == 0) table_ = {.stamp = 1};
  }
  bool contains(const ir::Record* record) { return slot(record).stamp == table_.stamp; }
  std::uint32_t at(const ir::Record* record) { return slot(record).position; }
  void add(const ir::Record* record, std::uint32_t position) {
    slot(record) = {record, position, table_.stamp};
  }

 private:
  struct Slot {
    const ir::Record* record = nullptr;
    std::uint32_t position = 0;
    std::uint32_t stamp = 0;
  };
  static constexpr std::size_t size = 512;
  static_assert(size >= 2 * RecordedKey::most_nodes);
  struct Table {
    std::uint32_t stamp = 0;
    std::array<Slot, size> slots = {};
  };
  // Called once: not inlined, or the table would be looked for at each use.
  [[gnu::noinline]] static Table& of_thread() {
    thread_local Table table;
    return table;
  }
  // The record's, or where it would be.
  Slot& slot(const ir::Record* record) {
    std::size_t at = (reinterpret_cast<std::uintptr_t>(record) >> 4) * 0x9E3779B97F4A7C15u >> 55;
    while (table_.slots[at].stamp == table_.stamp && table_.slots[at].record != record) {
      at = (at + 1) % size;
    }
    return table_.slots[at];
  }

  Table& table_;
};

struct Frame {
  const ir::Value* value;
  std::size_t next;
};

constexpr std::size_t some_nodes = 16;  // as many as most graphs have

bool same_attributes(const ir::Operation& a, const ir::Operation& b) {
  return a.attributes == b.attributes || ir::same_operation(a, b);
}

}  // namespace

void RecordedKey::add_word(std::uint64_t word) {
  words_.push_back(word);
  hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15u;
  hash_ ^= hash_ >> 29;
}

void RecordedKey::add_leaf(const ir::Value& value) {
  const runtime::Array& array = settled_storage(*value)->array;
  leaves_.push_back(value);
  const bool contiguous = runtime::is_contiguous(array);
  add_word(static_cast<std::uint64_t>(value.dtype()) << 32 |
           static_cast<std::uint64_t>(value->weak) << 16 | array.shape.size() << 1 |
           (contiguous ? 1 : 0));
  for (const std::int64_t extent : array.shape) {
    add_word(planted(runtime::Plant::recorded_sizes) ? 0 : static_cast<std::uint64_t>(extent));
  }
  if (!contiguous) add_word(static_cast<std::uint64_t>(runtime::unit_axis(array)));
}

void RecordedKey::add_node(const ir::Record& record) {
  const ir::Operation& operation = record.operation;
  operations_.push_back(operation);
  add_word(static_cast<std::uint64_t>(operation.op) << 48 |
           static_cast<std::uint64_t>(record.type.dtype) << 40 |
           static_cast<std::uint64_t>(record.weak) << 32 | record.operands.size());
  if (operation.ufunc) add_word(reinterpret_cast<std::uintptr_t>(operation.ufunc));
  if (operation.attributes) add_word(ir::hash(*operation.attributes));
}

void RecordedKey::clear() {
  operations_.clear();
  words_.clear();
  leaves_.clear();
  hash_ = 0;
}

RecordedKey& RecordedKey::OfThread::room() {
  thread_local RecordedKey key;
  return key;
}

bool RecordedKey::read(std::span<const ir::Value> results) {
  clear();
  Positions positions;
  std::uint32_t count = 0;
  std::vector<Frame> stack;
  operations_.reserve(some_nodes);
  words_.reserve(4 * some_nodes);
  stack.reserve(some_nodes);
  const auto enter = [&](const ir::Value& value) {
    if (!positions.contains(value.get())) stack.push_back({&value, 0});
  };
  for (const ir::Value& result : results) {
    enter(result);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const ir::Record& record = **frame.value;
      const bool leaf = ir::is_leaf(record);
      if (!leaf && frame.next < record.operands.size()) {
        enter(record.operands[frame.next++]);
        continue;
      }
      if (count == most_nodes || stack.size() > most_nodes) return false;
      if (leaf && !settled_storage(record)) return false;
      if (leaf) {
        add_leaf(*frame.value);
      } else {
        add_node(record);
        for (const ir::Value& operand : record.operands) add_word(positions.at(operand.get()));
      }
      positions.add(&record, count++);
      stack.pop_back();
    }
    add_word(~std::uint64_t{positions.at(result.get())});
  }
  return true;
}

bool RecordedKey::operator==(const RecordedKey& other) const {
  return hash_ == other.hash_ && words_ == other.words_ &&
         std::equal(operations_.begin(), operations_.end(), other.operations_.begin(),
                    other.operations_.end(), same_attributes);
}

}  // namespace arrayc
