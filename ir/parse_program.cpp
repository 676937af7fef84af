// Programs of kernel calls, read from text.
#include <fmt/format.h>

#include "ir/parser.h"

namespace arrayc::ir {

namespace {

class ProgramReader {
 public:
  ProgramReader(Reader& reader, const Function& function, CallNames& names)
      : reader_(reader), names_(names), checks_(function.checks.size()) {
    for (std::size_t i = 0; i < function.params.size(); ++i) {
      params_.emplace(key_of_name(function.params[i].name), i);
    }
  }

  Program read() {
    reader_.expect("{");
    for (;;) {
      if (reader_.accept("slots")) {
        program_.slots = reader_.index();
      } else if (reader_.accept("storage")) {
        storage();
      } else if (reader_.accept("call")) {
        call();
      } else if (reader_.accept("return")) {
        results();
        reader_.expect("}");
        return std::move(program_);
      } else {
        reader_.fail_expected("'slots', 'storage', 'call' or 'return'");
      }
    }
  }

 private:
  void storage() {
    Storage s;
    const Token token = reader_.peek();
    const std::string key = reader_.value_key();
    s.place = reader_.place(token);
    reader_.expect(":");
    s.type = reader_.type();
    if (reader_.accept("parameter")) {
      s.kind = Storage::Kind::parameter;
    } else if (reader_.accept("result")) {
      s.kind = Storage::Kind::result;
    } else if (!reader_.accept("temporary")) {
      reader_.fail_expected("'parameter', 'result' or 'temporary'");
    } else if (reader_.accept("in")) {
      reader_.expect("result");
      s.in_result = true;
    }
    s.index = reader_.index();
    if (reader_.accept("named")) {
      s.name = reader_.string();
    } else if (is_plain_name(key)) {
      s.name = key;
    }
    const auto id = static_cast<std::uint32_t>(program_.storages.size());
    if (!storages_.emplace(key, id).second) {
      reader_.fail(token, fmt::format("storage {} is defined twice", token.text));
    }
    program_.storages.push_back(std::move(s));
  }

  // Names separated by commas, up to a closing bracket, which stays.
  std::vector<std::uint32_t> storages(std::string_view end) {
    std::vector<std::uint32_t> out;
    while (!reader_.at(end)) {
      if (!out.empty()) reader_.expect(",");
      const Token token = reader_.peek();
      const auto found = storages_.find(reader_.value_key());
      if (found == storages_.end()) {
        reader_.fail(token, fmt::format("{} is not a storage of the program", token.text));
      }
      out.push_back(found->second);
    }
    return out;
  }

  // %r0, %r1 check %r2
  void results() {
    if (!reader_.at("}") && !reader_.at("check")) {
      program_.results = storages(checks_ == 0 ? "}" : "check");
    }
    if (checks_ == 0) return;
    reader_.expect("check");
    const Token token = reader_.peek();
    const std::vector<std::uint32_t> values = storages("}");
    if (values.size() != checks_) {
      reader_.fail(token,
                   fmt::format("{} results of checks instead of {}", values.size(), checks_));
    }
    for (const std::uint32_t s : values) {
      if (program_.storages[s].type != check_type) {
        reader_.fail(token, "the result of a check is a 0-d i64");
      }
      program_.results.push_back(s);
    }
  }

  void call() {
    Call c;
    const Token token = reader_.peek();
    std::string kernel;
    if (reader_.at(TokenKind::number)) {
      c.kernel = reader_.index();
    } else {
      kernel = reader_.symbol_name();
    }
    names_.emplace_back(std::move(kernel), token);
    reader_.expect("(");
    c.buffers = storages(")");
    reader_.expect(")");
    if (reader_.accept("sizes")) {
      reader_.expect("(");
      while (!reader_.at(")")) {
        if (!c.sizes.empty()) reader_.expect(",");
        c.sizes.push_back(reader_.extent());
      }
      reader_.expect(")");
    }
    if (reader_.accept("scalars")) {
      reader_.expect("(");
      while (!reader_.at(")")) {
        if (!c.scalars.empty()) reader_.expect(",");
        c.scalars.push_back(argument());
      }
      reader_.expect(")");
    }
    program_.calls.push_back(std::move(c));
  }

  // %x, extent n + 1, or 1.5: f64
  Call::Argument argument() {
    Call::Argument a;
    if (reader_.accept("extent")) {
      a.is_extent = true;
      a.extent = reader_.extent();
    } else if (reader_.at(TokenKind::value)) {
      const Token token = reader_.peek();
      const auto found = params_.find(reader_.value_key());
      if (found == params_.end()) {
        reader_.fail(token, fmt::format("{} is not a parameter of the function", token.text));
      }
      a.param = static_cast<std::int32_t>(found->second);
    } else {
      const Literal literal = reader_.literal();
      reader_.expect(":");
      a.constant = reader_.scalar(literal, reader_.dtype());
    }
    return a;
  }

  Reader& reader_;
  CallNames& names_;
  std::size_t checks_;  // results that are those of checks
  Program program_;
  std::unordered_map<std::string, std::size_t> params_;
  std::unordered_map<std::string, std::uint32_t> storages_;
};

}  // namespace

Program parse_program(Reader& reader, const Function& function, CallNames& names) {
  return ProgramReader(reader, function, names).read();
}

}  // namespace arrayc::ir
