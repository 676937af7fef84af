// Sentences with sizes of the call: "{n + 1}" in the text stands for the value of n + 1.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sizes.h"

namespace arrayc::backends {

class Message {
 public:
  // Braces that hold no extent are text. Adds the symbols to the table.
  Message(std::string_view text, SymbolTable& symbols);
  // A size that is not known is named.
  std::string operator()(std::span<const std::int64_t> values) const;
  bool has_sizes() const { return pieces_.size() > 1; }

 private:
  struct Piece {
    std::string text;  // before the size
    bool has_size = false;
    std::string name;
    Size size;
  };
  std::vector<Piece> pieces_;
};

}  // namespace arrayc::backends
