// Contractions as one call's strides show them: which indices a routine takes, which are loops.
#include <algorithm>
#include <limits>

#include "backends/blas/placement.h"

namespace arrayc::backends::blas {

namespace {

// Below so many multiply-adds a call of the BLAS costs more than what it does.
constexpr std::int64_t least_work = 4096;
constexpr std::int64_t most = std::numeric_limits<int>::max();

struct Classes {
  std::vector<Axis> batch, m, n, k;
};

bool contains(const std::vector<std::int32_t>& indices, std::int32_t index) {
  return std::ranges::find(indices, index) != indices.end();
}

// The stride of an index in an array, in elements; nothing where that is no whole number.
std::optional<std::int64_t> stride_of(const std::vector<std::int32_t>& indices,
                                      const runtime::Array& array, std::int32_t index) {
  const auto found = std::ranges::find(indices, index);
  if (found == indices.end()) return 0;
  const auto axis = static_cast<std::size_t>(found - indices.begin());
  const std::int64_t item = runtime::item_size(array.dtype);
  if (array.shape[axis] == 1) return 0;
  if (array.strides[axis] % item != 0) return std::nullopt;
  return array.strides[axis] / item;
}

std::int64_t extent_of(const std::vector<std::int32_t>& indices, const runtime::Array& array,
                       std::int32_t index) {
  const auto found = std::ranges::find(indices, index);
  return found == indices.end() ? 1
                                : array.shape[static_cast<std::size_t>(found - indices.begin())];
}

// The indices of more than one element, the result's first.
std::optional<Classes> classify(const ir::EinsumAttr& einsum, const runtime::Array& a,
                                const runtime::Array& b, const runtime::Array& result) {
  const auto& of_a = einsum.operands[0];
  const auto& of_b = einsum.operands[1];
  std::vector<std::int32_t> indices = einsum.result;
  for (const auto& list : einsum.operands) {
    for (const std::int32_t index : list) {
      if (!contains(indices, index)) indices.push_back(index);
    }
  }
  Classes classes;
  for (const std::int32_t index : indices) {
    Axis axis;
    axis.extent = std::max(extent_of(of_a, a, index), extent_of(of_b, b, index));
    if (axis.extent == 1) continue;
    const auto in_a = stride_of(of_a, a, index), in_b = stride_of(of_b, b, index),
               in_result = stride_of(einsum.result, result, index);
    if (!in_a || !in_b || !in_result) return std::nullopt;
    axis.strides = {*in_a, *in_b, *in_result};
    const bool both = contains(of_a, index) && contains(of_b, index);
    if (both) {
      (contains(einsum.result, index) ? classes.batch : classes.k).push_back(axis);
    } else {
      (contains(of_a, index) ? classes.m : classes.n).push_back(axis);
    }
  }
  return classes;
}

// Neighbours that are one longer index in every array become that.
void merge(std::vector<Axis>& axes) {
  std::vector<Axis> merged;
  for (const Axis& axis : axes) {
    bool one = !merged.empty();
    for (std::size_t array = 0; one && array < 3; ++array) {
      one = merged.back().strides[array] == axis.strides[array] * axis.extent;
    }
    if (one) {
      merged.back() = {merged.back().extent * axis.extent, axis.strides};
    } else {
      merged.push_back(axis);
    }
  }
  axes = std::move(merged);
}

// Whether rows and columns are a matrix as a BLAS knows it, stored by rows or by columns.
bool is_matrix(std::int64_t rows, std::int64_t row_stride, std::int64_t columns,
               std::int64_t column_stride) {
  if (rows > most || columns > most || row_stride > most || column_stride > most) return false;
  return (column_stride == 1 && row_stride >= columns) ||
         (row_stride == 1 && column_stride >= rows);
}

bool is_vector(std::int64_t extent, std::int64_t stride) {
  return extent <= most && stride >= 1 && stride <= most;
}

bool suits(const Plan& plan) {
  const auto& [m, n, k] = std::tie(plan.m, plan.n, plan.k);
  switch (plan.routine) {
    case Plan::Routine::gemm:
      return is_matrix(m.extent, m.strides[0], k.extent, k.strides[0]) &&
             is_matrix(k.extent, k.strides[1], n.extent, n.strides[1]) && n.strides[2] == 1 &&
             m.strides[2] >= n.extent && m.strides[2] <= most;
    case Plan::Routine::gemv:
      return is_matrix(m.extent, m.strides[0], k.extent, k.strides[0]) &&
             is_vector(k.extent, k.strides[1]) && is_vector(m.extent, m.strides[2]);
    case Plan::Routine::dot:
      return is_vector(k.extent, k.strides[0]) && is_vector(k.extent, k.strides[1]);
  }
  return false;
}

void swap_operands(Classes& classes) {
  std::swap(classes.m, classes.n);
  for (auto* axes : {&classes.batch, &classes.m, &classes.n, &classes.k}) {
    for (Axis& axis : *axes) std::swap(axis.strides[0], axis.strides[1]);
  }
}

void append_except(std::vector<Axis>& loops, const std::vector<Axis>& axes, std::size_t taken) {
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (k != taken) loops.push_back(axes[k]);
  }
}

std::int64_t count(const std::vector<Axis>& loops) {
  std::int64_t product = 1;
  for (const Axis& axis : loops) product *= axis.extent;
  return product;
}

// The choice of one index of each class that does most at once.
std::optional<Plan> best_plan(const Classes& classes, bool swapped) {
  const Axis one{1, {1, 1, 1}};
  const auto at = [&](const std::vector<Axis>& axes, std::size_t k) {
    return axes.empty() ? one : axes[k];
  };
  std::optional<Plan> best;
  double most_work = 0;
  for (std::size_t m = 0; m < std::max<std::size_t>(1, classes.m.size()); ++m) {
    for (std::size_t n = 0; n < std::max<std::size_t>(1, classes.n.size()); ++n) {
      for (std::size_t k = 0; k < std::max<std::size_t>(1, classes.k.size()); ++k) {
        Plan plan;
        plan.routine = !classes.n.empty()   ? Plan::Routine::gemm
                       : !classes.m.empty() ? Plan::Routine::gemv
                                            : Plan::Routine::dot;
        plan.swapped = swapped;
        plan.m = at(classes.m, m);
        plan.n = at(classes.n, n);
        plan.k = at(classes.k, k);
        const double work = static_cast<double>(plan.m.extent) *
                            static_cast<double>(plan.n.extent) * static_cast<double>(plan.k.extent);
        if (work <= most_work || !suits(plan)) continue;
        most_work = work;
        plan.outer = classes.batch;
        append_except(plan.outer, classes.m, m);
        append_except(plan.outer, classes.n, n);
        append_except(plan.sums, classes.k, k);
        best = std::move(plan);
      }
    }
  }
  return best;
}

}  // namespace

std::optional<Plan> plan_for(const ir::EinsumAttr& einsum, const runtime::Array& a,
                             const runtime::Array& b, const runtime::Array& result) {
  std::optional<Classes> classes = classify(einsum, a, b, result);
  if (!classes) return std::nullopt;
  for (auto* axes : {&classes->batch, &classes->m, &classes->n, &classes->k}) merge(*axes);
  // The result runs along an index of the right operand; a vector is the right operand.
  const auto runs = [](const Axis& axis) { return axis.strides[2] == 1; };
  const bool swapped =
      classes->m.empty() || (!classes->n.empty() && std::ranges::any_of(classes->m, runs));
  if (swapped) swap_operands(*classes);
  std::optional<Plan> plan = best_plan(*classes, swapped);
  if (!plan) return std::nullopt;
  const bool many = count(plan->outer) * count(plan->sums) > 1;
  const auto [m, n, k] = std::tie(plan->m.extent, plan->n.extent, plan->k.extent);
  if (many && m < least_work && n < least_work && k < least_work && m * n * k < least_work) {
    return std::nullopt;
  }
  return plan;
}

}  // namespace arrayc::backends::blas
