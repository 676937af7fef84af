#include "backends/llvm/emitter.h"

#include <llvm/IR/Module.h>

#include "backends/llvm/angles.h"
#include "backends/llvm/stage.h"
#include "ir/formulas/angle.h"

namespace arrayc::backends {

namespace {

void add_attributes(llvm::Function& function, const Machine& machine) {
  function.addFnAttr(llvm::Attribute::NoUnwind);
  function.addFnAttr("target-cpu", machine.cpu);
  function.addFnAttr("target-features", machine.features);
  if (machine.vector_bytes >= 64) function.addFnAttr("prefer-vector-width", "512");
}

Native native_of(const Machine& machine) {
  return {machine.native_minimum, machine.native_minimum_64, machine.native_fma,
          machine.native_half, machine.marks_guards};
}

// Writes a formula into a function, one element at a time.
class FormulaWriter final : public ir::ScalarBuilder {
 public:
  FormulaWriter(llvm::IRBuilder<>& builder, Native native) : values_of_(builder, native) {}

  Reg add(llvm::Value* value, ir::DType type) {
    values_.push_back({value, type, {}});
    return static_cast<Reg>(values_.size() - 1);
  }
  Reg constant(ir::Scalar value) override {
    return add(values_of_.constant(value, 1), value.dtype);
  }
  Reg emit(ir::Prim p, ir::DType out, std::span<const Reg> args) override {
    std::vector<Operand> operands;
    for (const Reg arg : args) operands.push_back(values_[arg]);
    return add(values_of_.prim(p, out, operands), out);
  }
  ir::DType type_of(Reg r) const override { return values_[r].type; }
  bool has_fma() const override { return true; }
  llvm::Value* value(Reg r) const { return values_[r].value; }

 private:
  Values values_of_;
  std::vector<Operand> values_;
};

}  // namespace

std::string stage_symbol(const std::string& symbol, std::size_t stage) {
  return symbol + ".s" + std::to_string(stage);
}

void emit_stages(llvm::Module& module, const ir::loops::Kernel& kernel, const std::string& symbol,
                 const Machine& machine) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* i64 = llvm::Type::getInt64Ty(context);
  auto* type = llvm::FunctionType::get(llvm::Type::getInt32Ty(context),
                                       {llvm::PointerType::getUnqual(context), i64, i64}, false);
  const KernelInfo info(kernel);
  for (std::size_t stage = 0; stage < kernel.stages.size(); ++stage) {
    auto* function = llvm::cast<llvm::Function>(
        module.getOrInsertFunction(stage_symbol(symbol, stage), type).getCallee());
    add_attributes(*function, machine);
    const ir::loops::Id id = kernel.stages[stage];
    const Streams streams = find_streams(kernel, id);
    llvm::Function* beyond = nullptr;
    if (streams.worthwhile) {
      beyond = llvm::Function::Create(type, llvm::Function::InternalLinkage,
                                      function->getName() + ".beyond", module);
      add_attributes(*beyond, machine);
      StageEmitter(*beyond, info, native_of(machine), machine.vector_bytes, &streams).emit(id);
    }
    StageEmitter emitter(*function, info, native_of(machine), machine.vector_bytes);
    if (const auto buffers = find_lane_buffers(info, id)) {
      llvm::Function* rest = llvm::Function::Create(type, llvm::Function::InternalLinkage,
                                                    function->getName() + ".rest", module);
      add_attributes(*rest, machine);
      rest->addFnAttr(llvm::Attribute::NoInline);
      StageEmitter(*rest, info, native_of(machine), machine.vector_bytes)
          .emit_rest(id, *buffers, *function);
      emitter.leave_rest_to(*rest);
    }
    emitter.emit(id, beyond, streams.bytes);
  }
}

llvm::FunctionCallee angles_function(llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  return module.getOrInsertFunction(angles_symbol, llvm::Type::getVoidTy(context), pointer, pointer,
                                    pointer, pointer, llvm::Type::getInt64Ty(context));
}

bool calls_angles(const llvm::Module& module) {
  return module.getFunction(angles_symbol) != nullptr;
}

void emit_angles(llvm::Module& module, const Machine& machine) {
  auto* function = llvm::cast<llvm::Function>(angles_function(module).getCallee());
  add_attributes(*function, machine);
  function->addFnAttr(llvm::Attribute::NoInline);
  llvm::IRBuilder<> b(module.getContext());
  auto* entry = llvm::BasicBlock::Create(module.getContext(), "entry", function);
  auto* loop = llvm::BasicBlock::Create(module.getContext(), "loop", function);
  auto* done = llvm::BasicBlock::Create(module.getContext(), "done", function);
  b.SetInsertPoint(entry);
  b.CreateBr(loop);
  b.SetInsertPoint(loop);
  llvm::PHINode* i = b.CreatePHI(b.getInt64Ty(), 2, "i");
  i->addIncoming(b.getInt64(0), entry);
  const auto item = [&](unsigned arg) {
    return b.CreateGEP(b.getInt64Ty(), function->getArg(arg), i);
  };
  FormulaWriter formula(b, native_of(machine));
  const auto x = formula.add(b.CreateLoad(b.getDoubleTy(), item(0)), ir::DType::F64);
  const ir::formulas::Angle angle = ir::formulas::reduce_angle(formula, x);
  b.CreateStore(formula.value(angle.turns), item(1));
  b.CreateStore(formula.value(angle.high), item(2));
  b.CreateStore(formula.value(angle.low), item(3));
  llvm::Value* next = b.CreateAdd(i, b.getInt64(1));
  i->addIncoming(next, b.GetInsertBlock());
  b.CreateCondBr(b.CreateICmpSLT(next, function->getArg(4)), loop, done);
  b.SetInsertPoint(done);
  b.CreateRetVoid();
}

}  // namespace arrayc::backends
