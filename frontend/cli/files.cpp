// Output files: all of them or none.
#include "frontend/cli/options.h"
#include "runtime/npy.h"

namespace arrayc::cli {

namespace {

// Opens every file, has `fill` write it, and gives them their names when all are complete.
template <typename Fill>
void write_all(const std::vector<std::string>& paths, Fill fill) {
  using runtime::OutputFile;
  std::vector<OutputFile> pending;
  try {
    for (std::size_t k = 0; k < paths.size(); ++k) {
      pending.push_back(paths[k] == "-" ? OutputFile::standard_output() : OutputFile(paths[k]));
      fill(k, pending.back());
    }
    for (OutputFile& file : pending) file.commit();
  } catch (const runtime::FileError& e) {
    ir::user_error(e.what());
  }
}

}  // namespace

void write_files(const Files& files) {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : files) paths.push_back(path);
  write_all(paths, [&](std::size_t k, runtime::OutputFile& file) {
    const std::string& bytes = files[k].second;
    file.write(bytes.data(), static_cast<std::int64_t>(bytes.size()));
  });
}

void write_arrays(const std::vector<std::string>& paths,
                  const std::vector<runtime::Array>& arrays) {
  write_all(paths,
            [&](std::size_t k, runtime::OutputFile& file) { runtime::write_npy(file, arrays[k]); });
}

}  // namespace arrayc::cli
