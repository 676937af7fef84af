// Runs code in IEEE 754's default environment: round to nearest even, subnormals kept, no traps.
//
// Results never depend on the mode that the calling program has set. Code that is to run in the
// default mode must be in a function of its own that is not inlined beside the change of mode.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace arrayc::runtime {

// Sets the default environment; the destructor brings the caller's back. Costs a register read
// where the environment is the default one already.
class DefaultFloatEnvironment {
 public:
  DefaultFloatEnvironment() : saved_(read()) {
    if (changed()) write(kDefault);
  }
  ~DefaultFloatEnvironment() {
    if (changed()) write(saved_);
  }
  DefaultFloatEnvironment(const DefaultFloatEnvironment&) = delete;
  DefaultFloatEnvironment& operator=(const DefaultFloatEnvironment&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr std::uint64_t kDefault = 0x1f80;  // every exception masked
  static constexpr std::uint64_t kControl = 0xffc0;  // all but the sticky exception flags
  static std::uint64_t read() { return _mm_getcsr(); }
  static void write(std::uint64_t v) { _mm_setcsr(static_cast<unsigned>(v)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kDefault = 0;
  static constexpr std::uint64_t kControl = ~std::uint64_t{0};
  static std::uint64_t read() {
    std::uint64_t v;
    asm volatile("mrs %0, fpcr" : "=r"(v));
    return v;
  }
  static void write(std::uint64_t v) { asm volatile("msr fpcr, %0" : : "r"(v)); }
#else
  static constexpr std::uint64_t kDefault = FE_TONEAREST;
  static constexpr std::uint64_t kControl = ~std::uint64_t{0};
  static std::uint64_t read() { return static_cast<std::uint64_t>(std::fegetround()); }
  static void write(std::uint64_t v) { std::fesetround(static_cast<int>(v)); }
#endif
  bool changed() const { return (saved_ & kControl) != (kDefault & kControl); }
  std::uint64_t saved_;
};

}  // namespace arrayc::runtime
