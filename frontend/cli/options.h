// What the subcommands share: their options, read from the command line.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "frontend/session.h"

namespace arrayc::cli {

// A mistake in how the tool is called: exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Shared {
  // What rows of options.def were given, by flag.
  std::vector<std::pair<std::string, std::vector<std::string>>> session;
  std::vector<std::string> exports;
  std::string print_after;  // a pass, or "all"
  bool print_changed = false;
  bool time_passes = false;
};

// A subcommand.
struct Command {
  const char* name;
  const char* usage;     // after the name
  const char* doc;       // one sentence
  const char* examples;  // lines
  int (*run)(const std::vector<std::string>& words);
};
const std::vector<Command>& commands();

int command_run(const std::vector<std::string>& words);
int command_compile(const std::vector<std::string>& words);
int command_opt(const std::vector<std::string>& words);
int command_explain(const std::vector<std::string>& words);
int command_list(const std::vector<std::string>& words);

// The words of FILE, quoted as in a shell, in place of each word @FILE.
std::vector<std::string> expand_files(const std::vector<std::string>& words);

// Parses words by the shared options, the command's own and positional arguments. Returns false if
// help was asked for and printed.
struct OwnOptions {
  std::vector<std::string>* outputs = nullptr;  // -o
  std::vector<std::string>* emit = nullptr;     // --emit
  std::string* passes = nullptr;                // --passes
};
bool parse(const char* command, const std::vector<std::string>& words, const OwnOptions& own,
           Shared& shared, std::vector<std::string>& arguments);

// The process's session with the options set and the plug-ins loaded.
Session& open_session(const Shared& shared);

// Options for compiling, with observers that dump and time as asked.
backends::CompileOptions compile_options(const Session& session, const Shared& shared);
// Prints what --time-passes collected.
void finish_dumps(const Shared& shared);

ir::Module read(Session& session, const std::string& path, const Shared& shared);
std::string read_text(const std::string& path);

// Writes all files or none: each to a temporary name beside it, renamed when every one is written.
// "-" is the standard output.
using Files = std::vector<std::pair<std::string, std::string>>;  // path, bytes
void write_files(const Files& files);
void write_arrays(const std::vector<std::string>& paths, const std::vector<runtime::Array>& arrays);

}  // namespace arrayc::cli
