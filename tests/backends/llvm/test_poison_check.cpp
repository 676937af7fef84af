// What the check of emitted code refuses, that a mark excuses only what its helper guards, and that
// all that the emitter makes passes.
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/SourceMgr.h>

#include <algorithm>
#include <cstdlib>

#include "backends/llvm/emitter.h"
#include "backends/llvm/poison_check.h"
#include "frontend/numpy/numpy.h"
#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;

namespace {

using backends::find_unguarded;
using ir::DType;

std::unique_ptr<llvm::Module> parsed_llvm(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(text, problem, context);
  INFO(text << problem.getMessage().str());
  REQUIRE(module != nullptr);
  return module;
}

std::vector<std::string> findings_of_module(const std::string& text) {
  llvm::LLVMContext context;
  return find_unguarded(*parsed_llvm(context, text));
}

// Of these instructions in a function of integers x and y, numbers f and g, vectors v and w, p.
std::vector<std::string> findings(const std::string& body) {
  return findings_of_module(
      "declare i32 @llvm.abs.i32(i32, i1)\ndeclare i32 @llvm.ctlz.i32(i32, i1)\n"
      "declare i32 @llvm.cttz.i32(i32, i1)\ndeclare i32 @llvm.ushl.sat.i32(i32, i32)\n"
      "declare i32 @llvm.fptosi.sat.i32.f64(double)\ndeclare i32 @other(ptr)\n"
      "define void @f(i32 %x, i32 %y, double %f, double %g, <4 x i32> %v, <4 x i32> %w, ptr %p) "
      "{\n  " +
      body + "\n  ret void\n}\n");
}

// Refused, and what the line says.
void refused(const std::string& body, const std::string& what) {
  const std::vector<std::string> found = findings(body);
  INFO(body);
  REQUIRE(found.size() >= 1);
  INFO(found[0]);
  CHECK(found[0].starts_with("f:"));
  CHECK(found[0].find(what) != std::string::npos);
}

void accepted(const std::string& body) {
  const std::vector<std::string> found = findings(body);
  INFO(body << (found.empty() ? "" : found[0]));
  CHECK(found.empty());
}

}  // namespace

TEST_CASE("flags are refused, whoever marks them", "[poison]") {
  for (const char* body :
       {"%a = add nsw i32 %x, %y", "%a = mul nuw i32 %x, %y", "%a = udiv exact i32 %x, 3",
        "%a = lshr exact i32 %x, 3", "%a = getelementptr inbounds i8, ptr %p, i32 %x",
        "%a = or disjoint i32 %x, %y", "%a = zext nneg i32 %x to i64",
        "%a = trunc nuw i32 %x to i8", "%a = fadd nnan double %f, %g",
        "%a = shl nsw i32 %x, 3, !arrayc.guarded !{!\"shift\"}"}) {
    refused(body, "a flag that makes poison");
  }
  for (const char* flag : {"reassoc", "contract", "afn", "arcp", "nsz", "fast"}) {
    refused(std::string("%a = fmul ") + flag + " double %f, %g", "flag");
  }
}

TEST_CASE("divisions need a guard or a constant", "[poison]") {
  for (const char* op : {"udiv", "sdiv", "urem", "srem"}) {
    const std::string by = std::string("%a = ") + op + " i32 %x, ";
    refused(by + "%y", "a divisor that may trap");
    refused(by + "0", "a divisor that may trap");
    accepted(by + "7");
    accepted(by + "%y, !arrayc.guarded !{!\"floor_div\"}");
    refused(by + "%y, !arrayc.guarded !{!\"shift\"}", "a divisor that may trap");
    refused(by + "%y, !arrayc.guarded !{!\"somebody\"}", "a divisor that may trap");
    refused(by + "%y, !arrayc.guarded !{}", "a divisor that may trap");
    refused(by + "%y, !arrayc.other !{!\"floor_div\"}", "metadata");
  }
  refused("%a = sdiv i32 %x, -1", "a divisor that may trap");
  accepted("%a = udiv i32 %x, -1");
  refused("%a = sdiv <4 x i32> %v, <i32 1, i32 2, i32 0, i32 3>", "a divisor that may trap");
  accepted("%a = sdiv <4 x i32> %v, <i32 1, i32 2, i32 5, i32 3>");
}

TEST_CASE("shifts need a guard or a constant that is small enough", "[poison]") {
  for (const char* op : {"shl", "lshr", "ashr"}) {
    const std::string by = std::string("%a = ") + op + " i32 %x, ";
    refused(by + "%y", "an amount that may be too large");
    refused(by + "32", "an amount that may be too large");
    accepted(by + "31");
    accepted(by + "%y, !arrayc.guarded !{!\"gcd\"}");
    refused(by + "%y, !arrayc.guarded !{!\"floor_div\"}", "an amount that may be too large");
  }
  refused("%a = shl <4 x i32> %v, <i32 1, i32 2, i32 32, i32 3>", "an amount");
}

