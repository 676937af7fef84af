// The rungs of the kernel-test ladder: ways to run one function, which must all agree.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace arrayc::ladder {

// One function with its arguments and NumPy's results.
struct Job {
  std::string function;
  std::string folder;  // in0.npy …, out0.npy …
  int inputs = 0;
  int outputs = 0;
  double rtol = 0;    // 0: NumPy's very bits
  std::string error;  // NumPy's sentence, where it raises one: there are no results
  // Instead of rtol, bound0.npy …: how far each element may be from NumPy's.
  bool has_bounds = false;
  // Expected structure; -1: not stated.
  std::int64_t kernels = -1, temporaries = -1, peak = -1, scratch = -1;
};

std::vector<Job> read_jobs(const std::string& path);
backends::Arguments read_inputs(const Job& job);
std::vector<runtime::Array> read_outputs(const Job& job);
std::vector<runtime::Array> read_bounds(const Job& job);

using Results = std::vector<runtime::Array>;

// "" if equal, else what differs first. rtol 0: the same bits, NaN as a class.
std::string compare(const Results& got, const Results& expected, double rtol, bool signed_zero);

// The sizes that the arguments give, whether or not they fit each other.
std::map<std::string, std::int64_t> sizes_of(const ir::Function& f,
                                             const backends::Arguments& arguments);

// A function compiled ahead of time returned something else than ARRAYC_OK.
struct BadStatus : std::runtime_error {
  explicit BadStatus(int s) : std::runtime_error("status " + std::to_string(s)), status(s) {}
  int status;
};
// The same with a bound for each element (f64): 0 asks for the very bits, infinity for nothing.
std::string compare_within(const Results& got, const Results& expected, const Results& bounds);

// --- calling C functions made ahead of time

void write(const std::string& path, const std::string& text);
// The size symbols of a function's C signature, in order of first appearance in its parameters.
std::vector<std::string> size_symbols(const ir::Function& f);
// C code: `call_f(args, sizes)` and `nd_f(descriptors)` pass pointers on with the header's types.
std::string trampoline(const ir::Function& f);
// The same elements with every stride doubled.
runtime::Array strided(const runtime::Array& a);

// How a function compiled ahead of time is given its arrays: plain pointers, or descriptors of
// which all or every second one is that of a strided copy.
enum class Layout { pointers, strided, mixed };
runtime::Array laid_out(const runtime::Array& a, Layout layout, std::size_t argument);

// Runs the functions of a file ahead of time, through the generated header and a C compiler.
class AheadOfTime {
 public:
  AheadOfTime(const ir::Module& module, const ir::Registry& registry, backends::Backend& backend,
              const std::string& folder);
  ~AheadOfTime();
  AheadOfTime(const AheadOfTime&) = delete;
  AheadOfTime& operator=(const AheadOfTime&) = delete;
  // `shapes_of` gives results' dtypes and shapes.
  Results call(const ir::Function& function, const backends::Arguments& arguments,
               const Results& shapes_of, Layout layout) const;

 private:
  void* library_ = nullptr;
};

// An instruction set, and how to make and start C programs for it.
struct InstructionSet {
  std::string system, cpu;
  std::string compiler;  // with its flags
  std::string launcher;  // an emulator with its flags; "": none
};

// The functions of a file in a C program for an instruction set, which is given calls through a
// pipe.
class Program {
 public:
  Program(const ir::Module& module, const ir::Registry& registry, backends::Backend& backend,
          const InstructionSet& set, const std::string& folder);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  // As AheadOfTime::call.
  Results call(const ir::Function& function, const backends::Arguments& arguments,
               const Results& shapes_of, Layout layout);

 private:
  void start(const std::string& command);
  void send(const void* data, std::size_t bytes);
  void receive(void* data, std::size_t bytes);
  std::vector<std::string> names_;
  int to_ = -1, from_ = -1, process_ = -1;
};

}  // namespace arrayc::ladder
