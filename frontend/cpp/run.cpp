// When things are computed, text, and looking at programs.
#include "arrayc/run.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <ostream>

#include "frontend/cpp/access.h"
#include "frontend/cpp/evaluation_scope.h"
#include "frontend/cpp/printing.h"
#include "frontend/explain.h"
#include "ir/text.h"
#include "runtime/threads.h"

namespace arrayc {

using detail::guarded;
using detail::place_of;

namespace {

thread_local int scopes = 0;  // no_implicit_eval scopes that are alive

// The module that computed the arrays, if one program did, or else the one that would.
ir::Module module_of(const std::vector<Array>& arrays, ir::Place place) {
  Session& session = Session::current();
  const std::vector<ir::Value> values = detail::values_of(arrays, place);
  if (values.empty()) ir::user_error("no array was given", place);
  std::shared_ptr<const Program> ran;
  for (const ir::Value& value : values) {
    const auto storage = session.storage(value);
    if (!storage || !storage->program || (ran && ran != storage->program)) {
      ran = nullptr;
      break;
    }
    ran = storage->program;
  }
  ir::Module module;
  module.functions.push_back(ran ? ran->function : session.function_of(values));
  return module;
}

std::string lowered(ir::Module module, bool loops) {
  Session& session = Session::current();
  const backends::CompileOptions options = session.compile_options();
  const passes::Context context{session.registry(), options.target};
  passes::run(passes::array_pipeline(), module, context, options.passes);
  if (loops) passes::run(passes::kernel_pipeline(), module, context, options.passes);
  return ir::print(module);
}

// The file is complete or is not there.
void write_file(const std::string& path, const std::string& text, ir::Place place) {
  const std::string temporary = path + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  if (file.good() && std::rename(temporary.c_str(), path.c_str()) == 0) return;
  std::remove(temporary.c_str());
  ir::user_error("cannot write " + path, place);
}

}  // namespace

bool detail::implicit_evaluation_forbidden() { return scopes > 0; }

no_implicit_eval::no_implicit_eval() { ++scopes; }
no_implicit_eval::~no_implicit_eval() { --scopes; }

void eval(const std::vector<Array>& arrays, Where where) {
  guarded([&] { Session::current().compute(detail::values_of(arrays, place_of(where))); });
}

// --- looking at programs

std::string dump(const Array& array, Stage stage, Where where) {
  return dump(std::vector<Array>{array}, stage, where);
}

std::string dump(const std::vector<Array>& arrays, Stage stage, Where where) {
  return guarded([&]() -> std::string {
    ir::Module module = module_of(arrays, place_of(where));
    Session& session = Session::current();
    switch (stage) {
      case Stage::graph:
        return ir::print(module);
      case Stage::fused:
        return lowered(std::move(module), false);
      case Stage::loops:
        return lowered(std::move(module), true);
      case Stage::llvm:
      case Stage::assembly:
        break;
    }
    const char* const kind = stage == Stage::llvm ? "ll" : "s";
    return session.backend("cpu").emit(std::move(module), kind, "program", session.registry(),
                                       session.compile_options());
  });
}

std::string explain(const Array& array, Where where) {
  return guarded([&] {
    Session& session = Session::current();
    return explain(session.divided(module_of({array}, place_of(where))), session.registry(),
                   session.compile_options());
  });
}

void save_air(const std::string& path, const std::vector<Array>& results, Where where) {
  guarded([&] {
    const ir::Place place = place_of(where);
    write_file(path, ir::print(module_of(results, place)), place);
  });
}

Stats stats() {
  const RunReport report = guarded([&] { return Session::current().last_run(); });
  const backends::RunStats& s = report.stats;
  Stats out;
  out.kernels = s.kernels;
  out.temporaries = s.temporaries;
  out.temporary_bytes = s.temporary_bytes;
  out.scratch_bytes = s.scratch_bytes;
  out.local_bytes = s.local_bytes;
  out.bytes_read = s.bytes_read;
  out.bytes_written = s.bytes_written;
  out.peak_bytes = s.peak_bytes;
  out.counted_read = s.counted_read;
  out.counted_written = s.counted_written;
  out.counted_peak = s.counted_peak;
  out.allocations = s.allocations;
  out.compiled = s.compiled;
  out.compile_seconds = s.compile_seconds;
  out.run_seconds = s.run_seconds;
  out.cached = report.known;
  out.backend = report.backend;
  out.forced = report.forced;
  out.forced_evaluations = Session::current().forced_evaluations();
  return out;
}

// --- settings

void set_num_threads(int n) {
  guarded([&] {
    Options options = Session::current().options();
    options.num_threads = n;
    if (n < 0) ir::user_error("the number of threads is at least 1; 0: what the environment says");
    Session::current().set_options(options);
  });
}

int num_threads() { return runtime::thread_count(); }

void set_backend(const std::string& name) {
  guarded([&] {
    Options options = Session::current().options();
    options.backend = name;
    Session::current().set_options(options);
  });
}

void load_plugin(const std::string& path) {
  guarded([&] { Session::current().load_plugin(path); });
}

// --- text

std::string str(const Array& array, Where where) {
  return guarded([&] {
    return printing::str(detail::computed(array, where, true)->array, get_printoptions());
  });
}

std::string repr(const Array& array, Where where) {
  return guarded([&] {
    return printing::repr(detail::computed(array, where, true)->array, get_printoptions());
  });
}

std::string array2string(const Array& array, const PrintOptions& options, Where where) {
  return guarded(
      [&] { return printing::array2string(detail::computed(array, where, true)->array, options); });
}

void set_printoptions(const PrintOptions& options) {
  guarded([&] { Session::current().set_print_options(options); });
}

PrintOptions get_printoptions() {
  return guarded([&] { return Session::current().print_options(); });
}

std::ostream& operator<<(std::ostream& out, const Array& array) { return out << str(array); }

}  // namespace arrayc
