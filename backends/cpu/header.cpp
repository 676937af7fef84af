#include "backends/cpu/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace arrayc::backends {

namespace {

// What abi.h declares; a program may include both, in either order.
constexpr std::string_view abi_text = R"(#ifndef ARRAYC_ABI_H
#define ARRAYC_ABI_H

typedef enum arrayc_dtype {
  ARRAYC_BOOL = 0,
  ARRAYC_I8 = 1,
  ARRAYC_I16 = 2,
  ARRAYC_I32 = 3,
  ARRAYC_I64 = 4,
  ARRAYC_U8 = 5,
  ARRAYC_U16 = 6,
  ARRAYC_U32 = 7,
  ARRAYC_U64 = 8,
  ARRAYC_F16 = 9,
  ARRAYC_BF16 = 10,
  ARRAYC_F32 = 11,
  ARRAYC_F64 = 12,
  ARRAYC_C64 = 13,
  ARRAYC_C128 = 14
} arrayc_dtype;

/* Element (i0, i1, ...) lies at data + i0*strides[0] + i1*strides[1] + ...; strides in bytes. */
typedef struct arrayc_array {
  void* data;
  int32_t dtype; /* an arrayc_dtype */
  int32_t ndim;
  const int64_t* shape;
  const int64_t* strides;
} arrayc_array;

typedef enum arrayc_status {
  ARRAYC_OK = 0,
  ARRAYC_BAD_SHAPE = 1,       /* an extent contradicts the signature or another extent */
  ARRAYC_BAD_DTYPE = 2,       /* a descriptor's dtype or ndim is not the signature's */
  ARRAYC_OUT_OF_MEMORY = 3,   /* a temporary could not be allocated */
  ARRAYC_EMPTY_REDUCTION = 4, /* minimum, maximum, argmin or argmax of nothing */
  ARRAYC_NEGATIVE_POWER = 5,  /* integer raised to a negative integer */
  ARRAYC_BAD_PROCESSOR = 6    /* this processor runs none of the code that the object has */
} arrayc_status;

typedef int32_t (*arrayc_stage)(const int64_t* slots, int64_t begin, int64_t end);

#endif
)";

constexpr std::string_view rules_text = R"(/*
 * Made by arrayc. Link with a C compiler: cc ... {0}.o -lm{1}
 *
 * Each function comes in two forms. The plain one takes C-contiguous arrays by pointer, then the
 * extents by value. The one with _nd takes descriptors of arrays with any strides, one for each
 * parameter (scalars are 0-d) and each result, and checks them.
 *
 * Results are written by the caller's pointers. They must not overlap each other or any argument;
 * arguments are only read. Every pointer and stride is a multiple of the size of
 * the element, of complex ones of their parts.
 * The result is an arrayc_status; 0 is success, anything else leaves results undefined. It does
 * not tell which element was wrong; where an error depends on elements, the function's text says.
 * Functions keep no state and may be called from several threads at once.
 *
 * Processor: {2}
 * Floating point: IEEE 754 in the default environment whatever the caller has set,
 * {3}.
{4} */
)";

// Text that ends no comment and is one line.
std::string comment(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    const bool joins =
        !safe.empty() && ((safe.back() == '*' && c == '/') || (safe.back() == '/' && c == '*') ||
                          (safe.back() == '?' && c == '?'));
    if (joins) safe += ' ';
    safe += control || c == '\\' ? ' ' : c;
  }
  return safe;
}

std::string c_type(ir::DType dtype) {
  const ir::DTypeInfo& info = ir::info(dtype);
  return ir::is_complex(dtype) ? fmt::format("arrayc_{}", info.name) : std::string(info.c_name);
}

