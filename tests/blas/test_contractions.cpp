// The plug-in's products against the interpreter's: random indices, shapes and strides.
#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <limits>
#include <random>

#include "frontend/session.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc;
using runtime::Array;
using Random = std::mt19937;

namespace {

std::string plugin() { return std::string(ARRAYC_BINARY_DIR) + "/lib/arrayc/arrayc-blas.so"; }

int below(Random& random, int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
bool one_in(Random& random, int n) { return below(random, n) == 0; }

// An index is a letter: which operands and whether the result has it.
struct Contraction {
  std::string a, b, result;
  std::map<char, std::int64_t> extents;

  std::int64_t summed() const {
    std::int64_t count = 1;
    for (const auto& [index, extent] : extents) {
      if (result.find(index) == std::string::npos) count *= extent;
    }
    return count;
  }
};

Contraction random_contraction(Random& random) {
  Contraction c;
  const int count = 2 + below(random, 4);
  std::string batch, m, n, k;
  std::int64_t points = 1;
  for (int number = 0; number < count; ++number) {
    const char index = static_cast<char>('a' + number);
    constexpr int extents[] = {1, 2, 3, 5, 8, 17, 33, 40};
    std::int64_t extent = extents[below(random, 8)];
    if (points * extent > 60000) extent = 2;
    points *= extent;
    if (one_in(random, 60)) extent = 0;
    c.extents[index] = extent;
    std::string* const classes[] = {&batch, &m, &n, &k, &k};
    *classes[number == 0 ? 4 : below(random, 5)] += index;
  }
  const bool flip = one_in(random, 4);
  c.a = batch + (one_in(random, 2) ? m + k : k + m);
  c.b = batch + (one_in(random, 2) ? k + n : n + k);
  c.result = batch + (flip ? n + m : m + n);
  if (one_in(random, 5)) std::shuffle(c.a.begin(), c.a.end(), random);
  if (one_in(random, 5)) std::shuffle(c.b.begin(), c.b.end(), random);
  if (one_in(random, 5)) std::shuffle(c.result.begin(), c.result.end(), random);
  return c;
}

template <typename T>
T random_number(Random& random) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(uniform(random));
  } else {
    using Part = typename T::value_type;
    return T(static_cast<Part>(uniform(random)), static_cast<Part>(uniform(random)));
  }
}

// Contiguous, or within a larger array: axes in any order, steps, backwards, the same again.
template <typename T>
Array random_array(Random& random, const std::vector<std::int64_t>& shape, arrayc_dtype dtype) {
  const bool strided = one_in(random, 2);
  const std::size_t rank = shape.size();
  std::vector<std::size_t> order(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) order[axis] = axis;
  if (strided && one_in(random, 3)) std::shuffle(order.begin(), order.end(), random);
  std::vector<std::int64_t> steps(rank, 1), memory(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (strided && one_in(random, 6)) steps[axis] = 2;
    if (strided && one_in(random, 12)) steps[axis] = -1;
    if (strided && one_in(random, 12)) steps[axis] = 0;
    const std::int64_t room = strided ? below(random, 3) : 0;
    const std::size_t place =
        static_cast<std::size_t>(std::find(order.begin(), order.end(), axis) - order.begin());
    memory[place] = shape[axis] * std::max<std::int64_t>(std::abs(steps[axis]), 1) + room;
  }
  Array array = runtime::make_array(dtype, memory);
  const std::vector<std::int64_t> strides = array.strides;
  T* const data = static_cast<T*>(array.data);
  const std::int64_t count = runtime::element_count(memory);
  for (std::int64_t k = 0; k < count; ++k) data[k] = random_number<T>(random);
  if (count > 0 && one_in(random, 8)) {
    using Limits = std::numeric_limits<double>;
    for (const double special : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      if (one_in(random, 2)) data[below(random, static_cast<int>(count))] = static_cast<T>(special);
    }
  }
  array.shape = shape;
  for (std::size_t place = 0; place < rank; ++place) {
    const std::size_t axis = order[place];
    array.strides[axis] = strides[place] * steps[axis];
    if (steps[axis] < 0 && shape[axis] > 0) {
      array.data = static_cast<char*>(array.data) + strides[place] * (shape[axis] - 1);
    }
  }
  return array;
}

std::vector<std::int64_t> shape_of(const Contraction& c, const std::string& indices) {
  std::vector<std::int64_t> shape;
  for (const char index : indices) shape.push_back(c.extents.at(index));
  return shape;
}

std::string type_text(const Array& array, const std::string& indices, bool symbols) {
  std::vector<std::string> extents;
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    extents.push_back(symbols ? fmt::format("n{}", indices[axis])
                              : std::to_string(array.shape[axis]));
  }
  return fmt::format("{}[{}]", ir::name(static_cast<ir::DType>(array.dtype)),
                     fmt::join(extents, ","));
}

