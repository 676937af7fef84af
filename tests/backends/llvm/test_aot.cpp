// Functions compiled ahead of time: called through their generated header from C, and compared with
// the interpreter.
#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backends/backend.h"
#include "backends/interp/interp.h"
#include "ir/diagnostic.h"
#include "ir/registry.h"
#include "ir/target.h"
#include "ir/text.h"
#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

extern "C" arrayc::backends::Backend* arrayc_backend_create();

namespace arrayc::tests {
namespace {

backends::Backend& cpu() {
  static const std::unique_ptr<backends::Backend> one(arrayc_backend_create());
  return *one;
}

ir::Registry& registry() {
  static ir::Registry one;
  return one;
}

backends::CompileOptions options() {
  backends::CompileOptions o;
  o.target = ir::make_target("native");
  return o;
}

std::string emit(const std::string& source, const std::string& kind) {
  return cpu().emit(ir::parse(source, "k.air", registry()), kind, "k", registry(), options());
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "arrayc-aot-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

// The functions of a module beside C code that includes their header, loaded into this process.
class Loaded {
 public:
  Loaded(const std::string& source, const std::string& c_code, const std::string& flags = "") {
    write("k.o", emit(source, "o"));
    write("k.h", emit(source, "h"));
    write("user.c", "#include \"k.h\"\n" + c_code);
    run(fmt::format(
        "gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -fopenmp {} user.c k.o "
        "-lm -o k.so",
        flags));
    // Stays loaded: what it keeps for the process would be lost with it.
    static void* const openmp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL);
    REQUIRE(openmp != nullptr);
    handle_ = dlopen((folder_.path + "/k.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) FAIL(dlerror());
  }
  ~Loaded() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  template <typename F>
  F* function(const char* name) const {
    void* found = dlsym(handle_, name);
    REQUIRE(found != nullptr);
    return reinterpret_cast<F*>(found);
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_.path + "/" + name, std::ios::binary) << bytes;
  }
  void run(const std::string& command) const {
    INFO(command);
    REQUIRE(std::system(("cd '" + folder_.path + "' && " + command).c_str()) == 0);
  }
  std::string output(const std::string& command) const {
    run(command + " > output.txt");
    std::ifstream in(folder_.path + "/output.txt");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  Folder folder_;
  void* handle_ = nullptr;
};

const char* const distances = R"(
func @distances(%points: f64[n,2], %p: f64[2]) -> f64[n] {
  %2 = broadcast %p, [n,2] : f64[n,2]
  %3 = subtract %points, %2 : f64[n,2]
  %4 = square %3 : f64[n,2]
  %5 = reduce.add %4, axis=1, lanes=32, chunk=4096 : f64[n]
  %6 = sqrt %5 : f64[n]
  return %6
}
)";

}  // namespace

TEST_CASE("a function for C, plain and with descriptors", "[aot]") {
  const Loaded object(distances, R"(
int plain(const double* points, const double* p, double* out, int64_t n) {
  return distances(points, p, out, n);
}
int strided(double* points, const int64_t* strides, double* p, double* out, int64_t step, int64_t n,
            int64_t wrong_n, int32_t dtype) {
  int64_t shape[2], two = 2, eight = 8, wide = step;
  shape[0] = n; shape[1] = 2;
  arrayc_array a = {points, ARRAYC_F64, 2, shape, strides};
  arrayc_array b = {p, dtype, 1, &two, &eight};
  arrayc_array r = {out, ARRAYC_F64, 1, &wrong_n, &wide};
  return distances_nd(&a, &b, &r);
}
)");
  const std::int64_t n = 1003;
  std::vector<double> points, p{0.25, -3}, out(static_cast<std::size_t>(n)), expected;
  for (std::int64_t i = 0; i < 2 * n; ++i) points.push_back(std::sin(static_cast<double>(i)) * 10);
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = points[static_cast<std::size_t>(2 * i)] - p[0];
    const double y = points[static_cast<std::size_t>(2 * i + 1)] - p[1];
    expected.push_back(std::sqrt(x * x + y * y));
  }
  auto* plain = object.function<int(const double*, const double*, double*, std::int64_t)>("plain");
  CHECK(plain(points.data(), p.data(), out.data(), n) == ARRAYC_OK);
  CHECK(out == expected);
  CHECK(plain(points.data(), p.data(), out.data(), -1) == ARRAYC_BAD_SHAPE);
  CHECK(plain(points.data(), p.data(), out.data(), 0) == ARRAYC_OK);

