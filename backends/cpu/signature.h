// The C function that a source function becomes, as header and object agree on it:
//
//   int name(const double* points, double p, double* result, int64_t n)
//
// Parameters in their order (arrays by pointer, scalars and sizes by value), results by pointer,
// then every extent symbol that is not itself a parameter. All names are plain C identifiers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"

namespace arrayc::backends {

struct Signature {
  struct Argument {
    std::string c_name;
    ir::Type type;
    ir::ParamKind kind = ir::ParamKind::array;
  };
  std::string name;
  std::vector<Argument> params;
  std::vector<Argument> results;       // all by pointer, also 0-d ones
  std::vector<std::string> symbols;    // extents passed by value
  std::vector<std::string> c_symbols;  // their names in C
};

// Of a function that is compiled as these variants, which have programs: their results' extents may
// differ, the source's say what they are in all. Throws a user error for a name that C does not
// take.
Signature make_signature(const ir::Function& source,
                         const std::vector<const ir::Function*>& variants);

// Those of `symbols` that are not alone an extent of any parameter or result: the form for
// descriptors takes only these by value.
std::vector<std::size_t> symbols_without_shape(const Signature& signature);

// What a function returns where a check fails.
struct CheckStatus {
  int code;
  std::string_view name;
};
CheckStatus status_of(ir::Check::Kind kind);

// Throws a user error if two functions would define the same C name.
void check_names(const std::vector<Signature>& signatures);

}  // namespace arrayc::backends
