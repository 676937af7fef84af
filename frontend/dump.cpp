#include "frontend/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

#include "ir/diagnostic.h"
#include "ir/text.h"

namespace arrayc {

namespace {

namespace fs = std::filesystem;

class DumpFolder {
 public:
  explicit DumpFolder(std::string folder) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) ir::user_error("cannot make the folder " + folder_ + ": " + error.message());
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      int number = 0;
      std::from_chars(name.data(), name.data() + name.size(), number);
      last_ = std::max(last_, number);
    }
  }

  void write(const passes::Pass& pass, const ir::Module& module) {
    const std::lock_guard lock(mutex_);
    const std::string path = fmt::format("{}/{:04}-{}.air", folder_, ++last_, pass.name);
    std::ofstream file(path);
    file << ir::print(module);
    if (!file.good()) ir::user_error("cannot write " + path);
  }

 private:
  std::mutex mutex_;
  std::string folder_;
  int last_ = 0;
};

}  // namespace

passes::Observer dump_to_folder(const std::string& folder) {
  const auto dumps = std::make_shared<DumpFolder>(folder);
  return {[dumps](const passes::Pass& pass, const ir::Module& module, double) {
    dumps->write(pass, module);
  }};
}

}  // namespace arrayc
