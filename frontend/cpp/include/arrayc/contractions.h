// Sums of products: einsum and NumPy's functions that are one. Names, order of arguments and
// defaults are NumPy's.
#pragma once

#include <arrayc/array.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc {

// --- einsum by letters, in NumPy's notation: einsum("ij,jk->ik", a, b). Every operand may be a
// number; einsum("…", {a, b, c, d}) takes up to 64 arrays. There is no out=: `result(dots) =
// einsum(…)` stores into an array.

// What may be converted without being asked for.
enum class Casting : std::uint8_t { no, equiv, safe, same_kind, unsafe };

struct Einsum {
  std::optional<DType> dtype = {};  // of products and sums, instead of the operands' common one
  Casting casting = Casting::safe;  // of operands to that
};
Array einsum(std::string_view subscripts, const Operand& a, const Einsum& how = {});
Array einsum(std::string_view subscripts, const Operand& a, const Operand& b,
             const Einsum& how = {});
Array einsum(std::string_view subscripts, const Operand& a, const Operand& b, const Operand& c,
             const Einsum& how = {});
Array einsum(std::string_view subscripts, const std::vector<Array>& operands,
             const Einsum& how = {}, Where where = Where::current());

// --- einsum by numbers, from 0 on, with `dots` for "...": einsum(a, {0, 1}, b, {1, 2}, {0, 2}).
// The last list is the result's; without it the result has, in ascending order, what appears once.
class EinsumIndices {
 public:
  class Item {
   public:
    template <std::integral I>
    Item(I index) : index_(static_cast<std::int64_t>(index)) {}  // NOLINT: written as integers
    Item(Dots) : is_dots_(true) {}                               // NOLINT
   private:
    friend struct detail::Access;
    std::int64_t index_ = 0;
    bool is_dots_ = false;
  };
  EinsumIndices(std::initializer_list<Item> items) : items_(items) {}
  EinsumIndices(std::vector<Item> items) : items_(std::move(items)) {}  // NOLINT

 private:
  friend struct detail::Access;
  std::vector<Item> items_;
};
Array einsum(const Operand& a, const EinsumIndices& of_a);
Array einsum(const Operand& a, const EinsumIndices& of_a, const EinsumIndices& result);
Array einsum(const Operand& a, const EinsumIndices& of_a, const Operand& b,
             const EinsumIndices& of_b);
Array einsum(const Operand& a, const EinsumIndices& of_a, const Operand& b,
             const EinsumIndices& of_b, const EinsumIndices& result);
struct EinsumTerm {
  Array array;
  EinsumIndices indices;
};
Array einsum(const std::vector<EinsumTerm>& terms, const Einsum& how = {},
             Where where = Where::current());
Array einsum(const std::vector<EinsumTerm>& terms, const EinsumIndices& result,
             const Einsum& how = {}, Where where = Where::current());

// --- the order of an einsum of many operands that takes the fewest multiply-adds

// One step contracts some of the operands that are left: they are taken out of the list, and the
// result is appended to it.
struct EinsumStep {
  std::vector<std::size_t> operands;  // positions in the list
  std::string subscripts;             // "ab,bc->ac", letters in order of first appearance
  Shape shape;                        // of its result
  double multiply_adds = 0;
};
struct EinsumPath {
  std::vector<EinsumStep> steps;
  double multiply_adds = 0;  // of all steps
};
// Decided from subscripts and extents of up to 16; larger ones count as equally large, so that
// programs need not be compiled anew for each size.
EinsumPath einsum_path(std::string_view subscripts, const Operand& a);
EinsumPath einsum_path(std::string_view subscripts, const Operand& a, const Operand& b);
EinsumPath einsum_path(std::string_view subscripts, const Operand& a, const Operand& b,
                       const Operand& c);
EinsumPath einsum_path(std::string_view subscripts, const std::vector<Array>& operands,
                       Where where = Where::current());
std::ostream& operator<<(std::ostream& out, const EinsumPath& path);

// --- products of matrices and vectors
Array matmul(const Operand& a, const Operand& b);
Array matvec(const Operand& a, const Operand& v);
Array vecmat(const Operand& v, const Operand& a);                          // conjugates v
Array vecdot(const Operand& a, const Operand& b, std::int64_t axis = -1);  // conjugates a
Array dot(const Operand& a, const Operand& b);
Array vdot(const Operand& a, const Operand& b);   // of all elements; conjugates a
Array inner(const Operand& a, const Operand& b);  // over the last axes
Array outer(const Operand& a, const Operand& b);  // of all elements
Array kron(const Operand& a, const Operand& b);
// Over the last `axes` axes of a and the first ones of b, or over pairs of axes.
Array tensordot(const Operand& a, const Operand& b, std::int64_t axes = 2);
Array tensordot(const Operand& a, const Operand& b, const Axis& axes_a, const Axis& axes_b);
// The product of several matrices; the first and the last may be vectors.
Array multi_dot(const std::vector<Array>& operands, Where where = Where::current());

// The elements with two equal indices: of axis1 and, `offset` higher, of axis2.
struct Diagonal {
  std::int64_t offset = 0, axis1 = 0, axis2 = 1;
  std::optional<DType> dtype = {};  // of trace's sum
};
Array trace(const Operand& x, const Diagonal& which = {});

}  // namespace arrayc
