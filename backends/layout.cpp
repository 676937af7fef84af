#include "backends/layout.h"

#include <algorithm>

namespace arrayc::backends {

using runtime::Array;

namespace {

bool is_empty(const Array& array) {
  return std::find(array.shape.begin(), array.shape.end(), 0) != array.shape.end();
}

bool all_aligned(const Array& array) {
  if (!runtime::is_aligned(array)) return false;
  const int item = runtime::item_size(array.dtype);
  return std::all_of(array.strides.begin(), array.strides.end(),
                     [&](std::int64_t stride) { return stride % item == 0; });
}

bool fits(const ir::Param& param, const Array& array) {
  if (is_empty(array)) return true;
  if (param.layout.contiguous) return all_aligned(array) && runtime::is_contiguous(array);
  const int unit = param.layout.unit_axis;
  if (unit >= 0) {
    const auto k = static_cast<std::size_t>(unit);
    const bool consecutive =
        array.shape[k] == 1 || array.strides[k] == runtime::item_size(array.dtype);
    if (!consecutive) return false;
  }
  return all_aligned(array);
}

// A copy with axis `unit` innermost in memory; −1: in C order.
Array copy_with_unit_axis(const Array& array, int unit) {
  if (unit < 0 || unit + 1 == array.rank()) return runtime::copy(array);
  Array moved = array;
  const auto move_last = [&](std::vector<std::int64_t>& v) {
    std::rotate(v.begin() + unit, v.begin() + unit + 1, v.end());
  };
  const auto move_back = [&](std::vector<std::int64_t>& v) {
    std::rotate(v.begin() + unit, v.end() - 1, v.end());
  };
  move_last(moved.shape);
  move_last(moved.strides);
  Array result = runtime::copy(moved);
  move_back(result.shape);
  move_back(result.strides);
  return result;
}

}  // namespace

std::vector<std::pair<std::size_t, Array>> copies_for_layout(const std::vector<ir::Param>& params,
                                                             const std::vector<Array>& arrays) {
  std::vector<std::pair<std::size_t, Array>> copies;
  for (std::size_t p = 0; p < std::min(params.size(), arrays.size()); ++p) {
    // Wrong ranks and dtypes are for the binder to report.
    if (params[p].kind != ir::ParamKind::array) continue;
    if (arrays[p].rank() != params[p].type.rank()) continue;
    if (static_cast<ir::DType>(arrays[p].dtype) != params[p].type.dtype) continue;
    if (fits(params[p], arrays[p])) continue;
    const int unit = params[p].layout.contiguous ? -1 : params[p].layout.unit_axis;
    copies.emplace_back(p, copy_with_unit_axis(arrays[p], unit));
  }
  return copies;
}

ByteRange byte_range(const Array& array) {
  if (is_empty(array)) return {};
  ByteRange range{0, runtime::item_size(array.dtype)};
  for (std::size_t k = 0; k < array.shape.size(); ++k) {
    const std::int64_t reach = array.strides[k] * (array.shape[k] - 1);
    (reach < 0 ? range.begin : range.end) += reach;
  }
  return range;
}

runtime::Array in_parts(const runtime::Array& array) {
  runtime::Array parts = array;
  const int size = runtime::item_size(array.dtype) / 2;
  parts.dtype = size == 4 ? ARRAYC_F32 : ARRAYC_F64;
  parts.shape.push_back(2);
  parts.strides.push_back(size);
  return parts;
}

}  // namespace arrayc::backends
