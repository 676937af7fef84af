#include "ir/scalar.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>

#include "arrayc/float16.h"
#include "ir/diagnostic.h"
#include "ir/formulas/angle.h"
#include "ir/value_builder.h"
#include "runtime/float_environment.h"

namespace arrayc::ir {

namespace {

constexpr PrimInfo kPrims[] = {
#define PRIM(id, name, arity) {Prim::id, name, arity},
#include "ir/prims.def"
};

template <typename T>
inline constexpr bool is_narrow = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

template <typename T>
T get(Scalar v) {
  if constexpr (std::is_same_v<T, bool>) {
    return v.bits != 0;
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(v.bits));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(v.bits);
  } else if constexpr (is_narrow<T>) {
    return T::from_bits(static_cast<std::uint16_t>(v.bits));
  } else {
    return static_cast<T>(v.bits);
  }
}

template <typename T>
std::uint64_t bits_of(T v) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<std::uint32_t>(v);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(v);
  } else if constexpr (std::is_same_v<T, bool>) {
    return v ? 1 : 0;
  } else if constexpr (is_narrow<T>) {
    return v.bits;
  } else {
    return static_cast<std::make_unsigned_t<T>>(v);
  }
}

// Calls f with the C++ type of `t`.
template <typename F>
auto visit(DType t, F&& f) {
  switch (t) {
    case DType::Bool:
      return f(std::type_identity<bool>{});
    case DType::I8:
      return f(std::type_identity<std::int8_t>{});
    case DType::I16:
      return f(std::type_identity<std::int16_t>{});
    case DType::I32:
      return f(std::type_identity<std::int32_t>{});
    case DType::I64:
      return f(std::type_identity<std::int64_t>{});
    case DType::U8:
      return f(std::type_identity<std::uint8_t>{});
    case DType::U16:
      return f(std::type_identity<std::uint16_t>{});
    case DType::U32:
      return f(std::type_identity<std::uint32_t>{});
    case DType::U64:
      return f(std::type_identity<std::uint64_t>{});
    case DType::F16:
      return f(std::type_identity<Float16>{});
    case DType::BF16:
      return f(std::type_identity<BFloat16>{});
    case DType::F32:
      return f(std::type_identity<float>{});
    case DType::F64:
      return f(std::type_identity<double>{});
    default:
      bug("a value of a complex dtype: " + std::string(name(t)));
  }
}

// --- conversions

