#include "runtime/npy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/file_handle.h"
#include "runtime/npy_header.h"

namespace arrayc::runtime {
namespace {

// Below this, reading is cheaper than mapping.
constexpr std::int64_t kMapBytes = 64 << 10;
// A header is a line; one that claims more than this is damaged.
constexpr std::size_t kMostHeaderBytes = 1 << 20;
// How far memory may grow at a time while reading from something that has no size (a pipe).
constexpr std::int64_t kStreamStep = 16 << 20;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw NpyError(fmt::format("{} {}", path, what));
}

[[noreturn]] void fail_errno(const std::string& path, const char* action) {
  throw NpyError(fmt::format("{} cannot be {}: {}", path, action, std::strerror(errno)));
}

// Reads up to `bytes`; less only at the end of the file.
std::int64_t read_up_to(const FileHandle& file, const std::string& path, void* to,
                        std::int64_t bytes) {
  std::int64_t done = 0;
  while (done < bytes) {
    const ssize_t n =
        ::read(file.get(), static_cast<char*>(to) + done, static_cast<std::size_t>(bytes - done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path, "read");
    if (n == 0) break;
    done += n;
  }
  return done;
}

std::string read_text(const FileHandle& file, const std::string& path, std::size_t bytes) {
  std::string text(bytes, '\0');
  const auto want = static_cast<std::int64_t>(bytes);
  if (read_up_to(file, path, text.data(), want) < want) fail(path, "is truncated in its header");
  return text;
}

struct Head {
  NpyHeader header;
  std::int64_t data_offset = 0;
};

Head read_head(const FileHandle& file, const std::string& path) {
  std::string magic(kNpyMagicBytes, '\0');
  const std::int64_t got = read_up_to(file, path, magic.data(), kNpyMagicBytes);
  if (got == 0) fail(path, "is empty");
  const int length_bytes = npy_length_bytes(magic);
  if (got < static_cast<std::int64_t>(kNpyMagicBytes)) fail(path, "is truncated in its header");
  const std::string length_text = read_text(file, path, static_cast<std::size_t>(length_bytes));
  std::size_t length = 0;
  for (int i = length_bytes - 1; i >= 0; --i) {
    length = length << 8 | static_cast<unsigned char>(length_text[static_cast<std::size_t>(i)]);
  }
  if (length > kMostHeaderBytes) {
    fail(path, fmt::format("has a damaged header: it claims to be {} bytes long", length));
  }
  Head head;
  head.header = parse_npy_header(read_text(file, path, length));
  head.data_offset = static_cast<std::int64_t>(kNpyMagicBytes + length) + length_bytes;
  return head;
}

std::int64_t data_bytes(const std::string& path, const NpyHeader& header) {
  std::int64_t bytes = 0;
  try {
    const std::int64_t count = element_count(header.shape);
    if (!__builtin_mul_overflow(count, std::int64_t{item_size(header.dtype)}, &bytes)) return bytes;
  } catch (const std::length_error&) {
    // falls through to the one message for both overflows
  }
  fail(path, fmt::format("has a damaged header: an array of shape {} is too big",
                         shape_text(header.shape)));
}

[[noreturn]] void fail_truncated(const std::string& path, const NpyHeader& header,
                                 std::int64_t claimed, std::int64_t there) {
  fail(path, fmt::format("is truncated: {} of shape {} takes {} bytes, the file has {}",
                         numpy_name(header.dtype), shape_text(header.shape), claimed, there));
}

// A private mapping: writes stay in this process. null where the file cannot be mapped.
std::shared_ptr<void> map_file(const FileHandle& file, std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0);
  if (p == MAP_FAILED) return nullptr;
  return {p, [size](void* mapped) { munmap(mapped, size); }};
}

// From something without a size: memory grows with what has really arrived.
std::shared_ptr<void> read_stream(const FileHandle& file, const std::string& path,
                                  const NpyHeader& header, std::int64_t bytes) {
  std::int64_t capacity = std::min(bytes, kStreamStep);
  std::shared_ptr<void> memory = allocate(capacity);
  std::int64_t done = 0;
  while (true) {
    const std::int64_t n =
        read_up_to(file, path, static_cast<char*>(memory.get()) + done, capacity - done);
    done += n;
    if (done == bytes) return memory;
    if (done < capacity) fail_truncated(path, header, bytes, done);
    capacity = std::min(bytes, capacity > bytes / 2 ? bytes : capacity * 2);
    std::shared_ptr<void> larger = allocate(capacity);
    std::memcpy(larger.get(), memory.get(), static_cast<std::size_t>(done));
    memory = std::move(larger);
  }
}

void swap_bytes(char* data, std::int64_t bytes, arrayc_dtype dtype) {
  const bool is_complex = dtype == ARRAYC_C64 || dtype == ARRAYC_C128;
  const int size = item_size(dtype) / (is_complex ? 2 : 1);
  for (char* end = data + bytes; data < end; data += size) std::reverse(data, data + size);
}

// A bool that is neither 0 nor 1 would not be one value everywhere it is used.
void normalise_bools(unsigned char* data, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (data[i] > 1) data[i] = 1;
  }
}

