#include "ir/build/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

#define FUNCTION(id, ...) Object np_##id(const Arguments& arguments);
#include "ir/build/functions.def"

namespace {

constexpr std::size_t heaviest = 100'000;
constexpr int deepest = 100;

constexpr FunctionRow rows[] = {
#define FUNCTION(id, name, signature, reach, doc) {name, signature, Reach::reach, np_##id, doc},
#include "ir/build/functions.def"
};

const FunctionRow* find(std::string_view name, Reach reach) {
  for (const FunctionRow& row : rows) {
    const auto bits = static_cast<unsigned>(row.reach) & static_cast<unsigned>(reach);
    if (bits != 0 && row.name == name) return &row;
  }
  return nullptr;
}

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> fallback;  // the text of the default
  bool fixed = false;                        // only the default is built
  bool rest = false;
};

std::vector<Parameter> parse_signature(std::string_view signature) {
  std::vector<Parameter> result;
  while (!signature.empty()) {
    const std::size_t comma = signature.find(", ");
    std::string_view part = signature.substr(0, comma);
    signature = comma == std::string_view::npos ? "" : signature.substr(comma + 2);
    Parameter parameter;
    if (part.front() == '*') {
      parameter.rest = true;
      part.remove_prefix(1);
    }
    if (part.back() == '!') {
      parameter.fixed = true;
      parameter.fallback = "None";
      part.remove_suffix(1);
    }
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos) parameter.fallback = part.substr(equals + 1);
    parameter.name = part.substr(0, equals);
    result.push_back(parameter);
  }
  return result;
}

// The default value that a signature writes.
Object literal(std::string_view text, Place place) {
  if (text == "None") return {};
  if (text == "True" || text == "False") {
    return scalar(Scalar::of(text == "True"), Weak::boolean, place);
  }
  if (text.front() == '\'') return Object::of_text(std::string(text.substr(1, text.size() - 2)));
  std::int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, whole).ptr == end) {
    return scalar(Scalar::of(whole), Weak::integer, place);
  }
  double real = 0;
  std::from_chars(text.data(), end, real);
  return scalar(Scalar::of(real), Weak::floating, place);
}

[[noreturn]] void bad_argument(std::string_view function, std::string_view message, Place place) {
  user_error(fmt::format("{}() {}", function, message), place);
}

void check_default(const FunctionRow& row, const Parameter& parameter, const Object& given,
                   Place place) {
  if (!parameter.fixed || given.is_none()) return;
  limitation(fmt::format("argument '{}' of {} is not built", parameter.name, row.name), place,
             "leave it at its default");
}

}  // namespace

Object Object::tuple(std::vector<Object> items, bool is_list) {
  Object result;
  result.kind = Kind::tuple;
  for (const Object& item : items) {
    result.weight += item.weight;
    result.depth = std::max(result.depth, item.depth + 1);
  }
  if (result.weight > heaviest || result.depth > deepest) {
    limitation("a tuple or list of so many items is not built", {}, "pass an array");
  }
  result.items = std::move(items);
  result.is_list = is_list;
  return result;
}

Object Object::of_text(std::string text, std::vector<TextPiece> pieces) {
  Object result;
  result.kind = Kind::text;
  result.text = std::move(text);
  result.pieces = std::move(pieces);
  return result;
}

Object Object::ellipsis() {
  Object result;
  result.kind = Kind::ellipsis;
  return result;
}

Object Object::of_dtype(DType dtype) {
  Object result;
  result.kind = Kind::dtype;
  result.dtype = dtype;
  return result;
}

std::string_view type_name(const Object& object) {
  switch (object.kind) {
    case Object::Kind::none:
      return "NoneType";
    case Object::Kind::tuple:
      return object.is_list ? "list" : "tuple";
    case Object::Kind::text:
      return "str";
    case Object::Kind::dtype:
      return "dtype";
    case Object::Kind::ellipsis:
      return "ellipsis";
    case Object::Kind::value:
      break;
  }
  switch (object.value->weak) {
    case Weak::strong:
      return object.value.rank() > 0 ? "numpy.ndarray" : numpy_name(object.value.dtype());
    case Weak::boolean:
      return "bool";
    case Weak::integer:
      return "int";
    case Weak::floating:
      return "float";
    case Weak::complex:
      return "complex";
  }
  return "object";
}

std::span<const FunctionRow> functions() { return rows; }
const FunctionRow* find_function(std::string_view name) { return find(name, Reach::function); }
const FunctionRow* find_method(std::string_view name) { return find(name, Reach::method); }
const FunctionRow* find_attribute(std::string_view name) { return find(name, Reach::attribute); }

Object call(const FunctionRow& row, std::vector<Object> positional, Keywords keywords,
            Place place) {
  const std::vector<Parameter> parameters = parse_signature(row.signature);
  std::vector<Object> bound(parameters.size());
  std::vector<bool> given(parameters.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < parameters.size() && next < positional.size(); ++i) {
    given[i] = true;
    if (parameters[i].rest) {
      const auto first = positional.begin() + static_cast<std::ptrdiff_t>(next);
      bound[i] = Object::tuple(std::vector<Object>(first, positional.end()));
      next = positional.size();
    } else {
      check_default(row, parameters[i], positional[next], place);
      bound[i] = std::move(positional[next++]);
    }
  }
  if (next < positional.size()) {
    bad_argument(row.name,
                 fmt::format("takes at most {} positional arguments but {} were given",
                             parameters.size(), positional.size()),
                 place);
  }
  for (auto& [name, object] : keywords) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& p) { return p.name == name && !p.rest; });
    if (found == parameters.end()) {
      bad_argument(row.name, fmt::format("got an unexpected keyword argument '{}'", name), place);
    }
    const auto i = static_cast<std::size_t>(found - parameters.begin());
    if (given[i]) {
      bad_argument(row.name, fmt::format("got multiple values for argument '{}'", name), place);
    }
    check_default(row, *found, object, place);
    given[i] = true;
    bound[i] = std::move(object);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (given[i]) continue;
    if (parameters[i].rest) {
      bound[i] = Object::tuple({});
    } else if (parameters[i].fallback) {
      bound[i] = literal(*parameters[i].fallback, place);
    } else {
      bad_argument(row.name, fmt::format("missing required argument: '{}'", parameters[i].name),
                   place);
    }
  }
  return row.build(Arguments(row.name, std::move(bound), place));
}

