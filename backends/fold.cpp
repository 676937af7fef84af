#include "backends/fold.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "backends/arithmetic.h"

namespace arrayc::backends {

namespace {

using ir::DType;
using ir::loops::Fold;

template <typename Operation, typename T>
void fold_rows(const void*, void* a, const void* v, std::int64_t n, std::int64_t rows) {
  T* to = static_cast<T*>(a);
  const T* from = static_cast<const T*>(v);
  for (std::int64_t r = 0; r < rows; ++r, from += n) {
    for (std::int64_t l = 0; l < n; ++l) to[l] = Operation::template run<T>(to[l], from[l]);
  }
}

template <typename Operation, typename T>
void fold_sequence(const void*, void* a, const void* v, std::int64_t n) {
  T value = *static_cast<T*>(a);
  const T* from = static_cast<const T*>(v);
  for (std::int64_t i = 0; i < n; ++i) value = Operation::template run<T>(value, from[i]);
  *static_cast<T*>(a) = value;
}

template <typename Operation, typename T>
FoldOps typed() {
  FoldOps ops;
  ops.rows = &fold_rows<Operation, T>;
  ops.sequence = &fold_sequence<Operation, T>;
  ops.item_size = sizeof(T);
  return ops;
}

template <typename T>
void add_products(void* a, const void* v, const void* w, std::int64_t n, std::int64_t rows) {
  T* to = static_cast<T*>(a);
  const T* x = static_cast<const T*>(v);
  const T* y = static_cast<const T*>(w);
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    for (std::int64_t l = 0; l < n; ++l) to[l] = std::fma(x[l], y[l], to[l]);
  }
}

template <typename T>
void first_products(void* a, const void* v, const void* w, std::int64_t n) {
  T* to = static_cast<T*>(a);
  const T* x = static_cast<const T*>(v);
  const T* y = static_cast<const T*>(w);
  for (std::int64_t l = 0; l < n; ++l) to[l] = x[l] * y[l];
}

template <typename T>
FoldOps sum() {
  FoldOps ops = typed<arithmetic::Add, T>();
  if constexpr (arithmetic::is_float<T>) {
    ops.fused = &add_products<T>;
    ops.product = &first_products<T>;
  }
  return ops;
}

template <typename T>
struct Complex {
  T re, im;
};

// As the ufunc multiply.
struct ComplexMul {
  template <typename C>
  static C run(C x, C y) {
    return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
  }
};

template <typename T>
FoldOps complex_product() {
  static constexpr Complex<T> one = {1, 0};
  FoldOps ops = typed<ComplexMul, Complex<T>>();
  ops.start = &one;
  return ops;
}

template <typename T>
FoldOps ops_for(Fold fold) {
  namespace op = arithmetic;
  switch (fold) {
    case Fold::add:
      return sum<T>();
    case Fold::mul:
      return typed<op::Mul, T>();
    case Fold::minimum:
      return typed<op::Minimum, T>();
    case Fold::maximum:
      return typed<op::Maximum, T>();
    default:
      break;
  }
  if constexpr (!arithmetic::is_float<T>) {
    switch (fold) {
      case Fold::bit_and:
        return typed<op::BitAnd, T>();
      case Fold::bit_or:
        return typed<op::BitOr, T>();
      case Fold::bit_xor:
        return typed<op::BitXor, T>();
      default:
        break;
    }
  }
  ir::bug("fold: no such fold of these elements");
}

// Calls f with a value of the element type; Bool is its byte.
template <typename Function>
auto with_type(DType type, Function f) {
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
  ir::limitation("reductions of " + std::string(ir::numpy_name(type)) + " are not built", {},
                 "convert the array to float32 or float64 first");
}

template <typename T>
bool is_nan(T x) {
  return x != x;
}
template <typename T>
bool is_nan(Complex<T> x) {
  return x.re != x.re || x.im != x.im;
}
template <typename T>
bool is_less(T x, T y) {
  return x < y;
}
template <typename T>
bool is_less(Complex<T> x, Complex<T> y) {
  return x.re < y.re || (x.re == y.re && x.im < y.im);
}

template <typename T, bool maximum>
std::int64_t scan(const void* values, std::int64_t n, void* best, bool found) {
  const T* v = static_cast<const T*>(values);
  T extreme;
  std::int64_t at = -1;
  std::int64_t i = 0;
  if (found) {
    std::memcpy(&extreme, best, sizeof(T));
  } else {
    if (n == 0) return -1;
    extreme = v[0];
    at = 0;
    i = 1;
  }
  for (; i < n; ++i) {
    if (is_nan(extreme)) break;  // the first NaN stays
    const bool better = maximum ? is_less(extreme, v[i]) : is_less(v[i], extreme);
    if (better || is_nan(v[i])) {
      extreme = v[i];
      at = i;
    }
  }
  if (at >= 0) std::memcpy(best, &extreme, sizeof(T));
  return at;
}

}  // namespace