  auto* strided = object.function<int(double*, const std::int64_t*, double*, double*, std::int64_t,
                                      std::int64_t, std::int64_t, std::int32_t)>("strided");
  const auto call = [&](double* first, std::int64_t s0, std::int64_t s1, std::int64_t step) {
    const std::int64_t strides[] = {s0, s1};
    out.assign(static_cast<std::size_t>(3 * n), -1);
    return strided(first, strides, p.data(), out.data(), step, n, n, ARRAYC_F64);
  };
  CHECK(call(points.data(), 16, 8, 8) == ARRAYC_OK);
  CHECK(std::equal(expected.begin(), expected.end(), out.begin()));
  CHECK(call(&points[static_cast<std::size_t>(2 * n - 2)], -16, 8, 8) == ARRAYC_OK);
  CHECK(std::equal(expected.rbegin(), expected.rend(), out.begin()));
  CHECK(call(points.data(), 16, 8, 24) == ARRAYC_OK);  // every third element of the result
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(out[3 * i] == expected[i]);
    CHECK(out[3 * i + 1] == -1);
  }
  const std::int64_t strides[] = {16, 8};
  CHECK(strided(points.data(), strides, p.data(), out.data(), 8, n, n + 1, ARRAYC_F64) ==
        ARRAYC_BAD_SHAPE);
  CHECK(strided(points.data(), strides, p.data(), out.data(), 8, n, n, ARRAYC_F32) ==
        ARRAYC_BAD_DTYPE);
}

TEST_CASE("scalars by value, several results, temporaries, guards", "[aot]") {
  const Loaded object(R"(
func @mixed(%a: f32[n], %k: scalar i16, %flag: scalar bool, %m: size)
    -> (f32[n], f64[], f32[n], f32[]) {
  %4 = convert %k : f32[]
  %5 = broadcast %4, [n] : f32[n]
  %6 = multiply %a, %5 : f32[n]
  %7 = broadcast %flag, [n] : bool[n]
  %8 = where %7, %6, %a : f32[n]
  %9 = convert %8 : f64[n]
  %10 = reduce.add %9, axis=0, lanes=32, chunk=4096 : f64[]
  %11 = reduce.maximum %a, axis=0 : f32[]
  return %8, %10, %a, %11
}
)",
                      R"(
int call(const float* a, int k, int flag, int64_t m, float* r0, double* r1, float* r2, float* r3,
         int64_t n) {
  return mixed(a, (int16_t)k, flag != 0, m, r0, r1, r2, r3, n);
}
)");
  auto* call = object.function<int(const float*, int, int, std::int64_t, float*, double*, float*,
                                   float*, std::int64_t)>("call");
  std::vector<float> a{1, 2, 3.5, -4}, r0(4), r2(4);
  double r1 = 0;
  float r3 = 0;
  CHECK(call(a.data(), -3, 1, 7, r0.data(), &r1, r2.data(), &r3, 4) == ARRAYC_OK);
  CHECK(r0 == std::vector<float>{-3, -6, -10.5, 12});
  CHECK(r1 == -7.5);
  CHECK(r2 == a);
  CHECK(r3 == 3.5F);
  CHECK(call(a.data(), -3, 0, 7, r0.data(), &r1, r2.data(), &r3, 4) == ARRAYC_OK);
  CHECK(r0 == a);
}

TEST_CASE("the object is self-contained and always the same", "[aot]") {
  const std::string object = emit(distances, "o");
  CHECK(object == emit(distances, "o"));
  CHECK(emit(distances, "h") == emit(distances, "h"));
  CHECK(emit(distances, "ll").find("define i32 @distances(") != std::string::npos);
  CHECK(emit(distances, "s").find(".note.GNU-stack") != std::string::npos);
  const Loaded loaded(distances, "int unused(void) { return 0; }\n", "-Wl,-z,text");
  std::string exported =
      loaded.output("nm -g --defined-only k.o | awk '{print $3}' | sort | tr '\\n' ' '");
  CHECK(exported == "distances distances_nd ");
  std::string needed = loaded.output("nm -u k.o | awk '{print $2}' | sort | tr '\\n' ' '");
  for (const char* name :
       {"GOMP_parallel", "omp_get_max_threads", "omp_in_parallel", "omp_get_thread_num",
        "omp_get_num_threads", "malloc", "free", "memcpy", "_GLOBAL_OFFSET_TABLE_"}) {
    if (const auto at = needed.find(std::string(name) + " "); at != std::string::npos) {
      needed.erase(at, std::string(name).size() + 1);
    }
  }
  CHECK(needed.empty());
  // The header, in C++ and twice.
  loaded.write("user.cpp", "#include \"k.h\"\n#include \"k.h\"\nint main() { return 0; }\n");
  loaded.run("g++ -std=c++98 -Wall -Wextra -Werror -Wno-long-long -fsyntax-only user.cpp");
}

