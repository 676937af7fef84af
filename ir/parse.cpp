// Modules and functions, read from text.
#include <fmt/format.h>

#include <algorithm>

#include "ir/parser.h"
#include "ir/text.h"

namespace arrayc::ir {

namespace {

// "-> f64[n]", "-> f64[n], i64[]" or, of a tuple, "-> (f64[n],)".
struct Header {
  enum class Results : std::uint8_t { unstated, list, tuple } results = Results::unstated;
  std::vector<Type> types;
  Token at;
};

class FunctionReader {
 public:
  FunctionReader(Reader& reader, const Registry& registry, GuardedExtents::Mode mode)
      : reader_(reader), registry_(registry), extents_(mode) {}

  // What follows `func`.
  Function read(CallNames& names) {
    function_.name = reader_.symbol_name();
    reader_.expect("(");
    while (!reader_.at(")")) {
      if (!function_.params.empty()) reader_.expect(",");
      function_.params.push_back(param());
    }
    reader_.expect(")");
    check_names();
    const Header header = result_types();
    reader_.expect("{");
    if (reader_.accept("doc")) function_.doc = reader_.string();
    while (reader_.accept("guard")) guard();
    while (reader_.accept("check")) check();
    nodes();
    if (reader_.accept("program")) function_.program = parse_program(reader_, function_, names);
    if (!returned_ && !function_.program) reader_.fail_expected("'return'");
    reader_.expect("}");
    check_results(header);
    return std::move(function_);
  }

 private:
  Param param() {
    Param p;
    const Token token = reader_.peek();
    p.place = reader_.place(token);
    p.name = name_of_key(reader_.value_key());
    reader_.expect(":");
    if (reader_.accept("size")) {
      p.kind = ParamKind::size;
      p.type.dtype = DType::I64;
    } else if (reader_.accept("scalar")) {
      p.kind = ParamKind::scalar;
    } else {
      p.type = reader_.type();
    }
    if (reader_.accept("weak")) p.weak = reader_.weak();
    if (p.kind != ParamKind::array) scalar_type(p);
    if (reader_.at("contiguous") || reader_.at("strided")) layout(p);
    return p;
  }

  void scalar_type(Param& p) {
    if (reader_.at(TokenKind::name) && parse_dtype(reader_.peek().text)) {
      p.type.dtype = reader_.dtype();
    } else if (p.kind == ParamKind::scalar) {
      if (p.weak == Weak::strong) reader_.fail_expected("an element type such as f64");
      p.type.dtype = default_dtype(p.weak);
    }
  }

  void layout(Param& p) {
    p.layout.contiguous = reader_.take().text == "contiguous";
    if (!reader_.accept("(")) return;
    reader_.expect("unit");
    reader_.expect("=");
    const Token token = reader_.peek();
    p.layout.unit_axis = reader_.small_integer();
    if (p.layout.unit_axis < 0 || p.layout.unit_axis >= p.type.rank()) {
      reader_.fail(token, "the unit axis is not an axis of the array");
    }
    reader_.expect(")");
  }

  void check_names() {
    std::unordered_map<std::string_view, const Param*> known;
    for (const Param& p : function_.params) {
      if (!known.emplace(p.name, &p).second) {
        user_error(fmt::format("two parameters are named '{}'", p.name), p.place);
      }
    }
  }

  Header result_types() {
    Header header;
    header.at = reader_.peek();
    if (!reader_.accept("->")) return header;
    const bool tuple = reader_.accept("(");
    header.results = tuple ? Header::Results::tuple : Header::Results::list;
    if (tuple && reader_.accept(")")) return header;
    do {
      if (tuple && reader_.at(")")) break;
      header.types.push_back(reader_.type());
    } while (reader_.accept(","));
    if (tuple) reader_.expect(")");
    return header;
  }

  // n == m, "message"  or  n -> m, "message"  or  n > 0, "message"
  void guard() {
    Guard g;
    const Token token = reader_.peek();
    g.place = reader_.place(token);
    g.a = reader_.extent();
    if (reader_.accept(">")) {
      const Token zero = reader_.peek();
      if (reader_.integer() != 0) reader_.fail(zero, "a guard compares with 0");
      g.kind = Guard::Kind::positive;
    } else if (reader_.accept("==")) {
      g.b = reader_.extent();
    } else if (reader_.accept("->")) {
      g.b = reader_.extent();
      g.kind = Guard::Kind::stretch;
    } else {
      reader_.fail_expected("'==', '->' or '> 0'");
    }
    g.message = reader_.accept(",") ? reader_.string() : default_message(g);
    extents_.add(g);
    function_.guards.push_back(std::move(g));
  }

  static std::string default_message(const Guard& g) {
    const std::string a = to_string(g.a);
    if (g.kind == Guard::Kind::positive) return a + " must be positive";
    const char* but = g.kind == Guard::Kind::stretch ? " or 1" : "";
    return fmt::format("{} must be equal to {}{}", a, to_string(g.b), but);
  }

  // power [n], "message"
  void check() {
    Check c;
    const Token token = reader_.peek();
    c.place = reader_.place(token);
    const auto kind = parse_check_name(reader_.take().text);
    if (!kind) reader_.fail(token, "there is no such check; known: power");
    c.kind = *kind;
    c.shape = reader_.shape();
    reader_.expect(",");
    c.message = reader_.string();
    function_.checks.push_back(std::move(c));
  }

