// arrayc: a function of `arrayc compile`, linked into the shared object $OBJECT (CONTENDER=object),
// or the same in C++, recorded by ac::jit (CONTENDER=jit).
#include "benchmarks/turns/native.h"

#include <arrayc/arrayc.h>
#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "benchmarks/bench.h"

namespace ac = arrayc;

namespace {

using A = const ac::Array&;
using Arrays = std::vector<ac::Array>;
using Function = std::function<Arrays(const Arrays&)>;

// --- the workloads in C++

template <typename F, std::size_t... i>
auto with_elements(const F& f, const Arrays& a, std::index_sequence<i...>) {
  return f(a[i]...);
}

// f of n arrays, recorded.
template <std::size_t n, typename F>
Function jitted(F f) {
  return [g = ac::jit(f)](const Arrays& a) -> Arrays {
    return {with_elements(g, a, std::make_index_sequence<n>())};
  };
}

// A function of one to six arrays.
template <typename F>
Function jitted_for(std::size_t count, F f) {
  using Make = Function (*)(F);
  static constexpr std::array<Make, 6> make = {jitted<1, F>, jitted<2, F>, jitted<3, F>,
                                               jitted<4, F>, jitted<5, F>, jitted<6, F>};
  return make.at(count - 1)(f);
}

Function einsum(const std::string& subscripts, std::size_t operands) {
  return jitted_for(operands, [subscripts](const auto&... a) -> ac::Array {
    return ac::einsum(subscripts, Arrays{a...});
  });
}

ac::Array linear(A x, A w, A b) { return ac::matmul(x, w) + b; }
ac::Array logistic(A x) { return 1 / (1 + ac::exp(-x)); }
ac::Array softmax(A x) {
  const ac::Array e = ac::exp(x - ac::max(x, {.axis = 1, .keepdims = true}));
  return e / ac::sum(e, {.axis = 1, .keepdims = true});
}

std::tuple<ac::Array, ac::Array, ac::Array, ac::Array, ac::Array> mlp(A w, A b, A v, A c, A x,
                                                                      A t) {
  const double n = static_cast<double>(x.shape()[0]);
  const ac::Array hid = logistic(ac::einsum("hi,Bi->Bh", w, x) + b);
  const ac::Array y = softmax(ac::einsum("oh,Bh->Bo", v, hid) + c);
  const ac::Array err = y - t;
  const ac::Array back = ac::einsum("oh,Bo->Bh", v, err) * (hid * (1 - hid));
  return {y, ac::einsum("Bi,Bh->hi", x, back) / n, ac::einsum("Bh->h", back) / n,
          ac::einsum("Bh,Bo->oh", hid, err) / n, ac::einsum("Bo->o", err) / n};
}

Function recorded_mlp() {
  return [g = ac::jit(mlp)](const Arrays& a) -> Arrays {
    const auto made = with_elements(g, a, std::make_index_sequence<6>());
    return std::apply([](const auto&... r) { return Arrays{r...}; }, made);
  };
}

ac::Array gp(A m, A d, A z) {
  const ac::Array grid = z.reshape({m.shape()[2], d.shape()[1]});
  return ac::einsum("nca,nab->cb", m, ac::einsum("nb,ab->nab", d, grid)).ravel();
}

ac::Array kron_factored(A a, A b, A z) {
  const ac::Array x = ac::matmul(b, z.reshape({-1, b.shape()[1]}).T());
  return ac::matmul(a, x.reshape({-1, a.shape()[1]}).T()).ravel();
}

// How many products ac::einsum_path finds for a chain; the search is what is measured.
Function path_of_chain() {
  return [](const Arrays& a) -> Arrays {
    const auto path = ac::einsum_path("ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak", a);
    return {ac::array({static_cast<double>(path.steps.size())})};
  };
}

Function find(const std::string& name, std::size_t operands) {
  static const std::map<std::string, std::function<Function()>> all = {
      {"matmul", [] { return jitted<2>([](A a, A b) { return ac::matmul(a, b); }); }},
      {"matmul_tn", [] { return jitted<2>([](A a, A b) { return ac::matmul(a.T(), b); }); }},
      {"matmul_nt", [] { return jitted<2>([](A a, A b) { return ac::matmul(a, b.T()); }); }},
      {"matmul_tt", [] { return jitted<2>([](A a, A b) { return ac::matmul(a.T(), b.T()); }); }},
      {"matmul_half",
       [] {
         return jitted<2>([](A a, A b) { return ac::matmul(a(ac::all, ac::slice(512)), b); });
       }},
      {"matmul_stepped",
       [] { return jitted<2>([](A a, A b) { return ac::matmul(a("::2, ::2"), b("::2, ::2")); }); }},
      {"matmul_reversed",
       [] { return jitted<2>([](A a, A b) { return ac::matmul(a("::-1"), b); }); }},
      {"outer", [] { return jitted<2>([](A a, A b) { return ac::outer(a, b); }); }},
      {"epilogue_bare", [] { return jitted<2>([](A x, A w) { return ac::matmul(x, w); }); }},
      {"epilogue_bias", [] { return jitted<3>(linear); }},
      {"epilogue_scale",
       [] { return jitted<4>([](A x, A w, A b, A s) { return linear(x, w, b) * s; }); }},
      {"epilogue_relu",
       [] { return jitted<3>([](A x, A w, A b) { return ac::maximum(linear(x, w, b), 0); }); }},
      {"epilogue_residual",
       [] { return jitted<4>([](A x, A w, A b, A r) { return linear(x, w, b) + r; }); }},
      {"epilogue_sigmoid",
       [] { return jitted<3>([](A x, A w, A b) { return logistic(linear(x, w, b)); }); }},
      {"mlp", recorded_mlp},
      {"gp", [] { return jitted<3>(gp); }},
      {"kron_dense",
       [] { return jitted<3>([](A a, A b, A z) { return ac::matmul(ac::kron(a, b), z); }); }},
      {"kron_factored", [] { return jitted<3>(kron_factored); }},
      {"nearest",
       [] {
         return jitted<2>([](A x, A y) {
           const ac::Array d = ac::square(x(ac::all, ac::newaxis) - y);
           return ac::argmin(ac::sum(d, {.axis = -1}), 1);
         });
       }},
      {"attention",
       [] {
         return jitted<3>(
             [](A q, A k, A v) { return ac::matmul(softmax(ac::matmul(q, k.T()) * 0.125), v); });
       }},
      {"einsum_path", path_of_chain},
  };
  if (name.starts_with("einsum ")) return einsum(name.substr(7), operands);
  const auto found = all.find(name);
  if (found == all.end()) throw std::invalid_argument("no workload " + name);
  return found->second();
}

// --- arrays of any type

template <typename F>
auto for_type(const std::string& dtype, F f) {
  if (dtype == "f64") return f(double{});
  if (dtype == "f32") return f(float{});
  if (dtype == "i64") return f(std::int64_t{});
  if (dtype == "i32") return f(std::int32_t{});
  if (dtype == "i16") return f(std::int16_t{});
  if (dtype == "i8") return f(std::int8_t{});
  throw std::invalid_argument("arrays of " + dtype + " are not read");
}

ac::Array borrowed(const bench::Input& input) {
  return for_type(input.dtype, [&]<typename T>(T) {
    return ac::borrow(static_cast<const T*>(input.elements), input.shape);
  });
}

// In memory, in C order.
const void* elements(const ac::Array& array) {
  static const std::map<ac::DType, std::string> names = {{ac::f64, "f64"}, {ac::f32, "f32"},
                                                         {ac::i64, "i64"}, {ac::i32, "i32"},
                                                         {ac::i16, "i16"}, {ac::i8, "i8"}};
  return for_type(names.at(array.dtype()),
                  [&]<typename T>(T) -> const void* { return array.as_span<T>().data(); });
}

bench::Prepared recorded(const std::string& function, const std::vector<bench::Input>& inputs) {
  Arrays arguments;
  for (const bench::Input& input : inputs) arguments.push_back(borrowed(input));
  const auto results = std::make_shared<Arrays>();
  return {[=, f = find(function, inputs.size())] {
            results->clear();  // as the others, which drop what a call returned
            *results = f(arguments);
          },
          [=] {
            std::vector<const void*> all;
            for (const ac::Array& result : *results) all.push_back(elements(result));
            return all;
          }};
}

// --- compiled functions: pointers to arrays, then extents, all as wide as a register

using Word = std::intptr_t;
constexpr std::size_t most_words = 24;

template <std::size_t... i>
int call_with(void* function, const std::vector<Word>& words, std::index_sequence<i...>) {
  return reinterpret_cast<int (*)(decltype(Word{} + i)...)>(function)(words[i]...);
}

template <std::size_t... n>
int call_words(void* function, const std::vector<Word>& words, std::index_sequence<n...>) {
  using Call = int (*)(void*, const std::vector<Word>&);
  static constexpr std::array<Call, sizeof...(n)> calls = {[](void* f, const std::vector<Word>& w) {
    return call_with(f, w, std::make_index_sequence<n>());
  }...};
  return calls.at(words.size())(function, words);
}

bench::Prepared compiled(const std::vector<bench::Input>& inputs,
                         const std::vector<std::int64_t>& sizes,
                         const std::vector<std::size_t>& result_bytes) {
  const char* const path = std::getenv("OBJECT");
  void* const library = path == nullptr ? nullptr : dlopen(path, RTLD_NOW);
  void* const function = library == nullptr ? nullptr : dlsym(library, "f");
  if (function == nullptr) throw std::runtime_error("cannot load the compiled function");
  using Bytes = std::vector<unsigned char, bench::Allocator<unsigned char>>;
  const auto results = std::make_shared<std::vector<Bytes>>();
  for (const std::size_t bytes : result_bytes) results->emplace_back(bytes);
  std::vector<Word> words;
  for (const bench::Input& input : inputs)
    words.push_back(reinterpret_cast<Word>(input.elements.memory));
  for (Bytes& result : *results) words.push_back(reinterpret_cast<Word>(result.data()));
  words.insert(words.end(), sizes.begin(), sizes.end());
  return {[=] {
            if (call_words(function, words, std::make_index_sequence<most_words>()) != 0)
              throw std::runtime_error("the compiled function failed");
          },
          [=] {
            std::vector<const void*> all;
            for (const Bytes& result : *results) all.push_back(result.data());
            return all;
          }};
}

}  // namespace

bench::Prepared bench::prepare(const std::string& function, const std::vector<Input>& inputs,
                               const std::vector<std::int64_t>& sizes,
                               const std::vector<std::size_t>& result_bytes) {
  const char* const contender = std::getenv("CONTENDER");
  if (contender != nullptr && std::string(contender) == "object")
    return compiled(inputs, sizes, result_bytes);
  return recorded(function, inputs);
}
