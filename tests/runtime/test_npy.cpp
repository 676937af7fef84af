#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "runtime/npy.h"
#include "tests/catch.h"

using namespace arrayc::runtime;
namespace fs = std::filesystem;

namespace {

// A folder that is removed with everything in it.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("arrayc-npy-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A file with this dictionary, in version `major`.
std::string file_bytes(const std::string& dictionary, const std::string& data, int major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) {
    bytes += static_cast<char>(dictionary.size() >> (8 * i) & 0xff);
  }
  return bytes + dictionary + data;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <typename T>
std::string raw(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <typename T>
std::vector<T> values(const Array& array) {
  const Array data = copy(array);
  const T* from = static_cast<const T*>(data.data);
  return {from, from + element_count(array.shape)};
}

Array counting(arrayc_dtype dtype, std::vector<std::int64_t> shape) {
  Array array = make_array(dtype, std::move(shape));
  auto* data = static_cast<unsigned char*>(array.data);
  const std::int64_t bytes = element_count(array.shape) * item_size(dtype);
  for (std::int64_t i = 0; i < bytes; ++i) {
    data[i] = static_cast<unsigned char>(dtype == ARRAYC_BOOL ? i & 1 : i);
  }
  return array;
}

bool same(const Array& a, const Array& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  const Array x = copy(a);
  const Array y = copy(b);
  const std::int64_t bytes = element_count(a.shape) * item_size(a.dtype);
  return std::memcmp(x.data, y.data, static_cast<std::size_t>(bytes)) == 0;
}

using Shape = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("what is saved is loaded again, for every dtype and kind of shape") {
  const Folder folder;
  for (int code = ARRAYC_BOOL; code <= ARRAYC_C128; ++code) {
    if (code == ARRAYC_BF16) continue;
    for (const Shape& shape : {Shape{}, {0}, {5}, {2, 3}, {0, 4}, {3, 0, 2}, {300, 200}}) {
      CAPTURE(code, shape);
      const Array array = counting(static_cast<arrayc_dtype>(code), shape);
      save_npy(folder / "a.npy", array);
      CHECK(same(load_npy(folder / "a.npy"), array));
    }
  }
  CHECK(folder.count() == 1);
}

TEST_CASE("headers are byte for byte NumPy's") {
  const Folder folder;
  const auto head = [&](const Array& array) {
    save_npy(folder / "a.npy", array);
    const std::string bytes = read(folder / "a.npy");
    return bytes.substr(0, bytes.find('\n') + 1);
  };
  const auto expected = [](const std::string& text) {
    return file_bytes(text + std::string(128 - 11 - text.size(), ' ') + "\n", "");
  };
  CHECK(head(counting(ARRAYC_F64, {2, 3})) ==
        expected("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"));
  CHECK(head(counting(ARRAYC_U16, {0, 3})) ==
        expected("{'descr': '<u2', 'fortran_order': False, 'shape': (0, 3), }"));
  CHECK(head(counting(ARRAYC_C64, {3})) ==
        expected("{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }"));
  const std::string scalar = "{'descr': '|b1', 'fortran_order': False, 'shape': (), }";
  CHECK(head(counting(ARRAYC_BOOL, {})) ==
        file_bytes(scalar + std::string(62, ' ').substr(scalar.size() - 55) + "\n", ""));
}

TEST_CASE("transposed arrays are saved in Fortran order, other views as copies") {
  const Folder folder;
  Array a = counting(ARRAYC_I32, {4, 6});
  SECTION("transposed") {
    std::swap(a.shape[0], a.shape[1]);
    std::swap(a.strides[0], a.strides[1]);
    save_npy(folder / "a.npy", a);
    CHECK(read(folder / "a.npy").find("'fortran_order': True, 'shape': (6, 4)") !=
          std::string::npos);
  }
  SECTION("every second column") {
    a.shape[1] = 3;
    a.strides[1] *= 2;
    save_npy(folder / "a.npy", a);
    CHECK(read(folder / "a.npy").find("'fortran_order': False, 'shape': (4, 3)") !=
          std::string::npos);
  }
  SECTION("reversed rows") {
    a.data = static_cast<char*>(a.data) + 3 * a.strides[0];
    a.strides[0] = -a.strides[0];
    save_npy(folder / "a.npy", a);
  }
  SECTION("broadcast") {
    a.strides[0] = 0;
    save_npy(folder / "a.npy", a);
  }
  CHECK(same(load_npy(folder / "a.npy"), a));
}

TEST_CASE("Fortran order is loaded with Fortran strides") {
  const Folder folder;
  write(folder / "a.npy",
        file_bytes(dictionary("'<i2'", "(2, 3)", "True"), raw<std::int16_t>({1, 2, 3, 4, 5, 6})));
  const Array a = load_npy(folder / "a.npy");
  CHECK(a.strides == Shape{2, 4});
  CHECK(values<std::int16_t>(a) == std::vector<std::int16_t>{1, 3, 5, 2, 4, 6});
}

TEST_CASE("versions 1, 2 and 3") {
  const Folder folder;
  for (int major : {1, 2, 3}) {
    CAPTURE(major);
    write(folder / "a.npy", file_bytes(dictionary("'<f4'", "(2,)"), raw<float>({1, 2}), major));
    CHECK(values<float>(load_npy(folder / "a.npy")) == std::vector<float>{1, 2});
  }
  write(folder / "a.npy", file_bytes(dictionary("'<f4'", "(2,)"), raw<float>({1, 2}), 4));
  CHECK_THROWS_WITH(load_npy(folder / "a.npy"), Catch::Contains("version 4.0"));
}

TEST_CASE("big-endian files, complex halves each on its own") {
  const Folder folder;
  const auto load = [&](const std::string& descr, std::string data, const std::string& shape) {
    write(folder / "a.npy", file_bytes(dictionary(descr, shape), data));
    return load_npy(folder / "a.npy");
  };
  const std::string four({'\0', '\0', '\1', '\2'});
  CHECK(values<std::int32_t>(load("'>i4'", four, "(1,)")) == std::vector<std::int32_t>{0x102});
  CHECK(values<std::uint16_t>(load("'>u2'", four, "(2,)")) == std::vector<std::uint16_t>{0, 0x102});
  const std::string one_two({'\x3f', '\x80', '\0', '\0', '\x40', '\0', '\0', '\0'});
  CHECK(values<float>(load("'>f4'", one_two, "(2,)")) == std::vector<float>{1, 2});
  const Array complex = load("'>c8'", one_two, "(1,)");
  CHECK(complex.dtype == ARRAYC_C64);
  float parts[2];
  std::memcpy(parts, complex.data, sizeof parts);
  CHECK(parts[0] == 1);
  CHECK(parts[1] == 2);
  CHECK(values<std::int8_t>(load("'>i1'", four, "(4,)")) == std::vector<std::int8_t>{0, 0, 1, 2});
}

TEST_CASE("every spelling of a header that Python reads") {
  const Folder folder;
  for (const std::string& text : {
           std::string("{'descr':'<i1','fortran_order':False,'shape':(2,)}"),
           std::string("  {\n'shape' : ( 2 , ) ,\t'fortran_order': False, 'descr': u'|i1'}  \n"),
           std::string("{\"descr\": \"i1\", \"fortran_order\": False, \"shape\": (2L,), }\n"),
           std::string("{'descr': 'int8', 'fortran_order': False, 'shape': (2,), }\n"),
           std::string("{'descr': '=i1', 'fortran_order': True, 'shape': (2,), }\n"),
       }) {
    CAPTURE(text);
    write(folder / "a.npy", file_bytes(text, "\1\2"));
    const Array a = load_npy(folder / "a.npy");
    CHECK(a.dtype == ARRAYC_I8);
    CHECK(values<std::int8_t>(a) == std::vector<std::int8_t>{1, 2});
  }
}

TEST_CASE("files that are refused name themselves and the reason") {
  const Folder folder;
  const std::string path = folder / "bad.npy";
  const auto check = [&](const std::string& bytes, const std::string& reason) {
    CAPTURE(reason);
    write(path, bytes);
    CHECK_THROWS_AS(load_npy(path), NpyError);
    CHECK_THROWS_WITH(load_npy(path), Catch::StartsWith(path) && Catch::Contains(reason));
  };
  const auto with = [](const std::string& descr, const std::string& shape) {
    return file_bytes(dictionary(descr, shape), "12345678");
  };
  check("", "is empty");
  check("hello, world", "is not a .npy file");
  check("\x93NUM", "is not a .npy file");
  check("PK\3\4 and so on", "archive of arrays (.npz)");
  check(with("'|O'", "(1,)"), "pickled Python objects");
  check(with("'<U2'", "(1,)"), "holds text (dtype '<U2')");
  check(with("'|S8'", "(1,)"), "holds text");
  check(with("'<M8[ns]'", "(1,)"), "dates or times");
  check(with("'|V8'", "(1,)"), "raw or structured data");
  check(with("[('x', '<f4')]", "(2,)"), "holds records");
  check(with("'<f16'", "(1,)"), "unsupported dtype '<f16'");
  check(with("''", "(1,)"), "unsupported dtype ''");
  check(with("'<f8'", "(2,)"),
        "is truncated: float64 of shape (2,) takes 16 bytes, the file has 8");
  check(with("'<f8'", "(4611686018427387904,)"), "is too big");
  check(with("'<f8'", "(99999999999999999999,)"), "an extent is too large");
  check(with("'<f8'", "(-1,)"), "not a tuple of extents");
  check(with("'<f8'", "(1)"), "not a tuple");
  check(with("'<f8'", "(1.0,)"), "',' expected");
  check(with("'<f8'", "(,)"), "not a tuple of extents");
  check(with("'<f8'", "[1]"), "'(' expected");
  check(with("f8", "(1,)"), "text in quotes expected");
  check(file_bytes(dictionary("'<f8'", "(1,)", "0"), "12345678"), "neither True nor False");
  check(file_bytes("{'descr': '<f8', 'shape': (1,)}", "12345678"), "'fortran_order' is missing");
  check(file_bytes("{'descr': '<f8', 'extra': 1}", ""), "unexpected key 'extra'");
  check(file_bytes("{'descr': '<f8", ""), "a quote is not closed");
  check(file_bytes("{}", ""), "'descr' is missing");
  check(file_bytes("", ""), "'{' expected");
  check(file_bytes("{} x", ""), "text after the dictionary");
  check(std::string("\x93NUMPY\1\0\xff\xff{", 11), "is truncated in its header");
  check(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{", 13), "it claims to be 4294967295 bytes");
  check(std::string("\x93NUMPY\1\0\5", 9), "is truncated in its header");
}

TEST_CASE("too many axes, and 64 of them") {
  const Folder folder;
  const auto ones = [](int n) {
    std::string shape = "(";
    for (int i = 0; i < n; ++i) shape += "1,";
    return shape + ")";
  };
  write(folder / "a.npy", file_bytes(dictionary("'<i1'", ones(64)), "\7"));
  CHECK(load_npy(folder / "a.npy").rank() == 64);
  write(folder / "a.npy", file_bytes(dictionary("'<i1'", ones(65)), "\7"));
  CHECK_THROWS_WITH(load_npy(folder / "a.npy"), Catch::Contains("more than 64 axes"));
}

TEST_CASE("no damage of a header crashes") {
  const Folder folder;
  const std::string path = folder / "a.npy";
  const std::string good = file_bytes(dictionary("'<i2'", "(2, 2)"), "12345678");
  int loaded = 0;
  for (std::size_t at = 0; at < good.size() - 8; ++at) {
    for (int byte : {0x00, 0x27, 0x28, 0x2c, 0x39, 0x7b, 0xff}) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(byte);
      write(path, bytes);
      try {
        loaded += element_count(load_npy(path).shape) >= 0 ? 1 : 0;
      } catch (const NpyError&) {
      }
    }
    write(path, good.substr(0, at));
    CHECK_THROWS_AS(load_npy(path), NpyError);
  }
  CHECK(loaded > 0);  // spaces and the like may change
}

TEST_CASE("what follows the data is ignored, as NumPy does") {
  const Folder folder;
  write(folder / "a.npy", file_bytes(dictionary("'<i1'", "(2,)"), "\1\2 and more"));
  CHECK(values<std::int8_t>(load_npy(folder / "a.npy")) == std::vector<std::int8_t>{1, 2});
}

TEST_CASE("bools are 0 or 1 whatever the file has") {
  const Folder folder;
  write(folder / "a.npy", file_bytes(dictionary("'|b1'", "(4,)"), std::string("\0\1\2\xff", 4)));
  CHECK(values<std::uint8_t>(load_npy(folder / "a.npy")) == std::vector<std::uint8_t>{0, 1, 1, 1});
}

TEST_CASE("a large file is mapped: writes stay here, and a new file under its name is another") {
  const Folder folder;
  const std::string path = folder / "a.npy";
  const Array a = counting(ARRAYC_F64, {100000});
  save_npy(path, a);
  const MemoryCounts before = memory_counts();
  const Array mapped = load_npy(path);
  CHECK(memory_counts().allocations == before.allocations);
  const std::string bytes = read(path);
  static_cast<double*>(mapped.data)[0] = 42;
  CHECK(read(path) == bytes);
  save_npy(path, counting(ARRAYC_I8, {3}));
  CHECK(static_cast<double*>(mapped.data)[0] == 42);
  CHECK(std::memcmp(static_cast<double*>(mapped.data) + 1, static_cast<double*>(a.data) + 1,
                    99999 * 8) == 0);
}

TEST_CASE("data at an odd place in the file is moved to an even one") {
  const Folder folder;
  std::string text = dictionary("'<f8'", "(20000,)");
  while ((10 + text.size()) % 8 != 3) text += ' ';
  std::vector<double> numbers(20000);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  write(folder / "a.npy", file_bytes(text, raw(numbers)));
  const Array a = load_npy(folder / "a.npy");
  CHECK(reinterpret_cast<std::uintptr_t>(a.data) % 8 == 0);
  CHECK(values<double>(a) == numbers);
}

TEST_CASE("pipes are read to the end of the data and written without a rename") {
  const Folder folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const Array a = counting(ARRAYC_I64, {3000, 1000});
  std::thread writer([&] { save_npy(path, a); });
  const Array b = load_npy(path);
  writer.join();
  CHECK(same(a, b));
  CHECK(fs::is_fifo(path));

  std::thread short_writer([&] { write(path, file_bytes(dictionary("'<i8'", "(9,)"), "1234")); });
  CHECK_THROWS_WITH(load_npy(path), Catch::Contains("takes 72 bytes, the file has 4"));
  short_writer.join();
}

TEST_CASE("saving keeps links and modes, and leaves nothing behind when it fails") {
  const Folder folder;
  const Array a = counting(ARRAYC_I8, {3});
  save_npy(folder / "real.npy", a);
  REQUIRE(chmod((folder / "real.npy").c_str(), 0640) == 0);
  fs::create_symlink("real.npy", folder / "link.npy");
  save_npy(folder / "link.npy", counting(ARRAYC_I8, {5}));
  CHECK(fs::is_symlink(folder / "link.npy"));
  CHECK(load_npy(folder / "real.npy").shape == Shape{5});
  struct stat info{};
  REQUIRE(stat((folder / "real.npy").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);

  CHECK_THROWS_WITH(save_npy(folder / "none/a.npy", a), Catch::Contains("cannot be created"));
  CHECK_THROWS_WITH(save_npy(folder / "b.npy", counting(ARRAYC_BF16, {2})),
                    Catch::Contains("bfloat16") && Catch::StartsWith(folder / "b.npy"));
  CHECK_THROWS_WITH(load_npy(folder / "none.npy"), Catch::Contains("No such file"));
  CHECK_THROWS_AS(load_npy(folder / "."), NpyError);
  CHECK(folder.count() == 2);
  if (fs::exists("/dev/full")) CHECK_THROWS_AS(save_npy("/dev/full", a), FileError);
}
