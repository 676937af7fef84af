// Products of matrices, as one einsum node each.
#include <fmt/format.h>

#include "ir/build/einsum.h"

namespace arrayc::ir::build {

namespace {

constexpr std::string_view signature = "(n?,k),(k,m?)->(n?,m?)";

// Labels from `first`, one for each of `count` axes.
std::vector<int> range(int first, int count) {
  std::vector<int> labels;
  for (int i = 0; i < count; ++i) labels.push_back(first + i);
  return labels;
}

std::string batch_string(const Shape& batch, int core) {
  std::string text = shape_template(batch);
  text.pop_back();
  if (!text.empty() && text.back() == ',') text.pop_back();
  for (int i = 0; i < core; ++i) text += text == "(" ? "newaxis" : ",newaxis";
  return text + ")";
}

std::string batch_message(const Value& a, const Value& b, int rows, int columns) {
  const auto batch = [](const Value& x) {
    return Shape(x.shape().begin(), x.shape().end() - std::min(x.rank(), 2));
  };
  Shape requested;
  if (rows) requested.push_back(a.shape()[a.shape().size() - 2]);
  if (columns) requested.push_back(b.shape().back());
  return fmt::format(
      "operands could not be broadcast together with remapped shapes "
      "[original->remapped]: {}->{} {}->{}  and requested shape {}",
      shape_template(a.shape()), batch_string(batch(a), rows + columns), shape_template(b.shape()),
      batch_string(batch(b), rows + columns), shape_template(requested));
}

}  // namespace

std::string not_aligned(const Value& a, const Value& b, std::size_t axis) {
  return fmt::format("shapes {} and {} not aligned: {} (dim {}) != {} (dim {})",
                     shape_template(a.shape()), shape_template(b.shape()),
                     extent_template(a.shape().back()), a.rank() - 1,
                     extent_template(b.shape()[axis]), axis);
}

Value matmul(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place);
  const Value b = strong(right, place);
  for (const auto& [x, number] : {std::pair(a, 0), std::pair(b, 1)}) {
    if (x.rank() > 0) continue;
    user_error(fmt::format("matmul: Input operand {} does not have enough dimensions (has 0, "
                           "gufunc core with signature {} requires 1)",
                           number, signature),
               place);
  }
  const int rows = a.rank() > 1;
  const int columns = b.rank() > 1;
  const Extent& inner = a.shape().back();
  const Extent& other = columns ? b.shape()[b.shape().size() - 2] : b.shape().back();
  // Batch axes are aligned at the right: labels 3, 4, … from the last one.
  const int batch_a = std::max(a.rank() - 2, 0);
  const int batch_b = std::max(b.rank() - 2, 0);
  const int batch = std::max(batch_a, batch_b);
  Contraction c;
  c.message = [=] { return batch_message(a, b, rows, columns); };
  c.operands = {a, b};
  c.labels = {range(3 + batch - batch_a, batch_a), range(3 + batch - batch_b, batch_b)};
  c.result = range(3, batch);
  constexpr int row = 0, sum = 1, column = 2;
  c.exact[sum] = [inner, other] {
    return fmt::format(
        "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature {} "
        "(size {} is different from {})",
        signature, extent_template(other), extent_template(inner));
  };
  if (rows) c.labels[0].push_back(row);
  if (rows) c.result.push_back(row);
  c.labels[0].push_back(sum);
  c.labels[1].push_back(sum);
  if (columns) c.labels[1].push_back(column);
  if (columns) c.result.push_back(column);
  return contract(std::move(c), place);
}

Value dot(const Value& left, const Value& right, Place place) {
  const Value a = strong(left, place);
  const Value b = strong(right, place);
  if (a.rank() == 0 || b.rank() == 0) return apply("multiply", {a, b}, place);
  const std::size_t axis = b.rank() > 1 ? b.shape().size() - 2 : 0;
  constexpr int sum = 0;
  Contraction c;
  c.exact[sum] = [=] { return not_aligned(a, b, axis); };
  c.operands = {a, b};
  c.labels = {range(1, a.rank() - 1), range(a.rank(), b.rank())};
  c.result = c.labels[0];
  c.labels[0].push_back(sum);
  c.labels[1][axis] = sum;
  for (const int label : c.labels[1]) {
    if (label != sum) c.result.push_back(label);
  }
  return contract(std::move(c), place);
}

}  // namespace arrayc::ir::build
