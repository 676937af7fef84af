#include "backends/interp/graph_program.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "backends/layout.h"
#include "ir/diagnostic.h"
#include "runtime/float_environment.h"

namespace arrayc::backends::interp {

using runtime::Array;

struct GraphProgram::Running {
  const Arguments& arguments;
  Bound bound;
  std::vector<std::vector<std::int64_t>> shapes;
  std::vector<Array> values;
  std::vector<std::byte> workspace;
  std::int64_t computed = 0;
};

std::vector<Array> GraphProgram::run(const Arguments& arguments, RunStats* stats) const {
  const runtime::DefaultFloatEnvironment standard;
  return run_here(arguments, stats);
}

[[gnu::noinline]] std::vector<Array> GraphProgram::run_here(const Arguments& arguments,
                                                            RunStats* stats) const {
  Running state{arguments, binder_.bind(arguments), {}, std::vector<Array>(slots_), {}, 0};
  state.shapes.reserve(shapes_.size());
  for (const auto& shape : shapes_) {
    auto& extents = state.shapes.emplace_back();
    extents.reserve(shape.size());
    for (const Size& size : shape) {
      extents.push_back(size(state.bound.sizes));
      if (extents.back() < 0) ir::user_error("negative dimensions are not allowed");
    }
  }
  for (const Step& step : steps_) {
    run_step(step, state);
    for (std::uint32_t f = 0; f < step.free_count; ++f) {
      state.values[frees_[step.first_free + f]] = Array();
    }
  }
  if (stats) {
    stats->kernels += state.computed;
    stats->temporaries +=
        std::max<std::int64_t>(0, state.computed - static_cast<std::int64_t>(results_.size()));
  }
  return take_results(state);
}

void GraphProgram::run_step(const Step& step, Running& state) const {
  constexpr std::size_t most = 8;
  const Array* few[most] = {};
  std::vector<const Array*> many;
  const Array** operands = few;
  if (step.operand_count > most) {
    many.resize(step.operand_count);
    operands = many.data();
  }
  for (std::uint32_t k = 0; k < step.operand_count; ++k) {
    operands[k] = &state.values[operands_[step.first_operand + k]];
  }
  if (!run_leaf_or_view(step, operands[0], state)) {
    run_computation(step, {operands, step.operand_count}, state);
  }
}

// Steps that move no elements; false for others.
bool GraphProgram::run_leaf_or_view(const Step& step, const Array* x, Running& state) const {
  const auto& shape = state.shapes[step.shape];
  Array& result = state.values[step.result];
  switch (step.op) {
    case ir::Op::param:
      result = parameter(step.detail, state);
      if (result.dtype != static_cast<arrayc_dtype>(step.dtype)) result = in_parts(result);
      return true;
    case ir::Op::constant:
      result.data = const_cast<std::uint64_t*>(&constants_[step.detail]);
      result.dtype = static_cast<arrayc_dtype>(step.dtype);
      return true;
    case ir::Op::extent:
      result = runtime::make_array(ARRAYC_I64, {});
      *static_cast<std::int64_t*>(result.data) = sizes_[step.detail](state.bound.sizes);
      return true;
    case ir::Op::broadcast:
    case ir::Op::slice:
    case ir::Op::transpose:
    case ir::Op::expand_dims:
    case ir::Op::squeeze:
    case ir::Op::view:
      result = run_view(views_[step.detail], *x, shape, state.bound.sizes);
      return true;
    case ir::Op::reshape:
    case ir::Op::keep:
      result = run_reshape(*x, shape);
      return true;
    default:
      return false;
  }
}

namespace {

Array of_parts(std::span<const Array* const> parts) {
  const ir::DType dtype = ir::complex_dtype(static_cast<ir::DType>(parts[0]->dtype));
  return run_complex(*parts[0], *parts[1], dtype, parts[0]->shape);
}

}  // namespace

void GraphProgram::run_computation(const Step& step, std::span<const Array* const> operands,
                                   Running& state) const {
  const auto& shape = state.shapes[step.shape];
  Array& result = state.values[step.result];
  switch (step.op) {
    case ir::Op::iota: {
      result = runtime::make_array(ARRAYC_I64, shape);
      auto* elements = static_cast<std::int64_t*>(result.data);
      std::iota(elements, elements + shape[0], std::int64_t{0});
      break;
    }
    case ir::Op::complex:
      result = run_complex(*operands[0], *operands[1], step.dtype, shape);
      break;
    case ir::Op::reduce: {
      const ReducePlan& plan = reductions_[step.detail];
      result = operands.size() == 1 ? run_reduce(plan, *operands[0])
               : plan.products      ? run_product_sum(plan, *operands[0], *operands[1])
                                    : run_complex_reduce(plan, of_parts(operands));
      break;
    }
    case ir::Op::arg_reduce:
      result = run_arg_reduce(arg_reductions_[step.detail],
                              operands.size() == 1 ? *operands[0] : of_parts(operands));
      break;
    case ir::Op::einsum:
      result = run_einsum(einsums_[step.detail], operands, step.dtype);
      break;
    default:
      result = run_tape(*tapes_[step.detail], operands, step.dtype, shape, state.workspace);
      break;
  }
  ++state.computed;
  if (result.shape != shape) ir::bug("interp: a value's shape is not its type's");
}

Array GraphProgram::parameter(std::uint32_t index, Running& state) const {
  if (index >= binder_.params().size()) ir::bug("interp: no such parameter");
  const ir::Param& param = binder_.params()[index];
  if (param.kind == ir::ParamKind::array) return state.arguments.arrays[index];
  Array scalar;
  scalar.data = &state.bound.scalars[index];
  scalar.dtype =
      param.kind == ir::ParamKind::size ? ARRAYC_I64 : static_cast<arrayc_dtype>(param.type.dtype);
  return scalar;
}

// Results are arrays of their own: not views, not arguments, no two of them one.
std::vector<Array> GraphProgram::take_results(Running& state) const {
  std::vector<Array> results;
  results.reserve(results_.size());
  for (const std::uint32_t slot : results_) {
    Array& value = state.values[slot];
    const bool own = value.owner.use_count() == 1 && runtime::is_contiguous(value) &&
                     std::count(results_.begin(), results_.end(), slot) == 1;
    results.push_back(own ? std::move(value) : runtime::copy(value));
  }
  checks_.take(results, state.bound.sizes);
  return results;
}

Array run_view(const ViewPlan& plan, const Array& x, std::vector<std::int64_t> shape,
               const std::vector<std::int64_t>& sizes) {
  Array result;
  result.owner = x.owner;
  result.dtype = x.dtype;
  result.strides.assign(shape.size(), 0);
  if (plan.axes.size() != x.shape.size()) ir::bug("interp: a view's map has another rank");
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  std::int64_t offset = 0;
  for (std::size_t k = 0; k < plan.axes.size(); ++k) {
    const ViewPlan::Axis& axis = plan.axes[k];
    const std::int64_t start = axis.start(sizes);
    std::int64_t last = start;
    if (axis.axis >= 0 && !(plan.stretches && x.shape[k] == 1)) {
      const auto to = static_cast<std::size_t>(axis.axis);
      result.strides[to] += axis.step * x.strides[k];
      last += axis.step * (shape[to] - 1);
    }
    if (!empty && (std::min(start, last) < 0 || std::max(start, last) >= x.shape[k])) {
      ir::bug("interp: a view reads outside its operand");
    }
    offset += start * x.strides[k];
  }
  result.data = empty ? x.data : static_cast<std::byte*>(x.data) + offset;
  result.shape = std::move(shape);
  return result;
}

Array run_complex(const Array& re, const Array& im, ir::DType dtype,
                  std::vector<std::int64_t> shape) {
  Array result = runtime::make_array(static_cast<arrayc_dtype>(dtype), std::move(shape));
  const Array x = runtime::copy(re), y = runtime::copy(im);
  const auto size = static_cast<std::size_t>(runtime::item_size(x.dtype));
  auto* to = static_cast<std::byte*>(result.data);
  const auto* from_x = static_cast<const std::byte*>(x.data);
  const auto* from_y = static_cast<const std::byte*>(y.data);
  const auto count = static_cast<std::size_t>(runtime::element_count(result.shape));
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(to + 2 * i * size, from_x + i * size, size);
    std::memcpy(to + (2 * i + 1) * size, from_y + i * size, size);
  }
  return result;
}

Array run_reshape(const Array& x, std::vector<std::int64_t> shape) {
  if (runtime::element_count(shape) != runtime::element_count(x.shape)) {
    ir::bug("interp: reshape to another number of elements");
  }
  Array result = runtime::is_contiguous(x) ? x : runtime::copy(x);
  result.strides = runtime::contiguous_strides(shape, runtime::item_size(x.dtype));
  result.shape = std::move(shape);
  return result;
}

}  // namespace arrayc::backends::interp
