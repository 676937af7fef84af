#include "frontend/cli/options.h"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "frontend/options.h"

namespace arrayc::cli {

namespace po = boost::program_options;

namespace {

void add_session_options(po::options_description_easy_init& add) {
  for (const OptionInfo& row : all_options()) {
    if (row.flag.empty()) continue;
    const std::string text = fmt::format("{} (${})", row.doc, row.environment);
    auto* const value = po::value<std::vector<std::string>>()->composing();
    if (row.is_switch) value->implicit_value({"1"}, "");
    add(std::string(row.flag).c_str(), value, text.c_str());
  }
}

// Rows that change what C++ programs do, and nothing of what the tool does.
std::string environment_only() {
  std::string text;
  for (const OptionInfo& row : all_options()) {
    if (row.flag.empty()) text += fmt::format("  ${}: {}\n", row.environment, row.doc);
  }
  return text.empty() ? "" : "for C++ programs:\n" + text + "\n";
}

po::options_description describe(Shared& s, const OwnOptions& own) {
  po::options_description d("options", 100);
  auto add = d.add_options();
  add("help,h", "this page");
  if (own.outputs != nullptr) {
    add("output,o", po::value(own.outputs)->composing(), "a file to write; may be repeated");
  }
  if (own.emit != nullptr) {
    add("emit", po::value(own.emit)->composing(),
        "stages to write into the folder -o: graph, fused, loops, llvm, asm, obj, header");
  }
  if (own.passes != nullptr) {
    add("passes", po::value(own.passes), "passes to run instead of all, separated by commas");
  }
  add("export", po::value(&s.exports)->composing(),
      "a function with its types, 'f(f64[n,2], f64)', or one that has them, 'f'; may be repeated");
  add("print-after", po::value(&s.print_after),
      "print the IR after this pass, or after every one: all");
  add("print-changed", po::bool_switch(&s.print_changed),
      "print the IR after the passes that changed it");
  add("time-passes", po::bool_switch(&s.time_passes), "print how long each pass took");
  add_session_options(add);
  return d;
}

// "-3" and "-2.5" are values, not options.
std::vector<po::option> take_negative_number(std::vector<std::string>& words) {
  std::vector<po::option> taken;
  const std::string& word = words[0];
  if (word.size() < 2 || word[0] != '-' ||
      std::string_view("0123456789.i").find(word[1]) == std::string_view::npos) {
    return taken;
  }
  po::option argument;
  argument.string_key = "argument";
  argument.value.push_back(word);
  argument.original_tokens.push_back(word);
  taken.push_back(std::move(argument));
  words.erase(words.begin());
  return taken;
}

const Command& named(const char* name) {
  for (const Command& c : commands()) {
    if (std::string_view(c.name) == name) return c;
  }
  throw std::logic_error(name);
}

}  // namespace

std::vector<std::string> expand_files(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    if (word.size() < 2 || word[0] != '@') {
      out.push_back(word);
      continue;
    }
    std::ifstream file(word.substr(1));
    std::stringstream text;
    if (!file || (text << file.rdbuf(), file.bad())) {
      throw UsageError("cannot read the file of options '" + word.substr(1) + "'");
    }
    try {
      for (std::string& w : po::split_unix(text.str(), " \t\r\n")) out.push_back(std::move(w));
    } catch (const std::exception& e) {
      throw UsageError(word.substr(1) + ": " + e.what());
    }
  }
  return out;
}

bool parse(const char* command, const std::vector<std::string>& words, const OwnOptions& own,
           Shared& shared, std::vector<std::string>& arguments) {
  po::options_description options = describe(shared, own);
  po::options_description all;
  all.add(options).add_options()("argument", po::value(&arguments)->composing());
  po::positional_options_description positional;
  positional.add("argument", -1);
  po::variables_map values;
  try {
    using namespace po::command_line_style;
    po::parsed_options parsed = po::command_line_parser(words)
                                    .options(all)
                                    .positional(positional)
                                    .style(unix_style & ~allow_guessing)
                                    .extra_style_parser(take_negative_number)
                                    .run();
    po::store(parsed, values);
    po::notify(values);
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  if (values.count("help") != 0) {
    const Command& c = named(command);
    std::ostringstream text;
    text << options;
    fmt::print("usage: arrayc {} {}\n\n{}\n\n{}\n{}examples:\n{}", c.name, c.usage, c.doc,
               text.str(), environment_only(), c.examples);
    return false;
  }
  for (const OptionInfo& row : all_options()) {
    const std::string flag(row.flag);
    if (flag.empty() || values.count(flag) == 0) continue;
    shared.session.emplace_back(flag, values[flag].as<std::vector<std::string>>());
  }
  return true;
}

Session& open_session(const Shared& shared) {
  Session& session = Session::current();
  session.check_environment();
  Options options = session.options();
  for (const auto& [flag, given] : shared.session) {
    if (flag == "load-plugin") {
      for (const std::string& list : given) {
        for (const std::string& path : split_list(list, ':')) session.load_plugin(path);
      }
    } else {
      const char* const separator = flag == "disable-pass" ? "," : nullptr;
      if (separator == nullptr && given.size() > 1) throw UsageError("--" + flag + " given twice");
      set_option(options, flag, fmt::format("{}", fmt::join(given, ",")));
    }
  }
  session.set_options(options);
  return session;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored)) {
    ir::user_error("cannot read '" + path + "'");
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

ir::Module read(Session& session, const std::string& path, const Shared& shared) {
  const FrontEnd& front_end = session.front_end_for(path);
  return front_end.read(read_text(path), path, shared.exports, session.registry());
}

}  // namespace arrayc::cli
