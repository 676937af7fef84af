#include "ir/diagnostic.h"
#include "tests/catch.h"

using namespace arrayc::ir;

TEST_CASE("places print as far as they are known") {
  const char* file = intern_file_name(std::string("k") + ".py");
  CHECK(file == intern_file_name("k.py"));
  CHECK(to_string(Place{file, 3, 14}) == "k.py:3:14");
  CHECK(to_string(Place{file, 3, 0}) == "k.py:3");
  CHECK(to_string(Place{file, 0, 0}) == "k.py");
  CHECK(to_string(Place{}).empty());
}

TEST_CASE("what() has place, message and note") {
  const Place place{"k.py", 3, 14};
  const Error error(ErrorKind::user, "axis 2 is out of bounds", place, "the array has 2 axes");
  CHECK(std::string(error.what()) ==
        "k.py:3:14: axis 2 is out of bounds\nnote: the array has 2 axes");
  CHECK(error.message() == "axis 2 is out of bounds");
  CHECK(std::string(Error(ErrorKind::bug, "m").what()) == "m");
}

TEST_CASE("an error gets a place once") {
  const Error error(ErrorKind::user, "m", {}, "n");
  const Error placed = error.at(Place{"a.py", 1, 1});
  CHECK(placed.place() == Place{"a.py", 1, 1});
  CHECK(placed.note() == "n");
  CHECK(placed.at(Place{"b.py", 2, 2}).place() == Place{"a.py", 1, 1});
}

TEST_CASE("the throwing functions choose the kind") {
  const auto kind_of = [](auto&& thrower) {
    try {
      thrower();
    } catch (const Error& error) {
      return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::bug;
  };
  CHECK(kind_of([] { user_error("m"); }) == ErrorKind::user);
  CHECK(kind_of([] { limitation("m", {}, "n"); }) == ErrorKind::limitation);
  CHECK(kind_of([] { bug("m"); }) == ErrorKind::bug);
}

TEST_CASE("errors render with the line and a caret") {
  const std::string source = "def f(x):\n    return x + y\r\n\tz = 1\n# é x\n";
  const Error error(ErrorKind::user, "name 'y' is not defined", {"k.py", 2, 16}, "declare it");
  CHECK(render(error, source) ==
        "k.py:2:16: error: name 'y' is not defined\n"
        "      return x + y\n"
        "                 ^\n"
        "note: declare it\n");
  CHECK(render(error) ==
        "k.py:2:16: error: name 'y' is not defined\n"
        "note: declare it\n");
  CHECK(render(Error(ErrorKind::limitation, "m", {"k.py", 3, 2}), source) ==
        "k.py:3:2: error: not supported: m\n  \tz = 1\n  \t^\n");
  CHECK(render(Error(ErrorKind::bug, "m", {"k.py", 4, 6}), source) ==
        "k.py:4:6: error: internal: m\n  # é x\n      ^\n");
  CHECK(render(Error(ErrorKind::user, "m", {"k.py", 99, 1}), source) == "k.py:99:1: error: m\n");
  CHECK(render(Error(ErrorKind::user, "m"), source) == "error: m\n");
  const std::string colored = render(error, source, true);
  CHECK(colored.find("\033[") != std::string::npos);
  CHECK(colored.ends_with("\n"));
}
