// Recorded values: the lazy graph that both doors build, reference-counted and immutable.
//
// A node dies with its last handle; chains of any length are released without recursion. Build
// values with the functions of build.h, which check, promote, cast and broadcast; `record` is for
// them alone.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/node.h"

namespace arrayc::ir {

class Record;

// A handle on a recorded node; may be null. Copying counts a reference.
class Value {
 public:
  Value() = default;
  Value(const Value& other);
  Value(Value&& other) noexcept : record_(other.record_) { other.record_ = nullptr; }
  Value& operator=(Value other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~Value() {
    if (record_) release(record_);
  }

  explicit operator bool() const { return record_ != nullptr; }
  const Record* operator->() const { return record_; }
  const Record& operator*() const { return *record_; }
  const Record* get() const { return record_; }
  bool operator==(const Value& other) const { return record_ == other.record_; }

  const Type& type() const;
  DType dtype() const { return type().dtype; }
  const Shape& shape() const { return type().shape; }
  int rank() const { return type().rank(); }

 private:
  friend Value record(Operation, std::vector<Value>, Type, Weak, Place);
  friend Value record_leaf(Type, std::shared_ptr<void>, std::string, Weak, Place);
  friend std::vector<Value> settle(const Value&, std::shared_ptr<void>);
  explicit Value(Record* adopted) : record_(adopted) {}
  static void release(Record* record);
  Record* record_ = nullptr;
};

// `operands` and `payload` change once, when the value is computed (settle): only who holds the
// lock of the session that computes may read them, but for the payload of what is settled.
// Everything else never changes.
class Record {
 public:
  Operation operation;
  std::vector<Value> operands;
  Type type;
  Weak weak = Weak::strong;  // a Python-style scalar until it meets a strong operand
  Place place;               // where the expression was built
  // Leaves (Op::param) and computed values: what the front door keeps there, storage or a
  // parameter's description; leaves are the same value only if they are the same node.
  std::shared_ptr<void> payload;
  std::string name;

  // Whether the payload is there, and will not change any more.
  bool is_settled() const { return settled_.load(std::memory_order_acquire); }

  // How many operations this thread has recorded since: of two, the one recorded first has more.
  std::uint32_t age() const;

 private:
  friend class Value;
  friend Value record(Operation, std::vector<Value>, Type, Weak, Place);
  friend Value record_leaf(Type, std::shared_ptr<void>, std::string, Weak, Place);
  friend std::vector<Value> settle(const Value&, std::shared_ptr<void>);
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> settled_{false};
  std::uint32_t serial_ = 0;
  std::uint32_t bytes_ = 0;
  Record* next_dying_ = nullptr;
};

// What recorded values take of the process's memory now, about, without the memory of arrays.
std::int64_t recorded_bytes();

Value record(Operation operation, std::vector<Value> operands, Type type, Weak weak, Place place);
Value record_leaf(Type type, std::shared_ptr<void> payload, std::string name, Weak weak,
                  Place place);

// An `extent` with an operand is a size of that operand: "$0", "$1", … in it stand for the extents
// of its axes, so that a size that is known when recording does not become a part of the program.
// Import writes the extents in; graphs know only extents without operands.
inline bool is_size_of_operand(const Record& r) {
  return r.operation.op == Op::extent && !r.operands.empty();
}
Extent axis_extents(const Extent& size, const Shape& shape);

// Where a graph ends: a parameter, or a value that has been computed.
inline bool is_leaf(const Record& r) {
  return r.operation.op == Op::param || (r.payload && r.operation.op != Op::constant);
}
// A computed value becomes a leaf with this payload, whatever its operation was. Returns its
// operands, to be released where no lock is held.
inline std::vector<Value> settle(const Value& value, std::shared_ptr<void> payload) {
  value.record_->payload = std::move(payload);
  value.record_->settled_.store(true, std::memory_order_release);
  return std::exchange(value.record_->operands, {});
}

}  // namespace arrayc::ir
