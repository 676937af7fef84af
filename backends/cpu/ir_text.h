// LLVM IR as text, for the code around kernels: calls, checks and sizes. Only names and numbers of
// ours go into it.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "ir/extent.h"

namespace arrayc::backends {

class IrText {
 public:
  explicit IrText(std::string& out) : out_(out) {}

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += "  ";
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  // An instruction with a result, whose name is returned.
  template <typename... Args>
  std::string value(fmt::format_string<Args...> format, Args&&... args) {
    std::string name = fmt::format("%v{}", next_++);
    out_ += "  " + name + " = ";
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
    return name;
  }
  void place(const std::string& label) { out_ += label + ":\n"; }
  std::string new_label() { return fmt::format("b{}", next_++); }
  // Goes to `label` if `condition`, else on.
  void leave_if(const std::string& condition, const std::string& label);

  // pointer[index] of 8-byte items.
  std::string item(const std::string& pointer, std::size_t index);
  std::string load_item(const std::string& pointer, std::size_t index, const char* type = "i64");
  void store_item(const std::string& value, const std::string& pointer, std::size_t index,
                  const char* type = "i64");

 private:
  std::string& out_;
  int next_ = 0;
};

// Values of extents; code that computes one must dominate what follows.
class SizeText {
 public:
  explicit SizeText(IrText& text) : text_(text) {}
  void bind(const std::string& symbol, const std::string& value) { symbols_[symbol] = value; }
  bool knows(const std::string& symbol) const { return symbols_.contains(symbol); }
  bool knows_all(const ir::Extent& e) const;
  std::string operator()(const ir::Extent& e);

 private:
  std::string atom(const ir::ExtentAtom& atom);
  IrText& text_;
  std::map<std::string, std::string> symbols_, made_;
};

}  // namespace arrayc::backends
