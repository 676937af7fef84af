// arrayc list WHAT: the tables.
#include <fmt/format.h>

#include "frontend/cli/options.h"
#include "ir/node.h"

namespace arrayc::cli {

namespace {

void row(std::string_view name, std::string_view text) { fmt::print("{:<20} {}\n", name, text); }

void list_ufuncs(Session& session) {
  for (const ir::Ufunc* u : session.registry().all()) {
    std::string text(u->doc);
    if (!u->aliases.empty()) text += fmt::format(" (also {})", u->aliases);
    row(u->name, text);
  }
}

void list_ops(Session&) {
  for (int k = 0; k <= static_cast<int>(ir::Op::einsum); ++k) {
    const ir::OpInfo& op = ir::info(static_cast<ir::Op>(k));
    row(op.name.empty() ? "(a ufunc)" : op.name, op.doc);
  }
}

void list_passes(Session& session) {
  for (const passes::Pass& p : passes::builtin_passes()) row(p.name, p.doc);
  for (const auto& p : session.compile_options().passes.added) {
    row(p.pass.name, fmt::format("{} (plug-in, after {})", p.pass.doc,
                                 p.after.empty() ? "the beginning" : p.after));
  }
}

void list_backends(Session& session) {
  for (const BackendInfo& b : session.backends()) row(b.name, b.doc);
}

void list_front_ends(Session& session) {
  for (const FrontEnd& f : session.front_ends()) {
    row(f.name, fmt::format("{} ({})", f.doc, fmt::join(f.extensions, " ")));
  }
}

void list_targets(Session&) {
  const auto describe = [](const ir::Target& t) {
    return fmt::format("{}-byte vectors, {} registers{}", t.vector_bytes, t.vector_registers,
                       t.fma ? ", fused multiply-add" : "");
  };
  row("native", "this machine's own: " + describe(ir::make_target("native")));
  for (const std::string& system : ir::known_systems()) {
    for (const ir::Target& t : ir::known_targets(system)) {
      row(t.cpu, fmt::format("{} (--target={})", describe(t), system));
    }
  }
}

void list_dtypes(Session&) {
  for (const ir::DTypeInfo& t : ir::all_dtypes()) {
    row(t.name, fmt::format("{}, {} bits", t.numpy_name, t.bits));
  }
}

struct Table {
  const char* name;
  void (*print)(Session&);
};
constexpr Table tables[] = {
    {"ufuncs", list_ufuncs},        {"ops", list_ops},
    {"passes", list_passes},        {"backends", list_backends},
    {"frontends", list_front_ends}, {"targets", list_targets},
    {"dtypes", list_dtypes},
};

}  // namespace

int command_list(const std::vector<std::string>& words) {
  Shared shared;
  std::vector<std::string> arguments;
  if (!parse("list", words, {}, shared, arguments)) return 0;
  if (arguments.size() == 1) {
    Session& session = open_session(shared);
    for (const Table& t : tables) {
      if (arguments[0] != t.name) continue;
      t.print(session);
      return 0;
    }
  }
  throw UsageError("list needs one of ufuncs, ops, passes, backends, frontends, targets, dtypes");
}

}  // namespace arrayc::cli
