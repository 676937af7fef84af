// Every primitive in every type, scalar and in lanes, against ir::evaluate.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

namespace arrayc::tests {
namespace {

using ir::Prim;

std::vector<DType> computable() {
  std::vector<DType> types;
  for (const ir::DTypeInfo& t : ir::all_dtypes()) {
    if (!ir::is_complex(t.id)) types.push_back(t.id);
  }
  return types;
}

std::vector<Scalar> interesting(DType t) {
  std::vector<Scalar> values;
  if (ir::is_bool(t)) return {Scalar::of(false), Scalar::of(true)};
  if (ir::is_float(t)) {
    for (double v : {0.0,          -0.0,     1.0,     -1.0,    0.5,
                     -0.5,         1.5,      2.5,     -2.5,    3.7,
                     127.5,        -128.5,   255.9,   1e10,    -1e10,
                     2147483647.5, 9.3e18,   1.9e19,  -9.3e18, 1e300,
                     -1e300,       1e-310,   -5e-324, 1e-45,   4503599627370497.5,
                     0x1p-126,     0x1p-1022}) {
      values.push_back(ir::convert(Scalar::of(v), t));
    }
    const double inf = std::numeric_limits<double>::infinity();
    for (double v : {inf, -inf, std::nan("")}) values.push_back(ir::convert(Scalar::of(v), t));
    return values;
  }
  for (std::int64_t v :
       {0, 1, -1, 2, -2, 3, -3, 7, 8, 15, 16, 31, 32, 63, 64, 100, -100, 127, -128}) {
    values.push_back(ir::convert(Scalar::of(v), t));
  }
  const int bits = ir::info(t).bits;
  const std::uint64_t ones = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  for (std::uint64_t v : {ones, ones >> 1, (ones >> 1) + 1, (ones >> 1) + 2, ones / 3}) {
    values.push_back({t, v & ones});
  }
  return values;
}

Scalar random_value(DType t, std::mt19937_64& random) {
  if (ir::is_bool(t)) return Scalar::of((random() & 1) != 0);
  const int bits = ir::info(t).bits;
  std::uint64_t v = random();
  if (bits < 64) v &= (std::uint64_t{1} << bits) - 1;
  if (ir::is_float(t) && random() % 2 == 0) {
    return ir::convert(Scalar::of(std::ldexp(static_cast<double>(random() % 20000) - 10000, -6)),
                       t);
  }
  return {t, v};
}

struct Case {
  Prim prim;
  DType out;
  std::vector<DType> args;
};

// Arithmetic and comparisons.
void add_operations(DType t, std::vector<Case>& all) {
  const bool floating = ir::is_float(t), integer = ir::is_integer(t), boolean = ir::is_bool(t);
  const auto add = [&](std::initializer_list<Prim> prims, DType out, std::size_t arity) {
    for (Prim p : prims) all.push_back({p, out, std::vector<DType>(arity, t)});
  };
  if (!boolean) add({Prim::add, Prim::sub, Prim::mul}, t, 2);
  if (!boolean) add({Prim::neg, Prim::abs}, t, 1);
  if (floating) add({Prim::div, Prim::copysign, Prim::fmod}, t, 2);
  if (t == DType::F64) {
    add({Prim::angle_high, Prim::angle_low}, t, 1);
    add({Prim::angle_turns}, DType::I64, 1);
  }
  if (floating) add({Prim::sqrt, Prim::floor, Prim::ceil, Prim::trunc, Prim::rint}, t, 1);
  if (floating) add({Prim::fma}, t, 3);
  if (integer) add({Prim::floor_div, Prim::floor_rem, Prim::gcd, Prim::shl, Prim::shr}, t, 2);
  if (integer || boolean) add({Prim::bit_and, Prim::bit_or, Prim::bit_xor}, t, 2);
  if (integer || boolean) add({Prim::bit_not}, t, 1);
  add({Prim::minimum, Prim::maximum}, t, 2);
  add({Prim::eq, Prim::ne, Prim::lt, Prim::le, Prim::gt, Prim::ge}, DType::Bool, 2);
}

std::vector<Case> cases(DType t) {
  std::vector<Case> all;
  if (!ir::is_narrow_float(t)) add_operations(t, all);
  all.push_back({Prim::select, t, {DType::Bool, t, t}});
  for (DType to : computable()) {
    if (to != t) all.push_back({Prim::convert, to, {t}});
    if (to != t && ir::item_size(to) == ir::item_size(t) && !ir::is_bool(to) && !ir::is_bool(t)) {
      all.push_back({Prim::bitcast, to, {t}});
    }
  }
  return all;
}

std::uint64_t ones(DType t) {
  return ir::item_size(t) == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << ir::info(t).bits) - 1;
}

// Every value of a 16-bit float, and of a wider type the numbers at, beside and between them.
void add_every_narrow(DType narrow, DType t, std::vector<Scalar>& column) {
  const auto at = [&](std::uint64_t bits) { return ir::convert({narrow, bits}, t); };
  for (std::uint64_t bits = 0; bits < 0x10000; ++bits) {
    column.push_back(at(bits));
    if (!ir::is_float(t) || ir::is_narrow_float(t)) continue;
    const double sum = ir::to_double(at(bits)) + ir::to_double(at(bits ^ 1));
    const Scalar tie = ir::convert(Scalar::of(sum / 2), t);
    for (int d : {-1, 0, 1})
      column.push_back({t, (tie.bits + static_cast<std::uint64_t>(d)) & ones(t)});
  }
}

// Operand lists: all pairs of interesting values, then random ones.
std::vector<Elements> operands(const Case& c, std::mt19937_64& random) {
  std::vector<std::vector<Scalar>> columns(c.args.size());
  std::vector<std::vector<Scalar>> choices;
  for (DType t : c.args) choices.push_back(interesting(t));
  const std::vector<Scalar>& first = choices[0];
  const std::vector<Scalar>& last = choices.back();
  for (std::size_t i = 0; i < first.size() * last.size(); ++i) {
    for (std::size_t k = 0; k < c.args.size(); ++k) {
      const std::size_t at = k == 0                   ? i / last.size()
                             : k + 1 == c.args.size() ? i % last.size()
                                                      : random();
      columns[k].push_back(choices[k][at % choices[k].size()]);
    }
  }
  for (int i = 0; i < 203; ++i) {
    for (std::size_t k = 0; k < c.args.size(); ++k)
      columns[k].push_back(random_value(c.args[k], random));
  }
  if (c.prim == Prim::convert && !ir::is_bool(c.args[0])) {
    for (DType t : {c.args[0], c.out}) {
      if (ir::is_narrow_float(t)) add_every_narrow(t, c.args[0], columns[0]);
    }
  }
  std::vector<Elements> result;
  for (std::size_t k = 0; k < c.args.size(); ++k) result.emplace_back(c.args[k], columns[k]);
  return result;
}

void add_stage(KernelMaker& m, const Case& c, const Extent& n, int width,
               std::vector<std::uint32_t>& buffers) {
  const Id loop = m.open("i", n, width);
  std::vector<Id> args;
  for (std::size_t k = 0; k < c.args.size(); ++k) {
    args.push_back(
        m.builder.load(access(buffers[k], 0, {{loop, ir::item_size(c.args[k])}}), c.args[k]));
  }
  const Id v = m.builder.emit(c.prim, c.out, args);
  m.builder.store(access(buffers.back(), 0, {{loop, ir::item_size(c.out)}}), v);
  m.close();
}

void check(DType t, int width, const std::string& cpu = "native") {
  std::mt19937_64 random(7);
  KernelMaker m;
  std::vector<Case> all = cases(t);
  std::vector<std::vector<std::uint32_t>> buffers;
  std::vector<std::vector<Elements>> inputs;
  std::vector<Elements> outputs;
  std::vector<std::int64_t> slots;
  for (const Case& c : all) {
    buffers.emplace_back();
    inputs.push_back(operands(c, random));
    for (DType a : c.args) buffers.back().push_back(m.buffer(a));
    buffers.back().push_back(m.buffer(c.out, true));
    outputs.emplace_back(c.out, inputs.back()[0].size());
    for (const Elements& e : inputs.back()) slots.push_back(slot(e.bytes.data()));
    slots.push_back(slot(outputs.back().bytes.data()));
  }
  const Extent n = m.size("n");
  slots.push_back(0);
  for (std::size_t i = 0; i < all.size(); ++i) add_stage(m, all[i], n, width, buffers[i]);
  const auto code = generator(cpu).compile(m.kernel);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto count = static_cast<std::int64_t>(outputs[i].size());
    REQUIRE(code->run(static_cast<std::uint32_t>(i), slots.data(), 0, count) == 0);
    std::size_t wrong = 0;
    for (std::size_t e = 0; e < outputs[i].size(); ++e) {
      std::vector<Scalar> args;
      for (const Elements& input : inputs[i]) args.push_back(input[e]);
      const Scalar expected = ir::evaluate(all[i].prim, all[i].out, args);
      if (same(expected, outputs[i][e]) || wrong++ > 3) continue;
      std::string what =
          std::string(ir::info(all[i].prim).name) + " to " + std::string(ir::name(all[i].out));
      for (Scalar a : args) what += ", " + text(a);
      INFO(what << ": " << text(outputs[i][e]) << " instead of " << text(expected));
      CHECK(same(expected, outputs[i][e]));
    }
    CHECK(wrong == 0);
  }
}

