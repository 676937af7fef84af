// Open files that close themselves, and files that appear under their name only when complete.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace arrayc::runtime {

class FileHandle {
 public:
  // False if it could not be opened: errno says why.
  FileHandle(const std::string& path, int flags, mode_t mode = 0666);
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}  // to close this one
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  // False if what was written did not all arrive.
  bool close();

 private:
  int descriptor_;
};

// A new file beside `target`, removed unless it is renamed to it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const FileHandle& file() const { return file_; }
  void set_mode(mode_t mode);
  bool rename_to_target();

 private:
  std::string target_;
  std::string path_;
  FileHandle file_;
  bool renamed_ = false;
};

// A file cannot be read or written; the message names it and the reason.
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is written appears under the name only when it is committed, in place of what was there. A
// device or a pipe is written to at once, where links lead is followed, and the mode is kept.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  static OutputFile standard_output();
  const std::string& path() const { return path_; }
  void write(const void* data, std::int64_t bytes);
  void commit();

 private:
  OutputFile() = default;
  [[noreturn]] void fail(const char* action) const;

  std::string path_;
  std::unique_ptr<FileHandle> device_;
  std::unique_ptr<TemporaryFile> temporary_;
};

}  // namespace arrayc::runtime
