// The array level interpreted: a function's graph as a list of steps, node by node.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/binding.h"
#include "backends/check_results.h"
#include "backends/fold.h"
#include "backends/interp/tape.h"
#include "ir/module.h"

namespace arrayc::backends::interp {

// The pieces of steps that depend on the operation.
struct ViewPlan {
  struct Axis {
    int axis;  // of the result, or −1
    Size start;
    std::int64_t step;
  };
  std::vector<Axis> axes;  // of the operand
  bool stretches = false;  // of a broadcast: what has length 1 is used for every index
};

struct ReducePlan {
  FoldOps ops;
  std::shared_ptr<const Tape>
      tape;  // of a ufunc that is no built-in fold; ops.context refers to it
  ir::Tree tree;
  int axis = 0;
  std::string ufunc;
  std::optional<ir::Scalar> identity;
  ir::Place place;
  ir::ResultPart part = ir::ResultPart::whole;
  std::optional<bool> maximum;  // an extreme of complex numbers
  BlockOp multiply = nullptr;   // of a sum of products, where they are not added by fma
  bool products = false;
};

struct ArgReducePlan {
  int axis = 0;
  bool maximum = false;
  ir::Place place;
};

struct EinsumPlan {
  std::vector<std::vector<std::int32_t>> operands;
  std::vector<std::int32_t> result;
  std::vector<std::int32_t> contracted;  // in the order of first appearance; the last is innermost
  std::vector<ir::Tree> trees;           // of each contracted index
  BlockOp multiply = nullptr;
  bool fused = false;  // the last operand is multiplied and added in one
  FoldOps add;
  ir::Scalar zero;
};

EinsumPlan plan_einsum(const ir::EinsumAttr& indices, ir::DType dtype, bool fma);

// Each computes one node. `workspace` grows as needed.
runtime::Array run_view(const ViewPlan& plan, const runtime::Array& x,
                        std::vector<std::int64_t> shape, const std::vector<std::int64_t>& sizes);
// Complex numbers with these parts.
runtime::Array run_complex(const runtime::Array& re, const runtime::Array& im, ir::DType dtype,
                           std::vector<std::int64_t> shape);
runtime::Array run_reshape(const runtime::Array& x, std::vector<std::int64_t> shape);
runtime::Array run_tape(const Tape& tape, std::span<const runtime::Array* const> operands,
                        ir::DType dtype, std::vector<std::int64_t> shape,
                        std::vector<std::byte>& workspace);
runtime::Array run_reduce(const ReducePlan& plan, const runtime::Array& x);
// The sum of products.
runtime::Array run_product_sum(const ReducePlan& plan, const runtime::Array& x,
                               const runtime::Array& y);
// A part of the fold of complex numbers.
runtime::Array run_complex_reduce(const ReducePlan& plan, const runtime::Array& z);
runtime::Array run_arg_reduce(const ArgReducePlan& plan, const runtime::Array& x);
runtime::Array run_einsum(const EinsumPlan& plan, std::span<const runtime::Array* const> operands,
                          ir::DType dtype);

// A function ready to be interpreted any number of times, from any thread.
class GraphProgram {
 public:
  GraphProgram(const ir::Function& function, bool fma);
  std::vector<runtime::Array> run(const Arguments& arguments, RunStats* stats) const;

 private:
  struct Step {
    ir::Op op;
    ir::DType dtype;
    std::uint32_t result;         // a slot of values
    std::uint32_t first_operand;  // in operands_
    std::uint32_t operand_count;
    std::uint32_t shape;       // in shapes_
    std::uint32_t detail;      // in the table of the op
    std::uint32_t first_free;  // in frees_: slots whose values are not needed any more
    std::uint32_t free_count;
  };
  class Planner;
  struct Running;
  std::vector<runtime::Array> run_here(const Arguments& arguments, RunStats* stats) const;
  void run_step(const Step& step, Running& state) const;
  bool run_leaf_or_view(const Step& step, const runtime::Array* x, Running& state) const;
  void run_computation(const Step& step, std::span<const runtime::Array* const> operands,
                       Running& state) const;
  runtime::Array parameter(std::uint32_t index, Running& state) const;
  std::vector<runtime::Array> take_results(Running& state) const;

  Binder binder_;
  Checks checks_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> operands_;
  std::vector<std::uint32_t> frees_;
  std::vector<std::uint32_t> results_;  // slots
  std::vector<std::vector<Size>> shapes_;
  std::vector<std::unique_ptr<const Tape>> tapes_;
  std::vector<ViewPlan> views_;
  std::vector<ReducePlan> reductions_;
  std::vector<ArgReducePlan> arg_reductions_;
  std::vector<EinsumPlan> einsums_;
  std::vector<Size> sizes_;               // of extent and iota
  std::vector<std::uint64_t> constants_;  // bits
  std::uint32_t slots_ = 0;
};

}  // namespace arrayc::backends::interp
