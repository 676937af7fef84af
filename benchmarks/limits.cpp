// What limits.py measures in a process: `limits compile`, `limits long COUNT`, `limits
// numbers COUNT`, `limits first`, `limits calls`, `limits chain COUNT`, `limits loop COUNT`. Prints
// names and numbers; all on a thread with a stack of 256 kB.
#include <arrayc/arrayc.h>
#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

namespace ac = arrayc;

namespace {

// The processor time of the process: what a clock shows on an idle machine, or more where threads
// work.
double now() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Ten operations, other ones for each variant.
ac::Array ten_operations(const ac::Array& x, const ac::Array& y, int variant) {
  const auto either = [&](int bit, const ac::Array& a, const ac::Array& b) {
    return (variant >> bit & 1) != 0 ? a + b : a * b;
  };
  const ac::Array a = either(0, x, y);
  const ac::Array b = either(1, a, x) / y;
  const ac::Array c = either(2, b, y) + ac::sqrt(b);
  const ac::Array d = either(3, c, a) - ac::maximum(x, b);
  return either(4, d, c);
}

// The middle one of the times that first evaluations of new programs take, in seconds.
void measure_compile() {
  const ac::Array x = ac::arange(1, 9) * 0.5;
  const ac::Array y = ac::arange(2, 10) * 0.25;
  ac::eval(x, y, ac::exp(x));
  std::vector<double> times;
  for (int variant = 0; variant < 32; ++variant) {
    const ac::Array z = ten_operations(x, y, variant);
    const double start = now();
    ac::eval(z);
    times.push_back(now() - start);
    if (ac::stats().compiled != 1) {
      std::cerr << "variant " << variant << ": " << ac::stats().compiled << " kernels compiled\n";
      std::exit(1);
    }
  }
  std::nth_element(times.begin(), times.begin() + 16, times.end());
  std::cout << "compile " << times[16] << "\n";
}

// The time that the first result takes, from the start of the process on.
void measure_first() {
  const ac::Array x = ac::arange(1, 9) * 0.5;
  ac::eval(ten_operations(x, ac::exp(x), 5));
  std::cout << "first " << now() << "\n";
}

// The middle of some samples of the time that a call of f takes.
template <typename F>
double time_of_call(const F& f) {
  std::vector<double> times;
  for (int sample = 0; sample < 15; ++sample) {
    constexpr int calls = 20000;
    const double start = now();
    for (int i = 0; i < calls; ++i) f();
    times.push_back((now() - start) / calls);
  }
  std::nth_element(times.begin(), times.begin() + 7, times.end());
  return times[7];
}

// What it costs to evaluate four operations over eight elements, which take next to no time: built
// anew each time, and recorded.
void measure_calls() {
  const ac::Array x = ac::arange(1, 9) * 0.5;
  const ac::Array y = ac::arange(2, 10) * 0.25;
  ac::eval(x, y);
  const auto f = [](const ac::Array& a, const ac::Array& b) { return ac::sqrt(a * b + a) - b; };
  const auto recorded = ac::jit(f);
  for (int i = 0; i < 1000; ++i) ac::eval(f(x, y), recorded(x, y));
  std::cout << "known " << time_of_call([&] { ac::eval(f(x, y)); }) << "\nrecorded "
            << time_of_call([&] { recorded(x, y); }) << "\n";
}

// Operations in an order without a period, each with a number of its own.
ac::Array chain(int count) {
  ac::Array x = ac::arange(8) * 0.125;
  std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    const double number = 1.0 + (state >> 8) * 0x1p-26;
    switch (state >> 29) {
      case 0:
      case 1:
        x = x + number;
        break;
      case 2:
      case 3:
        x = x * number;
        break;
      case 4:
        x = ac::maximum(x, number);
        break;
      case 5:
        x = ac::sqrt(x);
        break;
      default:
        x = x - number;
    }
  }
  return x;
}

// Heat along a line: four operations a step, the same each time.
ac::Array loop(int count) {
  ac::Array u = ac::arange(1000) * 0.001;
  for (int i = 0; i < count; i += 4) u = u + 0.25 * (u(ac::slice(ac::none, ac::none, -1)) - u);
  return u;
}

void measure_graph(ac::Array (*make)(int), int count) {
  const double start = now();
  ac::Array x = make(count);
  const double built = now() - start;
  ac::eval(x);
  const double computed = now() - start;
  // NaN is as good as any number: what counts is that there is one.
  if (!ac::array_equal(x, x) && !ac::any(ac::isnan(x)).item<bool>()) std::exit(1);
  x = ac::zeros(1);
  std::cout << "build " << built << "\nevaluate " << computed - built << "\ntotal " << now() - start
            << "\n";
}

// Operations among four arrays, in an order without a period.
ac::Array operations(int count) {
  ac::Array x[4];
  for (int k = 0; k < 4; ++k) x[k] = ac::arange(8) * 0.125 + k;
  ac::eval(x[0], x[1], x[2], x[3]);
  ac::Array made = x[0];
  std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    const ac::Array& other = x[state >> 30];
    switch (state >> 24 & 3) {
      case 0:
        made = made + other;
        break;
      case 1:
        made = made * other;
        break;
      case 2:
        made = ac::maximum(made, other);
        break;
      default:
        made = other - made;
    }
  }
  return made;
}

// From recorded operations to the first result, all kernels being new.
void measure_long(ac::Array (*make)(int), int count) {
  ac::eval(ac::arange(8) + 1.0);
  const ac::Array made = make(count);
  const double start = now();
  ac::eval(made);
  std::cout << "long " << now() - start << "\nkernels " << ac::stats().compiled << "\n";
}

void* measure(void* arguments) {
  const auto& words = *static_cast<std::vector<std::string>*>(arguments);
  if (words[0] == "compile") {
    measure_compile();
  } else if (words[0] == "first") {
    measure_first();
  } else if (words[0] == "calls") {
    measure_calls();
  } else if (words[0] == "long" || words[0] == "numbers") {
    measure_long(words[0] == "long" ? operations : chain, std::stoi(words[1]));
  } else {
    measure_graph(words[0] == "chain" ? chain : loop, std::stoi(words[1]));
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) return 2;
  const bool counts = words[0] != "compile" && words[0] != "first" && words[0] != "calls";
  if (words.size() != (counts ? 2 : 1)) return 2;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, 256 * 1024) != 0) return 1;
  pthread_t thread;
  if (pthread_create(&thread, &attributes, measure, &words) != 0) return 1;
  return pthread_join(thread, nullptr);
}
