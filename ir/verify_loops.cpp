// The rules for loop nests.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "ir/diagnostic.h"
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

constexpr int max_nesting = 64;

// The types that primitives take: a class of types, all operands and the result of one of them,
// except where the shape says otherwise.
enum class Class : std::uint8_t { number, real, integer, bits, any };
enum class Form : std::uint8_t { same, compare, select, convert, bitcast, angle };
struct PrimRule {
  Class of;
  Form form;
};

PrimRule rule_of(Prim p) {
  switch (p) {
    case Prim::add:
    case Prim::sub:
    case Prim::mul:
    case Prim::neg:
    case Prim::abs:
      return {Class::number, Form::same};
    case Prim::div:
    case Prim::fmod:
    case Prim::fma:
    case Prim::sqrt:
    case Prim::floor:
    case Prim::ceil:
    case Prim::trunc:
    case Prim::rint:
    case Prim::copysign:
      return {Class::real, Form::same};
    case Prim::floor_div:
    case Prim::floor_rem:
    case Prim::gcd:
    case Prim::shl:
    case Prim::shr:
      return {Class::integer, Form::same};
    case Prim::bit_and:
    case Prim::bit_or:
    case Prim::bit_xor:
    case Prim::bit_not:
      return {Class::bits, Form::same};
    case Prim::minimum:
    case Prim::maximum:
      return {Class::any, Form::same};
    case Prim::eq:
    case Prim::ne:
    case Prim::lt:
    case Prim::le:
    case Prim::gt:
    case Prim::ge:
      return {Class::any, Form::compare};
    case Prim::select:
      return {Class::any, Form::select};
    case Prim::convert:
      return {Class::any, Form::convert};
    case Prim::bitcast:
      return {Class::any, Form::bitcast};
    case Prim::angle_turns:
    case Prim::angle_high:
    case Prim::angle_low:
      return {Class::real, Form::angle};
  }
  return {Class::any, Form::same};
}

bool is_in(DType t, Class c) {
  switch (c) {
    case Class::number:
      return is_integer(t) || is_in(t, Class::real);
    case Class::real:
      return is_float(t) && !is_narrow_float(t);
    case Class::integer:
      return is_integer(t);
    case Class::bits:
      return is_integer(t) || is_bool(t);
    case Class::any:
      return true;
  }
  return false;
}

bool folds(Fold fold, DType t) {
  switch (fold) {
    case Fold::add:
    case Fold::mul:
      return is_in(t, Class::number);
    case Fold::bit_and:
    case Fold::bit_or:
    case Fold::bit_xor:
      return is_in(t, Class::bits);
    default:
      return !is_complex(t) && !is_narrow_float(t);
  }
}

class LoopVerifier {
 public:
  LoopVerifier(const Kernel& kernel, Phase phase)
      : k_(kernel),
        phase_(phase),
        state_(kernel.nodes.size(), State::elsewhere),
        loop_used_(kernel.loops.size(), false) {}

  void run() {
    params();
    block(k_.stages, 0);
  }

 private:
  // Where a node is, seen from the item that is looked at.
  enum class State : std::uint8_t {
    elsewhere,  // not placed yet
    visible,    // a value, store or finished loop before this
    around,     // a loop around this
    closed      // in a block that is over
  };

  [[noreturn]] void fail(std::string_view rule) const {
    bug(fmt::format("kernel @{}: {}: `{}`", k_.name, rule,
                    current_ == loops::none ? std::string("parameters") : item_text(k_, current_)));
  }
  void check(bool holds, std::string_view rule) const {
    if (!holds) fail(rule);
  }

  void params() {
    std::set<std::string_view> names;
    loops::ParamKind last = loops::ParamKind::buffer;
    for (const loops::Param& p : k_.params) {
      check(p.kind >= last, "the order of parameters is buffers, sizes, scalars");
      check(names.insert(p.name).second, "two parameters of one name");
      check(!is_complex(p.type), "complex numbers are parts in loops");
      last = p.kind;
      if (p.kind == loops::ParamKind::size) sizes_.insert(p.name);
      if (p.kind == loops::ParamKind::buffer) buffers_.push_back({p.type, p.written});
    }
    for (const loops::Scratch& s : k_.scratch) {
      check(names.insert(s.name).second, "scratch with the name of something else");
      extent(s.count);
      buffers_.push_back({s.type, true});
    }
    for (const loops::Scratch& s : k_.locals) {
      check(names.insert(s.name).second, "a local with the name of something else");
      check(!is_complex(s.type), "complex numbers are parts in loops");
      check(s.count.is_constant() && s.count.constant() >= 0, "a local of unknown size");
      buffers_.push_back({s.type, true});
    }
  }

  void extent(const Extent& e) const {
    if (e.is_constant()) return;
    std::set<std::string> symbols;
    e.collect_symbols(symbols);
    for (const std::string& s : symbols) {
      if (!sizes_.contains(s)) fail("an extent of '" + s + "', which is not a size of the kernel");
    }
  }

