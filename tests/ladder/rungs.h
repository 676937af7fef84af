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

// How a function compiled ahead of time is given its arrays: plain pointers, or descriptors of
// which all or every second one is that of a strided copy.
enum class Layout { pointers, strided, mixed };

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

}  // namespace arrayc::ladder
