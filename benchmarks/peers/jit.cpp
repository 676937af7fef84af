// The workloads by arrayc: what `arrayc compile` made of workloads.py (CONTENDER=object), or the
// same expressions in C++, recorded by ac::jit.
#include <arrayc/arrayc.h>
#include <kernels_f32.h>  // made by arrayc
#include <kernels_f64.h>

#include <cstdlib>
#define FUNCTION(name, type) name##_##type
#include "benchmarks/peers/compiled.h"

namespace ac = arrayc;

namespace {

using A = const ac::Array&;
using Arrays = std::vector<ac::Array>;
using Function = std::function<ac::Array(const Arrays&)>;

template <typename F>
Function one(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0]); };
}
template <typename F>
Function two(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0], a[1]); };
}
template <typename F>
Function three(F f) {
  return [g = ac::jit(f)](const Arrays& a) { return g(a[0], a[1], a[2]); };
}

ac::Array chain(A x) {
  const ac::Array y = ac::exp(ac::sin(x)) + ac::log(1 + ac::square(ac::cos(x)));
  return ac::tanh(y) * ac::exp(-ac::sqrt(x)) + ac::log(y + 2) * ac::cos(y);
}

ac::Array black_scholes(A price, A strike, A years) {
  const double rate = 0.1;
  const ac::Array spread = 0.2 * ac::sqrt(years);
  const ac::Array d1 = (ac::log(price / strike) + (rate + 0.02) * years) / spread;
  const ac::Array d2 = d1 - spread;
  const auto normal = [](A d) { return 1 / (1 + ac::exp(-1.5976 * d - 0.070565992 * d * d * d)); };
  return price * normal(d1) - strike * ac::exp(-rate * years) * normal(d2);
}

ac::Array mandelbrot(A a, A b) {
  ac::Array x = a, y = b;
  for (int i = 0; i < 4; ++i) {
    const ac::Array next = x * x - y * y + a;
    y = 2 * x * y + b;
    x = next;
  }
  return x * x + y * y;
}

ac::Array squares(A a, A b) {
  return ac::sum(ac::square(a(ac::all, ac::newaxis) - b), {.axis = 2});
}

ac::Array softmax(A x, int axis) {
  const ac::Array e = ac::exp(x - ac::max(x, {.axis = axis, .keepdims = true}));
  return e / ac::sum(e, {.axis = axis, .keepdims = true});
}

ac::Array log_softmax(A x) {
  const ac::Array d = x - ac::max(x, {.axis = 1, .keepdims = true});
  return d - ac::log(ac::sum(ac::exp(d), {.axis = 1, .keepdims = true}));
}

ac::Array centred(A x, int axis) { return x - ac::mean(x, {.axis = axis, .keepdims = true}); }

ac::Array layer_norm(A x) {
  const ac::Array d = centred(x, 1);
  return d / ac::sqrt(ac::mean(d * d, {.axis = 1, .keepdims = true}) + 1e-5);
}

ac::Array part(A u, int down, int right) {
  const auto from = [](int k) { return k == 2 ? ac::slice(2, ac::none) : ac::slice(k, k - 2); };
  return u(from(down), from(right));
}

ac::Array heat(A u) {
  const ac::Array inner = part(u, 1, 1);
  return inner + 0.1 * (part(u, 2, 1) + part(u, 0, 1) + part(u, 1, 2) + part(u, 1, 0) - 4 * inner);
}

ac::Array convolution(A u) {
  const ac::Array top = 0.1 * part(u, 0, 0) + 0.2 * part(u, 0, 1) + 0.1 * part(u, 0, 2);
  const ac::Array middle = 0.2 * part(u, 1, 0) + 0.4 * part(u, 1, 1) + 0.2 * part(u, 1, 2);
  return top + middle + 0.1 * part(u, 2, 0) + 0.2 * part(u, 2, 1) + 0.1 * part(u, 2, 2);
}

ac::Array life(A u) {
  const auto third = [](int k) { return k == 2 ? ac::slice(2, ac::none) : ac::slice(k, k - 2); };
  const ac::Array rows = u(third(0)) + u(third(1)) + u(third(2));
  const ac::Array around =
      rows(ac::all, third(0)) + rows(ac::all, third(1)) + rows(ac::all, third(2));
  return (around == 3) | ((around == 4) & (part(u, 1, 1) == 1));
}