  void block(const Block& items, int depth) {
    for (const Id id : items) {
      current_ = loops::none;
      check(id < k_.nodes.size(), "a block contains a node that does not exist");
      current_ = id;
      check(state_[id] == State::elsewhere, "placed twice");
      const Node& node = k_.nodes[id];
      if (depth == 0) check(node.kind == Kind::loop, "a stage that is not a loop");
      if (node.kind == Kind::loop) {
        loop(id, node, depth);
        current_ = id;
      } else {
        item(node);
      }
      state_[id] = State::visible;
    }
  }

  // --- values

  const Node& value(Id id) const {
    check(id < k_.nodes.size(), "an operand that does not exist");
    check(state_[id] == State::visible, "an operand that is not visible here");
    const Node& node = k_.nodes[id];
    check(node.kind != Kind::store && node.kind != Kind::loop, "an operand that is no value");
    return node;
  }

  // The loop that args[0] names.
  const Loop& named_loop(const Node& node, State where) const {
    check(node.args.size() == 1 && node.args[0] < k_.nodes.size(), "no loop");
    const Node& loop = k_.nodes[node.args[0]];
    check(loop.kind == Kind::loop && state_[node.args[0]] == where,
          where == State::around ? "not a loop around this" : "not a loop before this");
    return k_.loops[loop.index];
  }

  void item(const Node& node) {
    check(!is_complex(node.type), "complex numbers are parts in loops");
    const bool operands = node.kind == Kind::prim || node.kind == Kind::ufunc ||
                          node.kind == Kind::store || node.kind == Kind::index ||
                          loops::is_result(node.kind);
    check(operands || node.args.empty(), "operands where there are none");
    switch (node.kind) {
      case Kind::constant:
        constant(node);
        break;
      case Kind::size:
        check(node.type == DType::I64, "a size is an i64");
        extent(node.extent);
        break;
      case Kind::scalar:
        check(node.index < k_.params.size() &&
                  k_.params[node.index].kind == loops::ParamKind::scalar &&
                  k_.params[node.index].type == node.type,
              "no such scalar");
        break;
      case Kind::index:
        check(node.type == DType::I64, "an index is an i64");
        named_loop(node, State::around);
        break;
      case Kind::load:
        access(node, false);
        break;
      case Kind::prim:
        prim(node);
        break;
      case Kind::ufunc:
        ufunc(node);
        break;
      case Kind::accumulated:
      case Kind::imaginary:
      case Kind::position:
        accumulated(node);
        break;
      case Kind::store:
        check(node.args.size() == 1 && value(node.args[0]).type == node.type,
              "a store of one value of its type");
        access(node, true);
        break;
      case Kind::loop:
        break;
    }
  }

  void constant(const Node& node) const {
    const int bits = is_bool(node.type) ? 1 : info(node.type).bits;
    check(bits >= 64 || (node.bits >> bits) == 0, "more bits than the type has");
  }

  void prim(const Node& node) {
    const auto arity = static_cast<std::size_t>(info(node.prim).arity);
    check(node.args.size() == arity, "wrong number of operands");
    types_.clear();
    for (const Id arg : node.args) types_.push_back(value(arg).type);
    check(takes(node.prim, types_, node.type), "wrong types");
  }

  void ufunc(const Node& node) {
    check(phase_ < Phase::primitive, "ufuncs are gone from phase primitive on");
    check(node.ufunc != nullptr && static_cast<int>(node.args.size()) == node.ufunc->arity,
          "wrong number of operands");
    std::vector<Operand> arguments;
    for (const Id arg : node.args) arguments.push_back({value(arg).type, Weak::strong});
    try {
      const UfuncLoop loop = resolve(*node.ufunc, arguments);
      bool right = loop.result == node.type;
      for (std::size_t k = 0; k < arguments.size(); ++k) {
        right = right && loop.operands[k] == arguments[k].dtype;
      }
      if (right) return;
    } catch (const Error&) {
    }
    fail("wrong types");
  }

  void accumulated(const Node& node) const {
    const Loop& loop = named_loop(node, State::visible);
    check(node.index < loop.accumulators.size(), "no such accumulator");
    const Accumulator& a = loop.accumulators[node.index];
    const bool position = node.kind == Kind::position;
    check(!position || a.position_value != loops::none, "an accumulator without position");
    check(node.kind != Kind::imaginary || a.imaginary != loops::none,
          "an accumulator without imaginary part");
    check(node.type == (position ? DType::I64 : a.type), "not the accumulator's type");
  }

  // --- memory

