// Recording functions once and running them many times.
#include "arrayc/jit.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <tuple>

#include "frontend/cpp/access.h"
#include "runtime/few.h"

namespace arrayc::detail {

namespace {

constexpr std::size_t some = 8;  // arguments and parameters, as many as most functions have

// One argument of a call, in memory.
struct Argument {
  const runtime::Array* array = nullptr;
  ir::Weak weak = ir::Weak::strong;
  bool contiguous = false;
};

// What a recorded program depends on, of one argument, besides its extents: dtype, weakness and how
// it lies in memory.
using Traits = std::tuple<arrayc_dtype, ir::Weak, bool, int>;
Traits traits_of(const Argument& a) {
  return {a.array->dtype, a.weak, a.contiguous, a.contiguous ? -1 : runtime::unit_axis(*a.array)};
}

struct ArgumentKey {
  Traits traits;
  std::vector<std::int64_t> shape;
};
using Key = std::vector<ArgumentKey>;
const Traits& traits_of(const ArgumentKey& key) { return key.traits; }
const std::vector<std::int64_t>& shape_of(const ArgumentKey& key) { return key.shape; }
const std::vector<std::int64_t>& shape_of(const Argument& a) { return a.array->shape; }

bool matches(const Key& key, std::span<const Argument> arguments) {
  return std::equal(key.begin(), key.end(), arguments.begin(), arguments.end(),
                    [](const ArgumentKey& k, const Argument& a) {
                      return k.shape == shape_of(a) && k.traits == traits_of(a);
                    });
}

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

struct Recorded {
  Prepared prepared;                     // its leaves are given up
  std::vector<int> arguments;            // for each parameter: the argument, or -1: captured
  std::vector<runtime::Array> captured;  // for each parameter
  BoundOnce bound;                       // runs where arguments are contiguous and aligned
};

}  // namespace

class JitPrograms {
 public:
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // Programs of an earlier generation of the session are forgotten. What was found last is looked
  // at first.
  std::shared_ptr<Recorded> find(std::span<const Argument> arguments, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation == generation_ && last_ && matches(last_->first, arguments)) {
      return last_->second;
    }
    if (generation != generation_) {
      last_ = nullptr;
      programs_.clear();
    }
    generation_ = generation;
    const auto it = programs_.find(arguments);
    if (it == programs_.end()) return nullptr;
    last_ = &*it;
    return it->second;
  }
  void add(std::span<const Argument> arguments, std::shared_ptr<Recorded> recorded,
           std::uint64_t generation) {
    Key key;
    for (const Argument& a : arguments) key.push_back({traits_of(a), shape_of(a)});
    const std::lock_guard lock(mutex_);
    if (generation == generation_) programs_.emplace(std::move(key), std::move(recorded));
    ++recorded_;
  }
  std::int64_t recorded() {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

 private:
  std::atomic<std::uint32_t> references_{1};
  std::mutex mutex_;
  using Programs = std::map<Key, std::shared_ptr<Recorded>, KeyOrder>;
  Programs programs_;
  const Programs::value_type* last_ = nullptr;
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
std::shared_ptr<Recorded> record_call(JitFunction::Body body, void* f, Operands operands,
                                      std::span<const Argument> arguments) {
  std::vector<Array> placeholders;
  std::map<const ir::Record*, int> positions;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const runtime::Array& array = *arguments[i].array;
    ir::Type type{static_cast<ir::DType>(array.dtype), {array.shape.begin(), array.shape.end()}};
    auto storage = std::make_shared<Storage>();
    storage->array = array;
    storage->placeholder = true;
    ir::Value leaf = ir::record_leaf(std::move(type), storage, "", arguments[i].weak,
                                     Access::place(*operands[i]));
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

// The arguments of one call and what they need to stay in memory. Numbers are 0-d arrays here.
class Arguments {
 public:
  explicit Arguments(Operands operands) : count_(operands.size()) {
    bool lazy = false;
    for (std::size_t i = 0; i < count_; ++i) {
      const Array* const array = Access::array(*operands[i]);
      if (!array) {
        add_number(i, Access::number(*operands[i]));
      } else if (!add_array(i, *array, Access::place(*operands[i]))) {
        lazy = true;
      }
    }
    if (lazy) compute();
  }
  std::span<const Argument> all() const { return {found_.data(), count_}; }
  // Copies of the handles, which hold their memory even if what the caller gave changes meanwhile.
  std::vector<runtime::Array> keep() {
    std::vector<runtime::Array> kept;
    for (std::size_t i = 0; i < count_; ++i) {
      kept.push_back(numbers_.empty() || !numbers_[i].data ? *found_[i].array
                                                           : runtime::copy(numbers_[i]));
    }
    for (std::size_t i = 0; i < count_; ++i) found_[i].array = &kept[i];
    return kept;
  }

 private:
  // Whether it is in memory; if not, it is held.
  bool add_array(std::size_t i, const Array& array, ir::Place place) {
    const ir::Value* value = Access::direct_value(array);
    if (!value) value = &(held_[i] = Access::value(array, place));
    if (found(i, **value)) return true;
    held_[i] = *value;
    return false;
  }
  bool found(std::size_t i, const ir::Record& value) {
    const Storage* const storage = settled_storage(value);
    if (!storage) return false;
    found_[i] = {&storage->array, ir::Weak::strong, runtime::is_contiguous(storage->array)};
    return true;
  }
  // All that are not in memory as one program.
  void compute() {
    std::vector<ir::Value> lazy;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!found_[i].array) lazy.push_back(held_[i]);
    }
    Session::current().compute(lazy);
    for (std::size_t i = 0; i < count_; ++i) {
      if (found_[i].array || found(i, *held_[i])) continue;
      ir::bug("jit: a computed argument has no memory");
    }
  }
  void add_number(std::size_t i, const WeakNumber& number) {
    if (numbers_.empty()) numbers_.resize(count_);
    std::copy_n(number.bits, 2, bits_[i]);
    numbers_[i].dtype = static_cast<arrayc_dtype>(number.dtype);
    numbers_[i].data = bits_[i];
    found_[i] = {&numbers_[i], number.weak, true};
  }

  std::size_t count_;
  std::array<Argument, most_arguments> found_;
  std::array<ir::Value, most_arguments> held_;
  std::vector<runtime::Array> numbers_;  // empty, or one for each argument
  std::uint64_t bits_[most_arguments][2];
};

// What a call made.
struct Made {
  explicit Made(std::size_t count) : others(count > 1 ? count : 0), results(others) {
    if (count <= 1) results = {&one, count};
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  runtime::Array one;
  std::vector<runtime::Array> others;
  std::span<runtime::Array> results;
};

using Parameters = runtime::Few<const runtime::Array*, some>;

// One array for each parameter, from the arguments and what the function captured. Returns whether
// all are aligned; how else they lie follows from what was recorded.
bool find_parameters(const Recorded& recorded, std::span<const Argument> arguments,
                     Parameters& parameters) {
  bool aligned = true;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int argument = recorded.arguments[i];
    parameters[i] =
        argument < 0 ? &recorded.captured[i] : arguments[static_cast<std::size_t>(argument)].array;
    aligned = aligned && runtime::is_aligned(*parameters[i]);
  }
  return aligned;
}

// The first calls for arguments like these: what is not bound, or cannot be for these.
std::vector<runtime::Array> run_unbound(Recorded& recorded, std::span<const Argument> arguments) {
  Session& session = Session::current();
  Parameters parameters(recorded.arguments.size());
  bool plain = find_parameters(recorded, arguments, parameters);
  std::vector<runtime::Array> arrays;
  for (const runtime::Array* array : parameters) {
    arrays.push_back(*array);
    plain = plain && runtime::is_contiguous(*array);
  }
  std::vector<runtime::Array> results = session.run(recorded.prepared, arrays);
  if (plain && !recorded.bound.get()) {
    recorded.bound.set(session.bind(recorded.prepared, std::move(arrays)));
  }
  return results;
}

// Hands the results of a call to `take`.
template <typename Take>
void run_call(JitPrograms& programs, JitFunction::Body body, void* f, Operands operands,
              const Take& take) {
  Session& session = Session::current();
  Arguments arguments(operands);
  const std::uint64_t generation = session.generation();
  std::shared_ptr<Recorded> recorded = programs.find(arguments.all(), generation);
  if (const BoundProgram* const bound = recorded ? recorded->bound.get() : nullptr) {
    Parameters parameters(recorded->arguments.size());
    if (find_parameters(*recorded, arguments.all(), parameters)) {
      Made made(bound->callable->result_count());
      session.run(*bound, parameters, made.results);
      return take(made.results);
    }
  }
  const std::vector<runtime::Array> kept = arguments.keep();
  if (!recorded) {
    recorded = record_call(body, f, operands, arguments.all());
    programs.add(arguments.all(), recorded, generation);
  }
  std::vector<runtime::Array> results = run_unbound(*recorded, arguments.all());
  take(results);
}

Array result(runtime::Array& array) { return Access::make(leaf(std::move(array), {})); }

// The array itself; a number stays weak.
Array weak_array(const Operand& x) {
  if (const Array* array = Access::array(x)) return *array;
  return guarded([&] { return Access::make(Access::value(x)); });
}

// Called by a function that is being recorded, f becomes a part of it.
std::vector<Array> call_within(JitFunction::Body body, void* f, Operands operands) {
  std::vector<Array> arguments;
  for (const Operand* operand : operands) arguments.push_back(weak_array(*operand));
  return body(f, arguments);
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

std::vector<Array> JitFunction::call(Body body, void* f, Operands operands) const {
  if (recordings > 0) return call_within(body, f, operands);
  return guarded([&] {
    std::vector<Array> made;
    run_call(*programs_, body, f, operands, [&](std::span<runtime::Array> results) {
      made.reserve(results.size());
      for (runtime::Array& array : results) made.push_back(result(array));
    });
    return made;
  });
}

Array JitFunction::call_one(Body body, void* f, Operands operands) const {
  if (recordings > 0) return call_within(body, f, operands)[0];
  return guarded([&] {
    Array made;
    run_call(*programs_, body, f, operands,
             [&](std::span<runtime::Array> results) { made = result(results[0]); });
    return made;
  });
}

}  // namespace arrayc::detail
