// Making a LoopCode: every value gets its place in the frame and every loop its steps.
#include <algorithm>
#include <map>

#include "backends/interp/loop_code.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

namespace loops = ir::loops;
using loops::Id;
using loops::Kind;

namespace {

constexpr std::uint32_t no_loop = ~std::uint32_t{0};

bool is_fixed(Kind kind) {
  return kind == Kind::constant || kind == Kind::size || kind == Kind::scalar;
}

bool is_arg_fold(loops::Fold fold) {
  return fold == loops::Fold::arg_minimum || fold == loops::Fold::arg_maximum;
}

bool same_place(const loops::Access& a, const loops::Access& b) {
  if (!(a.offset == b.offset) || a.strides.size() != b.strides.size()) return false;
  return std::all_of(a.strides.begin(), a.strides.end(), [&](const auto& stride) {
    return std::find(b.strides.begin(), b.strides.end(), stride) != b.strides.end();
  });
}

}  // namespace

class LoopCode::Compiler {
 public:
  Compiler(LoopCode& code, bool fma)
      : code_(code),
        kernel_(*code.kernel_),
        fma_(fma),
        home_(kernel_.nodes.size(), no_loop),
        place_(kernel_.nodes.size(), 0),
        wide_(kernel_.nodes.size(), false) {}

  void run() {
    declare_params();
    for (const Id id : kernel_.stages) code_.stages_.push_back(kernel_.nodes[id].index);
    find_homes();
    for (const loops::Access& access : kernel_.accesses) add_access(access);
    place_outer_values();
    for (const std::uint32_t number : order_) compile_loop(number);
    for (std::size_t a = 0; a < kernel_.accesses.size(); ++a) {
      const Id dynamic = kernel_.accesses[a].dynamic;
      if (dynamic != loops::none && !dynamic_in_block_[a]) {
        code_.accesses_[a].dynamic = place_[dynamic];
      }
    }
    code_.tape_workspace_ = static_cast<Offset>(frame_);
    code_.frame_bytes_ = frame_ + static_cast<std::size_t>(tape_bytes_);
  }

 private:
  void declare_params() {
    std::uint32_t slot = 0;
    for (const loops::Param& param : kernel_.params) {
      if (param.kind == loops::ParamKind::buffer) code_.buffer_slots_.push_back(slot);
      if (param.kind == loops::ParamKind::size) {
        symbols_.add(param.name);
        code_.size_slots_.push_back(slot);
      }
      ++slot;
    }
    for (std::size_t k = 0; k < kernel_.scratch.size(); ++k) code_.buffer_slots_.push_back(slot++);
    code_.slot_count_ = slot;
    code_.written_.assign(code_.buffer_slots_.size() + kernel_.locals.size(), false);
  }

  std::uint32_t size(const ir::Extent& extent) {
    const std::uint32_t known = symbols_.size();
    code_.sizes_.emplace_back(extent, symbols_);
    if (symbols_.size() != known) {
      ir::bug("interp-loops: kernel " + kernel_.name + " uses the size " + symbols_.name(known) +
              ", which is no parameter");
    }
    return static_cast<std::uint32_t>(code_.sizes_.size() - 1);
  }

  // The loops in an order in which each comes before those within it; every item's loop.
  void find_homes() {
    code_.loops_.resize(kernel_.loops.size());
    order_ = code_.stages_;
    for (std::size_t k = 0; k < order_.size(); ++k) {
      const std::uint32_t number = order_[k];
      bool innermost = true;
      for (const Id id : kernel_.loops[number].body) {
        home_[id] = number;
        if (kernel_.nodes[id].kind != Kind::loop) continue;
        order_.push_back(kernel_.nodes[id].index);
        innermost = false;
      }
      code_.loops_[number].blocks = innermost && iterations_are_apart(number);
    }
  }

