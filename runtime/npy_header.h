// The header of a .npy file: a Python dictionary in text, between a magic number and the data.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/array.h"

namespace arrayc::runtime {

// The magic number and two version bytes.
inline constexpr std::size_t kNpyMagicBytes = 8;

struct NpyHeader {
  arrayc_dtype dtype = ARRAYC_F64;
  bool swapped = false;  // the file's byte order is not the machine's
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// What is wrong with a header, as the end of a sentence that begins with the file's name.
struct NpyHeaderError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// From the magic number: how many bytes (2 or 4) the header's length takes.
// `bytes` holds at least kNpyMagicBytes.
int npy_length_bytes(std::string_view bytes);

// `text` is the dictionary, e.g. "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }".
NpyHeader parse_npy_header(std::string_view text);

// The whole head of a file, magic number to newline, byte for byte as NumPy 2 writes it.
// Throws NpyHeaderError for an element type that NumPy has no name for.
std::string format_npy_header(arrayc_dtype dtype, bool fortran_order,
                              const std::vector<std::int64_t>& shape);

// NumPy's name of an element type ("float64") and its text of a shape ("(3,)").
std::string_view numpy_name(arrayc_dtype dtype);
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace arrayc::runtime
