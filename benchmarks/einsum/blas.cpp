// Products by the BLAS in $LIBRARY, a shared object: through cblas, or as dnnl_sgemm. One library
// in a process: two would find each other's functions.
//
//   gemm   batch m n k ta tb lda ldb   C[m,n] = A B, row by row; ta: A lies as [k,m]; tb: B as
//   [n,k] gemv   m n transposed              of A[m,n] dot    n version prints what the library
//   says of itself, and ends
#include <dlfcn.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "benchmarks/bench.h"
#include "benchmarks/turns/native.h"

namespace {

using Index = std::int64_t;
using Sizes = std::vector<Index>;

// As cblas.h has them.
enum Order : int { row_major = 101 };
enum Transpose : int { plain = 111, transposed = 112 };

void* library() {
  static void* const found = [] {
    const char* const path = std::getenv("LIBRARY");
    if (path == nullptr) throw std::runtime_error("LIBRARY names the shared object");
    void* const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw std::runtime_error(dlerror());
    return handle;
  }();
  return found;
}

template <typename F>
F* find(const std::string& name) {
  return reinterpret_cast<F*>(dlsym(library(), name.c_str()));
}

template <typename T>
std::string cblas_name(const std::string& function) {
  return std::string("cblas_") + (sizeof(T) == 8 ? "d" : "s") + function;
}

template <typename T>
using Gemm = void(Order, Transpose, Transpose, int m, int n, int k, T alpha, const T* a, int lda,
                  const T* b, int ldb, T beta, T* c, int ldc);
template <typename T>
using Gemv = void(Order, Transpose, int m, int n, T alpha, const T* a, int lda, const T* x,
                  int step_x, T beta, T* y, int step_y);
template <typename T>
using Dot = T(int n, const T* x, int step_x, const T* y, int step_y);
using DnnlGemm = int(char ta, char tb, Index m, Index n, Index k, float alpha, const float* a,
                     Index lda, const float* b, Index ldb, float beta, float* c, Index ldc);

// What takes a row-major product.
template <typename T>
std::function<void(const Sizes&, const T*, const T*, T*)> gemm() {
  if (auto* const f = find<Gemm<T>>(cblas_name<T>("gemm"))) {
    return [f](const Sizes& s, const T* a, const T* b, T* c) {
      const auto at = [&](std::size_t i) { return static_cast<int>(s[i]); };
      f(row_major, s[4] != 0 ? transposed : plain, s[5] != 0 ? transposed : plain, at(1), at(2),
        at(3), 1, a, at(6), b, at(7), 0, c, at(2));
    };
  }
  if constexpr (sizeof(T) == 4) {
    if (auto* const f = find<DnnlGemm>("dnnl_sgemm")) {
      return [f](const Sizes& s, const T* a, const T* b, T* c) {
        if (f(s[4] != 0 ? 'T' : 'N', s[5] != 0 ? 'T' : 'N', s[1], s[2], s[3], 1, a, s[6], b, s[7],
              0, c, s[2]) != 0)
          throw std::runtime_error("dnnl_sgemm failed");
      };
    }
  }
  throw std::invalid_argument("the library has no such product of this type");
}

template <typename T>
std::function<void()> call_of(const std::string& function, const Sizes& s, const T* a, const T* b,
                              T* result) {
  if (function == "gemm") {
    return [=, f = gemm<T>()] {
      const Index m = s[1], n = s[2], k = s[3];
      for (Index i = 0; i < s[0]; ++i) f(s, a + i * m * k, b + i * k * n, result + i * m * n);
    };
  }
  if (function == "gemv") {
    const auto m = static_cast<int>(s[0]), n = static_cast<int>(s[1]);
    const bool across = s[2] != 0;
    if (auto* const f = find<Gemv<T>>(cblas_name<T>("gemv")))
      return [=] { f(row_major, across ? transposed : plain, m, n, 1, a, n, b, 1, 0, result, 1); };
    // As a product with one column.
    const Sizes as_product = {1, across ? n : m, 1, across ? m : n, across, 0, n, 1};
    return [=, f = gemm<T>()] { f(as_product, a, b, result); };
  }
  if (function == "dot") {
    const auto n = static_cast<int>(s[0]);
    if (auto* const f = find<Dot<T>>(cblas_name<T>("dot")))
      return [=] { *result = f(n, a, 1, b, 1); };
    throw std::invalid_argument("the library has no dot");
  }
  throw std::invalid_argument("no function " + function);
}

void print_version() {
  if (auto* const f = find<const char*()>("openblas_get_config")) {
    std::istringstream said(f());  // "OpenBLAS 0.3.21 …"
    std::string name, number;
    said >> name >> number;
    std::cout << number << " for " << find<const char*()>("openblas_get_corename")() << "\n";
  } else if (auto* const of_blis = find<const char*()>("bli_info_get_version_str")) {
    std::cout << of_blis() << "\n";
  } else if (find<DnnlGemm>("dnnl_sgemm") != nullptr) {
    struct Version {
      int major, minor, patch;
    };
    const auto* const v = find<const Version*()>("dnnl_version")();
    std::cout << v->major << "." << v->minor << "." << v->patch << "\n";
  }
}

}  // namespace

bench::Prepared bench::prepare(const std::string& function, const std::vector<Input>& inputs,
                               const std::vector<std::int64_t>& sizes,
                               const std::vector<std::size_t>& result_bytes) {
  if (function == "version") {
    print_version();
    std::exit(0);
  }
  using Bytes = std::vector<unsigned char, Allocator<unsigned char>>;
  const auto result = std::make_shared<Bytes>(result_bytes.at(0));
  const auto typed = [&]<typename T>(T*) {
    return call_of<T>(function, sizes, inputs.at(0).elements, inputs.at(1).elements,
                      static_cast<T*>(Any{result->data()}));
  };
  std::function<void()> call;
  if (inputs.at(0).dtype == "f64") {
    call = typed(static_cast<double*>(nullptr));
  } else if (inputs.at(0).dtype == "f32") {
    call = typed(static_cast<float*>(nullptr));
  } else {
    throw std::invalid_argument("BLAS has no integers");
  }
  return {call, [=] { return std::vector<const void*>{result->data()}; }};
}
