#include "ir/type.h"

namespace arrayc::ir {

namespace {

template <typename Text>
std::string joined(const Shape& shape, Text text_of) {
  std::string text;
  for (const Extent& e : shape) {
    if (!text.empty()) text += ',';
    text += text_of(e);
  }
  return text;
}

std::string joined(const Shape& shape) {
  return joined(shape, [](const Extent& e) { return to_string(e); });
}

}  // namespace

Type parts_type(const Type& type) {
  Type parts{part_dtype(type.dtype), type.shape};
  parts.shape.emplace_back(2);
  return parts;
}

Extent element_count(const Shape& shape) {
  // An array with an axis of length 0 has no elements, however long the others are.
  for (const Extent& e : shape) {
    if (e.is(0)) return 0;
  }
  Extent count = 1;
  for (const Extent& e : shape) count = count * e;
  return count;
}

std::string to_string(const Type& type) {
  std::string text(name(type.dtype));
  return text + "[" + joined(type.shape) + "]";
}

std::string numpy_string(const Shape& shape) {
  return "(" + joined(shape) + (shape.size() == 1 ? ",)" : ")");
}

std::string extent_template(const Extent& e) {
  return e.is_constant() ? to_string(e) : "{" + to_string(e) + "}";
}

std::string shape_template(const Shape& shape) {
  return "(" + joined(shape, extent_template) + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace arrayc::ir
