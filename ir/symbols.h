// The symbols of a function while it is imported: which are equal, and what is known of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/extent.h"

namespace arrayc::ir {

class Symbols {
 public:
  // Where a symbol comes from. Of two that are equal, the one of the earlier kind stays.
  enum class Origin : std::uint8_t {
    declared,   // by the source: what it is equal to must be guarded
    parameter,  // made for a constant extent of a parameter
    attribute   // made for a constant extent in an operation
  };

  void declare(const Extent& e);  // every symbol in it
  bool any_declared() const { return !symbols_.empty() && symbols_[0].origin == Origin::declared; }
  Extent make(Origin origin, std::int64_t value);

  // e in terms of symbols that are not defined by others.
  Extent resolve(const Extent& e);
  // The same, but declared symbols stay.
  Extent resolve_made(const Extent& e);
  // e resolved, the made symbols renamed n0, n1, … in the order of the calls.
  Extent rename(const Extent& e) { return rename_resolved(resolve(e)); }
  Extent rename_made(const Extent& e) { return rename_resolved(resolve_made(e)); }
  // Nothing if a symbol has none.
  std::optional<std::int64_t> value(const Extent& e) const;

  // Makes a symbol of one side mean the other, if there is one to be had. Both are resolved.
  // Afterwards they resolve to the same extent. `guarded` says whether this must be checked when
  // the function is called.
  bool define(const Extent& a, const Extent& b, bool& guarded);

  // The values of the renamed symbols, by name.
  const std::vector<std::pair<std::string, std::int64_t>>& renamed_values() const {
    return renamed_values_;
  }

 private:
  using Id = std::uint32_t;
  struct Symbol {
    Extent self;
    Origin origin = Origin::declared;
    std::optional<std::int64_t> value;
    std::optional<Extent> definition;
    std::optional<Extent> renamed;
  };

  std::optional<Id> find(const std::string& name) const;
  std::string fresh_name(std::uint32_t& counter) const;
  Extent resolve(const Extent& e, bool made_only, int depth);
  Extent resolve_symbol(Id id, bool made_only, int depth);
  Extent rename_resolved(const Extent& e);
  bool try_define(const Extent& symbol, const Extent& meaning, bool& guarded);
  std::optional<Id> symbol_of(const Extent& e) const;

  std::vector<Symbol> symbols_;
  std::unordered_map<std::string, Id> ids_;
  std::uint32_t made_ = 0;
  std::uint32_t renamed_ = 0;
  std::vector<std::pair<std::string, std::int64_t>> renamed_values_;
};

}  // namespace arrayc::ir
