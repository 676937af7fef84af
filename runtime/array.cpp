#include "runtime/array.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include "runtime/block_pool.h"

namespace arrayc::runtime {
namespace {

constexpr std::size_t kAlignment = 64;

// Counters are advice for reports, not locks: relaxed order is enough.
struct Counters {
  std::atomic<std::int64_t> current{0};
  std::atomic<std::int64_t> peak{0};
  std::atomic<std::int64_t> allocations{0};
};
Counters counters;

void count_allocation(std::int64_t bytes) {
  const std::int64_t now = counters.current.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  counters.allocations.fetch_add(1, std::memory_order_relaxed);
  std::int64_t peak = counters.peak.load(std::memory_order_relaxed);
  while (now > peak && !counters.peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

// Never zero bytes: an empty array still has an address of its own.
std::size_t rounded(std::int64_t bytes) {
  return (std::max<std::size_t>(static_cast<std::size_t>(bytes), 1) + kAlignment - 1) &
         ~(kAlignment - 1);
}

struct CountedDelete {
  std::int64_t bytes;
  void operator()(void* p) const {
    counters.current.fetch_sub(bytes, std::memory_order_relaxed);
    give_block(p, rounded(bytes));
  }
};

// Small arrays and the counts of their owners are one block of memory: the counts, then at a
// multiple of kAlignment the elements.
constexpr std::int64_t kMostSmall = 512;
constexpr std::size_t kRoomForCounts = kAlignment;

struct CountedOnly {
  std::int64_t bytes;
  void operator()(void*) const { counters.current.fetch_sub(bytes, std::memory_order_relaxed); }
};

// Gives an owner's counts their place in the block, and the block back when they go.
template <typename T>
struct CountsInBlock {
  using value_type = T;
  char* room;
  void* block;

  CountsInBlock(char* r, void* b) : room(r), block(b) {}
  template <typename U>
  CountsInBlock(const CountsInBlock<U>& other) : room(other.room), block(other.block) {}  // NOLINT
  T* allocate(std::size_t) {
    static_assert(sizeof(T) <= kRoomForCounts);
    return reinterpret_cast<T*>(room);
  }
  void deallocate(T*, std::size_t) { std::free(block); }
};

std::shared_ptr<void> allocate_small(std::int64_t bytes) {
  void* const block = std::malloc(kAlignment + kRoomForCounts + static_cast<std::size_t>(bytes));
  if (block == nullptr) throw std::bad_alloc();
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  char* const room = static_cast<char*>(block) + (kAlignment - address % kAlignment) % kAlignment;
  count_allocation(bytes);
  return {room + kRoomForCounts, CountedOnly{bytes}, CountsInBlock<void*>(room, block)};
}

std::int64_t checked_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::length_error("array is too big");
  return product;
}

template <int Size>
void copy_row(char* to, const char* from, std::int64_t count, std::int64_t stride) {
  for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * Size, from + i * stride, Size);
}

// `count` items at `stride` to consecutive places.
void copy_items(char* to, const char* from, std::int64_t count, std::int64_t stride, int size) {
  if (stride == size) {
    std::memcpy(to, from, static_cast<std::size_t>(count * size));
    return;
  }
  switch (size) {
    case 1:
      return copy_row<1>(to, from, count, stride);
    case 2:
      return copy_row<2>(to, from, count, stride);
    case 4:
      return copy_row<4>(to, from, count, stride);
    case 8:
      return copy_row<8>(to, from, count, stride);
    default:
      return copy_row<16>(to, from, count, stride);
  }
}

// Shape and strides without axes of extent 1 and with neighbouring axes joined where one stride
// walks both.
void coalesce(const Array& array, std::vector<std::int64_t>& shape,
              std::vector<std::int64_t>& strides) {
  for (int axis = 0; axis < array.rank(); ++axis) {
    const std::int64_t extent = array.shape[axis];
    const std::int64_t stride = array.strides[axis];
    if (extent == 1) continue;
    if (!shape.empty() && strides.back() == extent * stride) {
      shape.back() *= extent;
      strides.back() = stride;
    } else {
      shape.push_back(extent);
      strides.push_back(stride);
    }
  }
}

}  // namespace

int item_size(arrayc_dtype dtype) {
  switch (dtype) {
    case ARRAYC_BOOL:
    case ARRAYC_I8:
    case ARRAYC_U8:
      return 1;
    case ARRAYC_I16:
    case ARRAYC_U16:
    case ARRAYC_F16:
    case ARRAYC_BF16:
      return 2;
    case ARRAYC_I32:
    case ARRAYC_U32:
    case ARRAYC_F32:
      return 4;
    case ARRAYC_I64:
    case ARRAYC_U64:
    case ARRAYC_F64:
    case ARRAYC_C64:
      return 8;
    case ARRAYC_C128:
      return 16;
  }
  throw std::invalid_argument("not an element type");
}

bool is_aligned(const Array& array) {
  const auto item = static_cast<std::uintptr_t>(item_size(array.dtype));
  return (reinterpret_cast<std::uintptr_t>(array.data) & (item - 1)) == 0;
}

std::int64_t element_count(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  bool zero = false;
  for (std::int64_t extent : shape) {
    if (extent < 0) throw std::length_error("negative dimensions are not allowed");
    // As in NumPy, the other extents of an empty array must still be possible together.
    if (extent == 0) {
      zero = true;
    } else {
      count = checked_product(count, extent);
    }
  }
  return zero ? 0 : count;
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape,
                                             int item_size) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = item_size;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride = checked_product(stride, std::max<std::int64_t>(shape[axis], 1));
  }
  return strides;
}

