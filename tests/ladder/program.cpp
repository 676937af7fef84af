#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/ladder/rungs.h"

namespace arrayc::ladder {

namespace {

// Reads calls and writes their results until there are no more. A call is numbers of 8 bytes: the
// function, whether by descriptors, how many arrays are arguments, are results, how many sizes; for
// each array its dtype, rank, bytes, shape and strides, and of arguments the bytes; then the sizes.
constexpr const char* main_text = R"(
static void get(void* to, int64_t bytes) {
  if (fread(to, 1, (size_t)bytes, stdin) != (size_t)bytes) exit(3);
}
int main(void) {
  int64_t head[5];
  while (fread(head, sizeof head, 1, stdin) == 1) {
    int64_t count = head[2] + head[3], sizes[64], k;
    arrayc_array* arrays = calloc((size_t)count + 1, sizeof *arrays);
    const arrayc_array** all = calloc((size_t)count + 1, sizeof *all);
    void** data = calloc((size_t)count + 1, sizeof *data);
    int64_t* bytes = calloc((size_t)count + 1, sizeof *bytes);
    for (k = 0; k < count; ++k) {
      int64_t type[3];
      get(type, sizeof type);
      int64_t* shape = calloc((size_t)type[1] * 2 + 1, sizeof *shape);
      get(shape, type[1] * 16);
      bytes[k] = type[2];
      data[k] = malloc((size_t)bytes[k] + 1);
      if (k < head[2]) get(data[k], bytes[k]);
      arrays[k].data = data[k];
      arrays[k].dtype = (int32_t)type[0];
      arrays[k].ndim = (int32_t)type[1];
      arrays[k].shape = shape;
      arrays[k].strides = shape + type[1];
      all[k] = arrays + k;
    }
    get(sizes, head[4] * 8);
    int64_t status = head[1] ? by_descriptors[head[0]](all) : plainly[head[0]](data, sizes);
    fwrite(&status, 8, 1, stdout);
    for (k = head[2]; k < count; ++k) fwrite(data[k], 1, (size_t)bytes[k], stdout);
    fflush(stdout);
    for (k = 0; k < count; ++k) {
      free(data[k]);
      free((void*)arrays[k].shape);
    }
    free(bytes);
    free(data);
    free(all);
    free(arrays);
  }
  return 0;
}
)";

std::string program_text(const ir::Module& module) {
  std::string text = "#include <stdio.h>\n#include <stdlib.h>\n#include \"k.h\"\n", plain, nd;
  for (const ir::Function& f : module.functions) {
    text += trampoline(f);
    plain += fmt::format("call_{}, ", f.name);
    nd += fmt::format("nd_{}, ", f.name);
  }
  text += fmt::format("static int (*const plainly[])(void**, const int64_t*) = {{{}}};\n", plain);
  text += fmt::format("static int (*const by_descriptors[])(const arrayc_array**) = {{{}}};\n", nd);
  return text + main_text;
}

// From the first element to the end of the last.
std::int64_t span_of(const runtime::Array& a) {
  std::int64_t bytes = runtime::item_size(a.dtype);
  for (std::size_t k = 0; k < a.shape.size(); ++k) {
    if (a.shape[k] == 0) return 0;
    bytes += (a.shape[k] - 1) * a.strides[k];
  }
  return bytes;
}

}  // namespace

Program::Program(const ir::Module& module, const ir::Registry& registry, backends::Backend& backend,
                 const InstructionSet& set, const std::string& folder) {
  backends::CompileOptions options;
  options.target = ir::make_target(set.cpu, set.system);
  write(folder + "/k.o", backend.emit(module, "o", "k", registry, options));
  write(folder + "/k.h", backend.emit(module, "h", "k", registry, options));
  write(folder + "/program.c", program_text(module));
  const std::string make = fmt::format(
      "cd '{}' && {} -std=c99 -Wall -Wextra -Werror -fopenmp program.c k.o -lm -o program", folder,
      set.compiler);
  if (std::system(make.c_str()) != 0)
    throw std::runtime_error("the C compiler refused the header or object");
  for (const ir::Function& f : module.functions) names_.push_back(f.name);
  start(fmt::format("OMP_NUM_THREADS=2 exec {} '{}/program'", set.launcher, folder));
}

void Program::start(const std::string& command) {
  std::signal(SIGPIPE, SIG_IGN);
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) throw std::runtime_error("no pipe");
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (const int file : {in[0], in[1], out[0], out[1]}) close(file);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

Program::~Program() {
  close(to_);
  close(from_);
  if (process_ > 0) waitpid(process_, nullptr, 0);
}

void Program::send(const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::write(to_, at, bytes);
    if (done <= 0) throw std::runtime_error("the program has ended");
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

void Program::receive(void* data, std::size_t bytes) {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::read(from_, at, bytes);
    if (done <= 0) throw std::runtime_error("the program has ended");
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

Results Program::call(const ir::Function& function, const backends::Arguments& arguments,
                      const Results& shapes_of, Layout layout) {
  const auto send_numbers = [&](const std::vector<std::int64_t>& numbers) {
    send(numbers.data(), numbers.size() * sizeof(std::int64_t));
  };
  const auto number = std::find(names_.begin(), names_.end(), function.name) - names_.begin();
  std::vector<std::int64_t> sizes;
  const auto values = sizes_of(function, arguments);
  for (const std::string& name : size_symbols(function)) sizes.push_back(values.at(name));
  send_numbers({number, layout != Layout::pointers, std::ssize(arguments.arrays),
                std::ssize(shapes_of), std::ssize(sizes)});
  const auto send_type = [&](const runtime::Array& a) {
    send_numbers({a.dtype, a.rank(), span_of(a)});
    send_numbers(a.shape);
    send_numbers(a.strides);
  };
  for (std::size_t i = 0; i < arguments.arrays.size(); ++i) {
    const runtime::Array given = laid_out(arguments.arrays[i], layout, i);
    send_type(given);
    send(given.data, static_cast<std::size_t>(span_of(given)));
  }
  Results results;
  for (const runtime::Array& a : shapes_of) {
    results.push_back(runtime::make_array(a.dtype, a.shape));
    send_type(results.back());
  }
  send_numbers(sizes);
  std::int64_t status = 0;
  receive(&status, sizeof status);
  for (const runtime::Array& a : results) receive(a.data, static_cast<std::size_t>(span_of(a)));
  if (status != ARRAYC_OK) throw BadStatus(static_cast<int>(status));
  return results;
}

}  // namespace arrayc::ladder
