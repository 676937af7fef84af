// jit(f): f is recorded once for each set of argument types and extents, and then only run.
//
//   auto step = ac::jit([](const ac::Array& u, const ac::Array& dt) { return u + dt * laplace(u);
//   }); u = step(u, 0.1);
//
// f must be a function of its arguments alone: arrays that it captures, and what it computes
// outside of arrays, are as they were when it was recorded. Numbers are arguments like arrays: a
// new value records nothing. Its results are computed when the call returns.
#pragma once

#include <arrayc/array.h>

#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace arrayc {

namespace detail {

class JitPrograms;  // what has been recorded

inline constexpr std::size_t most_arguments = 6;
using Operands = std::span<const Operand* const>;  // at most most_arguments

// Shared by copies.
class JitFunction {
 public:
  // Calls the function object at `f` with placeholders.
  using Body = std::vector<Array> (*)(void* f, const std::vector<Array>& arguments);

  JitFunction();
  JitFunction(const JitFunction& other) noexcept;
  JitFunction& operator=(const JitFunction& other) noexcept;
  ~JitFunction();
  std::vector<Array> call(Body body, void* f, Operands operands) const;
  Array call_one(Body body, void* f, Operands operands) const;  // of one result
  std::int64_t recorded() const;

 private:
  JitPrograms* programs_;
};

template <std::size_t... i>
auto as_tuple(const std::vector<Array>& v, std::index_sequence<i...>) {
  return std::tuple(v[i]...);
}

// How results are packed and handed out: Array, std::vector<Array>, or std::tuple of Arrays.
template <typename R>
struct Results;
template <>
struct Results<Array> {
  static std::vector<Array> pack(const Array& a) { return {a}; }
  static Array call(const JitFunction& g, JitFunction::Body body, void* f, Operands operands) {
    return g.call_one(body, f, operands);
  }
};
template <>
struct Results<std::vector<Array>> {
  static std::vector<Array> pack(std::vector<Array> v) { return v; }
  static std::vector<Array> call(const JitFunction& g, JitFunction::Body body, void* f,
                                 Operands operands) {
    return g.call(body, f, operands);
  }
};
template <typename... A>
struct Results<std::tuple<A...>> {
  static std::vector<Array> pack(const std::tuple<A...>& t) {
    return std::apply([](const auto&... a) { return std::vector<Array>{a...}; }, t);
  }
  static std::tuple<A...> call(const JitFunction& g, JitFunction::Body body, void* f,
                               Operands operands) {
    return as_tuple(g.call(body, f, operands), std::index_sequence_for<A...>{});
  }
};

template <typename F, std::size_t... i>
decltype(auto) apply(F& f, const std::vector<Array>& arguments, std::index_sequence<i...>) {
  return f(arguments[i]...);
}

}  // namespace detail

template <typename F>
class Jitted {
 public:
  explicit Jitted(F f) : f_(std::move(f)) {}

  // Up to detail::most_arguments arguments, each an Array or a number.
  template <typename = void>
  auto operator()(const Operand& a) const {
    return call(a);
  }
  template <typename = void>
  auto operator()(const Operand& a, const Operand& b) const {
    return call(a, b);
  }
  template <typename = void>
  auto operator()(const Operand& a, const Operand& b, const Operand& c) const {
    return call(a, b, c);
  }
  template <typename = void>
  auto operator()(const Operand& a, const Operand& b, const Operand& c, const Operand& d) const {
    return call(a, b, c, d);
  }
  template <typename = void>
  auto operator()(const Operand& a, const Operand& b, const Operand& c, const Operand& d,
                  const Operand& e) const {
    return call(a, b, c, d, e);
  }
  template <typename = void>
  auto operator()(const Operand& a, const Operand& b, const Operand& c, const Operand& d,
                  const Operand& e, const Operand& f) const {
    return call(a, b, c, d, e, f);
  }
  // How many programs have been recorded so far.
  std::int64_t recorded() const { return programs_.recorded(); }

 private:
  template <typename... A>
  auto call(const A&... operands) const {
    using Indices = std::index_sequence_for<A...>;
    using R = std::decay_t<decltype(detail::apply(f_, {}, Indices{}))>;
    const auto body = [](void* f, const std::vector<Array>& arguments) {
      return detail::Results<R>::pack(detail::apply(*static_cast<F*>(f), arguments, Indices{}));
    };
    const Operand* const pointers[] = {&operands...};
    return detail::Results<R>::call(programs_, body, &f_, pointers);
  }

  mutable F f_;
  detail::JitFunction programs_;
};

template <typename F>
Jitted<std::decay_t<F>> jit(F&& f) {
  return Jitted<std::decay_t<F>>(std::forward<F>(f));
}

}  // namespace arrayc
