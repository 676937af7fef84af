// NumPy's .npy files, versions 1.0 to 3.0, both byte orders, C and Fortran order.
#pragma once

#include <string>

#include "runtime/array.h"
#include "runtime/file_handle.h"

namespace arrayc::runtime {

// The file is unreadable, damaged, or holds what arrays here cannot (objects, text, records).
struct NpyError : FileError {
  using FileError::FileError;
};

// Memory-mapped copy-on-write where the byte order is the machine's, else read and swapped. The
// claimed size is compared with the file's before anything is allocated.
Array load_npy(const std::string& path);

// Throw FileError: the file cannot be written, or the format has no name for the elements' type.
void write_npy(OutputFile& file, const Array& array);
// No partial file is ever seen.
void save_npy(const std::string& path, const Array& array);

}  // namespace arrayc::runtime
