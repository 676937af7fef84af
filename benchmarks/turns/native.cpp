// Runs the functions of a compiled contender as answers.py runs the others:
//
//   PROGRAM FUNCTION
//   prepare RESULT RESULTS bytes… SIZES size… INPUTS (file dtype RANK extent…)…
//                                                                         → {"cold": s, "peak": b}
//   sample COUNT                                                          → [seconds of a call, …]
#include "benchmarks/turns/native.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "benchmarks/bench.h"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<unsigned char, bench::Allocator<unsigned char>>;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// In bytes: "VmRSS:" is what the process holds, "VmHWM:" the most since the last reset.
std::int64_t memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return 1024 * std::stoll(line.substr(what.size()));
  }
  return 0;
}
void reset_most_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::vector<std::int64_t> integers(std::istream& in) {
  std::size_t count = 0;
  in >> count;
  std::vector<std::int64_t> read(count);
  for (std::int64_t& x : read) in >> x;
  return read;
}

Bytes contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  Bytes bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), std::ssize(bytes)))
    throw std::runtime_error("cannot read " + path);
  return bytes;
}

class Worker {
 public:
  explicit Worker(std::string function) : function_(std::move(function)) {}

  void prepare(std::istream& in) {
    std::string result;
    std::size_t count = 0;
    in >> result;
    const std::vector<std::int64_t> read = integers(in);
    const std::vector<std::size_t> bytes(read.begin(), read.end());
    const std::vector<std::int64_t> sizes = integers(in);
    in >> count;
    memory_.clear();
    memory_.reserve(count);
    std::vector<bench::Input> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      std::string path, dtype;
      in >> path >> dtype;
      memory_.push_back(contents(path));
      inputs.push_back({dtype, integers(in), {memory_.back().data()}});
    }
    const std::int64_t before = memory("VmRSS:");
    const auto start = Clock::now();
    prepared_ = bench::prepare(function_, inputs, sizes, bytes);
    prepared_.call();
    const double cold = since(start);
    // Compile (in part behind the first calls) and start threads.
    for (const auto warm = Clock::now(); since(warm) < 0.3;) prepared_.call();
    reset_most_memory();
    prepared_.call();
    const std::int64_t peak = memory("VmHWM:") - before;
    write_results(result, bytes);
    for (calls_ = 1; seconds() < 0.004; calls_ *= 2) continue;
    // From here on the process may be stopped.
    std::cout << "{\"cold\": " << cold << ", \"peak\": " << peak << "}" << std::endl;
  }

  void sample(int count) {
    std::cout << "[";
    for (int i = 0; i < count; ++i)
      std::cout << (i ? ", " : "") << seconds() / static_cast<double>(calls_);
    std::cout << "]" << std::endl;
  }

 private:
  void write_results(const std::string& path, const std::vector<std::size_t>& bytes) const {
    std::ofstream file(path, std::ios::binary);
    const std::vector<const void*> results = prepared_.results();
    if (results.size() != bytes.size()) throw std::runtime_error("another number of results");
    for (std::size_t i = 0; i < bytes.size(); ++i)
      file.write(static_cast<const char*>(results[i]), static_cast<std::streamsize>(bytes[i]));
  }
  double seconds() const {
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < calls_; ++i) prepared_.call();
    return since(start);
  }

  std::string function_;
  std::vector<Bytes> memory_;
  bench::Prepared prepared_;
  std::int64_t calls_ = 1;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    Worker worker(argv[1]);
    for (std::string line, word; std::getline(std::cin, line);) {
      std::istringstream in(line);
      in >> word;
      int count = 0;
      if (word == "prepare") {
        worker.prepare(in);
      } else if (word == "sample" && in >> count) {
        worker.sample(count);
      } else {
        return 2;
      }
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
