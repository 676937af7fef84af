// A plug-in with a backend: it computes nothing, every result is zeros of the right shape.
#include <cstring>

#include "backends/executor.h"
#include "frontend/plugin_api.h"

using namespace arrayc;

namespace {

class DryCallable final : public backends::Callable {
 public:
  explicit DryCallable(ir::Function function) : function_(std::move(function)) {}

  std::vector<runtime::Array> call(const backends::Arguments& arguments,
                                   backends::RunStats*) const override {
    const auto sizes = backends::bind_symbols(function_, arguments);
    const auto size_of = [&](const std::string& name) -> std::optional<std::int64_t> {
      const auto it = sizes.find(name);
      return it == sizes.end() ? std::nullopt : std::optional(it->second);
    };
    std::vector<runtime::Array> results;
    for (const ir::NodeId id : function_.results) {
      const ir::Type& type = function_.graph[id].type;
      std::vector<std::int64_t> shape;
      for (const ir::Extent& extent : type.shape) shape.push_back(extent.evaluate(size_of));
      runtime::Array zeros = runtime::make_array(static_cast<arrayc_dtype>(type.dtype), shape);
      const std::int64_t bytes = runtime::element_count(shape) * ir::item_size(type.dtype);
      std::memset(zeros.data, 0, static_cast<std::size_t>(bytes));
      results.push_back(std::move(zeros));
    }
    return results;
  }

 private:
  ir::Function function_;
};

class DryRun final : public backends::Backend {
 public:
  std::string_view name() const override { return "dry-run"; }
  std::string_view doc() const override { return "computes nothing: results are zeros"; }
  std::unique_ptr<backends::Callable> compile(ir::Module module, const std::string& name,
                                              const ir::Registry&,
                                              const backends::CompileOptions&) override {
    for (ir::Function& function : module.functions) {
      if (function.name == name) return std::make_unique<DryCallable>(std::move(function));
    }
    ir::user_error("there is no function " + name);
  }
};

}  // namespace

ARRAYC_PLUGIN("dry_run")

extern "C" void arrayc_plugin_register(Host& host) { host.add_backend(std::make_unique<DryRun>()); }
