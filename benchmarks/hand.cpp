// The yardstick: each workload as one fused loop, as a careful C++ programmer writes it. No
// intrinsics; OpenMP for threads and for reductions in vectors. run.py compiles it with clang++.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "benchmarks/bench.h"

namespace {

using Index = std::int64_t;
using In = const double* __restrict;
using Out = double* __restrict;
constexpr Index few = 30000;  // elements that are not worth waking threads for

// f(first, last) on the ranges of the threads. Every thread gets an equal part of `count`.
template <typename F>
void in_parallel(Index count, Index elements, F f) {
  if (elements <= few) return f(Index{0}, count);
#pragma omp parallel
  {
    const Index threads = omp_get_num_threads(), thread = omp_get_thread_num();
    f(count * thread / threads, count * (thread + 1) / threads);
  }
}

void copy(Index n, In x, Out o) {
  in_parallel(n, n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) o[i] = x[i];
  });
}

void triad(Index n, In a, In b, Out o) {
  in_parallel(n, n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) o[i] = a[i] + 3 * b[i];
  });
}

void reciprocal(Index n, In x, Out o) {
  in_parallel(n, n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) o[i] = 1 / x[i];
  });
}

void multiply_add(Index n, In a, In b, In c, Out o) {
  in_parallel(n, n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) o[i] = a[i] * b[i] + c[i];
  });
}

void distances(Index n, In points, In p, Out o) {
  const double p0 = p[0], p1 = p[1];
  in_parallel(n, n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const double u = points[2 * i] - p0, v = points[2 * i + 1] - p1;
      o[i] = std::sqrt(u * u + v * v);
    }
  });
}

void ripples(Index rows, Index columns, In x, In y, Out o) {
  in_parallel(rows, rows * columns, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const double y2 = y[i] * y[i];
#pragma omp simd
      for (Index j = 0; j < columns; ++j) {
        const double r2 = x[j] * x[j] + y2;
        o[i * columns + j] = std::sin(r2) / r2;
      }
    }
  });
}

// The second set is transposed once, so that its points lie in vectors.
void nearest(Index n, In a, In b, Out o) {
  bench::Numbers transposed(static_cast<std::size_t>(3 * n));
  for (Index j = 0; j < n; ++j)
    for (Index k = 0; k < 3; ++k) transposed[static_cast<std::size_t>(k * n + j)] = b[3 * j + k];
  const double *t0 = transposed.data(), *t1 = t0 + n, *t2 = t1 + n;
  in_parallel(n, n * n, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const double a0 = a[3 * i], a1 = a[3 * i + 1], a2 = a[3 * i + 2];
      double best = std::numeric_limits<double>::max();
#pragma omp simd reduction(min : best)
      for (Index j = 0; j < n; ++j) {
        const double u = a0 - t0[j], v = a1 - t1[j], w = a2 - t2[j];
        const double d = u * u + v * v + w * w;
        best = d < best ? d : best;
      }
      o[i] = best;
    }
  });
}

double sum_of(In x, Index n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < n; ++i) sum += x[i];
  return sum;
}

void row_means(Index rows, Index columns, In x, Out o) {
  in_parallel(rows, rows * columns, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i)
      o[i] = sum_of(x + i * columns, columns) / static_cast<double>(columns);
  });
}

// Each thread owns some columns and walks down the rows.
void column_means(Index rows, Index columns, In x, Out o) {
  in_parallel(columns, rows * columns, [=](Index first, Index last) {
    double* const sums = o + first;
    std::fill(sums, o + last, 0.0);
    for (Index i = 0; i < rows; ++i) {
#pragma omp simd
      for (Index j = 0; j < last - first; ++j) sums[j] += x[i * columns + first + j];
    }
    for (Index j = 0; j < last - first; ++j) sums[j] /= static_cast<double>(rows);
  });
}

void total(Index n, In x, Out o) {
  if (n <= few) {
    o[0] = sum_of(x, n);
    return;
  }
  double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
  for (Index i = 0; i < n; ++i) sum += x[i];
  o[0] = sum;
}

struct Workload {
  Index result;  // elements
  std::function<void(double*)> run;
};

Workload find(const std::string& name, Index n) {
  const Index m = bench::columns_of(n), rows = n / m;
  const auto x = [](Index count, Index seed) {  // kept by the function that reads it
    return [v = bench::numbers(count, seed)]() { return v.data(); };
  };
  const std::map<std::string, std::function<Workload()>> all = {
      {"copy", [&] { return Workload{n, [=, a = x(n, 1)](double* o) { copy(n, a(), o); }}; }},
      {"triad",
       [&] {
         return Workload{n, [=, a = x(n, 1), b = x(n, 2)](double* o) { triad(n, a(), b(), o); }};
       }},
      {"reciprocal",
       [&] { return Workload{n, [=, a = x(n, 1)](double* o) { reciprocal(n, a(), o); }}; }},
      {"multiply_add",
       [&] {
         return Workload{n, [=, a = x(n, 1), b = x(n, 2), c = x(n, 3)](double* o) {
                           multiply_add(n, a(), b(), c(), o);
                         }};
       }},
      {"distances",
       [&] {
         return Workload{
             n, [=, a = x(2 * n, 1), p = x(2, 2)](double* o) { distances(n, a(), p(), o); }};
       }},
      {"ripples",
       [&] {
         return Workload{
             n, [=, a = x(m, 1), b = x(rows, 2)](double* o) { ripples(rows, m, a(), b(), o); }};
       }},
      {"nearest",
       [&] {
         return Workload{
             n, [=, a = x(3 * n, 1), b = x(3 * n, 2)](double* o) { nearest(n, a(), b(), o); }};
       }},
      {"row_means",
       [&] { return Workload{rows, [=, a = x(n, 1)](double* o) { row_means(rows, m, a(), o); }}; }},
      {"column_means",
       [&] { return Workload{m, [=, a = x(n, 1)](double* o) { column_means(rows, m, a(), o); }}; }},
      {"total", [&] { return Workload{1, [=, a = x(n, 1)](double* o) { total(n, a(), o); }}; }},
  };
  return all.at(name)();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const bench::Arguments arguments = bench::parse(argv + 1);
  const Workload workload = find(arguments.workload, arguments.n);
  bench::Numbers result(static_cast<std::size_t>(workload.result));
  const auto times = bench::time_calls(arguments.samples, [&] { workload.run(result.data()); });
  bench::report(arguments, times, result);
}
