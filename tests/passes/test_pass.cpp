#include <set>

#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

TEST_CASE("the table has every pass of the pipelines once, each with a sentence") {
  std::set<std::string> names;
  for (const Pass& pass : builtin_passes()) {
    CHECK(names.insert(std::string(pass.name)).second);
    CHECK_FALSE(pass.doc.empty());
    CHECK(pass.run != nullptr);
    CHECK(pass.before <= pass.after);
  }
  std::size_t used = 0;
  for (const Pipeline* pipeline : {&array_pipeline(), &kernel_pipeline()}) {
    for (const Pass& pass : *pipeline) CHECK(names.contains(std::string(pass.name)));
    used += pipeline->size();
  }
  CHECK(used == names.size());
}

TEST_CASE("each pass begins in the phase that the one before it ends in") {
  ir::Phase phase = ir::Phase::source;
  for (const Pipeline* pipeline : {&array_pipeline(), &kernel_pipeline()}) {
    for (const Pass& pass : *pipeline) {
      INFO(pass.name);
      CHECK(pass.before == phase);
      phase = pass.after;
    }
  }
  CHECK(phase == ir::Phase::scheduled);
}
