#include "ir/ufunc.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "ir/complex/complex_ufunc.h"
#include "ir/diagnostic.h"
#include "ir/formulas/formulas.h"
#include "ir/value_builder.h"

namespace arrayc::ir {

namespace {

constexpr Domain domain_of(std::string_view name) {
  return name == "power" ? Domain::integer_power : Domain::all;
}

constexpr Ufunc kUfuncs[] = {
#define UFUNC(name, aliases, arity, rule, symbol, commutative, cost, doc, ...) \
  {#name,       aliases, arity, TypeRule::rule,  formulas::name, symbol,       \
   commutative, cost,    doc,   domain_of(#name)},
#include "ir/ufuncs.def"
};

// --- type resolution

// The promoted type. Strong operands decide, then the weak one of the highest kind.
DType promoted(std::span<const Operand> arguments) {
  std::optional<DType> strong;
  Weak weak = Weak::strong;
  for (const Operand& argument : arguments) {
    if (argument.weak != Weak::strong) {
      weak = std::max(weak, argument.weak);
    } else {
      strong = strong ? promote(*strong, argument.dtype) : argument.dtype;
    }
  }
  return strong ? promote_weak(*strong, weak) : default_dtype(weak);
}

bool is_exact(DType t) { return is_bool(t) || is_integer(t); }

// The smallest float type that NumPy has a loop for and every value of `t` fits in.
DType float_for(DType t) {
  if (!is_exact(t)) return t;
  if (item_size(t) == 1) return DType::F16;
  return item_size(t) == 2 ? DType::F32 : DType::F64;
}

// The smallest float type that each operand fits in: f32 for i8 with u16, whose integer type is
// i32.
DType common_float(std::span<const Operand> arguments, DType type) {
  if (!is_exact(type)) return type;
  std::optional<DType> common;
  for (const Operand& argument : arguments) {
    // A weak integer has no say beside integers; beside bool it is an i64.
    const bool weak = argument.weak != Weak::strong;
    const DType one = float_for(weak ? DType::Bool : argument.dtype);
    common = common ? promote(*common, one) : one;
  }
  return type == DType::I64 ? DType::F64 : *common;
}

[[noreturn]] void not_supported(const Ufunc& ufunc) {
  user_error(
      fmt::format("ufunc '{}' not supported for the input types, and the inputs could not "
                  "be safely coerced to any supported types according to the casting rule "
                  "''safe''",
                  ufunc.name));
}

[[noreturn]] void refuse_bool(const Ufunc& ufunc) {
  if (ufunc.name == "subtract") {
    user_error(
        "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` "
        "operator, or the logical_xor function instead.");
  }
  if (ufunc.name == "negative") {
    user_error(
        "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or "
        "the logical_not function instead.");
  }
  const std::string_view type = "<class 'numpy.dtypes.BoolDType'>";
  user_error(fmt::format(
      "ufunc '{}' did not contain a loop with signature matching types {} -> None", ufunc.name,
      ufunc.arity == 1 ? std::string(type) : fmt::format("({0}, {0})", type)));
}

UfuncLoop uniform(const Ufunc& ufunc, DType operands, DType result) {
  return {OperandTypes(ufunc.arity, operands), result};
}

// u64 beside a signed integer is compared exactly, not as f64.
UfuncLoop comparison_loop(const Ufunc& ufunc, std::span<const Operand> arguments, DType type) {
  const DType x = arguments.front().dtype;
  const DType y = arguments.back().dtype;
  if (is_float(type) && is_integer(x) && is_integer(y) && arguments.back().weak == Weak::strong &&
      arguments.front().weak == Weak::strong) {
    const auto wide = [](DType t) { return is_signed(t) ? DType::I64 : DType::U64; };
    return {{wide(x), wide(y)}, DType::Bool};
  }
  return uniform(ufunc, type, DType::Bool);
}

UfuncLoop logical_loop(const Ufunc& ufunc, std::span<const Operand> arguments, DType type) {
  const auto same = [&](const Operand& argument) {
    return argument.dtype == type && (argument.weak == Weak::strong || arguments.size() == 1);
  };
  const bool all_same = std::all_of(arguments.begin(), arguments.end(), same);
  return uniform(ufunc, all_same ? type : DType::Bool, DType::Bool);
}

// ldexp: each operand by itself, except that a weak integer beside a strong operand is as small as
// can be. The count is an int or, if it does not fit, a long.
UfuncLoop scale_loop(const Ufunc& ufunc, std::span<const Operand> arguments) {
  const auto type_of = [&](const Operand& one, const Operand& other) {
    const bool small = one.weak == Weak::integer && other.weak == Weak::strong;
    return small && !is_bool(other.dtype) ? DType::I8 : promoted({&one, 1});
  };
  const Operand x_type{type_of(arguments[0], arguments[1]), Weak::strong};
  const DType x = common_float({&x_type, 1}, x_type.dtype);
  const DType count = type_of(arguments[1], arguments[0]);
  if (!is_exact(count) || count == DType::U64) not_supported(ufunc);
  const bool narrow = promote(count, DType::I32) == DType::I32;
  return {{x, narrow ? DType::I32 : DType::I64}, x};
}

UfuncLoop choose_loop(const Ufunc& ufunc, std::span<const Operand> arguments) {
  const DType type = promoted(ufunc.rule == TypeRule::select ? arguments.subspan(1) : arguments);
  const auto same = [&](DType t) { return uniform(ufunc, t, t); };
  switch (ufunc.rule) {
    case TypeRule::numeric:
      return same(type);
    case TypeRule::numeric_no_bool:
      if (is_bool(type)) refuse_bool(ufunc);
      return same(type);
    case TypeRule::numeric_no_bool_loop:
      return same(is_bool(type) ? DType::I8 : type);
    case TypeRule::division:
      return same(is_exact(type) ? DType::F64 : type);
    case TypeRule::floating:
    case TypeRule::own_format:
      return same(common_float(arguments, type));
    case TypeRule::comparison:
      return comparison_loop(ufunc, arguments, type);
    case TypeRule::logical:
      return logical_loop(ufunc, arguments, type);
    case TypeRule::bitwise:
      if (!is_exact(type)) not_supported(ufunc);
      return same(type);
    case TypeRule::integers:
      if (!is_exact(type)) not_supported(ufunc);
      if (is_bool(type)) refuse_bool(ufunc);
      return same(type);
    case TypeRule::shift:
      if (!is_exact(type)) not_supported(ufunc);
      return same(is_bool(type) ? DType::I8 : type);
    case TypeRule::predicate:
      return uniform(ufunc, type, DType::Bool);
    case TypeRule::double_only:
      return same(is_complex(type) ? DType::C128 : DType::F64);
    case TypeRule::special: {
      const DType common = common_float(arguments, type);
      return same(common == DType::F16 && is_exact(type) ? DType::F32 : common);
    }
    case TypeRule::exponent:
      return uniform(ufunc, common_float(arguments, type), DType::I32);
    case TypeRule::scale:
      return scale_loop(ufunc, arguments);
    case TypeRule::bit_count:
      if (!is_exact(type)) not_supported(ufunc);
      return uniform(ufunc, is_bool(type) ? DType::I8 : type, DType::U8);
    case TypeRule::select:
      return {{DType::Bool, type, type}, type};
  }
  bug("a type rule without types");
}

// --- names

using Index = std::unordered_map<std::string_view, const Ufunc*>;

Index make_index() {
  Index index;
  for (const Ufunc& row : kUfuncs) {
    index.emplace(row.name, &row);
    for (const std::string_view alias : alias_names(row)) index.emplace(alias, &row);
  }
  return index;
}

}  // namespace

std::vector<std::string_view> alias_names(const Ufunc& ufunc) {
  std::vector<std::string_view> names;
  std::string_view rest = ufunc.aliases;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) names.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

UfuncLoop resolve(const Ufunc& ufunc, std::span<const Operand> arguments) {
  if (arguments.size() != static_cast<std::size_t>(ufunc.arity)) {
    bug(fmt::format("{} arguments for ufunc {}", arguments.size(), ufunc.name));
  }
  UfuncLoop loop = choose_loop(ufunc, arguments);
  const bool complex = std::any_of(loop.operands.begin(), loop.operands.end(), is_complex);
  if (!complex || ufunc.rule == TypeRule::select) return loop;
  const ComplexUfunc* row = find_complex(ufunc);
  if (row == nullptr) not_supported(ufunc);
  if (row->result == ComplexResult::real) loop.result = part_dtype(loop.operands.back());
  return loop;
}

std::string operand_mismatch(const Ufunc& ufunc, std::span<const DType> operands,
                             const UfuncLoop& loop) {
  for (std::size_t k = 0; k < operands.size(); ++k) {
    if (operands[k] == loop.operands[k]) continue;
    return fmt::format("operand {} of {} is {}, but the operation is done in {}", k + 1, ufunc.name,
                       name(operands[k]), name(loop.operands[k]));
  }
  return "";
}

UfuncLoop computed(const Ufunc& ufunc, UfuncLoop loop) {
  if (ufunc.rule == TypeRule::select || ufunc.rule == TypeRule::own_format) return loop;
  for (DType& operand : loop.operands) operand = arithmetic_dtype(operand);
  loop.result = arithmetic_dtype(loop.result);
  return loop;
}

std::span<const Ufunc> builtin_ufuncs() { return kUfuncs; }

bool lacks_identity(const Ufunc& ufunc) {
  return ufunc.name == "minimum" || ufunc.name == "maximum" || ufunc.name == "fmin" ||
         ufunc.name == "fmax";
}

const Ufunc* find_builtin_ufunc(std::string_view name_or_alias) {
  static const Index index = make_index();
  const auto found = index.find(name_or_alias);
  return found == index.end() ? nullptr : found->second;
}

Scalar evaluate(const Ufunc& ufunc, std::span<const Scalar> args, DType out, bool fma) {
  UfuncLoop loop{{}, out};
  for (const Scalar& arg : args) loop.operands.push_back(arg.dtype);
  loop = computed(ufunc, std::move(loop));
  ValueBuilder builder(fma);
  std::vector<ScalarBuilder::Reg> operands;
  for (std::size_t i = 0; i < args.size(); ++i) {
    operands.push_back(builder.constant(convert(args[i], loop.operands[i])));
  }
  return convert(builder.value(ufunc.formula(builder, operands, loop.result)), out);
}

}  // namespace arrayc::ir
