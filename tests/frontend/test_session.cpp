// The session: computing once, programs that are reused, threads, options, long graphs.
#include <arrayc/arrayc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

#include "frontend/session.h"
#include "frontend/work.h"
#include "ir/build.h"
#include "tests/catch.h"
#include "tests/frontend/compile_all.h"

using namespace arrayc;
namespace fs = std::filesystem;

namespace {

// What this thread has computed, however busy the machine is.
double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

ir::Value ramp(std::int64_t count, ir::DType dtype = ir::DType::F64) {
  const ir::Value numbers = ir::build::astype(ir::build::iota(count, {}), dtype, {});
  Session::current().compute({&numbers, 1});
  return numbers;
}

ir::Value add(const ir::Value& a, const ir::Value& b) {
  return ir::build::binary_operator("+", a, b, {});
}

const double* data(const std::shared_ptr<const Storage>& storage) {
  return static_cast<const double*>(storage->array.data);
}

// Runs f on a thread with a stack of 256 kB.
template <typename F>
void on_small_stack(F f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  pthread_t thread;
  const auto run = [](void* body) -> void* {
    (*static_cast<F*>(body))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE("a value is computed once", "[session]") {
  Session session;
  const ir::Value x = ramp(4);
  const ir::Value y = add(x, x);
  const auto first = session.compute({&y, 1})[0];
  const auto second = session.compute({&y, 1})[0];
  CHECK(first == second);
  CHECK(data(first)[3] == 6);
  // What uses it reads its memory: one parameter and one addition.
  const ir::Value z = add(y, y);
  const ir::Function function = session.function_of({&z, 1});
  CHECK(function.params.size() == 1);
  CHECK(function.graph.size() == 2);
  CHECK(data(session.compute({&z, 1})[0])[3] == 12);
}

TEST_CASE("several values are one program", "[session]") {
  Session session;
  const ir::Value x = ramp(100);
  const ir::Value values[] = {add(x, x), ir::build::sum(x, {}, {}), x};
  const auto results = session.compute(values);
  CHECK(data(results[0])[99] == 198);
  CHECK(data(results[1])[0] == 4950);
  CHECK(results[2] == session.storage(x));
  CHECK(results[0]->program == results[1]->program);
}

TEST_CASE("equal programs of other sizes and numbers are known", "[session]") {
  Session session;
  const auto run = [&](std::int64_t n) {
    const ir::Value x = ramp(n);
    const ir::Value y = add(x, x);
    session.compute({&y, 1});
    return session.last_run().known;
  };
  CHECK_FALSE(run(1000));
  CHECK(run(1000));
  CHECK(run(2000));
  CHECK_FALSE(run(3));  // small extents are constants of the kernel
}

TEST_CASE("layouts are part of a program", "[session]") {
  Session session;
  const std::vector<double> memory{0, 1, 2, 3, 4, 5};
  auto storage = std::make_shared<Storage>();
  storage->array.data = const_cast<double*>(memory.data());
  storage->array.dtype = ARRAYC_F64;
  storage->array.shape = {2, 3};
  storage->array.strides = {8, 16};
  const ir::Value x = ir::record_leaf({ir::DType::F64, {2, 3}}, storage, "", ir::Weak::strong, {});
  const ir::Value y = add(x, x);
  const ir::Function function = session.function_of({&y, 1});
  CHECK_FALSE(function.params[0].layout.contiguous);
  CHECK(function.params[0].layout.unit_axis == 0);
  const auto result = session.compute({&y, 1})[0];
  CHECK(std::vector<double>(data(result), data(result) + 6) ==
        std::vector<double>{0, 4, 8, 2, 6, 10});
}

TEST_CASE("threads compute a shared value once and their own at the same time", "[session]") {
  Session session;
  for (int round = 0; round < 20; ++round) {
    const ir::Value x = ramp(5000 + round);
    const ir::Value shared = ir::build::sum(add(x, x), {}, {});
    std::vector<std::shared_ptr<const Storage>> seen(8);
    std::vector<double> own(8);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < seen.size(); ++t) {
      threads.emplace_back([&, t] {
        const ir::Value mine =
            add(shared, ir::build::scalar(ir::Scalar::of(double(t)), ir::Weak::floating, {}));
        const ir::Value both[] = {mine, shared};
        const auto results = session.compute(both);
        seen[t] = results[1];
        own[t] = data(results[0])[0];
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double expected = (5000.0 + round) * (4999.0 + round);
    for (std::size_t t = 0; t < seen.size(); ++t) {
      CHECK(seen[t] == seen[0]);
      CHECK(own[t] == expected + double(t));
    }
  }
}

TEST_CASE("every backend gives the same bits", "[session]") {
  const ir::Value x = ramp(1000, ir::DType::F32);
  std::vector<std::vector<float>> results;
  for (const BackendInfo& info : Session::current().backends()) {
    Session session;
    Options options;
    options.backend = info.name;
    options.small_work = false;
    session.set_options(options);
    const ir::Value root[] = {x};
    const ir::Value y =
        ir::build::sum(ir::build::ufunc(*ir::find_builtin_ufunc("sin"), root, {}), {}, {});
    const auto storage = session.compute({&y, 1})[0];
    const auto* const value = static_cast<const float*>(storage->array.data);
    results.push_back({value, value + 1});
    CHECK(session.last_run().backend == info.name);
    CHECK(results.back() == results.front());
  }
  CHECK(results.size() >= 3);
}

TEST_CASE("small programs are interpreted until compiling pays", "[session]") {
  Session session;
  if (session.backend().name() != "cpu") return;
  const ir::Value small = add(ramp(4), ramp(4));
  session.compute({&small, 1});
  CHECK(session.last_run().backend == "interp");
  const ir::Value x = ramp(3'000'000);
  const ir::Value large = add(x, x);
  session.compute({&large, 1});
  CHECK(session.last_run().backend == "cpu");
  Options options;
  options.small_work = false;
  session.set_options(options);
  const ir::Value again = add(ramp(4), ramp(4));
  session.compute({&again, 1});
  CHECK(session.last_run().backend == "cpu");
}

TEST_CASE("work is estimated from extents and costs", "[session]") {
  Session session;
  const ir::Value small = add(ramp(20), ramp(20));
  const ir::Value x = ramp(1'000'000);
  const ir::Value large = add(x, x);
  const Prepared few = session.prepare({&small, 1});
  const Prepared many = session.prepare({&large, 1});
  const WorkEstimate a = estimate_work(few.program->function, few.symbols);
  const WorkEstimate b = estimate_work(many.program->function, many.symbols);
  CHECK(a.interpret_seconds < a.compile_seconds);
  CHECK(b.interpret_seconds > 100 * a.interpret_seconds);
}

TEST_CASE("options are read by flag, field and environment name", "[session]") {
  Options options;
  set_option(options, "backend", "interp");
  CHECK(options.backend == "interp");
  set_option(options, "threads", "3");
  CHECK(options.num_threads == 3);
  for (const char* yes : {"1", "yes", "ON", "True"}) {
    options.log = false;
    set_option(options, "log", yes);
    CHECK(options.log);
  }
  for (const char* no : {"0", "no", "off", "false", ""}) {
    set_option(options, "log", no);
    CHECK_FALSE(options.log);
  }
  CHECK_THROWS_WITH(set_option(options, "log", "perhaps"),
                    Catch::Matchers::Contains("'perhaps' is neither yes nor no"));
  CHECK_THROWS_WITH(set_option(options, "threads", "-1"),
                    Catch::Matchers::Contains("'-1' is not a number"));
  CHECK_THROWS_WITH(set_option(options, "speed", "1"),
                    Catch::Matchers::Contains("there is no option 'speed'"));
  for (const OptionInfo& info : all_options()) CHECK(info.environment.starts_with("ARRAYC_"));
}

namespace {

// A variable of the environment, until the end of a test.
class WithVariable {
 public:
  WithVariable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~WithVariable() { unsetenv(name_); }
  WithVariable(const WithVariable&) = delete;
  WithVariable& operator=(const WithVariable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("options are taken from the environment", "[session]") {
  const WithVariable known("ARRAYC_TARGET_CPU", "x86-64-v2"), unknown("ARRAYC_TARGT_CPU", "x");
  const auto is_unknown = [](const EnvironmentVariable& v) {
    return v.name == "ARRAYC_TARGT_CPU" && v.value == "x" && !v.is_option;
  };
  CHECK(std::ranges::count_if(environment_variables(), is_unknown) == 1);
  CHECK(Session::from_environment()->options().target_cpu == "x86-64-v2");
}

TEST_CASE("a wrong value in the environment is an error of what is computed", "[session]") {
  const auto [name, value, message] = GENERATE(table<const char*, const char*, const char*>(
      {{"ARRAYC_GRAPH_MIB", "many", "ARRAYC_GRAPH_MIB: 'many' is not a number"},
       {"ARRAYC_LOG", "perhaps", "ARRAYC_LOG: 'perhaps' is neither yes nor no"},
       {"ARRAYC_BACKEND", "nobody", "there is no backend named 'nobody'"},
       {"ARRAYC_TARGET_CPU", "z80", "z80"},
       {"ARRAYC_PLUGINS", "/nowhere.so", "/nowhere.so"}}));
  const WithVariable wrong(name, value);
  const auto session = Session::from_environment();
  const ir::Value x = ramp(10);
  const ir::Value y = add(x, x);
  CHECK_THROWS_WITH(session->compute({&y, 1}), Catch::Contains(message));
  CHECK_THROWS_WITH(session->compute({&y, 1}), Catch::Contains(message));
  CHECK_THROWS_AS(session->check_environment(), ir::Error);
  Session other;
  CHECK(data(other.compute({&y, 1})[0])[3] == 6);
}

TEST_CASE("names that nothing has are user errors that list what there is", "[session]") {
  Session session;
  Options options;
  options.backend = "gpu";
  CHECK_THROWS_WITH(session.set_options(options),
                    Catch::Matchers::Contains("there is no backend named 'gpu'"));
  CHECK_THROWS_WITH(session.front_end_for("x.f90"),
                    Catch::Matchers::Contains("nothing reads files like 'x.f90'"));
  options.backend = "";
  options.target_cpu = "z80";
  CHECK_THROWS_AS(session.set_options(options), ir::Error);
  CHECK(session.front_end_for("a/b/kernel.py").name == "numpy");
  CHECK(session.front_end_for("x.air").name == "air");
}

TEST_CASE("every backend of the table can be loaded", "[session]") {
  Session session;
  for (const BackendInfo& info : session.backends()) {
    CHECK(session.backend(info.name).name() == info.name);
    CHECK_FALSE(info.doc.empty());
  }
}

TEST_CASE("passes are checked when they are added", "[session]") {
  Session session;
  const auto nothing = [](ir::Module&, const passes::Context&) {};
  const auto pass = [&](std::string_view name, ir::Phase phase) {
    return passes::Pass{name, "nothing", phase, phase, +nothing};
  };
  session.add_pass({pass("first", ir::Phase::source), ""});
  session.add_pass({pass("second", ir::Phase::source), "first"});
  CHECK_THROWS_WITH(session.add_pass({pass("first", ir::Phase::source), ""}),
                    Catch::Matchers::Contains("there is a pass named 'first' already"));
  CHECK_THROWS_WITH(session.add_pass({pass("third", ir::Phase::source), "nowhere"}),
                    Catch::Matchers::Contains("there is no such pass"));
  CHECK_THROWS_WITH(session.add_pass({pass("third", ir::Phase::source), "fuse"}),
                    Catch::Matchers::Contains("another phase"));
}

TEST_CASE("a dump folder gets one numbered file for every pass", "[session]") {
  const fs::path folder = fs::temp_directory_path() / ("arrayc_dumps_" + std::to_string(getpid()));
  Session session;
  Options options;
  options.dump_dir = folder.string();
  options.backend = "interp-loops";
  session.set_options(options);
  const ir::Value x = ramp(100);
  const ir::Value y = add(x, x);
  session.compute({&y, 1});
  CHECK(fs::exists(folder / "0003-simplify.air"));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files += 1;
    CHECK(fs::file_size(entry.path()) > 0);
  }
  CHECK(files >= passes::array_pipeline().size());
  fs::remove_all(folder);
}

TEST_CASE("dumps, explanations and saved programs of the C++ interface", "[session]") {
  const Array x = arange(1000) * 0.5;
  const Array y = sqrt(x) + 1;
  CHECK(dump(y, Stage::graph).find("sqrt") != std::string::npos);
  CHECK(dump(y, Stage::fused).find("kernel func @k0") != std::string::npos);
  CHECK(dump(y, Stage::loops).find("sqrt") != std::string::npos);
  CHECK(explain(y).find("1 kernel") != std::string::npos);
  eval(y);
  CHECK(dump(y, Stage::graph).find("sqrt") != std::string::npos);  // what ran
  const fs::path path =
      fs::temp_directory_path() / ("arrayc_saved_" + std::to_string(getpid()) + ".air");
  save_air(path.string(), {sum(x), x + 1});
  CHECK(fs::file_size(path) > 0);
  fs::remove(path);
  if (Session::current().backend().name() == "cpu") {
    CHECK(dump(y, Stage::llvm).find("define") != std::string::npos);
    CHECK(dump(y, Stage::assembly).find("ret") != std::string::npos);
  }
}

TEST_CASE("a chain of a million nodes is built, computed and freed on a small stack", "[session]") {
  double result = 0, seconds = 0;
  on_small_stack([&] {
    Array x = zeros(8);
    for (int i = 0; i < 1'000'000; ++i) x = x + 1.0;
    result = x[7].item<double>();
    seconds = thread_seconds();
  });
  CHECK(result == 1e6);
  CHECK(seconds < 60);  // some; were each operation to look at all others, hours
}

namespace {

// Options of the process's session, until the end of a test.
class WithGraphLimit {
 public:
  explicit WithGraphLimit(int mib) : before_(Session::current().options()) {
    Options options = before_;
    options.graph_mib = mib;
    Session::current().set_options(options);
  }
  ~WithGraphLimit() { Session::current().set_options(before_); }
  WithGraphLimit(const WithGraphLimit&) = delete;
  WithGraphLimit& operator=(const WithGraphLimit&) = delete;

 private:
  const Options before_;
};

constexpr std::int64_t mib = 1 << 20;

}  // namespace

TEST_CASE("what is recorded takes bounded memory, though nobody asks for a value", "[session]") {
  const WithGraphLimit limit(4);
  const std::int64_t start = ir::recorded_bytes();
  const std::int64_t before = stats().forced_evaluations;
  Array x = zeros(8);
  std::int64_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    x = x + 1.0;
    most = std::max(most, ir::recorded_bytes() - start);
  }
  CHECK(most > 2 * mib);
  CHECK(most < 6 * mib);
  CHECK(stats().forced_evaluations > before);
  CHECK(stats().forced.find("ARRAYC_GRAPH_MIB allows 4") != std::string::npos);
  CHECK(x[3].item<double>() == 1e5);
  CHECK(stats().forced.empty());
  x += 1.0;
  for (int i = 1; i < 50'000; ++i) x += 1.0;
  CHECK(ir::recorded_bytes() - start < 6 * mib);
  CHECK(x[3].item<double>() == 1.5e5);
}

TEST_CASE("values that somebody holds do not make each operation walk the graph", "[session]") {
  const WithGraphLimit limit(4);
  const std::int64_t before = stats().forced_evaluations;
  std::vector<Array> held{zeros(8)};
  for (int i = 0; i < 30'000; ++i) held.push_back(held.back() + 1.0);
  CHECK(stats().forced_evaluations - before < 40);
  CHECK(held.back()[0].item<double>() == 30'000);
  CHECK(held[17][0].item<double>() == 17);
}

TEST_CASE("an error of what is computed early is told to who asks for it", "[session]") {
  const WithGraphLimit limit(1);
  Array x = array({1, 2, 3}) * 1;
  x = power(x, zeros({3}, i64) - 1);
  for (int i = 0; i < 20'000; ++i) x = x + 1;
  CHECK_THROWS_AS(x[0].item<std::int64_t>(), UserError);
}

TEST_CASE("where computing is forbidden, too long a graph is an error", "[session]") {
  const WithGraphLimit limit(1);
  Array x = zeros(8);
  const no_implicit_eval scope;
  const auto record = [&] {
    for (int i = 0; i < 20'000; ++i) x = x + 1.0;
  };
  CHECK_THROWS_WITH(record(), Catch::Matchers::Contains("while a no_implicit_eval scope is alive"));
}

TEST_CASE("a bound of 0 is none", "[session]") {
  const WithGraphLimit limit(0);
  const std::int64_t before = stats().forced_evaluations;
  Array x = zeros(8);
  for (int i = 0; i < 20'000; ++i) x = x + 1.0;
  CHECK(stats().forced_evaluations == before);
}

TEST_CASE("a chain that is never computed is freed on a small stack", "[session]") {
  on_small_stack([] {
    Array x = zeros(8);
    Array view = x;
    for (int i = 0; i < 200'000; ++i) {
      x = sqrt(x);
      view = view.T();
    }
    CHECK(view.shape() == Shape{8});
  });
}

TEST_CASE("steps that repeat over a larger array", "[session]") {
  double result = 0;
  on_small_stack([&] {
    Array u = arange(5000) * 1.0;
    for (int i = 0; i < 2000; ++i) u = u * 0.5 + u(slice(none, none, -1)) * 0.5;
    result = u[0].item<double>();
  });
  CHECK(result == Approx(2499.5));
}

TEST_CASE("one expression over arrays of many kinds, again and again", "[session]") {
  const tests::CompileAll compile_all;
  const auto f = [](const Array& x, const Array& y) { return x * 2 + y; };
  std::vector<char> bytes(8 * 3 + 1);
  const double numbers[] = {0, 1, 2};
  std::memcpy(bytes.data() + 1, numbers, sizeof numbers);
  const Array odd = borrow(reinterpret_cast<const double*>(bytes.data() + 1), {3});
  const Array small = arange(3) * 1.0;
  const Array large = arange(1000) * 1.0;
  const Array backwards = small(slice(none, none, -1)).copy();
  const Array every_other = arange(6)(slice(none, none, 2)) * 0.5;
  const Array table = arange(12).reshape({3, 4}) * 1.0;
  eval(small, large, backwards, every_other, table);
  const double strided[] = {5, 0, 6, 0, 7, 0};
  const Array steps = borrow(strided, {3}, {16});
  for (int i = 0; i < 5; ++i) {  // from the third on, what is contiguous is run as it was settled
    CHECK(str(f(small, small)) == "[0. 3. 6.]");
    CHECK(str(f(odd, small)) == "[0. 3. 6.]");
    CHECK(str(f(small, backwards)) == "[2. 3. 4.]");
    CHECK(str(f(every_other, small)) == "[0. 3. 6.]");
    CHECK(str(f(steps, small)) == "[10. 13. 16.]");
    CHECK(f(large, large).max().item<double>() == 2997);
    CHECK(f(table, table)(2, 3).item<double>() == 33);
    CHECK(f(small.astype(f32), small.astype(f32)).dtype() == f32);
    CHECK(str(small * 2 + i) == str(small + small + i));
    CHECK_THROWS_AS(eval(f(small, large)), UserError);
    CHECK_THROWS_AS(eval(power(arange(3), -1 - arange(3))), UserError);
  }
  CHECK(stats().backend == "cpu");
}

TEST_CASE("several values of a known graph, one of them twice or known already", "[session]") {
  const tests::CompileAll compile_all;
  const Array x = arange(4) * 1.0;
  eval(x);
  for (int i = 0; i < 5; ++i) {
    const Array a = x + 1, b = a * a;
    if (i % 2 == 1) eval(a);
    eval(a, b, b);
    CHECK(str(a) == "[1. 2. 3. 4.]");
    CHECK(str(b) == "[ 1.  4.  9. 16.]");
    const Array c = x - 1, d = c * c;
    eval(d, c);
    CHECK(stats().cached == (i > 0));
    CHECK(str(c) == "[-1.  0.  1.  2.]");
    CHECK(str(d) == "[1. 0. 1. 4.]");
    CHECK(stats().kernels == 1);
  }
}

TEST_CASE("threads evaluate known graphs, shared ones and their own", "[session]") {
  const tests::CompileAll compile_all;
  const Array x = arange(64) * 1.0;
  const auto f = [&](const Array& number) { return sqrt(x * x) + number * number; };
  const Array two = array(2.0);
  for (int i = 0; i < 3; ++i) eval(f(two));
  std::atomic<int> wrong{0};
  for (int round = 0; round < 50; ++round) {
    const Array shared = f(two);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const Array mine = f(array(1.0 * t));
        eval(mine, shared);
        if (mine.to_vector<double>()[63] != 63 + t * t) ++wrong;
        if (shared.to_vector<double>()[1] != 5) ++wrong;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(wrong == 0);
}