TEST_CASE("conversions saturate", "[poison]") {
  refused("%a = fptosi double %f to i32", "not known to be harmless");
  refused("%a = fptoui double %f to i32", "not known to be harmless");
  accepted("%a = call i32 @llvm.fptosi.sat.i32.f64(double %f)");
}

TEST_CASE("intrinsics that refuse an operand, or are unknown", "[poison]") {
  for (const char* name : {"abs", "ctlz", "cttz"}) {
    const std::string call = std::string("%a = call i32 @llvm.") + name + ".i32(i32 %x, i1 ";
    refused(call + "true)", "poison for some operand");
    accepted(call + "false)");
  }
  refused("%a = call i32 @llvm.ushl.sat.i32(i32 %x, i32 %y)", "an intrinsic that is not known");
}

TEST_CASE("metadata and attributes that promise something", "[poison]") {
  refused("%a = load i32, ptr %p, !range !{i32 0, i32 2}", "metadata");
  refused("%a = load ptr, ptr %p, !nonnull !{}", "metadata");
  refused("%a = load i32, ptr %p, !noundef !{}", "metadata");
  refused("%a = load i32, ptr %p, !invariant.load !{}", "metadata");
  refused("%a = call noundef i32 @other(ptr %p)", "attributes");
  refused("%a = call i32 @other(ptr nonnull %p)", "attributes");
  refused("%a = tail call i32 @other(ptr %p)", "the stack");
  accepted("%a = call i32 @other(ptr %p)");
  for (const char* attribute : {"noalias", "noundef", "align 64"}) {
    CHECK(findings_of_module(std::string("define void @f(ptr ") + attribute +
                             " %p) {\n  ret void\n}\n")
              .size() == 1);
  }
  CHECK(findings_of_module("define void @f() \"no-nans-fp-math\"=\"true\" {\n  ret void\n}\n")
            .size() == 1);
  CHECK(findings_of_module("define void @f() willreturn {\n  ret void\n}\n").size() == 1);
  CHECK(findings_of_module("define void @f() nounwind \"target-cpu\"=\"x\" {\n  ret void\n}\n")
            .empty());
  CHECK(findings_of_module("define void @f() {\n  unreachable\n}\n").size() == 1);
}

TEST_CASE("alignment beyond an element's is seen in the address", "[poison]") {
  refused("%a = load i32, ptr %p, align 8", "an alignment");
  refused("%a = load <4 x i32>, ptr %p", "an alignment");
  accepted("%a = load <4 x i32>, ptr %p, align 4");
  accepted("%m = alloca [16 x i32], align 64\n  %a = load <4 x i32>, ptr %m, align 64");
  refused(
      "%m = alloca [16 x i32], align 64\n  %q = getelementptr i8, ptr %m, i64 4\n"
      "  %a = load <4 x i32>, ptr %q, align 16",
      "an alignment");
  refused("store <4 x i32> %v, ptr %p, align 4, !nontemporal !{i32 1}", "an alignment");
  accepted(
      "store <4 x i32> %v, ptr %p, align 64, !nontemporal !{i32 1}, "
      "!arrayc.guarded !{!\"write_past_caches\"}");
}

TEST_CASE("lanes that are poison are replaced before they are used", "[poison]") {
  refused("%a = add i32 %x, poison", "poison");
  refused("%a = add i32 %x, undef", "poison");
  refused("%a = add <4 x i32> %v, <i32 1, i32 poison, i32 2, i32 3>", "poison");
  const std::string two =
      "%s = shufflevector <4 x i32> %v, <4 x i32> %w, <4 x i32> <i32 0, i32 2, i32 poison, i32 "
      "poison>\n  ";
  refused(two + "%a = add <4 x i32> %s, %v", "poison");
  refused(two + "store <4 x i32> %s, ptr %p, align 4", "poison");
  refused(two + "%a = extractelement <4 x i32> %s, i32 2", "poison");
  accepted(two + "%a = extractelement <4 x i32> %s, i32 1");
  accepted(two +
           "%t = shufflevector <4 x i32> %s, <4 x i32> %w, <4 x i32> <i32 0, i32 1, i32 4, "
           "i32 5>\n  %a = add <4 x i32> %t, %v");
  accepted(two +
           "%t = insertelement <4 x i32> %s, i32 %x, i32 2\n  "
           "%u = insertelement <4 x i32> %t, i32 %x, i32 3\n  %a = add <4 x i32> %u, %v");
  accepted(
      "%s = insertelement <4 x i32> poison, i32 %x, i32 0\n  "
      "%t = shufflevector <4 x i32> %s, <4 x i32> poison, <4 x i32> zeroinitializer\n  "
      "%a = add <4 x i32> %t, %v");
  refused("%a = extractelement <4 x i32> %v, i32 %x", "a lane that may not be");
  refused("%a = insertelement <4 x i32> %v, i32 %x, i32 4", "a lane that may not be");
}

