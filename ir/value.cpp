#include "ir/value.h"

namespace arrayc::ir {

Value::Value(const Value& other) : record_(other.record_) {
  if (record_) record_->references_.fetch_add(1, std::memory_order_relaxed);
}

const Type& Value::type() const { return record_->type; }

namespace {

// Advice for when to compute, not a lock: relaxed order is enough.
std::atomic<std::int64_t> all_bytes{0};

std::uint32_t count_bytes(const Record& record) {
  constexpr std::size_t allocation = 16;  // what one takes besides its bytes
  std::size_t bytes = sizeof(Record) + allocation;
  if (!record.operands.empty()) bytes += record.operands.size() * sizeof(Value) + allocation;
  if (!record.type.shape.empty()) bytes += record.type.shape.size() * sizeof(Extent) + allocation;
  if (record.operation.attributes) bytes += sizeof(Attributes) + allocation;
  all_bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

std::int64_t recorded_bytes() { return all_bytes.load(std::memory_order_relaxed); }

// Records that lost their last handle wait in a list that is threaded through them.
// Who holds the only handle need not count it down: nobody else can make another.
void Value::release(Record* record) {
  const auto is_last = [](Record& r) {
    return r.references_.load(std::memory_order_acquire) == 1 ||
           r.references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  };
  if (!is_last(*record)) return;
  Record* dying = record;
  while (dying) {
    Record* current = dying;
    dying = current->next_dying_;
    for (Value& operand : current->operands) {
      Record* target = std::exchange(operand.record_, nullptr);
      if (!target || !is_last(*target)) continue;
      target->next_dying_ = dying;
      dying = target;
    }
    all_bytes.fetch_sub(current->bytes_, std::memory_order_relaxed);
    delete current;
  }
}

namespace {
thread_local std::uint32_t recorded = 0;  // wraps around
}

std::uint32_t Record::age() const { return recorded - serial_; }

Value record(Operation operation, std::vector<Value> operands, Type type, Weak weak, Place place) {
  auto* made = new Record;
  made->serial_ = ++recorded;
  made->operation = std::move(operation);
  made->operands = std::move(operands);
  made->type = std::move(type);
  made->weak = weak;
  made->place = place;
  made->bytes_ = count_bytes(*made);
  return Value(made);
}

Value record_leaf(Type type, std::shared_ptr<void> payload, std::string name, Weak weak,
                  Place place) {
  auto* made = new Record;
  made->operation.op = Op::param;
  made->type = std::move(type);
  made->weak = weak;
  made->place = place;
  made->settled_.store(payload != nullptr, std::memory_order_relaxed);
  made->payload = std::move(payload);
  made->name = std::move(name);
  made->bytes_ = count_bytes(*made);
  return Value(made);
}

Extent axis_extents(const Extent& size, const Shape& shape) {
  return size.substitute([&](const std::string& name) -> std::optional<Extent> {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (name == "$" + std::to_string(axis)) return shape[axis];
    }
    return std::nullopt;
  });
}

}  // namespace arrayc::ir
