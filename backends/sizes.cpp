#include "backends/sizes.h"

#include <algorithm>

namespace arrayc::backends {

std::uint32_t SymbolTable::add(const std::string& name) {
  const auto [place, is_new] = positions_.try_emplace(name, size());
  if (is_new) names_.push_back(name);
  return place->second;
}

std::optional<std::uint32_t> SymbolTable::find(const std::string& name) const {
  const auto place = positions_.find(name);
  if (place == positions_.end()) return std::nullopt;
  return place->second;
}

Size::Step Size::step_of(ir::ExtentAtom::Kind kind) {
  switch (kind) {
    case ir::ExtentAtom::Kind::symbol:
      return Step::symbol;
    case ir::ExtentAtom::Kind::floor_div:
      return Step::floor_div;
    case ir::ExtentAtom::Kind::max:
      return Step::max;
    case ir::ExtentAtom::Kind::min:
      return Step::min;
    case ir::ExtentAtom::Kind::broadcast:
      break;
  }
  return Step::broadcast;
}

Size::Size(const ir::Extent& extent, SymbolTable& symbols) : constant_(extent.constant()) {
  if (extent.is_constant()) return;
  auto code = std::make_shared<Code>();
  code->extent = extent;
  // What is still to be written, the next on top; an entry is an extent, an atom or one
  // instruction.
  struct Work {
    const ir::Extent* extent;
    const ir::ExtentAtom* atom;
    Instruction instruction;
  };
  std::vector<Work> work{{&extent, nullptr, {}}};
  const auto instruction = [](Step step, std::int64_t operand = 0) {
    return Work{nullptr, nullptr, {step, operand}};
  };
  const auto write_extent = [&](const ir::Extent& e) {
    code->instructions.push_back({Step::constant, e.constant()});
    for (const ir::Extent::Term& term : e.terms()) {
      work.push_back(instruction(Step::add));
      for (const auto& factor : term.factors) {
        work.push_back(instruction(Step::multiply));
        work.push_back({nullptr, factor.get(), {}});
      }
      work.push_back(instruction(Step::constant, term.coefficient));
    }
  };
  while (!work.empty()) {
    const Work next = work.back();
    work.pop_back();
    if (next.extent) {
      write_extent(*next.extent);
    } else if (!next.atom) {
      code->instructions.push_back(next.instruction);
    } else if (next.atom->kind == ir::ExtentAtom::Kind::symbol) {
      const std::uint32_t position = symbols.add(next.atom->name);
      code->symbols.emplace_back(next.atom->name, position);
      code->instructions.push_back({Step::symbol, position});
    } else {
      work.push_back(instruction(step_of(next.atom->kind)));
      work.push_back({&next.atom->b, nullptr, {}});
      work.push_back({&next.atom->a, nullptr, {}});
    }
  }
  code_ = std::move(code);
}

// Nothing: a symbol is unknown, a divisor 0, or a sum too large.
std::optional<std::int64_t> Size::run(const Code& code, std::span<const std::int64_t> values) {
  constexpr std::size_t most = 32;
  std::int64_t small[most];
  std::vector<std::int64_t> large;
  std::int64_t* stack = small;
  if (code.instructions.size() > most) {
    large.resize(code.instructions.size());
    stack = large.data();
  }
  std::size_t top = 0;
  for (const Instruction& i : code.instructions) {
    if (i.step == Step::constant) {
      stack[top++] = i.operand;
      continue;
    }
    if (i.step == Step::symbol) {
      const std::int64_t value = values[static_cast<std::size_t>(i.operand)];
      if (value == unknown_size) return std::nullopt;
      stack[top++] = value;
      continue;
    }
    const std::int64_t b = stack[--top];
    std::int64_t& a = stack[top - 1];
    switch (i.step) {
      case Step::add:
        if (__builtin_add_overflow(a, b, &a)) return std::nullopt;
        break;
      case Step::multiply:
        if (__builtin_mul_overflow(a, b, &a)) return std::nullopt;
        break;
      case Step::floor_div:
        if (b == 0 || (b == -1 && a == unknown_size)) return std::nullopt;
        a = a / b - (a % b != 0 && (a < 0) != (b < 0));
        break;
      case Step::max:
        a = std::max(a, b);
        break;
      case Step::broadcast:
        if (a == 1) a = b;
        break;
      default:
        a = std::min(a, b);
        break;
    }
  }
  return stack[0];
}

std::int64_t Size::evaluate(std::span<const std::int64_t> values) const {
  if (const auto value = run(*code_, values)) return *value;
  return code_->extent.evaluate([&](const std::string& name) -> std::optional<std::int64_t> {
    for (const auto& [symbol, position] : code_->symbols) {
      if (symbol == name && values[position] != unknown_size) return values[position];
    }
    return std::nullopt;
  });
}

}  // namespace arrayc::backends
