// Numbers or pointers whose count is known when they are made: a few of them need no allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace arrayc::runtime {

template <typename T, std::size_t few>
class Few {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // All zero.
  explicit Few(std::size_t size) : size_(size) {
    if (size > few) many_ = std::make_unique<T[]>(size);
    items_ = many_ ? many_.get() : few_;
    if (!many_) std::fill_n(few_, size, T{});
  }
  Few(const Few&) = delete;
  Few& operator=(const Few&) = delete;

  std::size_t size() const { return size_; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

 private:
  std::size_t size_;
  T* items_;
  std::unique_ptr<T[]> many_;  // where there are more than a few
  T few_[few];
};

}  // namespace arrayc::runtime
