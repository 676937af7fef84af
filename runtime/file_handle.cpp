#include "runtime/file_handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace arrayc::runtime {
namespace {

// No two threads or processes write to one temporary file.
std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}.{}-{}.tmp", target, getpid(), counter.fetch_add(1));
}

}  // namespace

FileHandle::FileHandle(const std::string& path, int flags, mode_t mode)
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}

FileHandle::~FileHandle() { close(); }

bool FileHandle::close() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  return descriptor < 0 || ::close(descriptor) == 0;
}

TemporaryFile::TemporaryFile(const std::string& target)
    : target_(target), path_(temporary_name(target)), file_(path_, O_WRONLY | O_CREAT | O_EXCL) {}

TemporaryFile::~TemporaryFile() {
  if (file_ && !renamed_) unlink(path_.c_str());
}

// A refusal (another owner's file) leaves the mode a new file gets.
void TemporaryFile::set_mode(mode_t mode) {
  if (fchmod(file_.get(), mode) != 0) return;
}

bool TemporaryFile::rename_to_target() {
  if (!file_.close()) {
    unlink(path_.c_str());
    return false;
  }
  renamed_ = std::rename(path_.c_str(), target_.c_str()) == 0;
  if (!renamed_) unlink(path_.c_str());
  return renamed_;
}

}  // namespace arrayc::runtime
