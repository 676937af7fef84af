// A ufunc's formula recorded once, then run on blocks of elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/interp/block_ops.h"
#include "ir/ufunc.h"

namespace arrayc::backends::interp {

// Elements that an operation of a tape handles at a time; what is repeated is repeated so often.
inline constexpr std::int64_t block_size = 256;
inline constexpr std::int64_t block_bytes = block_size * 8;

// An argument of a tape. A repeated one is block_size equal elements (or n, if n is less).
struct TapeArgument {
  const std::byte* data;
  bool repeated;
};

class Tape {
 public:
  // `fma` is the FMA class. The result has type `out`.
  Tape(const ir::Ufunc& ufunc, std::span<const ir::DType> operands, ir::DType out, bool fma);
  // A tape of one primitive.
  Tape(ir::Prim prim, std::span<const ir::DType> operands, ir::DType out);

  std::int64_t workspace_bytes() const { return workspace_blocks_ * block_bytes; }
  // `workspace` is aligned to 8 bytes and may be null where workspace_bytes() is 0.
  void run(std::int64_t n, void* out, std::span<const TapeArgument> arguments,
           std::byte* workspace) const;

 private:
  struct Step {
    BlockOp op;
    std::uint32_t out;
    std::uint32_t args[3];
    std::uint32_t arity;
  };
  class Recorder;
  void finish(Recorder& recorder, std::uint32_t result);
  void place_values(const Recorder& recorder, std::uint32_t result);

  // Places are numbered: arguments, constants, blocks of the workspace, the output.
  std::vector<Step> steps_;
  std::vector<int> item_sizes_;  // of arguments
  int out_size_ = 8;
  std::uint32_t constants_ = 0;
  std::shared_ptr<std::byte[]> constant_blocks_;
  std::int64_t workspace_blocks_ = 0;
};

// n copies of one element.
void fill_block(void* to, const void* element, int item_size, std::int64_t n);

}  // namespace arrayc::backends::interp