ac::Array grey(A r, A g, A b) {
  const auto weighted = [](A x, double weight) { return x.astype(ac::f32) * weight; };
  return weighted(r, 0.299) + weighted(g, 0.587) + weighted(b, 0.114);
}

Function find(const std::string& name) {
  static const std::map<std::string, std::function<Function()>> all = {
      {"reciprocal", [] { return one([](A x) { return 1 / x; }); }},
      {"multiply_add", [] { return three([](A a, A b, A c) { return a * b + c; }); }},
      {"distances",
       [] {
         return two(
             [](A points, A p) { return ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1})); });
       }},
      {"ripples",
       [] {
         return two([](A x, A y) {
           const ac::Array r2 = ac::square(x) + ac::square(y(ac::all, ac::newaxis));
           return ac::sin(r2) / r2;
         });
       }},
      {"exponential", [] { return one([](A x) { return ac::exp(x); }); }},
      {"chain", [] { return one(chain); }},
      {"black_scholes", [] { return three(black_scholes); }},
      {"mandelbrot", [] { return two(mandelbrot); }},
      {"nearest", [] { return two([](A a, A b) { return ac::min(squares(a, b), {.axis = 1}); }); }},
      {"nearest_index", [] { return two([](A a, A b) { return ac::argmin(squares(a, b), 1); }); }},
      {"total", [] { return one([](A x) { return ac::sum(x); }); }},
      {"sum_of_products", [] { return two([](A a, A b) { return ac::sum(a * b); }); }},
      {"norm", [] { return one([](A x) { return ac::sqrt(ac::sum(ac::square(x))); }); }},
      {"count_above", [] { return one([](A x) { return ac::sum(x > 0.75); }); }},
      {"all_above", [] { return one([](A x) { return ac::all(x > 0.25); }); }},
      {"row_means", [] { return one([](A x) { return ac::mean(x, {.axis = 1}); }); }},
      {"column_means", [] { return one([](A x) { return ac::mean(x, {.axis = 0}); }); }},
      {"row_variances",
       [] { return one([](A x) { return ac::mean(ac::square(centred(x, 1)), {.axis = 1}); }); }},
      {"column_variances",
       [] { return one([](A x) { return ac::mean(ac::square(centred(x, 0)), {.axis = 0}); }); }},
      {"softmax", [] { return one([](A x) { return softmax(x, 1); }); }},
      {"column_softmax", [] { return one([](A x) { return softmax(x, 0); }); }},
      {"log_softmax", [] { return one(log_softmax); }},
      {"layer_norm", [] { return one(layer_norm); }},
      {"heat", [] { return one(heat); }},
      {"convolution", [] { return one(convolution); }},
      {"life", [] { return one(life); }},
      {"grey", [] { return three(grey); }},
  };
  const auto found = all.find(name);
  if (found == all.end()) throw std::invalid_argument("no workload " + name);
  return found->second();
}

ac::Array borrowed(const bench::Input& input) {
  if (input.dtype == "f64")
    return ac::borrow(static_cast<const double*>(input.elements), input.shape);
  if (input.dtype == "f32")
    return ac::borrow(static_cast<const float*>(input.elements), input.shape);
  return ac::borrow(static_cast<const std::uint8_t*>(input.elements), input.shape);
}

const void* elements(const ac::Array& array) {
  switch (array.dtype()) {
    case ac::f64:
      return array.as_span<double>().data();
    case ac::f32:
      return array.as_span<float>().data();
    case ac::i64:
      return array.as_span<std::int64_t>().data();
    case ac::bool_:
      return array.as_span<bool>().data();
    default:
      throw std::invalid_argument("results of this type are not read");
  }
}

}  // namespace

namespace bench {

Prepared prepare(const std::string& function, const std::vector<Input>& inputs,
                 const std::vector<std::int64_t>& sizes,
                 const std::vector<std::size_t>& result_bytes) {
  const char* const contender = std::getenv("CONTENDER");
  if (contender != nullptr && std::string(contender) == "object")
    return prepare_compiled(function, inputs, sizes, result_bytes);
  Arrays arguments;
  for (const Input& input : inputs) arguments.push_back(borrowed(input));
  const auto f = find(function.substr(0, function.rfind('_')));
  const auto result = std::make_shared<ac::Array>();
  return {[=] {
            *result = ac::Array();  // as the others, which drop what a call returned
            *result = f(arguments);
          },
          [=] { return std::vector{elements(*result)}; }};
}

}  // namespace bench
