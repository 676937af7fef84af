// Kernels at the loop level as text.
//
// Numbers are the ids of the nodes that blocks contain, without gaps. Loops and stores have none:
// they take, in the order of the text, the numbers that no value has; where that would be wrong
// each of them says its number (`store@7 …`).
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include "ir/print_pieces.h"
#include "ir/reader.h"
#include "ir/text.h"

namespace arrayc::ir {

namespace {

using loops::Access;
using loops::Accumulator;
using loops::Block;
using loops::Id;
using loops::Kernel;
using loops::Kind;
using loops::Loop;
using loops::Node;

template <typename... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

constexpr std::uint32_t not_placed = ~std::uint32_t{0};

bool has_number(const Node& node) { return node.kind != Kind::loop && node.kind != Kind::store; }

// Numbers of nodes and display names of loops.
class Naming {
 public:
  std::vector<std::uint32_t> numbers;  // by node
  std::vector<std::string> names;      // by loop, as written
  std::vector<bool> named;             // by loop: the name is not what is written
  bool explicit_numbers = false;

  explicit Naming(const Kernel& kernel)
      : numbers(kernel.nodes.size(), not_placed),
        names(kernel.loops.size()),
        named(kernel.loops.size(), false),
        kernel_(kernel) {
    place(kernel.stages, 0);
    std::uint32_t next = 0;
    for (std::uint32_t& n : numbers) {
      if (n != not_placed) n = next++;
    }
    std::vector<std::uint32_t> left;  // numbers of loops and stores, in the order of the text
    for (const Id id : order_) {
      if (!has_number(kernel.nodes[id])) left.push_back(numbers[id]);
    }
    explicit_numbers = !std::is_sorted(left.begin(), left.end());
    collect_symbols();
    find_spread_accumulators();
    std::uint32_t ordinal = 0;
    std::vector<std::string> enclosing;
    name_loops(kernel.stages, enclosing, ordinal, 0);
  }

  // How many of the items after position `at` of `block`, a loop with accumulators, are its
  // results in the order in which "as %1 at %2" makes them.
  static std::size_t results_after(const Kernel& kernel, const Block& block, std::size_t at) {
    const Id loop = block[at];
    const std::size_t accumulators = kernel.loops[kernel.nodes[loop].index].accumulators.size();
    std::size_t end = at + 1;
    for (std::uint32_t a = 0; a < accumulators; ++a) {
      if (is_result(kernel, block, end, loop, a, Kind::accumulated)) ++end;
      if (is_result(kernel, block, end, loop, a, Kind::imaginary)) ++end;
      if (is_result(kernel, block, end, loop, a, Kind::position)) ++end;
    }
    return end - at - 1;
  }

  static bool is_result(const Kernel& kernel, const Block& block, std::size_t at, Id loop,
                        std::uint32_t accumulator, Kind kind) {
    if (at >= block.size() || block[at] >= kernel.nodes.size()) return false;
    const Node& node = kernel.nodes[block[at]];
    return node.kind == kind && node.index == accumulator && node.args.size() == 1 &&
           node.args[0] == loop;
  }

 private:
  const Loop* loop_of(Id id) const {
    if (id >= kernel_.nodes.size() || kernel_.nodes[id].kind != Kind::loop) return nullptr;
    const std::uint32_t index = kernel_.nodes[id].index;
    return index < kernel_.loops.size() ? &kernel_.loops[index] : nullptr;
  }

  void place(const Block& block, int depth) {
    for (const Id id : block) {
      if (id >= numbers.size() || numbers[id] != not_placed) continue;
      numbers[id] = 0;
      order_.push_back(id);
      const Loop* loop = loop_of(id);
      if (loop != nullptr && depth < max_text_nesting) place(loop->body, depth + 1);
    }
  }

  void collect_symbols() {
    for (const loops::Param& p : kernel_.params) {
      if (p.kind == loops::ParamKind::size) symbols_.insert(p.name);
    }
    for (const loops::Scratch& s : kernel_.scratch) s.count.collect_symbols(symbols_);
    for (const Loop& l : kernel_.loops) {
      l.extent.collect_symbols(symbols_);
      l.part.whole.collect_symbols(symbols_);
      l.part.step.collect_symbols(symbols_);
      l.grain.collect_symbols(symbols_);
    }
    for (const Access& a : kernel_.accesses) {
      a.offset.collect_symbols(symbols_);
      for (const auto& [loop, stride] : a.strides) stride.collect_symbols(symbols_);
    }
  }

