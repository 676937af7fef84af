#include "backends/llvm/facts.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace arrayc::backends {

namespace {

using ir::DType;
using ir::Prim;
using ir::loops::Id;
using ir::loops::Kernel;
using ir::loops::Node;

// Addresses have 47 bits, so an index of a loop over memory has fewer.
constexpr int index_bits = 48;

int width_bits(DType t) {
  const int bits = ir::is_bool(t) ? 1 : ir::info(t).bits;
  return std::min(64, ir::is_signed(t) ? bits : bits + 1);
}

std::int8_t clamp_bits(int bits) { return static_cast<std::int8_t>(std::min(bits, 64)); }

Facts of_constant(const Node& node) {
  Facts facts;
  if (ir::is_float(node.type)) {
    const double value = ir::to_double({node.type, node.bits});
    facts.never_nan = !std::isnan(value);
    facts.never_minus_zero = !(value == 0 && std::signbit(value));
    facts.never_negative = !std::signbit(value) || std::isnan(value);
  } else if (!ir::is_unsigned(node.type) || node.bits >> 63 == 0) {
    const std::int64_t value = ir::to_int64({node.type, node.bits});
    const std::uint64_t magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    facts.bits = clamp_bits(65 - std::countl_zero(magnitude));
  }
  return facts;
}

Facts of_convert(const Node& node, const Facts& from, DType from_type) {
  Facts facts;
  if (ir::is_float(node.type)) {
    const bool exact =
        ir::is_float(from_type) && ir::item_size(from_type) < ir::item_size(node.type);
    facts.never_nan = !ir::is_float(from_type) || from.never_nan;
    facts.never_minus_zero = !ir::is_float(from_type) || (exact && from.never_minus_zero);
    facts.never_negative =
        ir::is_float(from_type) ? from.never_negative : !ir::is_signed(from_type);
  } else {
    facts.bits = clamp_bits(width_bits(node.type));
    const int fits = ir::is_float(from_type) ? 64 : std::min<int>(from.bits, width_bits(from_type));
    if (fits <= facts.bits && (fits < 64) && !ir::is_unsigned(node.type))
      facts.bits = clamp_bits(fits);
  }
  return facts;
}

bool never_negative(const Node& node, const std::vector<Facts>& all) {
  const auto arg = [&](std::size_t i) { return all[node.args[i]].never_negative; };
  switch (node.prim) {
    case Prim::abs:
      return true;
    case Prim::mul:
      return node.args[0] == node.args[1] || (arg(0) && arg(1));
    case Prim::add:
    case Prim::div:
    case Prim::minimum:
      return arg(0) && arg(1);
    case Prim::maximum:
      return arg(0) || arg(1);
    case Prim::fma:
      return (node.args[0] == node.args[1] || (arg(0) && arg(1))) && arg(2);
    case Prim::sqrt:
      return arg(0) || all[node.args[0]].never_minus_zero;
    case Prim::select:
      return arg(1) && arg(2);
    default:
      return false;
  }
}

Facts of_float_prim(const Node& node, const std::vector<Facts>& all) {
  const auto arg = [&](std::size_t i) -> const Facts& { return all[node.args[i]]; };
  Facts facts;
  switch (node.prim) {
    case Prim::abs:
      facts.never_nan = arg(0).never_nan;
      facts.never_minus_zero = true;
      break;
    case Prim::mul:
      facts.never_minus_zero = node.args[0] == node.args[1];
      break;
    case Prim::add:
      facts.never_minus_zero = arg(0).never_minus_zero || arg(1).never_minus_zero;
      break;
    case Prim::sub:
    case Prim::sqrt:
      facts.never_minus_zero = arg(0).never_minus_zero;
      break;
    case Prim::select:
      facts.never_nan = arg(1).never_nan && arg(2).never_nan;
      facts.never_minus_zero = arg(1).never_minus_zero && arg(2).never_minus_zero;
      break;
    case Prim::minimum:
    case Prim::maximum:
      facts.never_nan = arg(0).never_nan && arg(1).never_nan;
      facts.never_minus_zero = arg(0).never_minus_zero && arg(1).never_minus_zero;
      break;
    default:
      break;
  }
  facts.never_negative = never_negative(node, all);
  facts.never_minus_zero = facts.never_minus_zero || facts.never_negative;
  return facts;
}

Facts of_integer_prim(const Node& node, const std::vector<Facts>& all) {
  const auto bits = [&](std::size_t i) -> int { return all[node.args[i]].bits; };
  const int limit = width_bits(node.type);
  int fits = limit;
  switch (node.prim) {
    case Prim::add:
    case Prim::sub:
      fits = std::max(bits(0), bits(1)) + 1;
      break;
    case Prim::mul:
      fits = bits(0) + bits(1);
      break;
    case Prim::neg:
    case Prim::abs:
      fits = bits(0) + 1;
      break;
    case Prim::minimum:
    case Prim::maximum:
      fits = std::max(bits(0), bits(1));
      break;
    case Prim::select:
      fits = std::max(bits(1), bits(2));
      break;
    default:
      break;
  }
  // What does not fit the type wraps, and a negative unsigned value is a large one.
  Facts facts;
  facts.bits = clamp_bits(fits < limit && !ir::is_unsigned(node.type) ? fits : limit);
  return facts;
}

Facts of_node(const Kernel& kernel, Id id, const std::vector<Facts>& all) {
  const Node& node = kernel.nodes[id];
  Facts facts;
  if (ir::is_bool(node.type) || ir::is_integer(node.type)) {
    facts.bits = clamp_bits(width_bits(node.type));
  }
  switch (node.kind) {
    case ir::loops::Kind::constant:
      return of_constant(node);
    case ir::loops::Kind::index:
      facts.bits = index_bits;
      return facts;
    case ir::loops::Kind::prim:
      if (node.prim == Prim::convert) {
        return of_convert(node, all[node.args[0]], kernel.nodes[node.args[0]].type);
      }
      if (ir::is_float(node.type)) return of_float_prim(node, all);
      if (ir::is_integer(node.type)) return of_integer_prim(node, all);
      return facts;
    default:
      return facts;
  }
}

}  // namespace

std::vector<Facts> find_facts(const Kernel& kernel) {
  std::vector<Facts> all(kernel.nodes.size());
  // Passes may append nodes that earlier ones use; what is not known yet has no facts.
  for (Id id = 0; id < kernel.nodes.size(); ++id) all[id] = of_node(kernel, id, all);
  return all;
}

}  // namespace arrayc::backends
