#include "backends/interp/block_ops.h"

#include <cstring>
#include <string>

#include "backends/arithmetic.h"
#include "ir/diagnostic.h"

// Rounding and fma have instructions that the oldest x86-64 lacks; without them each is a call.
#if defined(__x86_64__)
#define ARRAYC_FAST_ROUNDING __attribute__((target("avx2,fma")))
#else
#define ARRAYC_FAST_ROUNDING
#endif

namespace arrayc::backends::interp {

namespace {

namespace op = arithmetic;
using ir::DType;
using ir::Prim;

bool has_fast_rounding() {
#if defined(__x86_64__)
  static const bool has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }();
  return has;
#else
  return true;
#endif
}

template <typename Operation, typename T>
void unary(std::int64_t n, void* out, const void* const* args) {
  T* to = static_cast<T*>(out);
  const T* a = static_cast<const T*>(args[0]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = Operation::template run<T>(a[i]);
}

template <typename Operation, typename T>
void binary(std::int64_t n, void* out, const void* const* args) {
  using Result = decltype(Operation::template run<T>(T{}, T{}));
  Result* to = static_cast<Result*>(out);
  const T* a = static_cast<const T*>(args[0]);
  const T* b = static_cast<const T*>(args[1]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = Operation::template run<T>(a[i], b[i]);
}

template <typename T>
void fused(std::int64_t n, void* out, const void* const* args) {
  T* to = static_cast<T*>(out);
  const T* a = static_cast<const T*>(args[0]);
  const T* b = static_cast<const T*>(args[1]);
  const T* c = static_cast<const T*>(args[2]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = std::fma(a[i], b[i], c[i]);
}

template <typename T>
ARRAYC_FAST_ROUNDING void fused_fast(std::int64_t n, void* out, const void* const* args) {
  T* to = static_cast<T*>(out);
  const T* a = static_cast<const T*>(args[0]);
  const T* b = static_cast<const T*>(args[1]);
  const T* c = static_cast<const T*>(args[2]);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (sizeof(T) == 8)
      to[i] = __builtin_fma(a[i], b[i], c[i]);
    else
      to[i] = __builtin_fmaf(a[i], b[i], c[i]);
  }
}

template <Prim prim, typename T>
ARRAYC_FAST_ROUNDING void round_fast(std::int64_t n, void* out, const void* const* args) {
  T* to = static_cast<T*>(out);
  const T* a = static_cast<const T*>(args[0]);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (sizeof(T) == 8) {
      to[i] = prim == Prim::floor   ? __builtin_floor(a[i])
              : prim == Prim::ceil  ? __builtin_ceil(a[i])
              : prim == Prim::trunc ? __builtin_trunc(a[i])
                                    : __builtin_rint(a[i]);
    } else {
      to[i] = prim == Prim::floor   ? __builtin_floorf(a[i])
              : prim == Prim::ceil  ? __builtin_ceilf(a[i])
              : prim == Prim::trunc ? __builtin_truncf(a[i])
                                    : __builtin_rintf(a[i]);
    }
  }
}

template <typename T>
void choose(std::int64_t n, void* out, const void* const* args) {
  T* to = static_cast<T*>(out);
  const auto* condition = static_cast<const std::uint8_t*>(args[0]);
  const T* a = static_cast<const T*>(args[1]);
  const T* b = static_cast<const T*>(args[2]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = condition[i] ? a[i] : b[i];
}

template <typename To, typename From>
void cast(std::int64_t n, void* out, const void* const* args) {
  To* to = static_cast<To*>(out);
  const From* a = static_cast<const From*>(args[0]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = op::convert<To>(a[i]);
}

template <typename From>
void cast_to_bool(std::int64_t n, void* out, const void* const* args) {
  auto* to = static_cast<std::uint8_t*>(out);
  const From* a = static_cast<const From*>(args[0]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = op::convert_to_bool(a[i]);
}

template <int size>
void move_bits(std::int64_t n, void* out, const void* const* args) {
  if (out != args[0]) std::memcpy(out, args[0], static_cast<std::size_t>(n * size));
}

// Calls f with a value of the element type; Bool is its byte.
template <typename Function>
BlockOp with_type(DType type, Function f) {
  switch (type) {
    case DType::Bool:
    case DType::U8:
      return f(std::uint8_t{});
    case DType::I8:
      return f(std::int8_t{});
    case DType::I16:
      return f(std::int16_t{});
    case DType::I32:
      return f(std::int32_t{});
    case DType::I64:
      return f(std::int64_t{});
    case DType::U16:
      return f(std::uint16_t{});
    case DType::U32:
      return f(std::uint32_t{});
    case DType::U64:
      return f(std::uint64_t{});
    case DType::F32:
      return f(float{});
    case DType::F64:
      return f(double{});
    default:
      break;
  }
  ir::bug("a primitive on " + std::string(ir::numpy_name(type)));
}

// The same, of numbers that are only converted too.
template <typename Function>
BlockOp with_stored_type(DType type, Function f) {
  if (type == DType::F16) return f(Float16{});
  if (type == DType::BF16) return f(BFloat16{});
  return with_type(type, f);
}

BlockOp conversion(DType from, DType to) {
  return with_stored_type(from, [&](auto source) -> BlockOp {
    using From = decltype(source);
    if (to == DType::Bool) return &cast_to_bool<From>;
    return with_stored_type(to,
                            [](auto target) -> BlockOp { return &cast<decltype(target), From>; });
  });
}

template <typename T>
BlockOp number_op(Prim prim) {
  switch (prim) {
    case Prim::add:
      return &binary<op::Add, T>;
    case Prim::sub:
      return &binary<op::Sub, T>;
    case Prim::mul:
      return &binary<op::Mul, T>;
    case Prim::neg:
      return &unary<op::Neg, T>;
    case Prim::abs:
      return &unary<op::Abs, T>;
    case Prim::minimum:
      return &binary<op::Minimum, T>;
    case Prim::maximum:
      return &binary<op::Maximum, T>;
    case Prim::eq:
      return &binary<op::Eq, T>;
    case Prim::ne:
      return &binary<op::Ne, T>;
    case Prim::lt:
      return &binary<op::Lt, T>;
    case Prim::le:
      return &binary<op::Le, T>;
    case Prim::gt:
      return &binary<op::Gt, T>;
    case Prim::ge:
      return &binary<op::Ge, T>;
    case Prim::select:
      return &choose<T>;
    default:
      return nullptr;
  }
}

template <typename T>
BlockOp integer_op(Prim prim, bool is_bool) {
  switch (prim) {
    case Prim::floor_div:
      return &binary<op::FloorDiv, T>;
    case Prim::floor_rem:
      return &binary<op::FloorRem, T>;
    case Prim::gcd:
      return &binary<op::Gcd, T>;
    case Prim::bit_and:
      return &binary<op::BitAnd, T>;
    case Prim::bit_or:
      return &binary<op::BitOr, T>;
    case Prim::bit_xor:
      return &binary<op::BitXor, T>;
    case Prim::bit_not:
      return is_bool ? &unary<op::LogicalNot, T> : &unary<op::BitNot, T>;
    case Prim::shl:
      return &binary<op::Shl, T>;
    case Prim::shr:
      return &binary<op::Shr, T>;
    default:
      return nullptr;
  }
}

template <typename T>
BlockOp float_op(Prim prim) {
  const bool fast = has_fast_rounding();
  switch (prim) {
    case Prim::div:
      return &binary<op::Div, T>;
    case Prim::fma:
      return fast ? &fused_fast<T> : &fused<T>;
    case Prim::sqrt:
      return &unary<op::Sqrt, T>;
    case Prim::floor:
      return fast ? &round_fast<Prim::floor, T> : &unary<op::Floor, T>;
    case Prim::ceil:
      return fast ? &round_fast<Prim::ceil, T> : &unary<op::Ceil, T>;
    case Prim::trunc:
      return fast ? &round_fast<Prim::trunc, T> : &unary<op::Trunc, T>;
    case Prim::rint:
      return fast ? &round_fast<Prim::rint, T> : &unary<op::Rint, T>;
    case Prim::copysign:
      return &binary<op::Copysign, T>;
    case Prim::fmod:
      return &binary<op::Fmod, T>;
    default:
      return nullptr;
  }
}

BlockOp bit_cast_op(DType in) {
  switch (ir::item_size(in)) {
    case 1:
      return &move_bits<1>;
    case 2:
      return &move_bits<2>;
    case 4:
      return &move_bits<4>;
    default:
      return &move_bits<8>;
  }
}

// Arithmetic that Bool has no meaning for; it would leave the values 0 and 1.
bool refuses_bool(Prim prim) {
  switch (prim) {
    case Prim::add:
    case Prim::sub:
    case Prim::mul:
    case Prim::neg:
    case Prim::abs:
    case Prim::floor_div:
    case Prim::floor_rem:
    case Prim::gcd:
    case Prim::shl:
    case Prim::shr:
      return true;
    default:
      return false;
  }
}

}  // namespace

BlockOp block_op(Prim prim, DType in, DType out) {
  if (prim == Prim::convert) return conversion(in, out);
  if (prim == Prim::bitcast && ir::item_size(in) == ir::item_size(out) &&
      ir::is_bool(in) == ir::is_bool(out)) {
    return bit_cast_op(in);
  }
  if (const BlockOp angle = angle_op(prim, in)) return angle;
  if (prim == Prim::select && ir::is_narrow_float(in)) in = DType::U16;
  const BlockOp found = with_type(in, [&](auto zero) -> BlockOp {
    using T = decltype(zero);
    if (in == DType::Bool && refuses_bool(prim)) return nullptr;
    if (const BlockOp common = number_op<T>(prim)) return common;
    if constexpr (op::is_float<T>)
      return float_op<T>(prim);
    else
      return integer_op<T>(prim, in == DType::Bool);
  });
  if (!found) {
    ir::bug("the primitive " + std::string(ir::info(prim).name) + " does not take " +
            std::string(ir::name(in)));
  }
  return found;
}

}  // namespace arrayc::backends::interp
