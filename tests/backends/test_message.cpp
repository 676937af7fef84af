#include "backends/message.h"
#include "tests/catch.h"

using namespace arrayc::backends;

TEST_CASE("sizes stand in a message where it names them in braces") {
  SymbolTable symbols;
  symbols.add("n");
  const auto said = [&](const char* text, std::int64_t n) {
    const Message message(text, symbols);
    std::vector<std::int64_t> sizes(symbols.size(), unknown_size);
    sizes[0] = n;
    return message(sizes);
  };
  CHECK(said("shapes ({n},) ({n + 1},2) ", 3) == "shapes (3,) (4,2) ");
  CHECK(said("nothing to say", 3) == "nothing to say");
  CHECK(said("{k} of {n}", 3) == "k of 3");
  // Other braces are text.
  CHECK(said("{n ({n}) {} }{", 3) == "{n (3) {} }{");
  CHECK(said("", 3) == "");
  CHECK_FALSE(Message("no size", symbols).has_sizes());
  CHECK(Message("{n}", symbols).has_sizes());
}
