// A compilation unit: source functions, and, after fuse, the kernels they are made of.
//
//   source   functions[i].graph           what the user wrote
//   fused    functions[i].program         calls of kernels, each a function of its own
//            kernels[k].function.graph
//   loops    kernels[k].loops             what the kernel does, step by step
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/loops.h"

namespace arrayc::ir {

// How an array parameter lies in memory: part of its type for a kernel, so of the kernel's key.
// c: C-contiguous. strided: every stride is a run-time value, except that a unit axis, if any, has
// consecutive elements.
struct Layout {
  bool contiguous = true;
  std::int32_t unit_axis = -1;
  bool operator==(const Layout&) const = default;
};

enum class ParamKind : std::uint8_t {
  array,   // by descriptor or pointer
  scalar,  // 0-d, by value
  size     // an integer that is also the extent symbol of the same name
};

struct Param {
  std::string name;
  ParamKind kind = ParamKind::array;
  Type type;
  Layout layout;
  Weak weak = Weak::strong;
  Place place;
};

// Must hold when the function is called, else the call fails with the message.
struct Guard {
  // stretch: axes of length a are broadcast to length b. What `specialise` makes has none.
  enum class Kind : std::uint8_t { equal, positive, stretch } kind = Kind::equal;
  Extent a, b;          // equal: a == b; positive: a > 0; stretch: a == b or a == 1
  std::string message;  // "{n}" in it stands for the value of n
  Place place;
};

// What no element of the function's arrays may do, known only by looking at them. Each check is one
// of the last results, hidden from callers: a 0-d i64, the first failing position in C order of
// `shape`, or any value outside of it where nothing fails. After a run the first check that failed
// is the call's error; results are of no use then.
struct Check {
  enum class Kind : std::uint8_t { power } kind = Kind::power;  // power: of integers, exponent < 0
  Shape shape;                                                  // of the operation that may fail
  std::string message;
  Place place;
};

inline const Type check_type{DType::I64, {}};  // of its result

struct Storage {
  enum class Kind : std::uint8_t { parameter, result, temporary } kind = Kind::temporary;
  std::string name;
  Type type;
  std::uint32_t index = 0;  // of the parameter or result; of a temporary: its slot
  Place place;              // of the value it holds
  // Of a temporary: `index` is a result's, whose memory it uses until the result is written.
  bool in_result = false;

  bool in_slot() const { return kind == Kind::temporary && !in_result; }
};

// One run of a kernel: kernel parameters bound in order.
struct Call {
  std::uint32_t kernel = 0;
  std::vector<std::uint32_t> buffers;  // storages, one for each buffer parameter
  std::vector<Extent> sizes;           // one for each size parameter
  struct Argument {                    // one for each scalar parameter
    std::int32_t param = -1;           // scalar parameter of the function, or
    Scalar constant;                   // a constant
    Extent extent = 0;                 // or (is_extent) a size of the program
    bool is_extent = false;
    bool operator==(const Argument&) const = default;
  };
  std::vector<Argument> scalars;
};

// A recorded decision of fuse or plan_memory, for `explain`.
struct Remark {
  std::string pass;
  std::string text;
  Place place;
};

// Whether two storages of one program are the same memory.
inline bool share_memory(const Storage& a, const Storage& b) {
  const auto where = [](const Storage& s) { return s.in_result ? Storage::Kind::result : s.kind; };
  return where(a) == where(b) && a.index == b.index;
}

struct Program {
  std::vector<Storage> storages;
  std::vector<Call> calls;
  std::vector<std::uint32_t> results;  // storages; a parameter's where a result is an argument
  std::uint32_t slots = 0;             // of temporaries, each as large as its largest user
};

struct Function {
  std::string name;
  std::string doc;
  std::vector<Param> params;
  Graph graph;
  std::vector<NodeId> results;  // the last ones are those of checks
  bool tuple = false;           // the source returns a tuple, even of one
  std::vector<Guard> guards;
  std::vector<Check> checks;       // in the order of the program
  std::optional<Program> program;  // after fuse
};

// How many results callers see.
inline std::size_t result_count(const Function& f) {
  const std::size_t all = f.program ? f.program->results.size() : f.results.size();
  return all - f.checks.size();
}

// A kernel's function has canonical names, so that equal pieces are equal texts.
struct KernelFunction {
  Function function;
  std::optional<loops::Kernel> loops;  // after lower_to_loops
};

struct Module {
  std::string source_file;
  std::vector<Function> functions;
  std::vector<KernelFunction> kernels;
  std::vector<Remark> remarks;
};

}  // namespace arrayc::ir