  // No iteration loads or overwrites what another one stores.
  bool iterations_are_apart(std::uint32_t number) const {
    const auto& body = kernel_.loops[number].body;
    for (const Id store : body) {
      if (kernel_.nodes[store].kind != Kind::store) continue;
      const loops::Access& written = kernel_.accesses[kernel_.nodes[store].index];
      for (const Id other : body) {
        const loops::Node& node = kernel_.nodes[other];
        if (other == store || (node.kind != Kind::load && node.kind != Kind::store)) continue;
        const loops::Access& access = kernel_.accesses[node.index];
        if (access.buffer != written.buffer) continue;
        if (access.dynamic != loops::none || written.dynamic != loops::none) return false;
        if (!same_place(access, written) || !moves(written, number, store)) return false;
      }
    }
    return true;
  }

  // Iterations of the loop write different bytes.
  bool moves(const loops::Access& access, std::uint32_t number, Id store) const {
    for (const auto& [loop, stride] : access.strides) {
      if (kernel_.nodes[loop].index != number) continue;
      return !stride.is_constant() ||
             std::abs(stride.constant()) >= ir::item_size(kernel_.nodes[store].type);
    }
    return false;
  }

  void add_access(const loops::Access& access) {
    const std::uint32_t locals = ir::loops::first_local(kernel_);
    const std::uint32_t slot = access.buffer < locals
                                   ? code_.buffer_slots_.at(access.buffer)
                                   : code_.slot_count_ + (access.buffer - locals);
    Access a{access.buffer, slot, size(access.offset), {}, -1};
    for (const auto& [loop, stride] : access.strides) {
      a.strides.emplace_back(kernel_.nodes[loop].index, size(stride));
    }
    code_.accesses_.push_back(std::move(a));
    dynamic_in_block_.push_back(false);
  }

  bool in_blocks(Id id) const { return home_[id] != no_loop && code_.loops_[home_[id]].blocks; }

  // Everything that is read when the item runs.
  template <typename Function>
  void for_each_operand(const loops::Node& node, Function f) const {
    if (node.kind == Kind::prim || node.kind == Kind::ufunc || node.kind == Kind::store) {
      for (const Id arg : node.args) f(arg);
    }
    if (node.kind == Kind::load || node.kind == Kind::store) {
      const Id dynamic = kernel_.accesses[node.index].dynamic;
      if (dynamic != loops::none) f(dynamic);
    }
  }

  template <typename Function>
  void for_each_operand_of_loop(std::uint32_t number, Function f) const {
    for (const Id id : kernel_.loops[number].body) for_each_operand(kernel_.nodes[id], f);
    for (const loops::Accumulator& a : kernel_.loops[number].accumulators) {
      f(a.value);
      if (a.factor != loops::none) f(a.factor);
      if (a.imaginary != loops::none) f(a.imaginary);
      if (a.position_value != loops::none) f(a.position_value);
    }
  }

  Offset allocate(bool block) {
    if (block) frame_ = (frame_ + 63) / 64 * 64;
    const std::size_t at = frame_;
    frame_ += block ? static_cast<std::size_t>(block_bytes) : 8;
    if (frame_ > (std::size_t{1} << 31)) ir::bug("interp-loops: the kernel is too large");
    return static_cast<Offset>(at);
  }

  // Values outside loops in blocks: 8 bytes, or a block if such a loop reads them.
  void place_outer_values() {
    for (const std::uint32_t number : order_) {
      if (!code_.loops_[number].blocks) continue;
      std::vector<Id> read;
      for_each_operand_of_loop(number, [&](Id id) {
        if (home_[id] != number || is_fixed(kernel_.nodes[id].kind)) read.push_back(id);
      });
      std::sort(read.begin(), read.end());
      read.erase(std::unique(read.begin(), read.end()), read.end());
      for (const Id id : read) wide_[id] = true;
      repeated_[number] = std::move(read);
    }
    for (Id id = 0; id < kernel_.nodes.size(); ++id) {
      const loops::Node& node = kernel_.nodes[id];
      if (node.kind == Kind::store || node.kind == Kind::loop) continue;
      if (in_blocks(id) && !is_fixed(node.kind)) continue;
      place_[id] = allocate(wide_[id]);
      if (is_fixed(node.kind)) add_fixed(id);
    }
    for (auto& [number, read] : repeated_) {
      for (const Id id : read) {
        if (is_fixed(kernel_.nodes[id].kind)) continue;
        code_.loops_[number].repeated.push_back(
            {place_[id], ir::item_size(kernel_.nodes[id].type)});
      }
    }
  }

