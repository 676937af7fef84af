#include "backends/cpu/clones.h"

#include <cstdint>
#include <initializer_list>

#include "arrayc/abi.h"
#include "backends/cpu/ir_text.h"

namespace arrayc::backends {

namespace {

std::int32_t bits(std::initializer_list<int> positions) {
  std::uint32_t mask = 0;
  for (const int position : positions) mask |= std::uint32_t{1} << position;
  return static_cast<std::int32_t>(mask);
}

// What the levels of the x86-64 ABI need of each word of cpuid, and of the registers that the
// system keeps.
struct Needs {
  int level;
  std::int32_t basic, further, extended, kept;
};
const Needs all_needs[] = {
    // sse3, ssse3, cx16, sse4.1, sse4.2, popcnt; lahf
    {2, bits({0, 9, 13, 19, 20, 23}), 0, bits({0}), 0},
    // fma, movbe, osxsave, avx, f16c; bmi1, avx2, bmi2; lzcnt; xmm and ymm
    {3, bits({12, 22, 27, 28, 29}), bits({3, 5, 8}), bits({5}), bits({1, 2})},
    // avx512f, avx512dq, avx512cd, avx512bw, avx512vl; the masks and all of zmm
    {4, 0, bits({16, 17, 28, 30, 31}), 0, bits({1, 2, 5, 6, 7})},
};

// One word of what cpuid says: 0, 1, 2 are eax, ebx, ecx.
std::string cpuid(IrText& text, std::uint32_t leaf, int word) {
  const std::string all = text.value(
      "call {{ i32, i32, i32, i32 }} asm sideeffect \"cpuid\", "
      "\"={{ax}},={{bx}},={{cx}},={{dx}},{{ax}},{{cx}},~{{dirflag}},~{{fpsr}},~{{flags}}\"("
      "i32 {}, i32 0)",
      static_cast<std::int32_t>(leaf));
  return text.value("extractvalue {{ i32, i32, i32, i32 }} {}, {}", all, word);
}

// The same, or 0 where the processor has no such leaf.
std::string cpuid_if_any(IrText& text, std::uint32_t leaf, int word) {
  const std::string most = cpuid(text, leaf & 0x80000000u, 0);
  const std::string any = text.value("icmp uge i32 {}, {}", most, static_cast<std::int32_t>(leaf));
  return text.value("select i1 {}, i32 {}, i32 0", any, cpuid(text, leaf, word));
}

void write_find_level(std::string& out) {
  IrText text(out);
  out += "\ndefine internal i32 @arrayc.find_level() nounwind {\nentry:\n";
  const std::string basic = cpuid(text, 1, 2);
  const std::string further = cpuid_if_any(text, 7, 1);
  const std::string extended = cpuid_if_any(text, 0x80000001u, 2);
  // Only a system that says so has xgetbv.
  const std::string osxsave = text.value("and i32 {}, {}", basic, bits({27}));
  text.line("%asks = icmp ne i32 {}, 0", osxsave);
  text.line("br i1 %asks, label %ask, label %known");
  text.place("ask");
  text.line(
      "%registers = call {{ i32, i32 }} asm sideeffect \"xgetbv\", "
      "\"={{ax}},={{dx}},{{cx}},~{{dirflag}},~{{fpsr}},~{{flags}}\"(i32 0)");
  text.line("%answer = extractvalue {{ i32, i32 }} %registers, 0");
  text.line("br label %known");
  text.place("known");
  text.line("%kept = phi i32 [ 0, %entry ], [ %answer, %ask ]");
  std::string level = "0", all = "true";
  for (const Needs& needs : all_needs) {
    const auto require = [&](const std::string& word, std::int32_t mask) {
      if (mask == 0) return;
      const std::string has = text.value("and i32 {}, {}", word, mask);
      const std::string enough = text.value("icmp eq i32 {}, {}", has, mask);
      all = text.value("and i1 {}, {}", all, enough);
    };
    require(basic, needs.basic);
    require(further, needs.further);
    require(extended, needs.extended);
    require("%kept", needs.kept);
    level = text.value("select i1 {}, i32 {}, i32 {}", all, needs.level, level);
  }
  text.line("ret i32 {}", level);
  out += "}\n";
}

}  // namespace

std::string level_text() {
  std::string out;
  write_find_level(out);
  // Kept with 1 added, since 0 stands for not known.
  return out + R"(
@arrayc.kept_level = internal global i32 0, align 4

define internal i32 @arrayc.level() nounwind {
entry:
  %kept = load atomic i32, ptr @arrayc.kept_level monotonic, align 4
  %any = icmp ne i32 %kept, 0
  br i1 %any, label %known, label %find
find:
  %found = call i32 @arrayc.find_level()
  %keep = add i32 %found, 1
  store atomic i32 %keep, ptr @arrayc.kept_level monotonic, align 4
  ret i32 %found
known:
  %level = sub i32 %kept, 1
  ret i32 %level
}
)";
}

std::string clones_text(const std::string& name, const std::vector<Clone>& clones) {
  std::string out =
      fmt::format("\ndefine internal i32 @{}(ptr %frame) nounwind {{\nentry:\n", name);
  IrText text(out);
  text.line("%level = call i32 @arrayc.level()");
  for (const Clone& clone : clones) {
    const std::string runs = text.value("icmp sge i32 %level, {}", clone.level);
    const std::string here = text.new_label(), next = text.new_label();
    text.line("br i1 {}, label %{}, label %{}", runs, here, next);
    text.place(here);
    text.line("ret i32 {}", text.value("call i32 @{}(ptr %frame)", clone.body));
    text.place(next);
  }
  text.line("ret i32 {}", static_cast<int>(ARRAYC_BAD_PROCESSOR));
  return out + "}\n";
}

}  // namespace arrayc::backends
