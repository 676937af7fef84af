// Every temporary gets memory, which is used again once its value is dead.
//
//   %t0 = call @k0(…)                  %t0 in slot 0
//   %t1 = call @k1(%t0)                %t1 in slot 0 too: @k1 reads element i where it writes it
//   %t2 = call @k2(%t1)         →      %t2 in result 0, which nothing has written yet
//   %t3 = call @k0(%t2)                %t3 in slot 0: %t1 was last read two calls before
//   %r0 = call @k2(%t3)
//
// Memory is shared by values of one size, so that no slot is larger than it needs to be. What is
// overwritten by its last reader, or is not though the sizes agree, is a remark.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "passes/analysis/in_place.h"
#include "passes/pass.h"
#include "runtime/planted.h"

namespace arrayc::passes {

namespace {

using ir::Storage;

class Planner {
 public:
  Planner(ir::Module& module, ir::Function& function)
      : module_(module),
        function_(function),
        program_(*function.program),
        lives_(program_.storages.size()),
        after_(program_.storages.size()) {}

  void run() {
    find_lives();
    for (std::uint32_t c = 0; c < program_.calls.size(); ++c) share_in(c);
    find_results();
    program_.slots = 0;
    for (std::uint32_t c = 0; c < program_.calls.size(); ++c) place_in(c);
  }

 private:
  struct Life {
    std::uint32_t first = 0, last = 0;  // calls
    bool begun = false;
    std::string bytes;
  };
  // A result's memory as a place for temporaries.
  struct Host {
    std::uint32_t storage;
    std::uint32_t from;         // calls before it find the memory free
    std::uint32_t free_at = 0;  // from this call on
  };

  bool is_temporary(std::uint32_t s) const {
    return program_.storages[s].kind == Storage::Kind::temporary;
  }
  std::size_t outputs_of(const ir::Call& call) const {
    return module_.kernels[call.kernel].function.results.size();
  }

  void find_lives() {
    for (std::uint32_t s = 0; s < lives_.size(); ++s) {
      const ir::Type& type = program_.storages[s].type;
      lives_[s].bytes = to_string(ir::element_count(type.shape) * ir::item_size(type.dtype));
    }
    for (std::uint32_t c = 0; c < program_.calls.size(); ++c) {
      for (const std::uint32_t s : program_.calls[c].buffers) {
        if (!lives_[s].begun) lives_[s].first = c;
        lives_[s].begun = true;
        lives_[s].last = c - (c > 0 && planted(runtime::Plant::slot_early) ? 1 : 0);
      }
    }
  }

  // Decides which dying inputs the outputs of a call overwrite.
  void share_in(std::uint32_t c) {
    const ir::Call& call = program_.calls[c];
    const std::size_t inputs = call.buffers.size() - outputs_of(call);
    for (std::size_t k = 0; k < inputs; ++k) {
      const std::uint32_t s = call.buffers[k];
      if (!is_temporary(s) || lives_[s].last != c) continue;
      if (std::ranges::count(call.buffers, s) > 1) continue;
      std::string obstacle;
      std::uint32_t kept_from = 0;
      for (std::size_t r = 0; inputs + r < call.buffers.size() && !after_[s]; ++r) {
        const std::uint32_t to = call.buffers[inputs + r];
        if (overwritten_.contains(to) || lives_[to].bytes != lives_[s].bytes || is_check(to)) {
          continue;
        }
        const std::string why = in_place(call.kernel).obstacle(k, r);
        if (why.empty()) {
          after_[s] = to;
          overwritten_.insert({to, s});
        } else {
          obstacle = why;
          kept_from = to;
        }
      }
      if (after_[s]) {
        remark(s, fmt::format("{} is overwritten by {}: kernel {} reads each element of it last, "
                              "where it writes",
                              name(s), name(*after_[s]), c));
      } else if (!obstacle.empty()) {
        remark(s, fmt::format("{} is not overwritten by {}: kernel {} {}", name(s), name(kept_from),
                              c, obstacle));
      }
    }
  }

  const InPlace& in_place(std::uint32_t kernel) {
    const auto found = in_place_.find(kernel);
    if (found != in_place_.end()) return found->second;
    return in_place_.emplace(kernel, InPlace(module_.kernels[kernel].function)).first->second;
  }

