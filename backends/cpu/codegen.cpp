#include "backends/cpu/codegen.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "backends/llvm/emitter.h"
#include "backends/llvm/poison_check.h"
#include "ir/diagnostic.h"

namespace arrayc::backends {

namespace {

namespace orc = llvm::orc;

llvm::Triple triple_of(const ir::Target& target) {
  if (target.system.empty()) return llvm::Triple(llvm::sys::getProcessTriple());
  return llvm::Triple(llvm::Triple::normalize(target.system));
}

// The parser is for the inline assembly of files. Other systems' code generators are only asked
// for where they are used.
void initialize_llvm(const ir::Target& target) {
  static std::once_flag once, all;
  if (triple_of(target).getArch() == llvm::Triple(llvm::sys::getProcessTriple()).getArch()) {
    std::call_once(once, [] {
      llvm::InitializeNativeTarget();
      llvm::InitializeNativeTargetAsmPrinter();
      llvm::InitializeNativeTargetAsmParser();
    });
    return;
  }
  std::call_once(all, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
}

template <typename T>
T take(llvm::Expected<T> value, const char* what) {
  if (!value) ir::bug("llvm: " + std::string(what) + ": " + llvm::toString(value.takeError()));
  return std::move(*value);
}

void check(llvm::Error error, const char* what) {
  if (error) ir::bug("llvm: " + std::string(what) + ": " + llvm::toString(std::move(error)));
}

// Sorted, so that the text does not depend on a hash table's order.
std::string host_features() {
  std::vector<std::string> features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(features.begin(), features.end());
  std::string text;
  for (const std::string& feature : features) text += (text.empty() ? "" : ",") + feature;
  return text;
}

Machine machine_of(const ir::Target& target) {
  const bool native = target.processor.empty();
  Machine machine;
  machine.cpu = native ? llvm::sys::getHostCPUName().str() : target.processor;
  machine.features = native ? host_features() : "";
  machine.native_fma = target.fma;
  machine.native_minimum = target.level > 0;
  machine.native_minimum_64 = target.level >= 4;
  // Every x86-64-v3 has them; a machine that is asked may say otherwise.
  machine.native_half = triple_of(target).isAArch64() ||
                        (target.level >= 3 && machine.features.find("-f16c") == std::string::npos);
  machine.vector_bytes = static_cast<unsigned>(target.vector_bytes);
  machine.marks_guards = std::getenv("ARRAYC_CHECK_POISON") != nullptr;
  return machine;
}

void verify(const llvm::Module& module, const Machine& machine) {
  std::string problem;
  llvm::raw_string_ostream out(problem);
  if (llvm::verifyModule(module, &out)) ir::bug("llvm: the verifier refused a kernel: " + problem);
  if (!machine.marks_guards) return;
  for (const std::string& finding : find_unguarded(module)) problem += "\n" + finding;
  if (!problem.empty()) ir::bug("llvm: not guarded:" + problem);
}

// Where many programs run once, as in tests, ARRAYC_CODEGEN=fast halves the time to compile them.
llvm::CodeGenOptLevel codegen_level() {
  const char* wanted = std::getenv("ARRAYC_CODEGEN");
  const bool fast = wanted != nullptr && std::string_view(wanted) == "fast";
  return fast ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
}

}  // namespace

struct CodeGenerator::Impl {
  explicit Impl(const ir::Target& t) : target(t), machine(machine_of(t)) {}

  std::unique_ptr<llvm::TargetMachine> make_target_machine() const;
  // A target machine serves one thread at a time; they are kept for the next compile.
  std::unique_ptr<llvm::TargetMachine> borrow();
  void give_back(std::unique_ptr<llvm::TargetMachine> borrowed);
  orc::LLJIT& jit();
  void prepare(llvm::Module& module, const llvm::TargetMachine& tm) const;
  // Kernels of this process share the routine for large angles.
  void provide_angles(llvm::TargetMachine& tm);

