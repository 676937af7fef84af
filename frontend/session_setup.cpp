// What is registered with a session, and its options.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "frontend/dump.h"
#include "frontend/plugin.h"
#include "frontend/session.h"
#include "ir/diagnostic.h"
#include "runtime/threads.h"

namespace arrayc {

#define FRONT_END(name) FrontEnd name##_front_end();
#include "frontend/frontends.def"

Session& Session::current() {
  // Never destroyed: threads and other static objects may use it to the end.
  static Session* const session = from_environment().release();
  return *session;
}

std::unique_ptr<Session> Session::from_environment() {
  auto session = std::make_unique<Session>();
  Options options;
  try {
    for (const EnvironmentVariable& v : environment_variables()) {
      if (v.is_option) {
        set_option(options, v.name, v.value);
      } else {
        fmt::print(stderr, "arrayc: warning: the environment variable {} means nothing\n", v.name);
      }
    }
    session->set_options(options);
    for (const std::string& path : split_list(options.plugins, ':')) session->load_plugin(path);
  } catch (const ir::Error& error) {
    session->environment_error_ = error;
  }
  return session;
}

void Session::check_environment() const {
  if (environment_error_) throw ir::Error(*environment_error_);
}

Session::Session(const Options& options) {
#define FRONT_END(name) add_front_end(name##_front_end());
#include "frontend/frontends.def"
  set_options(options);
  for (const std::string& path : split_list(options.plugins, ':')) load_plugin(path);
}

Session::~Session() = default;

// What is registered or set now would make other programs.
void Session::forget_programs() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  programs_.clear();
  const std::lock_guard lock(graph_mutex_);
  known_graphs_.clear();
}

void Session::add_ufunc(const ir::Ufunc& ufunc) { registry_.add(ufunc); }

void Session::add_pass(const PassPlace& added) {
  std::optional<ir::Phase> phase;
  if (added.after.empty()) phase = passes::array_pipeline().front().before;
  const auto look = [&](const passes::Pass& pass) {
    if (pass.name == added.pass.name) {
      ir::user_error(fmt::format("there is a pass named '{}' already", pass.name));
    }
    if (pass.name == added.after) phase = pass.after;
  };
  for (const passes::Pass& pass : passes::array_pipeline()) look(pass);
  for (const passes::Pass& pass : passes::kernel_pipeline()) look(pass);
  for (const PassPlace& other : passes_) look(other.pass);
  if (!phase) {
    ir::user_error(fmt::format("the pass '{}' cannot follow '{}': there is no such pass",
                               added.pass.name, added.after));
  }
  if (added.pass.before != *phase || added.pass.after != *phase) {
    ir::user_error(
        fmt::format("the pass '{}' needs or makes another phase than the module is in "
                    "after '{}'",
                    added.pass.name, added.after));
  }
  passes_.push_back(added);
  forget_programs();
}

void Session::add_backend(std::unique_ptr<backends::Backend> backend) {
  const std::lock_guard lock(settings_mutex_);
  backends_.add(std::move(backend));
}

void Session::add_front_end(FrontEnd front_end) {
  for (const FrontEnd& other : front_ends_) {
    for (const std::string& extension : front_end.extensions) {
      if (std::count(other.extensions.begin(), other.extensions.end(), extension) == 0) continue;
      ir::user_error(
          fmt::format("{} files are read by the front end {} already", extension, other.name));
    }
  }
  front_ends_.push_back(std::move(front_end));
}

void Session::load_plugin(const std::string& path) { load_plugin_file(path, *this); }

const FrontEnd& Session::front_end_for(const std::string& file_name) const {
  const std::string extension = std::filesystem::path(file_name).extension().string();
  std::string known;
  for (const FrontEnd& front_end : front_ends_) {
    for (const std::string& e : front_end.extensions) {
      if (e == extension) return front_end;
      known += (known.empty() ? "" : ", ") + e;
    }
  }
  ir::user_error(fmt::format("nothing reads files like '{}'", file_name), {}, "known: " + known);
}

std::vector<BackendInfo> Session::backends() const {
  const std::lock_guard lock(settings_mutex_);
  return backends_.all();
}

backends::Backend& Session::backend(std::string_view name) {
  const std::lock_guard lock(settings_mutex_);
  return backends_.get(name);
}

backends::Backend& Session::backend() { return default_backend(); }

// Without an option it is cpu, or, where its module is missing, the interpreter.
backends::Backend& Session::default_backend() {
  const std::lock_guard lock(settings_mutex_);
  if (!options_.backend.empty()) return backends_.get(options_.backend);
  try {
    return backends_.get("cpu");
  } catch (const ir::Error& error) {
    fmt::print(stderr, "arrayc: warning: {}; programs are interpreted\n", error.message());
    options_.backend = "interp";
  }
  return backends_.get(options_.backend);
}

ir::Module Session::divided(ir::Module module) {
  if (!options().backend.empty()) backend().divide(module);
  return module;
}

Options Session::options() const {
  const std::lock_guard lock(settings_mutex_);
  return options_;
}

void Session::set_options(const Options& options) {
  const std::lock_guard lock(settings_mutex_);
  if (!options.backend.empty() && !backends_.has(options.backend)) backends_.get(options.backend);
  ir::make_targets(options.target_cpu, options.target);
  if (options.num_threads != options_.num_threads) runtime::set_thread_count(options.num_threads);
  if (options.dump_dir != options_.dump_dir) {
    observers_.clear();
    if (!options.dump_dir.empty()) observers_.push_back(dump_to_folder(options.dump_dir));
  }
  const bool same_programs =
      options.backend == options_.backend && options.target_cpu == options_.target_cpu &&
      options.target == options_.target && options.disabled_passes == options_.disabled_passes &&
      options.dump_dir == options_.dump_dir && options.small_work == options_.small_work;
  options_ = options;
  logging_.store(options.log, std::memory_order_relaxed);
  graph_limit_.store(options.graph_mib == 0 ? std::numeric_limits<std::int64_t>::max()
                                            : std::int64_t{options.graph_mib} << 20,
                     std::memory_order_relaxed);
  if (!same_programs) forget_programs();
}

PrintOptions Session::print_options() const {
  const std::lock_guard lock(settings_mutex_);
  return print_options_;
}

void Session::set_print_options(const PrintOptions& options) {
  const std::lock_guard lock(settings_mutex_);
  print_options_ = options;
}

backends::CompileOptions Session::compile_options() const {
  check_environment();
  const std::lock_guard lock(settings_mutex_);
  backends::CompileOptions compile;
  compile.clones = ir::make_targets(options_.target_cpu, options_.target);
  compile.target = ir::best_here(compile.clones);
  for (std::string& name : split_list(options_.disabled_passes, ',')) {
    compile.passes.disabled.insert(std::move(name));
  }
  compile.passes.observers = observers_;
  compile.passes.verify = options_.verify;
  compile.passes.added = passes_;
  return compile;
}

}  // namespace arrayc
