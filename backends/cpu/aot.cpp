#include "backends/cpu/aot.h"

#include <algorithm>
#include <deque>
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

// Of one pattern of sizes: the functions that have so many patterns, for both layouts.
struct Level {
  Compiled dense, strided;
  std::vector<std::optional<std::size_t>> functions;  // where each source function is, if it is
};

// All about one source function.
struct FunctionParts {
  const ir::Function* source;
  std::vector<ir::Pattern> patterns;
  bool complete = true;  // these are all its patterns
  bool takes_arrays = false;
  Signature signature;
};

struct Everything {
  std::deque<Level> levels;
  KernelSymbols symbols;
  std::vector<FunctionParts> functions;

  Variant variant(std::size_t level, bool strided, std::size_t f) const {
    const Compiled& compiled = strided ? levels[level].strided : levels[level].dense;
    return {&compiled.module.functions[*levels[level].functions[f]], &compiled.module.kernels,
            &compiled.symbols};
  }
  std::vector<Variant> variants(bool strided, std::size_t f) const {
    std::vector<Variant> all;
    for (std::size_t p = 0; p < functions[f].patterns.size(); ++p) {
      all.push_back(variant(p, strided, f));
    }
    return all;
  }
};

// A function with more ways to broadcast is compiled for the first alone.
constexpr std::size_t most_patterns = 32;

void choose_patterns(Everything& all, const ir::Module& module) {
  for (const ir::Function& function : module.functions) {
    FunctionParts& parts = all.functions.emplace_back();
    parts.source = &function;
    parts.takes_arrays =
        std::any_of(function.params.begin(), function.params.end(), is_strided_array);
    if (!ir::has_stretches(function)) {
      parts.patterns.emplace_back();
      continue;
    }
    auto patterns = ir::all_patterns(function, most_patterns);
    parts.complete = patterns.has_value();
    if (patterns && !patterns->empty()) {
      parts.patterns = std::move(*patterns);
    } else {
      parts.patterns.push_back(ir::first_pattern(function));
    }
  }
}

void compile_levels(Everything& all, const ir::Module& module, const ir::Registry& registry,
                    const CompileOptions& options) {
  for (std::size_t p = 0;; ++p) {
    ir::Module one;
    one.source_file = module.source_file;
    std::vector<std::optional<std::size_t>> positions;
    for (const FunctionParts& parts : all.functions) {
      positions.emplace_back();
      if (p >= parts.patterns.size()) continue;
      positions.back() = one.functions.size();
      one.functions.push_back(ir::specialise(*parts.source, parts.patterns[p]));
    }
    if (one.functions.empty() && p > 0) return;
    Level& level = all.levels.emplace_back();
    level.functions = std::move(positions);
    level.dense = compile_for(one, false, registry, options);
    level.strided = compile_for(std::move(one), true, registry, options);
    all.symbols.add(level.dense);
    all.symbols.add(level.strided);
  }
}

void prepare(Everything& all, const ir::Module& module, const ir::Registry& registry,
             const CompileOptions& options) {
  choose_patterns(all, module);
  compile_levels(all, module, registry, options);
  std::vector<Signature> signatures;
  for (std::size_t f = 0; f < all.functions.size(); ++f) {
    std::vector<const ir::Function*> variants;
    for (const Variant& variant : all.variants(false, f)) variants.push_back(variant.function);
    FunctionParts& parts = all.functions[f];
    parts.signature = make_signature(*parts.source, variants);
    signatures.push_back(parts.signature);
  }
  check_names(signatures);
}

std::string bodies_of(const Everything& all, std::size_t f, bool strided) {
  const FunctionParts& parts = all.functions[f];
  const std::vector<Variant> variants = all.variants(strided, f);
  if (variants.size() == 1) {
    return body_text(body_name(parts.signature, strided), parts.signature, variants[0], strided);
  }
  std::string text;
  for (std::size_t p = 0; p < variants.size(); ++p) {
    text +=
        body_text(body_name(parts.signature, strided, p), parts.signature, variants[p], strided);
  }
  return text + dispatch_text(parts.signature, *parts.source, parts.patterns, strided);
}

std::string driver_of(const Everything& all) {
  std::string bodies;
  bool parallel = false;
  for (std::size_t f = 0; f < all.functions.size(); ++f) {
    const FunctionParts& parts = all.functions[f];
    for (const bool strided : {false, true}) {
      if (strided && !parts.takes_arrays) continue;
      for (const Variant& variant : all.variants(strided, f)) {
        parallel = parallel || is_parallel(variant);
      }
      bodies += bodies_of(all, f, strided);
    }
    bodies += entry_text(parts.signature, *parts.source, parts.takes_arrays);
  }
  return support_functions(parallel) + bodies;
}

std::string header_of(const Everything& all, const std::string& base_name,
                      const ir::Target& target) {
  std::vector<HeaderFunction> functions;
  for (std::size_t f = 0; f < all.functions.size(); ++f) {
    const FunctionParts& parts = all.functions[f];
    functions.push_back({&parts.signature,
                         parts.source,
                         &parts.patterns,
                         parts.complete,
                         all.variants(false, f),
                         {}});
    if (parts.takes_arrays) functions.back().strided = all.variants(true, f);
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