  const ir::Target target;
  const Machine machine;
  std::mutex mutex;
  std::vector<std::unique_ptr<llvm::TargetMachine>> idle;
  std::unique_ptr<orc::LLJIT> jit_;
  std::atomic<std::uint64_t> serial{0};
  std::once_flag angles;
};

std::unique_ptr<llvm::TargetMachine> CodeGenerator::Impl::make_target_machine() const {
  const std::string triple = triple_of(target).str();
  std::string problem;
  const llvm::Target* found = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (found == nullptr) {
    ir::user_error("this build of LLVM makes no code for " + triple + ": " + problem);
  }
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(triple, machine.cpu, machine.features, llvm::TargetOptions(),
                                 llvm::Reloc::PIC_, std::nullopt, codegen_level()));
}

std::unique_ptr<llvm::TargetMachine> CodeGenerator::Impl::borrow() {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!idle.empty()) {
      auto taken = std::move(idle.back());
      idle.pop_back();
      return taken;
    }
  }
  return make_target_machine();
}

void CodeGenerator::Impl::give_back(std::unique_ptr<llvm::TargetMachine> borrowed) {
  const std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(borrowed));
}

orc::LLJIT& CodeGenerator::Impl::jit() {
  const std::lock_guard<std::mutex> lock(mutex);
  if (jit_ == nullptr) {
    orc::LLJITBuilder builder;
    builder.setJITTargetMachineBuilder(
        take(orc::JITTargetMachineBuilder::detectHost(), "this machine"));
    builder.setSupportConcurrentCompilation(true);
    builder.setPlatformSetUp(orc::setUpInactivePlatform);
    builder.setLinkProcessSymbolsByDefault(false);
    jit_ = take(builder.create(), "the JIT");
    // All that the code generator may call.
    orc::SymbolMap symbols;
    const auto define = [&](const char* name, auto* function) {
      symbols[jit_->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(function),
                                              llvm::JITSymbolFlags::Exported};
    };
    define("fmod", static_cast<double (*)(double, double)>(std::fmod));
    define("fmodf", static_cast<float (*)(float, float)>(std::fmod));
    define("fma", static_cast<double (*)(double, double, double)>(std::fma));
    define("fmaf", static_cast<float (*)(float, float, float)>(std::fma));
    define("memset", &std::memset);
    define("memcpy", &std::memcpy);
    define("memmove", &std::memmove);
    check(jit_->getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols))), "symbols");
  }
  return *jit_;
}

void CodeGenerator::Impl::prepare(llvm::Module& module, const llvm::TargetMachine& tm) const {
  module.setDataLayout(tm.createDataLayout());
  module.setTargetTriple(tm.getTargetTriple().str());
}

void CodeGenerator::Impl::provide_angles(llvm::TargetMachine& tm) {
  std::call_once(angles, [&] {
    llvm::LLVMContext context;
    llvm::Module module("angles", context);
    prepare(module, tm);
    emit_angles(module, machine);
    verify(module, machine);
    check(jit().addObjectFile(take(orc::SimpleCompiler(tm)(module), "code generation")),
          "loading a routine");
    // Complete before a kernel is linked with it: linking waits only for the address, and the
    // routine's memory may not be executable yet when the kernel is called.
    take(jit().lookup(angles_symbol), "linking a routine");
  });
}

namespace {

// Frees the kernel's memory with the last pointer to it.
class CompiledKernel final : public KernelCode {
 public:
  CompiledKernel(std::shared_ptr<void> owner, orc::ResourceTrackerSP tracker)
      : owner_(std::move(owner)), tracker_(std::move(tracker)) {}
  ~CompiledKernel() override { llvm::consumeError(tracker_->remove()); }

  std::int32_t run(std::uint32_t stage, const std::int64_t* slots, std::int64_t begin,
                   std::int64_t end) const override {
    return stages_[stage](slots, begin, end);
  }
  void add_stage(arrayc_stage stage) { stages_.push_back(stage); }

 private:
  std::shared_ptr<void> owner_;
  orc::ResourceTrackerSP tracker_;
  std::vector<arrayc_stage> stages_;
};

}  // namespace

