#include "ir/complex/part.h"

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

const Ufunc& row(std::string_view name) {
  const Ufunc* found = find_builtin_ufunc(name);
  if (found == nullptr) bug("complex: no ufunc " + std::string(name));
  return *found;
}

NodeId apply(const Ufunc& ufunc, std::vector<Part> operands) {
  std::vector<Operand> types;
  std::vector<NodeId> ids;
  for (const Part& operand : operands) {
    types.push_back({operand.type().dtype});
    ids.push_back(operand.id());
  }
  return operands[0].graph().apply(ufunc, std::move(ids), resolve(ufunc, types).result);
}

}  // namespace

Part Part::number(double v) const {
  const NodeId constant = graph_->constant(convert(Scalar::of(v), type().dtype));
  return {*graph_, graph_->broadcast(constant, type().shape)};
}

Part call(std::string_view ufunc, Part x) { return {x.graph(), apply(row(ufunc), {x})}; }
Part call(std::string_view ufunc, Part x, Part y) { return {x.graph(), apply(row(ufunc), {x, y})}; }
Part select(Part condition, Part x, Part y) {
  return {x.graph(), apply(row("where"), {condition, x, y})};
}

}  // namespace arrayc::ir
