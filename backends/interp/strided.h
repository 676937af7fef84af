// Reading strided arrays in C order as blocks of consecutive elements.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/array.h"

namespace arrayc::backends::interp {

inline constexpr int most_axes = 64;  // NumPy's limit

// to[i] = the element at from + i*stride.
void gather(void* to, const std::byte* from, std::int64_t stride, int item_size, std::int64_t n);
// The element at to + i*stride = from[i], in order.
void scatter(std::byte* to, std::int64_t stride, const void* from, int item_size, std::int64_t n);

class Reader {
 public:
  explicit Reader(const runtime::Array& array);
  Reader(const void* data, std::span<const std::int64_t> shape,
         std::span<const std::int64_t> strides, int item_size);

  // All elements lie one after the other at data(), aligned.
  bool contiguous() const;
  // All elements are the one at data().
  bool repeated() const { return axes_ == 0; }
  const std::byte* data() const { return data_; }
  // The next n elements; the caller knows how many there are.
  void read(void* to, std::int64_t n);

 private:
  struct Axis {
    std::int64_t extent;
    std::int64_t stride;
    std::int64_t index;
  };
  const std::byte* data_;
  int item_size_;
  int axes_ = 0;
  bool starts_again_ = false;         // outermost axes that repeat everything are left out
  std::array<Axis, most_axes> axis_;  // neighbours merged where one stride serves both
};

}  // namespace arrayc::backends::interp
