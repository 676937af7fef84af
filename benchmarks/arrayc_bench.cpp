// The workloads by arrayc. With BENCH_MODE=object it calls what `arrayc compile kernels.py` made,
// else functions compiled at run time from the same expressions in C++.
#include <arrayc/arrayc.h>
#include <kernels.h>  // made by arrayc

#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>

#include "benchmarks/bench.h"

namespace {

namespace ac = arrayc;
using Arrays = std::vector<ac::Array>;

struct Workload {
  std::vector<ac::Shape> inputs;
  std::int64_t result;                                       // elements
  std::function<ac::Array(const Arrays&)> lazy;              // by ac::jit
  std::function<int(const double* const*, double*)> object;  // ahead of time
};

// A jitted function of one, two or three arrays.
template <typename F>
std::function<ac::Array(const Arrays&)> one(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0]); };
}
template <typename F>
std::function<ac::Array(const Arrays&)> two(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0], a[1]); };
}
template <typename F>
std::function<ac::Array(const Arrays&)> three(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0], a[1], a[2]); };
}

using A = const ac::Array&;
using In = const double* const*;

Workload elementwise(const std::string& name, std::int64_t n, std::int64_t m) {
  const std::int64_t rows = n / m;
  if (name == "reciprocal")
    return {{{n}}, n, one([](A x) { return 1 / x; }), [=](In in, double* o) {
              return reciprocal(in[0], o, n);
            }};
  if (name == "multiply_add")
    return {
        {{n}, {n}, {n}}, n, three([](A a, A b, A c) { return a * b + c; }), [=](In in, double* o) {
          return multiply_add(in[0], in[1], in[2], o, n);
        }};
  if (name == "ripples") {
    const auto f = [](A x, A y) {
      const ac::Array r2 = ac::square(x) + ac::square(y(ac::all, ac::newaxis));
      return ac::sin(r2) / r2;
    };
    return {{{m}, {rows}}, n, two(f), [=](In in, double* o) {
              return ripples(in[0], in[1], o, m, rows);
            }};
  }
  throw std::invalid_argument("no such workload: " + name);
}

Workload find(const std::string& name, std::int64_t n) {
  const std::int64_t m = bench::columns_of(n), rows = n / m;
  if (name == "distances") {
    const auto f = [](A points, A p) {
      return ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1}));
    };
    return {
        {{n, 2}, {2}}, n, two(f), [=](In in, double* o) { return distances(in[0], in[1], o, n); }};
  }
  if (name == "nearest") {
    const auto f = [](A a, A b) {
      const ac::Array squares = ac::square(a(ac::all, ac::newaxis) - b);
      return ac::min(ac::sum(squares, {.axis = 2}), {.axis = 1});
    };
    return {{{n, 3}, {n, 3}}, n, two(f), [=](In in, double* o) {
              return nearest(in[0], in[1], o, n, n);
            }};
  }
  if (name == "row_means")
    return {{{rows, m}},
            rows,
            one([](A x) { return ac::mean(x, {.axis = 1}); }),
            [=](In in, double* o) { return row_means(in[0], o, rows, m); }};
  if (name == "column_means")
    return {
        {{rows, m}}, m, one([](A x) { return ac::mean(x, {.axis = 0}); }), [=](In in, double* o) {
          return column_means(in[0], o, rows, m);
        }};
  if (name == "total")
    return {{{n}}, 1, one([](A x) { return ac::sum(x); }), [=](In in, double* o) {
              return total(in[0], o, n);
            }};
  return elementwise(name, n, m);
}

std::string statistics() {
  const ac::Stats stats = ac::stats();
  return ", \"temporaries\": " + std::to_string(stats.temporaries) +
         ", \"peak_bytes\": " + std::to_string(stats.temporary_bytes + stats.scratch_bytes) +
         ", \"bytes_moved\": " + std::to_string(stats.bytes_read + stats.bytes_written) +
         ", \"kernels\": " + std::to_string(stats.kernels);
}

void run(const bench::Arguments& arguments, bool from_object) {
  ac::set_num_threads(arguments.threads);
  const Workload workload = find(arguments.workload, arguments.n);
  std::vector<bench::Numbers> memory;
  std::vector<const double*> pointers;
  Arrays arrays;
  for (const ac::Shape& shape : workload.inputs) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    memory.push_back(bench::numbers(count, static_cast<std::int64_t>(memory.size()) + 1));
    pointers.push_back(memory.back().data());
    arrays.push_back(ac::borrow(pointers.back(), shape));
  }
  if (from_object) {
    bench::Numbers result(static_cast<std::size_t>(workload.result));
    const auto times = bench::time_calls(arguments.samples, [&] {
      if (workload.object(pointers.data(), result.data()) != 0)
        throw std::runtime_error("the compiled function failed");
    });
    bench::report(arguments, times, result);
    return;
  }
  ac::Array result;
  const auto times = bench::time_calls(arguments.samples, [&] { result = workload.lazy(arrays); });
  const std::string statistics_of_last = statistics();
  bench::report(arguments, times, result.as_span<double>(), statistics_of_last);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const char* const mode = std::getenv("BENCH_MODE");
  try {
    run(bench::parse(argv + 1), mode != nullptr && std::string(mode) == "object");
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
