// Small loop-level kernels made by hand, and running them.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/codegen.h"
#include "ir/diagnostic.h"
#include "ir/loops.h"
#include "ir/scalar.h"
#include "ir/target.h"

namespace arrayc::tests {

using ir::DType;
using ir::Extent;
using ir::Scalar;
using ir::loops::Id;

// Elements of any type, as bytes.
struct Elements {
  DType dtype = DType::F64;
  std::vector<unsigned char> bytes;

  Elements(DType t, std::size_t n)
      : dtype(t), bytes(n * static_cast<std::size_t>(ir::item_size(t))) {}
  Elements(DType t, const std::vector<Scalar>& values) : Elements(t, values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) set(i, values[i]);
  }
  std::size_t item() const { return static_cast<std::size_t>(ir::item_size(dtype)); }
  std::size_t size() const { return bytes.size() / item(); }
  Scalar operator[](std::size_t i) const {
    Scalar v{dtype, 0};
    std::memcpy(&v.bits, &bytes[i * item()], item());
    return v;
  }
  void set(std::size_t i, Scalar v) { std::memcpy(&bytes[i * item()], &v.bits, item()); }
};

inline std::string text(Scalar v) {
  return std::string(ir::name(v.dtype)) + " " +
         (ir::is_float(v.dtype) ? std::to_string(ir::to_double(v)) : "") + " #" +
         std::to_string(v.bits);
}

inline bool is_nan(Scalar v) {
  if (!ir::is_float(v.dtype)) return false;
  const double d = ir::to_double(v);
  return d != d;
}

// Bit for bit, all NaN being one.
inline bool same(Scalar a, Scalar b) { return a == b || (is_nan(a) && is_nan(b)); }

// A kernel under construction with its parameters by name.
class KernelMaker {
 public:
  explicit KernelMaker(bool fma = false) : builder(kernel, fma) { kernel.name = "test"; }

  std::uint32_t buffer(DType t, bool written = false) {
    kernel.params.push_back(
        {ir::loops::ParamKind::buffer, "b" + std::to_string(kernel.params.size()), t, written});
    return static_cast<std::uint32_t>(kernel.params.size() - 1);
  }
  Extent size(const std::string& name) {
    kernel.params.push_back({ir::loops::ParamKind::size, name, DType::I64, false});
    return Extent::symbol(name);
  }
  // A loop, a stage by itself or within the block being built; what follows goes into its body.
  Id open(const std::string& name, const Extent& extent, int width = 1) {
    const Id id = builder.loop(name, extent);
    ir::loops::Block& around = path_.empty() ? kernel.stages : body(path_.back());
    around.push_back(id);
    loop(id).width = width;
    path_.push_back(id);
    builder.set_block(&body(id));
    return id;
  }
  void close() {
    path_.pop_back();
    builder.set_block(path_.empty() ? nullptr : &body(path_.back()));
  }
  ir::loops::Loop& loop(Id id) { return kernel.loops[kernel.nodes[id].index]; }
  ir::loops::Block& body(Id id) { return loop(id).body; }

  ir::loops::Kernel kernel;
  ir::loops::Builder builder;

 private:
  std::vector<Id> path_;
};

// buffer + offset + the given strides, all in bytes.
inline ir::loops::Access access(std::uint32_t buffer, const Extent& offset,
                                std::vector<std::pair<Id, Extent>> strides) {
  return {buffer, offset, std::move(strides), ir::loops::none};
}

inline std::int64_t slot(const void* pointer) {
  return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(pointer));
}

inline backends::CodeGenerator& generator(const std::string& cpu = "native") {
  static std::map<std::string, std::unique_ptr<backends::CodeGenerator>> all;
  auto& made = all[cpu];
  if (made == nullptr) made = std::make_unique<backends::CodeGenerator>(ir::make_target(cpu));
  return *made;
}

}  // namespace arrayc::tests
