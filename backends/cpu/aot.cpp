#include "backends/cpu/aot.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "backends/cpu/clones.h"
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
  KernelSymbols(const std::string& suffix, const ir::Target& target)
      : suffix_(suffix), target_(target) {}

  void add(Compiled& compiled) {
    for (ir::KernelFunction& kernel : compiled.module.kernels) {
      ir::loops::Kernel named = *kernel.loops;
      named.name = "kernel";
      auto [found, fresh] = symbols_.try_emplace(ir::print(named));
      if (fresh) {
        found->second = "arrayc.k" + std::to_string(kernels_.size()) + suffix_;
        kernels_.push_back({found->second, &*kernel.loops, target_});
      }
      compiled.symbols.push_back(found->second);
    }
  }
  const std::vector<NamedKernel>& kernels() const { return kernels_; }

 private:
  std::string suffix_;
  ir::Target target_;
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

// All code for one processor.
struct ClonedCode {
  ClonedCode(const ir::Target& t, const std::string& suffix_of_names)
      : target(t), suffix(suffix_of_names), symbols(suffix, t) {}
  ir::Target target;
  std::string suffix;  // of names
  std::deque<Level> levels;
  KernelSymbols symbols;
};

struct Everything {
  std::deque<ClonedCode> clones;  // the most able first
  bool guarded = false;           // which clone runs is decided when it runs
  std::vector<FunctionParts> functions;

  static Variant variant(const ClonedCode& clone, std::size_t level, bool strided, std::size_t f) {
    const Compiled& compiled = strided ? clone.levels[level].strided : clone.levels[level].dense;
    return {&compiled.module.functions[*clone.levels[level].functions[f]], &compiled.module.kernels,
            &compiled.symbols};
  }
  std::vector<Variant> variants(const ClonedCode& clone, bool strided, std::size_t f) const {
    std::vector<Variant> all;
    for (std::size_t p = 0; p < functions[f].patterns.size(); ++p) {
      all.push_back(variant(clone, p, strided, f));
    }
    return all;
  }
  std::vector<Variant> variants(bool strided, std::size_t f) const {
    std::vector<Variant> all;
    for (const ClonedCode& clone : clones) {
      for (const Variant& v : variants(clone, strided, f)) all.push_back(v);
    }
    return all;
  }
  std::vector<ir::Target> targets() const {
    std::vector<ir::Target> all;
    for (const ClonedCode& clone : clones) all.push_back(clone.target);
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

void compile_levels(const Everything& all, ClonedCode& clone, const ir::Module& module,
                    const ir::Registry& registry, const CompileOptions& options) {
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
    Level& level = clone.levels.emplace_back();
    level.functions = std::move(positions);
    level.dense = compile_for(one, false, registry, options);
    level.strided = compile_for(std::move(one), true, registry, options);
    clone.symbols.add(level.dense);
    clone.symbols.add(level.strided);
  }
}

void prepare(Everything& all, const ir::Module& module, const ir::Registry& registry,
             const CompileOptions& options) {
  choose_patterns(all, module);
  const std::vector<ir::Target> targets =
      options.clones.empty() ? std::vector{options.target} : options.clones;
  // What is made for this very machine is not asked whether it runs there.
  all.guarded = targets.front().level > 0 && !targets.front().processor.empty();
  for (const ir::Target& target : targets) {
    CompileOptions one = options;
    one.target = target;
    compile_levels(all, all.clones.emplace_back(target, all.guarded ? "." + target.cpu : ""),
                   module, registry, one);
  }
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

std::string bodies_of(const Everything& all, const ClonedCode& clone, std::size_t f, bool strided) {
  const FunctionParts& parts = all.functions[f];
  const std::string name = body_name(parts.signature, strided) + clone.suffix;
  const std::vector<Variant> variants = all.variants(clone, strided, f);
  if (variants.size() == 1) return body_text(name, parts.signature, variants[0], strided);
  std::string text;
  for (std::size_t p = 0; p < variants.size(); ++p) {
    text += body_text(pattern_name(name, p), parts.signature, variants[p], strided);
  }
  return text + dispatch_text(name, parts.signature, *parts.source, parts.patterns, strided);
}

std::string bodies_of(const Everything& all, std::size_t f, bool strided) {
  const std::string name = body_name(all.functions[f].signature, strided);
  std::string text;
  std::vector<Clone> clones;
  for (const ClonedCode& clone : all.clones) {
    text += bodies_of(all, clone, f, strided);
    clones.push_back({clone.target.level, name + clone.suffix});
  }
  return all.guarded ? text + clones_text(name, clones) : text;
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
  return support_functions(all.clones.front().target, parallel) +
         (all.guarded ? level_text() : "") + bodies;
}

std::string header_of(const Everything& all, const std::string& base_name) {
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
  return header_text(base_name, functions, all.targets());
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
  if (kind == "h") return header_of(all, base_name);
  std::string driver = driver_of(all);
  std::vector<NamedKernel> kernels;
  for (const ClonedCode& clone : all.clones) {
    kernels.insert(kernels.end(), clone.symbols.kernels().begin(), clone.symbols.kernels().end());
  }
  for (const NamedKernel& named : kernels) {
    for (std::size_t stage = 0; stage < named.kernel->stages.size(); ++stage) {
      driver += "declare i32 @\"" + stage_symbol(named.symbol, stage) + "\"(ptr, i64, i64)\n";
    }
  }
  return generator.emit(found->second, base_name, driver, kernels, all.guarded);
}

}  // namespace arrayc::backends
