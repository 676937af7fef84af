#include "backends/binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "ir/diagnostic.h"

namespace arrayc::backends {

namespace {

ir::DType dtype_of(const runtime::Array& array) { return static_cast<ir::DType>(array.dtype); }

ir::Shape shape_of(const runtime::Array& array) { return {array.shape.begin(), array.shape.end()}; }

ir::Scalar element_of(const runtime::Array& array) {
  ir::Scalar value{dtype_of(array), 0};
  std::memcpy(&value.bits, array.data, static_cast<std::size_t>(ir::item_size(value.dtype)));
  return value;
}

void check_array(const ir::Param& param, const runtime::Array& array) {
  if (dtype_of(array) != param.type.dtype) {
    ir::user_error(fmt::format("{} has dtype {}, but its declaration {} asks for {}", param.name,
                               ir::numpy_name(dtype_of(array)), ir::to_string(param.type),
                               ir::numpy_name(param.type.dtype)),
                   param.place);
  }
  if (array.rank() != param.type.rank()) {
    ir::user_error(
        fmt::format("{} has shape {}, but its declaration {} asks for {} dimension{}", param.name,
                    ir::numpy_string(shape_of(array)), ir::to_string(param.type), param.type.rank(),
                    param.type.rank() == 1 ? "" : "s"),
        param.place);
  }
}

void check_scalar(const ir::Param& param, const runtime::Array& array) {
  if (array.rank() != 0) {
    ir::user_error(fmt::format("{} has shape {}, but it is declared as a scalar", param.name,
                               ir::numpy_string(shape_of(array))),
                   param.place);
  }
  const ir::DType given = dtype_of(array);
  const ir::DType wanted = param.type.dtype;
  if (given == wanted) return;
  const bool loses = param.kind == ir::ParamKind::size
                         ? !ir::is_integer(given)
                         : ir::kind(given) > ir::kind(wanted) &&
                               !(ir::is_integer(given) && ir::is_integer(wanted));
  if (loses) {
    ir::user_error(fmt::format("{} is a {}, but it is declared as {}", param.name,
                               ir::numpy_name(given), ir::numpy_name(wanted)),
                   param.place);
  }
  if (ir::is_complex(given) || ir::is_complex(wanted)) {
    ir::limitation(fmt::format("{} is a {}; scalars of this type are not built", param.name,
                               ir::numpy_name(given)),
                   param.place, "pass a 0-d array of complex numbers");
  }
}

}  // namespace

Binder::Binder(const ir::Function& function)
    : name_(function.name), params_(function.params), guards_(function.guards) {
  std::vector<Axis> checked;
  for (std::uint32_t p = 0; p < params_.size(); ++p) {
    const ir::Param& param = params_[p];
    if (param.kind == ir::ParamKind::size) size_params_.push_back(p);
    if (param.kind != ir::ParamKind::array) continue;
    for (std::uint32_t k = 0; k < param.type.shape.size(); ++k) {
      const ir::Extent& extent = param.type.shape[k];
      const std::string& symbol = extent.symbol_name();
      Axis axis{p, k, Size(extent, symbols_), -1};
      if (!symbol.empty()) axis.symbol = symbols_.add(symbol);
      (symbol.empty() ? checked : axes_).push_back(axis);
      if (!param.layout.contiguous) {
        strides_.push_back({p, k, symbols_.add(fmt::format("${}.{}", param.name, k))});
      }
    }
  }
  axes_.insert(axes_.end(), checked.begin(), checked.end());
  for (const ir::Guard& guard : guards_) {
    guard_sizes_.push_back(
        {Size(guard.a, symbols_), Size(guard.b, symbols_), Message(guard.message, symbols_)});
  }
}

Bound Binder::bind(const Arguments& arguments) const {
  check_types(arguments);
  Bound bound{std::vector<std::int64_t>(symbols_.size(), unknown_size),
              std::vector<std::uint64_t>(params_.size(), 0)};
  take_scalars(arguments, bound);
  take_symbols(arguments, bound);
  for (const Axis& axis : axes_) {
    const std::int64_t actual = arguments.arrays[axis.param].shape[axis.axis];
    if (axis.symbol >= 0) {
      std::int64_t& value = bound.sizes[static_cast<std::size_t>(axis.symbol)];
      if (value == unknown_size) value = actual;
      if (value != actual) reject_extent(arguments, bound, axis, value);
    } else if (const std::int64_t wanted = axis.extent(bound.sizes); wanted != actual) {
      reject_extent(arguments, bound, axis, wanted);
    }
  }
  for (const Stride& stride : strides_) {
    bound.sizes[stride.symbol] = arguments.arrays[stride.param].strides[stride.axis];
  }
  check_guards(bound);
  return bound;
}

void Binder::check_types(const Arguments& arguments) const {
  if (arguments.arrays.size() != params_.size()) {
    ir::user_error(fmt::format("{}() takes {} argument{} but {} {} given", name_, params_.size(),
                               params_.size() == 1 ? "" : "s", arguments.arrays.size(),
                               arguments.arrays.size() == 1 ? "was" : "were"));
  }
  for (std::size_t p = 0; p < params_.size(); ++p) {
    if (params_[p].kind == ir::ParamKind::array)
      check_array(params_[p], arguments.arrays[p]);
    else
      check_scalar(params_[p], arguments.arrays[p]);
  }
}

void Binder::take_scalars(const Arguments& arguments, Bound& bound) const {
  for (std::size_t p = 0; p < params_.size(); ++p) {
    if (params_[p].kind == ir::ParamKind::array) continue;
    bound.scalars[p] = scalar_bits(params_[p], arguments.arrays[p]);
  }
  for (const std::uint32_t p : size_params_) {
    give(bound, params_[p].name, static_cast<std::int64_t>(bound.scalars[p]), params_[p].place);
  }
}

std::uint64_t Binder::scalar_bits(const ir::Param& param, const runtime::Array& array) {
  const ir::DType type = param.kind == ir::ParamKind::size ? ir::DType::I64 : param.type.dtype;
  const ir::Scalar given = element_of(array);
  return given.dtype == type ? given.bits : ir::convert(given, type).bits;
}

// A symbol that is an array's extent is not negative; one with a '$' may be. An integer parameter
// is both, by its name and by its name after a '$'.
void Binder::give(Bound& bound, const std::string& name, std::int64_t value,
                  ir::Place place) const {
  if (const auto any = symbols_.find("$" + name)) bound.sizes[*any] = value;
  const auto position = symbols_.find(name);
  if (!position) return;
  if (value < 0 && !name.starts_with('$')) {
    ir::user_error(fmt::format("negative dimensions are not allowed: {} is {}", name, value),
                   place);
  }
  std::int64_t& known = bound.sizes[*position];
  if (known != unknown_size && known != value) {
    ir::user_error(fmt::format("{} is given as {} and as {}", name, known, value), place);
  }
  known = value;
}

void Binder::take_symbols(const Arguments& arguments, Bound& bound) const {
  for (const auto& [name, value] : arguments.symbols) give(bound, name, value, {});
}

void Binder::check_guards(const Bound& bound) const {
  for (std::size_t g = 0; g < guards_.size(); ++g) {
    const GuardSizes& sizes = guard_sizes_[g];
    if (holds(guards_[g].kind, sizes.a(bound.sizes), sizes.b(bound.sizes))) continue;
    std::set<std::string> names;
    if (!sizes.message.has_sizes()) {
      guards_[g].a.collect_symbols(names);
      guards_[g].b.collect_symbols(names);
    }
    std::string note;
    for (const std::string& name : names) {
      note += fmt::format("{}{} = {}", note.empty() ? "here " : ", ", name,
                          bound.sizes[*symbols_.find(name)]);
    }
    ir::user_error(sizes.message(bound.sizes), guards_[g].place, note);
  }
}

bool Binder::holds(ir::Guard::Kind kind, std::int64_t a, std::int64_t b) {
  switch (kind) {
    case ir::Guard::Kind::equal:
      return a == b;
    case ir::Guard::Kind::positive:
      return a > 0;
    case ir::Guard::Kind::stretch:
      return a == b || a == 1;
  }
  return false;
}

// Where the program itself asks for two extents to be one, its sentence is the better one.
void Binder::reject_extent(const Arguments& arguments, const Bound& bound, const Axis& axis,
                           std::int64_t wanted) const {
  const ir::Param& param = params_[axis.param];
  const std::string& symbol = param.type.shape[axis.axis].symbol_name();
  for (std::size_t g = 0; g < guards_.size(); ++g) {
    const ir::Guard& guard = guards_[g];
    if (symbol.empty() || guard.kind != ir::Guard::Kind::equal) continue;
    if (guard.a.symbol_name() == symbol || guard.b.symbol_name() == symbol) {
      ir::user_error(guard_sizes_[g].message(bound.sizes), guard.place);
    }
  }
  std::string origin;
  if (!symbol.empty()) {
    origin = fmt::format(" ({} is {}", symbol, wanted);
    for (const Axis& other : axes_) {
      if (other.symbol != axis.symbol) continue;
      if (other.param != axis.param || other.axis != axis.axis) {
        origin += fmt::format(" from {}", params_[other.param].name);
      }
      break;
    }
    origin += ")";
  }
  ir::user_error(fmt::format("{} has shape {}, but its declaration {} asks for {} in axis {}{}",
                             param.name, ir::numpy_string(shape_of(arguments.arrays[axis.param])),
                             ir::to_string(param.type), wanted, axis.axis, origin),
                 param.place);
}

}  // namespace arrayc::backends
