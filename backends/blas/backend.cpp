#include "backends/blas/backend.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>

#include "backends/binding.h"
#include "backends/blas/division.h"
#include "backends/blas/multiply.h"
#include "backends/broadcasting.h"
#include "backends/layout.h"
#include "ir/diagnostic.h"
#include "ir/specialise.h"
#include "passes/pipeline.h"

namespace arrayc::backends {

namespace {

using blas::Division;
using runtime::Array;

using Compile = std::function<std::unique_ptr<Callable>(ir::Function)>;

std::vector<Size> sizes_of(const ir::Shape& shape, SymbolTable& symbols) {
  std::vector<Size> sizes;
  for (const ir::Extent& extent : shape) sizes.emplace_back(extent, symbols);
  return sizes;
}

std::vector<std::int64_t> evaluate(const std::vector<Size>& sizes,
                                   const std::vector<std::int64_t>& values) {
  std::vector<std::int64_t> shape;
  for (const Size& size : sizes) shape.push_back(size(values));
  return shape;
}

std::int64_t bytes_of(const Array& array) {
  return runtime::element_count(array.shape) * runtime::item_size(array.dtype);
}

// The contraction alone, for operands that lie in any way.
ir::Function function_of(const Division::Product& product) {
  ir::Function function;
  function.name = "contraction";
  std::vector<ir::NodeId> operands;
  for (std::int32_t f = 0; f < 2; ++f) {
    const ir::Type& type = product.operands[static_cast<std::size_t>(f)].type;
    ir::Param param;
    param.name = f == 0 ? "a" : "b";
    param.type = type;
    param.layout = {false, -1};
    function.params.push_back(std::move(param));
    ir::Operation operation{ir::Op::param, nullptr,
                            std::make_shared<const ir::Attributes>(ir::ParamAttr{f})};
    operands.push_back(function.graph.add(std::move(operation), {}, type));
  }
  ir::Operation operation{ir::Op::einsum, nullptr,
                          std::make_shared<const ir::Attributes>(product.einsum)};
  function.results = {function.graph.add(std::move(operation), std::move(operands), product.type)};
  return function;
}

// What a call knows: its values, and those of all symbols.
struct Running {
  std::vector<Array> values;
  std::vector<std::int64_t> sizes;              // of the binder's symbols
  std::map<std::string, std::int64_t> symbols;  // the same, for pieces
  RunStats* stats;
};

class Step {
 public:
  virtual ~Step() = default;
  virtual void run(Running& state) const = 0;
};

class PieceStep final : public Step {
 public:
  PieceStep(Division::Piece piece, const Compile& compile)
      : inputs_(std::move(piece.inputs)),
        outputs_(std::move(piece.outputs)),
        code_(compile(std::move(piece.function))) {}

  void run(Running& state) const override {
    Arguments arguments;
    arguments.symbols = state.symbols;
    for (const std::uint32_t value : inputs_) arguments.arrays.push_back(state.values[value]);
    std::vector<Array> results = code_->call(arguments, state.stats);
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      state.values[outputs_[k]] = std::move(results[k]);
    }
  }

 private:
  const std::vector<std::uint32_t> inputs_, outputs_;
  const std::unique_ptr<Callable> code_;
};

class ProductStep final : public Step {
 public:
  ProductStep(Division::Product product, SymbolTable& symbols, Compile compile)
      : product_(std::move(product)),
        shape_(sizes_of(product_.type.shape, symbols)),
        compile_(std::move(compile)) {
    for (std::size_t f = 0; f < 2; ++f) {
      const Division::Operand& operand = product_.operands[f];
      operands_[f].memory = sizes_of(operand.shape, symbols);
      operands_[f].shape = sizes_of(operand.view.shape, symbols);
      for (const ir::ViewAxis& axis : operand.view.axes) {
        operands_[f].starts.emplace_back(axis.start, symbols);
      }
    }
  }

  void run(Running& state) const override {
    const Array a = operand(0, state), b = operand(1, state);
    Array result;
    try {
      result = runtime::make_array(static_cast<arrayc_dtype>(product_.type.dtype),
                                   evaluate(shape_, state.sizes));
    } catch (const std::length_error& error) {
      ir::user_error(error.what());
    }
    if (!blas::multiply(product_.einsum, a, b, result)) {
      Arguments arguments{{a, b}, state.symbols};
      result = std::move(own_code().call(arguments, state.stats).front());
    } else if (state.stats) {
      ++state.stats->kernels;
      ++state.stats->allocations;
      state.stats->bytes_read += bytes_of(a) + bytes_of(b);
      state.stats->bytes_written += bytes_of(result);
    }
    state.values[product_.value] = std::move(result);
  }