ir::Module module_of(const Contraction& c, const Array& a, const Array& b, bool symbols) {
  const std::string text = fmt::format(
      "func @f(%a: {}, %b: {}) {{\n  %2 = einsum %a, %b, \"{},{}->{}\"\n  return %2\n}}",
      type_text(a, c.a, symbols), type_text(b, c.b, symbols), c.a, c.b, c.result);
  ir::Module module = ir::parse(text, "test.air", ir::Registry());
  const Array* const arrays[] = {&a, &b};
  for (std::size_t f = 0; f < 2; ++f) {
    const bool contiguous = runtime::is_contiguous(*arrays[f]);
    module.functions[0].params[f].layout = {contiguous,
                                            contiguous ? -1 : runtime::unit_axis(*arrays[f])};
  }
  return module;
}

Array run(Session& session, const std::string& backend, const ir::Module& module, const Array& a,
          const Array& b) {
  backends::RunStats stats;
  const auto callable =
      session.backend(backend).compile(module, "f", session.registry(), session.compile_options());
  return callable->call({{a, b}, {}}, &stats).at(0);
}

template <typename T>
Array magnitudes(const Array& array) {
  const Array plain = runtime::copy(array);
  Array result = runtime::make_array(ARRAYC_F64, plain.shape);
  const T* const from = static_cast<const T*>(plain.data);
  for (std::int64_t k = 0; k < runtime::element_count(plain.shape); ++k) {
    static_cast<double*>(result.data)[k] = std::abs(static_cast<double>(std::real(from[k]))) +
                                           std::abs(static_cast<double>(std::imag(from[k])));
  }
  return result;
}

// How far two orders of adding up may be apart.
template <typename T>
void check_close(const Array& found, const Array& wanted, const Array& sums, std::int64_t summed) {
  using Part = decltype(std::real(T()));
  const T* const x = static_cast<const T*>(found.data);
  const T* const y = static_cast<const T*>(wanted.data);
  const double* const sum = static_cast<const double*>(sums.data);
  const double unit = 4 * static_cast<double>(summed + 8) * std::numeric_limits<Part>::epsilon();
  REQUIRE(found.shape == wanted.shape);
  REQUIRE(found.dtype == wanted.dtype);
  std::int64_t wrong = 0;
  for (std::int64_t k = 0; k < runtime::element_count(found.shape); ++k) {
    bool right = std::abs(x[k] - y[k]) <= unit * sum[k];
    if (!std::isfinite(sum[k])) {
      // Which parts of complex numbers an infinity reaches is another matter.
      right = std::is_floating_point_v<T> && std::isinf(std::real(y[k]))
                  ? x[k] == y[k]
                  : !std::isfinite(std::abs(x[k])) && !std::isfinite(std::abs(y[k]));
    }
    wrong += right ? 0 : 1;
  }
  CHECK(wrong == 0);
}

// Whether the contraction is said to be the BLAS's.
template <typename T>
bool check_one(Session& session, Random& random, arrayc_dtype dtype) {
  const Contraction c = random_contraction(random);
  std::vector<std::int64_t> shape_a = shape_of(c, c.a), shape_b = shape_of(c, c.b);
  const bool stretched = one_in(random, 10);
  if (stretched && !shape_a.empty()) shape_a[0] = 1;
  const Array a = random_array<T>(random, shape_a, dtype);
  const Array b = random_array<T>(random, shape_b, dtype);
  const bool symbols = !stretched && one_in(random, 2);
  const ir::Module module = module_of(c, a, b, symbols);
  INFO(ir::print(module));
  INFO(fmt::format("strides {}; {}", fmt::join(a.strides, ","), fmt::join(b.strides, ",")));
  const Array found = run(session, "blas", module, a, b);
  const Array wanted = run(session, "interp", module, a, b);
  const Array abs_a = magnitudes<T>(a), abs_b = magnitudes<T>(b);
  const Array sums = run(session, "interp", module_of(c, abs_a, abs_b, symbols), abs_a, abs_b);
  check_close<T>(found, wanted, sums, c.summed());
  ir::Module divided = module;
  session.backend("blas").divide(divided);
  return divided.remarks.at(0).text.find("by the BLAS") != std::string::npos;
}

template <typename T>
void check_many(arrayc_dtype dtype, unsigned seed) {
  Session session;
  session.load_plugin(plugin());
  Random random(seed);
  constexpr int cases = 250;
  int taken = 0;
  for (int number = 0; number < cases; ++number) {
    INFO("case " << number);
    taken += check_one<T>(session, random, dtype) ? 1 : 0;
  }
  CHECK(taken > cases / 4);
  CHECK(taken < cases * 9 / 10);
}

}  // namespace

TEST_CASE("random contractions of f32") { check_many<float>(ARRAYC_F32, 1); }
TEST_CASE("random contractions of f64") { check_many<double>(ARRAYC_F64, 2); }
TEST_CASE("random contractions of c64") { check_many<std::complex<float>>(ARRAYC_C64, 3); }
TEST_CASE("random contractions of c128") { check_many<std::complex<double>>(ARRAYC_C128, 4); }
