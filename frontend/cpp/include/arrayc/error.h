// What is thrown. what() begins with NumPy's sentence, then names the place in your source where
// the expression was built.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace arrayc {

class Error : public std::runtime_error {
 public:
  Error(const std::string& what, std::string message, std::string file, unsigned line)
      : std::runtime_error(what),
        message_(std::move(message)),
        file_(std::move(file)),
        line_(line) {}
  // The sentence alone, without the place.
  const std::string& message() const noexcept { return message_; }
  // Where the expression was built; "" and 0 where unknown.
  const std::string& file() const noexcept { return file_; }
  unsigned line() const noexcept { return line_; }

 private:
  std::string message_;
  std::string file_;
  unsigned line_;
};

// The program or its data is wrong.
class UserError : public Error {
  using Error::Error;
};
// Legal NumPy that is not built here (yet); the text says what works instead.
class Limitation : public Error {
  using Error::Error;
};
// A bug of arrayc's.
class InternalError : public Error {
  using Error::Error;
};

}  // namespace arrayc
