#include "backends/message.h"

#include <utility>

#include "ir/diagnostic.h"

namespace arrayc::backends {

Message::Message(std::string_view text, SymbolTable& symbols) {
  Piece piece;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = text.find('}', open == std::string_view::npos ? text.size() : open);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    try {
      piece.size = Size(ir::parse_extent(name), symbols);
    } catch (const ir::Error&) {
      piece.text += text.substr(0, open + 1);
      text.remove_prefix(open + 1);
      continue;
    }
    piece.text += text.substr(0, open);
    piece.has_size = true;
    piece.name = name;
    pieces_.push_back(std::exchange(piece, {}));
    text.remove_prefix(close + 1);
  }
  piece.text += text;
  pieces_.push_back(std::move(piece));
}

std::string Message::operator()(std::span<const std::int64_t> values) const {
  std::string result;
  for (const Piece& piece : pieces_) {
    result += piece.text;
    if (!piece.has_size) continue;
    try {
      result += std::to_string(piece.size(values));
    } catch (const ir::Error&) {
      result += piece.name;
    }
  }
  return result;
}

}  // namespace arrayc::backends
