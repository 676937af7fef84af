// Recording functions once and running them many times.
#include "arrayc/jit.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory_resource>
#include <tuple>

#include "frontend/cpp/access.h"

namespace arrayc::detail {

namespace {

// One argument of a call, in memory.
struct Argument {
  const ir::Value* value;
  const runtime::Array* array;
};

// What a recorded program depends on, of one argument, besides its extents: dtype, weakness and how
// it lies in memory.
using Traits = std::tuple<arrayc_dtype, ir::Weak, bool, int>;
Traits traits_of(const Argument& a) {
  const bool contiguous = runtime::is_contiguous(*a.array);
  return {a.array->dtype, (*a.value)->weak, contiguous,
          contiguous ? -1 : runtime::unit_axis(*a.array)};
}

struct ArgumentKey {
  Traits traits;
  std::vector<std::int64_t> shape;
};
using Key = std::vector<ArgumentKey>;
const Traits& traits_of(const ArgumentKey& key) { return key.traits; }
const std::vector<std::int64_t>& shape_of(const ArgumentKey& key) { return key.shape; }
const std::vector<std::int64_t>& shape_of(const Argument& a) { return a.array->shape; }

// Orders keys, and arguments among them.
struct KeyOrder {
  using is_transparent = void;
  bool operator()(const auto& left, const auto& right) const {
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                        [](const auto& a, const auto& b) {
                                          const Traits x = traits_of(a);
                                          const Traits y = traits_of(b);
                                          return x != y ? x < y : shape_of(a) < shape_of(b);
                                        });
  }
};

bool is_aligned(const runtime::Array& array) {
  const auto item = static_cast<std::uintptr_t>(runtime::item_size(array.dtype));
  return reinterpret_cast<std::uintptr_t>(array.data) % item == 0;
}

struct Recorded {
  Prepared prepared;                     // its leaves are given up
  std::vector<int> arguments;            // for each parameter: the argument, or -1: captured
  std::vector<runtime::Array> captured;  // for each parameter
  // Set once the program is compiled; runs where arguments are contiguous and aligned.
  std::atomic<std::shared_ptr<const BoundProgram>> bound;
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

  // Programs of an earlier generation of the session are forgotten.
  std::shared_ptr<Recorded> find(std::span<const Argument> arguments, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) programs_.clear();
    generation_ = generation;
    const auto it = programs_.find(arguments);
    return it == programs_.end() ? nullptr : it->second;
  }
  void add(std::span<const Argument> arguments, std::shared_ptr<Recorded> recorded) {
    Key key;
    for (const Argument& a : arguments) key.push_back({traits_of(a), shape_of(a)});
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
  std::map<Key, std::shared_ptr<Recorded>, KeyOrder> programs_;
  std::int64_t recorded_ = 0;
  std::uint64_t generation_ = 0;
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
std::shared_ptr<Recorded> record_call(JitFunction::Body body, void* f,
                                      std::span<const Argument> arguments) {
  std::vector<Array> placeholders;
  std::map<const ir::Record*, int> positions;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ir::Value& value = *arguments[i].value;
    auto storage = std::make_shared<Storage>();
    storage->array = *arguments[i].array;
    storage->placeholder = true;
    ir::Value leaf = ir::record_leaf(value.type(), storage, "", value->weak, value->place);
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

// With one array for each parameter.
std::vector<runtime::Array> run_recorded(Recorded& recorded,
                                         std::span<const runtime::Array* const> parameters) {
  Session& session = Session::current();
  const bool plain = std::all_of(parameters.begin(), parameters.end(), [](const auto* array) {
    return runtime::is_contiguous(*array) && is_aligned(*array);
  });
  if (plain) {
    if (const auto bound = recorded.bound.load()) return session.run(*bound, parameters);
  }
  std::vector<runtime::Array> arrays;
  for (const runtime::Array* array : parameters) arrays.push_back(*array);
  std::vector<runtime::Array> results = session.run(recorded.prepared, arrays);
  if (plain) recorded.bound.store(session.bind(recorded.prepared, std::move(arrays)));
  return results;
}

std::vector<Array> call_recorded(Recorded& recorded, std::span<const Argument> arguments) {
  std::byte memory[256];
  std::pmr::monotonic_buffer_resource pool(memory, sizeof memory);
  std::pmr::vector<const runtime::Array*> parameters(&pool);
  parameters.reserve(recorded.arguments.size());
  for (std::size_t i = 0; i < recorded.arguments.size(); ++i) {
    const int argument = recorded.arguments[i];
    parameters.push_back(argument < 0 ? &recorded.captured[i]
                                      : arguments[static_cast<std::size_t>(argument)].array);
  }
  std::vector<Array> results;
  results.reserve(recorded.prepared.program->function.results.size());
  for (runtime::Array& array : run_recorded(recorded, parameters)) {
    results.push_back(Access::make(leaf(std::move(array), {})));
  }
  return results;
}

// The memory of arguments, computed if need be; numbers are put into `numbers`.
void find_memory(std::span<const ir::Value> values, std::span<Argument> arguments,
                 std::vector<runtime::Array>& numbers, std::pmr::memory_resource* pool) {
  const auto is_number = [](const ir::Value& value) { return value->weak != ir::Weak::strong; };
  std::span<const ir::Value> lazy = values;
  std::vector<ir::Value> arrays;
  if (std::any_of(values.begin(), values.end(), is_number)) {
    numbers.reserve(values.size());
    std::remove_copy_if(values.begin(), values.end(), std::back_inserter(arrays), is_number);
    lazy = arrays;
  }
  Session& session = Session::current();
  std::pmr::vector<const Storage*> memory(lazy.size(), pool);
  if (!session.find_storage(lazy, memory)) {
    session.compute(lazy);
    if (!session.find_storage(lazy, memory)) ir::bug("jit: a computed argument has no memory");
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_number(values[i])) {
      arguments[i] = {&values[i], &memory[next++]->array};
    } else {
      numbers.push_back(number(values[i]));
      arguments[i] = {&values[i], &numbers.back()};
    }
  }
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
    std::byte memory[512];  // enough for most calls
    std::pmr::monotonic_buffer_resource pool(memory, sizeof memory);
    std::pmr::vector<ir::Value> values(&pool);
    values.reserve(arguments.size());
    for (const Array& array : arguments) values.push_back(Access::value(array));
    std::pmr::vector<Argument> found(values.size(), &pool);
    std::vector<runtime::Array> numbers;
    find_memory(values, found, numbers, &pool);
    const std::uint64_t generation = Session::current().generation();
    std::shared_ptr<Recorded> recorded = programs_->find(found, generation);
    if (!recorded) {
      recorded = record_call(body, f, found);
      programs_->add(found, recorded);
    }
    return call_recorded(*recorded, found);
  });
}

Array weak_array(const Operand& x) {
  if (const Array* array = Access::array(x)) return *array;
  return guarded([&] { return Access::make(Access::value(x)); });
}

}  // namespace arrayc::detail
