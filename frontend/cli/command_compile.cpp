// arrayc compile FILE -o OUTPUT: ahead of time; what is written follows from the output's suffix.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "frontend/cli/dot.h"
#include "frontend/cli/options.h"
#include "ir/text.h"

namespace arrayc::cli {

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

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

// --emit: one file a stage in a folder.
Files stages(const ir::Module& module, const std::vector<std::string>& wanted,
             const std::string& folder, const std::string& base, Session& session,
             const Shared& shared) {
  Files files;
  for (const std::string& stage : wanted) {
    const std::string path = folder + "/" + base;
    if (stage == "graph")
      files.emplace_back(path + ".graph.air", ir::print(module));
    else if (stage == "fused")
      files.emplace_back(path + ".fused.air", lowered(module, session, shared, false));
    else if (stage == "loops")
      files.emplace_back(path + ".loops.air", lowered(module, session, shared, true));
    else if (stage == "llvm")
      files.emplace_back(path + ".ll", emitted(module, "ll", base, session, shared));
    else if (stage == "asm")
      files.emplace_back(path + ".s", emitted(module, "s", base, session, shared));
    else if (stage == "obj")
      files.emplace_back(path + ".o", emitted(module, "o", base, session, shared));
    else if (stage == "header")
      files.emplace_back(path + ".h", emitted(module, "h", base, session, shared));
    else
      throw UsageError("--emit: unknown stage '" + stage + "'");
  }
  return files;
}

Files by_suffix(const ir::Module& module, const std::string& output, Session& session,
                const Shared& shared) {
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
std::string take_dependency_file(std::vector<std::string>& words) {
  std::string file;
  bool wanted = false;
  for (std::size_t k = 0; k < words.size();) {
    const bool names_file = words[k] == "-MF";
    if (words[k] != "-MD" && !names_file) {
      ++k;
      continue;
    }
    if (names_file && k + 1 == words.size()) throw UsageError("-MF needs a file");
    if (names_file) file = words[k + 1];
    wanted = true;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(k),
                words.begin() + static_cast<std::ptrdiff_t>(k + (names_file ? 2 : 1)));
  }
  if (wanted && file.empty()) throw UsageError("-MD needs -MF FILE");
  return file;
}

// A make rule: what was written depends on the source.
std::string dependencies(const Files& files, const std::string& source) {
  std::string rule;
  for (const auto& [path, bytes] : files) rule += path + " ";
  return rule.substr(0, rule.size() - 1) + ": " + source + "\n";
}

std::vector<std::string> split_commas(const std::vector<std::string>& lists) {
  std::vector<std::string> out;
  for (const std::string& list : lists) {
    std::size_t start = 0;
    while (start <= list.size()) {
      const std::size_t comma = std::min(list.find(',', start), list.size());
      if (comma > start) out.push_back(list.substr(start, comma - start));
      start = comma + 1;
    }
  }
  return out;
}

}  // namespace

int command_compile(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const std::string dependency_file = take_dependency_file(words);
  Shared shared;
  std::vector<std::string> outputs, emit, arguments;
  if (!parse("compile", words, {&outputs, &emit}, shared, arguments)) return 0;
  if (arguments.size() != 1) throw UsageError("compile needs one file");
  if (outputs.empty()) throw UsageError("compile needs -o");
  Session& session = open_session(shared);
  const ir::Module module = read(session, arguments[0], shared);
  if (module.functions.empty()) {
    ir::user_error(arguments[0] + " has no function to compile", {},
                   "annotate its parameters, or name one with --export 'f(f64[n])'");
  }
  Files files;
  const std::vector<std::string> wanted = split_commas(emit);
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
    std::filesystem::create_directories(output);
    for (auto& f : made) files.push_back(std::move(f));
  }
  if (!dependency_file.empty()) {
    files.emplace_back(dependency_file, dependencies(files, arguments[0]));
  }
  write_files(files);
  finish_dumps(shared);
  return 0;
}

}  // namespace arrayc::cli
