// NumPy's .npy files, versions 1.0 to 3.0, both byte orders, C and Fortran order.
#pragma once

#include <stdexcept>
#include <string>

#include "runtime/array.h"

namespace arrayc::runtime {

// The file is unreadable, damaged, or holds what arrays here cannot (objects, text, records).
struct NpyError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Memory-mapped copy-on-write where the byte order is the machine's, else read and swapped. The
// claimed size is compared with the file's before anything is allocated.
Array load_npy(const std::string& path);

// Written to a temporary name beside `path` and renamed, so that no partial file is ever seen.
void save_npy(const std::string& path, const Array& array);

}  // namespace arrayc::runtime
