#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>

#include "backends/executor.h"
#include "tests/ladder/rungs.h"

namespace arrayc::ladder {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> size_symbols(const ir::Function& f) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const ir::Param& p : f.params) {
    for (const ir::Extent& e : p.type.shape) {
      const std::string& name = e.symbol_name();
      if (!name.empty() && seen.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

namespace {

std::string c_name(ir::DType t) { return std::string(ir::info(t).c_name); }

}  // namespace

std::string trampoline(const ir::Function& f) {
  std::vector<std::string> args;
  std::size_t k = 0;
  for (const ir::Param& p : f.params) {
    const std::string type = c_name(p.type.dtype);
    const bool pointer = p.kind == ir::ParamKind::array;
    args.push_back(fmt::format("{}(const {}*)a[{}]", pointer ? "" : "*", type, k++));
  }
  for (std::size_t r = 0; r < ir::result_count(f); ++r) {
    args.push_back(fmt::format("({}*)a[{}]", c_name(f.graph[f.results[r]].type.dtype), k++));
  }
  for (std::size_t s = 0; s < size_symbols(f).size(); ++s) args.push_back(fmt::format("n[{}]", s));
  std::string text = fmt::format(
      "int call_{0}(void** a, const int64_t* n) {{ (void)a; (void)n; return {0}({1}); }}\n", f.name,
      fmt::join(args, ", "));
  args.clear();
  for (std::size_t i = 0; i < k; ++i) args.push_back(fmt::format("d[{}]", i));
  text += fmt::format("int nd_{0}(const arrayc_array** d) {{ (void)d; return {0}_nd({1}); }}\n",
                      f.name, fmt::join(args, ", "));
  return text;
}

runtime::Array strided(const runtime::Array& a) {
  if (a.rank() == 0) return a;
  std::vector<std::int64_t> wide = a.shape;
  for (std::int64_t& n : wide) n *= 2;
  runtime::Array big = runtime::make_array(a.dtype, wide);
  runtime::Array view = big;
  view.shape = a.shape;
  for (std::int64_t& s : view.strides) s *= 2;
  const runtime::Array dense = runtime::copy(a);
  const int item = runtime::item_size(a.dtype);
  const std::int64_t n = runtime::element_count(a.shape);
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t rest = k, offset = 0;
    for (std::size_t axis = a.shape.size(); axis-- > 0;) {
      offset += rest % a.shape[axis] * view.strides[axis];
      rest /= a.shape[axis];
    }
    std::memcpy(static_cast<char*>(view.data) + offset,
                static_cast<const char*>(dense.data) + k * item, static_cast<std::size_t>(item));
  }
  return view;
}

std::map<std::string, std::int64_t> sizes_of(const ir::Function& f,
                                             const backends::Arguments& arguments) {
  ir::Function open = f;
  open.guards.clear();
  return backends::bind_symbols(open, arguments);
}

AheadOfTime::AheadOfTime(const ir::Module& module, const ir::Registry& registry,
                         backends::Backend& backend, const std::string& folder) {
  backends::CompileOptions options;
  options.target = ir::make_target("native");
  write(folder + "/k.o", backend.emit(module, "o", "k", registry, options));
  write(folder + "/k.h", backend.emit(module, "h", "k", registry, options));
  std::string driver = "#include \"k.h\"\n";
  for (const ir::Function& f : module.functions) driver += trampoline(f);
  write(folder + "/driver.c", driver);
  const std::string command = fmt::format(
      "cd '{}' && gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -fopenmp driver.c "
      "k.o -lm -o k.so",
      folder);
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("the C compiler refused the header or object");
  library_ = dlopen((folder + "/k.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw std::runtime_error(dlerror());
}

AheadOfTime::~AheadOfTime() {
  if (library_ != nullptr) dlclose(library_);
}

runtime::Array laid_out(const runtime::Array& a, Layout layout, std::size_t argument) {
  const bool apart = layout == Layout::strided || (layout == Layout::mixed && argument % 2 == 1);
  return apart ? strided(a) : runtime::copy(a);
}

Results AheadOfTime::call(const ir::Function& function, const backends::Arguments& arguments,
                          const Results& shapes_of, Layout layout) const {
  Results results;
  for (const runtime::Array& a : shapes_of)
    results.push_back(runtime::make_array(a.dtype, a.shape));
  const bool descriptors = layout != Layout::pointers;
  std::vector<runtime::Array> inputs;
  for (const runtime::Array& a : arguments.arrays) {
    inputs.push_back(laid_out(a, layout, inputs.size()));
  }
  const std::string symbol = (descriptors ? "nd_" : "call_") + function.name;
  void* const entry = dlsym(library_, symbol.c_str());
  if (entry == nullptr) throw std::runtime_error("no symbol " + symbol);
  int status = 0;
  if (descriptors) {
    std::vector<arrayc_array> all;
    for (const runtime::Array& a : inputs) all.push_back(a.descriptor());
    for (const runtime::Array& a : results) all.push_back(a.descriptor());
    std::vector<const arrayc_array*> pointers;
    for (const arrayc_array& a : all) pointers.push_back(&a);
    status = reinterpret_cast<int (*)(const arrayc_array**)>(entry)(pointers.data());
  } else {
    std::vector<void*> pointers;
    for (const runtime::Array& a : inputs) pointers.push_back(a.data);
    for (const runtime::Array& a : results) pointers.push_back(a.data);
    std::vector<std::int64_t> sizes;
    const auto values = sizes_of(function, arguments);
    for (const std::string& name : size_symbols(function)) sizes.push_back(values.at(name));
    status = reinterpret_cast<int (*)(void**, const std::int64_t*)>(entry)(pointers.data(),
                                                                           sizes.data());
  }
  if (status != ARRAYC_OK) throw BadStatus(status);
  return results;
}

}  // namespace arrayc::ladder
