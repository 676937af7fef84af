// Formats one element of an array so that all that are shown line up.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "arrayc/print.h"
#include "runtime/array.h"

namespace arrayc::printing {

class ElementFormat {
 public:
  virtual ~ElementFormat() = default;
  // `element` points to one element; it needs no alignment.
  virtual std::string text(const void* element) const = 0;
};

// `shown`: the elements that will be printed, which decide width, digits and notation.
std::unique_ptr<ElementFormat> make_format(arrayc_dtype dtype, std::span<const void* const> shown,
                                           bool is_0d, const PrintOptions& options);

// str() of one element.
std::string scalar_str(arrayc_dtype dtype, const void* element);

}  // namespace arrayc::printing
