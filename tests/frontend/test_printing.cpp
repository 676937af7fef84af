// Printing against a corpus recorded from NumPy 2; printing_numpy2.py describes and regenerates it.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "frontend/cpp/printing.h"
#include "ir/dtype.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

PrintOptions parse_options(const std::string& text) {
  using FloatMode = PrintOptions::FloatMode;
  PrintOptions options;
  if (text == "-") return options;
  for (const std::string& setting : split(text, ';')) {
    const auto equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const std::string value = setting.substr(equals + 1);
    if (name == "precision")
      options.precision = std::stoi(value);
    else if (name == "suppress")
      options.suppress = value == "1";
    else if (name == "linewidth")
      options.linewidth = std::stoi(value);
    else if (name == "threshold")
      options.threshold = std::stoi(value);
    else if (name == "edgeitems")
      options.edgeitems = std::stoi(value);
    else if (name == "sign")
      options.sign = value == "space" ? ' ' : value[0];
    else if (value == "fixed")
      options.floatmode = FloatMode::fixed;
    else if (value == "unique")
      options.floatmode = FloatMode::unique;
    else if (value == "maxprec")
      options.floatmode = FloatMode::maxprec;
    else if (value == "maxprec_equal")
      options.floatmode = FloatMode::maxprec_equal;
    else
      FAIL("unknown setting " << setting);
  }
  return options;
}

struct Case {
  std::string line;
  runtime::Array array;
  PrintOptions options;
  std::string str, repr;
};

template <typename T>
void store(char* at, T value) {
  std::memcpy(at, &value, sizeof(T));
}

void fill(runtime::Array& array, std::istringstream& words) {
  char* at = static_cast<char*>(array.data);
  const int size = runtime::item_size(array.dtype);
  const std::int64_t count = runtime::element_count(array.shape);
  std::string word;
  words >> word;
  double start = 0, step = 0;
  const bool ramp = word == "ramp" && (words >> start >> step);
  for (std::int64_t i = 0; i < count; ++i, at += size) {
    if (!ramp) {
      const std::uint64_t bits = std::stoull(word, nullptr, 16);
      std::memcpy(at, &bits, static_cast<std::size_t>(size));
      words >> word;
      continue;
    }
    const double value = start + step * static_cast<double>(i);
    switch (array.dtype) {
      case ARRAYC_I32:
        store(at, static_cast<std::int32_t>(value));
        break;
      case ARRAYC_I64:
        store(at, static_cast<std::int64_t>(value));
        break;
      case ARRAYC_F32:
        store(at, static_cast<float>(value));
        break;
      default:
        store(at, value);
        break;
    }
  }
}

Case parse_case(const std::string& line) {
  std::istringstream words(line);
  std::string keyword, dtype, shape, options;
  words >> keyword >> dtype >> shape >> options;
  std::vector<std::int64_t> extents;
  if (shape != "-") {
    for (const std::string& extent : split(shape, ',')) extents.push_back(std::stoll(extent));
  }
  Case c{line, {}, parse_options(options), {}, {}};
  c.array = runtime::make_array(static_cast<arrayc_dtype>(*ir::parse_dtype(dtype)), extents);
  fill(c.array, words);
  return c;
}

std::vector<Case> read_corpus(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("case ", 0) == 0) {
      cases.push_back(parse_case(line));
      continue;
    }
    std::string& text = line[0] == '|' ? cases.back().str : cases.back().repr;
    if (!text.empty()) text += '\n';
    text += line.substr(1);
  }
  return cases;
}

std::string corpus_path() {
  if (const char* path = std::getenv("ARRAYC_PRINTING_CORPUS")) return path;
  return ARRAYC_SOURCE_DIR "/tests/frontend/printing_numpy2.txt";
}

runtime::Array doubles(const std::vector<double>& values) {
  runtime::Array array =
      runtime::make_array(ARRAYC_F64, {static_cast<std::int64_t>(values.size())});
  std::memcpy(array.data, values.data(), values.size() * sizeof(double));
  return array;
}

}  // namespace

TEST_CASE("arrays print as NumPy prints them", "[printing]") {
  const std::vector<Case> cases = read_corpus(corpus_path());
  CHECK(cases.size() > 400);
  for (const Case& c : cases) {
    INFO(c.line);
    CHECK(printing::str(c.array, c.options) == c.str);
    CHECK(printing::repr(c.array, c.options) == c.repr);
  }
}

TEST_CASE("strides of any sign print in logical order", "[printing]") {
  runtime::Array array = doubles({1, 2, 3, 4, 5, 6});
  array.shape = {3, 2};
  array.strides = {8, 24};
  CHECK(printing::str(array, {}) == "[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  array.data = static_cast<char*>(array.data) + 40;
  array.shape = {6};
  array.strides = {-8};
  CHECK(printing::str(array, {}) == "[6. 5. 4. 3. 2. 1.]");
  array.strides = {0};
  CHECK(printing::str(array, {}) == "[6. 6. 6. 6. 6. 6.]");
}

TEST_CASE("array2string takes a separator, a prefix and a suffix", "[printing]") {
  const runtime::Array array = doubles({0.5, 1, 2});
  CHECK(printing::array2string(array, {}, ", ") == "[0.5, 1. , 2. ]");
  PrintOptions narrow;
  narrow.linewidth = 14;
  CHECK(printing::array2string(array, narrow, " ", "x = ") == "[0.5 1.\n     2. ]");
}
