#include "backends/llvm/poison_check.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/IntrinsicsAArch64.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Metadata.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <functional>
#include <map>

namespace arrayc::backends {

namespace {

using llvm::Attribute;
using llvm::Constant;
using llvm::ConstantInt;
using llvm::Instruction;
using llvm::Value;
namespace Intrinsic = llvm::Intrinsic;

enum class Hazard { division, shift, alignment, tail_call };

struct Helper {
  std::string_view name;
  Hazard hazard;
};

// Functions of Values, StageEmitter and Reduction, then those that objects bring along.
constexpr Helper helpers[] = {{"floor_div", Hazard::division},
                              {"floor_rem", Hazard::division},
                              {"gcd", Hazard::shift},
                              {"shift", Hazard::shift},
                              {"fold_chunks", Hazard::shift},
                              {"write_past_caches", Hazard::alignment},
                              {"go_on_beyond", Hazard::tail_call},
                              {"arrayc.floor_div", Hazard::division},
                              {"arrayc.worker", Hazard::division},
                              {"arrayc.parallel", Hazard::division}};

bool is_guarded(const Instruction& i, Hazard hazard) {
  const llvm::MDNode* mark = i.getMetadata(guard_mark);
  if (mark == nullptr || mark->getNumOperands() != 1) return false;
  const auto* text = llvm::dyn_cast<llvm::MDString>(mark->getOperand(0));
  return text != nullptr && std::ranges::any_of(helpers, [&](const Helper& helper) {
           return helper.name == std::string_view(text->getString()) && helper.hazard == hazard;
         });
}

unsigned lanes_of(const Value& v) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(v.getType());
  return vector != nullptr ? vector->getNumElements() : 1;
}

// Whether v is a constant, and each of its lanes an integer that `test` accepts.
bool is_constant(const Value* v, const std::function<bool(const llvm::APInt&)>& test) {
  const auto* constant = llvm::dyn_cast<Constant>(v);
  if (constant == nullptr) return false;
  for (unsigned lane = 0; lane < lanes_of(*v); ++lane) {
    const Constant* one =
        v->getType()->isVectorTy() ? constant->getAggregateElement(lane) : constant;
    const auto* number = llvm::dyn_cast_or_null<ConstantInt>(one);
    if (number == nullptr || !test(number->getValue())) return false;
  }
  return true;
}

// Never poison for operands that are not, nor undefined.
bool is_harmless(Intrinsic::ID id) {
  switch (id) {
    case Intrinsic::fabs:
    case Intrinsic::copysign:
    case Intrinsic::fma:
    case Intrinsic::sqrt:
    case Intrinsic::floor:
    case Intrinsic::ceil:
    case Intrinsic::trunc:
    case Intrinsic::roundeven:
    case Intrinsic::minimum:
    case Intrinsic::maximum:
    case Intrinsic::smin:
    case Intrinsic::smax:
    case Intrinsic::umin:
    case Intrinsic::umax:
    case Intrinsic::fptosi_sat:
    case Intrinsic::fptoui_sat:
    case Intrinsic::umul_with_overflow:
    case Intrinsic::vector_reduce_or:
    case Intrinsic::vector_reduce_fadd:
    case Intrinsic::vector_reduce_fmul:
    case Intrinsic::masked_load:
    case Intrinsic::masked_store:
    case Intrinsic::prefetch:
    case Intrinsic::memcpy:
    case Intrinsic::memset:
    case Intrinsic::x86_sse_sfence:
    case Intrinsic::x86_sse_stmxcsr:
    case Intrinsic::x86_sse_ldmxcsr:
    case Intrinsic::aarch64_get_fpcr:
    case Intrinsic::aarch64_set_fpcr:
      return true;
    default:
      return false;
  }
}

class Checker {
 public:
  explicit Checker(const llvm::Module& module) : module_(module) {}

  std::vector<std::string> run() {
    for (const llvm::Function& function : module_) {
      if (function.isIntrinsic()) continue;
      check_attributes(function);
      for (const Instruction& i : llvm::instructions(function)) check(i);
    }
    return std::move(findings_);
  }

 private:
  void report(const Instruction& i, const std::string& what) {
    std::string line;
    llvm::raw_string_ostream out(line);
    out << i.getFunction()->getName() << ":";
    i.print(out);
    findings_.push_back(out.str() + ": " + what);
  }

  // Promises about arguments, results and the environment, none of which is needed.
  void check_attributes(const llvm::Function& function) {
    const std::string name = function.getName().str();
    const llvm::AttributeList all = function.getAttributes();
    for (const unsigned index : all.indexes()) {
      for (const Attribute& a : all.getAttributes(index)) {
        const bool of_function = index == llvm::AttributeList::FunctionIndex;
        const bool known = a.isStringAttribute() ? a.getKindAsString().starts_with("target-") ||
                                                       a.getKindAsString() == "prefer-vector-width"
                                                 : a.hasAttribute(Attribute::NoUnwind) ||
                                                       a.hasAttribute(Attribute::NoInline);
        if (!of_function || !known) findings_.push_back(name + ": attribute " + a.getAsString());
      }
    }
  }

