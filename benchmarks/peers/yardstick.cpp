// The workloads as a careful C++ programmer writes them: fused loops, OpenMP for threads and for
// reductions in vectors, no intrinsics. run.py compiles this with clang++ and libmvec, which may
// forget NaN, the sign of zero, and the last bits of exp, log, sin and cos.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using Index = std::int64_t;
constexpr Index few = 30000;  // elements that are not worth waking threads for
template <typename T>
using In = const T* __restrict;
template <typename T>
using Out = T* __restrict;

// f(first, last) on the ranges of the threads. Every thread gets an equal part of `count`.
template <typename F>
int in_parallel(Index count, Index elements, F f) {
  if (elements <= few) return f(Index{0}, count), 0;
#pragma omp parallel
  {
    const Index threads = omp_get_num_threads(), thread = omp_get_thread_num();
    f(count * thread / threads, count * (thread + 1) / threads);
  }
  return 0;
}

// o[i] = f(i) for all i below n.
template <typename T, typename F>
int map(Index n, Out<T> o, F f) {
  return in_parallel(n, n, [=](Index first, Index last) {
#pragma omp simd
    for (Index i = first; i < last; ++i) o[i] = f(i);
  });
}

// The sum of f(i) for all i below n.
template <typename S, typename F>
S sum(Index n, F f) {
  S s = 0;
  if (n <= few) {
#pragma omp simd reduction(+ : s)
    for (Index i = 0; i < n; ++i) s += f(i);
    return s;
  }
#pragma omp parallel for simd reduction(+ : s)
  for (Index i = 0; i < n; ++i) s += f(i);
  return s;
}

template <typename T>
T row_sum(In<T> x, Index m) {
  T s = 0;
#pragma omp simd reduction(+ : s)
  for (Index j = 0; j < m; ++j) s += x[j];
  return s;
}

template <typename T>
T row_max(In<T> x, Index m) {
  T most = x[0];
#pragma omp simd reduction(max : most)
  for (Index j = 0; j < m; ++j) most = x[j] > most ? x[j] : most;
  return most;
}

// f(row of x, row of o) for all rows.
template <typename T, typename F>
int for_rows(Index n, Index m, In<T> x, Out<T> o, F f) {
  return in_parallel(n, n * m, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) f(x + i * m, o + i * m);
  });
}

// f(first column, columns): each thread owns some columns and walks down the rows.
template <typename F>
int for_columns(Index n, Index m, F f) {
  return in_parallel(m, n * m, [=](Index first, Index last) { f(first, last - first); });
}

template <typename T>
void column_sums(Index n, Index m, In<T> x, Index columns, Out<T> sums) {
  std::fill(sums, sums + columns, T(0));
  for (Index i = 0; i < n; ++i) {
#pragma omp simd
    for (Index j = 0; j < columns; ++j) sums[j] += x[i * m + j];
  }
}

// As wide as a register of this processor, which is what limits them.
#ifdef __AVX512F__
constexpr int register_bytes = 64;
#elif defined(__AVX__)
constexpr int register_bytes = 32;
#else
constexpr int register_bytes = 16;
#endif
constexpr int registers = 12;

// Independent chains, so that a multiply-add need not wait for the one before. Without the
// attribute clang may cut the registers in half, as it does on processors whose wide ones cost
// other code its speed.
template <typename T>
__attribute__((min_vector_width(8 * register_bytes))) T chains(T x) {
  typedef T V __attribute__((vector_size(register_bytes)));
  V s[registers];
  for (int k = 0; k < registers; ++k) s[k] = V{} + (x + T(k));
  for (int step = 0; step < 64; ++step) {
#pragma clang loop unroll(full)
    for (int k = 0; k < registers; ++k) s[k] = s[k] * T(0.999) + T(0.001);
  }
  V all{};
  for (int k = 0; k < registers; ++k) all += s[k];
  T sum = 0;
  for (int lane = 0; lane < static_cast<int>(register_bytes / sizeof(T)); ++lane) sum += all[lane];
  return sum;
}