std::vector<std::int64_t> fortran_strides(const std::vector<std::int64_t>& shape, int size) {
  std::vector<std::int64_t> strides =
      contiguous_strides(std::vector<std::int64_t>(shape.rbegin(), shape.rend()), size);
  std::reverse(strides.begin(), strides.end());
  return strides;
}

// The file's data, `bytes` of it, wherever it is put; the data pointer follows in `array`.
void place_data(const FileHandle& file, const std::string& path, const Head& head,
                std::int64_t bytes, Array& array) {
  struct stat info{};
  if (fstat(file.get(), &info) != 0) fail_errno(path, "read");
  if (!S_ISREG(info.st_mode)) {
    array.owner = read_stream(file, path, head.header, bytes);
    array.data = array.owner.get();
    return;
  }
  const std::int64_t there = info.st_size - head.data_offset;
  if (there < bytes) fail_truncated(path, head.header, bytes, there);
  // Data that does not start at a multiple of its items' size is moved to where it does.
  const bool aligned = head.data_offset % item_size(array.dtype) == 0;
  if (bytes >= kMapBytes && aligned && !head.header.swapped) {
    array.owner = map_file(file, head.data_offset + bytes);
    if (array.owner) {
      array.data = static_cast<char*>(array.owner.get()) + head.data_offset;
      return;
    }
  }
  array.owner = allocate(bytes);
  array.data = array.owner.get();
  const std::int64_t got = read_up_to(file, path, array.data, bytes);
  if (got < bytes) fail_truncated(path, head.header, bytes, got);
}

bool is_fortran_contiguous(const Array& array) {
  Array reversed = array;
  std::reverse(reversed.shape.begin(), reversed.shape.end());
  std::reverse(reversed.strides.begin(), reversed.strides.end());
  return is_contiguous(reversed);
}

}  // namespace

Array load_npy(const std::string& path) {
  const FileHandle file(path, O_RDONLY);
  if (!file) fail_errno(path, "opened");
  Head head;
  try {
    head = read_head(file, path);
  } catch (const NpyHeaderError& error) {
    fail(path, error.what());
  }
  const std::int64_t bytes = data_bytes(path, head.header);
  Array array;
  array.dtype = head.header.dtype;
  array.shape = head.header.shape;
  const int size = item_size(array.dtype);
  array.strides = head.header.fortran_order ? fortran_strides(array.shape, size)
                                            : contiguous_strides(array.shape, size);
  place_data(file, path, head, bytes, array);
  if (head.header.swapped) swap_bytes(static_cast<char*>(array.data), bytes, array.dtype);
  if (array.dtype == ARRAYC_BOOL) normalise_bools(static_cast<unsigned char*>(array.data), bytes);
  return array;
}

void write_npy(OutputFile& file, const Array& array) {
  const bool as_is = is_contiguous(array);
  const bool fortran = !as_is && is_fortran_contiguous(array);
  const Array data = as_is || fortran ? array : copy(array);
  std::string head;
  try {
    head = format_npy_header(array.dtype, fortran, array.shape);
  } catch (const NpyHeaderError& error) {
    fail(file.path(), error.what());
  }
  file.write(head.data(), static_cast<std::int64_t>(head.size()));
  file.write(data.data, element_count(array.shape) * item_size(array.dtype));
}

void save_npy(const std::string& path, const Array& array) {
  OutputFile file(path);
  write_npy(file, array);
  file.commit();
}

}  // namespace arrayc::runtime
