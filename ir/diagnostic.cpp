#include "ir/diagnostic.h"

#include <fmt/format.h>

#include <mutex>
#include <set>

namespace arrayc::ir {

namespace {

std::string what_text(const std::string& message, const Place& place, const std::string& note) {
  std::string text;
  if (place.known()) text = to_string(place) + ": ";
  text += message;
  if (!note.empty()) text += "\nnote: " + note;
  return text;
}

// Line `number` (from 1) of a text, without its line end; "" if there is none.
std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (std::uint32_t line = 1; line < number; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// The line and a caret under `column` (from 1), which counts bytes; tabs stay tabs, and the
// continuation bytes of UTF-8 take no room.
std::string excerpt(std::string_view line, std::uint32_t column) {
  std::string text = fmt::format("  {}\n", line);
  if (column == 0) return text;
  text += "  ";
  for (std::uint32_t i = 0; i + 1 < column && i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if ((byte & 0xC0) != 0x80) text += byte == '\t' ? '\t' : ' ';
  }
  return text + "^\n";
}

}  // namespace

const char* intern_file_name(std::string_view name) {
  static std::mutex mutex;
  static auto& names = *new std::set<std::string, std::less<>>;
  const std::lock_guard lock(mutex);
  auto found = names.find(name);
  if (found == names.end()) found = names.emplace(name).first;
  return found->c_str();
}

std::string to_string(const Place& place) {
  if (!place.known()) return {};
  if (place.line == 0) return place.file;
  if (place.column == 0) return fmt::format("{}:{}", place.file, place.line);
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

Error::Error(ErrorKind kind, std::string message, Place place, std::string note)
    : std::runtime_error(what_text(message, place, note)),
      kind_(kind),
      message_(std::move(message)),
      place_(place),
      note_(std::move(note)) {}

Error Error::at(Place place) const {
  if (place_.known()) return *this;
  return Error(kind_, message_, place, note_);
}

void user_error(std::string message, Place place, std::string note) {
  throw Error(ErrorKind::user, std::move(message), place, std::move(note));
}

void limitation(std::string message, Place place, std::string note) {
  throw Error(ErrorKind::limitation, std::move(message), place, std::move(note));
}

void bug(std::string message) { throw Error(ErrorKind::bug, std::move(message)); }

std::string render(const Error& error, std::string_view source, bool color) {
  const std::string_view bold = color ? "\033[1m" : "";
  const std::string_view red = color ? "\033[1;31m" : "";
  const std::string_view cyan = color ? "\033[1;36m" : "";
  const std::string_view reset = color ? "\033[0m" : "";
  std::string_view word = "error: ";
  if (error.kind() == ErrorKind::limitation) word = "error: not supported: ";
  if (error.kind() == ErrorKind::bug) word = "error: internal: ";
  const Place& place = error.place();
  std::string text;
  if (place.known()) text = fmt::format("{}{}:{} ", bold, to_string(place), reset);
  text += fmt::format("{}{}{}{}\n", red, word, reset, error.message());
  if (place.known() && place.line > 0) {
    const std::string_view line = line_of(source, place.line);
    if (!line.empty()) text += excerpt(line, place.column);
  }
  if (!error.note().empty()) text += fmt::format("{}note:{} {}\n", cyan, reset, error.note());
  return text;
}

}  // namespace arrayc::ir