bool is_contiguous(const Array& array) {
  std::int64_t expected = item_size(array.dtype);
  bool contiguous = true;
  for (int axis = array.rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = array.shape[axis];
    if (extent == 0) return true;
    if (extent == 1) continue;
    contiguous = contiguous && array.strides[axis] == expected;
    expected *= extent;
  }
  return contiguous;
}

int unit_axis(const Array& array) {
  const int size = item_size(array.dtype);
  for (int axis = array.rank() - 1; axis >= 0; --axis) {
    if (array.shape[axis] > 1 && array.strides[axis] == size) return axis;
  }
  return -1;
}

std::shared_ptr<void> allocate(std::int64_t bytes) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 2;
  if (bytes < 0 || static_cast<std::uint64_t>(bytes) > kMost) throw std::bad_alloc();
  if (pooling && bytes <= kMostSmall) return allocate_small(bytes);
  void* p = take_block(rounded(bytes));
  if (p == nullptr) throw std::bad_alloc();
  count_allocation(bytes);
  return {p, CountedDelete{bytes}};  // on failure of its own shared_ptr calls the deleter
}

Array make_array(arrayc_dtype dtype, std::vector<std::int64_t> shape) {
  const int size = item_size(dtype);
  const std::int64_t bytes = checked_product(element_count(shape), size);
  Array array;
  array.dtype = dtype;
  array.strides = contiguous_strides(shape, size);
  array.shape = std::move(shape);
  array.owner = allocate(bytes);
  array.data = array.owner.get();
  return array;
}

Array copy(const Array& array) {
  Array result = make_array(array.dtype, array.shape);
  const int size = item_size(array.dtype);
  const std::int64_t count = element_count(array.shape);
  if (count == 0) return result;

  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  coalesce(array, shape, strides);
  std::int64_t row = 1;
  std::int64_t row_stride = size;
  if (!shape.empty()) {
    row = shape.back();
    row_stride = strides.back();
    shape.pop_back();
    strides.pop_back();
  }
  auto* to = static_cast<char*>(result.data);
  const auto* from = static_cast<const char*>(array.data);
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::int64_t done = 0; done < count; done += row) {
    copy_items(to, from, row, row_stride, size);
    to += row * size;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

MemoryCounts memory_counts() {
  return {counters.current.load(std::memory_order_relaxed),
          counters.peak.load(std::memory_order_relaxed),
          counters.allocations.load(std::memory_order_relaxed)};
}

void reset_memory_peak() {
  counters.peak.store(counters.current.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

}  // namespace arrayc::runtime
