// Functions for sizes that broadcast in one certain way.
//
// A function with guards of kind `stretch` is right for all sizes that can be broadcast, but
// nothing can be compiled from it while it is not known which axes are stretched. Each way to
// answer that is a pattern: equalities under which every stretch becomes one that is known, or
// none.
//
//   guard n -> broadcast(m, n)      patterns: n == m    n == 1    m == 1
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/module.h"

namespace arrayc::ir {

// Guards of kind equal; each is to be read under the ones before it.
using Pattern = std::vector<Guard>;

bool has_stretches(const Function& function);

// The pattern of sizes for which the guards hold.
Pattern pattern_of(const Function& function, const Extent::Lookup& value_of);

// All patterns that some sizes can have, the one where as much as possible is equal first; nothing
// if they are more than `most`. The first one that holds is the one to take.
std::optional<std::vector<Pattern>> all_patterns(const Function& function, std::size_t most);
// The first of them.
Pattern first_pattern(const Function& function);

// The function under the pattern's equalities, which become its guards in place of the stretches.
// Parameters stay as they are declared.
Function specialise(const Function& function, const Pattern& pattern);

}  // namespace arrayc::ir
