// Matching the arrays of a call with a function's parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/message.h"
#include "backends/sizes.h"
#include "ir/module.h"

namespace arrayc::backends {

// What a call's arguments say.
struct Bound {
  std::vector<std::int64_t> sizes;     // of the binder's symbols; unknown_size where nothing says
  std::vector<std::uint64_t> scalars;  // for each parameter: a scalar's or size's bits, else 0
};

// A function's parameters and guards, made ready for many calls.
class Binder {
 public:
  explicit Binder(const ir::Function& function);

  // Extents that a call evaluates are written over these symbols; add them before the first call.
  SymbolTable& symbols() { return symbols_; }
  const SymbolTable& symbols() const { return symbols_; }
  const std::vector<ir::Param>& params() const { return params_; }

  // Throws NumPy's sentence when the arguments contradict the declarations or guards.
  Bound bind(const Arguments& arguments) const;
  // A scalar's or size's bits in its parameter's type.
  static std::uint64_t scalar_bits(const ir::Param& param, const runtime::Array& array);

 private:
  struct Axis {
    std::uint32_t param;
    std::uint32_t axis;
    Size extent;
    std::int64_t symbol = -1;  // the position, if the extent is one symbol
  };
  struct Stride {
    std::uint32_t param;
    std::uint32_t axis;
    std::uint32_t symbol;
  };
  struct GuardSizes {
    Size a, b;
    Message message;
  };

  void check_types(const Arguments& arguments) const;
  void take_scalars(const Arguments& arguments, Bound& bound) const;
  void take_symbols(const Arguments& arguments, Bound& bound) const;
  void give(Bound& bound, const std::string& name, std::int64_t value, ir::Place place) const;
  void check_guards(const Bound& bound) const;
  static bool holds(ir::Guard::Kind kind, std::int64_t a, std::int64_t b);
  [[noreturn]] void reject_extent(const Arguments& arguments, const Bound& bound, const Axis& axis,
                                  std::int64_t wanted) const;

  std::string name_;
  std::vector<ir::Param> params_;
  std::vector<ir::Guard> guards_;
  SymbolTable symbols_;
  std::vector<std::uint32_t> size_params_;  // parameters of kind size
  std::vector<Axis> axes_;                  // of the arrays; those that are one symbol first
  std::vector<Stride> strides_;             // of strided parameters
  std::vector<GuardSizes> guard_sizes_;
};

}  // namespace arrayc::backends