  void find_spread_accumulators() {
    std::unordered_set<Id> at_end;
    for (const Loop& loop : kernel_.loops) find_at_end(loop.body, at_end);
    find_at_end(kernel_.stages, at_end);
    for (const Id id : order_) {
      const Node& node = kernel_.nodes[id];
      if (loops::is_result(node.kind) && !at_end.contains(id) && !node.args.empty())
        spread_.insert(node.args[0]);
    }
  }

  void find_at_end(const Block& block, std::unordered_set<Id>& at_end) const {
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (loop_of(block[i]) == nullptr) continue;
      const std::size_t count = results_after(kernel_, block, i);
      for (std::size_t k = 1; k <= count; ++k) at_end.insert(block[i + k]);
    }
  }

  void name_loops(const Block& block, std::vector<std::string>& enclosing, std::uint32_t& ordinal,
                  int depth) {
    for (const Id id : block) {
      const Loop* loop = loop_of(id);
      if (loop == nullptr || !names[kernel_.nodes[id].index].empty()) continue;
      std::string name = loop->name;
      const bool plain = is_plain_name(name) && name[0] != '$' && name != "max" && name != "min";
      named[kernel_.nodes[id].index] = !plain;
      if (!plain) name = "loop";
      const bool taken = symbols_.contains(name) || spread_.contains(id) ||
                         std::find(enclosing.begin(), enclosing.end(), name) != enclosing.end();
      if (taken || !plain) append(name, ".{}", ordinal);
      ++ordinal;
      names[kernel_.nodes[id].index] = name;
      if (depth >= max_text_nesting) continue;
      enclosing.push_back(name);
      name_loops(loop->body, enclosing, ordinal, depth + 1);
      enclosing.pop_back();
    }
  }

  const Kernel& kernel_;
  std::vector<Id> order_;  // placed nodes in the order of the text
  std::set<std::string> symbols_;
  std::unordered_set<Id> spread_;  // loops that values away from their end refer to
};

class KernelPrinter {
 public:
  KernelPrinter(std::string& out, const Kernel& kernel)
      : out_(out), k_(kernel), naming_(kernel), printed_(kernel.loops.size(), false) {
    for (const loops::Param& p : k_.params) {
      if (p.kind == loops::ParamKind::buffer) buffers_.push_back(&p.name);
    }
    for (const loops::Scratch& s : k_.scratch) buffers_.push_back(&s.name);
    for (const loops::Scratch& s : k_.locals) buffers_.push_back(&s.name);
  }

  void print() {
    out_ += "kernel @";
    append_name(out_, k_.name);
    out_ += '(';
    for (std::size_t i = 0; i < k_.params.size(); ++i) {
      if (i != 0) out_ += ", ";
      param(k_.params[i]);
    }
    out_ += ") {\n";
    for (const loops::Scratch& s : k_.scratch) scratch("scratch", s);
    for (const loops::Scratch& s : k_.locals) scratch("local", s);
    block(k_.stages, 1);
    out_ += "}\n";
  }

  // The first line of an item, without its end.
  void item(Id id) {
    const Node& node = k_.nodes[id];
    if (node.kind == Kind::loop) {
      loop_line(id);
    } else if (node.kind == Kind::store) {
      out_ += "store";
      explicit_number(id);
      out_ += ' ';
      access(node.index);
      out_ += ", ";
      if (node.args.empty()) {
        out_ += "%none";
      } else {
        value(node.args[0]);
      }
    } else {
      value(id);
      out_ += " = ";
      computed(node);
    }
  }

 private:
  void param(const loops::Param& p) {
    out_ += '%';
    append_name(out_, p.name);
    switch (p.kind) {
      case loops::ParamKind::buffer:
        append(out_, ": buffer {}{}", name(p.type), p.written ? " written" : "");
        break;
      case loops::ParamKind::size:
        out_ += ": size";
        break;
      case loops::ParamKind::scalar:
        append(out_, ": scalar {}", name(p.type));
        break;
    }
  }