  void add_fixed(Id id) {
    const loops::Node& node = kernel_.nodes[id];
    Fixed fixed{place_[id], ir::item_size(node.type), wide_[id]};
    if (node.kind == Kind::size) fixed.size = size(node.extent);
    if (node.kind == Kind::scalar) fixed.slot = node.index;
    if (node.kind == Kind::constant) fixed.bits = node.bits;
    code_.fixed_.push_back(fixed);
  }

  void compile_loop(std::uint32_t number) {
    const loops::Loop& source = kernel_.loops[number];
    Loop& loop = code_.loops_[number];
    loop.extent = size(source.extent);
    loop.is_part = source.part.loop != loops::none;
    if (loop.is_part) {
      loop.part_loop = kernel_.nodes[source.part.loop].index;
      loop.part_step = size(source.part.step);
      loop.part_whole = size(source.part.whole);
    }
    if (loop.blocks) place_block_values(number);
    for (const Id id : source.body) {
      if (!is_fixed(kernel_.nodes[id].kind)) loop.steps.push_back(step(id, number));
    }
    for (std::size_t k = 0; k < loop.accumulators.size(); ++k) {
      const loops::Accumulator& a = source.accumulators[k];
      loop.accumulators[k].value = place_[a.value];
      if (a.factor != loops::none) loop.accumulators[k].factor = place_[a.factor];
      if (a.imaginary != loops::none) loop.accumulators[k].imaginary = place_[a.imaginary];
      if (a.position_value != loops::none) loop.accumulators[k].position = place_[a.position_value];
    }
  }

  // Within one body in blocks a block is used again after its value's last reader. The blocks are
  // shared by all such loops, of which only one runs at a time.
  void place_block_values(std::uint32_t number) {
    const auto& body = kernel_.loops[number].body;
    std::map<Id, std::size_t> last_use;
    for (std::size_t k = 0; k < body.size(); ++k) {
      for_each_operand(kernel_.nodes[body[k]], [&](Id id) {
        if (home_[id] == number) last_use[id] = k;
      });
    }
    for (const loops::Accumulator& a : kernel_.loops[number].accumulators) {
      last_use[a.value] = body.size();
      if (a.factor != loops::none) last_use[a.factor] = body.size();
      if (a.imaginary != loops::none) last_use[a.imaginary] = body.size();
      if (a.position_value != loops::none) last_use[a.position_value] = body.size();
    }
    std::size_t used = 0;
    std::vector<Offset> free;
    std::vector<std::vector<Offset>> dying(body.size() + 1);
    for (std::size_t k = 0; k < body.size(); ++k) {
      const loops::Node& node = kernel_.nodes[body[k]];
      if (node.kind != Kind::store && !is_fixed(node.kind)) {
        if (free.empty()) {
          if (used == shared_blocks_.size()) shared_blocks_.push_back(allocate(true));
          free.push_back(shared_blocks_[used++]);
        }
        const Offset at = free.back();
        free.pop_back();
        place_[body[k]] = at;
        const auto use = last_use.find(body[k]);
        dying[use == last_use.end() ? k : use->second].push_back(at);
      }
      free.insert(free.end(), dying[k].begin(), dying[k].end());
    }
  }

  Step step(Id id, std::uint32_t number) {
    const loops::Node& node = kernel_.nodes[id];
    Step s{};
    s.item_size = ir::item_size(node.type);
    s.out = place_[id];
    switch (node.kind) {
      case Kind::prim:
        add_prim(node, s);
        break;
      case Kind::ufunc:
        add_tape(node, s);
        break;
      case Kind::index:
        s.kind = StepKind::index;
        s.item_size = 8;
        s.number = kernel_.nodes[node.args[0]].index;
        break;
      case Kind::load:
      case Kind::store:
        s.kind = node.kind == Kind::load ? StepKind::load : StepKind::store;
        s.number = node.index;
        if (node.kind == Kind::store) {
          s.args[0] = place_[node.args[0]];
          code_.written_[kernel_.accesses[node.index].buffer] = true;
        }
        note_dynamic(node.index, number);
        break;
      case Kind::accumulated:
      case Kind::imaginary:
      case Kind::position: {
        s.kind = StepKind::copy;
        const Accumulator& from = accumulator(kernel_.nodes[node.args[0]].index, node.index);
        s.args[0] = node.kind == Kind::accumulated ? from.result
                    : node.kind == Kind::imaginary ? from.result_imaginary
                                                   : from.result_position;
        break;
      }
      case Kind::loop:
        s.kind = StepKind::loop;
        s.number = node.index;
        add_accumulators(node.index);
        break;
      default:
        ir::bug("interp-loops: unknown node");
    }
    return s;
  }

