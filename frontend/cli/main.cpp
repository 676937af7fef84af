// The tool. Exit status: 0 done; 1 the program or its data is wrong; 2 usage; 70 a bug of ours.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>

#include "frontend/cli/options.h"

namespace arrayc::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"run", "FILE:FUNCTION ARGUMENT…",
       "Compiles a function in memory, calls it, prints or saves the results.",
       "  arrayc run k.py:distances points.npy p.npy -o d.npy\n"
       "  arrayc run k.py:scale 'random:f64[1000]:7' 2.5\n",
       command_run},
      {"compile", "FILE -o OUTPUT",
       "Compiles a file ahead of time; the output's suffix says to what.",
       "  arrayc compile k.py -o k.o            # and k.h\n"
       "  arrayc compile k.py -o k.o -MD -MF k.d   # for make and ninja\n"
       "  arrayc compile k.py --emit=graph,fused,loops,llvm,asm -o out/\n",
       command_compile},
      {"opt", "FILE [--passes=a,b]", "Runs passes on IR text and prints the result.",
       "  arrayc opt k.air --passes=simplify,sink_views\n", command_opt},
      {"explain", "FILE", "Says what fused, what did not and why, with lanes, threads and bytes.",
       "  arrayc explain k.py\n", command_explain},
      {"list", "ufuncs|ops|passes|backends|frontends|targets|dtypes", "Prints one of the tables.",
       "  arrayc list ufuncs\n", command_list},
  };
  return all;
}

namespace {

void print_help() {
  fmt::print(
      "arrayc compiles array expressions written in NumPy or C++.\n\nusage: arrayc COMMAND …\n\n");
  for (const Command& c : commands()) fmt::print("  {:<8} {}\n", c.name, c.doc);
  fmt::print("\n`arrayc COMMAND --help` tells more; `arrayc --version` the version.\n");
}

int fail(const ir::Error& e, const std::vector<std::string>& words) {
  std::string source;
  if (e.place().known()) {
    try {
      source = read_text(e.place().file);
    } catch (const std::exception&) {  // the message stands without the line
    }
  }
  const bool color = isatty(2) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::cerr << ir::render(e, source, color);
  if (e.kind() != ir::ErrorKind::bug) return 1;
  std::cerr << "this is a bug of arrayc; to reproduce: arrayc "
            << fmt::format("{}", fmt::join(words, " ")) << " --dump-dir=DIR\n";
  return 70;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help();
    return words.empty() ? 2 : 0;
  }
  if (words[0] == "--version") {
    fmt::print("arrayc {}\n", ARRAYC_VERSION);
    return 0;
  }
  for (const Command& c : commands()) {
    if (words[0] == c.name) return c.run({words.begin() + 1, words.end()});
  }
  throw UsageError("unknown command '" + words[0] + "'");
}

// What was printed counts only if it arrived.
int run(const std::vector<std::string>& words) {
  const int status = dispatch(words);
  std::cout.flush();
  if (std::fflush(stdout) != 0 || !std::cout) {
    ir::user_error("the standard output cannot be written: " + std::string(std::strerror(errno)));
  }
  return status;
}

}  // namespace

}  // namespace arrayc::cli

int main(int argc, char** argv) {
  using namespace arrayc;
  std::vector<std::string> words(argv + 1, argv + argc);
  try {
    words = cli::expand_files(words);
    return cli::run(words);
  } catch (const cli::UsageError& e) {
    std::cerr << "arrayc: " << e.what() << "\n(arrayc --help lists the commands)\n";
    return 2;
  } catch (const ir::Error& e) {
    return cli::fail(e, words);
  } catch (const std::exception& e) {
    std::cerr << "arrayc: error: " << e.what() << "\n";
    return 1;
  }
}
