// Folding elements by a reduction's tree (ir::Tree): what both interpreters' reductions mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ir/loops.h"
#include "ir/node.h"

namespace arrayc::backends {

// Combining elements of one type, kept in memory as arrays hold them.
struct FoldOps {
  // a[l] = a[l] op v[r*n + l] for each row r, in order.
  void (*rows)(const void* context, void* a, const void* v, std::int64_t n, std::int64_t rows);
  // a[0] = ((a[0] op v[0]) op v[1]) op …
  void (*sequence)(const void* context, void* a, const void* v, std::int64_t n);
  const void* context = nullptr;
  int item_size = 8;
  const void* start = nullptr;  // what each lane begins with; null: its first element
  // Of sums of floats: a[l] += v[r*n + l] * w[r*n + l], rounded once; and what that is of nothing.
  void (*fused)(void* a, const void* v, const void* w, std::int64_t n, std::int64_t rows) = nullptr;
  void (*product)(void* a, const void* v, const void* w, std::int64_t n) = nullptr;
};

// The operations of a built-in fold (not arg_*); of complex types, the product's. Throws a
// limitation for types without arithmetic.
FoldOps fold_ops(ir::loops::Fold fold, ir::DType type);
// The fold that a reduction with this ufunc is, in this type; nothing for other ufuncs.
std::optional<ir::loops::Fold> fold_of(const ir::Ufunc& ufunc, ir::DType type);
// The result of folding nothing; nothing if NumPy's reduction of nothing is an error.
std::optional<ir::Scalar> fold_identity(ir::loops::Fold fold, ir::DType type);

// One fold in progress. Elements are pushed in order, any number at a time.
class TreeFold {
 public:
  TreeFold(const FoldOps& ops, const ir::Tree& tree);
  void reset();
  // With factors: their products, each added by fma.
  void push(const void* values, std::int64_t n, const void* factors = nullptr);
  // Writes the result; false (and nothing is written) if nothing was pushed.
  bool finish(void* out);

 private:
  void push_lanes(const std::byte* values, const std::byte* factors, std::int64_t n);
  void close_chunk();
  void combine_last();

  FoldOps ops_;
  ir::Tree tree_;
  std::int64_t position_ = 0;       // in the open chunk
  std::int64_t chunks_ = 0;         // closed
  std::vector<std::byte> lanes_;    // of the open chunk
  std::vector<std::byte> counter_;  // results of 2^k chunks each, the largest k first; or of all
};

// The fold of a list: for tests and for folding constants.
ir::Scalar fold(ir::loops::Fold fold, ir::DType type, const ir::Tree& tree,
                std::span<const ir::Scalar> values, ir::Scalar identity);

// Finds the first minimum or maximum, or the first NaN. Complex numbers are compared by their real
// parts, then by the imaginary ones; one with a NaN in either part is a NaN.
class ExtremeSearch {
 public:
  ExtremeSearch(bool maximum, ir::DType type);
  void reset() { found_ = false; }
  // Looks at n further elements. The index among them of the new extreme, −1 if it did not change.
  std::int64_t push(const void* values, std::int64_t n) {
    const std::int64_t at = scan_(values, n, best_, found_);
    found_ = found_ || n > 0;
    return at;
  }
  bool found() const { return found_; }
  const void* extreme() const { return best_; }

 private:
  using Scan = std::int64_t (*)(const void* values, std::int64_t n, void* best, bool found);
  Scan scan_;
  bool found_ = false;
  std::uint64_t best_[2] = {};  // the element's bytes
};

}  // namespace arrayc::backends
