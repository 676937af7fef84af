// Runs the checks of one kernel file on every rung: see tests/kernels/README.md.
//
//   arrayc-ladder FILE.py JOBS
//   arrayc-ladder --few FILE.py JOBS
//   arrayc-ladder FILE.py JOBS SYSTEM CPU COMPILER LAUNCHER
//
// The second runs the interpreter on the source, and machine code with 1 and 4 threads; the third
// the rungs that make machine code, for an instruction set (see rungs.h).
// Prints `ok NAME` or `FAIL NAME: rung: difference` for each job.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "backends/broadcasting.h"
#include "backends/executor.h"
#include "backends/interp/interp.h"
#include "frontend/session.h"
#include "ir/text.h"
#include "runtime/threads.h"
#include "tests/ladder/rungs.h"

namespace arrayc::ladder {

namespace {

struct Failure {
  std::string rung, difference;
};

class Ladder {
 public:
  Ladder(Session& session, ir::Module module, const std::string& folder, bool few)
      : session_(session), module_(std::move(module)) {
    options_.target = ir::make_target("native");
    if (few) return;
    aot_ = std::make_unique<AheadOfTime>(module_, session_.registry(), session_.backend("cpu"),
                                         folder);
  }

  // Of an instruction set.
  Ladder(Session& session, ir::Module module, const std::string& folder, const InstructionSet& set)
      : session_(session), module_(std::move(module)) {
    options_.target = ir::make_target(set.cpu, set.system);
    program_ = std::make_unique<Program>(module_, session_.registry(), session_.backend("cpu"), set,
                                         folder);
  }

  void check(const Job& job) {
    const backends::Arguments arguments = read_inputs(job);
    if (program_ != nullptr) return check_set(job, arguments);
    if (!job.error.empty()) return check_error(job, arguments);
    check_text("text of the source", only(job));
    const Results truth = interpret(module_, job, arguments);
    check_truth(job, truth);
    if (aot_ == nullptr) return check_few(job, arguments, truth);
    ir::Module one = only(job);
    one.functions[0] = backends::specialised_for(one.functions[0], arguments);
    check_passes(std::move(one), [&](const std::string& rung, const ir::Module& module) {
      expect(rung, interpret(module, job, arguments), truth);
    });
    const ir::Function& f = function(module_, job.function);
    const auto cpu = compile("cpu", job);
    for (int threads : {1, 2, 4}) {
      runtime::set_thread_count(threads);
      backends::RunStats stats;
      runtime::reset_memory_peak();
      const std::int64_t before = runtime::memory_counts().current;
      const Results got = cpu->call(arguments, &stats);
      check_bytes(f, stats, arguments, runtime::memory_counts().peak - before);
      expect(fmt::format("cpu, {} threads", threads), got, truth);
      check_structure(job, stats);
    }
    runtime::set_thread_count(2);
    const auto loops = compile("interp-loops", job);
    backends::RunStats stats;
    runtime::reset_memory_peak();
    const std::int64_t before = runtime::memory_counts().current;
    const Results got = loops->call(arguments, &stats);
    check_bytes(f, stats, arguments, runtime::memory_counts().peak - before);
    expect("interp-loops", got, truth);
    expect("ahead of time", aot_->call(f, arguments, truth, Layout::pointers), truth);
    expect("ahead of time, strided", aot_->call(f, arguments, truth, Layout::strided), truth);
    expect("ahead of time, mixed", aot_->call(f, arguments, truth, Layout::mixed), truth);
  }

 private:
  void check_few(const Job& job, const backends::Arguments& arguments, const Results& truth) {
    const auto cpu = compile("cpu", job);
    for (int threads : {1, 4}) {
      runtime::set_thread_count(threads);
      expect(fmt::format("cpu, {} threads", threads), cpu->call(arguments, nullptr), truth);
    }
  }

  void check_set(const Job& job, const backends::Arguments& arguments) {
    const ir::Function& f = function(module_, job.function);
    const bool here = ir::runs_here(options_.target);
    if (!job.error.empty()) {
      const std::string truth = error_of([&] { interpret(module_, job, arguments); });
      const auto run = [&] { compile("cpu", job)->call(arguments, nullptr); };
      if (const std::string error = here ? error_of(run) : truth; error != truth) {
        throw Failure{"cpu", error + " instead of " + truth};
      }
      return check_status(job, [&](Layout layout) {
        program_->call(f, arguments, empty_results(f, arguments), layout);
      });
    }
    const Results truth = interpret(module_, job, arguments);
    check_truth(job, truth);
    if (here) expect("cpu", compile("cpu", job)->call(arguments, nullptr), truth);
    expect("ahead of time", program_->call(f, arguments, truth, Layout::pointers), truth);
    expect("ahead of time, strided", program_->call(f, arguments, truth, Layout::strided), truth);
  }

