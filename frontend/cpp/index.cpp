// Basic indexing: a(…), a[i] and a("1:-1, ::2").
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <string_view>

#include "frontend/cpp/access.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::place_of;
using ir::build::IndexItem;

namespace {

std::optional<ir::Extent> extent(const Bound& bound) {
  return bound.value ? std::optional<ir::Extent>(*bound.value) : std::nullopt;
}

IndexItem convert(const Index& index) {
  IndexItem item;
  switch (index.kind) {
    case Index::Kind::integer:
      item.kind = IndexItem::Kind::integer;
      item.integer = index.integer;
      break;
    case Index::Kind::new_axis:
      item.kind = IndexItem::Kind::newaxis;
      break;
    case Index::Kind::ellipsis:
      item.kind = IndexItem::Kind::ellipsis;
      break;
    case Index::Kind::range:
      item.slice.start = extent(index.range.start);
      item.slice.stop = extent(index.range.stop);
      item.slice.step = index.range.step.value.value_or(1);
      break;
    case Index::Kind::array:
      ir::limitation("indexing with arrays and masks is not built yet", place_of(index.place),
                     "where(mask, a, b) selects elements without changing the shape");
  }
  if (item.slice.step == 0) ir::user_error("slice step cannot be zero", place_of(index.place));
  return item;
}

Array take_view(const Array& array, std::vector<IndexItem> items, const Where& where) {
  const ir::Place place = place_of(where);
  const auto step = [items = std::move(items), place](const ir::Value& x) {
    return ir::build::index(x, items, place);
  };
  return Access::view(array, step, detail::View::Kind::strided, place);
}

template <typename... I>
Array index(const Array& array, const Index& first, const I&... rest) {
  return guarded([&] { return take_view(array, {convert(first), convert(rest)...}, first.place); });
}

// --- "1:-1, ::2, newaxis, ..., 3"

class Text {
 public:
  Text(std::string_view text, ir::Place place) : all_(text), rest_(text), place_(place) {}

  std::vector<IndexItem> items() {
    std::vector<IndexItem> result;
    do {
      result.push_back(item());
    } while (accept(","));
    skip_spaces();
    if (!rest_.empty()) malformed();
    return result;
  }

 private:
  [[noreturn]] void malformed() const {
    ir::user_error(fmt::format("'{}' is not an index: cannot read it from '{}' on", all_, rest_),
                   place_, "an index is written as in Python: \"1:-1, ::2, None, ..., 3\"");
  }
  void skip_spaces() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) {
      rest_.remove_prefix(1);
    }
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::optional<std::int64_t> integer() {
    skip_spaces();
    std::int64_t value = 0;
    const std::string_view digits = rest_.starts_with('+') ? rest_.substr(1) : rest_;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) malformed();
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  IndexItem item() {
    IndexItem result;
    if (accept("...")) {
      result.kind = IndexItem::Kind::ellipsis;
      return result;
    }
    if (accept("None") || accept("newaxis")) {
      result.kind = IndexItem::Kind::newaxis;
      return result;
    }
    const auto start = integer();
    if (!accept(":")) {
      if (!start) malformed();
      result.kind = IndexItem::Kind::integer;
      result.integer = *start;
      return result;
    }
    if (start) result.slice.start = *start;
    if (const auto stop = integer()) result.slice.stop = *stop;
    if (accept(":")) result.slice.step = integer().value_or(1);
    if (result.slice.step == 0) ir::user_error("slice step cannot be zero", place_);
    return result;
  }

  std::string_view all_;
  std::string_view rest_;
  ir::Place place_;
};

}  // namespace

Array Array::operator[](const Index& i) const { return index(*this, i); }
Array Array::operator()(const Index& a) const { return index(*this, a); }
Array Array::operator()(const Index& a, const Index& b) const { return index(*this, a, b); }
Array Array::operator()(const Index& a, const Index& b, const Index& c) const {
  return index(*this, a, b, c);
}
Array Array::operator()(const Index& a, const Index& b, const Index& c, const Index& d) const {
  return index(*this, a, b, c, d);
}
Array Array::operator()(const Index& a, const Index& b, const Index& c, const Index& d,
                        const Index& e) const {
  return index(*this, a, b, c, d, e);
}
Array Array::operator()(const Index& a, const Index& b, const Index& c, const Index& d,
                        const Index& e, const Index& f) const {
  return index(*this, a, b, c, d, e, f);
}
Array Array::index_by_text(std::string_view text, Where where) const {
  return guarded([&] { return take_view(*this, Text(text, place_of(where)).items(), where); });
}

}  // namespace arrayc
