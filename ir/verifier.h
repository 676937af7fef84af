// What is legal in each phase of a module; run after every pass.
//
// Graphs of functions, and of kernels (verify_graph.cpp)
//  - Parameters have distinct names; scalars and sizes are 0-d; a size is an integer; a layout's
//    unit axis is an axis.
//  - A node's operands are earlier nodes, as many as the operation takes; it has the attributes of
//    its operation, and a ufunc exactly if it is a ufunc or a reduction.
//  - A param node names a parameter, has its type, and is the only one that does.
//  - Axes are in range; slices and views have steps that are not 0; a reduction's lanes are a power
//    of two and its chunk is not negative.
//  - The type is the one that `infer` gives; extents may differ where a guard says they are equal
//    (in a kernel: where they are not certainly different). Ufuncs have operands of exactly the
//    types of the loop that `resolve` chooses. Everything but a parameter has a computable dtype.
//  - Results exist; those of checks, the last ones, are 0-d i64. Kernels have no checks.
//  source: no function has a program. A broadcast may depend on sizes where a guard says that it is
//  possible. simplified: none does, and of the view operations that results need there
//  are only `view` and `reshape`, and no einsum.
//
// Programs, from phase fused on (verify_program.cpp)
//  - Every function has one. Storages of parameters name array parameters of the same type; results
//    are numbered 0, 1, … in order; temporaries have slots below the program's count, which is not
//    above that of the storages.
//  - A call binds a kernel that exists: one storage of the right dtype for each of its buffers, one
//    size for each of its sizes, one scalar of the right dtype for each of its scalars.
//  - What a call reads is a parameter or was written by an earlier call; what it writes is not a
//    parameter and was not written before. Results are parameters' or written.
//  planned: what shares memory is never alive at one time. A value that a call reads for the last
//  time may be overwritten by what that call writes, if its kernel's loops allow it (in_place.h)
//  and both have one size. A temporary in a result has its size, and elements of its size.
//
// Loop nests, from phase loops on (verify_loops.cpp)
//  - Every kernel has one. Parameters are in order, names distinct. Stages are loops; no node is
//    placed twice; nesting is at most 64 deep.
//  - A value is used after it in its block or in blocks within. `index` and strides name loops
//    around them; `accumulated` and `position` name a loop before them.
//  - Accesses name buffers that exist, with their dtype; stores go to written buffers, scratch or
//    locals;
//    an offset has each loop once, with a stride that is not 0; its dynamic part is an i64 value.
//  - Extents are made of the kernel's sizes; the counts of locals are constants.
//  - What a loop is a part of depends on a loop around it; it has no accumulators.
//  - Primitives and ufuncs have operands of the right number and types.
//  - An accumulator's value is made in the body of its own loop and has its type, as the identity
//    does; only arg_minimum and arg_maximum have a position, an i64 value made there.
//  - Only a stage's own loop is parallel, and then it has no accumulators. width is at least 1.
//  primitive: no ufuncs. scheduled: nothing more; it promises that no pass changes order from here.
//
// Linear in the size of the module, without recursion over user-sized structure.
#pragma once

#include "ir/module.h"

namespace arrayc::ir {

enum class Phase : std::uint8_t {
  source,      // graphs only; every op of ops.def
  simplified,  // the same, views composed: only `view` and reshape remain of the view ops; no
               // einsum
  fused,       // programs of kernels; kernel graphs
  planned,     // every temporary has a slot
  loops,       // kernels have loop nests; no accumulator refers outside; values dominate uses
  primitive,   // no ufunc nodes in loop nests
  scheduled    // loops are parallel and vector; nothing changes order from here on
};

// Throws a bug error that says which node breaks which rule.
void verify(const Module& module, Phase phase);

// The first phase that a module with these parts can be in: source, fused or loops.
Phase earliest_phase(const Module& module);

// The parts of verify.
void verify_graph(const Function& function, Phase phase, bool is_kernel);
void verify_program(const Module& module, const Function& function, Phase phase);
void verify_loops(const loops::Kernel& kernel, Phase phase);
// Whether a primitive takes operands of these types, as many as it has, and gives that one.
bool takes(Prim p, const std::vector<DType>& operands, DType result);

}  // namespace arrayc::ir
