#include "backends/traffic.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

namespace arrayc::backends {

using ir::Extent;
using ir::loops::Id;
using ir::loops::Kernel;
using ir::loops::Kind;
using ir::loops::Node;

namespace {

// A load or store of a buffer parameter.
struct Found {
  const ir::loops::Access* access;
  bool stored;
  int item_size;
  std::vector<Id> loops;
};

class Finder {
 public:
  explicit Finder(const Kernel& kernel)
      : kernel_(kernel), buffers_(ir::loops::buffer_count(kernel)) {}

  std::vector<Found> run() {
    for (const Id stage : kernel_.stages) walk(stage);
    return std::move(found_);
  }

 private:
  // Nesting is at most 64 deep.
  void walk(Id loop) {
    around_.push_back(loop);
    const std::size_t first = found_.size();
    for (const Id id : kernel_.loops[kernel_.nodes[loop].index].body) {
      const Node& node = kernel_.nodes[id];
      if (node.kind == Kind::loop) walk(id);
      if (node.kind != Kind::load && node.kind != Kind::store) continue;
      const ir::loops::Access& access = kernel_.accesses[node.index];
      if (access.buffer >= buffers_) continue;
      const Found made{&access, node.kind == Kind::store, ir::item_size(node.type), around_};
      const bool known =
          std::any_of(found_.begin() + static_cast<std::ptrdiff_t>(first), found_.end(),
                      [&](const Found& other) { return same(made, other); });
      if (!known) found_.push_back(made);
    }
    around_.pop_back();
  }

  static bool same(const Found& a, const Found& b) {
    return a.access->buffer == b.access->buffer && a.stored == b.stored &&
           a.access->offset == b.access->offset && a.access->strides == b.access->strides &&
           a.loops == b.loops;
  }

