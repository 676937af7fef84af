#include "runtime/file_handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace arrayc::runtime {
namespace {

// No two threads or processes write to one temporary file.
std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}.{}-{}.tmp", target, getpid(), counter.fetch_add(1));
}

// The name itself, or where a chain of links leads: a rename must not replace a link.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  return real ? std::string(real.get()) : path;
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

OutputFile::OutputFile(const std::string& path) : path_(path) {
  const std::string target = resolved(path);
  struct stat info{};
  const bool exists = stat(target.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    fail("written");
  }
  if (exists && !S_ISREG(info.st_mode)) {
    device_ = std::make_unique<FileHandle>(target, O_WRONLY);
    if (!*device_) fail("opened");
    return;
  }
  temporary_ = std::make_unique<TemporaryFile>(target);
  if (!temporary_->file()) fail("created");
  if (exists) temporary_->set_mode(info.st_mode & 07777);
}

OutputFile OutputFile::standard_output() {
  OutputFile file;
  file.path_ = "the standard output";
  file.device_ = std::make_unique<FileHandle>(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!*file.device_) file.fail("written");
  return file;
}

void OutputFile::fail(const char* action) const {
  throw FileError(fmt::format("{} cannot be {}: {}", path_, action, std::strerror(errno)));
}

void OutputFile::write(const void* data, std::int64_t bytes) {
  const FileHandle& file = device_ ? *device_ : temporary_->file();
  const auto* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = ::write(file.get(), from, static_cast<std::size_t>(bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("written");
    from += n;
    bytes -= n;
  }
}

void OutputFile::commit() {
  if (device_ ? !device_->close() : !temporary_->rename_to_target()) fail("written");
}

}  // namespace arrayc::runtime