// --- readers

Value to_value(const Object& object, Place place) {
  if (object.kind == Object::Kind::value) return object.value;
  if (object.kind != Object::Kind::tuple) {
    user_error(fmt::format("an array or a number is needed here, not '{}'", type_name(object)),
               place);
  }
  std::vector<Value> items;
  for (const Object& item : object.items) items.push_back(to_value(item, place));
  return stack(items, 0, place);
}

DType to_dtype(const Object& object, Place place) {
  if (object.kind == Object::Kind::dtype) return object.dtype;
  if (object.kind == Object::Kind::text) {
    const auto dtype = parse_dtype(object.text);
    if (dtype &&
        (numpy_name(*dtype) == object.text || object.text == "float" || object.text == "int")) {
      return *dtype;
    }
    user_error(fmt::format("data type '{}' not understood", object.text), place,
               "use a name such as np.float64 or 'float64'");
  }
  user_error(fmt::format("Cannot interpret '{}' as a data type", type_name(object)), place);
}

Value Arguments::value(std::size_t i) const { return to_value(objects_[i], place_); }

std::vector<Value> Arguments::values(std::size_t i) const {
  std::vector<Value> result;
  if (objects_[i].kind != Object::Kind::tuple) {
    user_error("a tuple or list of arrays is needed here", place_);
  }
  for (const Object& item : objects_[i].items) result.push_back(to_value(item, place_));
  return result;
}

bool Arguments::flag(std::size_t i) const {
  const Object& object = objects_[i];
  const auto known =
      object.kind == Object::Kind::value ? constant_value(object.value) : std::nullopt;
  if (!known) bad_argument(function_, "needs a constant True or False here", place_);
  return to_double(*known) != 0;
}

std::int64_t Arguments::integer(std::size_t i) const {
  const Extent e = extent(i);
  if (!e.is_constant()) {
    limitation(fmt::format("{}() needs an integer that is known when compiling here", function_),
               place_);
  }
  return e.constant();
}

double Arguments::real(std::size_t i) const {
  const Object& object = objects_[i];
  const auto known =
      object.kind == Object::Kind::value ? constant_value(object.value) : std::nullopt;
  if (!known) {
    limitation(fmt::format("{}() needs a number that is known when compiling here", function_),
               place_);
  }
  return to_double(*known);
}

namespace {

Extent to_extent(const Object& object, Place place) {
  if (object.kind == Object::Kind::value && object.value.rank() == 0) {
    if (const auto known = known_extent(object.value)) return *known;
    if (is_integer(object.value.dtype())) {
      limitation("this integer is not known before the function runs", place,
                 "use constants, sizes (x.shape[0]) and \"int\" parameters");
    }
  }
  user_error(fmt::format("'{}' object cannot be interpreted as an integer", type_name(object)),
             place);
}

std::int64_t to_axis(const Object& object, Place place) {
  const Extent axis = to_extent(object, place);
  if (!axis.is_constant()) limitation("an axis must be a constant", place);
  return axis.constant();
}

}  // namespace

Extent Arguments::extent(std::size_t i) const { return to_extent(objects_[i], place_); }

Shape Arguments::shape(std::size_t i) const {
  const Object& object = objects_[i];
  if (object.kind != Object::Kind::tuple) return {to_extent(object, place_)};
  Shape shape;
  for (const Object& item : object.items) shape.push_back(to_extent(item, place_));
  return shape;
}

std::optional<std::int64_t> Arguments::axis(std::size_t i) const {
  if (is_none(i)) return std::nullopt;
  return to_axis(objects_[i], place_);
}

Axes Arguments::axes(std::size_t i) const {
  if (is_none(i)) return std::nullopt;
  return axis_list(i);
}

std::vector<std::int64_t> Arguments::axis_list(std::size_t i) const {
  const Object& object = objects_[i];
  if (object.kind != Object::Kind::tuple) return {to_axis(object, place_)};
  std::vector<std::int64_t> axes;
  for (const Object& item : object.items) axes.push_back(to_axis(item, place_));
  return axes;
}

std::optional<DType> Arguments::dtype(std::size_t i) const {
  if (is_none(i)) return std::nullopt;
  return to_dtype(objects_[i], place_);
}

std::string_view Arguments::text(std::size_t i) const {
  if (objects_[i].kind != Object::Kind::text) {
    bad_argument(function_, fmt::format("needs text here, not '{}'", type_name(objects_[i])),
                 place_);
  }
  return objects_[i].text;
}

TextPlaces Arguments::text_places(std::size_t i) const {
  if (objects_[i].pieces.empty()) return {};
  return [pieces = objects_[i].pieces](std::size_t offset) {
    const auto after = std::find_if(pieces.begin() + 1, pieces.end(),
                                    [&](const TextPiece& piece) { return piece.offset > offset; });
    const TextPiece& piece = *(after - 1);
    Place place = piece.place;
    place.column += static_cast<std::uint32_t>(offset - piece.offset);
    return place;
  };
}

}  // namespace arrayc::ir::build
