// A plug-in with a ufunc: softplus(x) = log1p(exp(-|x|)) + max(x, 0), whole numbers as floats.
#include "frontend/plugin_api.h"

using namespace arrayc;

namespace {

ir::ScalarBuilder::Reg call(std::string_view name, ir::ScalarBuilder& b, ir::ScalarBuilder::Reg x) {
  return ir::find_builtin_ufunc(name)->formula(b, {&x, 1}, b.type_of(x));
}

ir::ScalarBuilder::Reg softplus(ir::ScalarBuilder& b, std::span<const ir::ScalarBuilder::Reg> args,
                                ir::DType out) {
  const auto x = args[0];
  const auto decay = call("exp", b, b.unary(ir::Prim::neg, b.unary(ir::Prim::abs, x)));
  const auto bent = call("log1p", b, decay);
  return b.binary(ir::Prim::add, bent, b.binary(ir::Prim::maximum, x, b.number(out, 0)));
}

}  // namespace

ARRAYC_PLUGIN("softplus")

extern "C" void arrayc_plugin_register(Host& host) {
  ir::Ufunc row = *ir::find_builtin_ufunc("exp");  // the same types
  row.name = "softplus";
  row.aliases = "soft_plus";
  row.formula = softplus;
  row.cost = 50;
  row.doc = "log(1 + exp(x)), also where exp(x) overflows";
  host.add_ufunc(row);
}