  void access(const Node& node, bool store) const {
    check(node.index < k_.accesses.size(), "no such access");
    const Access& a = k_.accesses[node.index];
    check(a.buffer < buffers_.size(), "no such buffer");
    check(buffers_[a.buffer].type == node.type, "not the buffer's type");
    check(!store || buffers_[a.buffer].written, "a store to a buffer that is only read");
    extent(a.offset);
    for (std::size_t i = 0; i < a.strides.size(); ++i) {
      const auto& [loop, stride] = a.strides[i];
      check(loop < k_.nodes.size() && k_.nodes[loop].kind == Kind::loop &&
                state_[loop] == State::around,
            "a stride along what is not a loop around this");
      for (std::size_t j = 0; j < i; ++j) {
        check(a.strides[j].first != loop, "two strides along one loop");
      }
      check(!stride.is(0), "a stride of 0");
      extent(stride);
    }
    if (a.dynamic != loops::none) {
      check(value(a.dynamic).type == DType::I64, "an offset that is not an i64");
    }
  }

  // --- loops

  void loop(Id id, const Node& node, int depth) {
    check(depth < max_nesting, "loops nested more than 64 deep");
    check(node.args.empty(), "operands where there are none");
    check(node.index < k_.loops.size(), "no such loop");
    check(!loop_used_[node.index], "two nodes for one loop");
    loop_used_[node.index] = true;
    const Loop& l = k_.loops[node.index];
    check(!l.parallel || depth == 0, "a parallel loop inside another loop");
    check(!l.parallel || l.accumulators.empty(), "a parallel loop with accumulators");
    check(l.width >= 1, "width below 1");
    extent(l.extent);
    extent(l.grain);
    part(l);
    state_[id] = State::around;
    block(l.body, depth + 1);
    current_ = id;
    for (const Accumulator& a : l.accumulators) accumulator(a, l);
    for (const Id inner : l.body) state_[inner] = State::closed;
  }

  void part(const Loop& l) const {
    if (l.part.loop == loops::none) return;
    check(l.part.loop < k_.nodes.size() && k_.nodes[l.part.loop].kind == Kind::loop &&
              state_[l.part.loop] == State::around,
          "a part that depends on what is not a loop around it");
    extent(l.part.step);
    extent(l.part.whole);
  }

  void accumulator(const Accumulator& a, const Loop& l) const {
    check(value(a.value).type == a.type, "an accumulator's value is not of its type");
    check(folds(a.fold, a.type), "a fold that its type has not");
    check(a.identity.dtype == a.type, "an identity of another type");
    check(a.tree.lanes >= 1 && std::has_single_bit(static_cast<std::uint32_t>(a.tree.lanes)) &&
              a.tree.chunk >= 0,
          "an accumulator's tree is none");
    const bool arg = a.fold == Fold::arg_minimum || a.fold == Fold::arg_maximum;
    check(arg == (a.position_value != loops::none), "a position where none belongs, or none");
    check(!arg || (made_in(a.position_value, l) && value(a.position_value).type == DType::I64),
          "a position that is not an i64 made in the loop");
    if (a.factor != loops::none) {
      check(is_float(a.type) && a.fold == Fold::add, "a factor where none belongs");
      check(value(a.factor).type == a.type, "a factor of another type");
    }
    if (a.imaginary == loops::none) return;
    check(is_float(a.type) && (arg || a.fold == Fold::mul), "an imaginary part where none belongs");
    check(value(a.imaginary).type == a.type, "an imaginary part of another type");
  }

  // The number of accumulators of one loop is small against that of its body's items.
  bool made_in(Id id, const Loop& l) const {
    return std::find(l.body.begin(), l.body.end(), id) != l.body.end();
  }

  struct Buffer {
    DType type;
    bool written;
  };

  const Kernel& k_;
  const Phase phase_;
  Id current_ = loops::none;
  std::vector<State> state_;     // by node
  std::vector<bool> loop_used_;  // by loop
  std::set<std::string> sizes_;
  std::vector<Buffer> buffers_;
  std::vector<DType> types_;
};

}  // namespace

bool takes(Prim p, const std::vector<DType>& args, DType out) {
  const PrimRule rule = rule_of(p);
  const auto all = [&](std::size_t from, DType t) {
    return std::all_of(args.begin() + static_cast<std::ptrdiff_t>(from), args.end(),
                       [t](DType arg) { return arg == t; });
  };
  if (is_complex(out) || !is_in(args[0], rule.of)) return false;
  switch (rule.form) {
    case Form::same:
      return all(0, out) && !is_narrow_float(out);
    case Form::compare:
      return is_bool(out) && all(0, args[0]) && !is_narrow_float(args[0]);
    case Form::select:
      return is_bool(args[0]) && all(1, out);
    case Form::convert:
      return !is_complex(args[0]);
    case Form::bitcast:
      return item_size(args[0]) == item_size(out);
    case Form::angle:
      if (p != Prim::angle_turns) return args[0] == out && (out == DType::F64 || out == DType::F32);
      return (args[0] == DType::F64 && out == DType::I64) ||
             (args[0] == DType::F32 && out == DType::I32);
  }
  return false;
}

void verify_loops(const loops::Kernel& kernel, Phase phase) { LoopVerifier(kernel, phase).run(); }

}  // namespace arrayc::ir