FoldOps fold_ops(Fold fold, DType type) {
  if (ir::is_complex(type)) {
    if (fold != Fold::mul) ir::bug("fold: no such fold of complex numbers");
    return type == DType::C64 ? complex_product<float>() : complex_product<double>();
  }
  return with_type(type, [&](auto zero) { return ops_for<decltype(zero)>(fold); });
}

std::optional<Fold> fold_of(const ir::Ufunc& ufunc, DType type) {
  struct Row {
    std::string_view name;
    Fold fold;
    Fold of_bool;
  };
  constexpr Row rows[] = {{"add", Fold::add, Fold::bit_or},
                          {"multiply", Fold::mul, Fold::bit_and},
                          {"minimum", Fold::minimum, Fold::minimum},
                          {"maximum", Fold::maximum, Fold::maximum},
                          {"bitwise_and", Fold::bit_and, Fold::bit_and},
                          {"bitwise_or", Fold::bit_or, Fold::bit_or},
                          {"bitwise_xor", Fold::bit_xor, Fold::bit_xor}};
  constexpr Row logical[] = {{"logical_and", Fold::bit_and, Fold::bit_and},
                             {"logical_or", Fold::bit_or, Fold::bit_or},
                             {"logical_xor", Fold::bit_xor, Fold::bit_xor}};
  for (const Row& row : rows) {
    if (row.name == ufunc.name) return type == DType::Bool ? row.of_bool : row.fold;
  }
  for (const Row& row : logical) {
    if (row.name == ufunc.name && type == DType::Bool) return row.fold;
  }
  return std::nullopt;
}

std::optional<ir::Scalar> fold_identity(Fold fold, DType type) {
  const auto number = [&](std::int64_t v) { return ir::convert(ir::Scalar::of(v), type); };
  switch (fold) {
    case Fold::add:
    case Fold::bit_or:
    case Fold::bit_xor:
      return number(0);
    case Fold::mul:
      return number(1);
    case Fold::bit_and:
      return number(-1);
    default:
      return std::nullopt;
  }
}

TreeFold::TreeFold(const FoldOps& ops, const ir::Tree& tree) : ops_(ops), tree_(tree) {
  if (tree.lanes < 1 || tree.chunk < 0) ir::bug("fold: malformed tree");
  lanes_.resize(static_cast<std::size_t>(tree.lanes) * static_cast<std::size_t>(ops.item_size));
}

void TreeFold::reset() {
  position_ = 0;
  chunks_ = 0;
  counter_.clear();
}

void TreeFold::push(const void* values, std::int64_t n, const void* factors) {
  const auto* from = static_cast<const std::byte*>(values);
  const auto* by = static_cast<const std::byte*>(factors);
  while (n > 0) {
    const std::int64_t part = tree_.chunk == 0 ? n : std::min(n, tree_.chunk - position_);
    push_lanes(from, by, part);
    from += part * ops_.item_size;
    if (by != nullptr) by += part * ops_.item_size;
    n -= part;
    if (tree_.chunk != 0 && position_ == tree_.chunk) close_chunk();
  }
}