  void nodes() {
    GraphReader graph(reader_, registry_, function_, extents_);
    for (;;) {
      if (reader_.at(TokenKind::value)) {
        graph.definition();
      } else if (reader_.accept("param")) {
        graph.param_line();
      } else {
        break;
      }
    }
    if (!reader_.accept("return")) return;
    returned_ = true;
    const auto ends = [&] { return reader_.at("}") || reader_.at("program"); };
    while (!ends() && !reader_.at("check")) {
      if (!function_.results.empty()) reader_.expect(",");
      function_.results.push_back(graph.operand());
    }
    for (std::size_t k = 0; k < function_.checks.size(); ++k) {
      reader_.expect(k == 0 ? "check" : ",");
      const Token token = reader_.peek();
      function_.results.push_back(graph.operand());
      if (function_.graph[function_.results.back()].type != check_type) {
        reader_.fail(token, "the result of a check is a 0-d i64");
      }
    }
    if (!ends()) reader_.fail_expected("the end of the results");
  }

  void check_results(const Header& header) {
    std::vector<const Type*> types;
    for (const NodeId r : function_.results) types.push_back(&function_.graph[r].type);
    if (types.empty() && function_.program) {
      for (const std::uint32_t s : function_.program->results) {
        types.push_back(&function_.program->storages[s].type);
      }
    }
    types.resize(types.size() - std::min(types.size(), function_.checks.size()));
    function_.tuple = header.results == Header::Results::tuple ||
                      (header.results == Header::Results::unstated && types.size() > 1);
    if (header.results == Header::Results::unstated) return;
    if (types.size() != header.types.size()) {
      reader_.fail(header.at, fmt::format("{} results are declared, but {} returned",
                                          header.types.size(), types.size()));
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
      const bool same = types[i]->dtype == header.types[i].dtype &&
                        extents_.same_shape(types[i]->shape, header.types[i].shape);
      if (same) continue;
      reader_.fail(header.at, fmt::format("result {} is declared {}, but is {}", i + 1,
                                          to_string(header.types[i]), to_string(*types[i])));
    }
  }

  Reader& reader_;
  const Registry& registry_;
  GuardedExtents extents_;
  Function function_;
  bool returned_ = false;
};

class ModuleReader {
 public:
  ModuleReader(Reader& reader, const Registry& registry) : reader_(reader), registry_(registry) {}

  Module read() {
    if (reader_.accept("module")) module_.source_file = reader_.string();
    while (!reader_.at(TokenKind::end)) {
      if (reader_.accept("func")) {
        module_.functions.push_back(function(GuardedExtents::Mode::strict));
      } else if (reader_.accept("kernel")) {
        kernel();
      } else {
        reader_.fail_expected("'func' or 'kernel'");
      }
    }
    resolve_calls();
    return std::move(module_);
  }

 private:
  struct Called {
    std::size_t function;
    CallNames names;
  };

  Function function(GuardedExtents::Mode mode) {
    CallNames names;
    Function f = FunctionReader(reader_, registry_, mode).read(names);
    if (mode == GuardedExtents::Mode::strict && !names.empty()) {
      called_.push_back({module_.functions.size(), std::move(names)});
    }
    return f;
  }

  void kernel() {
    if (reader_.accept("func")) {
      module_.kernels.push_back({function(GuardedExtents::Mode::lenient), std::nullopt});
      return;
    }
    if (module_.kernels.empty() || module_.kernels.back().loops) module_.kernels.emplace_back();
    module_.kernels.back().loops = parse_kernel(reader_, registry_);
  }

  void resolve_calls() {
    std::unordered_map<std::string_view, std::uint32_t> kernels;
    for (std::uint32_t k = 0; k < module_.kernels.size(); ++k) {
      kernels.emplace(module_.kernels[k].function.name, k);
    }
    for (const Called& called : called_) {
      Program& program = *module_.functions[called.function].program;
      for (std::size_t c = 0; c < program.calls.size(); ++c) {
        const auto& [name, token] = called.names[c];
        if (!name.empty()) {
          const auto found = kernels.find(name);
          if (found != kernels.end()) {
            program.calls[c].kernel = found->second;
            continue;
          }
        } else if (program.calls[c].kernel < module_.kernels.size()) {
          continue;
        }
        reader_.fail(token, fmt::format("there is no kernel {}", token.text.substr(0, 40)));
      }
    }
  }

  Reader& reader_;
  const Registry& registry_;
  Module module_;
  std::vector<Called> called_;
};

}  // namespace

Module parse(std::string_view text, std::string_view file_name, const Registry& registry) {
  Reader reader(text, file_name);
  try {
    return ModuleReader(reader, registry).read();
  } catch (const Error& e) {
    const ErrorKind kind = e.kind() == ErrorKind::bug ? ErrorKind::user : e.kind();
    const Place place = e.place().known() ? e.place() : reader.place(reader.peek());
    throw Error(kind, e.message(), place, e.note());
  }
}

}  // namespace arrayc::ir
