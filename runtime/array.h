// Arrays in memory: what programs are called with and what they return.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrayc/abi.h"

namespace arrayc::runtime {

// A strided array. `owner` keeps the memory alive (null: the caller does). Strides are in bytes.
struct Array {
  std::shared_ptr<void> owner;
  void* data = nullptr;
  arrayc_dtype dtype = ARRAYC_F64;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;

  int rank() const { return static_cast<int>(shape.size()); }
  arrayc_array descriptor() const { return {data, dtype, rank(), shape.data(), strides.data()}; }
};

int item_size(arrayc_dtype dtype);
// Extents multiplied; throws std::length_error on overflow or a negative extent.
std::int64_t element_count(const std::vector<std::int64_t>& shape);
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape, int item_size);
bool is_contiguous(const Array& array);  // in C order; axes of extent 1 do not matter
// Whether the first element is at a multiple of its size.
bool is_aligned(const Array& array);
// The axis (extent > 1) whose stride is one item, the last such; -1 if there is none.
int unit_axis(const Array& array);

// Memory that is counted: 64-byte aligned, uninitialised. Throws std::bad_alloc.
std::shared_ptr<void> allocate(std::int64_t bytes);
Array make_array(arrayc_dtype dtype, std::vector<std::int64_t> shape);
// A C-contiguous copy (byte for byte the same elements).
Array copy(const Array& array);

// Bytes handed out by allocate: now, and the most at any time since reset_peak.
struct MemoryCounts {
  std::int64_t current;
  std::int64_t peak;
  std::int64_t allocations;
};
MemoryCounts memory_counts();
void reset_memory_peak();

}  // namespace arrayc::runtime
