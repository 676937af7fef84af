// Making nodes of a function whose extents were compared before: what differs in form only is taken
// as equal.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace arrayc::ir {

Operation with(const Operation& operation, Attributes attributes);

template <typename Fn>
void for_each_extent(const Operation& operation, Fn&& visit) {
  if (!operation.attributes) return;
  if (const auto* a = std::get_if<ExtentAttr>(operation.attributes.get())) visit(a->value);
  if (const auto* a = std::get_if<ShapeAttr>(operation.attributes.get())) {
    for (const Extent& e : a->shape) visit(e);
  }
  if (const auto* a = std::get_if<SliceAttr>(operation.attributes.get())) {
    for (const Slice& slice : a->axes) {
      if (slice.start) visit(*slice.start);
      if (slice.stop) visit(*slice.stop);
    }
  }
  if (const auto* a = std::get_if<ViewAttr>(operation.attributes.get())) {
    for (const Extent& e : a->shape) visit(e);
    for (const ViewAxis& axis : a->axes) visit(axis.start);
  }
}

bool has_symbols(const Operation& operation);

// `operation` with each of its extents mapped; it has attributes.
template <typename Fn>
Operation map_extents(const Operation& operation, Fn&& map) {
  Attributes attributes = *operation.attributes;
  if (auto* a = std::get_if<ExtentAttr>(&attributes)) a->value = map(a->value);
  if (auto* a = std::get_if<ShapeAttr>(&attributes)) {
    for (Extent& e : a->shape) e = map(e);
  }
  if (auto* a = std::get_if<SliceAttr>(&attributes)) {
    for (Slice& slice : a->axes) {
      if (slice.start) slice.start = map(*slice.start);
      if (slice.stop) slice.stop = map(*slice.stop);
    }
  }
  if (auto* a = std::get_if<ViewAttr>(&attributes)) {
    for (Extent& e : a->shape) e = map(e);
    for (ViewAxis& axis : a->axes) axis.start = map(axis.start);
  }
  return with(operation, std::move(attributes));
}

// What the shape rules compare is equal, or has been guarded.
class AgreedExtents : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent& a, const Extent& b) override {
    differ = true;
    return b.is_constant() ? b : a;
  }
  bool same_count(const Extent&, const Extent&) override { return true; }
  bool differ = false;
};

// The node, its operands viewed with the extents that the operation needs where only `rules` say
// that they have them:
// ufunc(x: f64[max(n - 2, 0)], y: f64[max(m - 1, 0)]) → ufunc(x, view(y): f64[max(n - 2, 0)])
// A broadcast to the shape that its operand has is the operand.
NodeId add_fitted(Graph& graph, Operation operation, std::vector<NodeId> operands,
                  DType result_dtype, Place place, AgreedExtents& rules);

// The same elements with extents that are known to be x's.
NodeId with_shape(Graph& graph, NodeId x, Shape shape);

}  // namespace arrayc::ir