// One operand is a constant of the kernel: what the emitter then knows must change nothing.
void check_with_constants(DType t) {
  std::mt19937_64 random(9);
  const std::vector<Scalar> values = interesting(t);
  std::vector<Scalar> constants{values[0], values[1], values[2], values.back()};
  if (!ir::is_bool(t)) constants.insert(constants.end(), {values[5], values[8]});
  for (const Case& c : cases(t)) {
    if (c.args.size() != 2 || c.args[0] != t) continue;
    for (const Scalar constant : constants) {
      for (const bool first : {true, false}) {
        KernelMaker m;
        const std::uint32_t in = m.buffer(t), out = m.buffer(c.out, true);
        const Extent n = m.size("n");
        const Id loop = m.open("i", n, 8);
        const Id fixed = m.builder.constant(constant);
        const Id v = m.builder.load(access(in, 0, {{loop, ir::item_size(t)}}), t);
        const Id args[] = {first ? fixed : v, first ? v : fixed};
        m.builder.store(access(out, 0, {{loop, ir::item_size(c.out)}}),
                        m.builder.emit(c.prim, c.out, args));
        m.close();
        const Elements input(t, values);
        Elements output(c.out, values.size());
        const std::int64_t slots[] = {slot(input.bytes.data()), slot(output.bytes.data()), 0};
        generator().compile(m.kernel)->run(0, slots, 0, static_cast<std::int64_t>(values.size()));
        for (std::size_t e = 0; e < values.size(); ++e) {
          const Scalar operands[] = {first ? constant : values[e], first ? values[e] : constant};
          const Scalar expected = ir::evaluate(c.prim, c.out, operands);
          INFO(ir::info(c.prim).name << " " << text(operands[0]) << ", " << text(operands[1])
                                     << ": " << text(output[e]) << " instead of "
                                     << text(expected));
          CHECK(same(output[e], expected));
        }
      }
    }
  }
}

}  // namespace

