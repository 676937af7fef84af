#include "runtime/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace arrayc::runtime {
namespace {

constexpr std::size_t kMostAxes = 64;          // NumPy's own limit
constexpr std::size_t kHeaderAlignment = 64;   // of the data's place in the file
constexpr std::size_t kGrowthAxisDigits = 21;  // NumPy leaves room for the first axis to grow
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr bool kLittle = std::endian::native == std::endian::little;

struct TypeName {
  arrayc_dtype dtype;
  std::string_view code;  // kind and size in a descr
  std::string_view name;
};
// numpy.bool first among the names of one byte; bfloat16 has no descr of its own.
constexpr TypeName kTypes[] = {
    {ARRAYC_BOOL, "b1", "bool"},        {ARRAYC_I8, "i1", "int8"},
    {ARRAYC_I16, "i2", "int16"},        {ARRAYC_I32, "i4", "int32"},
    {ARRAYC_I64, "i8", "int64"},        {ARRAYC_U8, "u1", "uint8"},
    {ARRAYC_U16, "u2", "uint16"},       {ARRAYC_U32, "u4", "uint32"},
    {ARRAYC_U64, "u8", "uint64"},       {ARRAYC_F16, "f2", "float16"},
    {ARRAYC_BF16, "", "bfloat16"},      {ARRAYC_F32, "f4", "float32"},
    {ARRAYC_F64, "f8", "float64"},      {ARRAYC_C64, "c8", "complex64"},
    {ARRAYC_C128, "c16", "complex128"},
};

[[noreturn]] void fail(const std::string& what) { throw NpyHeaderError(what); }

// Printable, and not too long: text from the file goes into messages.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (text.size() > 40 ? "…'" : "'");
}

// Why an array of this kind of element cannot be read.
std::string refusal(std::string_view descr, char kind) {
  switch (kind) {
    case 'O':
      return "holds pickled Python objects, which are never loaded (running them would run code)";
    case 'U':
    case 'S':
    case 'a':
      return fmt::format("holds text (dtype {}); only numbers can be loaded", quoted(descr));
    case 'M':
    case 'm':
      return fmt::format(
          "holds dates or times (dtype {}); convert them with .astype('int64') first",
          quoted(descr));
    case 'V':
      return fmt::format(
          "holds raw or structured data (dtype {}); save each field as an array of numbers",
          quoted(descr));
    default:
      return fmt::format("has an unsupported dtype {}", quoted(descr));
  }
}

void read_descr(std::string_view descr, NpyHeader& header) {
  std::string_view code = descr;
  char order = '=';
  if (!code.empty() && std::string_view("<>=|").find(code.front()) != std::string_view::npos) {
    order = code.front();
    code.remove_prefix(1);
  }
  if (code == "?") code = "b1";
  for (const TypeName& type : kTypes) {
    const bool named = code == descr && code == type.name && !type.code.empty();
    if (code.empty() || (code != type.code && !named)) continue;
    header.dtype = type.dtype;
    header.swapped = item_size(type.dtype) > 1 && order == (kLittle ? '>' : '<');
    return;
  }
  fail(refusal(descr, code.empty() ? ' ' : code.front()));
}

