// The backend "cpu": array passes, then for each kernel that is new the kernel passes and LLVM.
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>

#include "backends/broadcasting.h"
#include "backends/cpu/aot.h"
#include "backends/cpu/codegen.h"
#include "backends/cpu/kernel_cache.h"
#include "ir/diagnostic.h"
#include "ir/text.h"
#include "runtime/planted.h"

namespace arrayc::backends {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t cached_kernels = 1024;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class CpuCallable final : public Callable {
 public:
  CpuCallable(const ir::Function& function, const std::vector<ReadyKernel>& kernels,
              std::int64_t compiled, double seconds)
      : program_(function, kernels), compiled_(compiled), seconds_(seconds) {}

  std::vector<runtime::Array> call(const Arguments& arguments, RunStats* stats) const override {
    if (stats != nullptr && !reported_.exchange(true)) {
      stats->compiled += compiled_;
      stats->compile_seconds += seconds_;
    }
    return program_.run(arguments, stats);
  }
  std::unique_ptr<const BoundCallable> bind(const Arguments& arguments) const override {
    return program_.bind(arguments);
  }

 private:
  PreparedProgram program_;
  std::int64_t compiled_;
  double seconds_;
  mutable std::atomic<bool> reported_{false};  // compiling counts for the first call
};

class CpuBackend final : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }
  std::string_view doc() const override {
    return "compiles kernels with LLVM, with vector instructions and threads";
  }
  std::unique_ptr<Callable> compile(ir::Module module, const std::string& name,
                                    const ir::Registry& registry,
                                    const CompileOptions& options) override;
  std::string emit(ir::Module module, std::string_view kind, const std::string& base_name,
                   const ir::Registry& registry, const CompileOptions& options) override {
    return emit_ahead_of_time(std::move(module), kind, base_name, registry, options,
                              generator(options.target));
  }

 private:
  CodeGenerator& generator(const ir::Target& target);
  std::unique_ptr<Callable> compile_one(ir::Module module, const ir::Registry& registry,
                                        const CompileOptions& options);
  ReadyKernel make_kernel(const ir::KernelFunction& kernel, const ir::Registry& registry,
                          const CompileOptions& options);

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<CodeGenerator>> generators_;  // by settings
  KernelCache cache_{cached_kernels};
};

// All that the code of a kernel depends on, besides the kernel.
std::string settings(const ir::Target& target) {
  return target.system + " " + target.cpu + " " + std::to_string(target.vector_bytes) + " " +
         std::to_string(target.vector_registers) + " " + (target.fma ? "fma" : "-");
}

std::string cache_key(const ir::KernelFunction& kernel, const CompileOptions& options) {
  std::string key = settings(options.target);
  for (const std::string& pass : options.passes.disabled) key += " -" + pass;
  ir::Function function = kernel.function;
  function.name = "k";  // numbered within its program
  const std::string text = ir::print(function);
  return key + "\n" +
         (planted(runtime::Plant::cache_signature) ? text.substr(0, text.find('\n')) : text);
}

CodeGenerator& CpuBackend::generator(const ir::Target& target) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& made = generators_[settings(target)];
  if (made == nullptr) made = std::make_unique<CodeGenerator>(target);
  return *made;
}

ReadyKernel CpuBackend::make_kernel(const ir::KernelFunction& kernel, const ir::Registry& registry,
                                    const CompileOptions& options) {
  ir::Module alone;
  alone.kernels.push_back(kernel);
  passes::run(passes::kernel_pipeline(), alone, {registry, options.target}, options.passes);
  ir::KernelFunction& done = alone.kernels.front();
  if (!done.loops) ir::bug("cpu: kernel " + kernel.function.name + " has no loops");
  auto loops = std::make_shared<const ir::loops::Kernel>(std::move(*done.loops));
  auto code = generator(options.target).compile(*loops);
  return {std::move(loops), std::move(code)};
}

std::unique_ptr<Callable> CpuBackend::compile(ir::Module module, const std::string& name,
                                              const ir::Registry& registry,
                                              const CompileOptions& options) {
  std::erase_if(module.functions, [&](const ir::Function& f) { return f.name != name; });
  if (module.functions.empty()) ir::user_error("no function '" + name + "' in this module");
  return compile_patterns(std::move(module), [this, &registry, options](ir::Module one) {
    return compile_one(std::move(one), registry, options);
  });
}

std::unique_ptr<Callable> CpuBackend::compile_one(ir::Module module, const ir::Registry& registry,
                                                  const CompileOptions& options) {
  const auto begin = Clock::now();
  passes::run(passes::array_pipeline(), module, {registry, options.target}, options.passes);
  std::vector<ReadyKernel> kernels;
  std::int64_t compiled = 0;
  for (const ir::KernelFunction& kernel : module.kernels) {
    const std::string key = cache_key(kernel, options);
    ReadyKernel ready = cache_.find(key);
    if (ready.code == nullptr) {
      ready = make_kernel(kernel, registry, options);
      cache_.insert(key, ready);
      ++compiled;
    }
    kernels.push_back(std::move(ready));
  }
  return std::make_unique<CpuCallable>(module.functions.front(), kernels, compiled,
                                       seconds_since(begin));
}

}  // namespace

}  // namespace arrayc::backends

// The module's one symbol; the caller owns the backend.
extern "C" __attribute__((visibility("default"))) arrayc::backends::Backend*
arrayc_backend_create() {
  return new arrayc::backends::CpuBackend();
}
