// One function for each row of ufuncs.def, and the objects of namespace ufunc.
#include "arrayc/ufuncs.h"

#include <fmt/format.h>

#include "frontend/cpp/access.h"

namespace arrayc {

using detail::Access;
using detail::guarded;

namespace {

template <typename... X>
Array apply(const ir::Ufunc& ufunc, const Operand& first, const X&... rest) {
  return guarded([&] {
    const ir::Value operands[] = {Access::value(first), Access::value(rest)...};
    return Access::make(ir::build::ufunc(ufunc, operands, Access::place(first)));
  });
}

// The position of each row.
enum class Row : std::size_t {
#define UFUNC(id, ...) id,
#include "ir/ufuncs.def"
};

const ir::Ufunc& row(Row r) { return ir::builtin_ufuncs()[static_cast<std::size_t>(r)]; }

const ir::Ufunc& find(std::string_view name, ir::Place place) {
  if (const ir::Ufunc* found = Session::current().registry().find(name)) return *found;
  ir::user_error(fmt::format("there is no ufunc named '{}'", name), place);
}

}  // namespace

#define ARRAYC_DEFINE_1(id, target) \
  Array id(const Operand& x) { return apply(row(Row::target), x); }
#define ARRAYC_DEFINE_2(id, target) \
  Array id(const Operand& x, const Operand& y) { return apply(row(Row::target), x, y); }
#define ARRAYC_DEFINE_3(id, target)                                \
  Array id(const Operand& x, const Operand& y, const Operand& z) { \
    return apply(row(Row::target), x, y, z);                       \
  }
#define UFUNC(id, aliases, arity, ...) ARRAYC_DEFINE_##arity(id, id)
#include "ir/ufuncs.def"
#define ALIAS(id, target, arity) ARRAYC_DEFINE_##arity(id, target)
#include "arrayc/detail/ufunc_aliases.def"
#undef ARRAYC_DEFINE_1
#undef ARRAYC_DEFINE_2
#undef ARRAYC_DEFINE_3

Array Ufunc::operator()(const Operand& x) const {
  return apply(guarded([&]() -> auto& { return find(name_, Access::place(x)); }), x);
}
Array Ufunc::operator()(const Operand& x, const Operand& y) const {
  return apply(guarded([&]() -> auto& { return find(name_, Access::place(x)); }), x, y);
}
Array Ufunc::operator()(const Operand& x, const Operand& y, const Operand& z) const {
  return apply(guarded([&]() -> auto& { return find(name_, Access::place(x)); }), x, y, z);
}

Array Ufunc::reduce(const Operand& x, const Reduction& how) const {
  return guarded([&] {
    const ir::Place place = Access::place(x);
    return Access::make(ir::build::reduce(find(name_, place), Access::value(x),
                                          detail::options(how, place), place));
  });
}

Array Ufunc::outer(const Operand& a, const Operand& b) const {
  return guarded([&] {
    const ir::Place place = Access::place(a);
    const ir::Value left = Access::value(a);
    const ir::Value right = Access::value(b);
    std::vector<std::int64_t> added;
    for (int axis = 0; axis < right.rank(); ++axis) added.push_back(left.rank() + axis);
    const ir::Value operands[] = {added.empty() ? left : ir::build::expand_dims(left, added, place),
                                  right};
    return Access::make(ir::build::ufunc(find(name_, place), operands, place));
  });
}

namespace ufunc {

Ufunc named(std::string_view name) {
  // The row's name lives as long as the session.
  return guarded([&] { return Ufunc(find(name, {}).name); });
}

}  // namespace ufunc

}  // namespace arrayc
