// Payne and Hanek's reduction (Radian Reduction for Trigonometric Functions, SIGNUM Newsletter,
// 1983).
//
// x = m * 2^e with a 53-bit integer m. The bits of 1/(2 pi) above weight 2^-e give whole turns and
// are left out; of those below, 192 are taken (W), and y = m * W modulo 2^192 is x/(2 pi) modulo 1
// as a fraction of 192 bits, wrong by at most m, that is 2^-139. Its top two bits are the quarter
// turn; the rest, read as signed, is a fraction of a quarter turn in [-1/2, 1/2). No double is
// nearer to a multiple of pi/2 than 2^-61, so 75 or more bits of that are right. It is summed up
// and multiplied by pi/2 in pairs of doubles, whose sum keeps about 106 bits.
#include "ir/formulas/angle.h"

#include <array>
#include <vector>

#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

namespace {

// 1/(2 pi) after 64 zero bits.
constexpr std::array<std::uint64_t, 20> kInverse = {
    0x0000000000000000, 0x28be60db9391054a, 0x7f09d5f47d4d3770, 0x36d8a5664f10e410,
    0x7f9458eaf7aef158, 0x6dc91b8e909374b8, 0x01924bba82746487, 0x3f877ac72c4a69cf,
    0xba208d7d4baed121, 0x3a671c09ad17df90, 0x4e64758e60d4ce7d, 0x272117e2ef7e4a0e,
    0xc7fe25fff7816603, 0xfbcbc462d6829b47, 0xdb4d9fb3c9f2c26d, 0xd3d18fd9a797fa8b,
    0x5d49eeb1faf97c5e, 0xcf41ce7de294a4ba, 0x9afed7ec47e35742, 0x1580cc11bf1edaea,
};

Expression fma(Expression x, Expression y, Expression z) {
  const ScalarBuilder::Reg args[] = {x.reg(), y.reg(), z.reg()};
  return {x.builder(), x.builder().emit(Prim::fma, x.type(), args)};
}

// Words first to first + 3 of the table, `first` below 17: each bit of it halves what is left.
std::array<Expression, 4> table_words(Expression first) {
  ScalarBuilder& b = first.builder();
  std::vector<Expression> words;
  for (const std::uint64_t word : kInverse) {
    words.emplace_back(b, b.constant({DType::U64, word}));
  }
  for (std::size_t step = 16; step > 0; step /= 2) {
    const Expression skip = (first & static_cast<std::int64_t>(step)) != 0;
    const std::size_t left = step + 3;
    for (std::size_t i = 0; i < left && i < words.size(); ++i) {
      if (i + step < words.size()) words[i] = select(skip, words[i + step], words[i]);
    }
    words.resize(std::min(left, words.size()), words.back());
  }
  return {words[0], words[1], words[2], words[3]};
}

// The high half of a 128-bit product.
Expression multiply_high(Expression x, Expression y) {
  const std::int64_t low_half = 0xffffffff;
  const Expression x0 = x & low_half, x1 = x >> 32;
  const Expression y0 = y & low_half, y1 = y >> 32;
  const Expression middle = x1 * y0 + ((x0 * y0) >> 32);
  return x1 * y1 + (middle >> 32) + (((middle & low_half) + x0 * y1) >> 32);
}

// m * (w0, w1, w2) modulo 2^192, most significant word first.
std::array<Expression, 3> multiply_words(Expression m, const std::array<Expression, 3>& w) {
  const Expression low = m * w[2];
  const Expression carry = multiply_high(m, w[2]);
  const Expression middle = m * w[1] + carry;
  const Expression overflow = (middle < carry).convert(DType::U64);
  return {m * w[0] + multiply_high(m, w[1]) + overflow, middle, low};
}

// A sum of two doubles and its rounding error.
struct Sum {
  Expression high, low;
};
Sum two_sum(Expression x, Expression y) {
  const Expression sum = x + y;
  const Expression y_part = sum - x;
  return {sum, (x - (sum - y_part)) + (y - y_part)};
}

// The signed fraction (w0, w1, w2) / 2^192.
Sum signed_fraction(const std::array<Expression, 3>& w) {
  const std::int64_t low_half = 0xffffffff;
  const auto part = [](Expression integer, double weight) {
    return integer.convert(DType::F64) * weight;
  };
  const Expression top = w[0].convert(DType::I64) >> 32;
  const Sum first = two_sum(part(top, 0x1p-32), part(w[0] & low_half, 0x1p-64));
  const Sum second = two_sum(first.high, part(w[1] >> 32, 0x1p-96));
  const Sum third = two_sum(second.high, part(w[1] & low_half, 0x1p-128));
  const Expression rest = part(w[2] >> 32, 0x1p-160);
  return two_sum(third.high, first.low + (second.low + (third.low + rest)));
}

Sum times_half_pi(const Sum& x) {
  const Expression half_pi = x.high.number(0x1.921fb54442d18p0);
  const Expression product = x.high * half_pi;
  const Expression error = fma(x.high, half_pi, -product);
  return two_sum(product, error + (x.high * 0x1.1a62633145c07p-54 + x.low * half_pi));
}

}  // namespace

Angle reduce_angle(ScalarBuilder& b, ScalarBuilder::Reg angle) {
  const Expression x(b, angle);
  const Expression bits = x.as_bits().convert(DType::U64);
  const Expression exponent = (bits >> 52) & 0x7ff;
  const Expression m = (bits & 0xfffffffffffff) | (std::int64_t{1} << 52);
  // Bit `offset` of the table has weight 2^-(e + 1) in 1/(2 pi), where x = m * 2^e. Exponents below
  // 2^20's are not used: any offset within the table does for them.
  const Expression offset = select(exponent < 1043, exponent.integer(32), exponent - 1011);
  const std::array<Expression, 4> words = table_words(offset >> 6);
  const Expression left = offset & 63;
  const Expression right = left.integer(64) - left;
  const auto window = [&](std::size_t i) { return (words[i] << left) | (words[i + 1] >> right); };
  const auto y = multiply_words(m, {window(0), window(1), window(2)});

  const std::array<Expression, 3> fraction = {(y[0] << 2) | (y[1] >> 62),
                                              (y[1] << 2) | (y[2] >> 62), y[2] << 2};
  const Expression quarter = ((y[0] >> 62) + (fraction[0] >> 63)).convert(DType::I64);
  const Sum r = times_half_pi(signed_fraction(fraction));

  const Expression negative = x < 0;
  const Expression small = abs(x) <= 0x1p20;
  const Expression finite = exponent < 0x7ff;
  const Expression turns = select(negative, -quarter, quarter) & 3;
  const Expression high = select(finite, select(negative, -r.high, r.high), x - x);
  const Expression low = select(negative, -r.low, r.low);
  return {select(small | !finite, 0, turns).reg(), select(small, x, high).reg(),
          select(small | !finite, 0, low).reg()};
}

Angle narrow_angle(ScalarBuilder& b, const Angle& angle) {
  const Expression high(b, angle.high), low(b, angle.low);
  const Expression leading = high.convert(DType::F32);
  const Expression rest = select(is_nan(high), 0, low + (high - leading.convert(DType::F64)));
  return {b.convert(angle.turns, DType::I32), leading.reg(), rest.convert(DType::F32).reg()};
}

}  // namespace arrayc::ir::formulas