// Quotients near whole numbers, where the rounded one is too large.
TEST_CASE("remainders of near multiples", "[jit]") {
  for (DType t : {DType::F64, DType::F32}) {
    std::mt19937_64 random(3);
    std::vector<Scalar> x, y;
    for (int i = 0; i < 4000; ++i) {
      const double divisor = std::ldexp(1 + static_cast<double>(random() >> 11) * 0x1p-53,
                                        static_cast<int>(random() % 40) - 20);
      const double whole = static_cast<double>(random() % (std::uint64_t{1} << (random() % 22)));
      const Scalar b = ir::convert(Scalar::of(divisor), t);
      Scalar a = ir::convert(Scalar::of(ir::to_double(b) * whole), t);
      a.bits += random() % 5;  // some units in the last place around the multiple
      a.bits -= std::min<std::uint64_t>(a.bits, 2);
      x.push_back(a);
      y.push_back(b);
    }
    for (int width : {1, 8}) {
      KernelMaker m;
      const std::uint32_t in = m.buffer(t), by = m.buffer(t), out = m.buffer(t, true);
      const Extent n = m.size("n");
      const Id loop = m.open("i", n, width);
      const Extent item = ir::item_size(t);
      const Id a = m.builder.load(access(in, 0, {{loop, item}}), t);
      const Id b = m.builder.load(access(by, 0, {{loop, item}}), t);
      m.builder.store(access(out, 0, {{loop, item}}), m.builder.binary(Prim::fmod, a, b));
      m.close();
      const Elements left(t, x), right(t, y);
      Elements output(t, x.size());
      const std::int64_t slots[] = {slot(left.bytes.data()), slot(right.bytes.data()),
                                    slot(output.bytes.data()), 0};
      generator().compile(m.kernel)->run(0, slots, 0, static_cast<std::int64_t>(x.size()));
      std::size_t wrong = 0;
      for (std::size_t e = 0; e < x.size(); ++e) {
        const Scalar args[] = {x[e], y[e]};
        wrong += same(output[e], ir::evaluate(Prim::fmod, t, args)) ? 0 : 1;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("primitives with a constant", "[jit]") {
  for (DType t : {DType::F64, DType::I32, DType::U8}) check_with_constants(t);
}

TEST_CASE("every primitive, one element at a time", "[jit]") {
  for (DType t : computable()) check(t, 1);
}

TEST_CASE("every primitive, in lanes", "[jit]") {
  for (DType t : computable()) check(t, t == DType::F64 ? 8 : 16);
}

TEST_CASE("conversions of 16-bit floats without instructions for them", "[jit]") {
  for (DType t : {DType::F16, DType::BF16, DType::F32, DType::F64}) {
    for (int width : {1, 4, 8}) check(t, width, "x86-64-v2");
  }
}

namespace {

std::size_t memory_maps() {
  std::ifstream maps("/proc/self/maps");
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(maps), {}, '\n'));
}

// x[i] = x[i] + k, compiled, run and freed.
bool compile_and_run(std::int64_t k) {
  KernelMaker m;
  const std::uint32_t x = m.buffer(DType::I64, true);
  const Extent n = m.size("n");
  const Id loop = m.open("i", n, 4);
  const Id v = m.builder.load(access(x, 0, {{loop, 8}}), DType::I64);
  const Id sum = m.builder.binary(Prim::add, v, m.builder.integer(DType::I64, k));
  m.builder.store(access(x, 0, {{loop, 8}}), sum);
  m.close();
  std::vector<std::int64_t> values(19, 5);
  const std::int64_t slots[] = {slot(values.data()), 19};
  generator().compile(m.kernel)->run(0, slots, 0, 19);
  return values == std::vector<std::int64_t>(19, 5 + k);
}

}  // namespace

TEST_CASE("kernels are compiled on several threads, and freed", "[jit]") {
  CHECK(compile_and_run(1));
  const std::size_t before = memory_maps();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < 25; ++k) right += compile_and_run(100 * t + k) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 100);
  CHECK(memory_maps() < before + 50);  // each kernel that is kept costs two
}