// Of elements that C and C++ have types of their own for, with the same parts in memory.
std::string complex_types() {
  std::string c, cpp;
  for (const ir::DType dtype : {ir::DType::C64, ir::DType::C128}) {
    const std::string_view part = ir::info(ir::part_dtype(dtype)).c_name;
    c += fmt::format("typedef {} {};\n", ir::info(dtype).c_name, c_type(dtype));
    cpp += fmt::format("typedef std::complex<{}> {};\n", part, c_type(dtype));
  }
  return fmt::format(
      "#ifndef ARRAYC_COMPLEX_TYPES\n#define ARRAYC_COMPLEX_TYPES\n#ifdef __cplusplus\n"
      "#include <complex>\n{}#else\n{}#endif\n#endif\n\n",
      cpp, c);
}

bool takes_complex(const HeaderFunction& f) {
  const auto any = [](const auto& arguments) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [](const auto& a) { return ir::is_complex(a.type.dtype); });
  };
  return any(f.signature->params) || any(f.signature->results);
}

std::string argument(const Signature::Argument& a, bool constant) {
  const std::string type = c_type(a.type.dtype);
  if (a.kind != ir::ParamKind::array) return fmt::format("{} {}", type, a.c_name);
  return fmt::format("{}{}* {}", constant ? "const " : "", type, a.c_name);
}

std::string dense_prototype(const Signature& s) {
  std::vector<std::string> args;
  for (const auto& param : s.params) args.push_back(argument(param, true));
  for (const auto& result : s.results) args.push_back(argument(result, false));
  for (const std::string& symbol : s.c_symbols) args.push_back("int64_t " + symbol);
  return fmt::format("int {}({});\n", s.name, fmt::join(args, ", "));
}

std::string descriptor_prototype(const Signature& s) {
  std::vector<std::string> args;
  for (const auto& param : s.params) args.push_back("const arrayc_array* " + param.c_name);
  for (const auto& result : s.results) args.push_back("const arrayc_array* " + result.c_name);
  for (const std::size_t k : symbols_without_shape(s)) args.push_back("int64_t " + s.c_symbols[k]);
  return fmt::format("int {}_nd({});\n", s.name, fmt::join(args, ", "));
}

std::string describe(const Signature::Argument& a, const char* role) {
  return comment(fmt::format("{}: {} {}", a.c_name, role, ir::to_string(a.type)));
}

// For values that kernels keep in blocks.
std::int64_t stack_bytes(const HeaderFunction& f) {
  std::int64_t most = 0;
  for (const std::vector<Variant>* variants : {&f.dense, &f.strided}) {
    for (const Variant& variant : *variants) {
      for (const ir::Call& call : variant.function->program->calls) {
        most = std::max(most, ir::loops::local_bytes(*(*variant.kernels)[call.kernel].loops));
      }
    }
  }
  return most;
}

ir::Extent peak_temporary_bytes(const std::vector<Variant>& variants) {
  ir::Extent most = 0;
  for (const Variant& variant : variants) most = max(most, peak_temporary_bytes(variant));
  return most;
}

// Which extents may be 1 instead of the result's.
std::string broadcast_text(const HeaderFunction& f) {
  std::string text;
  if (!ir::has_stretches(*f.source)) return text;
  for (const ir::Guard& guard : f.source->guards) {
    if (guard.kind != ir::Guard::Kind::stretch) continue;
    text += "\n *   " +
            comment(fmt::format("{} must be {}, or 1", to_string(guard.a), to_string(guard.b)));
  }
  text += "\n *   broadcast(a, b) is a where a is not 1, else b";
  if (f.complete) return text;
  text +=
      "\n *   There are too many ways to broadcast these: only what follows is compiled, all\n"
      " *   else is ARRAYC_BAD_SHAPE:";
  for (const ir::Guard& guard : f.patterns->front()) {
    text += comment(fmt::format(" {} == {};", to_string(guard.a), to_string(guard.b)));
  }
  return text;
}

