// Sums of products.
#include "arrayc/contractions.h"

#include <fmt/format.h>

#include <ostream>

#include "frontend/cpp/access.h"
#include "ir/contraction_order.h"
#include "ir/import.h"
#include "ir/text.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::place_of;
using detail::record;
using ir::Place;
using ir::Value;

namespace {

ir::build::EinsumOptions internal(const Einsum& how) {
  return {detail::internal(how.dtype), static_cast<ir::Casting>(how.casting), {}};
}

template <typename... X>
Array by_letters(std::string_view subscripts, const Einsum& how, const Operand& first,
                 const X&... rest) {
  return guarded([&] {
    const Value operands[] = {Access::value(first), Access::value(rest)...};
    return Access::make(
        ir::build::einsum(subscripts, operands, Access::place(first), internal(how)));
  });
}

using Lists = std::vector<ir::build::EinsumIndices>;

// The lists of indices, of which the last may be the result's.
template <typename... X>
Array by_numbers(std::initializer_list<const EinsumIndices*> indices, const Operand& first,
                 const X&... rest) {
  return guarded([&] {
    const Value operands[] = {Access::value(first), Access::value(rest)...};
    Lists lists;
    for (const EinsumIndices* list : indices) lists.push_back(Access::indices(*list));
    return Access::make(ir::build::einsum(operands, lists, Access::place(first)));
  });
}

Array by_terms(const std::vector<EinsumTerm>& terms, const EinsumIndices* result, const Einsum& how,
               const Where& where) {
  return guarded([&] {
    const Place place = place_of(where);
    std::vector<Value> operands;
    Lists lists;
    for (const EinsumTerm& term : terms) {
      operands.push_back(Access::value(term.array, place));
      lists.push_back(Access::indices(term.indices));
    }
    if (result != nullptr) lists.push_back(Access::indices(*result));
    return Access::make(ir::build::einsum(operands, lists, place, internal(how)));
  });
}

// The node that `einsum` makes, perhaps rounded afterwards.
const ir::Record& einsum_node(const Value& made) {
  return made->operation.op == ir::Op::einsum ? *made : *made->operands[0];
}

// What kernels know of an extent: see ImportOptions.
ir::Extent planned(const ir::Extent& extent) {
  const bool large = extent.constant() > ir::ImportOptions().largest_constant;
  return large ? ir::Extent::symbol(fmt::format("n{}", extent.constant())) : extent;
}

EinsumPath path_of(std::string_view subscripts, std::span<const Value> operands, Place place) {
  const Value made = ir::build::einsum(subscripts, operands, place);
  const ir::Record& node = einsum_node(made);
  std::vector<ir::Shape> shapes;
  std::map<std::string, std::int64_t> sizes;
  for (const Value& operand : node.operands) {
    ir::Shape& shape = shapes.emplace_back();
    for (const ir::Extent& extent : operand.shape()) {
      shape.push_back(planned(extent));
      if (!shape.back().is_constant()) sizes[shape.back().symbol_name()] = extent.constant();
    }
  }
  const auto size = [&](const ir::Extent& extent) {
    return extent.is_constant() ? extent.constant() : sizes.at(extent.symbol_name());
  };
  EinsumPath path;
  for (const auto& step : ir::contraction_order(node.operation.attr<ir::EinsumAttr>(), shapes)) {
    EinsumStep& out = path.steps.emplace_back();
    out.operands = step.operands;
    const std::string quoted = ir::subscripts_text(step.einsum);
    out.subscripts = quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
    for (const ir::Extent& extent : step.result) out.shape.push_back(size(extent));
    out.multiply_adds = static_cast<double>(ir::operations_per_point(step));
    for (const ir::Extent& extent : step.space) {
      out.multiply_adds *= static_cast<double>(size(extent));
    }
    path.multiply_adds += out.multiply_adds;
  }
  return path;
}

template <typename... X>
EinsumPath path_by_letters(std::string_view subscripts, const Operand& first, const X&... rest) {
  return guarded([&] {
    const Value operands[] = {Access::value(first), Access::value(rest)...};
    return path_of(subscripts, operands, Access::place(first));
  });
}

}  // namespace

Array einsum(std::string_view subscripts, const Operand& a, const Einsum& how) {
  return by_letters(subscripts, how, a);
}
Array einsum(std::string_view subscripts, const Operand& a, const Operand& b, const Einsum& how) {
  return by_letters(subscripts, how, a, b);
}
Array einsum(std::string_view subscripts, const Operand& a, const Operand& b, const Operand& c,
             const Einsum& how) {
  return by_letters(subscripts, how, a, b, c);
}
Array einsum(std::string_view subscripts, const std::vector<Array>& operands, const Einsum& how,
             Where where) {
  return guarded([&] {
    const Place place = place_of(where);
    return Access::make(
        ir::build::einsum(subscripts, detail::values_of(operands, place), place, internal(how)));
  });
}

