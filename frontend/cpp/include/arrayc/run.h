// When things are computed, and looking at how.
#pragma once

#include <arrayc/array.h>
#include <arrayc/print.h>

#include <cstdint>
#include <string>
#include <vector>

namespace arrayc {

// Computes several arrays as one program.
void eval(const std::vector<Array>& arrays, Where where = Where::current());
template <std::same_as<Array>... Arrays>
void eval(const Array& first, const Arrays&... rest) {
  eval(std::vector<Array>{first, rest...});
}

// While one lives, this thread computes only what is asked for by eval or save_npy: looking at an
// array that is not computed yet is an error.
class [[nodiscard]] no_implicit_eval {
 public:
  no_implicit_eval();
  ~no_implicit_eval();
  no_implicit_eval(const no_implicit_eval&) = delete;
  no_implicit_eval& operator=(const no_implicit_eval&) = delete;
};

// What an array's program looks like at each stage; of a computed array, what ran.
enum class Stage : std::uint8_t {
  graph,  // the array IR as recorded
  fused,  // kernels and what is between them
  loops,  // what each kernel does
  llvm,   // LLVM IR
  assembly
};
std::string dump(const Array& array, Stage stage, Where where = Where::current());
std::string dump(const std::vector<Array>& arrays, Stage stage, Where where = Where::current());
// What fused, what did not and why, the temporaries that remain and their sizes.
std::string explain(const Array& array, Where where = Where::current());
// The array IR of several results as a file that `arrayc` reads.
void save_air(const std::string& path, const std::vector<Array>& results,
              Where where = Where::current());

// The last evaluation of this process.
struct Stats {
  std::int64_t kernels = 0;          // kernel calls
  std::int64_t temporaries = 0;      // arrays between kernels
  std::int64_t temporary_bytes = 0;  // of them, at most at one time
  std::int64_t scratch_bytes = 0;    // within kernels, at most at one time
  std::int64_t local_bytes = 0;      // of each thread's stack, for values kept in blocks
  // Worked out before the kernels run: bytes from the first to the last that each reads, and
  // writes, of each of its arrays, added up; the most memory at one time, arguments and results
  // included.
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  std::int64_t peak_bytes = 0;
  // The same as counted while it ran: loads and stores by "interp-loops" alone, -1 by others.
  std::int64_t counted_read = -1;
  std::int64_t counted_written = -1;
  std::int64_t counted_peak = 0;
  std::int64_t allocations = 0;
  std::int64_t compiled = 0;  // kernels compiled for it
  double compile_seconds = 0;
  double run_seconds = 0;
  bool cached = false;  // the program had been seen before
  std::string backend;  // who ran it
  std::string forced;   // why it ran though nobody asked for it: too much had been recorded
  std::int64_t forced_evaluations = 0;  // how often that has been so in this process
};
Stats stats();

// How many threads loops may use; 0: what the environment says.
void set_num_threads(int n);
int num_threads();
// Who computes from now on: "cpu", "interp", "interp-loops", or a plug-in's name.
void set_backend(const std::string& name);
// Opens a shared object with further ufuncs, passes, backends or front ends.
void load_plugin(const std::string& path);

// --- text: str() and repr() as NumPy's
std::string str(const Array& array, Where where = Where::current());
std::string repr(const Array& array, Where where = Where::current());
std::string array2string(const Array& array, const PrintOptions& options,
                         Where where = Where::current());
void set_printoptions(const PrintOptions& options);
PrintOptions get_printoptions();

}  // namespace arrayc
