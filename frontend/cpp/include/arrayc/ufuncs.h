// Functions of elements: sqrt(x), add(a, b), where(condition, a, b), …, one for each row of
// <arrayc/detail/ufuncs.def>; and the objects ufunc::add, … with reduce and outer.
#pragma once

#include <arrayc/array.h>

#include <string_view>

namespace arrayc {

#define ARRAYC_DECLARE_1(id) Array id(const Operand& x);
#define ARRAYC_DECLARE_2(id) Array id(const Operand& x, const Operand& y);
#define ARRAYC_DECLARE_3(id) Array id(const Operand& x, const Operand& y, const Operand& z);
#define UFUNC(id, aliases, arity, ...) ARRAYC_DECLARE_##arity(id)
#include <arrayc/detail/ufuncs.def>
#define ALIAS(id, ufunc, arity) ARRAYC_DECLARE_##arity(id)
#include <arrayc/detail/ufunc_aliases.def>
#undef ARRAYC_DECLARE_1
#undef ARRAYC_DECLARE_2
#undef ARRAYC_DECLARE_3

class Ufunc {
 public:
  constexpr explicit Ufunc(std::string_view name) : name_(name) {}
  std::string_view name() const { return name_; }

  Array operator()(const Operand& x) const;
  Array operator()(const Operand& x, const Operand& y) const;
  Array operator()(const Operand& x, const Operand& y, const Operand& z) const;
  // As in NumPy, the first axis if none is named.
  Array reduce(const Operand& x, const Reduction& how = {.axis = 0}) const;
  // f(a[i], b[j]) for all i and j.
  Array outer(const Operand& a, const Operand& b) const;

 private:
  std::string_view name_;
};

namespace ufunc {
#define UFUNC(id, ...) inline constexpr Ufunc id{#id};
#include <arrayc/detail/ufuncs.def>

// By name: also those of plug-ins.
Ufunc named(std::string_view name);
}  // namespace ufunc

}  // namespace arrayc
