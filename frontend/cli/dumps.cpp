// What --print-after, --print-changed and --time-passes show.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "frontend/cli/options.h"
#include "ir/text.h"

namespace arrayc::cli {

namespace {

struct Timing {
  double seconds = 0;
  int runs = 0;
};

// Kept by the observers it makes and by finish_dumps.
struct Record {
  std::string last_text;
  std::vector<std::string> order;
  std::map<std::string, Timing> timings;
};

Record& record() {
  static Record r;  // of this run of the tool
  return r;
}

void observe(const Shared& shared, const passes::Pass& pass, const ir::Module& module,
             double seconds) {
  Record& r = record();
  const std::string name(pass.name);
  if (!r.timings.contains(name)) r.order.push_back(name);
  r.timings[name].seconds += seconds;
  ++r.timings[name].runs;
  const bool wants_print = shared.print_after == "all" || shared.print_after == name;
  if (!wants_print && !shared.print_changed) return;
  const std::string text = ir::print(module);
  if (wants_print || (shared.print_changed && text != r.last_text)) {
    std::cerr << "; after " << name << "\n" << text << "\n";
  }
  r.last_text = text;
}

}  // namespace

backends::CompileOptions compile_options(const Session& session, const Shared& shared) {
  backends::CompileOptions options = session.compile_options();
  const auto known = [&](std::string_view name) {
    for (const passes::Pass& p : passes::builtin_passes()) {
      if (p.name == name) return true;
    }
    return std::ranges::any_of(options.passes.added,
                               [&](const auto& added) { return added.pass.name == name; });
  };
  const auto require = [&](const std::string& name) {
    if (!known(name)) throw UsageError("there is no pass '" + name + "' (see arrayc list passes)");
  };
  for (const std::string& name : options.passes.disabled) require(name);
  if (!shared.print_after.empty() && shared.print_after != "all") require(shared.print_after);
  options.passes.observers.push_back({[&shared](const passes::Pass& p, const ir::Module& m,
                                                double s) { observe(shared, p, m, s); }});
  return options;
}

void finish_dumps(const Shared& shared) {
  if (!shared.time_passes) return;
  double total = 0;
  for (const auto& [name, t] : record().timings) total += t.seconds;
  std::cerr << fmt::format("{:<20} {:>6} {:>10}\n", "pass", "runs", "ms");
  for (const std::string& name : record().order) {
    const Timing& t = record().timings.at(name);
    std::cerr << fmt::format("{:<20} {:>6} {:>10.3f}\n", name, t.runs, t.seconds * 1e3);
  }
  std::cerr << fmt::format("{:<20} {:>6} {:>10.3f}\n", "total", "", total * 1e3);
}

}  // namespace arrayc::cli
