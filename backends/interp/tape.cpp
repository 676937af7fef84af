#include "backends/interp/tape.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

// Records the operations of a formula. Registers: the arguments first, then constants and results
// in the order of their making.
class Tape::Recorder final : public ir::ScalarBuilder {
 public:
  struct Entry {
    ir::DType type;
    std::int64_t constant = -1;  // position among the constants
    BlockOp op = nullptr;        // of a result
    std::vector<Reg> args;
  };

  Recorder(std::span<const ir::DType> operands, bool fma) : fma_(fma) {
    for (const ir::DType type : operands) entries.push_back({type, -1, nullptr, {}});
  }

  Reg constant(ir::Scalar value) override {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].constant >= 0 &&
          constants[static_cast<std::size_t>(entries[i].constant)] == value) {
        return static_cast<Reg>(i);
      }
    }
    entries.push_back({value.dtype, static_cast<std::int64_t>(constants.size()), nullptr, {}});
    constants.push_back(value);
    return static_cast<Reg>(entries.size() - 1);
  }

  Reg emit(ir::Prim p, ir::DType out, std::span<const Reg> args) override {
    if (args.size() != static_cast<std::size_t>(ir::info(p).arity)) {
      ir::bug("a formula gives " + std::string(ir::info(p).name) + " too few or many operands");
    }
    const ir::DType in = entries[args[p == ir::Prim::select ? 1 : 0]].type;
    entries.push_back({out, -1, block_op(p, in, out), {args.begin(), args.end()}});
    return static_cast<Reg>(entries.size() - 1);
  }

  ir::DType type_of(Reg r) const override { return entries[r].type; }
  bool has_fma() const override { return fma_; }

  std::vector<Entry> entries;
  std::vector<ir::Scalar> constants;

 private:
  bool fma_;
};

Tape::Tape(const ir::Ufunc& ufunc, std::span<const ir::DType> operands, ir::DType out, bool fma) {
  Recorder recorder(operands, fma);
  std::vector<ir::ScalarBuilder::Reg> args(operands.size());
  for (std::size_t i = 0; i < args.size(); ++i) args[i] = static_cast<std::uint32_t>(i);
  const auto result = ufunc.formula(recorder, args, out);
  if (recorder.type_of(result) != out) {
    ir::bug("the formula of " + std::string(ufunc.name) + " gives " +
            std::string(ir::name(recorder.type_of(result))) + " where " +
            std::string(ir::name(out)) + " is asked for");
  }
  item_sizes_.reserve(operands.size());
  for (const ir::DType type : operands) item_sizes_.push_back(ir::item_size(type));
  finish(recorder, result);
}

Tape::Tape(ir::Prim prim, std::span<const ir::DType> operands, ir::DType out) {
  Recorder recorder(operands, false);
  std::vector<ir::ScalarBuilder::Reg> args(operands.size());
  for (std::size_t i = 0; i < args.size(); ++i) args[i] = static_cast<std::uint32_t>(i);
  const auto result = recorder.emit(prim, out, args);
  for (const ir::DType type : operands) item_sizes_.push_back(ir::item_size(type));
  finish(recorder, result);
}

// Drops what the result does not need and gives every value a place.
void Tape::finish(Recorder& recorder, std::uint32_t result) {
  out_size_ = ir::item_size(recorder.entries[result].type);
  if (!recorder.entries[result].op) {  // an argument or a constant is the result
    const std::uint32_t args[] = {result};
    result = recorder.emit(ir::Prim::bitcast, recorder.entries[result].type, args);
  }
  constants_ = static_cast<std::uint32_t>(recorder.constants.size());
  constant_blocks_ =
      std::make_shared<std::byte[]>(constants_ * static_cast<std::size_t>(block_bytes));
  for (std::uint32_t c = 0; c < constants_; ++c) {
    fill_block(constant_blocks_.get() + c * block_bytes, &recorder.constants[c].bits,
               ir::item_size(recorder.constants[c].dtype), block_size);
  }
  place_values(recorder, result);
}

