#include "ir/symbols.h"

#include <set>

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

// Of definitions that contain symbols with definitions.
constexpr int max_depth = 200;

}  // namespace

std::optional<Symbols::Id> Symbols::find(const std::string& name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Symbols::Id> Symbols::symbol_of(const Extent& e) const {
  const std::string& name = e.symbol_name();
  return name.empty() ? std::nullopt : find(name);
}

void Symbols::declare(const Extent& e) {
  if (e.is_constant()) return;
  std::set<std::string> names;
  e.collect_symbols(names);
  for (const std::string& name : names) {
    if (!ids_.emplace(name, static_cast<Id>(symbols_.size())).second) continue;
    symbols_.push_back({Extent::symbol(name), Origin::declared, {}, {}, {}});
  }
}

// Declared names are known before any is made.
std::string Symbols::fresh_name(std::uint32_t& counter) const {
  for (;;) {
    std::string name = "n" + std::to_string(counter++);
    const auto taken = find(name);
    if (!taken || symbols_[*taken].origin != Origin::declared) return name;
  }
}

Extent Symbols::make(Origin origin, std::int64_t value) {
  std::string name = fresh_name(made_);
  ids_.emplace(name, static_cast<Id>(symbols_.size()));
  symbols_.push_back({Extent::symbol(std::move(name)), origin, value, {}, {}});
  return symbols_.back().self;
}

Extent Symbols::resolve(const Extent& e) { return resolve(e, false, 0); }
Extent Symbols::resolve_made(const Extent& e) { return resolve(e, true, 0); }

Extent Symbols::resolve(const Extent& e, bool made_only, int depth) {
  if (e.is_constant()) return e;
  if (depth > max_depth) limitation("the sizes of this program depend on each other too deeply");
  if (const auto id = symbol_of(e)) return resolve_symbol(*id, made_only, depth);
  bool changes = false;
  const auto replace = [&](const std::string& name) -> std::optional<Extent> {
    const auto id = find(name);
    if (!id || !symbols_[*id].definition) return {};
    if (made_only && symbols_[*id].origin == Origin::declared) return {};
    changes = true;
    return resolve_symbol(*id, made_only, depth);
  };
  Extent result = e.substitute(replace);
  return changes ? result : e;
}

// Follows chains of symbols in a loop, for they can be as long as the program, and shortens them.
Extent Symbols::resolve_symbol(Id id, bool made_only, int depth) {
  const auto stops = [&](Id at) {
    const Symbol& symbol = symbols_[at];
    return !symbol.definition || (made_only && symbol.origin == Origin::declared);
  };
  Id last = id;
  while (!stops(last)) {
    const auto next = symbol_of(*symbols_[last].definition);
    if (!next) break;
    last = *next;
  }
  while (id != last) {
    const Id next = *symbol_of(*symbols_[id].definition);
    symbols_[id].definition = symbols_[last].self;
    id = next;
  }
  if (stops(last)) return symbols_[last].self;
  return resolve(*symbols_[last].definition, made_only, depth + 1);
}

std::optional<std::int64_t> Symbols::value(const Extent& e) const {
  if (e.is_constant()) return e.constant();
  if (const auto id = symbol_of(e)) return symbols_[*id].value;
  std::set<std::string> names;
  e.collect_symbols(names);
  for (const std::string& name : names) {
    const auto id = find(name);
    if (!id || !symbols_[*id].value) return {};
  }
  return e.evaluate([&](const std::string& name) { return symbols_[*find(name)].value; });
}

bool Symbols::define(const Extent& a, const Extent& b, bool& guarded) {
  const auto x = symbol_of(a);
  const auto y = symbol_of(b);
  if (x && y) {
    const auto rank = [&](Id id) { return std::pair(symbols_[id].origin, id); };
    return rank(*x) < rank(*y) ? try_define(b, a, guarded) : try_define(a, b, guarded);
  }
  return (x && try_define(a, b, guarded)) || (y && try_define(b, a, guarded));
}

bool Symbols::try_define(const Extent& symbol, const Extent& meaning, bool& guarded) {
  const std::string& name = symbol.symbol_name();
  if (name.starts_with('$')) return false;
  std::set<std::string> names;
  meaning.collect_symbols(names);
  if (names.contains(name)) return false;
  Symbol& entry = symbols_[*find(name)];
  guarded = entry.origin == Origin::declared;
  entry.definition = meaning;
  return true;
}

Extent Symbols::rename_resolved(const Extent& e) {
  return e.substitute([&](const std::string& name) -> std::optional<Extent> {
    Symbol& symbol = symbols_[*find(name)];
    if (symbol.origin == Origin::declared) return {};
    if (!symbol.renamed) {
      std::string fresh = fresh_name(renamed_);
      renamed_values_.emplace_back(fresh, *symbol.value);
      symbol.renamed = Extent::symbol(std::move(fresh));
    }
    return symbol.renamed;
  });
}

}  // namespace arrayc::ir
