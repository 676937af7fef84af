#include "backends/broadcasting.h"

#include <map>
#include <mutex>
#include <string>

#include "backends/binding.h"
#include "ir/specialise.h"

namespace arrayc::backends {

namespace {

ir::Extent::Lookup lookup(const Binder& binder, const Bound& bound) {
  return [&](const std::string& name) -> std::optional<std::int64_t> {
    const auto position = binder.symbols().find(name);
    if (!position || bound.sizes[*position] == unknown_size) return std::nullopt;
    return bound.sizes[*position];
  };
}

ir::Pattern pattern_for(const ir::Function& function, const Binder& binder,
                        const Arguments& arguments) {
  const Bound bound = binder.bind(arguments);
  return ir::pattern_of(function, lookup(binder, bound));
}

std::string key_of(const ir::Pattern& pattern) {
  std::string key;
  for (const ir::Guard& guard : pattern) {
    key += to_string(guard.a) + " == " + to_string(guard.b) + "\n";
  }
  return key;
}

class PatternCallable final : public Callable {
 public:
  PatternCallable(ir::Module module, CompileOne compile)
      : module_(std::move(module)),
        function_(module_.functions.front()),
        binder_(function_),
        compile_(std::move(compile)) {
    callable(ir::first_pattern(function_));
  }

  std::vector<runtime::Array> call(const Arguments& arguments, RunStats* stats) const override {
    return callable(pattern_for(function_, binder_, arguments)).call(arguments, stats);
  }
  std::unique_ptr<const BoundCallable> bind(const Arguments& arguments) const override {
    return callable(pattern_for(function_, binder_, arguments)).bind(arguments);
  }

 private:
  const Callable& callable(const ir::Pattern& pattern) const {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Callable>& made = callables_[key_of(pattern)];
    if (made == nullptr) {
      ir::Module one;
      one.source_file = module_.source_file;
      one.functions.push_back(ir::specialise(function_, pattern));
      made = compile_(std::move(one));
    }
    return *made;
  }

  const ir::Module module_;
  const ir::Function& function_;
  const Binder binder_;
  const CompileOne compile_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<Callable>> callables_;  // by pattern
};

}  // namespace

ir::Function specialised_for(const ir::Function& function, const Arguments& arguments) {
  if (!ir::has_stretches(function)) return function;
  const Binder binder(function);
  return ir::specialise(function, pattern_for(function, binder, arguments));
}

std::unique_ptr<Callable> compile_patterns(ir::Module module, CompileOne compile) {
  if (!ir::has_stretches(module.functions.front())) return compile(std::move(module));
  return std::make_unique<PatternCallable>(std::move(module), std::move(compile));
}

}  // namespace arrayc::backends
