// Tables recorded from NumPy: tab-separated files beside the tests.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#ifndef ARRAYC_SOURCE_DIR
#define ARRAYC_SOURCE_DIR "."
#endif

namespace arrayc::tests {

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

inline std::vector<std::vector<std::string>> read_table(const std::string& file) {
  const std::string path = std::string(ARRAYC_SOURCE_DIR) + "/tests/ir/" + file;
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("cannot read " + path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(stream, line);) rows.push_back(split(line, '\t'));
  return rows;
}

}  // namespace arrayc::tests
