// Kernels at the loop level, read from text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ir/parser.h"
#include "ir/print_pieces.h"
#include "ir/verifier.h"

namespace arrayc::ir {

namespace {

using loops::Access;
using loops::Accumulator;
using loops::Block;
using loops::Fold;
using loops::Id;
using loops::Kernel;
using loops::Kind;
using loops::Loop;
using loops::Node;

std::optional<Prim> find_prim(std::string_view name) {
  static const auto& by_name = *new std::unordered_map<std::string_view, Prim>([] {
    std::unordered_map<std::string_view, Prim> map;
#define PRIM(id, ...) map.emplace(info(Prim::id).name, Prim::id);
#include "ir/prims.def"
    return map;
  }());
  const auto found = by_name.find(name);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

bool is_arg(Fold fold) { return fold == Fold::arg_minimum || fold == Fold::arg_maximum; }

// Gives the nodes the numbers that the text says, if all numbers are possible; else they keep the
// order of the text.
class Numbering {
 public:
  // The word after '%' or '@' for a node; "" for a loop or store without a number.
  void say(Id id, std::string_view word) {
    said_.resize(id + 1, loops::none);
    if (word.empty()) return;
    Id number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) possible_ = false;
    said_[id] = number;
  }

  void apply(Kernel& kernel) {
    said_.resize(kernel.nodes.size(), loops::none);
    std::vector<bool> used(said_.size(), false);
    for (const Id number : said_) {
      if (number == loops::none) continue;
      if (number >= used.size() || used[number]) return;
      used[number] = true;
    }
    if (!possible_) return;
    Id next = 0;
    for (Id& number : said_) {
      if (number != loops::none) continue;
      while (used[next]) ++next;
      number = next++;
    }
    renumber(kernel);
  }

 private:
  void to_new(Id& id) const {
    if (id != loops::none) id = said_[id];
  }

  void renumber(Kernel& kernel) const {
    std::vector<Node> nodes(kernel.nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[said_[i]] = std::move(kernel.nodes[i]);
    kernel.nodes = std::move(nodes);
    for (Node& node : kernel.nodes) {
      for (Id& arg : node.args) to_new(arg);
    }
    for (Access& access : kernel.accesses) {
      for (auto& [loop, stride] : access.strides) to_new(loop);
      to_new(access.dynamic);
    }
    for (Loop& loop : kernel.loops) {
      to_new(loop.part.loop);
      for (Id& id : loop.body) to_new(id);
      for (Accumulator& a : loop.accumulators) {
        to_new(a.value);
        to_new(a.factor);
        to_new(a.imaginary);
        to_new(a.position_value);
      }
    }
    for (Id& id : kernel.stages) to_new(id);
  }

  bool possible_ = true;
  std::vector<Id> said_;  // by node in the order of the text
};

class KernelReader {
 public:
  KernelReader(Reader& reader, const Registry& registry) : reader_(reader), registry_(registry) {}

  Kernel read() {
    kernel_.name = reader_.symbol_name();
    params();
    reader_.expect("{");
    while (reader_.accept("scratch")) scratch(kernel_.scratch);
    while (reader_.accept("local")) scratch(kernel_.locals);
    kernel_.stages = block(0);
    numbering_.apply(kernel_);
    return std::move(kernel_);
  }

 private:
  // --- what the kernel has

  void params() {
    reader_.expect("(");
    while (!reader_.at(")")) {
      if (!kernel_.params.empty()) reader_.expect(",");
      const Token token = reader_.peek();
      loops::Param p = param();
      if (!kernel_.params.empty() && p.kind < kernel_.params.back().kind) {
        reader_.fail(token, "the order is: buffers, sizes, scalars");
      }
      const auto index = static_cast<std::uint32_t>(kernel_.params.size());
      if (!params_.emplace(p.name, index).second) twice(token);
      if (p.kind == loops::ParamKind::buffer) buffers_.emplace(p.name, index);
      kernel_.params.push_back(std::move(p));
    }
    reader_.expect(")");
  }

  [[noreturn]] void twice(const Token& token) {
    reader_.fail(token, fmt::format("{} is defined twice", token.text));
  }

  loops::Param param() {
    loops::Param p;
    p.name = name_of_key(reader_.value_key());
    reader_.expect(":");
    if (reader_.accept("size")) {
      p.kind = loops::ParamKind::size;
      p.type = DType::I64;
    } else if (reader_.accept("scalar")) {
      p.kind = loops::ParamKind::scalar;
      p.type = reader_.dtype();
    } else {
      reader_.expect("buffer");
      p.type = reader_.dtype();
      p.written = reader_.accept("written");
    }
    return p;
  }

  void scratch(std::vector<loops::Scratch>& list) {
    const Token token = reader_.peek();
    loops::Scratch s;
    s.name = name_of_key(reader_.value_key());
    reader_.expect(":");
    s.type = reader_.dtype();
    reader_.expect("[");
    s.count = reader_.extent();
    reader_.expect("]");
    const auto index = loops::first_local(kernel_) + kernel_.locals.size();
    if (!buffers_.emplace(s.name, static_cast<std::uint32_t>(index)).second) twice(token);
    list.push_back(std::move(s));
  }

  // --- blocks

  // Up to and with the closing brace. What it defines is not visible after it.
  Block block(int depth) {
    if (depth > max_text_nesting) {
      reader_.fail(reader_.peek(), "loops nested more than 64 deep");
    }
    Block items;
    scopes_.emplace_back();
    while (!reader_.at("}")) {
      if (reader_.at(TokenKind::value)) {
        definition(items);
      } else if (reader_.accept("store")) {
        store(items);
      } else if (reader_.at("for") || reader_.at("parallel")) {
        loop(items, depth);
      } else {
        reader_.fail_expected("a value such as %1, 'store', 'for', 'parallel' or '}'");
      }
    }
    return items;
  }

  // Ends the innermost scope, after the accumulators that may refer to it.
  void close_scope() {
    for (const std::string& name : scopes_.back()) values_.erase(name);
    scopes_.pop_back();
  }

  Id append(Block& items, Node node, std::string_view number) {
    const Id id = static_cast<Id>(kernel_.nodes.size());
    kernel_.nodes.push_back(std::move(node));
    numbering_.say(id, number);
    items.push_back(id);
    return id;
  }

  std::string explicit_number() {
    return reader_.at(TokenKind::symbol) ? reader_.symbol_name() : "";
  }

  void define(const Token& token, const std::string& name, Id id) {
    if (!values_.emplace(name, id).second) twice(token);
    scopes_.back().push_back(name);
  }

  Id value() {
    const Token token = reader_.peek();
    const auto found = values_.find(reader_.value_key());
    if (found == values_.end()) {
      reader_.fail(token, fmt::format("{} is not defined here", token.text));
    }
    return found->second;
  }

  void definition(Block& items) {
    const Token token = reader_.peek();
    const std::string name = reader_.value_key();
    reader_.expect("=");
    Node node = computed();
    define(token, name, append(items, std::move(node), name));
  }

  void store(Block& items) {
    Node node;
    node.kind = Kind::store;
    const std::string number = explicit_number();
    node.index = access();
    reader_.expect(",");
    node.args = {value()};
    node.type = kernel_.nodes[node.args[0]].type;
    append(items, std::move(node), number);
  }

  // --- values

  Node computed() {
    Node node;
    const Token token = reader_.peek();
    const std::string_view word = reader_.word("an operation");
    if (word == "constant") {
      constant(node);
    } else if (word == "size") {
      node.kind = Kind::size;
      node.type = DType::I64;
      node.extent = reader_.extent();
    } else if (word == "scalar") {
      scalar(node);
    } else if (word == "index") {
      node.kind = Kind::index;
      node.type = DType::I64;
      node.args = {enclosing_loop()};
    } else if (word == "load") {
      node.kind = Kind::load;
      node.type = reader_.dtype();
      node.index = access();
    } else if (word == "accumulated" || word == "imag" || word == "position") {
      accumulated(node, word == "position" ? Kind::position
                        : word == "imag"   ? Kind::imaginary
                                           : Kind::accumulated);
    } else {
      operation(node, token, word);
    }
    return node;
  }

  void constant(Node& node) {
    node.kind = Kind::constant;
    const Literal literal = reader_.literal();
    reader_.expect(":");
    const Scalar value = reader_.scalar(literal, reader_.dtype());
    node.type = value.dtype;
    node.bits = value.bits;
  }

  void scalar(Node& node) {
    const Token token = reader_.peek();
    const auto found = params_.find(name_of_key(reader_.value_key()));
    if (found == params_.end() || kernel_.params[found->second].kind != loops::ParamKind::scalar) {
      reader_.fail(token, fmt::format("{} is not a scalar of the kernel", token.text));
    }
    node.kind = Kind::scalar;
    node.index = found->second;
    node.type = kernel_.params[node.index].type;
  }

  void accumulated(Node& node, Kind kind) {
    const Token token = reader_.peek();
    const auto found = closed_loops_.find(std::string(reader_.word("the name of a loop")));
    if (found == closed_loops_.end()) {
      reader_.fail(token, fmt::format("there is no loop {} before this", token.text));
    }
    node.args = {found->second};
    const Token number = reader_.peek();
    node.index = reader_.index();
    const auto& accumulators = kernel_.loops[kernel_.nodes[found->second].index].accumulators;
    if (node.index >= accumulators.size()) {
      reader_.fail(number,
                   fmt::format("loop {} has {} accumulators", token.text, accumulators.size()));
    }
    node.kind = kind;
    node.type = kind == Kind::position ? DType::I64 : accumulators[node.index].type;
  }

  void operation(Node& node, const Token& token, std::string_view word) {
    int arity = 0;
    if (word == "apply") {
      const Token name = reader_.peek();
      node.kind = Kind::ufunc;
      node.ufunc = registry_.find(reader_.word("the name of a ufunc"));
      if (node.ufunc == nullptr) {
        reader_.fail(name, fmt::format("unknown ufunc '{}'", name.text));
      }
      arity = node.ufunc->arity;
    } else if (const auto prim = find_prim(word)) {
      node.kind = Kind::prim;
      node.prim = *prim;
      arity = info(*prim).arity;
    } else {
      reader_.fail(token, fmt::format("unknown operation '{}'", word));
    }
    for (int i = 0; i < arity; ++i) {
      if (i != 0) reader_.expect(",");
      node.args.push_back(value());
    }
    reader_.expect(":");
    const Token type = reader_.peek();
    node.type = reader_.dtype();
    check_types(node, token, type);
  }

  void check_types(const Node& node, const Token& token, const Token& type) {
    std::vector<DType> given;
    for (const Id arg : node.args) given.push_back(kernel_.nodes[arg].type);
    if (node.kind == Kind::prim) {
      if (takes(node.prim, given, node.type)) return;
      std::string types;
      for (const DType t : given) types += (types.empty() ? "" : ", ") + std::string(name(t));
      reader_.fail(token, fmt::format("{} does not make {} of {}", info(node.prim).name,
                                      name(node.type), types));
    }
    std::vector<Operand> arguments;
    for (const DType t : given) arguments.push_back({t, Weak::strong});
    UfuncLoop loop;
    try {
      loop = resolve(*node.ufunc, arguments);
    } catch (const Error& error) {
      reader_.fail(token, error.message());
    }
    const std::string wrong = operand_mismatch(*node.ufunc, given, loop);
    if (!wrong.empty()) reader_.fail(token, wrong, "convert it first");
    if (loop.result == node.type) return;
    reader_.fail(type, fmt::format("{} makes {}, not {}", node.ufunc->name, name(loop.result),
                                   name(node.type)));
  }

  // --- accesses

  std::optional<Id> loop_at_name() const {
    if (!reader_.at(TokenKind::name)) return {};
    const auto found = open_loops_.find(std::string(reader_.peek().text));
    return found == open_loops_.end() ? std::nullopt : std::optional(found->second);
  }

  Id enclosing_loop() {
    const auto found = loop_at_name();
    if (!found) reader_.fail_expected("the name of a loop around this");
    reader_.take();
    return *found;
  }

  // %a[16 + 8*n*i + %dynamic]
  std::uint32_t access() {
    Access access;
    const Token token = reader_.peek();
    const auto found = buffers_.find(name_of_key(reader_.value_key()));
    if (found == buffers_.end()) {
      reader_.fail(token, fmt::format("{} is not a buffer of the kernel", token.text));
    }
    access.buffer = found->second;
    reader_.expect("[");
    bool negative = reader_.accept("-");
    for (;;) {
      term(access, negative);
      if (reader_.accept("]")) break;
      negative = reader_.accept("-");
      if (!negative) reader_.expect("+");
    }
    kernel_.accesses.push_back(std::move(access));
    return static_cast<std::uint32_t>(kernel_.accesses.size() - 1);
  }

  void term(Access& access, bool negative) {
    const Token token = reader_.peek();
    if (reader_.at(TokenKind::value)) {
      if (access.dynamic != loops::none || negative) {
        reader_.fail(token, "one value can be added to an offset");
      }
      access.dynamic = value();
      if (kernel_.nodes[access.dynamic].type != DType::I64) {
        reader_.fail(token, "a value added to an offset is an i64");
      }
      return;
    }
    Extent factor = 1;
    Id loop = loops::none;
    do {
      if (const auto name = loop_at_name()) {
        if (loop != loops::none) reader_.fail(reader_.peek(), "an offset is linear in the loops");
        loop = *name;
        reader_.take();
        continue;
      }
      factor = factor * reader_.extent_operand();
      while (reader_.accept("//")) factor = floor_div(factor, reader_.extent_operand());
    } while (reader_.accept("*"));
    if (negative) factor = Extent(0) - factor;
    if (loop == loops::none) {
      access.offset = access.offset + factor;
      return;
    }
    const auto same = [&](const auto& stride) { return stride.first == loop; };
    if (std::any_of(access.strides.begin(), access.strides.end(), same) || factor.is(0)) {
      reader_.fail(token, "an offset has each loop once, with a stride that is not 0");
    }
    access.strides.emplace_back(loop, std::move(factor));
  }

  // --- loops

  void loop(Block& items, int depth) {
    Loop loop;
    loop.parallel = reader_.accept("parallel");
    reader_.expect("for");
    const std::string number = explicit_number();
    const Token token = reader_.peek();
    const std::string written(reader_.word("the name of a loop"));
    loop.name = reader_.accept("named") ? reader_.string() : written.substr(0, written.find('.'));
    reader_.expect("in");
    reader_.expect("[");
    const Token zero = reader_.peek();
    if (reader_.integer() != 0) reader_.fail(zero, "loops begin at 0");
    reader_.expect(",");
    loop.extent = reader_.extent();
    reader_.expect(")");
    if (reader_.accept("of")) loop.part = part();
    if (reader_.accept("grain")) loop.grain = reader_.extent();
    if (reader_.accept("width")) loop.width = reader_.small_integer();
    reader_.expect("{");

    const auto index = static_cast<std::uint32_t>(kernel_.loops.size());
    kernel_.loops.push_back(std::move(loop));
    Node node;
    node.kind = Kind::loop;
    node.type = DType::I64;
    node.index = index;
    const Id id = append(items, std::move(node), number);
    if (!open_loops_.emplace(written, id).second) {
      reader_.fail(token, fmt::format("loop {} is inside a loop of the same name", written));
    }
    Block body = block(depth + 1);
    kernel_.loops[index].body = std::move(body);
    reader_.expect("}");
    open_loops_.erase(written);
    closed_loops_[written] = id;
    accumulators(items, id, index);
  }

  // of n + 4 after 32*bi
  loops::Part part() {
    loops::Part part;
    part.whole = reader_.extent();
    reader_.expect("after");
    part.step = reader_.extent_operand();
    reader_.expect("*");
    part.loop = enclosing_loop();
    return part;
  }

  struct Result {
    Token token;
    std::string name;
    Kind kind;
    std::uint32_t accumulator;
  };

  void accumulators(Block& items, Id loop, std::uint32_t index) {
    std::vector<Result> results;
    while (reader_.accept("reduce")) {
      const auto number = static_cast<std::uint32_t>(kernel_.loops[index].accumulators.size());
      kernel_.loops[index].accumulators.push_back(accumulator());
      if (reader_.accept("as")) result(results, Kind::accumulated, number);
      if (reader_.accept("imag")) result(results, Kind::imaginary, number);
      if (reader_.accept("at")) result(results, Kind::position, number);
    }
    close_scope();
    for (const Result& r : results) {
      Node node;
      node.kind = r.kind;
      node.index = r.accumulator;
      node.args = {loop};
      node.type = r.kind == Kind::position ? DType::I64
                                           : kernel_.loops[index].accumulators[r.accumulator].type;
      define(r.token, r.name, append(items, std::move(node), r.name));
    }
  }

  void result(std::vector<Result>& results, Kind kind, std::uint32_t accumulator) {
    const Token token = reader_.peek();
    results.push_back({token, reader_.value_key(), kind, accumulator});
  }

  // add f64 of %7 position %8 lanes 32 chunk 4096 from 0.0
  Accumulator accumulator() {
    Accumulator a;
    const auto is_fold = [&](int f) { return reader_.at(fold_text(static_cast<Fold>(f))); };
    int fold = 0;
    while (fold < static_cast<int>(Fold::arg_maximum) && !is_fold(fold)) ++fold;
    if (!is_fold(fold)) reader_.fail_expected("a fold such as add");
    reader_.take();
    a.fold = static_cast<Fold>(fold);
    a.type = reader_.dtype();
    reader_.expect("of");
    a.value = value();
    if (reader_.accept("times")) a.factor = value();
    if (reader_.accept("imag")) a.imaginary = value();
    if (is_arg(a.fold)) {
      reader_.expect("position");
      a.position_value = value();
    }
    reader_.expect("lanes");
    a.tree.lanes = reader_.small_integer();
    reader_.expect("chunk");
    a.tree.chunk = reader_.integer();
    if (reader_.accept("in")) {
      reader_.expect("order");
      a.tree.in_order = true;
    }
    reader_.expect("from");
    a.identity = reader_.scalar(a.type);
    return a;
  }

  Reader& reader_;
  const Registry& registry_;
  Kernel kernel_;
  Numbering numbering_;
  std::unordered_map<std::string, std::uint32_t> params_;   // by name
  std::unordered_map<std::string, std::uint32_t> buffers_;  // by name, scratch included
  std::unordered_map<std::string, Id> values_;              // what is visible
  std::vector<std::vector<std::string>> scopes_;
  std::unordered_map<std::string, Id> open_loops_;
  std::unordered_map<std::string, Id> closed_loops_;
};

}  // namespace

loops::Kernel parse_kernel(Reader& reader, const Registry& registry) {
  Kernel kernel = KernelReader(reader, registry).read();
  reader.expect("}");
  return kernel;
}

}  // namespace arrayc::ir