TEST_CASE("code for the oldest processors", "[jit]") {
  for (DType t : {DType::F64, DType::F32, DType::U16}) check(t, 8, "x86-64-v2");
}

TEST_CASE("code for processors that this one may not be", "[jit]") {
  KernelMaker m;
  const std::uint32_t in = m.buffer(DType::F64), out = m.buffer(DType::F64, true);
  const Extent n = m.size("n");
  const Id loop = m.open("i", n, 16);
  const Id v = m.builder.load(access(in, 0, {{loop, 16}}), DType::F64);
  m.builder.store(access(out, 0, {{loop, 8}}),
                  m.builder.binary(Prim::maximum, v, m.builder.unary(Prim::sqrt, v)));
  m.close();
  for (const char* cpu : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    const std::string text = generator(cpu).emit(backends::OutputKind::assembly, "k", "",
                                                 {{"k", &m.kernel, ir::make_target(cpu)}}, false);
    CHECK((text.find("zmm") != std::string::npos) == (std::string(cpu) == "x86-64-v4"));
    CHECK((text.find("ymm") != std::string::npos) == (std::string(cpu) == "x86-64-v3"));
  }
  const bool can_run = ir::make_target("native").vector_bytes == 64;
  if (can_run) {
    CHECK(generator("x86-64-v4").compile(m.kernel) != nullptr);
  } else {
    CHECK_THROWS_AS(generator("x86-64-v4").compile(m.kernel), ir::Error);
  }
}

}  // namespace arrayc::tests
