// The IR as text (`.air`): parse(print(m)) is m, at both levels and at every stage.
//
//   module "k.py"
//   func @distances(%points: f64[n,2], %p: f64[2]) -> f64[n] {
//     %2 = broadcast %p, [n,2] : f64[n,2]
//     %3 = subtract %points, %2 : f64[n,2]
//     %4 = square %3 : f64[n,2]
//     %5 = reduce.add %4, axis=1, lanes=32, chunk=4096 : f64[n]
//     %6 = sqrt %5 : f64[n]
//     return %6
//   }
//
// Numbers are node ids. A parameter's node has no line where it follows from the numbers: before
// `%2 = …` there must be nodes 0 and 1, which are the next parameters in order; elsewhere a line
// `param %p` places it. On input names may be any, a type after ':' may be left out where it can be
// derived, and an operand may be an operation in place: `subtract %points, broadcast(%p, [n,2])`.
//
// docs/ir-text.md has the whole grammar. Limits: operations, brackets and loops nest up to 64 deep,
// a name has up to 1024 bytes, a text up to 1 GiB; the number of nodes is bounded by the text only.
#pragma once

#include <string>
#include <string_view>

#include "ir/module.h"

namespace arrayc::ir {

class Registry;

struct PrintOptions {
  bool places = false;  // each node's place as a comment; texts that are keys have none
};

std::string print(const Module& module, const PrintOptions& options = {});
std::string print(const Function& function, const PrintOptions& options = {});
std::string print(const loops::Kernel& kernel);
// "ij,jk->ik" in quotes, or [0,60],[60]->[0] where an index is no letter.
std::string subscripts_text(const EinsumAttr& einsum);

// `file_name` is for errors; ufunc names are looked up in `registry`. Throws user errors with
// places; never recurses over nesting deeper than a stated limit, never crashes on any text.
Module parse(std::string_view text, std::string_view file_name, const Registry& registry);

// Whether two modules are the same program in the same numbering: everything but places, remarks
// and what no block of a kernel contains.
bool same(const Module& a, const Module& b);
bool same(const Function& a, const Function& b);
bool same(const loops::Kernel& a, const loops::Kernel& b);

}  // namespace arrayc::ir
