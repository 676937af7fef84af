// Element types.
#pragma once

#include <arrayc/float16.h>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace arrayc {

// The numbers are those of `arrayc_dtype` in <arrayc/abi.h>.
enum class DType : std::uint8_t {
  bool_,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  f16,
  bf16,
  f32,
  f64,
  c64,
  c128
};
using enum DType;  // arrayc::f32

// NumPy's names.
inline constexpr DType int8 = i8, int16 = i16, int32 = i32, int64 = i64;
inline constexpr DType uint8 = u8, uint16 = u16, uint32 = u32, uint64 = u64;
inline constexpr DType float16 = f16, bfloat16 = bf16, float32 = f32, float64 = f64;
inline constexpr DType complex64 = c64, complex128 = c128;

std::string_view name(DType dtype);        // "f64"
std::string_view numpy_name(DType dtype);  // "float64"
std::int64_t itemsize(DType dtype);

namespace detail {
template <typename T>
struct ElementType;  // has no definition for types that are not elements of arrays
template <typename T, DType dtype>
struct Is {
  static constexpr DType value = dtype;
};
template <>
struct ElementType<bool> : Is<bool, bool_> {};
template <>
struct ElementType<signed char> : Is<signed char, i8> {};
template <>
struct ElementType<short> : Is<short, i16> {};
template <>
struct ElementType<int> : Is<int, i32> {};
template <>
struct ElementType<long> : Is<long, sizeof(long) == 8 ? i64 : i32> {};
template <>
struct ElementType<long long> : Is<long long, i64> {};
template <>
struct ElementType<unsigned char> : Is<unsigned char, u8> {};
template <>
struct ElementType<unsigned short> : Is<unsigned short, u16> {};
template <>
struct ElementType<unsigned> : Is<unsigned, u32> {};
template <>
struct ElementType<unsigned long> : Is<unsigned long, sizeof(unsigned long) == 8 ? u64 : u32> {};
template <>
struct ElementType<unsigned long long> : Is<unsigned long long, u64> {};
template <>
struct ElementType<Float16> : Is<Float16, f16> {};
template <>
struct ElementType<BFloat16> : Is<BFloat16, bf16> {};
template <>
struct ElementType<float> : Is<float, f32> {};
template <>
struct ElementType<double> : Is<double, f64> {};

// std::complex<float> and std::complex<double>, which need not be included here.
template <typename T>
concept ComplexNumber = requires(const T& z) {
  typename T::value_type;
  requires std::is_same_v<typename T::value_type, float> ||
               std::is_same_v<typename T::value_type, double>;
  requires sizeof(T) == 2 * sizeof(typename T::value_type);
  { z.real() } -> std::same_as<typename T::value_type>;
  { z.imag() } -> std::same_as<typename T::value_type>;
};
template <ComplexNumber T>
struct ElementType<T> : Is<T, sizeof(typename T::value_type) == sizeof(float) ? c64 : c128> {};
}  // namespace detail

// The dtype of C++'s T: dtype_of<float> is f32.
template <typename T>
inline constexpr DType dtype_of = detail::ElementType<T>::value;

}  // namespace arrayc
