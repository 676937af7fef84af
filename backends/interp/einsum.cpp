// Contractions as they are defined: products, folded over one contracted index after another.
#include <algorithm>
#include <cstring>

#include "backends/interp/graph_program.h"
#include "backends/interp/strided.h"
#include "ir/contraction.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

using runtime::Array;

namespace {

bool contains(const std::vector<std::int32_t>& indices, std::int32_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

// An operand over the axes (result indices, then contracted ones) of the whole product.
struct Factor {
  Array array;  // a copy where the innermost axis would be read with steps
  const std::byte* data = nullptr;
  std::vector<std::int64_t> strides;
};

struct Product {
  std::vector<std::int64_t> shape;
  std::size_t outer = 0;  // how many of the axes are the result's
  std::vector<Factor> factors;
};

Product make_product(const EinsumPlan& plan, std::span<const Array* const> operands) {
  std::vector<std::int32_t> indices = plan.result;
  indices.insert(indices.end(), plan.contracted.begin(), plan.contracted.end());
  Product product;
  product.outer = plan.result.size();
  product.shape.assign(indices.size(), -1);
  const auto position = [&](std::int32_t index) {
    return static_cast<std::size_t>(std::find(indices.begin(), indices.end(), index) -
                                    indices.begin());
  };
  for (std::size_t f = 0; f < operands.size(); ++f) {
    for (std::size_t k = 0; k < plan.operands[f].size(); ++k) {
      std::int64_t& extent = product.shape[position(plan.operands[f][k])];
      const std::int64_t here = operands[f]->shape[k];
      if (extent < 0 || extent == 1) extent = here;
      if (here != extent && here != 1) ir::bug("interp: einsum's operands disagree on an index");
    }
  }
  for (std::size_t f = 0; f < operands.size(); ++f) {
    Factor factor{*operands[f], nullptr, std::vector<std::int64_t>(indices.size(), 0)};
    for (std::size_t k = 0; k < plan.operands[f].size(); ++k) {
      if (factor.array.shape[k] == 1) continue;
      factor.strides[position(plan.operands[f][k])] += factor.array.strides[k];
    }
    factor.data = static_cast<const std::byte*>(factor.array.data);
    product.factors.push_back(std::move(factor));
  }
  return product;
}

// Gives a factor that is read with steps along the innermost axis a copy that is not.
void straighten(Product& product, int item_size) {
  const std::size_t inner = product.shape.size() - 1;
  for (Factor& factor : product.factors) {
    if (factor.strides[inner] == 0 || factor.strides[inner] == item_size) continue;
    std::vector<std::int64_t> shape;
    for (std::size_t k = 0; k <= inner; ++k) {
      shape.push_back(factor.strides[k] == 0 ? 1 : product.shape[k]);
    }
    Array view;
    view.data = const_cast<std::byte*>(factor.data);
    view.dtype = factor.array.dtype;
    view.shape = shape;
    view.strides = factor.strides;
    factor.array = runtime::copy(view);
    factor.data = static_cast<const std::byte*>(factor.array.data);
    for (std::size_t k = 0; k <= inner; ++k) {
      factor.strides[k] = factor.strides[k] == 0 ? 0 : factor.array.strides[k];
    }
  }
}

void fill(Array& array, ir::Scalar value) {
  const std::int64_t count = runtime::element_count(array.shape);
  fill_block(array.data, &value.bits, ir::item_size(value.dtype), count);
}

class Contraction {
 public:
  Contraction(const EinsumPlan& plan, Product& product)
      : plan_(plan), product_(product), item_(plan.add.item_size) {
    for (const ir::Tree& tree : plan.trees) folds_.emplace_back(plan.add, tree);
    buffers_.resize((product.factors.size() + 1) * static_cast<std::size_t>(block_bytes));
  }

  // Elements `begin …` of the innermost axis at `at`, of the first `count` factors, multiplied;
  // valid until the next call.
  const std::byte* products(const std::vector<const std::byte*>& at, std::int64_t begin,
                            std::int64_t n, std::size_t count) {
    std::byte* out = buffers_.data();
    const void* args[2] = {nullptr, nullptr};
    for (std::size_t f = 0; f < count; ++f) {
      const std::byte* from = elements(f, at[f], begin, n);
      if (f == 0) {
        args[0] = from;
      } else {
        args[1] = from;
        plan_.multiply(n, out, args);
        args[0] = out;
      }
    }
    return static_cast<const std::byte*>(args[0]);
  }

  // Elements of one factor, one after the other.
  const std::byte* elements(std::size_t f, const std::byte* at, std::int64_t begin,
                            std::int64_t n) {
    const std::int64_t stride = product_.factors[f].strides[product_.shape.size() - 1];
    const std::byte* from = at + begin * stride;
    const bool aligned =
        reinterpret_cast<std::uintptr_t>(from) % static_cast<std::uintptr_t>(item_) == 0;
    if (stride == item_ && aligned) return from;
    std::byte* block = buffers_.data() + (f + 1) * static_cast<std::size_t>(block_bytes);
    gather(block, from, stride, item_, n);
    return block;
  }

  // Folds the axes from `level` of the contracted ones inwards. Depth: the number of indices.
  void fold(std::size_t level, std::vector<const std::byte*>& at, void* out) {
    TreeFold& fold = folds_[level];
    fold.reset();
    const std::size_t axis = product_.outer + level;
    const std::int64_t extent = product_.shape[axis];
    if (level + 1 == folds_.size()) {
      for (std::int64_t done = 0; done < extent; done += block_size) {
        const std::int64_t part = std::min(block_size, extent - done);
        const std::byte* factor =
            plan_.fused ? elements(at.size() - 1, at.back(), done, part) : nullptr;
        fold.push(products(at, done, part, at.size() - (plan_.fused ? 1 : 0)), part, factor);
      }
    } else {
      for (std::int64_t i = 0; i < extent; ++i) {
        std::uint64_t value = 0;
        this->fold(level + 1, at, &value);
        fold.push(&value, 1);
        step(at, axis, 1);
      }
      step(at, axis, -extent);
    }
    if (!fold.finish(out)) std::memcpy(out, &plan_.zero.bits, static_cast<std::size_t>(item_));
  }

  void step(std::vector<const std::byte*>& at, std::size_t axis, std::int64_t by) const {
    for (std::size_t f = 0; f < at.size(); ++f) at[f] += by * product_.factors[f].strides[axis];
  }

 private:
  const EinsumPlan& plan_;
  const Product& product_;
  int item_;
  std::vector<TreeFold> folds_;
  std::vector<std::byte> buffers_;
};

}  // namespace

EinsumPlan plan_einsum(const ir::EinsumAttr& indices, ir::DType dtype, bool fma) {
  EinsumPlan plan;
  plan.operands = indices.operands;
  plan.result = indices.result;
  const bool of_bool = dtype == ir::DType::Bool;
  plan.multiply = block_op(of_bool ? ir::Prim::bit_and : ir::Prim::mul, dtype, dtype);
  const auto fold = of_bool ? ir::loops::Fold::bit_or : ir::loops::Fold::add;
  plan.add = fold_ops(fold, dtype);
  plan.zero = *fold_identity(fold, dtype);
  for (const auto& operand : plan.operands) {
    for (const std::int32_t index : operand) {
      if (!contains(plan.result, index) && !contains(plan.contracted, index)) {
        plan.contracted.push_back(index);
      }
    }
  }
  plan.trees = ir::contraction_trees(indices, plan.contracted, dtype);
  plan.fused = fma && ir::is_float(dtype) && plan.operands.size() > 1 && !plan.contracted.empty();
  return plan;
}

Array run_einsum(const EinsumPlan& plan, std::span<const Array* const> operands, ir::DType dtype) {
  Product product = make_product(plan, operands);
  Array result = runtime::make_array(
      static_cast<arrayc_dtype>(dtype),
      {product.shape.begin(), product.shape.begin() + static_cast<std::ptrdiff_t>(product.outer)});
  const std::int64_t count = runtime::element_count(result.shape);
  if (count == 0) return result;
  const int item = ir::item_size(dtype);
  // Without a contracted index the last index of the result is the innermost axis.
  const bool folds = !plan.contracted.empty();
  if (product.shape.empty()) {
    product.shape.push_back(1);
    product.outer = 1;
    for (Factor& factor : product.factors) factor.strides.push_back(0);
  }
  const std::size_t walked = folds ? product.outer : product.outer - 1;
  const std::int64_t inner = product.shape.back();
  const bool empty =
      std::find(product.shape.begin(), product.shape.end(), 0) != product.shape.end();
  if (empty) {  // a fold over nothing, or a sum of such
    fill(result, plan.zero);
    return result;
  }
  straighten(product, item);
  Contraction contraction(plan, product);
  std::vector<const std::byte*> at;
  for (const Factor& factor : product.factors) at.push_back(factor.data);
  std::vector<std::int64_t> index(walked, 0);
  auto* out = static_cast<std::byte*>(result.data);
  for (std::int64_t done = 0; done < count; done += folds ? 1 : inner) {
    if (folds) {
      contraction.fold(0, at, out);
      out += item;
    } else {
      for (std::int64_t k = 0; k < inner; k += block_size) {
        const std::int64_t part = std::min(block_size, inner - k);
        std::memcpy(out, contraction.products(at, k, part, at.size()),
                    static_cast<std::size_t>(part * item));
        out += part * item;
      }
    }
    for (std::size_t k = walked; k-- > 0;) {
      contraction.step(at, k, 1);
      if (++index[k] < product.shape[k]) break;
      contraction.step(at, k, -product.shape[k]);
      index[k] = 0;
    }
  }
  return result;
}

}  // namespace arrayc::backends::interp