CodeGenerator::CodeGenerator(const ir::Target& target) {
  initialize_llvm(target);
  impl_ = std::make_shared<Impl>(target);
}

CodeGenerator::~CodeGenerator() = default;

std::shared_ptr<const KernelCode> CodeGenerator::compile(const ir::loops::Kernel& kernel) {
  if (!ir::runs_here(impl_->target)) {
    ir::user_error("this processor cannot run code for " + impl_->target.cpu, {},
                   "choose the target native");
  }
  orc::LLJIT& jit = impl_->jit();
  const std::string symbol = "k" + std::to_string(impl_->serial++);
  auto tm = impl_->borrow();
  std::unique_ptr<llvm::MemoryBuffer> object;
  {
    llvm::LLVMContext context;
    llvm::Module module(kernel.name, context);
    impl_->prepare(module, *tm);
    emit_stages(module, kernel, symbol, impl_->machine);
    verify(module, impl_->machine);
    if (calls_angles(module)) impl_->provide_angles(*tm);
    object = take(orc::SimpleCompiler(*tm)(module), "code generation");
  }
  impl_->give_back(std::move(tm));
  auto tracker = jit.getMainJITDylib().createResourceTracker();
  check(jit.addObjectFile(tracker, std::move(object)), "loading a kernel");
  auto code = std::make_shared<CompiledKernel>(impl_, tracker);
  for (std::size_t stage = 0; stage < kernel.stages.size(); ++stage) {
    const auto address = take(jit.lookup(stage_symbol(symbol, stage)), "linking a kernel");
    code->add_stage(address.toPtr<arrayc_stage>());
  }
  return code;
}

std::string CodeGenerator::emit(OutputKind kind, const std::string& name, const std::string& driver,
                                const std::vector<NamedKernel>& kernels, bool on_any) {
  auto tm = impl_->borrow();
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(driver, problem, context);
  if (module == nullptr) ir::bug("llvm: the driver does not parse: " + problem.getMessage().str());
  module->setModuleIdentifier(name);
  module->setSourceFileName(name);
  impl_->prepare(*module, *tm);
  // One target's kernels after the other's: each target has its own routine for large angles.
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    const NamedKernel& named = kernels[k];
    Machine machine = machine_of(named.target);
    machine.marks_guards = impl_->machine.marks_guards;
    emit_stages(*module, *named.kernel, named.symbol, machine);
    for (std::size_t stage = 0; stage < named.kernel->stages.size(); ++stage) {
      module->getFunction(stage_symbol(named.symbol, stage))
          ->setLinkage(llvm::GlobalValue::InternalLinkage);
    }
    const bool last = k + 1 == kernels.size() || kernels[k + 1].target != named.target;
    if (!last || !calls_angles(*module)) continue;
    emit_angles(*module, machine);
    llvm::Function* angles = module->getFunction(angles_symbol);
    angles->setLinkage(llvm::GlobalValue::InternalLinkage);
    angles->setName(std::string(angles_symbol) + "." + named.target.cpu);
  }
  const bool x86 = triple_of(impl_->target).isX86();
  for (llvm::Function& function : *module) {
    if (function.isDeclaration() || function.hasFnAttribute("target-cpu")) continue;
    function.addFnAttr("target-cpu", on_any && x86 ? "x86-64" : impl_->machine.cpu);
    function.addFnAttr("target-features", on_any ? "" : impl_->machine.features);
  }
  verify(*module, impl_->machine);
  if (kind == OutputKind::llvm_ir) {
    std::string text;
    llvm::raw_string_ostream out(text);
    module->print(out, nullptr);
    impl_->give_back(std::move(tm));
    return out.str();
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  {
    llvm::legacy::PassManager passes;
    const auto file = kind == OutputKind::object ? llvm::CodeGenFileType::ObjectFile
                                                 : llvm::CodeGenFileType::AssemblyFile;
    if (tm->addPassesToEmitFile(passes, out, nullptr, file)) ir::bug("llvm: no such output");
    passes.run(*module);
  }
  impl_->give_back(std::move(tm));
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace arrayc::backends
