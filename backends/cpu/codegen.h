// Machine code from loop nests, by LLVM: run in this process, or written to files. Free of LLVM's
// headers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/executor.h"
#include "ir/target.h"

namespace arrayc::backends {

enum class OutputKind : std::uint8_t { llvm_ir, assembly, object };

struct NamedKernel {
  std::string symbol;
  const ir::loops::Kernel* kernel;
  ir::Target target;
};

// Compiles kernels for one target. Safe to use from several threads.
class CodeGenerator {
 public:
  explicit CodeGenerator(const ir::Target& target);
  ~CodeGenerator();
  CodeGenerator(const CodeGenerator&) = delete;
  CodeGenerator& operator=(const CodeGenerator&) = delete;

  // Code in this process's memory, freed with the last pointer to it. Throws a user error where
  // this machine cannot run the target's code.
  std::shared_ptr<const KernelCode> compile(const ir::loops::Kernel& kernel);
  // `driver` is LLVM IR of ours that declares and calls the kernels' stages; `name` is the
  // module's. All kernels are for the target's system, but may be for other processors. With
  // `on_any` the driver runs on every processor of the system.
  std::string emit(OutputKind kind, const std::string& name, const std::string& driver,
                   const std::vector<NamedKernel>& kernels, bool on_any);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace arrayc::backends