TEST_CASE("complex numbers in C and in C++", "[aot]") {
  const Loaded object(R"(func @f(%z: c128[n], %complex: c64[], %I: f64[]) -> (c128[n], c64[]) {
  %w = convert %complex : c128[]
  %s = broadcast %w, [n]
  return add(%z, %s), conjugate(%complex)
})",
                      R"(
int run(const double* z, double* sum, float* number) {
  const float _Complex w = 1.5f - 2.0f * I;
  const double x = 0;
  return f((const double _Complex*)z, &w, &x, (double _Complex*)sum, (float _Complex*)number, 2);
})",
                      "-include complex.h");
  const auto run = object.function<int(const double*, double*, float*)>("run");
  const double z[] = {1, 2, 3, 4};
  double sum[4] = {};
  float number[2] = {};
  REQUIRE(run(z, sum, number) == ARRAYC_OK);
  CHECK(std::vector<double>(sum, sum + 4) == std::vector<double>{2.5, 0, 4.5, 2});
  CHECK(std::vector<float>(number, number + 2) == std::vector<float>{1.5, 2});
  object.write("user.cpp",
               "#include \"k.h\"\n"
               R"(
int run(const std::complex<double>* z, std::complex<float> w, std::complex<double>* sum) {
  const double x = 0;
  return f(z, &w, &x, sum, &w, 2);
}
)");
  object.run("g++ -std=c++98 -Wall -Wextra -Werror -Wno-long-long -fsyntax-only user.cpp");
}

TEST_CASE("checks of elements are a status, and hidden results are not arguments", "[aot]") {
  const std::string source = R"(func @f(%x: i64[n]) -> i64[n] {
  check power [n], "no negative ones"
  %many = constant 99 : i64
  %none = broadcast %many, [n]
  %zero = constant 0 : i64
  %bad = less %x, broadcast(%zero, [n])
  %at = iota n
  %first = reduce.minimum(where(%bad, %at, %none), axis=0)
  return %x check %first
})";
  const std::string header = emit(source, "h");
  CHECK_THAT(header, Catch::Contains("int f(const int64_t* x, int64_t* result, int64_t n);"));
  CHECK_THAT(header, Catch::Contains("ARRAYC_NEGATIVE_POWER: no negative ones"));
  const Loaded object(source, "int run(const int64_t* x, int64_t* r) { return f(x, r, 3); }");
  const auto run = object.function<int(const std::int64_t*, std::int64_t*)>("run");
  const std::int64_t good[] = {1, 2, 3}, bad[] = {1, -2, -3};
  std::int64_t result[3] = {};
  CHECK(run(good, result) == ARRAYC_OK);
  CHECK(result[2] == 3);
  CHECK(run(bad, result) == ARRAYC_NEGATIVE_POWER);
}

TEST_CASE("names and comments that C does not take", "[aot]") {
  const auto named = [](const std::string& name, const std::string& param) {
    return fmt::format(
        "func @{}(%{}: f64[n]) -> f64[n] {{\n  %1 = negative %{} : f64[n]\n  return %1\n}}\n", name,
        param, param);
  };
  for (const char* name : {"double", "_hidden", "class", "main", "arrayc_x"}) {
    CHECK_THROWS_AS(emit(named(name, "a"), "h"), ir::Error);
  }
  CHECK_THROWS_AS(emit(named("f", "a") + named("f_nd", "a"), "h"), ir::Error);
  CHECK_THROWS_AS(emit(named("f", "a"), "exe"), ir::Error);
  const Loaded object(named("f", "int"), "int unused(void) { return 0; }\n");
  CHECK(emit(named("f", "int"), "h").find("int_") != std::string::npos);
}

TEST_CASE("kernels are compiled once and freed", "[aot]") {
  const ir::Module module = ir::parse(distances, "k.air", registry());
  const auto array = [](std::vector<std::int64_t> shape) {
    runtime::Array a = runtime::make_array(ARRAYC_F64, std::move(shape));
    for (std::int64_t i = 0; i < runtime::element_count(a.shape); ++i) {
      static_cast<double*>(a.data)[i] = 0.5 * static_cast<double>(i);
    }
    return a;
  };
  backends::Arguments arguments;
  arguments.arrays = {array({5, 2}), array({2})};
  backends::RunStats first, second;
  const auto results =
      cpu().compile(module, "distances", registry(), options())->call(arguments, &first);
  cpu().compile(module, "distances", registry(), options())->call(arguments, &second);
  CHECK(first.compiled == 1);
  CHECK(first.compile_seconds > 0);
  CHECK(second.compiled == 0);
  REQUIRE(results.size() == 1);
  const auto expected = backends::make_interp_backend()
                            ->compile(module, "distances", registry(), options())
                            ->call(arguments, nullptr);
  CHECK(std::memcmp(results[0].data, expected[0].data, 5 * 8) == 0);
}

}  // namespace arrayc::tests
