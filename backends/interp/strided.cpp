#include "backends/interp/strided.h"

#include <cstring>

#include "backends/interp/tape.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

namespace {

template <typename T>
void gather_items(void* to, const std::byte* from, std::int64_t stride, std::int64_t n) {
  T* out = static_cast<T*>(to);
  for (std::int64_t i = 0; i < n; ++i, from += stride) std::memcpy(out + i, from, sizeof(T));
}

template <typename T>
void scatter_items(std::byte* to, std::int64_t stride, const void* from, std::int64_t n) {
  const T* in = static_cast<const T*>(from);
  for (std::int64_t i = 0; i < n; ++i, to += stride) std::memcpy(to, in + i, sizeof(T));
}

struct Pair {
  std::uint64_t words[2];
};

}  // namespace

void gather(void* to, const std::byte* from, std::int64_t stride, int item_size, std::int64_t n) {
  if (stride == item_size) {
    std::memcpy(to, from, static_cast<std::size_t>(n * item_size));
  } else if (stride == 0) {
    fill_block(to, from, item_size, n);
  } else {
    switch (item_size) {
      case 1:
        gather_items<std::uint8_t>(to, from, stride, n);
        break;
      case 2:
        gather_items<std::uint16_t>(to, from, stride, n);
        break;
      case 4:
        gather_items<std::uint32_t>(to, from, stride, n);
        break;
      case 8:
        gather_items<std::uint64_t>(to, from, stride, n);
        break;
      default:
        gather_items<Pair>(to, from, stride, n);
        break;
    }
  }
}

void scatter(std::byte* to, std::int64_t stride, const void* from, int item_size, std::int64_t n) {
  if (stride == item_size) {
    std::memcpy(to, from, static_cast<std::size_t>(n * item_size));
    return;
  }
  switch (item_size) {
    case 1:
      scatter_items<std::uint8_t>(to, stride, from, n);
      break;
    case 2:
      scatter_items<std::uint16_t>(to, stride, from, n);
      break;
    case 4:
      scatter_items<std::uint32_t>(to, stride, from, n);
      break;
    case 8:
      scatter_items<std::uint64_t>(to, stride, from, n);
      break;
    default:
      scatter_items<Pair>(to, stride, from, n);
      break;
  }
}

Reader::Reader(const runtime::Array& array)
    : Reader(array.data, array.shape, array.strides, runtime::item_size(array.dtype)) {}

Reader::Reader(const void* data, std::span<const std::int64_t> shape,
               std::span<const std::int64_t> strides, int item_size)
    : data_(static_cast<const std::byte*>(data)), item_size_(item_size) {
  if (shape.size() > static_cast<std::size_t>(most_axes)) {
    ir::limitation("maximum supported dimension for an ndarray is 64, found " +
                   std::to_string(shape.size()));
  }
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 1) continue;
    Axis* last = axes_ > 0 ? &axis_[static_cast<std::size_t>(axes_ - 1)] : nullptr;
    if (last && last->stride == strides[k] * shape[k]) {
      last->extent *= shape[k];
      last->stride = strides[k];
    } else if (axes_ > 0 || strides[k] != 0) {
      axis_[static_cast<std::size_t>(axes_++)] = {shape[k], strides[k], 0};
    } else {
      starts_again_ = true;
    }
  }
}

bool Reader::contiguous() const {
  return axes_ == 1 && !starts_again_ && axis_[0].stride == item_size_ &&
         reinterpret_cast<std::uintptr_t>(data_) % static_cast<std::uintptr_t>(item_size_) == 0;
}

void Reader::read(void* to, std::int64_t n) {
  auto* out = static_cast<std::byte*>(to);
  if (axes_ == 0) {
    fill_block(to, data_, item_size_, n);
    return;
  }
  Axis& inner = axis_[static_cast<std::size_t>(axes_ - 1)];
  while (n > 0) {
    const std::int64_t part = n < inner.extent - inner.index ? n : inner.extent - inner.index;
    gather(out, data_, inner.stride, item_size_, part);
    out += part * item_size_;
    n -= part;
    data_ += part * inner.stride;
    inner.index += part;
    // Carries; after the last element reading starts again at the first.
    for (int k = axes_ - 1; k >= 0; --k) {
      Axis& axis = axis_[static_cast<std::size_t>(k)];
      if (axis.index < axis.extent) break;
      data_ -= axis.extent * axis.stride;
      axis.index = 0;
      if (k > 0) {
        Axis& outer = axis_[static_cast<std::size_t>(k - 1)];
        ++outer.index;
        data_ += outer.stride;
      }
    }
  }
}

}  // namespace arrayc::backends::interp
