#include <pthread.h>

#include <thread>

#include "ir/value.h"
#include "tests/catch.h"

using namespace arrayc::ir;

namespace {

const Type scalar_type{DType::F64, {}};

Value leaf(std::shared_ptr<void> payload = {}) {
  return record_leaf(scalar_type, std::move(payload), "x", Weak::strong, {});
}

Value negative(const Value& x) {
  return record({Op::ufunc, find_builtin_ufunc("negative"), nullptr}, {x}, scalar_type,
                Weak::strong, {});
}

// Runs a function on a stack of 256 kB.
void run_on_small_stack(void (*body)()) {
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, 256 << 10) == 0);
  pthread_t thread;
  const auto start = [](void* function) -> void* {
    reinterpret_cast<void (*)()>(function)();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, start, reinterpret_cast<void*>(body)) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE("a value keeps what it was recorded with") {
  const Value x = leaf();
  const Value y = negative(x);
  CHECK(y->operands.size() == 1);
  CHECK(y->operands[0] == x);
  CHECK(y.dtype() == DType::F64);
  CHECK(y.rank() == 0);
  CHECK(x->name == "x");
  CHECK_FALSE(Value());
}

TEST_CASE("a node dies with its last handle") {
  auto payload = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = payload;
  Value x = leaf(std::move(payload));
  Value y = negative(x);
  Value z = y;
  x = Value();
  y = Value();
  CHECK_FALSE(watched.expired());
  Value moved = std::move(z);
  CHECK_FALSE(watched.expired());
  moved = Value();
  CHECK(watched.expired());
}

TEST_CASE("handles can be assigned to themselves and from their operands") {
  auto payload = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = payload;
  Value x = negative(leaf(std::move(payload)));
  Value& alias = x;
  x = alias;
  CHECK(x);
  x = x->operands[0];
  CHECK_FALSE(watched.expired());
  CHECK(x->operation.op == Op::param);
}

TEST_CASE("a million nodes are released on a small stack") {
  run_on_small_stack([] {
    Value x = leaf();
    for (int k = 0; k < 1000000; ++k) x = negative(x);
    // A wide node, and one whose operands are the same.
    x = record({Op::ufunc, find_builtin_ufunc("add"), nullptr}, {x, x}, scalar_type, Weak::strong,
               {});
  });
}

TEST_CASE("what is recorded is counted in bytes") {
  const std::int64_t before = recorded_bytes();
  {
    Value x = leaf();
    const std::int64_t one = recorded_bytes() - before;
    CHECK(one >= static_cast<std::int64_t>(sizeof(Record)));
    const Value same = x;
    CHECK(recorded_bytes() - before == one);
    for (int k = 0; k < 100; ++k) x = negative(x);
    CHECK(recorded_bytes() - before > 100 * one);
  }
  CHECK(recorded_bytes() == before);
}

TEST_CASE("shared nodes are released once, from any thread") {
  auto payload = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = payload;
  {
    Value x = leaf(std::move(payload));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([x] {
        for (int k = 0; k < 20000; ++k) {
          Value y = negative(x);
          Value z = y;
          y = negative(z);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}
