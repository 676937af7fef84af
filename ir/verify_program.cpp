// The rules for programs of kernel calls.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "ir/diagnostic.h"
#include "ir/in_place.h"
#include "ir/verifier.h"

namespace arrayc::ir {

namespace {

constexpr std::uint32_t never = ~std::uint32_t{0};

// What a kernel takes, from its loops if it has some, else from its function.
struct Signature {
  std::vector<DType> buffers;
  std::vector<bool> written;
  std::size_t sizes = 0;
  std::vector<DType> scalars;
};

void collect_symbols(const Shape& shape, std::set<std::string>& out) {
  for (const Extent& e : shape) e.collect_symbols(out);
}

Signature signature_of(const loops::Kernel& kernel) {
  Signature s;
  for (const loops::Param& p : kernel.params) {
    if (p.kind == loops::ParamKind::buffer) {
      s.buffers.push_back(p.type);
      s.written.push_back(p.written);
    } else if (p.kind == loops::ParamKind::size) {
      ++s.sizes;
    } else {
      s.scalars.push_back(p.type);
    }
  }
  return s;
}

// Sizes are the symbols of the graph and a stride for each axis of a strided parameter.
Signature signature_of(const Function& f) {
  Signature s;
  std::set<std::string> symbols;
  for (const Param& p : f.params) {
    if (p.kind != ParamKind::array) {
      s.scalars.push_back(p.type.dtype);
      continue;
    }
    s.buffers.push_back(p.type.dtype);
    s.written.push_back(false);
    collect_symbols(p.type.shape, symbols);
    if (!p.layout.contiguous) s.sizes += p.type.shape.size();
  }
  for (NodeId id = 0; id < f.graph.size(); ++id) {
    const Node& node = f.graph[id];
    collect_symbols(node.type.shape, symbols);
    if (node.op() == Op::extent) {
      node.operation.attr<ExtentAttr>().value.collect_symbols(symbols);
    } else if (node.op() == Op::view) {
      for (const ViewAxis& a : node.operation.attr<ViewAttr>().axes) {
        a.start.collect_symbols(symbols);
      }
    }
  }
  for (const NodeId r : f.results) {
    s.buffers.push_back(f.graph[r].type.dtype);
    s.written.push_back(true);
  }
  s.sizes += symbols.size();
  return s;
}

class ProgramVerifier {
 public:
  ProgramVerifier(const Module& module, const Function& function)
      : module_(module),
        f_(function),
        p_(*function.program),
        written_at_(p_.storages.size(), never),
        last_use_(p_.storages.size(), 0) {}

  void run() {
    storages();
    for (std::uint32_t c = 0; c < p_.calls.size(); ++c) call(c);
    results();
  }

  // Complex numbers are read as their parts.
  static bool shows(const Type& declared, const Type& read) {
    return declared == read || (is_complex(declared.dtype) && parts_type(declared) == read);
  }

  // Intervals from the call that writes to the last that reads, by memory.
  void memory() {
    for (std::uint32_t s = 0; s < p_.storages.size(); ++s) {
      if (p_.storages[s].kind == Storage::Kind::result) result_storages_.push_back(s);
    }
    std::vector<std::uint32_t> order;
    for (std::uint32_t s = 0; s < p_.storages.size(); ++s) {
      const bool used = written_at_[s] != never;
      if (p_.storages[s].kind != Storage::Kind::parameter && used) order.push_back(s);
      if (p_.storages[s].in_result) in_result(s);
    }
    std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
      return std::pair(written_at_[a], a) < std::pair(written_at_[b], b);
    });
    std::vector<std::uint32_t> of_slot(p_.slots, never), of_result(p_.storages.size(), never);
    for (const std::uint32_t s : order) {
      const Storage& storage = p_.storages[s];
      std::uint32_t& before = (storage.in_slot() ? of_slot : of_result)[storage.index];
      if (before != never && !may_follow(before, s)) {
        fail(fmt::format("memory is shared with {}, which is still alive", storage_text(before)),
             storage_text(s));
      }
      before = s;
    }
  }