// What the object needs of a processor.
std::string processor_text(const std::vector<ir::Target>& clones) {
  const ir::Target& least = clones.back();
  if (clones.size() == 1 && (least.level == 0 || least.processor.empty())) return least.cpu + ".";
  std::string names;
  for (const ir::Target& target : clones) names += (names.empty() ? "" : ", ") + target.cpu;
  if (clones.size() > 1) names = "of " + names + " the first that runs, chosen by the first call";
  return names + ".\n * On processors below " + least.cpu +
         " all functions return ARRAYC_BAD_PROCESSOR.";
}

// Code without it rounds in other places.
std::string multiply_add_text(const std::vector<ir::Target>& clones) {
  std::string without;
  for (const ir::Target& target : clones) {
    if (!target.fma) without += (without.empty() ? "" : ", ") + target.cpu;
  }
  if (without.empty()) return "with fused multiply-add";
  if (!clones.front().fma) return "without fused multiply-add";
  return "with fused multiply-add except on " + without + ", where last bits may differ";
}

std::string function_text(const HeaderFunction& f) {
  const Signature& s = *f.signature;
  const ir::Function& function = *f.source;
  std::string text = "\n/* " + comment(s.name);
  std::string doc = function.doc;
  for (std::size_t at = 0; at < doc.size();) {
    const std::size_t end = std::min(doc.find('\n', at), doc.size());
    text += "\n * " + comment(std::string_view(doc).substr(at, end - at));
    at = end + 1;
  }
  text += "\n *";
  for (const auto& param : s.params) {
    const bool array = param.kind == ir::ParamKind::array;
    text += "\n *   " + describe(param, array ? "reads" : "a");
  }
  for (const auto& result : s.results) text += "\n *   " + describe(result, "writes");
  for (std::size_t k = 0; k < s.symbols.size(); ++k) {
    text += "\n *   " + comment(fmt::format("{}: the extent {}", s.c_symbols[k], s.symbols[k]));
  }
  text += broadcast_text(f);
  for (const ir::Check& check : function.checks) {
    const std::string place = to_string(check.place);
    text += "\n * " + comment(fmt::format("{}: {}{}{}", status_of(check.kind).name, check.message,
                                          place.empty() ? "" : " ", place));
  }
  text += "\n * Temporary memory at most, in bytes: " +
          comment(ir::to_string(peak_temporary_bytes(f.dense)));
  if (!f.strided.empty()) {
    const std::string other = ir::to_string(peak_temporary_bytes(f.strided));
    text += "\n * (strided arrays: " + comment(other) +
            "; and the size of each result that is not C-contiguous)";
  }
  if (const std::int64_t bytes = stack_bytes(f); bytes > 0) {
    text += fmt::format("\n * Memory on the stack of each thread, in bytes: {}", bytes);
  }
  return text + " */\n" + dense_prototype(s) + descriptor_prototype(s);
}

}  // namespace

std::string header_text(const std::string& base_name, const std::vector<HeaderFunction>& functions,
                        const std::vector<ir::Target>& clones) {
  std::string guard = "ARRAYC_OBJECT_";
  for (const char c : base_name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    guard += plain ? c : '_';
  }
  guard += "_H";
  const bool parallel = std::any_of(functions.begin(), functions.end(), [](const auto& f) {
    return std::any_of(f.dense.begin(), f.dense.end(), is_parallel) ||
           std::any_of(f.strided.begin(), f.strided.end(), is_parallel);
  });
  std::string text = fmt::format("#ifndef {0}\n#define {0}\n\n", guard);
  text += fmt::format(
      rules_text, comment(base_name), parallel ? " -fopenmp" : "", processor_text(clones),
      multiply_add_text(clones),
      parallel ? " * Large loops run on the threads of the program's own OpenMP runtime.\n" : "");
  text += "\n#include <stdint.h>\n#ifndef __cplusplus\n#include <stdbool.h>\n#endif\n\n";
  if (std::any_of(functions.begin(), functions.end(), takes_complex)) text += complex_types();
  text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += abi_text;
  for (const HeaderFunction& f : functions) text += function_text(f);
  text += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

}  // namespace arrayc::backends
