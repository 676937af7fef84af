// Builders of functions.def: products.
#include <fmt/format.h>

#include "ir/build/functions.h"
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// The order of operations is the same whatever is asked for.
void check_optimize(const Object& optimize, Place place) {
  if (optimize.kind == Object::Kind::tuple) {
    limitation("a path for einsum to take is not built", place,
               "leave argument 'optimize' out: the order is arrayc's");
  }
  if (optimize.kind == Object::Kind::text && optimize.text != "greedy" &&
      optimize.text != "optimal") {
    user_error(fmt::format("Path name {} not found", optimize.text), place,
               "it is True, False, 'greedy' or 'optimal'");
  }
}

// Results lie in C order whatever is asked for.
void check_order(const Arguments& a, std::size_t i) {
  if (a.is_none(i)) return;
  const std::string_view order = a.text(i);
  if (order.size() == 1 && std::string_view("CFAKcfak").find(order[0]) != std::string_view::npos) {
    return;
  }
  user_error(fmt::format("order must be one of 'C', 'F', 'A', or 'K' (got '{}')", order),
             a.place());
}

Casting to_casting(const Arguments& a, std::size_t i) {
  const auto casting = parse_casting(a.text(i));
  if (casting) return *casting;
  user_error(fmt::format("casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' "
                         "(got '{}')",
                         a.text(i)),
             a.place());
}

EinsumIndices to_indices(const Object& list, Place place) {
  constexpr const char* wrong = "each subscript must be either an integer or an ellipsis";
  if (list.kind == Object::Kind::text ||
      (list.kind == Object::Kind::value && list.value.rank() > 0)) {
    user_error(wrong, place);
  }
  if (list.kind != Object::Kind::tuple) {
    user_error("the subscripts for each operand must be a list or a tuple", place);
  }
  EinsumIndices indices;
  for (const Object& item : list.items) {
    const bool number = item.kind == Object::Kind::value && item.value.rank() == 0 &&
                        is_integer(item.value.dtype());
    if (number) {
      indices.push_back(Arguments("einsum", {item}, place).integer(0));
    } else if (item.kind == Object::Kind::ellipsis) {
      indices.push_back(einsum_ellipsis);
    } else {
      user_error(wrong, place);
    }
  }
  return indices;
}

// einsum(a, [0, 1], b, [1, 2], [0, 2])
Value einsum_by_numbers(const std::vector<Object>& given, Place place,
                        const EinsumOptions& options) {
  if (given.size() < 2) {
    user_error("must provide at least an operand and a subscripts list to einsum", place);
  }
  std::vector<Value> operands;
  std::vector<EinsumIndices> indices;
  for (std::size_t k = 1; k < given.size(); k += 2) indices.push_back(to_indices(given[k], place));
  if (given.size() % 2 == 1) indices.push_back(to_indices(given.back(), place));
  for (std::size_t k = 0; k + 1 < given.size(); k += 2) {
    operands.push_back(to_value(given[k], place));
  }
  return einsum(operands, indices, place, options);
}

}  // namespace

Object np_einsum(const Arguments& a) {
  const Place place = a.place();
  check_optimize(a.object(3), place);
  check_order(a, 5);
  const EinsumOptions options{a.dtype(4), to_casting(a, 6), a.text_places(0)};
  const Object& first = a.object(0);
  if (first.kind == Object::Kind::text) return einsum(first.text, a.values(1), place, options);
  std::vector<Object> given = {first};
  given.insert(given.end(), a.object(1).items.begin(), a.object(1).items.end());
  return einsum_by_numbers(given, place, options);
}

Object np_matmul(const Arguments& a) { return matmul(a.value(0), a.value(1), a.place()); }
Object np_matvec(const Arguments& a) { return matvec(a.value(0), a.value(1), a.place()); }
Object np_vecmat(const Arguments& a) { return vecmat(a.value(0), a.value(1), a.place()); }
Object np_vecdot(const Arguments& a) {
  return vecdot(a.value(0), a.value(1), a.integer(3), a.place());
}
Object np_dot(const Arguments& a) { return dot(a.value(0), a.value(1), a.place()); }
Object np_vdot(const Arguments& a) { return vdot(a.value(0), a.value(1), a.place()); }
Object np_inner(const Arguments& a) { return inner(a.value(0), a.value(1), a.place()); }
Object np_outer(const Arguments& a) { return outer(a.value(0), a.value(1), a.place()); }
Object np_kron(const Arguments& a) { return kron(a.value(0), a.value(1), a.place()); }
Object np_multi_dot(const Arguments& a) { return multi_dot(a.values(0), a.place()); }

Object np_tensordot(const Arguments& a) {
  const Object& axes = a.object(2);
  if (axes.kind != Object::Kind::tuple) {
    return tensordot(a.value(0), a.value(1), a.integer(2), a.place());
  }
  if (axes.items.size() != 2) {
    const std::size_t count = axes.items.size();
    user_error(count > 2 ? "too many values to unpack (expected 2)"
                         : fmt::format("not enough values to unpack (expected 2, got {})", count),
               a.place(), "axes= is a number, or a pair of axes or lists of axes");
  }
  const Arguments parts("tensordot", axes.items, a.place());
  return tensordot(a.value(0), a.value(1), parts.axis_list(0), parts.axis_list(1), a.place());
}

}  // namespace arrayc::ir::build
