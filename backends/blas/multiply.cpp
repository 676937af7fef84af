#include "backends/blas/multiply.h"

#include <cblas.h>

#include <algorithm>
#include <atomic>
#include <complex>
#include <cstring>

#include "backends/blas/placement.h"
#include "ir/diagnostic.h"
#include "runtime/float_environment.h"
#include "runtime/threads.h"

// OpenBLAS's own function. Another BLAS has none: its threads follow its own rules.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int count);

namespace arrayc::backends::blas {

namespace {

template <typename T>
struct Routines;

template <>
struct Routines<float> {
  static constexpr auto gemm = cblas_sgemm;
  static constexpr auto gemv = cblas_sgemv;
  static void dot(int n, const float* x, int x_step, const float* y, int y_step, float* sum) {
    *sum = cblas_sdot(n, x, x_step, y, y_step);
  }
  static float number(const float& value) { return value; }
};

template <>
struct Routines<double> {
  static constexpr auto gemm = cblas_dgemm;
  static constexpr auto gemv = cblas_dgemv;
  static void dot(int n, const double* x, int x_step, const double* y, int y_step, double* sum) {
    *sum = cblas_ddot(n, x, x_step, y, y_step);
  }
  static double number(const double& value) { return value; }
};

template <>
struct Routines<std::complex<float>> {
  static constexpr auto gemm = cblas_cgemm;
  static constexpr auto gemv = cblas_cgemv;
  static constexpr auto dot = cblas_cdotu_sub;
  static const void* number(const std::complex<float>& value) { return &value; }
};

template <>
struct Routines<std::complex<double>> {
  static constexpr auto gemm = cblas_zgemm;
  static constexpr auto gemv = cblas_zgemv;
  static constexpr auto dot = cblas_zdotu_sub;
  static const void* number(const std::complex<double>& value) { return &value; }
};

// A matrix that is stored by columns is the transpose of one that is stored by rows.
struct Matrix {
  CBLAS_TRANSPOSE transpose;
  int lead;
};
Matrix matrix_of(const Axis& rows, const Axis& columns, std::size_t array) {
  const std::int64_t row_stride = rows.strides[array], column_stride = columns.strides[array];
  const bool by_rows = column_stride == 1 && row_stride >= columns.extent;
  return by_rows ? Matrix{CblasNoTrans, static_cast<int>(row_stride)}
                 : Matrix{CblasTrans, static_cast<int>(column_stride)};
}

// One call of a routine; `adds` to what is in the result.
template <typename T>
void call(const Plan& plan, const T* left, const T* right, T* result, bool adds) {
  using R = Routines<T>;
  const T one = 1, before = adds ? 1 : 0;
  const int m = static_cast<int>(plan.m.extent), n = static_cast<int>(plan.n.extent),
            k = static_cast<int>(plan.k.extent);
  const int right_step = static_cast<int>(plan.k.strides[1]);
  const Matrix a = matrix_of(plan.m, plan.k, 0);
  switch (plan.routine) {
    case Plan::Routine::gemm: {
      const Matrix b = matrix_of(plan.k, plan.n, 1);
      R::gemm(CblasRowMajor, a.transpose, b.transpose, m, n, k, R::number(one), left, a.lead, right,
              b.lead, R::number(before), result, static_cast<int>(plan.m.strides[2]));
      break;
    }
    case Plan::Routine::gemv: {
      const bool transposed = a.transpose == CblasTrans;
      R::gemv(CblasRowMajor, a.transpose, transposed ? k : m, transposed ? m : k, R::number(one),
              left, a.lead, right, right_step, R::number(before), result,
              static_cast<int>(plan.m.strides[2]));
      break;
    }
    case Plan::Routine::dot: {
      T sum = 0;
      R::dot(k, left, static_cast<int>(plan.k.strides[0]), right, right_step, &sum);
      *result = adds ? *result + sum : sum;
      break;
    }
  }
}

// All calls: the loops of `sums` are the inner ones.
template <typename T>
void run(const Plan& plan, const void* left, const void* right, void* result) {
  std::vector<Axis> loops = plan.outer;
  loops.insert(loops.end(), plan.sums.begin(), plan.sums.end());
  const auto* a = static_cast<const T*>(left);
  const auto* b = static_cast<const T*>(right);
  auto* c = static_cast<T*>(result);
  std::vector<std::int64_t> at(loops.size(), 0);
  for (;;) {
    const bool adds = std::any_of(at.begin() + static_cast<std::ptrdiff_t>(plan.outer.size()),
                                  at.end(), [](std::int64_t index) { return index != 0; });
    call(plan, a, b, c, adds);
    std::size_t loop = loops.size();
    for (; loop > 0; --loop) {
      const Axis& axis = loops[loop - 1];
      const std::int64_t step = ++at[loop - 1] < axis.extent ? 1 : 1 - axis.extent;
      a += step * axis.strides[0];
      b += step * axis.strides[1];
      c += step * axis.strides[2];
      if (step == 1) break;
      at[loop - 1] = 0;
    }
    if (loop == 0) return;
  }
}

void run_typed(const Plan& plan, const void* left, const void* right, runtime::Array& result) {
  switch (result.dtype) {
    case ARRAYC_F32:
      return run<float>(plan, left, right, result.data);
    case ARRAYC_F64:
      return run<double>(plan, left, right, result.data);
    case ARRAYC_C64:
      return run<std::complex<float>>(plan, left, right, result.data);
    case ARRAYC_C128:
      return run<std::complex<double>>(plan, left, right, result.data);
    default:
      ir::bug("blas: a dtype that the BLAS does not know");
  }
}

// As many threads as loops may use. The BLAS is told where that has changed.
void set_threads() {
  static std::atomic<int> told{0};
  const int count = runtime::thread_count();
  if (openblas_set_num_threads && told.exchange(count) != count) openblas_set_num_threads(count);
}

[[gnu::noinline]] void run_here(const Plan& plan, const void* left, const void* right,
                                runtime::Array& result) {
  run_typed(plan, left, right, result);
}

}  // namespace

bool multiply(const ir::EinsumAttr& einsum, const runtime::Array& a, const runtime::Array& b,
              runtime::Array& result) {
  const std::int64_t count = runtime::element_count(result.shape);
  if (count == 0) return true;
  const bool nothing = runtime::element_count(a.shape) == 0 || runtime::element_count(b.shape) == 0;
  std::optional<Plan> plan;
  if (!nothing) plan = plan_for(einsum, a, b, result);
  if (!nothing && !plan) return false;
  // A vector's routine may multiply what is there by 0, and that may be a NaN.
  if (nothing || plan->routine == Plan::Routine::gemv) {
    std::memset(result.data, 0, static_cast<std::size_t>(count * runtime::item_size(result.dtype)));
  }
  if (nothing) return true;
  set_threads();
  const runtime::DefaultFloatEnvironment standard;
  run_here(*plan, plan->swapped ? b.data : a.data, plan->swapped ? a.data : b.data, result);
  return true;
}

}  // namespace arrayc::backends::blas