template <typename T>
struct Points {  // of a set, transposed, so that they lie in vectors
  Points(In<T> b, Index count) : n(count), t(std::size_t(3 * count)) {
    for (Index j = 0; j < n; ++j)
      for (Index k = 0; k < 3; ++k) t[std::size_t(k * n + j)] = b[3 * j + k];
  }
  T distance(In<T> a, Index j) const {
    const T u = a[0] - t[std::size_t(j)], v = a[1] - t[std::size_t(n + j)],
            w = a[2] - t[std::size_t(2 * n + j)];
    return u * u + v * v + w * w;
  }
  Index n;
  std::vector<T> t;
};

template <typename T>
struct Workloads {
  using I = In<T>;
  using O = Out<T>;

  static int copy(I x, O o, Index n) {
    return map<T>(n, o, [=](Index i) { return x[i]; });
  }
  static int triad(I a, I b, O o, Index n) {
    return map<T>(n, o, [=](Index i) { return a[i] + 3 * b[i]; });
  }
  static int reciprocal(I x, O o, Index n) {
    return map<T>(n, o, [=](Index i) { return 1 / x[i]; });
  }
  static int multiply_add(I a, I b, I c, O o, Index n) {
    return map<T>(n, o, [=](Index i) { return a[i] * b[i] + c[i]; });
  }
  static int exponential(I x, O o, Index n) {
    return map<T>(n, o, [=](Index i) { return std::exp(x[i]); });
  }
  // 64 multiply-adds in each lane of twelve registers, for each of n results.
  static int multiply_adds(I x, O o, Index n) {
    return in_parallel(n, 8192 * n, [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) o[i] = chains(x[i]);
    });
  }
  static int distances(I points, I p, O o, Index n) {
    const T p0 = p[0], p1 = p[1];
    return map<T>(n, o, [=](Index i) {
      const T u = points[2 * i] - p0, v = points[2 * i + 1] - p1;
      return std::sqrt(u * u + v * v);
    });
  }
  static int ripples(I x, I y, O o, Index m, Index n) {
    return in_parallel(n, n * m, [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        const T y2 = y[i] * y[i];
#pragma omp simd
        for (Index j = 0; j < m; ++j) {
          const T r2 = x[j] * x[j] + y2;
          o[i * m + j] = std::sin(r2) / r2;
        }
      }
    });
  }
  // By exp, since clang knows no tanh for vectors; y is between 1 and 4, where this loses nothing.
  static int chain(I x, O o, Index n) {
    const auto tanh = [](T y) { return 1 - 2 / (std::exp(2 * y) + 1); };
    return map<T>(n, o, [=](Index i) {
      const T c = std::cos(x[i]);
      const T y = std::exp(std::sin(x[i])) + std::log(1 + c * c);
      return tanh(y) * std::exp(-std::sqrt(x[i])) + std::log(y + 2) * std::cos(y);
    });
  }
  static int black_scholes(I price, I strike, I years, O o, Index n) {
    const T rate = T(0.1);
    const auto normal = [](T d) {
      return 1 / (1 + std::exp(T(-1.5976) * d - T(0.070565992) * d * d * d));
    };
    return map<T>(n, o, [=](Index i) {
      const T spread = T(0.2) * std::sqrt(years[i]);
      const T d1 = (std::log(price[i] / strike[i]) + (rate + T(0.02)) * years[i]) / spread;
      const T later = std::exp(-rate * years[i]);
      return price[i] * normal(d1) - strike[i] * later * normal(d1 - spread);
    });
  }
  static int mandelbrot(I a, I b, O o, Index n) {
    return map<T>(n, o, [=](Index i) {
      T x = a[i], y = b[i];
      for (int k = 0; k < 4; ++k) {
        const T next = x * x - y * y + a[i];
        y = 2 * x * y + b[i];
        x = next;
      }
      return x * x + y * y;
    });
  }
  static int nearest(I a, I b, O o, Index n, Index m) {
    const Points<T> points(b, m);
    return in_parallel(n, n * m, [=, &points](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        T best = std::numeric_limits<T>::max();
#pragma omp simd reduction(min : best)
        for (Index j = 0; j < m; ++j) {
          const T d = points.distance(a + 3 * i, j);
          best = d < best ? d : best;
        }
        o[i] = best;
      }
    });
  }
  // Two passes: the least, then the first that has it.
  static int nearest_index(I a, I b, Out<Index> o, Index n, Index m) {
    const Points<T> points(b, m);
    return in_parallel(n, n * m, [=, &points](Index first, Index last) {
      std::vector<T> row(static_cast<std::size_t>(m));
      for (Index i = first; i < last; ++i) {
        T best = std::numeric_limits<T>::max();
#pragma omp simd reduction(min : best)
        for (Index j = 0; j < m; ++j) {
          const T d = points.distance(a + 3 * i, j);
          row[static_cast<std::size_t>(j)] = d;
          best = d < best ? d : best;
        }
        o[i] = std::find(row.begin(), row.end(), best) - row.begin();
      }
    });
  }
  static int total(I x, O o, Index n) {
    return o[0] = sum<T>(n, [=](Index i) { return x[i]; }), 0;
  }
  static int sum_of_products(I a, I b, O o, Index n) {
    return o[0] = sum<T>(n, [=](Index i) { return a[i] * b[i]; }), 0;
  }
  static int norm(I x, O o, Index n) {
    return o[0] = std::sqrt(sum<T>(n, [=](Index i) { return x[i] * x[i]; })), 0;
  }
  static int count_above(I x, Out<Index> o, Index n) {
    return o[0] = sum<Index>(n, [=](Index i) { return Index(x[i] > T(0.75)); }), 0;
  }
  static int all_above(I x, Out<bool> o, Index n) {
    return o[0] = sum<Index>(n, [=](Index i) { return Index(x[i] > T(0.25)); }) == n, 0;
  }
  static int row_means(I x, O o, Index n, Index m) {
    return in_parallel(n, n * m, [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) o[i] = row_sum<T>(x + i * m, m) / T(m);
    });
  }
  static int column_means(I x, O o, Index n, Index m) {
    return for_columns(n, m, [=](Index first, Index columns) {
      O sums = o + first;
      column_sums<T>(n, m, x + first, columns, sums);
      for (Index j = 0; j < columns; ++j) sums[j] /= T(n);
    });
  }
  static int row_variances(I x, O o, Index n, Index m) {
    return in_parallel(n, n * m, [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        I row = x + i * m;
        const T mean = row_sum<T>(row, m) / T(m);
        T s = 0;
#pragma omp simd reduction(+ : s)
        for (Index j = 0; j < m; ++j) s += (row[j] - mean) * (row[j] - mean);
        o[i] = s / T(m);
      }
    });
  }
  static int column_variances(I x, O o, Index n, Index m) {
    return for_columns(n, m, [=](Index first, Index columns) {
      std::vector<T> means(static_cast<std::size_t>(columns));
      column_sums<T>(n, m, x + first, columns, means.data());
      for (T& mean : means) mean /= T(n);
      O sums = o + first;
      std::fill(sums, sums + columns, T(0));
      for (Index i = 0; i < n; ++i) {
        I row = x + i * m + first;
#pragma omp simd
        for (Index j = 0; j < columns; ++j) {
          const T d = row[j] - means[static_cast<std::size_t>(j)];
          sums[j] += d * d;
        }
      }
      for (Index j = 0; j < columns; ++j) sums[j] /= T(n);
    });
  }
  static int softmax(I x, O o, Index n, Index m) {
    return for_rows<T>(n, m, x, o, [=](I row, O out) {
      const T most = row_max<T>(row, m);
      T s = 0;
#pragma omp simd reduction(+ : s)
      for (Index j = 0; j < m; ++j) {
        out[j] = std::exp(row[j] - most);
        s += out[j];
      }
      for (Index j = 0; j < m; ++j) out[j] /= s;
    });
  }
  static int column_softmax(I x, O o, Index n, Index m) {
    return for_columns(n, m, [=](Index first, Index columns) {
      std::vector<T> most(x + first, x + first + columns);
      std::vector<T> sums(static_cast<std::size_t>(columns));
      T *p = most.data(), *s = sums.data();
      for (Index i = 0; i < n; ++i) {
        I row = x + i * m + first;
#pragma omp simd
        for (Index j = 0; j < columns; ++j) p[j] = row[j] > p[j] ? row[j] : p[j];
      }
      for (Index i = 0; i < n; ++i) {
        I row = x + i * m + first;
        O out = o + i * m + first;
#pragma omp simd
        for (Index j = 0; j < columns; ++j) {
          out[j] = std::exp(row[j] - p[j]);
          s[j] += out[j];
        }
      }
      for (Index i = 0; i < n; ++i) {
        O out = o + i * m + first;
#pragma omp simd
        for (Index j = 0; j < columns; ++j) out[j] /= s[j];
      }
    });
  }
  static int log_softmax(I x, O o, Index n, Index m) {
    return for_rows<T>(n, m, x, o, [=](I row, O out) {
      const T most = row_max<T>(row, m);
      T s = 0;
#pragma omp simd reduction(+ : s)
      for (Index j = 0; j < m; ++j) s += std::exp(row[j] - most);
      const T shift = most + std::log(s);
      for (Index j = 0; j < m; ++j) out[j] = row[j] - shift;
    });
  }
  static int layer_norm(I x, O o, Index n, Index m) {
    return for_rows<T>(n, m, x, o, [=](I row, O out) {
      const T mean = row_sum<T>(row, m) / T(m);
      T s = 0;
#pragma omp simd reduction(+ : s)
      for (Index j = 0; j < m; ++j) s += (row[j] - mean) * (row[j] - mean);
      const T scale = 1 / std::sqrt(s / T(m) + T(1e-5));
      for (Index j = 0; j < m; ++j) out[j] = (row[j] - mean) * scale;
    });
  }
  // o[i, j] = f(i, j) of the points within the border of an (n, m) array.
  template <typename R, typename F>
  static int inner(Index n, Index m, Out<R> o, F f) {
    return in_parallel(n - 2, n * m, [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
#pragma omp simd
        for (Index j = 0; j < m - 2; ++j) o[i * (m - 2) + j] = f((i + 1) * m + j + 1);
      }
    });
  }
  static int heat(I u, O o, Index n, Index m) {
    return inner<T>(n, m, o, [=](Index k) {
      return u[k] + T(0.1) * (u[k + m] + u[k - m] + u[k + 1] + u[k - 1] - 4 * u[k]);
    });
  }
  static int convolution(I u, O o, Index n, Index m) {
    return inner<T>(n, m, o, [=](Index k) {
      return T(0.1) * (u[k - m - 1] + u[k - m + 1] + u[k + m - 1] + u[k + m + 1]) +
             T(0.2) * (u[k - m] + u[k - 1] + u[k + 1] + u[k + m]) + T(0.4) * u[k];
    });
  }
  static int life(I u, Out<bool> o, Index n, Index m) {
    return inner<bool>(n, m, o, [=](Index k) {
      const T around = T(u[k - m - 1] + u[k - m] + u[k - m + 1] + u[k - 1] + u[k] + u[k + 1] +
                         u[k + m - 1] + u[k + m] + u[k + m + 1]);
      return (around == 3) | ((around == 4) & (u[k] == 1));
    });
  }
  static int grey(I r, I g, I b, Out<float> o, Index n) {
    return map<float>(n, o, [=](Index i) { return r[i] * 0.299F + g[i] * 0.587F + b[i] * 0.114F; });
  }
};

}  // namespace

using f64 = double;
using f32 = float;
using u8 = std::uint8_t;
#define FUNCTION(name, type) Workloads<type>::name
#include "benchmarks/peers/compiled.h"

bench::Prepared bench::prepare(const std::string& function, const std::vector<Input>& inputs,
                               const std::vector<std::int64_t>& sizes,
                               const std::vector<std::size_t>& result_bytes) {
  return prepare_compiled(function, inputs, sizes, result_bytes);
}