  // A dynamic offset computed in a body in blocks has its place only while that body is compiled.
  void note_dynamic(std::uint32_t access, std::uint32_t number) {
    const Id dynamic = kernel_.accesses[access].dynamic;
    if (dynamic == loops::none || !code_.loops_[number].blocks) return;
    code_.accesses_[access].dynamic = place_[dynamic];
    dynamic_in_block_[access] = true;
  }

  const Accumulator& accumulator(std::uint32_t loop, std::uint32_t index) const {
    const auto& all = code_.loops_[loop].accumulators;
    if (index >= all.size()) ir::bug("interp-loops: a value is read before its loop has run");
    return all[index];
  }

  void add_prim(const loops::Node& node, Step& s) {
    s.kind = StepKind::prim;
    const Id typed = node.args.at(node.prim == ir::Prim::select ? 1 : 0);
    s.op = block_op(node.prim, kernel_.nodes[typed].type, node.type);
    for (std::size_t k = 0; k < node.args.size(); ++k) s.args[k] = place_[node.args[k]];
  }

  void add_tape(const loops::Node& node, Step& s) {
    s.kind = StepKind::tape;
    std::vector<ir::DType> types;
    for (const Id arg : node.args) types.push_back(kernel_.nodes[arg].type);
    s.number = static_cast<std::uint32_t>(code_.tapes_.size());
    code_.tapes_.push_back(std::make_unique<const Tape>(*node.ufunc, types, node.type, fma_));
    tape_bytes_ = std::max(tape_bytes_, code_.tapes_.back()->workspace_bytes());
    s.first_arg = static_cast<std::uint32_t>(code_.tape_args_.size());
    s.arg_count = static_cast<std::uint32_t>(node.args.size());
    for (const Id arg : node.args) code_.tape_args_.push_back(place_[arg]);
  }

  // When a loop is met in its block, so that what follows there can refer to its results.
  void add_accumulators(std::uint32_t number) {
    Loop& loop = code_.loops_[number];
    loop.first_state = code_.states_;
    for (const loops::Accumulator& a : kernel_.loops[number].accumulators) {
      Accumulator& made = loop.accumulators.emplace_back();
      made.fold = a.fold;
      made.tree = a.tree;
      made.type = a.type;
      made.identity = a.identity;
      made.complex = a.imaginary != loops::none;
      made.has_factor = a.factor != loops::none;
      const ir::DType type = made.complex ? ir::complex_dtype(a.type) : a.type;
      if (!is_arg_fold(a.fold)) made.ops = fold_ops(a.fold, type);
      made.result = allocate(false);
      made.result_imaginary = allocate(false);
      made.result_position = allocate(false);
      ++code_.states_;
    }
  }

  LoopCode& code_;
  const loops::Kernel& kernel_;
  bool fma_;
  SymbolTable symbols_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> home_;  // the loop of each item
  std::vector<Offset> place_;
  std::vector<bool> wide_;
  std::map<std::uint32_t, std::vector<Id>> repeated_;
  std::vector<bool> dynamic_in_block_;
  std::vector<Offset> shared_blocks_;
  std::size_t frame_ = 0;
  std::int64_t tape_bytes_ = 0;
};

LoopCode::LoopCode(std::shared_ptr<const ir::loops::Kernel> kernel, bool fma)
    : kernel_(std::move(kernel)) {
  Compiler(*this, fma).run();
}

}  // namespace arrayc::backends::interp
