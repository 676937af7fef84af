#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <complex>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "arrayc/float16.h"
#include "runtime/npy.h"
#include "tests/ladder/rungs.h"

namespace arrayc::ladder {

std::vector<Job> read_jobs(const std::string& path) {
  std::ifstream file(path);
  std::vector<Job> jobs;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Job job;
    words >> job.function >> job.folder >> job.inputs >> job.outputs;
    for (std::string word; words >> word;) {
      const std::size_t eq = word.find('=');
      const std::string key = word.substr(0, eq), value = word.substr(eq + 1);
      if (key == "rtol")
        job.rtol = std::stod(value);
      else if (key == "bounds")
        job.has_bounds = true;
      else if (key == "kernels")
        job.kernels = std::stoll(value);
      else if (key == "temporaries")
        job.temporaries = std::stoll(value);
      else if (key == "peak")
        job.peak = std::stoll(value);
      else if (key == "scratch")
        job.scratch = std::stoll(value);
      else
        throw std::runtime_error("unknown expectation '" + key + "'");
    }
    std::ifstream error(job.folder + "/error.txt");
    std::getline(error, job.error);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

namespace {

Results load(const Job& job, const char* prefix, int count) {
  Results arrays;
  for (int k = 0; k < count; ++k) {
    arrays.push_back(runtime::load_npy(fmt::format("{}/{}{}.npy", job.folder, prefix, k)));
  }
  return arrays;
}

std::string shape_text(const runtime::Array& a) {
  return fmt::format("{} ({})", ir::name(static_cast<ir::DType>(a.dtype)), fmt::join(a.shape, ","));
}

template <typename T>
bool close(T a, T b, double rtol, bool signed_zero) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (a == b) return !signed_zero || std::signbit(a) == std::signbit(b);
    if (std::isinf(a) || std::isinf(b)) return false;
    return std::fabs(a - b) <= rtol * std::fabs(b) || std::fabs(a - b) <= rtol * 1e-300;
  } else {
    return a == b;
  }
}

// In both parts, or by the distance in the plane.
template <typename T>
bool close(std::complex<T> a, std::complex<T> b, double rtol, bool signed_zero) {
  if (close(a.real(), b.real(), rtol, signed_zero) && close(a.imag(), b.imag(), rtol, signed_zero))
    return true;
  const bool finite = std::isfinite(b.real()) && std::isfinite(b.imag());
  return finite && rtol > 0 && std::abs(a - b) <= rtol * std::abs(b);
}

template <typename T>
double distance(T x, T y) {
  return std::fabs(static_cast<double>(x) - static_cast<double>(y));
}

template <typename T>
bool within(T x, T y, double bound) {
  return close(x, y, 0, bound == 0) || distance(x, y) <= bound;
}
template <typename T>
bool within(std::complex<T> x, std::complex<T> y, double bound) {
  return within(x.real(), y.real(), bound) && within(x.imag(), y.imag(), bound);
}

template <typename T>
std::string text(T x) {
  return fmt::format("{}", x);
}
template <typename T>
std::string text(std::complex<T> z) {
  return fmt::format("({}, {})", z.real(), z.imag());
}

// close(x, y, k) of the elements k, which T converts to Number; "" or the first that differs.
template <typename T, typename Number = T, typename Close>
std::string compare_elements(const runtime::Array& got, const runtime::Array& expected,
                             const Close& close) {
  const runtime::Array a = runtime::copy(got), b = runtime::copy(expected);
  const std::int64_t n = runtime::element_count(a.shape);
  for (std::int64_t k = 0; k < n; ++k) {
    T x, y;
    std::memcpy(&x, static_cast<const char*>(a.data) + k * sizeof(T), sizeof(T));
    std::memcpy(&y, static_cast<const char*>(b.data) + k * sizeof(T), sizeof(T));
    const Number got_number = x, expected_number = y;
    if (!close(got_number, expected_number, k)) {
      return fmt::format("element {}: {} instead of {}", k, text(got_number),
                         text(expected_number));
    }
  }
  return "";
}

template <typename Close>
std::string compare_one(const runtime::Array& a, const runtime::Array& b, const Close& close) {
  if (a.dtype != b.dtype || a.shape != b.shape) {
    return fmt::format("{} instead of {}", shape_text(a), shape_text(b));
  }
  switch (a.dtype) {
    case ARRAYC_F64:
      return compare_elements<double>(a, b, close);
    case ARRAYC_F32:
      return compare_elements<float>(a, b, close);
    case ARRAYC_F16:
      return compare_elements<Float16, float>(a, b, close);
    case ARRAYC_BF16:
      return compare_elements<BFloat16, float>(a, b, close);
    case ARRAYC_C64:
      return compare_elements<std::complex<float>>(a, b, close);
    case ARRAYC_C128:
      return compare_elements<std::complex<double>>(a, b, close);
    case ARRAYC_I64:
      return compare_elements<std::int64_t>(a, b, close);
    case ARRAYC_U64:
      return compare_elements<std::uint64_t>(a, b, close);
    case ARRAYC_I32:
      return compare_elements<std::int32_t>(a, b, close);
    case ARRAYC_U32:
      return compare_elements<std::uint32_t>(a, b, close);
    case ARRAYC_I16:
      return compare_elements<std::int16_t>(a, b, close);
    case ARRAYC_U16:
      return compare_elements<std::uint16_t>(a, b, close);
    case ARRAYC_I8:
      return compare_elements<std::int8_t>(a, b, close);
    default:
      return compare_elements<std::uint8_t>(a, b, close);
  }
}

// compare(a, b, k) of the results k; "" or the first difference.
template <typename Compare>
std::string compare_all(const Results& got, const Results& expected, const Compare& compare) {
  if (got.size() != expected.size()) {
    return fmt::format("{} results instead of {}", got.size(), expected.size());
  }
  for (std::size_t k = 0; k < got.size(); ++k) {
    const std::string difference = compare(got[k], expected[k], k);
    if (!difference.empty()) return fmt::format("result {}: {}", k, difference);
  }
  return "";
}

}  // namespace

backends::Arguments read_inputs(const Job& job) { return {load(job, "in", job.inputs), {}}; }
Results read_outputs(const Job& job) { return load(job, "out", job.outputs); }

Results read_bounds(const Job& job) { return load(job, "bound", job.outputs); }

std::string compare(const Results& got, const Results& expected, double rtol, bool signed_zero) {
  const auto close_elements = [&](auto x, auto y, std::int64_t) {
    return close(x, y, rtol, signed_zero);
  };
  return compare_all(got, expected, [&](const auto& a, const auto& b, std::size_t) {
    return compare_one(a, b, close_elements);
  });
}

std::string compare_within(const Results& got, const Results& expected, const Results& bounds) {
  return compare_all(got, expected, [&](const auto& a, const auto& b, std::size_t k) {
    const runtime::Array all = runtime::copy(bounds[k]);
    return compare_one(a, b, [&](auto x, auto y, std::int64_t at) {
      double bound;
      std::memcpy(&bound, static_cast<const char*>(all.data) + at * sizeof bound, sizeof bound);
      return std::isinf(bound) || within(x, y, bound);
    });
  });
}

}  // namespace arrayc::ladder