  // NumPy's sentence, and on all rungs the same place and index.
  void check_error(const Job& job, const backends::Arguments& arguments) {
    const ir::Function& f = function(module_, job.function);
    const std::string truth = error_of([&] { interpret(module_, job, arguments); });
    if (truth.find(job.error) == std::string::npos) throw Failure{"interp against NumPy", truth};
    const auto same = [&](const std::string& rung, const std::string& error) {
      if (error != truth) throw Failure{rung, error + " instead of " + truth};
    };
    ir::Module one = only(job);
    // Sizes that do not fit are found before any pass has a part in it.
    if (specialise_for(one.functions[0], arguments)) {
      check_passes(std::move(one), [&](const std::string& rung, const ir::Module& module) {
        same(rung, error_of([&] { interpret(module, job, arguments); }));
      });
    }
    for (int threads : {1, 2, 4}) {
      runtime::set_thread_count(threads);
      same(fmt::format("cpu, {} threads", threads),
           error_of([&] { compile("cpu", job)->call(arguments, nullptr); }));
    }
    runtime::set_thread_count(2);
    same("interp-loops", error_of([&] { compile("interp-loops", job)->call(arguments, nullptr); }));
    const Results shapes = empty_results(f, arguments);
    check_status(job, [&](Layout layout) { aot_->call(f, arguments, shapes, layout); });
  }

  template <typename Call>
  static void check_status(const Job& job, Call&& call) {
    for (const Layout layout : {Layout::pointers, Layout::strided, Layout::mixed}) {
      try {
        call(layout);
      } catch (const BadStatus& bad) {
        if (bad.status == status_of(job.error)) continue;
        throw Failure{"ahead of time", bad.what()};
      }
      throw Failure{"ahead of time", "no error"};
    }
  }

  static bool specialise_for(ir::Function& f, const backends::Arguments& arguments) {
    try {
      f = backends::specialised_for(f, arguments);
    } catch (const ir::Error&) {
      return false;
    }
    return true;
  }

  template <typename Run>
  static std::string error_of(Run&& run) {
    try {
      run();
    } catch (const ir::Error& error) {
      return error.what();
    }
    return "no error";
  }

  static int status_of(const std::string& sentence) {
    return sentence.starts_with("Integers to negative") ? ARRAYC_NEGATIVE_POWER : ARRAYC_BAD_SHAPE;
  }

  // Room for the results of a function that fails.
  static Results empty_results(const ir::Function& f, const backends::Arguments& arguments) {
    const auto sizes = sizes_of(f, arguments);
    Results results;
    for (std::size_t r = 0; r < ir::result_count(f); ++r) {
      const ir::Type& type = f.graph[f.results[r]].type;
      std::vector<std::int64_t> shape;
      for (const ir::Extent& e : type.shape) {
        shape.push_back(e.evaluate([&](const std::string& name) -> std::optional<std::int64_t> {
          return sizes.at(name);
        }));
      }
      results.push_back(runtime::make_array(static_cast<arrayc_dtype>(type.dtype), shape));
    }
    return results;
  }

  static void expect(const std::string& rung, const Results& got, const Results& expected,
                     double rtol = 0, bool signed_zero = true) {
    const std::string difference = compare(got, expected, rtol, signed_zero);
    if (!difference.empty()) throw Failure{rung, difference};
  }

  static void check_truth(const Job& job, const Results& got) {
    const std::string rung = "interp against NumPy";
    if (!job.has_bounds) return expect(rung, got, read_outputs(job), job.rtol, false);
    const std::string difference = compare_within(got, read_outputs(job), read_bounds(job));
    if (!difference.empty()) throw Failure{rung, difference};
  }

  static const ir::Function& function(const ir::Module& module, const std::string& name) {
    for (const ir::Function& f : module.functions) {
      if (f.name == name) return f;
    }
    throw Failure{"front end", "no function " + name};
  }

  Results interpret(const ir::Module& module, const Job& job,
                    const backends::Arguments& arguments) {
    return backends::interpret_module(module, job.function, session_.registry(), options_.target,
                                      arguments);
  }

  std::unique_ptr<backends::Callable> compile(const char* backend, const Job& job) {
    return session_.backend(backend).compile(only(job), job.function, session_.registry(),
                                             options_);
  }

  ir::Module only(const Job& job) const {
    ir::Module one;
    one.source_file = module_.source_file;
    one.functions.push_back(function(module_, job.function));
    return one;
  }