 private:
  [[noreturn]] void fail(std::string_view rule, std::string_view where) const {
    bug(fmt::format("function @{}: {}: {}", f_.name, rule, where));
  }
  std::string storage_text(std::uint32_t s) const {
    if (s >= p_.storages.size()) return fmt::format("storage %{}", s);
    return fmt::format("storage %{} '{}'", s, p_.storages[s].name);
  }
  std::string call_text(std::uint32_t c) const {
    const std::uint32_t k = p_.calls[c].kernel;
    const std::string name = k < module_.kernels.size() ? module_.kernels[k].function.name : "?";
    return fmt::format("call {} of kernel {} @{}", c, k, name);
  }

  // A result stays; any other value may be overwritten after its last use, and by that one where
  // its kernel allows it.
  bool may_follow(std::uint32_t before, std::uint32_t s) const {
    if (p_.storages[before].kind == Storage::Kind::result) return false;
    const std::uint32_t c = written_at_[s];
    if (last_use_[before] != c) return last_use_[before] < c;
    if (written_at_[before] == c || size_text(before) != size_text(s)) return false;
    const Call& call = p_.calls[c];
    const KernelFunction& kernel = module_.kernels[call.kernel];
    for (std::uint32_t a = 0; a < call.buffers.size(); ++a) {
      for (std::uint32_t b = 0; b < call.buffers.size() && kernel.loops; ++b) {
        const bool these = call.buffers[a] == before && call.buffers[b] == s;
        if (these && !loops::may_share(*kernel.loops, a, b)) return false;
      }
    }
    return true;
  }

  std::string size_text(std::uint32_t s) const {
    const Type& type = p_.storages[s].type;
    return to_string(element_count(type.shape) * item_size(type.dtype));
  }

  // Callers align results to their elements, complex ones to the parts.
  void in_result(std::uint32_t s) const {
    const std::uint32_t index = p_.storages[s].index;
    if (index >= result_storages_.size()) fail("no such result", storage_text(s));
    const std::uint32_t r = result_storages_[index];
    const DType own = p_.storages[s].type.dtype, other = p_.storages[r].type.dtype;
    if (size_text(s) != size_text(r) || item_size(own) != item_size(other) || is_complex(other)) {
      fail("in the memory of a result of another size", storage_text(s));
    }
    const auto first_check = p_.results.end() - static_cast<std::ptrdiff_t>(f_.checks.size());
    if (std::find(first_check, p_.results.end(), r) != p_.results.end()) {
      fail("in the memory of a check", storage_text(s));
    }
  }

  void storages() const {
    if (p_.slots > p_.storages.size()) fail("more slots than storages", "slots");
    std::uint32_t next_result = 0;
    for (std::uint32_t i = 0; i < p_.storages.size(); ++i) {
      const Storage& s = p_.storages[i];
      switch (s.kind) {
        case Storage::Kind::parameter:
          if (s.index >= f_.params.size() || f_.params[s.index].kind != ParamKind::array) {
            fail("no such array parameter", storage_text(i));
          }
          if (!shows(f_.params[s.index].type, s.type)) {
            fail("not its parameter's type", storage_text(i));
          }
          break;
        case Storage::Kind::result:
          if (s.index != next_result++) fail("results are not numbered in order", storage_text(i));
          break;
        case Storage::Kind::temporary:
          if (!s.in_result && s.index >= p_.slots) fail("no such slot", storage_text(i));
          break;
      }
    }
  }

