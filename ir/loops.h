// The loop level: what one kernel does, as loops over scalar operations.
//
//   kernel  = params, scratch, locals, stages
//   stage   = loop                          run in order, each to its end
//   loop    = for v in [0, extent) block    parallel, vector (width > 1), or serial;
//             with accumulators, whose results are values after the loop; or a part of a longer one
//   block   = item*                         in order
//   item    = value | store | loop
//   value   = constant | size | index | load | prim(values) | ufunc(values) | accumulated
//
// Every id is an index into Kernel::nodes. A value is visible after it in its block and in the
// blocks within. Offsets are in bytes: buffer base + offset + sum of stride * loop index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/node.h"

namespace arrayc::ir::loops {

using Id = std::uint32_t;
inline constexpr Id none = ~Id{0};

enum class Kind : std::uint8_t {
  constant,     // `bits`
  size,         // `extent` as an i64 value
  scalar,       // parameter `index` of kind scalar
  index,        // the loop variable of loop node args[0], an i64
  load,         // accesses[index]
  prim,         // `prim` of args
  ufunc,        // `ufunc` of args; gone after expand_formulas
  accumulated,  // result of accumulator `index` of loop node args[0]
  imaginary,    // of complex numbers, the imaginary part of that result
  position,     // the position found by arg_minimum/arg_maximum accumulator `index` of args[0]
  store,        // args[0] to accesses[index]
  loop          // loops[index]
};

struct Node {
  Kind kind = Kind::constant;
  Prim prim = Prim::add;
  DType type = DType::F64;  // of the value; of a store, what is stored
  const Ufunc* ufunc = nullptr;
  std::vector<Id> args;
  std::uint64_t bits = 0;
  Extent extent = 0;
  std::uint32_t index = 0;
};

using Block = std::vector<Id>;

struct Access {
  std::uint32_t buffer = 0;  // index into params of kind buffer, then scratch, then locals
  Extent offset = 0;         // bytes
  std::vector<std::pair<Id, Extent>> strides;  // (loop node, bytes a step); none twice, none 0
  Id dynamic = none;                           // an i64 value added to the offset, in bytes
};

enum class Fold : std::uint8_t {
  add,
  mul,
  minimum,
  maximum,
  bit_and,
  bit_or,
  bit_xor,
  arg_minimum,
  arg_maximum
};

// Folds `value`, made in the loop's body or visible there, over all iterations of its loop by
// `tree` (see ir::Tree). The result of no iteration is `identity`. arg_* also keep the position of
// the first extreme (first NaN if any): `position_value` is an i64 value in the loop's body.
//
// With `factor`, add folds the products of `value` and `factor`, floats: each is added by fma.
//
// With `imaginary`, mul and arg_* fold complex numbers, of which `value` is the real part: products
// as the ufunc multiply makes them, extremes by the real part, then the imaginary one; a NaN is
// what has one in either part. The result of no iteration has imaginary part 0.
struct Accumulator {
  Fold fold = Fold::add;
  DType type = DType::F64;
  Id value = none;
  Id imaginary = none;
  Id position_value = none;
  Tree tree;
  Scalar identity;
  Id factor = none;
};

// Makes a loop one of the parts of a longer one, which may end before its extent does: of `whole`
// iterations, step * (index of `loop`, which is around it) came before.
struct Part {
  Id loop = none;  // none: no part
  Extent step = 0;
  Extent whole = 0;
};

struct Loop {
  std::string name;  // of the index, for dumps
  Extent extent;
  Block body;
  std::vector<Accumulator> accumulators;
  bool parallel = false;   // only a stage's own loop; iterations are independent
  Extent grain = 1;        // parallel: fewest iterations worth a thread; evaluated at the call
  std::int32_t width = 1;  // > 1: iterations run in groups of this many lanes
  Part part = {};
};

// Whether a node is a result of an accumulator.
inline bool is_result(Kind kind) {
  return kind == Kind::accumulated || kind == Kind::imaginary || kind == Kind::position;
}

enum class ParamKind : std::uint8_t { buffer, size, scalar };

struct Param {
  ParamKind kind = ParamKind::buffer;
  std::string name;         // of a size: the symbol
  DType type = DType::F64;  // of the elements or of the scalar; sizes are i64
  bool written = false;     // buffers
};

struct Scratch {
  std::string name;
  DType type = DType::F64;
  Extent count;  // elements
};

struct Kernel {
  std::string name;
  std::vector<Param> params;     // buffers first, then sizes, then scalars: one slot each
  std::vector<Scratch> scratch;  // then one slot each; alive for the whole call
  std::vector<Scratch> locals;   // without slots: each iteration of a stage's own loop has its own
  std::vector<Node> nodes;
  std::vector<Access> accesses;
  std::vector<Loop> loops;
  Block stages;  // loop nodes
};

std::uint32_t buffer_count(const Kernel& kernel);  // parameters, without scratch and locals
std::uint32_t first_local(const Kernel& kernel);   // as the buffer of an access
std::int64_t local_bytes(const Kernel& kernel);    // of all locals; their counts are constants
// Loops of which others are parts: what they do is kept in locals from one such part to the next.
std::vector<bool> find_block_loops(const Kernel& kernel);  // by node

// Appends nodes to a kernel; passes and lowering build with it.
class Builder final : public ScalarBuilder {
 public:
  Builder(Kernel& kernel, bool fma) : kernel_(kernel), fma_(fma) {}
  // Values are appended to this block.
  void set_block(Block* block) { block_ = block; }
  Block* block() const { return block_; }

  Reg constant(Scalar value) override;
  Reg emit(Prim p, DType out, std::span<const Reg> args) override;
  DType type_of(Reg r) const override { return kernel_.nodes[r].type; }
  std::optional<Scalar> constant_value(Reg r) const override {
    const Node& node = kernel_.nodes[r];
    if (node.kind != Kind::constant) return std::nullopt;
    return Scalar{node.type, node.bits};
  }
  bool has_fma() const override { return fma_; }
  bool prefers_selects() const override { return selects_; }
  void prefer_selects(bool yes) { selects_ = yes; }

  Id size(const Extent& e);
  Id scalar(std::uint32_t param);
  Id load(Access access, DType type);
  void store(Access access, Id value);
  Id apply(const Ufunc& ufunc, std::vector<Id> args, DType out);
  // Adds an empty loop node without placing it in a block.
  Id loop(std::string name, Extent extent);
  Id index(Id loop);
  Id accumulated(Id loop, std::uint32_t accumulator);
  Id imaginary(Id loop, std::uint32_t accumulator);
  Id position(Id loop, std::uint32_t accumulator);

 private:
  Id append(Node node);
  Kernel& kernel_;
  Block* block_ = nullptr;
  bool fma_;
  bool selects_ = false;
};

}  // namespace arrayc::ir::loops