namespace {

// A generator that marks and checks, as all do in tests; other than that nothing is marked.
std::unique_ptr<backends::CodeGenerator> checking(const std::string& cpu, bool checks) {
  const char* before = std::getenv("ARRAYC_CHECK_POISON");
  const std::string kept = before == nullptr ? "" : before;
  checks ? setenv("ARRAYC_CHECK_POISON", "1", 1) : unsetenv("ARRAYC_CHECK_POISON");
  auto made = std::make_unique<backends::CodeGenerator>(ir::make_target(cpu));
  before == nullptr ? unsetenv("ARRAYC_CHECK_POISON")
                    : setenv("ARRAYC_CHECK_POISON", kept.c_str(), 1);
  return made;
}

// Whether a row takes elements of the type t; the first operand may have to be a bool.
std::optional<DType> first_operand(const ir::Ufunc& ufunc, DType t) {
  for (const DType first : {t, DType::Bool}) {
    std::vector<ir::Operand> types(static_cast<std::size_t>(ufunc.arity), {t});
    types[0] = {first};
    try {
      ir::resolve(ufunc, types);
      return first;
    } catch (const ir::Error&) {  // not for these
    }
  }
  return std::nullopt;
}

// How kernel files write those that NumPy has not: what stands before and after the operands.
std::pair<std::string, std::string> call_of(const std::string& name) {
  if (name == "frexp_mantissa") return {"np.frexp(", ")[0]"};
  if (name == "frexp_exponent") return {"np.frexp(", ")[1]"};
  if (name == "erf" || name == "gamma") return {"special." + name + "(", ")"};
  if (name == "lgamma") return {"special.gammaln(", ")"};
  return {"np." + name + "(", ")"};
}

// A kernel file with a function for each row that takes elements of the type t.
std::string rows_on(DType t) {
  std::string text = "import numpy as np\nfrom scipy import special\n";
  for (const ir::Ufunc& ufunc : ir::builtin_ufuncs()) {
    const std::optional<DType> first = first_operand(ufunc, t);
    if (!first) continue;
    const auto [before, after] = call_of(std::string(ufunc.name));
    std::string params, args;
    for (int k = 0; k < ufunc.arity; ++k) {
      const std::string name = "abc" + std::to_string(k);
      params += name + ": \"" + std::string(ir::name(k == 0 ? *first : t)) + "[n]\", ";
      args += name + ", ";
    }
    text += "def " + std::string(ufunc.name) + "_(" + params + "):\n    return " + before + args +
            after + "\n";
  }
  return text;
}

// All kernels' code of a file, checked; how many marks there are.
int marks_of(const std::string& text, const std::string& cpu, bool checks = true) {
  ir::Module module = numpy_front_end().read(text, "rows.py", {}, passes::test_registry());
  const ir::Target target = ir::make_target(cpu);
  passes::run(passes::array_pipeline(), module, {passes::test_registry(), target}, {});
  passes::run(passes::kernel_pipeline(), module, {passes::test_registry(), target}, {});
  std::vector<backends::NamedKernel> kernels;
  for (const ir::KernelFunction& kernel : module.kernels) {
    kernels.push_back({kernel.function.name, &*kernel.loops, target});
  }
  const std::string code =
      checking(cpu, checks)->emit(backends::OutputKind::llvm_ir, "test", "", kernels, false);
  llvm::LLVMContext context;
  const auto made = parsed_llvm(context, code);
  int marks = 0;
  for (const llvm::Function& function : *made) {
    for (const llvm::BasicBlock& block : function) {
      marks += static_cast<int>(std::ranges::count_if(block, [](const llvm::Instruction& i) {
        return i.getMetadata(backends::guard_mark) != nullptr;
      }));
    }
  }
  if (checks) CHECK(find_unguarded(*made) == std::vector<std::string>{});
  return marks;
}

}  // namespace

TEST_CASE("every row's code passes, of every type, on every level of processors", "[poison]") {
  for (const ir::DTypeInfo& type : ir::all_dtypes()) {
    const std::string text = rows_on(type.id);
    INFO(type.name);
    for (const char* cpu : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
      INFO(cpu);
      const int marks = marks_of(text, cpu);
      if (ir::is_integer(type.id) || ir::is_bool(type.id)) CHECK(marks > 0);
    }
  }
}

TEST_CASE("nothing is marked where nothing is checked", "[poison]") {
  CHECK(marks_of(rows_on(DType::I32), "x86-64-v3", false) == 0);
  CHECK(marks_of(rows_on(DType::I32), "x86-64-v3") > 0);
}

TEST_CASE("a kernel that is not guarded is not compiled", "[poison]") {
  const auto generator = checking("x86-64-v3", true);
  const std::string driver =
      "define i64 @half(i64 %x, i64 %y) {\n  %q = sdiv i64 %x, %y\n"
      "  ret i64 %q\n}\n";
  try {
    generator->emit(backends::OutputKind::object, "test", driver, {}, false);
    FAIL("compiled");
  } catch (const ir::Error& error) {
    CHECK(std::string(error.what()).find("not guarded") != std::string::npos);
    CHECK(std::string(error.what()).find("half:  %q = sdiv i64 %x, %y") != std::string::npos);
  }
  CHECK(checking("x86-64-v3", false)->emit(backends::OutputKind::object, "t", driver, {}, false) !=
        "");
}
