// arrayc compile FILE -o OUTPUT: ahead of time; what is written follows from the output's suffix.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "frontend/cli/dot.h"
#include "frontend/cli/options.h"
#include "frontend/options.h"
#include "ir/text.h"

namespace arrayc::cli {

namespace {

std::string lowered(const ir::Module& source, const Session& session, const Shared& shared,
                    bool to_loops) {
  ir::Module module = source;
  const backends::CompileOptions options = compile_options(session, shared);
  const passes::Context context{session.registry(), options.target};
  passes::run(passes::array_pipeline(), module, context, options.passes);
  if (to_loops) passes::run(passes::kernel_pipeline(), module, context, options.passes);
  return ir::print(module);
}

std::string emitted(const ir::Module& module, const std::string& kind, const std::string& base,
                    Session& session, const Shared& shared) {
  return session.backend().emit(module, kind, base, session.registry(),
                                compile_options(session, shared));
}

// What --emit knows: the stage's name and the suffix of its file.
struct Stage {
  std::string_view name;
  std::string_view suffix;
};
constexpr Stage all_stages[] = {
    {"graph", ".graph.air"}, {"fused", ".fused.air"}, {"loops", ".loops.air"}, {"llvm", ".ll"},
    {"asm", ".s"},           {"obj", ".o"},           {"header", ".h"},
};

const Stage& stage_named(const std::string& name) {
  std::vector<std::string_view> known;
  for (const Stage& s : all_stages) {
    if (s.name == name) return s;
    known.push_back(s.name);
  }
  throw UsageError(
      fmt::format("--emit: unknown stage '{}'; known: {}", name, fmt::join(known, ", ")));
}

// --emit: one file a stage in a folder, or one stage to the standard output.
Files stages(const ir::Module& module, const std::vector<std::string>& wanted,
             const std::string& folder, const std::string& base, Session& session,
             const Shared& shared) {
  const bool to_output = folder == "-";
  if (to_output && wanted.size() != 1) throw UsageError("-o - takes one stage: --emit=STAGE");
  Files files;
  for (const std::string& name : wanted) {
    const Stage& stage = stage_named(name);
    const std::string path = to_output ? "-" : fmt::format("{}/{}{}", folder, base, stage.suffix);
    if (name == "graph") {
      files.emplace_back(path, ir::print(module));
    } else if (name == "fused" || name == "loops") {
      files.emplace_back(path, lowered(module, session, shared, name == "loops"));
    } else {
      const std::string kind(stage.suffix.substr(1));
      files.emplace_back(path, emitted(module, kind, base, session, shared));
    }
  }
  return files;
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && !std::filesystem::is_directory(folder)) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) ir::user_error("cannot make the folder '" + folder + "': " + error.message());
}

Files by_suffix(const ir::Module& module, const std::string& output, Session& session,
                const Shared& shared) {
  if (output == "-") throw UsageError("-o - needs --emit=STAGE: what to print");
  const std::filesystem::path path(output);
  const std::string kind = path.extension().string(), base = path.stem().string();
  if (kind == ".air") return {{output, ir::print(module)}};
  if (kind == ".dot") return {{output, to_dot(module)}};
  if (kind == ".ll" || kind == ".s" || kind == ".h") {
    return {{output, emitted(module, kind.substr(1), base, session, shared)}};
  }
  if (kind == ".o") {
    std::filesystem::path header = path;
    header.replace_extension(".h");
    return {{output, emitted(module, "o", base, session, shared)},
            {header.string(), emitted(module, "h", base, session, shared)}};
  }
  throw UsageError("cannot tell what to write from the name '" + output +
                   "': .o .h .ll .s .air and .dot are known");
}

// The compiler's options -MD and -MF FILE, taken out of the words: where to write dependencies.
struct DependencyFile {
  bool wanted = false;
  std::string path;  // "": beside what is written
};

DependencyFile take_dependency_file(std::vector<std::string>& words) {
  DependencyFile file;
  for (std::size_t k = 0; k < words.size();) {
    const bool names_file = words[k] == "-MF";
    if (words[k] != "-MD" && !names_file) {
      ++k;
      continue;
    }
    if (names_file && k + 1 == words.size()) throw UsageError("-MF needs a file");
    if (names_file) file.path = words[k + 1];
    file.wanted = true;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(k),
                words.begin() + static_cast<std::ptrdiff_t>(k + (names_file ? 2 : 1)));
  }
  return file;
}

// A name as make and ninja read it.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == ' ' || c == '#') out += '\\';
    if (c == '$') out += '$';
    out += c;
  }
  return out;
}

// A make rule: what was written depends on the source.
std::pair<std::string, std::string> dependencies(const DependencyFile& file, const Files& files,
                                                 const std::string& source) {
  std::string path = file.path;
  if (path.empty()) {
    if (files[0].first == "-") throw UsageError("-MD with -o - needs -MF FILE");
    path = std::filesystem::path(files[0].first).replace_extension(".d").string();
  }
  std::string rule;
  for (const auto& [name, bytes] : files) rule += (rule.empty() ? "" : " ") + escaped(name);
  return {path, rule + ": " + escaped(source) + "\n"};
}

}  // namespace

int command_compile(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const DependencyFile dependency_file = take_dependency_file(words);
  Shared shared;
  std::vector<std::string> outputs, emit, arguments;
  if (!parse("compile", words, {.outputs = &outputs, .emit = &emit}, shared, arguments)) return 0;
  if (arguments.size() != 1) throw UsageError("compile needs one file");
  if (outputs.empty()) throw UsageError("compile needs -o");
  Session& session = open_session(shared);
  const ir::Module module = read(session, arguments[0], shared);
  if (module.functions.empty()) {
    ir::user_error(arguments[0] + " has no function to compile", {},
                   "annotate its parameters, or name one with --export 'f(f64[n])'");
  }
  Files files;
  const std::vector<std::string> wanted = split_list(fmt::format("{}", fmt::join(emit, ",")), ',');
  for (const std::string& output : outputs) {
    if (wanted.empty()) {
      for (auto& f : by_suffix(module, output, session, shared)) {
        const auto same_path = [&](const auto& other) { return other.first == f.first; };
        if (std::ranges::none_of(files, same_path)) files.push_back(std::move(f));
      }
      continue;
    }
    const std::string base = std::filesystem::path(arguments[0]).stem().string();
    Files made = stages(module, wanted, output, base, session, shared);
    if (output != "-") make_folder(output);
    for (auto& f : made) files.push_back(std::move(f));
  }
  if (dependency_file.wanted) {
    files.push_back(dependencies(dependency_file, files, arguments[0]));
  }
  write_files(files);
  finish_dumps(shared);
  return 0;
}

}  // namespace arrayc::cli
