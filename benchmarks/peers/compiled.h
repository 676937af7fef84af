// Functions with the signature of `arrayc compile`'s as a contender. Included where they are
// declared and FUNCTION(softmax, f32) is one of them; run.py writes calls.inc, with
// CALL(softmax, f32, a[0], a[1], s[0], s[1]) for each: arrays, then extents.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>

#include "benchmarks/bench.h"
#include "benchmarks/turns/native.h"

namespace bench {

inline Prepared prepare_compiled(const std::string& function, const std::vector<Input>& inputs,
                                 const std::vector<std::int64_t>& sizes,
                                 const std::vector<std::size_t>& result_bytes) {
  using Call = int (*)(const Any*, const std::int64_t*);
  static const std::map<std::string, Call> all = {
#define CALL(name, type, ...)                                        \
  {#name "_" #type, [](const Any* a, const std::int64_t* s) -> int { \
     return (void)s, FUNCTION(name, type)(__VA_ARGS__);              \
   }},
#include <calls.inc>
#undef CALL
  };
  const auto found = all.find(function);
  if (found == all.end()) throw std::invalid_argument("no workload " + function);
  using Bytes = std::vector<unsigned char, Allocator<unsigned char>>;
  const auto result = std::make_shared<Bytes>(result_bytes.at(0));
  std::vector<Any> arrays;
  for (const Input& input : inputs) arrays.push_back(input.elements);
  arrays.push_back({result->data()});
  return {[=, call = found->second] {
            if (call(arrays.data(), sizes.data()) != 0)
              throw std::runtime_error("the compiled function failed");
          },
          [=] { return std::vector<const void*>{result->data()}; }};
}

}  // namespace bench
