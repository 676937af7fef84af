#include "backends/interp/kernel_graphs.h"

#include <cstring>
#include <optional>

#include "backends/binding.h"
#include "backends/check_results.h"
#include "backends/interp/graph_program.h"
#include "backends/layout.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

using runtime::Array;

namespace {

Array scalar_array(ir::Scalar value) {
  Array array = runtime::make_array(static_cast<arrayc_dtype>(value.dtype), {});
  std::memcpy(array.data, &value.bits, static_cast<std::size_t>(ir::item_size(value.dtype)));
  return array;
}

class Runner {
 public:
  Runner(const ir::Module& module, const ir::Function& function, const Arguments& arguments,
         bool fma)
      : module_(module),
        function_(function),
        program_(*function.program),
        arguments_(arguments),
        fma_(fma),
        binder_(function),
        values_(program_.storages.size()) {}

  std::vector<Array> run() {
    std::vector<std::vector<Size>> sizes;
    for (const ir::Call& call : program_.calls) {
      auto& list = sizes.emplace_back();
      for (const ir::Extent& e : call.sizes) list.emplace_back(e, binder_.symbols());
      for (const auto& scalar : call.scalars) list.emplace_back(scalar.extent, binder_.symbols());
    }
    const Checks checks(function_, binder_.symbols());
    bound_ = binder_.bind(arguments_);
    for (std::size_t s = 0; s < values_.size(); ++s) {
      const ir::Storage& storage = program_.storages[s];
      if (storage.kind == ir::Storage::Kind::parameter) values_[s] = parameter(storage.index);
    }
    for (std::size_t c = 0; c < program_.calls.size(); ++c) run_call(program_.calls[c], sizes[c]);
    std::vector<Array> results;
    for (const std::uint32_t s : program_.results) results.push_back(runtime::copy(read(s)));
    checks.take(results, bound_.sizes);
    return results;
  }

 private:
  Array parameter(std::uint32_t index) const {
    const ir::Param& param = function_.params.at(index);
    if (param.kind == ir::ParamKind::array) return arguments_.arrays[index];
    return scalar_array(scalar_parameter(index));
  }

  ir::Scalar scalar_parameter(std::uint32_t index) const {
    const ir::Param& param = function_.params.at(index);
    const ir::DType type = param.kind == ir::ParamKind::size ? ir::DType::I64 : param.type.dtype;
    return {type, bound_.scalars[index]};
  }

  // Buffers are the array parameters in order, then the results; the sizes n0, n1, … come first.
  void run_call(const ir::Call& call, const std::vector<Size>& sizes) {
    const ir::Function& kernel = module_.kernels.at(call.kernel).function;
    Arguments inner;
    for (std::size_t k = 0; k < call.sizes.size(); ++k) {
      const std::int64_t value = sizes[k](bound_.sizes);
      inner.symbols["$n" + std::to_string(k)] = value;
      if (value >= 0) inner.symbols["n" + std::to_string(k)] = value;
    }
    std::size_t buffer = 0;
    std::size_t scalar = 0;
    for (const ir::Param& param : kernel.params) {
      if (param.kind == ir::ParamKind::array) {
        Array array = read(call.buffers.at(buffer++));
        const bool split = array.dtype != static_cast<arrayc_dtype>(param.type.dtype);
        inner.arrays.push_back(split ? in_parts(array) : std::move(array));
        continue;
      }
      const ir::Call::Argument& argument = call.scalars.at(scalar);
      ir::Scalar value = argument.constant;
      if (argument.is_extent) {
        value = ir::Scalar::of(sizes[call.sizes.size() + scalar](bound_.sizes));
      } else if (argument.param >= 0) {
        value = scalar_parameter(static_cast<std::uint32_t>(argument.param));
      }
      inner.arrays.push_back(scalar_array(value));
      ++scalar;
    }
    std::vector<Array> made = GraphProgram(kernel, fma_).run(inner, nullptr);
    if (buffer + made.size() != call.buffers.size()) {
      ir::bug("interp: a call does not bind the buffers of kernel " + kernel.name);
    }
    for (Array& array : made) {
      Array& to = values_.at(call.buffers[buffer]);
      const ir::Type& type = program_.storages[call.buffers[buffer]].type;
      ++buffer;
      // A storage may give the elements another shape than the kernel does.
      std::vector<std::int64_t> shape;
      for (const ir::Extent& e : type.shape) {
        shape.push_back(e.evaluate([&](const std::string& name) -> std::optional<std::int64_t> {
          const auto at = binder_.symbols().find(name);
          if (!at || bound_.sizes[*at] == unknown_size) return std::nullopt;
          return bound_.sizes[*at];
        }));
      }
      to = run_reshape(array, std::move(shape));
      overwrite_others(static_cast<std::uint32_t>(&to - values_.data()));
    }
  }

  // What lay in the same memory is gone: who reads it finds no array.
  void overwrite_others(std::uint32_t written) {
    const auto& storages = program_.storages;
    for (std::uint32_t s = 0; s < storages.size(); ++s) {
      if (s != written && ir::share_memory(storages[s], storages[written])) values_[s] = {};
    }
  }

  const Array& read(std::uint32_t s) const {
    const bool made = program_.storages.at(s).kind != ir::Storage::Kind::parameter;
    if (made && values_[s].data == nullptr) {
      ir::bug("interp: " + program_.storages[s].name + " is read after it has been overwritten");
    }
    return values_[s];
  }

  const ir::Module& module_;
  const ir::Function& function_;
  const ir::Program& program_;
  const Arguments& arguments_;
  bool fma_;
  Binder binder_;
  Bound bound_;
  std::vector<Array> values_;
};

}  // namespace

std::vector<Array> run_kernel_graphs(const ir::Module& module, const ir::Function& function,
                                     const Arguments& arguments, bool fma) {
  return Runner(module, function, arguments, fma).run();
}

}  // namespace arrayc::backends::interp
