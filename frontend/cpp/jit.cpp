// Recording functions once and running them many times.
#include "arrayc/jit.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "frontend/cpp/access.h"

namespace arrayc::detail {

namespace {

// What a recorded program depends on, of each argument: dtype, weakness, extents, and how it lies
// in memory.
using ArgumentKey = std::tuple<ir::DType, ir::Weak, std::vector<std::int64_t>, bool, int>;
using Key = std::vector<ArgumentKey>;

ArgumentKey key_of(const ir::Value& value, const runtime::Array& array) {
  const bool contiguous = runtime::is_contiguous(array);
  return {value.dtype(), value->weak, array.shape, contiguous,
          contiguous ? -1 : runtime::unit_axis(array)};
}

struct Recorded {
  Prepared prepared;                     // its leaves are given up
  std::vector<int> arguments;            // for each parameter: the argument, or -1: captured
  std::vector<runtime::Array> captured;  // for each parameter
};

runtime::Array number(const ir::Value& value) {
  const ir::Scalar scalar = value->operation.attr<ir::ConstantAttr>().value;
  runtime::Array array = runtime::make_array(static_cast<arrayc_dtype>(scalar.dtype), {});
  std::copy_n(reinterpret_cast<const char*>(&scalar.bits), ir::item_size(scalar.dtype),
              static_cast<char*>(array.data));
  return array;
}

}  // namespace

class JitPrograms {
 public:
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  std::shared_ptr<const Recorded> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto it = programs_.find(key);
    return it == programs_.end() ? nullptr : it->second;
  }
  void add(Key key, std::shared_ptr<const Recorded> recorded) {
    const std::lock_guard lock(mutex_);
    programs_.emplace(std::move(key), std::move(recorded));
    ++recorded_;
  }
  std::int64_t recorded() {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

 private:
  std::atomic<std::uint32_t> references_{1};
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Recorded>> programs_;
  std::int64_t recorded_ = 0;
};

namespace {

thread_local int recordings = 0;  // functions that this thread is recording
struct Recording {
  Recording() { ++recordings; }
  ~Recording() { --recordings; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
};

// Calls f with placeholders. They carry the arguments' memory, which says how it lies, and which
// nothing may look at.
std::shared_ptr<const Recorded> record_call(JitFunction::Body body, void* f,
                                            const std::vector<ir::Value>& values,
                                            const std::vector<runtime::Array>& arrays) {
  std::vector<Array> placeholders;
  std::map<const ir::Record*, int> positions;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto storage = std::make_shared<Storage>();
    storage->array = arrays[i];
    storage->placeholder = true;
    ir::Value leaf =
        ir::record_leaf(values[i].type(), storage, "", values[i]->weak, values[i]->place);
    positions.emplace(leaf.get(), static_cast<int>(i));
    placeholders.push_back(Access::make(std::move(leaf)));
  }
  std::vector<Array> results;
  {
    const Recording scope;
    results = body(f, placeholders);
  }
  auto recorded = std::make_shared<Recorded>();
  Session& session = Session::current();
  const std::vector<ir::Value> roots = values_of(results, {});
  recorded->prepared = session.prepare(roots, Session::Placeholders::allowed);
  for (const ir::Value& leaf : recorded->prepared.leaves) {
    const auto it = positions.find(leaf.get());
    recorded->arguments.push_back(it == positions.end() ? -1 : it->second);
    recorded->captured.push_back(it == positions.end() ? session.storage(leaf)->array
                                                       : runtime::Array{});
  }
  recorded->prepared.leaves.clear();
  return recorded;
}

std::vector<Array> run_recorded(const Recorded& recorded,
                                const std::vector<runtime::Array>& arrays) {
  std::vector<runtime::Array> arguments;
  for (std::size_t i = 0; i < recorded.arguments.size(); ++i) {
    const int argument = recorded.arguments[i];
    arguments.push_back(argument < 0 ? recorded.captured[i]
                                     : arrays[static_cast<std::size_t>(argument)]);
  }
  std::vector<Array> results;
  for (runtime::Array& array : Session::current().run(recorded.prepared, std::move(arguments))) {
    results.push_back(Access::make(leaf(std::move(array), {})));
  }
  return results;
}

}  // namespace

JitFunction::JitFunction() : programs_(new JitPrograms) {}
JitFunction::JitFunction(const JitFunction& other) noexcept : programs_(other.programs_) {
  programs_->retain();
}
JitFunction& JitFunction::operator=(const JitFunction& other) noexcept {
  other.programs_->retain();
  programs_->release();
  programs_ = other.programs_;
  return *this;
}
JitFunction::~JitFunction() { programs_->release(); }

std::int64_t JitFunction::recorded() const { return programs_->recorded(); }

std::vector<Array> JitFunction::call(Body body, void* f,
                                     const std::vector<Array>& arguments) const {
  // Called by a function that is being recorded, f becomes a part of it.
  if (recordings > 0) return body(f, arguments);
  return guarded([&] {
    const std::vector<ir::Value> values = values_of(arguments, {});
    std::vector<ir::Value> lazy;
    for (const ir::Value& value : values) {
      if (value->weak == ir::Weak::strong) lazy.push_back(value);
    }
    const auto memory = Session::current().compute(lazy);
    std::vector<runtime::Array> arrays;
    Key key;
    std::size_t next = 0;
    for (const ir::Value& value : values) {
      const bool is_number = value->weak != ir::Weak::strong;
      arrays.push_back(is_number ? number(value) : memory[next++]->array);
      key.push_back(key_of(value, arrays.back()));
    }
    std::shared_ptr<const Recorded> recorded = programs_->find(key);
    if (!recorded) {
      recorded = record_call(body, f, values, arrays);
      programs_->add(std::move(key), recorded);
    }
    return run_recorded(*recorded, arrays);
  });
}

Array weak_array(const Operand& x) {
  return guarded([&] { return Access::make(Access::value(x)); });
}

}  // namespace arrayc::detail
