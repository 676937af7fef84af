#include "backends/cpu/aot.h"

#include <algorithm>
#include <map>
#include <optional>

#include "backends/cpu/driver.h"
#include "backends/cpu/header.h"
#include "backends/llvm/emitter.h"
#include "ir/diagnostic.h"
#include "ir/text.h"

namespace arrayc::backends {

namespace {

bool is_strided_array(const ir::Param& param) {
  return param.kind == ir::ParamKind::array && param.type.rank() > 0;
}

// A module compiled down to loops, for one layout of its arrays.
struct Compiled {
  ir::Module module;
  std::vector<std::string> symbols;  // of the kernels' code
};

// Kernels of both layouts that are equal share their code.
class KernelSymbols {
 public:
  void add(Compiled& compiled) {
    for (ir::KernelFunction& kernel : compiled.module.kernels) {
      ir::loops::Kernel named = *kernel.loops;
      named.name = "kernel";
      auto [found, fresh] = symbols_.try_emplace(ir::print(named));
      if (fresh) {
        found->second = "arrayc.k" + std::to_string(kernels_.size());
        kernels_.push_back({found->second, &*kernel.loops});
      }
      compiled.symbols.push_back(found->second);
    }
  }
  const std::vector<NamedKernel>& kernels() const { return kernels_; }

 private:
  std::map<std::string, std::string> symbols_;
  std::vector<NamedKernel> kernels_;
};

Compiled compile_for(ir::Module module, bool strided, const ir::Registry& registry,
                     const CompileOptions& options) {
  for (ir::Function& function : module.functions) {
    for (ir::Param& param : function.params) {
      param.layout = {!(strided && is_strided_array(param)), -1};
    }
  }
  const passes::Context context{registry, options.target};
  passes::run(passes::array_pipeline(), module, context, options.passes);
  passes::run(passes::kernel_pipeline(), module, context, options.passes);
  return {std::move(module), {}};
}

struct Everything {
  Compiled dense, strided;
  KernelSymbols symbols;
  std::vector<Signature> signatures;
  std::vector<std::optional<Variant>> strided_variants;  // of each function

  Variant variant(const Compiled& compiled, std::size_t f) const {
    return {&compiled.module.functions[f], &compiled.module.kernels, &compiled.symbols};
  }
};

void prepare(Everything& all, const ir::Module& module, const ir::Registry& registry,
             const CompileOptions& options) {
  all.dense = compile_for(module, false, registry, options);
  all.strided = compile_for(module, true, registry, options);
  all.symbols.add(all.dense);
  all.symbols.add(all.strided);
  for (std::size_t f = 0; f < all.dense.module.functions.size(); ++f) {
    const ir::Function& function = all.dense.module.functions[f];
    all.signatures.push_back(make_signature(function));
    all.strided_variants.emplace_back();
    if (std::any_of(function.params.begin(), function.params.end(), is_strided_array)) {
      all.strided_variants.back() = all.variant(all.strided, f);
    }
  }
  check_names(all.signatures);
}

std::string driver_of(const Everything& all) {
  std::string bodies;
  bool parallel = false;
  for (std::size_t f = 0; f < all.signatures.size(); ++f) {
    const Signature& signature = all.signatures[f];
    const Variant dense = all.variant(all.dense, f);
    const std::optional<Variant>& strided = all.strided_variants[f];
    parallel = parallel || is_parallel(dense) || (strided && is_parallel(*strided));
    bodies += body_text(signature, dense, false);
    if (strided) bodies += body_text(signature, *strided, true);
    bodies += entry_text(signature, *dense.function, strided.has_value());
  }
  return support_functions(parallel) + bodies;
}

std::string header_of(const Everything& all, const std::string& base_name,
                      const ir::Target& target) {
  std::vector<HeaderFunction> functions;
  for (std::size_t f = 0; f < all.signatures.size(); ++f) {
    const std::optional<Variant>& strided = all.strided_variants[f];
    functions.push_back(
        {&all.signatures[f], all.variant(all.dense, f), strided ? &*strided : nullptr});
  }
  return header_text(base_name, functions, target);
}

}  // namespace

std::string emit_ahead_of_time(ir::Module module, std::string_view kind,
                               const std::string& base_name, const ir::Registry& registry,
                               const CompileOptions& options, CodeGenerator& generator) {
  const std::map<std::string_view, OutputKind> kinds = {
      {"ll", OutputKind::llvm_ir}, {"s", OutputKind::assembly}, {"o", OutputKind::object}};
  const auto found = kinds.find(kind);
  if (kind != "h" && found == kinds.end()) {
    ir::user_error("the backend cpu does not write files of kind '" + std::string(kind) + "'", {},
                   "known: h, ll, o, s");
  }
  Everything all;
  prepare(all, module, registry, options);
  if (kind == "h") return header_of(all, base_name, options.target);
  std::string driver = driver_of(all);
  for (const NamedKernel& named : all.symbols.kernels()) {
    for (std::size_t stage = 0; stage < named.kernel->stages.size(); ++stage) {
      driver += "declare i32 @\"" + stage_symbol(named.symbol, stage) + "\"(ptr, i64, i64)\n";
    }
  }
  return generator.emit(found->second, base_name, driver, all.symbols.kernels());
}

}  // namespace arrayc::backends
