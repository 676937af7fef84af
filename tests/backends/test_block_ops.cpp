#include <cmath>
#include <cstring>
#include <limits>

#include "backends/interp/block_ops.h"
#include "backends/interp/tape.h"
#include "ir/diagnostic.h"
#include "tests/catch.h"

using namespace arrayc;
using backends::interp::block_op;
using backends::interp::Tape;
using backends::interp::TapeArgument;
using ir::DType;
using ir::Prim;
using ir::Scalar;

namespace {

constexpr DType computable[] = {DType::Bool, DType::I8,  DType::I16, DType::I32, DType::I64,
                                DType::U8,   DType::U16, DType::U32, DType::U64, DType::F16,
                                DType::BF16, DType::F32, DType::F64};

std::vector<Scalar> edge_values(DType type) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<Scalar> values;
  if (ir::is_bool(type)) return {Scalar::of(false), Scalar::of(true)};
  if (ir::is_float(type)) {
    for (const double v :
         {0.0,          -0.0,         1.0,           -1.0,         0.5,    -0.5,    1.5,
          2.5,          -2.5,         3.7,           -3.7,         255.0,  256.0,   -129.0,
          2147483647.0, 2147483648.0, -2147483649.0, 4294967296.0, 9.3e18, -9.3e18, 1.9e19,
          1e300,        5e-324,       1e-310,        inf,          -inf}) {
      values.push_back(ir::convert(Scalar::of(v), type));
    }
    values.push_back(ir::convert(Scalar::of(std::nan("")), type));
    return values;
  }
  const int bits = 8 * ir::item_size(type);
  const std::uint64_t all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  for (const std::uint64_t v : {0ull, 1ull, 2ull, 3ull, 7ull, 8ull, 31ull, 63ull, 64ull, 100ull}) {
    values.push_back({type, v & all});
    values.push_back({type, (0 - v) & all});
  }
  values.push_back({type, all >> 1});
  values.push_back({type, (all >> 1) + 1});
  return values;
}

bool is_nan(Scalar v) { return ir::is_float(v.dtype) && std::isnan(ir::to_double(v)); }

// Whether the block operation gives what evaluating each element does.
void check(Prim prim, DType in, DType out, const std::vector<std::vector<Scalar>>& operands) {
  const std::size_t n = operands[0].size();
  std::vector<std::vector<std::uint64_t>> memory;
  std::vector<const void*> args;
  for (const auto& list : operands) {
    const auto item = static_cast<std::size_t>(ir::item_size(list[0].dtype));
    auto& bytes = memory.emplace_back(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
      std::memcpy(reinterpret_cast<std::byte*>(bytes.data()) + i * item, &list[i].bits, item);
    }
  }
  for (const auto& bytes : memory) args.push_back(bytes.data());
  std::vector<std::uint64_t> result(n + 1);
  block_op(prim, in, out)(static_cast<std::int64_t>(n), result.data(), args.data());
  const auto item = static_cast<std::size_t>(ir::item_size(out));
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<Scalar> one;
    for (const auto& list : operands) one.push_back(list[i]);
    const Scalar expected = ir::evaluate(prim, out, one);
    Scalar actual{out, 0};
    std::memcpy(&actual.bits, reinterpret_cast<std::byte*>(result.data()) + i * item, item);
    if (is_nan(expected) && is_nan(actual)) continue;
    INFO(ir::info(prim).name << " of " << ir::name(in) << " " << std::hex << one[0].bits << " "
                             << one.back().bits);
    REQUIRE(actual == expected);
  }
}

bool takes(Prim prim, DType type) {
  if (ir::is_narrow_float(type)) return false;
  switch (prim) {
    case Prim::add:
    case Prim::sub:
    case Prim::mul:
    case Prim::neg:
    case Prim::abs:
      return !ir::is_bool(type);
    case Prim::div:
    case Prim::fma:
    case Prim::sqrt:
    case Prim::floor:
    case Prim::ceil:
    case Prim::trunc:
    case Prim::rint:
    case Prim::copysign:
    case Prim::fmod:
      return ir::is_float(type);
    case Prim::angle_turns:
    case Prim::angle_high:
    case Prim::angle_low:
      return type == DType::F64 || type == DType::F32;
    case Prim::floor_div:
    case Prim::floor_rem:
    case Prim::gcd:
    case Prim::shl:
    case Prim::shr:
      return ir::is_integer(type);
    case Prim::bit_and:
    case Prim::bit_or:
    case Prim::bit_xor:
    case Prim::bit_not:
      return !ir::is_float(type);
    default:
      return true;
  }
}

