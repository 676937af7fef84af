// The primitive operations (ir/prims.def) on native element types, for loops over blocks.
//
// Bool is a byte that holds 0 or 1. Everything here is defined for every input and equals
// ir::evaluate bit for bit, NaN payloads aside.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "arrayc/float16.h"

namespace arrayc::backends::arithmetic {

template <typename T>
inline constexpr bool is_float = std::is_floating_point_v<T>;

// Numbers that are only converted; arithmetic on them is done as float.
template <typename T>
inline constexpr bool is_narrow = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

// The unsigned type of T's size.
template <int size>
struct BitsOf;
template <>
struct BitsOf<1> {
  using type = std::uint8_t;
};
template <>
struct BitsOf<2> {
  using type = std::uint16_t;
};
template <>
struct BitsOf<4> {
  using type = std::uint32_t;
};
template <>
struct BitsOf<8> {
  using type = std::uint64_t;
};
template <typename T>
using Bits = typename BitsOf<sizeof(T)>::type;

template <typename T>
constexpr Bits<T> bits(T v) {
  return std::bit_cast<Bits<T>>(v);
}
template <typename T>
constexpr T from_bits(Bits<T> v) {
  return std::bit_cast<T>(v);
}
template <typename T>
inline constexpr Bits<T> sign_bit = static_cast<Bits<T>>(Bits<T>{1} << (sizeof(T) * 8 - 1));

// Integers wrap: computed in 64 unsigned bits and cut.
struct Add {
  template <typename T>
  static T run(T a, T b) {
    if constexpr (is_float<T>)
      return a + b;
    else
      return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
};
struct Sub {
  template <typename T>
  static T run(T a, T b) {
    if constexpr (is_float<T>)
      return a - b;
    else
      return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  }
};
struct Mul {
  template <typename T>
  static T run(T a, T b) {
    if constexpr (is_float<T>)
      return a * b;
    else
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};
struct Div {
  template <typename T>
  static T run(T a, T b) {
    return a / b;
  }
};
struct FloorDiv {
  template <typename T>
  static T run(T a, T b) {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return Sub::run(T{0}, a);
      const T q = static_cast<T>(a / b);
      return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(q - 1) : q;
    } else {
      return static_cast<T>(a / b);
    }
  }
};
struct FloorRem {
  template <typename T>
  static T run(T a, T b) {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
      const T r = static_cast<T>(a % b);
      return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
    } else {
      return static_cast<T>(a % b);
    }
  }
};
// After Stein: even factors are shifted out, then the smaller is taken from the larger.
struct Gcd {
  template <typename T>
  static T run(T x, T y) {
    auto a = magnitude(x), b = magnitude(y);
    if (a == 0 || b == 0) return static_cast<T>(a | b);
    const int common = std::countr_zero(static_cast<Bits<T>>(a | b));
    a = static_cast<Bits<T>>(a >> std::countr_zero(a));
    while (b != 0) {
      b = static_cast<Bits<T>>(b >> std::countr_zero(b));
      const Bits<T> less = a < b ? a : b;
      b = static_cast<Bits<T>>(a < b ? b - a : a - b);
      a = less;
    }
    return static_cast<T>(a << common);
  }

