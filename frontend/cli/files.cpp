// Output files: all of them or none.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "frontend/cli/options.h"

namespace arrayc::cli {

namespace {

// Temporary files that disappear unless they are given their names.
class Pending {
 public:
  ~Pending() {
    for (const auto& [path, temporary] : files_) std::remove(temporary.c_str());
  }
  void write(const std::string& path, const std::string& bytes) {
    const std::string temporary = path + ".part" + std::to_string(getpid());
    files_.emplace_back(path, temporary);
    std::ofstream file(temporary, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) ir::user_error("cannot write '" + path + "'");
  }
  void commit() {
    for (const auto& [path, temporary] : files_) {
      if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        ir::user_error("cannot write '" + path + "'");
      }
    }
    files_.clear();
  }

 private:
  std::vector<std::pair<std::string, std::string>> files_;  // path, temporary name
};

}  // namespace

void write_files(const std::vector<std::pair<std::string, std::string>>& path_and_bytes) {
  Pending pending;
  for (const auto& [path, bytes] : path_and_bytes) pending.write(path, bytes);
  pending.commit();
}

}  // namespace arrayc::cli
