// Errors, and the source places that they name.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc::ir {

// A place in a user's source. `file` points to a string that lives as long as the process: a
// literal from std::source_location or one from intern_file_name. Never part of a hash or key.
struct Place {
  const char* file = nullptr;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool known() const { return file != nullptr; }
  bool operator==(const Place&) const = default;
};

const char* intern_file_name(std::string_view name);
std::string to_string(const Place& place);  // "k.py:3:14", "" where unknown

enum class ErrorKind : std::uint8_t {
  user,        // the program or its data is wrong; the message begins with NumPy's sentence
  limitation,  // legal NumPy that is not built here (yet); the note says what works instead
  bug          // an invariant of ours broke; the message names the pass
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, Place place = {}, std::string note = {});
  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }  // without place and note
  const Place& place() const { return place_; }
  const std::string& note() const { return note_; }  // "" or what would work
  // The same error with a place, if it has none yet.
  Error at(Place place) const;

 private:
  ErrorKind kind_;
  std::string message_;
  Place place_;
  std::string note_;
};

[[noreturn]] void user_error(std::string message, Place place = {}, std::string note = {});
[[noreturn]] void limitation(std::string message, Place place = {}, std::string note = {});
[[noreturn]] void bug(std::string message);

// "file:line:col: error: message", the source line if `source` is given, a caret, and the note.
std::string render(const Error& error, std::string_view source = {}, bool color = false);

}  // namespace arrayc::ir