// A block of the workspace is used again once its value has had its last reader; by that reader's
// result too if the elements have one size, for elements are handled in order.
void Tape::place_values(const Recorder& recorder, std::uint32_t result) {
  const auto& entries = recorder.entries;
  constexpr std::uint32_t never = 0;  // register 0 reads nothing
  std::vector<std::uint32_t> last_use(entries.size(), never);
  last_use[result] = result;
  for (std::uint32_t i = result + 1; i-- > 0;) {
    if (last_use[i] == never) continue;
    for (const auto arg : entries[i].args) last_use[arg] = std::max(last_use[arg], i);
  }
  const auto arguments = static_cast<std::uint32_t>(item_sizes_.size());
  constexpr std::uint32_t output = ~std::uint32_t{0};
  std::vector<std::uint32_t> place(entries.size(), output);
  std::vector<std::uint32_t> free_blocks;
  for (std::uint32_t i = 0; i <= result; ++i) {
    const auto& entry = entries[i];
    if (!entry.op) {
      place[i] = i < arguments ? i : arguments + static_cast<std::uint32_t>(entry.constant);
      continue;
    }
    if (last_use[i] == never) continue;
    Step step{entry.op, output, {0, 0, 0}, static_cast<std::uint32_t>(entry.args.size())};
    std::vector<std::uint32_t> free_later;
    for (std::size_t k = 0; k < entry.args.size(); ++k) {
      const auto arg = entry.args[k];
      step.args[k] = place[arg];
      if (!entries[arg].op || last_use[arg] != i) continue;
      if (std::find(entry.args.begin() + static_cast<std::ptrdiff_t>(k) + 1, entry.args.end(),
                    arg) != entry.args.end()) {
        continue;
      }
      const bool same_size = ir::item_size(entries[arg].type) == ir::item_size(entry.type);
      (same_size ? free_blocks : free_later).push_back(place[arg]);
    }
    if (i != result) {
      if (free_blocks.empty()) {
        free_blocks.push_back(arguments + constants_ +
                              static_cast<std::uint32_t>(workspace_blocks_++));
      }
      step.out = place[i] = free_blocks.back();
      free_blocks.pop_back();
    }
    free_blocks.insert(free_blocks.end(), free_later.begin(), free_later.end());
    steps_.push_back(step);
  }
  steps_.back().out = arguments + constants_ + static_cast<std::uint32_t>(workspace_blocks_);
}

void Tape::run(std::int64_t n, void* out, std::span<const TapeArgument> arguments,
               std::byte* workspace) const {
  if (n == 0) return;
  // One operation on plain arrays needs no blocks.
  if (steps_.size() == 1 && constants_ == 0) {
    const bool plain = n <= block_size || std::none_of(arguments.begin(), arguments.end(),
                                                       [](const auto& a) { return a.repeated; });
    if (plain) {
      const void* args[3] = {};
      for (std::uint32_t k = 0; k < steps_[0].arity; ++k) {
        args[k] = arguments[steps_[0].args[k]].data;
      }
      steps_[0].op(n, out, args);
      return;
    }
  }
  const std::size_t count =
      arguments.size() + constants_ + static_cast<std::size_t>(workspace_blocks_) + 1;
  constexpr std::size_t most = 96;
  std::byte* small[most];
  std::vector<std::byte*> large;
  std::byte** places = small;
  if (count > most) {
    large.resize(count);
    places = large.data();
  }
  std::byte** next = places;
  for (const TapeArgument& argument : arguments) *next++ = const_cast<std::byte*>(argument.data);
  for (std::uint32_t c = 0; c < constants_; ++c) *next++ = constant_blocks_.get() + c * block_bytes;
  for (std::int64_t b = 0; b < workspace_blocks_; ++b) *next++ = workspace + b * block_bytes;
  std::byte*& output = *next;
  output = static_cast<std::byte*>(out);
  for (std::int64_t done = 0; done < n; done += block_size) {
    const std::int64_t part = std::min(block_size, n - done);
    for (const Step& step : steps_) {
      const void* args[3] = {places[step.args[0]], places[step.args[1]], places[step.args[2]]};
      step.op(part, places[step.out], args);
    }
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      if (!arguments[a].repeated) places[a] += block_size * item_sizes_[a];
    }
    output += block_size * out_size_;
  }
}

void fill_block(void* to, const void* element, int item_size, std::int64_t n) {
  const auto fill = [&](auto zero) {
    decltype(zero) value;
    std::memcpy(&value, element, sizeof(value));
    std::fill_n(static_cast<decltype(zero)*>(to), n, value);
  };
  switch (item_size) {
    case 1:
      fill(std::uint8_t{});
      break;
    case 2:
      fill(std::uint16_t{});
      break;
    case 4:
      fill(std::uint32_t{});
      break;
    case 8:
      fill(std::uint64_t{});
      break;
    default:
      for (std::int64_t i = 0; i < n; ++i) {
        std::memcpy(static_cast<std::byte*>(to) + i * item_size, element,
                    static_cast<std::size_t>(item_size));
      }
  }
}

}  // namespace arrayc::backends::interp
