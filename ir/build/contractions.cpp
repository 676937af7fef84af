// Products of matrices and their like, as one einsum node each.
#include <fmt/format.h>

#include <algorithm>

#include "ir/build/einsum.h"

namespace arrayc::ir::build {

namespace {

constexpr int row_label = 0, sum_label = 1,
              column_label = 2;  // labels; those of further axes follow

// Labels from `first`, one for each of `count` axes.
std::vector<int> range(int first, int count) {
  std::vector<int> labels;
  for (int i = 0; i < count; ++i) labels.push_back(first + i);
  return labels;
}

// A function of matrices and vectors, which are the last axes of its operands. One index is summed
// over, and further axes are broadcast.
struct MatrixFunction {
  std::string_view name, signature;
  std::vector<int> a, b, result;  // labels of the last axes
  int needed_a, needed_b;         // how many axes it needs
};

// "(2,3,newaxis": what `core` of the last axes are left out of, written as NumPy does.
std::string batch_string(const Shape& shape, std::size_t core, std::size_t result_core) {
  const Shape batch(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(core));
  std::string text = shape_template(batch);
  text.pop_back();
  if (text.back() == ',') text.pop_back();
  for (std::size_t i = 0; i < result_core; ++i) text += text == "(" ? "newaxis" : ",newaxis";
  return text + ")";
}

std::string batch_message(const MatrixFunction& f, const Value& a, const Value& b) {
  Shape requested;
  for (const int label : f.result) {
    const bool of_a = std::find(f.a.begin(), f.a.end(), label) != f.a.end();
    requested.push_back(of_a ? a.shape()[a.shape().size() - 2] : b.shape().back());
  }
  return fmt::format(
      "operands could not be broadcast together with remapped shapes "
      "[original->remapped]: {}->{} {}->{}  and requested shape {}",
      shape_template(a.shape()), batch_string(a.shape(), f.a.size(), f.result.size()),
      shape_template(b.shape()), batch_string(b.shape(), f.b.size(), f.result.size()),
      batch_string(requested, 0, 0));
}

void check_rank(const MatrixFunction& f, const Value& x, int number, Place place) {
  const int needed = number == 0 ? f.needed_a : f.needed_b;
  if (x.rank() >= needed) return;
  user_error(fmt::format("{}: Input operand {} does not have enough dimensions (has {}, gufunc "
                         "core with signature {} requires {})",
                         f.name, number, x.rank(), f.signature, needed),
             place);
}

Value apply(const MatrixFunction& f, const Value& a, const Value& b, Place place) {
  check_rank(f, a, 0, place);
  check_rank(f, b, 1, place);
  const auto axis_of_sum = [](const Value& x, const std::vector<int>& core) {
    const auto from_end = core.end() - std::find(core.begin(), core.end(), sum_label);
    return x.shape()[x.shape().size() - static_cast<std::size_t>(from_end)];
  };
  Contraction c;
  c.message = [=] { return batch_message(f, a, b); };
  c.exact[sum_label] = [f, size_a = axis_of_sum(a, f.a), size_b = axis_of_sum(b, f.b)] {
    return fmt::format(
        "{}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature {} "
        "(size {} is different from {})",
        f.name, f.signature, extent_template(size_b), extent_template(size_a));
  };
  c.operands = {a, b};
  // Further axes are aligned at the right.
  const int further_a = a.rank() - static_cast<int>(f.a.size());
  const int further_b = b.rank() - static_cast<int>(f.b.size());
  const int further = std::max(further_a, further_b);
  c.labels = {range(3 + further - further_a, further_a), range(3 + further - further_b, further_b)};
  c.result = range(3, further);
  c.labels[0].insert(c.labels[0].end(), f.a.begin(), f.a.end());
  c.labels[1].insert(c.labels[1].end(), f.b.begin(), f.b.end());
  c.result.insert(c.result.end(), f.result.begin(), f.result.end());
  return contract(std::move(c), place);
}

Value conjugated(const Value& x, Place place) {
  return is_complex(x.dtype()) ? build::apply("conjugate", {x}, place) : x;
}

Value flat(const Value& x, Place place) { return x.rank() == 1 ? x : ravel(x, place); }

// All axes of both, but for one of each over which products are summed.
Value dot_over(const Value& a, const Value& b, std::size_t axis, Place place) {
  Contraction c;
  c.exact[sum_label] = [=] { return not_aligned(a, b, axis); };
  c.operands = {a, b};
  c.labels = {range(3, a.rank()), range(3 + a.rank(), b.rank())};
  c.labels[0].back() = c.labels[1][axis] = sum_label;
  for (const std::vector<int>& labels : c.labels) {
    for (const int label : labels) {
      if (label != sum_label) c.result.push_back(label);
    }
  }
  return contract(std::move(c), place);
}

Value product(const Value& a, const Value& b, Place place) {
  Contraction c;
  c.operands = {a, b};
  c.labels = {range(0, a.rank()), range(a.rank(), b.rank())};
  c.result = range(0, a.rank() + b.rank());
  return contract(std::move(c), place);
}

// Of tensordot: each axis from 0 on and none twice.
std::vector<std::size_t> summed_axes(const Value& x, const std::vector<std::int64_t>& axes,
                                     Place place) {
  std::vector<std::size_t> result;
  for (const std::int64_t axis : axes) {
    const std::int64_t known = axis < 0 ? axis + x.rank() : axis;
    if (known < 0 || known >= x.rank()) {
      user_error("tuple index out of range", place,
                 fmt::format("axis {} of an array that has {}", axis, x.rank()));
    }
    result.push_back(static_cast<std::size_t>(known));
    if (std::count(result.begin(), result.end(), result.back()) > 1) {
      user_error("duplicate axes are not allowed in tensordot", place,
                 fmt::format("axis {} is named twice", axis));
    }
  }
  return result;
}

}  // namespace

std::string not_aligned(const Value& a, const Value& b, std::size_t axis) {
  return fmt::format("shapes {} and {} not aligned: {} (dim {}) != {} (dim {})",
                     shape_template(a.shape()), shape_template(b.shape()),
                     extent_template(a.shape().back()), a.rank() - 1,
                     extent_template(b.shape()[axis]), axis);
}

Value matmul(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  MatrixFunction f{"matmul",
                   "(n?,k),(k,m?)->(n?,m?)",
                   {row_label, sum_label},
                   {sum_label, column_label},
                   {row_label, column_label},
                   1,
                   1};
  if (a.rank() < 2) {
    f.a = {sum_label};
    f.result.erase(f.result.begin());
  }
  if (b.rank() < 2) {
    f.b = {sum_label};
    f.result.pop_back();
  }
  return apply(f, a, b, place);
}

Value matvec(const Value& a, const Value& v, Place place) {
  const MatrixFunction f{
      "matvec", "(m,n),(n)->(m)", {row_label, sum_label}, {sum_label}, {row_label}, 2, 1};
  return apply(f, strong(a, place), strong(v, place), place);
}

Value vecmat(const Value& v, const Value& a, Place place) {
  const MatrixFunction f{
      "vecmat", "(n),(n,m)->(m)", {sum_label}, {sum_label, column_label}, {column_label}, 1, 2};
  return apply(f, conjugated(strong(v, place), place), strong(a, place), place);
}

Value vecdot(const Value& left, const Value& right, std::int64_t axis, Place place) {
  const MatrixFunction f{"vecdot", "(n),(n)->()", {sum_label}, {sum_label}, {}, 1, 1};
  Value a = strong(left, place), b = strong(right, place);
  check_rank(f, a, 0, place);
  check_rank(f, b, 1, place);
  for (Value* x : {&a, &b}) {
    const int from = checked_axis(axis, x->rank(), place);
    if (from != x->rank() - 1) *x = moveaxis(*x, {from}, {-1}, place);
  }
  return apply(f, conjugated(a, place), b, place);
}

Value dot(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  if (a.rank() == 0 || b.rank() == 0) return product(a, b, place);
  return dot_over(a, b, b.rank() > 1 ? b.shape().size() - 2 : 0, place);
}

Value vdot(const Value& left, const Value& right, Place place) {
  const Value a = flat(conjugated(strong(left, place), place), place);
  const Value b = flat(strong(right, place), place);
  const Value fitting = fitted(b, a.shape(), place, [&] {
    return fmt::format("cannot reshape array of size {} into shape {}",
                       extent_template(b.shape()[0]), shape_template(a.shape()));
  });
  return dot_over(a, fitting, 0, place);
}

Value inner(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  if (a.rank() == 0 || b.rank() == 0) return product(a, b, place);
  return dot_over(a, b, b.shape().size() - 1, place);
}

Value outer(const Value& a, const Value& b, Place place) {
  return product(flat(strong(a, place), place), flat(strong(b, place), place), place);
}

Value tensordot(const Value& left, const Value& right, std::int64_t count, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  std::vector<std::int64_t> axes_a, axes_b;
  if (count > std::min(a.rank(), b.rank())) {
    user_error("tuple index out of range", place,
               fmt::format("{} axes of arrays that have {} and {}", count, a.rank(), b.rank()));
  }
  for (std::int64_t axis = 0; axis < count; ++axis) {
    axes_a.push_back(a.rank() - count + axis);
    axes_b.push_back(axis);
  }
  return tensordot(a, b, axes_a, axes_b, place);
}

Value tensordot(const Value& left, const Value& right, const std::vector<std::int64_t>& axes_a,
                const std::vector<std::int64_t>& axes_b, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  const std::vector<std::size_t> summed_a = summed_axes(a, axes_a, place);
  const std::vector<std::size_t> summed_b = summed_axes(b, axes_b, place);
  const std::string mismatch = "shape-mismatch for sum";
  if (summed_a.size() != summed_b.size()) {
    user_error(
        mismatch, place,
        fmt::format("{} axes of the first and {} of the second", summed_a.size(), summed_b.size()));
  }
  Contraction c;
  c.operands = {a, b};
  c.labels = {range(0, a.rank()), range(a.rank(), b.rank())};
  std::vector<bool> summed(static_cast<std::size_t>(a.rank() + b.rank()));
  for (std::size_t i = 0; i < summed_a.size(); ++i) {
    const int label = c.labels[1][summed_b[i]] = c.labels[0][summed_a[i]];
    c.exact[label] = [mismatch] { return mismatch; };
    summed[static_cast<std::size_t>(label)] = true;
  }
  for (const std::vector<int>& labels : c.labels) {
    for (const int label : labels) {
      if (!summed[static_cast<std::size_t>(label)]) c.result.push_back(label);
    }
  }
  return contract(std::move(c), place);
}

// a[i,k] * b[j,l] at row i*J + j and column k*L + l, for any ranks.
Value kron(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place), b = strong(right, place);
  const int rank = std::max(a.rank(), b.rank());
  Contraction c;
  c.operands = {a, b};
  c.labels = {range(0, a.rank()), range(a.rank(), b.rank())};
  Shape merged(static_cast<std::size_t>(rank), Extent(1));
  for (int axis = 0; axis < rank; ++axis) {
    for (std::size_t k = 0; k < 2; ++k) {
      const int own = axis - (rank - c.operands[k].rank());
      if (own < 0) continue;
      c.result.push_back(c.labels[k][static_cast<std::size_t>(own)]);
      Extent& extent = merged[static_cast<std::size_t>(axis)];
      extent = extent * c.operands[k].shape()[static_cast<std::size_t>(own)];
    }
  }
  return reshape(contract(std::move(c), place), merged, place);
}