  void check_text(const std::string& rung, const ir::Module& module) {
    const std::string text = ir::print(module);
    const std::string again = ir::print(ir::parse(text, "text", session_.registry()));
    if (text != again) throw Failure{rung, "the text does not parse back to itself:\n" + text};
  }

  // The interpreter after every pass, and the text of every stage read back.
  template <typename Check>
  void check_passes(ir::Module module, Check&& check) {
    check_text("text of what passes start with", module);
    passes::RunOptions options;
    options.observers.push_back({[&](const passes::Pass& pass, const ir::Module& m, double) {
      const std::string rung = "after " + std::string(pass.name);
      check_text("text " + rung, m);
      check(rung, m);
    }});
    const passes::Context context{session_.registry(), options_.target};
    passes::run(passes::array_pipeline(), module, context, options);
    passes::run(passes::kernel_pipeline(), module, context, options);
  }

  static void check_structure(const Job& job, const backends::RunStats& stats) {
    const auto must_be = [](const char* what, std::int64_t expected, std::int64_t got) {
      if (expected >= 0 && expected != got) {
        throw Failure{"structure", fmt::format("{} {} instead of {}", got, what, expected)};
      }
    };
    must_be("kernels", job.kernels, stats.kernels);
    must_be("temporaries", job.temporaries, stats.temporaries);
    must_be("bytes of scratch", job.scratch, stats.scratch_bytes);
    must_be("bytes at the peak", job.peak, stats.temporary_bytes + stats.scratch_bytes);
  }

  // What was predicted is what was counted, by the executor and by the allocator.
  static void check_bytes(const ir::Function& f, const backends::RunStats& stats,
                          const backends::Arguments& arguments, std::int64_t allocated) {
    const auto same = [](const char* what, std::int64_t predicted, std::int64_t counted) {
      if (predicted == counted) return;
      throw Failure{"bytes", fmt::format("{} {} predicted, {} counted", predicted, what, counted)};
    };
    std::int64_t given = 0;
    for (std::size_t p = 0; p < arguments.arrays.size(); ++p) {
      const runtime::Array& array = arguments.arrays[p];
      if (f.params[p].kind != ir::ParamKind::array) continue;
      given += runtime::element_count(array.shape) * runtime::item_size(array.dtype);
    }
    same("bytes at the peak", stats.peak_bytes, stats.counted_peak);
    same("bytes at the peak", stats.peak_bytes, given + allocated);
    if (stats.counted_read < 0) return;
    same("bytes read", stats.bytes_read, stats.counted_read);
    same("bytes written", stats.bytes_written, stats.counted_written);
  }

  Session& session_;
  ir::Module module_;
  backends::CompileOptions options_;
  std::unique_ptr<AheadOfTime> aot_;
  std::unique_ptr<Program> program_;  // of an instruction set, instead of the other rungs
};

ir::Module read(Session& session, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return session.front_end_for(path).read(text.str(), path, {}, session.registry());
}

int run(const std::string& file, const std::string& jobs_file,
        const std::optional<InstructionSet>& set, bool few) {
  const std::vector<Job> jobs = read_jobs(jobs_file);
  Session& session = Session::current();
  int failed = 0;
  try {
    const std::string folder = jobs_file.substr(0, jobs_file.rfind('/'));
    ir::Module module = read(session, file);
    Ladder ladder = set ? Ladder(session, std::move(module), folder, *set)
                        : Ladder(session, std::move(module), folder, few);
    for (const Job& job : jobs) {
      const std::string name = job.folder.substr(job.folder.rfind('/') + 1);
      try {
        ladder.check(job);
        std::cout << "ok " << name << std::endl;
        continue;
      } catch (const Failure& f) {
        std::cout << fmt::format("FAIL {}: {}: {}", name, f.rung, f.difference) << std::endl;
      } catch (const std::exception& e) {
        std::cout << fmt::format("FAIL {}: {}", name, e.what()) << std::endl;
      }
      ++failed;
    }
  } catch (const std::exception& e) {
    std::cout << "FAIL " << file << ": " << e.what() << std::endl;
    return 1;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

}  // namespace arrayc::ladder

int main(int argc, char** argv) {
  const bool few = argc == 4 && std::string_view(argv[1]) == "--few";
  if (argc != 3 && argc != 7 && !few) {
    std::cerr << "usage: arrayc-ladder [--few] FILE.py JOBS [SYSTEM CPU COMPILER LAUNCHER]\n";
    return 2;
  }
  std::optional<arrayc::ladder::InstructionSet> set;
  if (argc == 7) set = {argv[3], argv[4], argv[5], argv[6]};
  return arrayc::ladder::run(argv[few ? 2 : 1], argv[few ? 3 : 2], set, few);
}
