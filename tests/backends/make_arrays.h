// Arrays for tests, from lists and back.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "ir/dtype.h"
#include "ir/module.h"
#include "runtime/array.h"

namespace arrayc::testing {

template <typename T>
constexpr arrayc_dtype dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return ARRAYC_BOOL;
  if constexpr (std::is_same_v<T, std::int8_t>) return ARRAYC_I8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return ARRAYC_U8;
  if constexpr (std::is_same_v<T, std::int32_t>) return ARRAYC_I32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ARRAYC_I64;
  if constexpr (std::is_same_v<T, float>) return ARRAYC_F32;
  return ARRAYC_F64;
}

template <typename T>
runtime::Array array(std::vector<std::int64_t> shape, const std::vector<T>& values) {
  runtime::Array a = runtime::make_array(dtype_of<T>(), std::move(shape));
  std::copy(values.begin(), values.end(), static_cast<T*>(a.data));
  return a;
}

// The elements in C order.
template <typename T>
std::vector<T> values(const runtime::Array& a) {
  const runtime::Array plain = runtime::copy(a);
  const T* data = static_cast<const T*>(plain.data);
  return std::vector<T>(data, data + runtime::element_count(plain.shape));
}

inline runtime::Array transposed(const runtime::Array& a) {
  runtime::Array t = a;
  std::reverse(t.shape.begin(), t.shape.end());
  std::reverse(t.strides.begin(), t.strides.end());
  return t;
}

template <typename Attr>
ir::Operation operation(ir::Op op, Attr attributes, const ir::Ufunc* ufunc = nullptr) {
  return {op, ufunc, std::make_shared<const ir::Attributes>(std::move(attributes))};
}

// A function under construction; its extents are those given.
struct FunctionMaker {
  ir::Function function;

  explicit FunctionMaker(std::string name = "f") { function.name = std::move(name); }
  ir::NodeId param(std::string name, ir::Type type, ir::ParamKind kind = ir::ParamKind::array) {
    const auto index = static_cast<std::int32_t>(function.params.size());
    ir::Param p;
    p.name = std::move(name);
    p.kind = kind;
    p.type = type;
    function.params.push_back(std::move(p));
    return function.graph.add(operation(ir::Op::param, ir::ParamAttr{index}), {}, type);
  }
  ir::NodeId ufunc(std::string_view name, std::vector<ir::NodeId> operands, ir::DType result) {
    const ir::Type type{result, function.graph[operands[0]].type.shape};
    return function.graph.add({ir::Op::ufunc, ir::find_builtin_ufunc(name), nullptr},
                              std::move(operands), type);
  }
  ir::NodeId reduce(std::string_view name, ir::NodeId x, int axis, ir::Tree tree = {}) {
    ir::Type type = function.graph[x].type;
    type.shape.erase(type.shape.begin() + axis);
    return function.graph.add(
        operation(ir::Op::reduce, ir::ReduceAttr{axis, tree}, ir::find_builtin_ufunc(name)), {x},
        type);
  }
  template <typename Attr>
  ir::NodeId node(ir::Op op, Attr attributes, std::vector<ir::NodeId> operands, ir::Type type) {
    return function.graph.add(operation(op, std::move(attributes)), std::move(operands),
                              std::move(type));
  }
};

}  // namespace arrayc::testing