Value multi_dot(std::span<const Value> operands, Place place) {
  const std::size_t count = operands.size();
  if (count < 2) user_error("Expecting at least two arrays.", place);
  if (count == 2) return dot(operands[0], operands[1], place);
  if (count > most_einsum_operands) {
    user_error("too many operands", place,
               fmt::format("multi_dot takes up to {}", most_einsum_operands));
  }
  Contraction c;
  for (std::size_t k = 0; k < count; ++k) {
    const Value x = strong(operands[k], place);
    const bool is_end = k == 0 || k + 1 == count;
    if (x.rank() != 2 && !(is_end && x.rank() == 1)) {
      user_error(fmt::format("{}-dimensional array given. Array must be two-dimensional", x.rank()),
                 place, fmt::format("operand {}", k));
    }
    // Operand k runs from index k to k + 1; vectors at the ends have the inner one.
    c.operands.push_back(x);
    c.labels.push_back(range(static_cast<int>(k) + (k == 0 && x.rank() == 1), x.rank()));
    if (k > 0) {
      const Value before = c.operands[k - 1];
      c.exact[static_cast<int>(k)] = [=] { return not_aligned(before, x, 0); };
    }
  }
  if (c.operands.front().rank() == 2) c.result.push_back(0);
  if (c.operands.back().rank() == 2) c.result.push_back(static_cast<int>(count));
  return contract(std::move(c), place);
}

Value trace(const Value& x, const Diagonal& which, std::optional<DType> dtype, Place place) {
  return build::sum(diagonal(x, which, place), {.axes = {{-1}}, .dtype = dtype}, place);
}

}  // namespace arrayc::ir::build