 private:
  template <typename T>
  static Bits<T> magnitude(T x) {
    const auto bits = static_cast<Bits<T>>(x);
    return x < 0 ? static_cast<Bits<T>>(0 - bits) : bits;
  }
};
struct Neg {
  template <typename T>
  static T run(T a) {
    if constexpr (is_float<T>)
      return from_bits<T>(bits(a) ^ sign_bit<T>);
    else
      return Sub::run(T{0}, a);
  }
};
struct Abs {
  template <typename T>
  static T run(T a) {
    if constexpr (is_float<T>)
      return from_bits<T>(bits(a) & ~sign_bit<T>);
    else if constexpr (std::is_signed_v<T>)
      return a < 0 ? Sub::run(T{0}, a) : a;
    else
      return a;
  }
};
struct Sqrt {
  template <typename T>
  static T run(T a) {
    return std::sqrt(a);
  }
};
struct Floor {
  template <typename T>
  static T run(T a) {
    return std::floor(a);
  }
};
struct Ceil {
  template <typename T>
  static T run(T a) {
    return std::ceil(a);
  }
};
struct Trunc {
  template <typename T>
  static T run(T a) {
    return std::trunc(a);
  }
};
struct Rint {
  template <typename T>
  static T run(T a) {
    return std::rint(a);
  }
};
struct Copysign {
  template <typename T>
  static T run(T a, T b) {
    return from_bits<T>((bits(a) & ~sign_bit<T>) | (bits(b) & sign_bit<T>));
  }
};
// Of two equal floats, which differ at most in the sign of 0, the bits are or-ed or and-ed; a + b
// is the NaN where one is.
struct Minimum {
  template <typename T>
  static T run(T a, T b) {
    if constexpr (is_float<T>) {
      return a < b ? a : b < a ? b : a == b ? from_bits<T>(bits(a) | bits(b)) : a + b;
    } else {
      return b < a ? b : a;
    }
  }
};
struct Maximum {
  template <typename T>
  static T run(T a, T b) {
    if constexpr (is_float<T>) {
      return a > b ? a : b > a ? b : a == b ? from_bits<T>(bits(a) & bits(b)) : a + b;
    } else {
      return a < b ? b : a;
    }
  }
};
struct Fmod {
  template <typename T>
  static T run(T a, T b) {
    return std::fmod(a, b);
  }
};
struct BitAnd {
  template <typename T>
  static T run(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <typename T>
  static T run(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <typename T>
  static T run(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
struct BitNot {
  template <typename T>
  static T run(T a) {
    return static_cast<T>(~a);
  }
};
struct LogicalNot {
  template <typename T>
  static T run(T a) {
    return static_cast<T>(a ^ 1);
  }
};
// A negative count is a large one.
template <typename T>
constexpr bool shifts_out(T count) {
  return static_cast<Bits<T>>(count) >= sizeof(T) * 8;
}
struct Shl {
  template <typename T>
  static T run(T a, T b) {
    return shifts_out(b) ? T{0} : static_cast<T>(static_cast<std::uint64_t>(a) << b);
  }
};
struct Shr {
  template <typename T>
  static T run(T a, T b) {
    if (!shifts_out(b)) return static_cast<T>(a >> b);
    return static_cast<T>(a < T{0} ? -1 : 0);
  }
};
struct Eq {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a == b;
  }
};
struct Ne {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a != b;
  }
};
struct Lt {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a < b;
  }
};
struct Le {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a <= b;
  }
};
struct Gt {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a > b;
  }
};
struct Ge {
  template <typename T>
  static std::uint8_t run(T a, T b) {
    return a >= b;
  }
};

// Float to integer saturates, NaN gives 0; everything else is C++'s conversion.
template <typename To, typename From>
To convert(From v) {
  if constexpr (is_narrow<From>) {
    return convert<To>(static_cast<float>(v));
  } else if constexpr (is_float<From> && !is_float<To> && !is_narrow<To>) {
    constexpr int digits = std::numeric_limits<To>::digits;
    const From limit = std::ldexp(From{1}, digits);  // the first value that is too large
    if (!(v == v)) return 0;
    if (v >= limit) return std::numeric_limits<To>::max();
    if constexpr (std::is_signed_v<To>) {
      if (v < -limit) return std::numeric_limits<To>::min();
    } else {
      if (v <= From{-1}) return 0;
    }
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}
template <typename From>
std::uint8_t convert_to_bool(From v) {
  if constexpr (is_narrow<From>) return convert_to_bool(static_cast<float>(v));
  return v != From(0);
}

}  // namespace arrayc::backends::arithmetic