  void scratch(std::string_view kind, const loops::Scratch& s) {
    append(out_, "  {} %", kind);
    append_name(out_, s.name);
    append(out_, ": {}[{}]\n", name(s.type), to_string(s.count));
  }

  void value(Id id) {
    if (id < naming_.numbers.size() && naming_.numbers[id] != not_placed) {
      append(out_, "%{}", naming_.numbers[id]);
    } else {
      append(out_, "%not_placed_{}", id);
    }
  }

  void values(const std::vector<Id>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      out_ += i == 0 ? " " : ", ";
      value(ids[i]);
    }
  }

  void explicit_number(Id id) {
    if (naming_.explicit_numbers) append(out_, "@{}", naming_.numbers[id]);
  }

  std::string loop_name(Id id) const {
    if (id >= k_.nodes.size() || k_.nodes[id].kind != Kind::loop ||
        k_.nodes[id].index >= naming_.names.size()) {
      return fmt::format("no_loop_{}", id);
    }
    const std::string& name = naming_.names[k_.nodes[id].index];
    return name.empty() ? fmt::format("not_placed_{}", id) : name;
  }

  void computed(const Node& node) {
    switch (node.kind) {
      case Kind::constant:
        append(out_, "constant {} : {}", scalar_text({node.type, node.bits}), name(node.type));
        return;
      case Kind::size:
        append(out_, "size {}", to_string(node.extent));
        return;
      case Kind::scalar:
        out_ += "scalar %";
        append_name(out_, node.index < k_.params.size() ? k_.params[node.index].name : "?");
        return;
      case Kind::index:
        append(out_, "index {}", loop_name(node.args.empty() ? loops::none : node.args[0]));
        return;
      case Kind::load:
        append(out_, "load {} ", name(node.type));
        access(node.index);
        return;
      case Kind::accumulated:
      case Kind::imaginary:
      case Kind::position:
        append(out_, "{} {} {}", result_text(node.kind),
               loop_name(node.args.empty() ? loops::none : node.args[0]), node.index);
        return;
      case Kind::prim:
        out_ += info(node.prim).name;
        break;
      case Kind::ufunc:
        append(out_, "apply {}", node.ufunc ? node.ufunc->name : "?");
        break;
      case Kind::store:
      case Kind::loop:
        return;
    }
    values(node.args);
    append(out_, " : {}", name(node.type));
  }

  // "%a[offset + stride*i + %dynamic]"
  void access(std::uint32_t index) {
    if (index >= k_.accesses.size()) {
      append(out_, "%no_access_{}", index);
      return;
    }
    const Access& a = k_.accesses[index];
    out_ += '%';
    append_name(out_, a.buffer < buffers_.size() ? *buffers_[a.buffer] : "?");
    out_ += '[';
    bool first = true;
    if (!a.offset.is(0) || (a.strides.empty() && a.dynamic == loops::none)) {
      out_ += to_string(a.offset);
      first = false;
    }
    for (const auto& [loop, stride] : a.strides) {
      std::string text = to_string(stride);
      const bool simple =
          text.find_first_of(" /") == std::string::npos && text != "-9223372036854775808";
      const bool negative = simple && text.front() == '-';
      if (!simple) text = "(" + text + ")";
      if (negative) text.erase(0, 1);
      out_ += first ? (negative ? "-" : "") : (negative ? " - " : " + ");
      if (text != "1") append(out_, "{}*", text);
      out_ += loop_name(loop);
      first = false;
    }
    if (a.dynamic != loops::none) {
      out_ += first ? "" : " + ";
      value(a.dynamic);
    }
    out_ += ']';
  }

  static std::string factor_text(const Extent& e) {
    std::string text = to_string(e);
    return text.find_first_of(" /") == std::string::npos ? text : "(" + text + ")";
  }