template <typename To>
To saturate(double v) {
  constexpr To kHalf = std::numeric_limits<To>::max() / 2 + 1;  // exact as a double
  constexpr double kEnd = 2.0 * static_cast<double>(kHalf);
  if (std::isnan(v)) return 0;
  if (v >= kEnd) return std::numeric_limits<To>::max();
  if (v < static_cast<double>(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  return static_cast<To>(v);
}

template <typename To, typename From>
To cast(From v) {
  if constexpr (is_narrow<From>) {
    return cast<To>(static_cast<float>(v));
  } else if constexpr (std::is_same_v<To, bool>) {
    return v != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return saturate<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

[[gnu::noinline]] Scalar convert_default(Scalar v, DType to) {
  return visit(v.dtype, [&]<typename From>(std::type_identity<From>) {
    return visit(to, [&]<typename To>(std::type_identity<To>) {
      return Scalar{to, bits_of(cast<To>(get<From>(v)))};
    });
  });
}

// --- operations within one type

[[noreturn]] void wrong_type(Prim p, DType t) {
  bug(fmt::format("primitive {} on {}", info(p).name, name(t)));
}

bool bool_operation(Prim p, const bool* a) {
  switch (p) {
    case Prim::bit_and:
    case Prim::minimum:
      return a[0] && a[1];
    case Prim::bit_or:
    case Prim::maximum:
      return a[0] || a[1];
    case Prim::bit_xor:
      return a[0] != a[1];
    case Prim::bit_not:
      return !a[0];
    default:
      wrong_type(p, DType::Bool);
  }
}

template <typename T>
T floor_div(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(a));
  }
  const T q = static_cast<T>(a / b);
  return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(q - 1) : q;
}

template <typename T>
T floor_rem(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
  }
  const T r = static_cast<T>(a % b);
  return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
}

template <typename T>
T greatest_common_divisor(T a, T b) {
  const auto magnitude = [](T x) {
    const auto bits = static_cast<std::uint64_t>(x);
    return x < 0 ? std::uint64_t{0} - bits : bits;
  };
  return static_cast<T>(std::gcd(magnitude(a), magnitude(b)));
}

// The shift count is the whole second operand; a negative one is as too large.
template <typename T>
T shift(Prim p, T a, T count) {
  constexpr int kWidth = static_cast<int>(sizeof(T) * 8);
  const bool in_range = count >= 0 && static_cast<std::uint64_t>(count) < kWidth;
  if (p == Prim::shl) {
    return in_range ? static_cast<T>(static_cast<std::uint64_t>(a) << static_cast<int>(count))
                    : T{0};
  }
  if (in_range) return static_cast<T>(a >> static_cast<int>(count));
  return a < 0 ? static_cast<T>(-1) : T{0};
}

template <typename T>
T integer_operation(Prim p, const T* a) {
  // Unsigned 64-bit arithmetic wraps, and its low bits are those of every narrower type.
  using U = std::uint64_t;
  switch (p) {
    case Prim::add:
      return static_cast<T>(static_cast<U>(a[0]) + static_cast<U>(a[1]));
    case Prim::sub:
      return static_cast<T>(static_cast<U>(a[0]) - static_cast<U>(a[1]));
    case Prim::mul:
      return static_cast<T>(static_cast<U>(a[0]) * static_cast<U>(a[1]));
    case Prim::floor_div:
      return floor_div(a[0], a[1]);
    case Prim::floor_rem:
      return floor_rem(a[0], a[1]);
    case Prim::gcd:
      return greatest_common_divisor(a[0], a[1]);
    case Prim::neg:
      return static_cast<T>(U{0} - static_cast<U>(a[0]));
    case Prim::abs:
      return a[0] < 0 ? static_cast<T>(U{0} - static_cast<U>(a[0])) : a[0];
    case Prim::minimum:
      return a[1] < a[0] ? a[1] : a[0];
    case Prim::maximum:
      return a[0] < a[1] ? a[1] : a[0];
    case Prim::bit_and:
      return static_cast<T>(a[0] & a[1]);
    case Prim::bit_or:
      return static_cast<T>(a[0] | a[1]);
    case Prim::bit_xor:
      return static_cast<T>(a[0] ^ a[1]);
    case Prim::bit_not:
      return static_cast<T>(~a[0]);
    case Prim::shl:
    case Prim::shr:
      return shift(p, a[0], a[1]);
    default:
      wrong_type(p, sizeof(T) == 8 ? DType::I64 : DType::I32);
  }
}

// IEEE 754-2019 minimum and maximum.
template <typename T>
T extreme(T a, T b, bool maximum) {
  if (std::isnan(a)) return a;
  if (std::isnan(b)) return b;
  if (a == b) return std::signbit(a) != maximum ? a : b;
  return (a < b) != maximum ? a : b;
}

template <typename T>
T float_operation(Prim p, const T* a) {
  switch (p) {
    case Prim::add:
      return a[0] + a[1];
    case Prim::sub:
      return a[0] - a[1];
    case Prim::mul:
      return a[0] * a[1];
    case Prim::div:
      return a[0] / a[1];
    case Prim::neg:
      return -a[0];
    case Prim::abs:
      return std::fabs(a[0]);
    case Prim::fma:
      return std::fma(a[0], a[1], a[2]);
    case Prim::sqrt:
      return std::sqrt(a[0]);
    case Prim::floor:
      return std::floor(a[0]);
    case Prim::ceil:
      return std::ceil(a[0]);
    case Prim::trunc:
      return std::trunc(a[0]);
    case Prim::rint:
      return std::nearbyint(a[0]);
    case Prim::fmod:
      return std::fmod(a[0], a[1]);
    case Prim::copysign:
      return std::copysign(a[0], a[1]);
    case Prim::minimum:
    case Prim::maximum:
      return extreme(a[0], a[1], p == Prim::maximum);
    default:
      wrong_type(p, sizeof(T) == 8 ? DType::F64 : DType::F32);
  }
}

template <typename T>
bool compare(Prim p, T a, T b) {
  switch (p) {
    case Prim::eq:
      return a == b;
    case Prim::ne:
      return a != b;
    case Prim::lt:
      return a < b;
    case Prim::le:
      return a <= b;
    case Prim::gt:
      return a > b;
    default:
      return a >= b;
  }
}

bool is_comparison(Prim p) { return p >= Prim::eq && p <= Prim::ge; }

[[gnu::noinline]] Scalar operate(Prim p, DType out, std::span<const Scalar> args) {
  return visit(args[0].dtype, [&]<typename T>(std::type_identity<T>) {
    if constexpr (is_narrow<T>) wrong_type(p, args[0].dtype);
    T values[3] = {};
    for (std::size_t i = 0; i < args.size(); ++i) values[i] = get<T>(args[i]);
    if (is_comparison(p)) return Scalar{out, bits_of(compare(p, values[0], values[1]))};
    if constexpr (std::is_same_v<T, bool>) {
      return Scalar{out, bits_of(bool_operation(p, values))};
    } else if constexpr (std::is_integral_v<T>) {
      return Scalar{out, bits_of(integer_operation<T>(p, values))};
    } else if constexpr (std::is_floating_point_v<T>) {
      return Scalar{out, bits_of(float_operation<T>(p, values))};
    }
  });
}

Scalar bitcast(Scalar v, DType to) {
  if (is_bool(to) || is_bool(v.dtype) || item_size(to) != item_size(v.dtype)) {
    bug(fmt::format("bitcast of {} to {}", name(v.dtype), name(to)));
  }
  return {to, v.bits};
}

Scalar angle(Prim p, Scalar x, DType out) {
  const Scalar wide = convert(x, DType::F64);
  if (std::fabs(get<double>(wide)) <= 0x1p20) return p == Prim::angle_high ? x : Scalar{out, 0};
  ValueBuilder builder(true);
  formulas::Angle reduced = formulas::reduce_angle(builder, builder.constant(wide));
  if (x.dtype == DType::F32) reduced = formulas::narrow_angle(builder, reduced);
  if (p == Prim::angle_turns) return builder.value(reduced.turns);
  return builder.value(p == Prim::angle_high ? reduced.high : reduced.low);
}

// Types as prims.def asks for them, apart from those that `operate` refuses.
bool well_typed(Prim p, DType out, std::span<const Scalar> args) {
  if (args.size() != static_cast<std::size_t>(info(p).arity)) return false;
  switch (p) {
    case Prim::convert:
    case Prim::bitcast:
      return true;
    case Prim::select:
      return is_bool(args[0].dtype) && args[1].dtype == out && args[2].dtype == out;
    case Prim::angle_turns:
      return (args[0].dtype == DType::F64 && out == DType::I64) ||
             (args[0].dtype == DType::F32 && out == DType::I32);
    case Prim::angle_high:
    case Prim::angle_low:
      return args[0].dtype == out && (out == DType::F64 || out == DType::F32);
    default:
      break;
  }
  for (const Scalar& arg : args) {
    if (arg.dtype != args[0].dtype) return false;
  }
  return out == (is_comparison(p) ? DType::Bool : args[0].dtype);
}

}  // namespace

const PrimInfo& info(Prim p) { return kPrims[static_cast<std::size_t>(p)]; }

Scalar convert(Scalar v, DType to) {
  if (v.dtype == to) return v;
  const runtime::DefaultFloatEnvironment environment;
  return convert_default(v, to);
}

double to_double(Scalar v) { return get<double>(convert(v, DType::F64)); }
std::int64_t to_int64(Scalar v) { return get<std::int64_t>(convert(v, DType::I64)); }

Scalar evaluate(Prim p, DType out, std::span<const Scalar> args) {
  if (!well_typed(p, out, args)) {
    bug(fmt::format("primitive {} to {} on arguments of the wrong types", info(p).name, name(out)));
  }
  switch (p) {
    case Prim::convert:
      return convert(args[0], out);
    case Prim::bitcast:
      return bitcast(args[0], out);
    case Prim::select:
      return args[0].bits != 0 ? args[1] : args[2];
    case Prim::angle_turns:
    case Prim::angle_high:
    case Prim::angle_low:
      return angle(p, args[0], out);
    default:
      break;
  }
  const runtime::DefaultFloatEnvironment environment;
  return operate(p, out, args);
}

}  // namespace arrayc::ir