  void check(const Instruction& i) {
    if (i.hasPoisonGeneratingFlags()) report(i, "a flag that makes poison");
    if (llvm::isa<llvm::FPMathOperator>(i) && i.getFastMathFlags().any()) {
      report(i, "a fast-math flag");
    }
    check_metadata(i);
    check_operands(i);
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&i)) return check_call(*call);
    if (const Value* pointer = llvm::getLoadStorePointerOperand(&i))
      return check_access(i, pointer);
    check_opcode(i);
  }

  void check_metadata(const Instruction& i) {
    llvm::SmallVector<std::pair<unsigned, llvm::MDNode*>, 4> all;
    i.getAllMetadata(all);
    const unsigned mark = module_.getContext().getMDKindID(guard_mark);
    for (const auto& [kind, node] : all) {
      if (kind == llvm::LLVMContext::MD_prof || kind == llvm::LLVMContext::MD_nontemporal) continue;
      if (kind != mark) report(i, "metadata that promises something");
    }
  }

  // Which lanes of a vector under construction are poison or undefined.
  const llvm::APInt& poison_lanes(const Value* v) {
    const auto [found, fresh] = poison_.try_emplace(v, llvm::APInt::getZero(lanes_of(*v)));
    if (!fresh) return found->second;
    llvm::APInt lanes = found->second;
    if (const auto* constant = llvm::dyn_cast<Constant>(v)) {
      for (unsigned lane = 0; lane < lanes.getBitWidth(); ++lane) {
        const Constant* one =
            v->getType()->isVectorTy() ? constant->getAggregateElement(lane) : constant;
        if (llvm::isa_and_nonnull<llvm::UndefValue>(one)) lanes.setBit(lane);
      }
    } else if (const auto* insert = llvm::dyn_cast<llvm::InsertElementInst>(v)) {
      lanes = poison_lanes(insert->getOperand(0));
      const auto* at = llvm::dyn_cast<ConstantInt>(insert->getOperand(2));
      if (at != nullptr && at->getValue().ult(lanes.getBitWidth())) {
        lanes.clearBit(static_cast<unsigned>(at->getZExtValue()));
      }
    } else if (const auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(v)) {
      const unsigned half = lanes_of(*shuffle->getOperand(0));
      for (unsigned lane = 0; lane < lanes.getBitWidth(); ++lane) {
        const int from = shuffle->getMaskValue(lane);
        const auto at = static_cast<unsigned>(from);
        if (from < 0 || poison_lanes(shuffle->getOperand(at < half ? 0 : 1))[at % half]) {
          lanes.setBit(lane);
        }
      }
    }
    return poison_[v] = lanes;
  }

  // What LLVM leaves of a bitcast of a vector of one lane.
  static bool is_bits_of_numbers(const llvm::ConstantExpr& e) {
    return e.getOpcode() == Instruction::BitCast &&
           !e.getOperand(0)->containsUndefOrPoisonElement() &&
           !llvm::isa<llvm::ConstantExpr>(e.getOperand(0));
  }

  void check_operands(const Instruction& i) {
    for (unsigned k = 0; k < i.getNumOperands(); ++k) {
      const Value* v = i.getOperand(k);
      const auto* expression = llvm::dyn_cast<llvm::ConstantExpr>(v);
      if (expression != nullptr && !is_bits_of_numbers(*expression)) {
        report(i, "a constant expression");
      }
      if (!llvm::isa<Constant>(v) && !llvm::isa<Instruction>(v)) continue;
      const bool builds = llvm::isa<llvm::ShuffleVectorInst>(i) ||
                          (llvm::isa<llvm::InsertElementInst>(i) && k == 0);
      if (builds || poison_lanes(v).isZero()) continue;
      const auto* extract = llvm::dyn_cast<llvm::ExtractElementInst>(&i);
      const auto* lane =
          extract != nullptr ? llvm::dyn_cast<ConstantInt>(extract->getIndexOperand()) : nullptr;
      if (k == 0 && lane != nullptr && lane->getValue().ult(lanes_of(*v)) &&
          !poison_lanes(v)[static_cast<unsigned>(lane->getZExtValue())]) {
        continue;
      }
      report(i, "uses lanes that are poison");
    }
  }

  void check_call(const llvm::CallBase& call) {
    if (!llvm::isa<llvm::CallInst>(call)) report(call, "not known to be harmless");
    const llvm::Function* callee = call.getCalledFunction();
    if (call.hasRetAttr(Attribute::NoUndef) || call.hasPoisonGeneratingReturnAttributes() ||
        (!call.getAttributes().isEmpty() && (callee == nullptr || !callee->isIntrinsic()))) {
      report(call, "attributes that promise something");
    }
    const auto* plain = llvm::dyn_cast<llvm::CallInst>(&call);
    if (plain != nullptr && plain->isTailCall() && !is_guarded(call, Hazard::tail_call)) {
      report(call, "promises that the stack is not used");
    }
    if (callee == nullptr) return;
    if (callee->getFunctionType() != call.getFunctionType() ||
        callee->getCallingConv() != call.getCallingConv()) {
      report(call, "another type than the function's");
    }
    const Intrinsic::ID id = callee->getIntrinsicID();
    const bool may_refuse = id == Intrinsic::abs || id == Intrinsic::ctlz || id == Intrinsic::cttz;
    if (may_refuse && !llvm::cast<Constant>(call.getArgOperand(1))->isNullValue()) {
      report(call, "poison for some operand");
    }
    if (callee->isIntrinsic() && !may_refuse && !is_harmless(id)) {
      report(call, "an intrinsic that is not known to be harmless");
    }
  }

  // Elements lie at multiples of their size; more has to be seen in the address.
  void check_access(const Instruction& i, const Value* pointer) {
    const llvm::DataLayout& layout = module_.getDataLayout();
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(&i);
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&i);
    const llvm::Align align = load != nullptr ? load->getAlign() : store->getAlign();
    llvm::Type* type = load != nullptr ? load->getType() : store->getValueOperand()->getType();
    const auto item = layout.getTypeStoreSize(type->getScalarType());
    const bool past_caches = i.getMetadata(llvm::LLVMContext::MD_nontemporal) != nullptr;
    const bool natural = align.value() <= item.getFixedValue() && !past_caches;
    if (natural || is_guarded(i, Hazard::alignment)) return;
    const unsigned zeros = llvm::computeKnownBits(pointer, layout).countMinTrailingZeros();
    if (past_caches || zeros < llvm::Log2(align)) report(i, "an alignment that nothing shows");
  }

  void check_index(const Instruction& i, const Value* index, const Value* vector) {
    const auto* at = llvm::dyn_cast<ConstantInt>(index);
    if (at == nullptr || at->getValue().uge(lanes_of(*vector))) report(i, "a lane that may not be");
  }

  void check_opcode(const Instruction& i) {
    switch (i.getOpcode()) {
      case Instruction::UDiv:
      case Instruction::SDiv:
      case Instruction::URem:
      case Instruction::SRem: {
        const bool is_signed =
            i.getOpcode() == Instruction::SDiv || i.getOpcode() == Instruction::SRem;
        const bool safe = is_constant(i.getOperand(1), [&](const llvm::APInt& divisor) {
          return !divisor.isZero() && !(is_signed && divisor.isAllOnes());
        });
        if (!safe && !is_guarded(i, Hazard::division)) report(i, "a divisor that may trap");
        return;
      }
      case Instruction::Shl:
      case Instruction::LShr:
      case Instruction::AShr: {
        const bool safe = is_constant(i.getOperand(1), [](const llvm::APInt& amount) {
          return amount.ult(amount.getBitWidth());
        });
        if (!safe && !is_guarded(i, Hazard::shift)) report(i, "an amount that may be too large");
        return;
      }
      case Instruction::ExtractElement:
        return check_index(i, i.getOperand(1), i.getOperand(0));
      case Instruction::InsertElement:
        return check_index(i, i.getOperand(2), i.getOperand(0));
      default:
        if (!is_harmless_opcode(i.getOpcode())) report(i, "not known to be harmless");
    }
  }

  static bool is_harmless_opcode(unsigned opcode) {
    constexpr unsigned known[] = {Instruction::Ret,         Instruction::Br,
                                  Instruction::FNeg,        Instruction::Add,
                                  Instruction::FAdd,        Instruction::Sub,
                                  Instruction::FSub,        Instruction::Mul,
                                  Instruction::FMul,        Instruction::FDiv,
                                  Instruction::FRem,        Instruction::And,
                                  Instruction::Or,          Instruction::Xor,
                                  Instruction::Alloca,      Instruction::GetElementPtr,
                                  Instruction::Fence,       Instruction::AtomicRMW,
                                  Instruction::Trunc,       Instruction::ZExt,
                                  Instruction::SExt,        Instruction::UIToFP,
                                  Instruction::SIToFP,      Instruction::FPTrunc,
                                  Instruction::FPExt,       Instruction::PtrToInt,
                                  Instruction::BitCast,     Instruction::ICmp,
                                  Instruction::FCmp,        Instruction::PHI,
                                  Instruction::Select,      Instruction::ShuffleVector,
                                  Instruction::ExtractValue};
    return std::ranges::find(known, opcode) != std::end(known);
  }

  const llvm::Module& module_;
  std::vector<std::string> findings_;
  std::map<const Value*, llvm::APInt> poison_;
};

}  // namespace

Value* mark_guarded(Value* made, std::string_view helper) {
  if (auto* i = llvm::dyn_cast<Instruction>(made)) {
    llvm::LLVMContext& context = i->getContext();
    const llvm::StringRef name(helper.data(), helper.size());
    i->setMetadata(guard_mark, llvm::MDNode::get(context, llvm::MDString::get(context, name)));
  }
  return made;
}

std::vector<std::string> find_unguarded(const llvm::Module& module) {
  return Checker(module).run();
}

}  // namespace arrayc::backends
