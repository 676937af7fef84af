// Open files that close themselves, and files that appear under their name only when complete.
#pragma once

#include <sys/types.h>

#include <string>

namespace arrayc::runtime {

class FileHandle {
 public:
  // False if it could not be opened: errno says why.
  FileHandle(const std::string& path, int flags, mode_t mode = 0666);
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

}  // namespace arrayc::runtime