  void call(std::uint32_t c) {
    const Call& call = p_.calls[c];
    if (call.kernel >= module_.kernels.size()) fail("no such kernel", call_text(c));
    const Signature& s = signature(call.kernel);
    if (call.buffers.size() != s.buffers.size()) fail("wrong number of buffers", call_text(c));
    if (call.sizes.size() != s.sizes) fail("wrong number of sizes", call_text(c));
    if (call.scalars.size() != s.scalars.size()) fail("wrong number of scalars", call_text(c));
    for (std::size_t k = 0; k < call.scalars.size(); ++k) {
      scalar(call.scalars[k], s.scalars[k], c);
    }
    for (std::size_t k = 0; k < call.buffers.size(); ++k) {
      const std::uint32_t b = call.buffers[k];
      if (b >= p_.storages.size()) fail("no such storage", call_text(c));
      const DType dtype = p_.storages[b].type.dtype;
      const bool in_parts = is_complex(dtype) && part_dtype(dtype) == s.buffers[k];
      if (dtype != s.buffers[k] && !in_parts) fail("a buffer of another dtype", call_text(c));
      if (!s.written[k] && !is_defined(b, c)) {
        fail("read before it is written, " + call_text(c), storage_text(b));
      }
    }
    for (std::size_t k = 0; k < call.buffers.size(); ++k) {
      if (s.written[k]) write(call.buffers[k], c);
      last_use_[call.buffers[k]] = c;
    }
  }

  const Signature& signature(std::uint32_t kernel) {
    const auto [at, fresh] = signatures_.try_emplace(kernel);
    const KernelFunction& k = module_.kernels[kernel];
    if (fresh) at->second = k.loops ? signature_of(*k.loops) : signature_of(k.function);
    return at->second;
  }

  bool is_defined(std::uint32_t s, std::uint32_t c) const {
    return p_.storages[s].kind == Storage::Kind::parameter ||
           (written_at_[s] != never && written_at_[s] < c);
  }

  void write(std::uint32_t s, std::uint32_t c) {
    if (p_.storages[s].kind == Storage::Kind::parameter) {
      fail("a parameter is written, " + call_text(c), storage_text(s));
    }
    if (written_at_[s] != never) fail("written twice, " + call_text(c), storage_text(s));
    written_at_[s] = c;
  }

  void scalar(const Call::Argument& a, DType dtype, std::uint32_t c) const {
    DType given = a.constant.dtype;
    if (a.is_extent) {
      given = DType::I64;
    } else if (a.param >= 0) {
      const auto index = static_cast<std::size_t>(a.param);
      if (index >= f_.params.size() || f_.params[index].kind == ParamKind::array) {
        fail("no such scalar parameter", call_text(c));
      }
      given = f_.params[index].type.dtype;
    }
    if (given != dtype) fail("a scalar of another dtype", call_text(c));
  }

  void results() const {
    const auto end = static_cast<std::uint32_t>(p_.calls.size());
    for (const std::uint32_t r : p_.results) {
      if (r >= p_.storages.size()) fail("no such result", storage_text(r));
      if (p_.storages[r].kind == Storage::Kind::temporary) {
        fail("a temporary is a result", storage_text(r));
      }
      if (!is_defined(r, end)) fail("a result is never written", storage_text(r));
    }
    if (f_.checks.size() > p_.results.size()) fail("no result", "a check");
    for (std::size_t r = result_count(f_); r < p_.results.size(); ++r) {
      if (p_.storages[p_.results[r]].type == check_type) continue;
      fail("the result of a check is a 0-d i64", storage_text(p_.results[r]));
    }
  }

  const Module& module_;
  const Function& f_;
  const Program& p_;
  std::unordered_map<std::uint32_t, Signature> signatures_;  // of the kernels that are called
  std::vector<std::uint32_t> written_at_;                    // call, by storage
  std::vector<std::uint32_t> last_use_;                      // call, by storage
  std::vector<std::uint32_t> result_storages_;               // by result
};

}  // namespace

void verify_program(const Module& module, const Function& function, Phase phase) {
  ProgramVerifier verifier(module, function);
  verifier.run();
  if (phase >= Phase::planned) verifier.memory();
}

}  // namespace arrayc::ir
