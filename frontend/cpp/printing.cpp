#include "frontend/cpp/printing.h"

#include <algorithm>
#include <vector>

#include "frontend/cpp/element_format.h"
#include "ir/dtype.h"

namespace arrayc::printing {

namespace {

std::string_view without_trailing_spaces(std::string_view text) {
  const auto last = text.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

// Where the positions of an axis that are shown lie: all, or `edge` at each end.
struct Shown {
  std::int64_t leading = 0;
  std::int64_t trailing = 0;
  bool summarised = false;
};

Shown shown(std::int64_t extent, bool summarise, std::int64_t edge) {
  if (summarise && 2 * edge < extent) return {edge, edge, true};
  return {0, extent, false};
}

// Walks the nested brackets of an array; depth is the rank.
class Writer {
 public:
  Writer(const runtime::Array& array, const PrintOptions& options, std::string_view separator,
         bool summarise)
      : array_(array), options_(options), separator_(separator), summarise_(summarise) {
    std::vector<const void*> elements;
    collect(0, base(), elements);
    format_ = make_format(array.dtype, elements, array.rank() == 0, options);
  }

  std::string write(const std::string& indent, std::int64_t width) const {
    return write_axis(0, base(), indent, width);
  }

 private:
  const char* base() const { return static_cast<const char*>(array_.data); }

  Shown shown_on(std::size_t axis) const {
    return shown(array_.shape[axis], summarise_, options_.edgeitems);
  }

  void collect(std::size_t axis, const char* at, std::vector<const void*>& elements) const {
    if (axis == array_.shape.size()) {
      elements.push_back(at);
      return;
    }
    const Shown part = shown_on(axis);
    const std::int64_t extent = array_.shape[axis];
    const std::int64_t stride = array_.strides[axis];
    for (std::int64_t i = 0; i < part.leading; ++i) collect(axis + 1, at + i * stride, elements);
    for (std::int64_t i = extent - part.trailing; i < extent; ++i) {
      collect(axis + 1, at + i * stride, elements);
    }
  }

  std::string write_axis(std::size_t axis, const char* at, const std::string& indent,
                         std::int64_t width) const {
    if (axis == array_.shape.size()) return format_->text(at);
    const bool last_axis = axis + 1 == array_.shape.size();
    const std::string body =
        last_axis ? write_row(axis, at, indent, width) : write_rows(axis, at, indent, width);
    return "[" + body.substr(indent.size()) + "]";
  }

  // Adds a word to a line, and ends the line first if the word does not fit.
  static void extend(std::string& text, std::string& line, const std::string& word,
                     std::int64_t width, const std::string& indent) {
    if (static_cast<std::int64_t>(line.size() + word.size()) > width &&
        line.size() > indent.size()) {
      text += without_trailing_spaces(line);
      text += '\n';
      line = indent;
    }
    line += word;
  }

  std::string write_row(std::size_t axis, const char* at, const std::string& indent,
                        std::int64_t width) const {
    const Shown part = shown_on(axis);
    const std::int64_t extent = array_.shape[axis];
    const std::int64_t stride = array_.strides[axis];
    const auto reserved = std::max<std::size_t>(without_trailing_spaces(separator_).size(), 1);
    const std::int64_t room = width - static_cast<std::int64_t>(reserved);
    std::string text;
    std::string line = indent;
    for (std::int64_t i = 0; i < part.leading; ++i) {
      extend(text, line, format_->text(at + i * stride), room, indent);
      line += separator_;
    }
    if (part.summarised) {
      extend(text, line, "...", room, indent);
      line += separator_;
    }
    for (std::int64_t i = extent - part.trailing; i < extent; ++i) {
      extend(text, line, format_->text(at + i * stride), room, indent);
      if (i + 1 < extent) line += separator_;
    }
    return text + line;
  }

  std::string write_rows(std::size_t axis, const char* at, const std::string& indent,
                         std::int64_t width) const {
    const Shown part = shown_on(axis);
    const std::int64_t extent = array_.shape[axis];
    const std::int64_t stride = array_.strides[axis];
    const std::string between = std::string(without_trailing_spaces(separator_)) +
                                std::string(array_.shape.size() - axis - 1, '\n');
    const std::string deeper = indent + ' ';
    std::string text;
    for (std::int64_t i = 0; i < part.leading; ++i) {
      text += indent + write_axis(axis + 1, at + i * stride, deeper, width - 1) + between;
    }
    if (part.summarised) text += indent + "..." + between;
    for (std::int64_t i = extent - part.trailing; i < extent; ++i) {
      text += indent + write_axis(axis + 1, at + i * stride, deeper, width - 1);
      if (i + 1 < extent) text += between;
    }
    return text;
  }

  const runtime::Array& array_;
  const PrintOptions& options_;
  std::string_view separator_;
  bool summarise_;
  std::unique_ptr<ElementFormat> format_;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

// NumPy leaves these out of repr: a literal has them by itself.
bool is_implied(arrayc_dtype dtype) {
  return dtype == ARRAYC_BOOL || dtype == ARRAYC_I64 || dtype == ARRAYC_F64 || dtype == ARRAYC_C128;
}

}  // namespace

std::string array2string(const runtime::Array& array, const PrintOptions& options,
                         std::string_view separator, std::string_view prefix,
                         std::string_view suffix) {
  const std::int64_t count = runtime::element_count(array.shape);
  if (count == 0) return "[]";
  const Writer writer(array, options, separator, count > options.threshold);
  return writer.write(std::string(prefix.size() + 1, ' '),
                      options.linewidth - static_cast<std::int64_t>(suffix.size()));
}

std::string str(const runtime::Array& array, const PrintOptions& options) {
  if (array.rank() == 0) return scalar_str(array.dtype, array.data);
  return array2string(array, options);
}

std::string repr(const runtime::Array& array, const PrintOptions& options) {
  const std::string prefix = "array(";
  const std::string body = array2string(array, options, ", ", prefix, ")");
  const std::int64_t count = runtime::element_count(array.shape);
  std::string extras;
  if ((count == 0 && array.rank() != 1) || count > options.threshold) {
    extras = "shape=" + shape_text(array.shape);
  }
  if (!is_implied(array.dtype) || count == 0) {
    if (!extras.empty()) extras += ", ";
    extras += "dtype=";
    extras += ir::numpy_name(static_cast<ir::DType>(array.dtype));
  }
  if (extras.empty()) return prefix + body + ")";
  const std::string text = prefix + body + ",";
  extras += ")";
  const auto last_line = text.size() - (text.rfind('\n') + 1);
  const bool fits =
      last_line + extras.size() + 1 <= static_cast<std::size_t>(std::max(options.linewidth, 0));
  return text + (fits ? " " : "\n" + std::string(prefix.size(), ' ')) + extras;
}

}  // namespace arrayc::printing
