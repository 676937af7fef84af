// Extents made ready for evaluation in every call: symbols become positions in a table of values.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/extent.h"

namespace arrayc::backends {

class SymbolTable {
 public:
  std::uint32_t add(const std::string& name);  // the position of an old or new name
  std::optional<std::uint32_t> find(const std::string& name) const;
  const std::string& name(std::uint32_t position) const { return names_[position]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> positions_;
};

// The value of a symbol that nothing has given a value yet.
inline constexpr std::int64_t unknown_size = std::numeric_limits<std::int64_t>::min();

// One extent over a table's symbols. Evaluates as ir::Extent::evaluate does, errors included.
class Size {
 public:
  Size(std::int64_t value = 0) : constant_(value) {}  // NOLINT: integers are sizes
  Size(const ir::Extent& extent, SymbolTable& symbols);

  std::int64_t operator()(std::span<const std::int64_t> values) const {
    if (!code_) return constant_;
    return evaluate(values);
  }

 private:
  enum class Step : std::uint8_t {
    constant,
    symbol,
    add,
    multiply,
    floor_div,
    max,
    min,
    broadcast
  };
  struct Instruction {
    Step step;
    std::int64_t operand;  // of constant and symbol
  };
  struct Code {
    ir::Extent extent;                      // for error sentences
    std::vector<Instruction> instructions;  // in postfix order
    std::vector<std::pair<std::string, std::uint32_t>> symbols;
  };
  static Step step_of(ir::ExtentAtom::Kind kind);
  std::int64_t evaluate(std::span<const std::int64_t> values) const;
  static std::optional<std::int64_t> run(const Code& code, std::span<const std::int64_t> values);

  std::int64_t constant_ = 0;
  std::shared_ptr<const Code> code_;  // null for a constant
};

}  // namespace arrayc::backends
