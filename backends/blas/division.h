// A function cut at the contractions that a BLAS takes.
//
//   x = exp(a); y = x @ b; z = y + 1; return x, z
// →
//   step 0   piece    f.0(a) -> x
//   step 1   product  y = x @ b
//   step 2   piece    f.1(y) -> z
//
// A piece is a source function as any other. What two pieces need is computed by the first and
// handed on, unless it is a view or costs no more than one.
#pragma once

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "ir/module.h"

namespace arrayc::backends::blas {

struct Division {
  // Values are numbered: the function's parameters, then what steps make.
  struct Operand {
    std::uint32_t value = 0;
    ir::Shape shape;    // as which the value is read; it has as many elements
    ir::ViewAttr view;  // from the operand's axes to those of `shape`
    ir::Type type;
  };
  struct Product {
    ir::EinsumAttr einsum;
    ir::Type type;
    std::array<Operand, 2> operands;
    std::uint32_t value = 0;
  };
  // The last piece has the function's checks.
  struct Piece {
    ir::Function function;
    std::vector<std::uint32_t> inputs, outputs;
  };
  std::vector<std::variant<Piece, Product>> steps;
  std::vector<std::uint32_t> results;  // values, without those of checks
  std::uint32_t value_count = 0;
  std::vector<ir::Remark> remarks;  // one for each contraction
};

// `function` has no stretches.
Division divide(const ir::Function& function);

}  // namespace arrayc::backends::blas
