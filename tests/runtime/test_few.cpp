// A few numbers without an allocation, more of them with one.
#include <numeric>

#include "runtime/few.h"
#include "tests/catch.h"

using arrayc::runtime::Few;

TEST_CASE("few and many numbers begin as zero and are kept apart") {
  for (const std::size_t size : {0, 1, 4, 5, 100}) {
    Few<int, 4> a(size), b(size);
    CHECK(a.size() == size);
    CHECK(std::accumulate(a.begin(), a.end(), 0) == 0);
    std::iota(a.begin(), a.end(), 1);
    for (std::size_t i = 0; i < size; ++i) CHECK(a[i] == static_cast<int>(i) + 1);
    CHECK(std::accumulate(b.begin(), b.end(), 0) == 0);
  }
}