  void loop_line(Id id) {
    const Node& node = k_.nodes[id];
    if (node.index >= k_.loops.size()) {
      append(out_, "for no_loop_{} {{", node.index);
      return;
    }
    const Loop& loop = k_.loops[node.index];
    out_ += loop.parallel ? "parallel for" : "for";
    explicit_number(id);
    append(out_, " {}", loop_name(id));
    if (naming_.named[node.index]) {
      out_ += " named ";
      append_quoted(out_, loop.name);
    }
    append(out_, " in [0, {})", to_string(loop.extent));
    if (loop.part.loop != loops::none) {
      append(out_, " of {} after {}*{}", to_string(loop.part.whole), factor_text(loop.part.step),
             loop_name(loop.part.loop));
    }
    if (!loop.grain.is(1)) append(out_, " grain {}", to_string(loop.grain));
    if (loop.width != 1) append(out_, " width {}", loop.width);
    out_ += " {";
  }

  void block(const Block& items, std::size_t depth) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Id id = items[i];
      if (id >= k_.nodes.size()) continue;
      out_.append(2 * depth, ' ');
      item(id);
      out_ += '\n';
      const Node& node = k_.nodes[id];
      if (node.kind != Kind::loop || node.index >= k_.loops.size()) continue;
      if (!printed_[node.index] && depth <= max_text_nesting) {
        printed_[node.index] = true;  // a wrong kernel may have a loop twice
        block(k_.loops[node.index].body, depth + 1);
      }
      out_.append(2 * depth, ' ');
      out_ += '}';
      i = accumulators(items, i, depth);
      out_ += '\n';
    }
  }

  // Returns the position of the last item that they show.
  std::size_t accumulators(const Block& items, std::size_t at, std::size_t depth) {
    const Id loop = items[at];
    std::size_t end = at + 1;
    std::uint32_t index = 0;
    for (const Accumulator& a : k_.loops[k_.nodes[loop].index].accumulators) {
      if (index != 0) {
        out_ += '\n';
        out_.append(2 * depth + 1, ' ');
      }
      append(out_, " reduce {} {} of ", fold_text(a.fold), name(a.type));
      value(a.value);
      if (a.factor != loops::none) {
        out_ += " times ";
        value(a.factor);
      }
      if (a.imaginary != loops::none) {
        out_ += " imag ";
        value(a.imaginary);
      }
      if (a.position_value != loops::none) {
        out_ += " position ";
        value(a.position_value);
      }
      append(out_, " lanes {} chunk {}{} from {}", a.tree.lanes, a.tree.chunk,
             a.tree.in_order ? " in order" : "", scalar_text(a.identity));
      if (Naming::is_result(k_, items, end, loop, index, Kind::accumulated)) {
        append(out_, " as %{}", naming_.numbers[items[end++]]);
      }
      if (Naming::is_result(k_, items, end, loop, index, Kind::imaginary)) {
        append(out_, " imag %{}", naming_.numbers[items[end++]]);
      }
      if (Naming::is_result(k_, items, end, loop, index, Kind::position)) {
        append(out_, " at %{}", naming_.numbers[items[end++]]);
      }
      ++index;
    }
    return end - 1;
  }

  static std::string_view result_text(Kind kind) {
    if (kind == Kind::imaginary) return "imag";
    return kind == Kind::position ? "position" : "accumulated";
  }

  std::string& out_;
  const Kernel& k_;
  Naming naming_;
  std::vector<bool> printed_;  // by loop
  std::vector<const std::string*> buffers_;
};

}  // namespace

std::string_view fold_text(loops::Fold fold) {
  static constexpr std::string_view names[] = {"add", "mul", "minimum",     "maximum",    "and",
                                               "or",  "xor", "arg_minimum", "arg_maximum"};
  return names[static_cast<int>(fold)];
}

std::string item_text(const loops::Kernel& kernel, loops::Id id) {
  std::string out;
  if (id >= kernel.nodes.size()) return fmt::format("%{}", id);
  KernelPrinter(out, kernel).item(id);
  if (out.ends_with(" {")) out.resize(out.size() - 2);
  return out;
}

std::string print(const loops::Kernel& kernel) {
  std::string out;
  KernelPrinter(out, kernel).print();
  return out;
}

}  // namespace arrayc::ir