 private:
  struct Operand {
    std::vector<Size> memory, shape, starts;
  };

  Array operand(std::size_t f, const Running& state) const {
    const ir::ViewAttr& view = product_.operands[f].view;
    const Array& base = state.values[product_.operands[f].value];
    const std::vector<std::int64_t> memory = evaluate(operands_[f].memory, state.sizes);
    // What is read under another shape is contiguous.
    const std::vector<std::int64_t> strides =
        memory == base.shape ? base.strides
                             : runtime::contiguous_strides(memory, runtime::item_size(base.dtype));
    Array array = base;
    array.shape = evaluate(operands_[f].shape, state.sizes);
    array.strides.assign(array.shape.size(), 0);
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < view.axes.size(); ++k) {
      offset += operands_[f].starts[k](state.sizes) * strides[k];
      const int axis = view.axes[k].axis;
      if (axis >= 0)
        array.strides[static_cast<std::size_t>(axis)] += view.axes[k].step * strides[k];
    }
    if (runtime::element_count(array.shape) > 0)
      array.data = static_cast<char*>(base.data) + offset;
    return array;
  }

  // For operands that the BLAS does not take as they lie: compiled when the first such come.
  const Callable& own_code() const {
    const std::lock_guard lock(mutex_);
    if (!own_code_) own_code_ = compile_(function_of(product_));
    return *own_code_;
  }

  const Division::Product product_;
  const std::vector<Size> shape_;
  std::array<Operand, 2> operands_;
  const Compile compile_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Callable> own_code_;
};

class DividedCallable final : public Callable {
 public:
  DividedCallable(const ir::Function& function, Division division, const Compile& compile)
      : binder_(function), results_(std::move(division.results)), values_(division.value_count) {
    for (auto& step : division.steps) {
      note_uses(step);
      if (auto* piece = std::get_if<Division::Piece>(&step)) {
        steps_.push_back(std::make_unique<PieceStep>(std::move(*piece), compile));
      } else {
        steps_.push_back(std::make_unique<ProductStep>(std::move(std::get<Division::Product>(step)),
                                                       binder_.symbols(), compile));
      }
    }
    const std::set<std::uint32_t> returned(results_.begin(), results_.end());
    temporaries_ = values_ - static_cast<std::int64_t>(function.params.size() + returned.size());
  }

  std::vector<Array> call(const Arguments& arguments, RunStats* stats) const override {
    Running state{arguments.arrays, {}, arguments.symbols, stats};
    for (auto& [position, copy] : copies_for_layout(binder_.params(), arguments.arrays)) {
      state.values[position] = std::move(copy);
    }
    take_sizes(arguments, state);
    std::int64_t given = 0;
    for (const Array& array : arguments.arrays) given += bytes_of(array);
    state.values.resize(values_);
    for (std::size_t k = 0; k < steps_.size(); ++k) {
      steps_[k]->run(state);
      if (stats) count(state, given);
      for (const std::uint32_t value : dead_[k]) state.values[value] = {};
    }
    if (stats) stats->temporaries += temporaries_;
    std::vector<Array> results;
    for (std::size_t r = 0; r < results_.size(); ++r) {
      const bool again = std::count(results_.begin() + static_cast<std::ptrdiff_t>(r) + 1,
                                    results_.end(), results_[r]) > 0;
      Array& value = state.values[results_[r]];
      results.push_back(again ? runtime::copy(value) : std::move(value));
    }
    return results;
  }

 private:
  // Values that only this step and earlier ones use are released after it.
  void note_uses(const std::variant<Division::Piece, Division::Product>& step) {
    std::vector<std::uint32_t> used;
    if (const auto* piece = std::get_if<Division::Piece>(&step)) {
      used = piece->inputs;
    } else {
      for (const auto& operand : std::get<Division::Product>(step).operands) {
        used.push_back(operand.value);
      }
    }
    dead_.emplace_back();
    last_use_.resize(values_, -1);
    for (const std::uint32_t value : used) {
      if (value < binder_.params().size() || std::ranges::count(results_, value) > 0) continue;
      if (last_use_[value] >= 0)
        std::erase(dead_[static_cast<std::size_t>(last_use_[value])], value);
      last_use_[value] = static_cast<int>(dead_.size()) - 1;
      dead_.back().push_back(value);
    }
  }