  const Kernel& kernel_;
  std::uint32_t buffers_;
  std::vector<Id> around_;
  std::vector<Found> found_;
};

// How often an access moves, and by how much. A loop and the one whose parts it is are one.
struct Run {
  Extent steps, stride;
};
std::vector<Run> runs_of(const Kernel& kernel, const ir::loops::Access& access) {
  const auto stride_of = [&](Id loop) -> Extent {
    for (const auto& [id, stride] : access.strides) {
      if (id == loop) return stride;
    }
    return 0;
  };
  std::vector<Run> runs;
  std::vector<Id> joined;
  for (const auto& [id, stride] : access.strides) {
    const ir::loops::Part& part = kernel.loops[kernel.nodes[id].index].part;
    if (part.loop == ir::loops::none || !(stride_of(part.loop) == stride * part.step)) continue;
    runs.push_back({part.whole - 1, stride});
    joined.push_back(id);
    joined.push_back(part.loop);
  }
  for (const auto& [id, stride] : access.strides) {
    if (std::ranges::find(joined, id) != joined.end()) continue;
    runs.push_back({kernel.loops[kernel.nodes[id].index].extent - 1, stride});
  }
  return runs;
}

bool at_least(const Extent& a, const Extent& b) { return (a - b).lower_bound().value_or(-1) >= 0; }
Extent larger(const Extent& a, const Extent& b) {
  return at_least(a, b) ? a : at_least(b, a) ? b : max(a, b);
}
Extent smaller(const Extent& a, const Extent& b) {
  return at_least(b, a) ? a : at_least(a, b) ? b : min(a, b);
}

}  // namespace

Traffic::Traffic(const Kernel& kernel, SymbolTable& symbols)
    : buffers_(ir::loops::buffer_count(kernel)) {
  for (const ir::loops::Loop& loop : kernel.loops) {
    const bool is_part = loop.part.loop != ir::loops::none;
    extents_.emplace_back(is_part ? min(loop.extent, loop.part.whole) : loop.extent, symbols);
  }
  for (const Found& found : Finder(kernel).run()) {
    Access access{found.access->buffer,
                  found.stored,
                  found.item_size,
                  Size(found.access->offset, symbols),
                  {},
                  {}};
    for (const Run& run : runs_of(kernel, *found.access)) {
      access.runs.emplace_back(Size(run.steps, symbols), Size(run.stride, symbols));
    }
    for (const Id loop : found.loops) access.loops.push_back(kernel.nodes[loop].index);
    accesses_.push_back(std::move(access));
  }
}

Traffic::Bytes Traffic::operator()(std::span<const std::int64_t> sizes) const {
  struct Span {
    std::int64_t begin = std::numeric_limits<std::int64_t>::max(), end = 0;
  };
  std::vector<Span> spans(2 * buffers_);
  std::vector<std::int64_t> extents;
  extents.reserve(extents_.size());
  for (const Size& extent : extents_) extents.push_back(extent(sizes));
  for (const Access& access : accesses_) {
    const auto empty = [&](std::uint32_t loop) { return extents[loop] <= 0; };
    if (std::ranges::any_of(access.loops, empty)) continue;
    std::int64_t low = access.offset(sizes), high = low;
    for (const auto& [steps, stride] : access.runs) {
      const std::int64_t reach = stride(sizes) * steps(sizes);
      (reach < 0 ? low : high) += reach;
    }
    Span& span = spans[2 * access.buffer + (access.stored ? 1 : 0)];
    const bool first = span.begin > span.end;
    span.begin = first ? low : std::min(span.begin, low);
    span.end = first ? high + access.item_size : std::max(span.end, high + access.item_size);
  }
  Bytes bytes;
  for (std::size_t k = 0; k < spans.size(); ++k) {
    if (spans[k].begin > spans[k].end) continue;
    (k % 2 == 0 ? bytes.read : bytes.written) += spans[k].end - spans[k].begin;
  }
  return bytes;
}

TrafficText traffic_of(const Kernel& kernel) {
  struct Span {
    Extent begin, end;
  };
  std::vector<std::optional<Span>> spans(2 * ir::loops::buffer_count(kernel));
  for (const Found& found : Finder(kernel).run()) {
    Extent low = found.access->offset, high = low;
    for (const auto& [steps, stride] : runs_of(kernel, *found.access)) {
      const Extent reach = stride * steps;
      const bool back = stride.upper_bound().value_or(0) < 0;
      const bool unknown = !back && stride.lower_bound().value_or(-1) < 0;
      if (back || unknown) low = low + (unknown ? min(reach, 0) : reach);
      if (!back) high = high + (unknown ? max(reach, 0) : reach);
    }
    high = high + found.item_size;
    std::optional<Span>& span = spans[2 * found.access->buffer + (found.stored ? 1 : 0)];
    span = span ? Span{smaller(span->begin, low), larger(span->end, high)} : Span{low, high};
  }
  TrafficText text;
  for (std::size_t k = 0; k < spans.size(); ++k) {
    if (!spans[k]) continue;
    Extent& sum = k % 2 == 0 ? text.read : text.written;
    sum = sum + (spans[k]->end - spans[k]->begin);
  }
  return text;
}

Extent in_program(const Extent& e, const Kernel& kernel, const ir::Call& call) {
  std::map<std::string, Extent> given;
  std::size_t size = 0;
  for (const ir::loops::Param& p : kernel.params) {
    if (p.kind == ir::loops::ParamKind::size) given[p.name] = call.sizes.at(size++);
  }
  return e.substitute(
      [&](const std::string& name) { return std::optional<Extent>(given.at(name)); });
}

MemoryText memory_of(const ir::Module& module, const ir::Function& function) {
  const ir::Program& program = *function.program;
  const auto bytes_of = [](const ir::Type& type) {
    return ir::element_count(type.shape) * ir::item_size(type.dtype);
  };
  MemoryText text;
  for (const ir::Param& p : function.params) {
    if (p.kind == ir::ParamKind::array) text.arguments = text.arguments + bytes_of(p.type);
  }
  std::vector<Extent> slots(program.slots, 0);
  std::vector<std::size_t> last(program.slots, 0);
  for (const ir::Storage& s : program.storages) {
    if (s.kind == ir::Storage::Kind::result) text.results = text.results + bytes_of(s.type);
    if (!s.in_slot()) continue;
    slots[s.index] = larger(slots[s.index], bytes_of(s.type));
  }
  for (std::size_t c = 0; c < program.calls.size(); ++c) {
    for (const std::uint32_t s : program.calls[c].buffers) {
      if (program.storages[s].in_slot()) last[program.storages[s].index] = c;
    }
  }
  std::vector<bool> used(program.slots, false);
  Extent now = 0;
  for (std::size_t c = 0; c < program.calls.size(); ++c) {
    const ir::Call& call = program.calls[c];
    const Kernel& kernel = *module.kernels[call.kernel].loops;
    for (const std::uint32_t s : call.buffers) {
      const ir::Storage& storage = program.storages[s];
      if (!storage.in_slot() || used[storage.index]) continue;
      used[storage.index] = true;
      now = now + slots[storage.index];
    }
    Extent scratch = 0;
    for (const ir::loops::Scratch& s : kernel.scratch) {
      scratch = scratch + in_program(s.count, kernel, call) * ir::item_size(s.type);
    }
    text.others = larger(text.others, now + scratch);
    for (std::uint32_t s = 0; s < program.slots; ++s) {
      if (used[s] && last[s] == c) now = now - slots[s];
    }
  }
  Extent copies = 0;
  for (std::size_t r = 0; r < program.results.size(); ++r) {
    const ir::Storage& s = program.storages[program.results[r]];
    const auto later = program.results.begin() + static_cast<std::ptrdiff_t>(r) + 1;
    const bool again =
        std::find(later, program.results.end(), program.results[r]) != program.results.end();
    if (again || s.kind == ir::Storage::Kind::parameter) copies = copies + bytes_of(s.type);
  }
  text.others = larger(text.others, copies);
  return text;
}

}  // namespace arrayc::backends