void TreeFold::push_lanes(const std::byte* values, const std::byte* factors, std::int64_t n) {
  const std::int64_t item = ops_.item_size;
  const std::int64_t lanes = tree_.lanes;
  // The first elements of a chunk start the lanes, or follow what starts all of them.
  const bool starts = ops_.start != nullptr && tree_.chunk != 1;
  if (starts && position_ == 0) {
    for (std::int64_t l = 0; l < lanes; ++l) {
      std::memcpy(lanes_.data() + l * item, ops_.start, static_cast<std::size_t>(item));
    }
  }
  if (!starts && position_ < lanes) {
    const std::int64_t part = std::min(n, lanes - position_);
    std::byte* first = lanes_.data() + position_ * item;
    if (factors != nullptr) {
      ops_.product(first, values, factors, part);
      factors += part * item;
    } else {
      std::memcpy(first, values, static_cast<std::size_t>(part * item));
    }
    position_ += part;
    values += part * item;
    n -= part;
  }
  if (n == 0) return;
  if (lanes == 1 && factors == nullptr) {
    ops_.sequence(ops_.context, lanes_.data(), values, n);
    position_ += n;
    return;
  }
  while (n > 0) {
    const std::int64_t lane = position_ % lanes;
    const std::int64_t rows = lane == 0 ? n / lanes : 0;
    const std::int64_t width = rows > 0 ? lanes : std::min(n, lanes - lane);
    std::byte* to = lanes_.data() + lane * item;
    const std::int64_t part = rows > 0 ? rows * lanes : width;
    if (factors != nullptr) {
      ops_.fused(to, values, factors, width, std::max<std::int64_t>(rows, 1));
      factors += part * item;
    } else {
      ops_.rows(ops_.context, to, values, width, std::max<std::int64_t>(rows, 1));
    }
    position_ += part;
    values += part * item;
    n -= part;
  }
}

// The lanes become one element, which takes its place in the counter.
void TreeFold::close_chunk() {
  const std::int64_t item = ops_.item_size;
  const bool starts = ops_.start != nullptr && tree_.chunk != 1;
  std::int64_t count = starts ? tree_.lanes : std::min<std::int64_t>(position_, tree_.lanes);
  for (std::int64_t width = tree_.lanes; width > 8; width /= 2) {
    const std::int64_t half = width / 2;
    if (count <= half) continue;
    ops_.rows(ops_.context, lanes_.data(), lanes_.data() + half * item, count - half, 1);
    count = half;
  }
  if (count > 1) ops_.sequence(ops_.context, lanes_.data(), lanes_.data() + item, count - 1);
  counter_.insert(counter_.end(), lanes_.begin(), lanes_.begin() + item);
  position_ = 0;
  ++chunks_;
  if (tree_.in_order) {
    if (chunks_ > 1) combine_last();
    return;
  }
  for (std::int64_t carry = chunks_; carry % 2 == 0; carry /= 2) combine_last();
}

// The last two entries of the counter become one.
void TreeFold::combine_last() {
  const auto item = static_cast<std::size_t>(ops_.item_size);
  const std::size_t last = counter_.size() - item;
  ops_.sequence(ops_.context, counter_.data() + last - item, counter_.data() + last, 1);
  counter_.resize(last);
}

bool TreeFold::finish(void* out) {
  if (position_ > 0) close_chunk();
  if (counter_.empty()) return false;
  const auto item = static_cast<std::size_t>(ops_.item_size);
  while (counter_.size() > item) combine_last();
  std::memcpy(out, counter_.data(), item);
  return true;
}

ir::Scalar fold(Fold fold, DType type, const ir::Tree& tree, std::span<const ir::Scalar> values,
                ir::Scalar identity) {
  TreeFold work(fold_ops(fold, type), tree);
  for (const ir::Scalar& value : values) work.push(&value.bits, 1);
  ir::Scalar result{type, 0};
  return work.finish(&result.bits) ? result : identity;
}

ExtremeSearch::ExtremeSearch(bool maximum, DType type) {
  const auto scan_of = [&](auto zero) -> Scan {
    using T = decltype(zero);
    return maximum ? &scan<T, true> : &scan<T, false>;
  };
  if (type == DType::C64) {
    scan_ = scan_of(Complex<float>{});
  } else if (type == DType::C128) {
    scan_ = scan_of(Complex<double>{});
  } else {
    scan_ = with_type(type, scan_of);
  }
}

}  // namespace arrayc::backends
