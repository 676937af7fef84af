// Mistakes that `./dev planted` switches on one by one, to see that the tests find each of them.
// Only the preset `planted` has any: elsewhere planted() is a constant.
#pragma once

#ifdef ARRAYC_PLANTED
#include <cstdlib>
#include <string_view>
#endif

namespace arrayc::runtime {

enum class Plant {
#define PLANTED(name, what) name,
#include "runtime/planted.def"
};

#ifdef ARRAYC_PLANTED
inline bool planted(Plant plant) {
  static constexpr std::string_view names[] = {
#define PLANTED(name, what) #name,
#include "runtime/planted.def"
  };
  static const char* const chosen = std::getenv("ARRAYC_PLANT");
  return chosen != nullptr && names[static_cast<std::size_t>(plant)] == chosen;
}
#else
constexpr bool planted(Plant) { return false; }
#endif

}  // namespace arrayc::runtime