// Every combination of edge values for `arity` operands.
std::vector<std::vector<Scalar>> combinations(DType type, int arity) {
  const auto edges = edge_values(type);
  std::vector<std::vector<Scalar>> operands(static_cast<std::size_t>(arity));
  std::size_t count = 1;
  for (int k = 0; k < arity; ++k) count *= edges.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;
    for (auto& list : operands) {
      list.push_back(edges[rest % edges.size()]);
      rest /= edges.size();
    }
  }
  return operands;
}

constexpr Prim prims[] = {
#define PRIM(id, ...) Prim::id,
#include "ir/prims.def"
};

}  // namespace

TEST_CASE("block operations are ir::evaluate, for every primitive, type and edge value") {
  for (const Prim prim : prims) {
    if (prim == Prim::convert || prim == Prim::bitcast || prim == Prim::select) continue;
    const bool compares = prim >= Prim::eq && prim <= Prim::ge;
    for (const DType type : computable) {
      if (!takes(prim, type)) {
        CHECK_THROWS_AS(block_op(prim, type, type), ir::Error);
        continue;
      }
      const DType turns = type == DType::F64 ? DType::I64 : DType::I32;
      const DType out = compares ? DType::Bool : prim == Prim::angle_turns ? turns : type;
      check(prim, type, out, combinations(type, ir::info(prim).arity));
    }
  }
}

TEST_CASE("conversions and choices in blocks") {
  for (const DType from : computable) {
    for (const DType to : computable) {
      check(Prim::convert, from, to, {edge_values(from)});
      if (ir::item_size(from) == ir::item_size(to) && !ir::is_bool(from) && !ir::is_bool(to)) {
        check(Prim::bitcast, from, to, {edge_values(from)});
      }
    }
    auto operands = combinations(from, 2);
    std::vector<Scalar> condition;
    for (std::size_t i = 0; i < operands[0].size(); ++i)
      condition.push_back(Scalar::of(i % 3 == 0));
    check(Prim::select, from, from, {condition, operands[0], operands[1]});
  }
}

TEST_CASE("a tape is its ufunc, for any number of elements and repeated operands") {
  for (const std::string_view name :
       {"add", "copysign", "floor_divide", "remainder", "square", "maximum", "sign", "positive"}) {
    const ir::Ufunc* ufunc = ir::find_builtin_ufunc(name);
    REQUIRE(ufunc != nullptr);
    const std::vector<DType> types(static_cast<std::size_t>(ufunc->arity), DType::F64);
    for (const bool fma : {false, true}) {
      const Tape tape(*ufunc, types, DType::F64, fma);
      std::vector<std::byte> workspace(static_cast<std::size_t>(tape.workspace_bytes()));
      for (const std::size_t n : {1, 2, 255, 256, 257, 1000}) {
        std::vector<double> a(n), b(std::min<std::size_t>(n, 256), 2.5), out(n);
        for (std::size_t i = 0; i < n; ++i) a[i] = 0.37 * static_cast<double>(i) - 20;
        std::vector<TapeArgument> args{{reinterpret_cast<const std::byte*>(a.data()), false}};
        if (ufunc->arity == 2) args.push_back({reinterpret_cast<const std::byte*>(b.data()), true});
        tape.run(static_cast<std::int64_t>(n), out.data(), args, workspace.data());
        for (std::size_t i = 0; i < n; ++i) {
          std::vector<Scalar> one{Scalar::of(a[i])};
          if (ufunc->arity == 2) one.push_back(Scalar::of(2.5));
          REQUIRE(Scalar::of(out[i]) == ir::evaluate(*ufunc, one, DType::F64, fma));
        }
      }
    }
  }
}
