#include "backends/check_results.h"

#include <fmt/format.h>

#include <cstring>

namespace arrayc::backends {

namespace {

// "power: the exponent at index (1, 2) is negative"
std::string note_of(const ir::Check& check, std::span<const std::int64_t> index) {
  std::string where;
  if (!index.empty()) {
    where = fmt::format(" at index ({}{})", fmt::join(index, ", "), index.size() == 1 ? "," : "");
  }
  switch (check.kind) {
    case ir::Check::Kind::power:
      return fmt::format("power: the exponent{} is negative", where);
  }
  return where;
}

}  // namespace

CheckFailed::CheckFailed(const ir::Check& check, std::size_t number,
                         std::span<const std::int64_t> index)
    : ir::Error(ir::ErrorKind::user, check.message, check.place, note_of(check, index)),
      number_(number) {}

Checks::Checks(const ir::Function& function, SymbolTable& symbols) : checks_(function.checks) {
  for (const ir::Check& check : checks_) {
    std::vector<Size>& shape = shapes_.emplace_back();
    for (const ir::Extent& e : check.shape) shape.emplace_back(e, symbols);
  }
}

void Checks::take(std::vector<runtime::Array>& results, std::span<const std::int64_t> sizes) const {
  if (checks_.empty()) return;
  const std::size_t first = results.size() - checks_.size();
  for (std::size_t k = 0; k < checks_.size(); ++k) {
    std::int64_t position = 0;
    std::memcpy(&position, results[first + k].data, sizeof position);
    std::vector<std::int64_t> index;
    for (const Size& size : shapes_[k]) index.push_back(size(sizes));
    if (position < 0 || position >= runtime::element_count(index)) continue;
    for (std::size_t axis = index.size(); axis-- > 0;) {
      const std::int64_t extent = index[axis];
      index[axis] = position % extent;
      position /= extent;
    }
    throw CheckFailed(checks_[k], k, index);
  }
  results.resize(first);
}

}  // namespace arrayc::backends