  bool is_check(std::uint32_t s) const {
    const auto first =
        program_.results.end() - static_cast<std::ptrdiff_t>(function_.checks.size());
    return std::find(first, program_.results.end(), s) != program_.results.end();
  }

  // The first of the values that are one after the other in the memory of this one.
  std::uint32_t first_of(std::uint32_t s) const {
    for (auto at = overwritten_.find(s); at != overwritten_.end(); at = overwritten_.find(s)) {
      s = at->second;
    }
    return s;
  }
  std::uint32_t last_of(std::uint32_t s) const {
    while (after_[s]) s = *after_[s];
    return s;
  }

  void find_results() {
    for (std::uint32_t s = 0; s < lives_.size(); ++s) {
      const Storage& storage = program_.storages[s];
      if (storage.kind != Storage::Kind::result || !lives_[s].begun) continue;
      if (ir::is_complex(storage.type.dtype) || is_check(s)) continue;
      hosts_[lives_[s].bytes].push_back({s, lives_[first_of(s)].first});
    }
  }

  void place_in(std::uint32_t c) {
    const std::vector<std::uint32_t>& buffers = program_.calls[c].buffers;
    for (const std::uint32_t s : buffers) {
      if (is_temporary(s) && lives_[s].first == c && !overwritten_.contains(s)) place(s);
    }
    for (const std::uint32_t s : buffers) {
      if (!is_temporary(s) || lives_[s].last != c || after_[s]) continue;
      const Storage& storage = program_.storages[s];
      // A buffer bound twice is freed once.
      if (storage.in_result || !freed_.insert(s).second) continue;
      free_[lives_[s].bytes].push_back(storage.index);
    }
  }

  // A value with all that follow it in its memory.
  void place(std::uint32_t s) {
    const std::uint32_t end = last_of(s);
    std::optional<std::uint32_t> result;
    if (program_.storages[end].kind == Storage::Kind::result) {
      result = program_.storages[end].index;
    } else {
      result = host_for(s, lives_[end].last);
    }
    std::uint32_t index = 0;
    if (result) {
      index = *result;
    } else if (std::vector<std::uint32_t>& slots = free_[lives_[s].bytes]; slots.empty()) {
      index = program_.slots++;
    } else {
      index = slots.back();
      slots.pop_back();
    }
    for (std::optional<std::uint32_t> at = s; at && is_temporary(*at); at = after_[*at]) {
      program_.storages[*at].index = index;
      program_.storages[*at].in_result = result.has_value();
    }
  }

  // A result whose memory is free until the call `last` is done.
  std::optional<std::uint32_t> host_for(std::uint32_t s, std::uint32_t last) {
    for (Host& host : hosts_[lives_[s].bytes]) {
      const Storage& result = program_.storages[host.storage];
      if (last >= host.from || lives_[s].first < host.free_at) continue;
      // What follows it has elements of its size.
      if (item_size(s) != item_size(host.storage)) continue;
      host.free_at = last + 1;
      remark(s, fmt::format("{} uses the memory of {} until kernel {} writes that", name(s),
                            name(host.storage), host.from));
      return result.index;
    }
    return std::nullopt;
  }

  int item_size(std::uint32_t s) const { return ir::item_size(program_.storages[s].type.dtype); }
  const std::string& name(std::uint32_t s) const { return program_.storages[s].name; }
  void remark(std::uint32_t s, std::string text) {
    module_.remarks.push_back({"plan_memory", std::move(text), program_.storages[s].place});
  }

  ir::Module& module_;
  ir::Function& function_;
  ir::Program& program_;
  std::vector<Life> lives_;                                 // by storage
  std::vector<std::optional<std::uint32_t>> after_;         // by storage: what overwrites it
  std::map<std::uint32_t, std::uint32_t> overwritten_;      // by what overwrites it
  std::map<std::uint32_t, InPlace> in_place_;               // by kernel
  std::map<std::string, std::vector<Host>> hosts_;          // by bytes
  std::map<std::string, std::vector<std::uint32_t>> free_;  // slots, by bytes
  std::set<std::uint32_t> freed_;
};

}  // namespace

void plan_memory(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    if (function.program) Planner(module, function).run();
  }
}

}  // namespace arrayc::passes
