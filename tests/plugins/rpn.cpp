// A plug-in with a front end: files of lines `name: a b + 2 /`, reverse Polish, whose single
// letters are parameters f64[n].
#include <cctype>
#include <map>
#include <sstream>

#include "frontend/plugin_api.h"
#include "ir/build.h"
#include "ir/import.h"

using namespace arrayc;

namespace {

class Line {
 public:
  Line(const char* file, std::uint32_t number) : place_{file, number, 1} {}

  ir::Function read(std::istringstream words) {
    std::string name;
    std::getline(words, name, ':');
    for (std::string word; words >> word;) step(word);
    if (stack_.size() != 1) ir::user_error("a line must leave one value", place_);
    return ir::import(stack_, name, {}).function;
  }

 private:
  void step(const std::string& word) {
    if (word.size() == 1 && std::isalpha(static_cast<unsigned char>(word[0]))) {
      ir::Value& parameter = parameters_[word];
      if (!parameter) {
        const ir::Type type{ir::DType::F64, {ir::Extent::symbol("n")}};
        parameter = ir::record_leaf(type, nullptr, word, ir::Weak::strong, place_);
      }
      stack_.push_back(parameter);
    } else if (std::isdigit(static_cast<unsigned char>(word[0]))) {
      stack_.push_back(
          ir::build::scalar(ir::Scalar::of(std::stod(word)), ir::Weak::floating, place_));
    } else {
      if (stack_.size() < 2) ir::user_error("'" + word + "' needs two values", place_);
      const ir::Value right = stack_.back();
      stack_.pop_back();
      stack_.back() = ir::build::binary_operator(word, stack_.back(), right, place_);
    }
  }

  ir::Place place_;
  std::map<std::string, ir::Value> parameters_;
  std::vector<ir::Value> stack_;
};

ir::Module read_rpn(std::string_view text, const std::string& file_name,
                    const std::vector<std::string>&, const ir::Registry&) {
  ir::Module module;
  module.source_file = file_name;
  std::istringstream lines{std::string(text)};
  std::uint32_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    Line reader(ir::intern_file_name(file_name), ++number);
    module.functions.push_back(reader.read(std::istringstream(line)));
  }
  return module;
}

}  // namespace

ARRAYC_PLUGIN("rpn")

extern "C" void arrayc_plugin_register(Host& host) {
  host.add_front_end({"rpn", "reverse Polish", {".rpn"}, read_rpn});
}
