#include "ir/value.h"

namespace arrayc::ir {

Value::Value(const Value& other) : record_(other.record_) {
  if (record_) record_->references_.fetch_add(1, std::memory_order_relaxed);
}

const Type& Value::type() const { return record_->type; }

// Records that lost their last handle wait in a list that is threaded through them.
void Value::release(Record* record) {
  if (record->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Record* dying = record;
  while (dying) {
    Record* current = dying;
    dying = current->next_dying_;
    for (Value& operand : current->operands) {
      Record* target = std::exchange(operand.record_, nullptr);
      if (!target || target->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
      target->next_dying_ = dying;
      dying = target;
    }
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
  return Value(made);
}

Value record_leaf(Type type, std::shared_ptr<void> payload, std::string name, Weak weak,
                  Place place) {
  auto* made = new Record;
  made->operation.op = Op::param;
  made->type = std::move(type);
  made->weak = weak;
  made->place = place;
  made->payload = std::move(payload);
  made->name = std::move(name);
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
