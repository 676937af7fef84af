#include "ir/type.h"

namespace arrayc::ir {

namespace {

std::string joined(const Shape& shape) {
  std::string text;
  for (const Extent& e : shape) {
    if (!text.empty()) text += ',';
    text += to_string(e);
  }
  return text;
}

}  // namespace

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

}  // namespace arrayc::ir