// The few forms of Python literal that a header is made of. Never reads past the end, and has no
// recursion: nothing in a valid header nests.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      entry(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("has a damaged header: text after the dictionary");
    if (!descr_ || !fortran_order_ || !shape_) {
      fail(fmt::format("has a damaged header: '{}' is missing", !descr_           ? "descr"
                                                                : !fortran_order_ ? "fortran_order"
                                                                                  : "shape"));
    }
    NpyHeader header;
    read_descr(*descr_, header);
    header.fortran_order = *fortran_order_;
    header.shape = *shape_;
    return header;
  }

 private:
  void entry(const std::string& key) {
    // As in Python, of two entries with one key the last counts.
    if (key == "descr") {
      skip_space();
      if (peek() == '[' || peek() == '(' || peek() == '{') {
        fail("holds records; save each field as an array of its own");
      }
      descr_ = string();
    } else if (key == "fortran_order") {
      fortran_order_ = boolean();
    } else if (key == "shape") {
      shape_ = tuple();
    } else {
      fail(fmt::format("has a damaged header: unexpected key {}", quoted(key)));
    }
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r\f").find(text_[at_]) != text_.npos)
      ++at_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) {
      fail(fmt::format("has a damaged header: '{}' expected at character {}", c, at_ + 1));
    }
  }

  std::string string() {
    skip_space();
    if (peek() == 'u') ++at_;
    const char quote = peek();
    if (quote != '\'' && quote != '"') {
      fail(fmt::format("has a damaged header: text in quotes expected at character {}", at_ + 1));
    }
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' || text_[at_] == '\n') {
        fail(fmt::format("has a damaged header: unexpected character at {}", at_ + 1));
      }
      ++at_;
    }
    if (at_ >= text_.size()) fail("has a damaged header: a quote is not closed");
    return std::string(text_.substr(begin, at_++ - begin));
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  bool boolean() {
    skip_space();
    if (word("True")) return true;
    if (word("False")) return false;
    fail("has a damaged header: 'fortran_order' is neither True nor False");
  }

  std::int64_t extent() {
    skip_space();
    const std::size_t begin = at_;
    std::int64_t value = 0;
    bool overflow = false;
    while (peek() >= '0' && peek() <= '9') {
      overflow = overflow || __builtin_mul_overflow(value, 10, &value) ||
                 __builtin_add_overflow(value, text_[at_] - '0', &value);
      ++at_;
    }
    if (at_ == begin) {
      fail(fmt::format("has a damaged header: 'shape' is not a tuple of extents (character {})",
                       at_ + 1));
    }
    if (overflow) fail("has a damaged header: an extent is too large");
    if (peek() == 'L') ++at_;  // Python 2 wrote (3L, 4L)
    return value;
  }

  std::vector<std::int64_t> tuple() {
    expect('(');
    std::vector<std::int64_t> shape;
    bool comma = true;
    while (!accept(')')) {
      if (!comma) expect(',');
      shape.push_back(extent());
      if (shape.size() > kMostAxes) fail(fmt::format("has more than {} axes", kMostAxes));
      comma = accept(',');
    }
    // "(3)" is a number, not a tuple.
    if (shape.size() == 1 && !comma) fail("has a damaged header: 'shape' is not a tuple");
    return shape;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::int64_t>> shape_;
};

std::string descr_of(arrayc_dtype dtype) {
  for (const TypeName& type : kTypes) {
    if (type.dtype != dtype || type.code.empty()) continue;
    const char order = item_size(dtype) == 1 ? '|' : kLittle ? '<' : '>';
    return fmt::format("{}{}", order, type.code);
  }
  fail(fmt::format("cannot hold {}: the format has no name for it; convert to float32 first",
                   numpy_name(dtype)));
}

}  // namespace

int npy_length_bytes(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    if (bytes.substr(0, 2) == "PK") {
      fail(
          "is an archive of arrays (.npz), not one array; unpack it and load one of its .npy "
          "files");
    }
    fail("is not a .npy file (its first bytes are not \\x93NUMPY)");
  }
  const int major = static_cast<unsigned char>(bytes[6]);
  const int minor = static_cast<unsigned char>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    fail(
        fmt::format("is in version {}.{} of the format; 1.0, 2.0 and 3.0 are known", major, minor));
  }
  return major == 1 ? 2 : 4;
}

NpyHeader parse_npy_header(std::string_view text) { return Parser(text).parse(); }

std::string format_npy_header(arrayc_dtype dtype, bool fortran_order,
                              const std::vector<std::int64_t>& shape) {
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", descr_of(dtype),
                  fortran_order ? "True" : "False", shape_text(shape));
  if (!shape.empty()) {
    const std::size_t digits =
        fmt::formatted_size("{}", fortran_order ? shape.back() : shape.front());
    text.append(kGrowthAxisDigits - std::min(digits, kGrowthAxisDigits), ' ');
  }
  // At most 64 axes of at most 19 digits: always short enough for version 1.0.
  const std::size_t prefix = kNpyMagicBytes + 2;
  const std::size_t unpadded = prefix + text.size() + 1;
  text.append((kHeaderAlignment - unpadded % kHeaderAlignment) % kHeaderAlignment, ' ');
  text += '\n';
  std::string head(kMagic);
  head +=
      {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return head + text;
}

std::string_view numpy_name(arrayc_dtype dtype) {
  for (const TypeName& type : kTypes) {
    if (type.dtype == dtype) return type.name;
  }
  return "?";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace arrayc::runtime