Array einsum(const Operand& a, const EinsumIndices& of_a) { return by_numbers({&of_a}, a); }
Array einsum(const Operand& a, const EinsumIndices& of_a, const EinsumIndices& result) {
  return by_numbers({&of_a, &result}, a);
}
Array einsum(const Operand& a, const EinsumIndices& of_a, const Operand& b,
             const EinsumIndices& of_b) {
  return by_numbers({&of_a, &of_b}, a, b);
}
Array einsum(const Operand& a, const EinsumIndices& of_a, const Operand& b,
             const EinsumIndices& of_b, const EinsumIndices& result) {
  return by_numbers({&of_a, &of_b, &result}, a, b);
}
Array einsum(const std::vector<EinsumTerm>& terms, const Einsum& how, Where where) {
  return by_terms(terms, nullptr, how, where);
}
Array einsum(const std::vector<EinsumTerm>& terms, const EinsumIndices& result, const Einsum& how,
             Where where) {
  return by_terms(terms, &result, how, where);
}

EinsumPath einsum_path(std::string_view subscripts, const Operand& a) {
  return path_by_letters(subscripts, a);
}
EinsumPath einsum_path(std::string_view subscripts, const Operand& a, const Operand& b) {
  return path_by_letters(subscripts, a, b);
}
EinsumPath einsum_path(std::string_view subscripts, const Operand& a, const Operand& b,
                       const Operand& c) {
  return path_by_letters(subscripts, a, b, c);
}
EinsumPath einsum_path(std::string_view subscripts, const std::vector<Array>& operands,
                       Where where) {
  return guarded([&] {
    const Place place = place_of(where);
    return path_of(subscripts, detail::values_of(operands, place), place);
  });
}

std::ostream& operator<<(std::ostream& out, const EinsumPath& path) {
  for (const EinsumStep& step : path.steps) {
    out << fmt::format("({}{}) {}: {:.0f} multiply-adds, result ({}{})\n",
                       fmt::join(step.operands, ", "), step.operands.size() == 1 ? "," : "",
                       step.subscripts, step.multiply_adds, fmt::join(step.shape, ","),
                       step.shape.size() == 1 ? "," : "");
  }
  return out << fmt::format("{:.0f} multiply-adds in all\n", path.multiply_adds);
}

Array matmul(const Operand& a, const Operand& b) { return record(a, b, ir::build::matmul); }
Array matvec(const Operand& a, const Operand& v) { return record(a, v, ir::build::matvec); }
Array vecmat(const Operand& v, const Operand& a) { return record(v, a, ir::build::vecmat); }
Array vecdot(const Operand& a, const Operand& b, std::int64_t axis) {
  return record(a, b, [&](const Value& x, const Value& y, Place place) {
    return ir::build::vecdot(x, y, axis, place);
  });
}
Array dot(const Operand& a, const Operand& b) { return record(a, b, ir::build::dot); }
Array vdot(const Operand& a, const Operand& b) { return record(a, b, ir::build::vdot); }
Array inner(const Operand& a, const Operand& b) { return record(a, b, ir::build::inner); }
Array outer(const Operand& a, const Operand& b) { return record(a, b, ir::build::outer); }
Array kron(const Operand& a, const Operand& b) { return record(a, b, ir::build::kron); }

Array tensordot(const Operand& a, const Operand& b, std::int64_t axes) {
  return record(a, b, [&](const Value& x, const Value& y, Place place) {
    return ir::build::tensordot(x, y, axes, place);
  });
}
Array tensordot(const Operand& a, const Operand& b, const Axis& axes_a, const Axis& axes_b) {
  return record(a, b, [&](const Value& x, const Value& y, Place place) {
    const auto list = [](const Axis& axes, const Value& v) {
      if (axes.list()) return *axes.list();
      std::vector<std::int64_t> every;
      for (int axis = 0; axis < v.rank(); ++axis) every.push_back(axis);
      return every;
    };
    return ir::build::tensordot(x, y, list(axes_a, x), list(axes_b, y), place);
  });
}

Array multi_dot(const std::vector<Array>& operands, Where where) {
  return guarded([&] {
    const Place place = place_of(where);
    return Access::make(ir::build::multi_dot(detail::values_of(operands, place), place));
  });
}

Array trace(const Operand& x, const Diagonal& which) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::trace(v, {which.offset, which.axis1, which.axis2},
                            detail::internal(which.dtype), place);
  });
}

}  // namespace arrayc