  void take_sizes(const Arguments& arguments, Running& state) const {
    const Bound bound = binder_.bind({state.values, arguments.symbols});
    state.sizes = bound.sizes;
    const SymbolTable& table = binder_.symbols();
    for (std::uint32_t k = 0; k < table.size(); ++k) {
      if (bound.sizes[k] != unknown_size) state.symbols.emplace(table.name(k), bound.sizes[k]);
    }
    for (std::size_t p = 0; p < binder_.params().size(); ++p) {
      const ir::Param& param = binder_.params()[p];
      if (param.kind != ir::ParamKind::size) continue;
      state.symbols.emplace(param.name, static_cast<std::int64_t>(bound.scalars[p]));
    }
  }

  // Memory at the end of a step: the arguments, and what steps have made.
  void count(const Running& state, std::int64_t given) const {
    std::int64_t results = 0, temporaries = 0;
    for (std::size_t v = binder_.params().size(); v < state.values.size(); ++v) {
      if (!state.values[v].owner) continue;
      const bool is_result = std::ranges::count(results_, static_cast<std::uint32_t>(v)) > 0;
      (is_result ? results : temporaries) += bytes_of(state.values[v]);
    }
    RunStats& stats = *state.stats;
    stats.temporary_bytes = std::max(stats.temporary_bytes, temporaries);
    stats.peak_bytes = std::max(stats.peak_bytes, given + results + temporaries);
    stats.counted_peak = std::max(stats.counted_peak, given + results + temporaries);
  }

  Binder binder_;
  std::vector<std::unique_ptr<Step>> steps_;
  const std::vector<std::uint32_t> results_;
  const std::uint32_t values_;
  std::vector<std::vector<std::uint32_t>> dead_;  // after each step
  std::vector<int> last_use_;
  std::int64_t temporaries_ = 0;  // values that steps make and that are no results
};

class BlasBackend final : public Backend {
 public:
  explicit BlasBackend(std::function<Backend&()> others) : others_(std::move(others)) {}

  std::string_view name() const override { return "blas"; }
  std::string_view doc() const override {
    return "products of matrices and vectors by a BLAS, everything else as cpu does";
  }
  std::unique_ptr<Callable> compile(ir::Module module, const std::string& name,
                                    const ir::Registry& registry,
                                    const CompileOptions& options) override {
    std::erase_if(module.functions, [&](const ir::Function& f) { return f.name != name; });
    if (module.functions.empty()) ir::user_error("no function '" + name + "' in this module");
    const auto compile_alone = [this, &registry, options](ir::Function function) {
      ir::Module alone;
      const std::string its_name = function.name;
      alone.functions.push_back(std::move(function));
      return others_().compile(std::move(alone), its_name, registry, options);
    };
    return compile_patterns(
        std::move(module), [compile_alone](ir::Module one) -> std::unique_ptr<Callable> {
          ir::Function& function = one.functions.front();
          Division division = blas::divide(function);
          if (!has_products(division)) return compile_alone(std::move(function));
          return std::make_unique<DividedCallable>(function, std::move(division), compile_alone);
        });
  }

  std::string emit(ir::Module, std::string_view kind, const std::string&, const ir::Registry&,
                   const CompileOptions&) override {
    ir::limitation("the backend blas does not write ." + std::string(kind) +
                       " files: what is compiled ahead of time calls no BLAS",
                   {}, "the backend cpu does, with arrayc's own code for products");
  }

  void divide(ir::Module& module) const override {
    passes::decide_broadcasts(module);
    std::vector<ir::Function> pieces;
    for (ir::Function& function : module.functions) {
      Division division = blas::divide(function);
      std::ranges::move(division.remarks, std::back_inserter(module.remarks));
      if (!has_products(division)) {
        pieces.push_back(std::move(function));
        continue;
      }
      for (auto& step : division.steps) {
        if (auto* piece = std::get_if<Division::Piece>(&step)) {
          pieces.push_back(std::move(piece->function));
        }
      }
    }
    module.functions = std::move(pieces);
  }

 private:
  static bool has_products(const Division& division) {
    return std::ranges::any_of(division.steps, [](const auto& step) {
      return std::holds_alternative<Division::Product>(step);
    });
  }

  const std::function<Backend&()> others_;
};

}  // namespace

std::unique_ptr<Backend> make_blas_backend(std::function<Backend&()> others) {
  return std::make_unique<BlasBackend>(std::move(others));
}

}  // namespace arrayc::backends
