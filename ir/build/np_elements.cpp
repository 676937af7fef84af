// Builders of functions.def: elements.
#include "ir/build/functions.h"
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

// An infinity of one sign.
Value infinite(const Arguments& a, bool negative) {
  const Place place = a.place();
  const Value x = strong(a.value(0), place);
  const Value sign = apply("signbit", {x}, place);
  return apply("logical_and",
               {apply("isinf", {x}, place), negative ? sign : apply("logical_not", {sign}, place)},
               place);
}

// Compared with 0.
Value has_imaginary_part(const Arguments& a, std::string_view comparison) {
  const Value part = imag(strong(a.value(0), a.place()), a.place());
  return apply(comparison, {part, number(0, part.dtype(), a.place())}, a.place());
}

// A part of a Python number is a Python number.
Value part_of(const Value& z, bool imaginary, Place place) {
  if (z->weak == Weak::strong) return imaginary ? imag(z, place) : real(z, place);
  if (z->weak != Weak::complex) {
    if (!imaginary) return unary_operator("+", z, place);
    const bool is_float = z->weak == Weak::floating;
    return scalar(is_float ? Scalar::of(0.0) : Scalar::of(std::int64_t{0}),
                  is_float ? Weak::floating : Weak::integer, place);
  }
  if (const auto value = complex_value(z)) {
    return scalar(Scalar::of(imaginary ? value->imag() : value->real()), Weak::floating, place);
  }
  const Value part = imaginary ? imag(z, place) : real(z, place);
  return record(part->operation, part->operands, part.type(), Weak::floating, place);
}

}  // namespace

Object np_clip(const Arguments& a) {
  const auto bound = [&](std::size_t i, std::size_t other) {
    const std::size_t from = a.is_none(i) ? other : i;
    return a.is_none(from) ? Value() : a.value(from);
  };
  return clip(a.value(0), bound(1, 4), bound(2, 5), a.place());
}

Object np_clip_method(const Arguments& a) {
  return clip(a.value(0), a.is_none(1) ? Value() : a.value(1), a.is_none(2) ? Value() : a.value(2),
              a.place());
}

Object np_astype(const Arguments& a) {
  return astype(a.value(0), to_dtype(a.object(1), a.place()), a.place());
}

Object np_round(const Arguments& a) { return round(a.value(0), a.integer(1), a.place()); }
Object np_around(const Arguments& a) { return np_round(a); }

Object np_isclose(const Arguments& a) {
  return isclose(a.value(0), a.value(1), {a.value(2), a.value(3), a.flag(4)}, a.place());
}

Object np_nan_to_num(const Arguments& a) {
  const auto bound = [&](std::size_t i) { return a.is_none(i) ? Value() : a.value(i); };
  return nan_to_num(a.value(0), a.value(2), bound(3), bound(4), a.place());
}

Object np_allclose(const Arguments& a) {
  const Object close = np_isclose(a);
  return all(close.value, {}, a.place());
}

// --- several results

Object np_divmod(const Arguments& a) {
  const auto [quotient, rest] = divmod(a.value(0), a.value(1), a.place());
  return Object::tuple({quotient, rest});
}
Object np_modf(const Arguments& a) {
  const auto [fraction, whole] = modf(a.value(0), a.place());
  return Object::tuple({fraction, whole});
}
Object np_frexp(const Arguments& a) {
  const auto [mantissa, exponent] = frexp(a.value(0), a.place());
  return Object::tuple({mantissa, exponent});
}

// --- parts of complex numbers

Object np_real(const Arguments& a) { return part_of(a.value(0), false, a.place()); }
Object np_imag(const Arguments& a) { return part_of(a.value(0), true, a.place()); }
Object np_real_attribute(const Arguments& a) { return np_real(a); }
Object np_imag_attribute(const Arguments& a) { return np_imag(a); }
// Unlike the function, the method takes bools as they are, and leaves a Python number one.
Object np_conj_method(const Arguments& a) {
  const Value z = a.value(0);
  if (z->weak != Weak::strong && z->weak != Weak::complex) return unary_operator("+", z, a.place());
  if (!is_complex(z.dtype())) return z;
  if (const auto value = complex_value(z); value && z->weak == Weak::complex) {
    return complex_literal(std::conj(*value), a.place());
  }
  const Value made = apply("conjugate", {z}, a.place());
  return record(made->operation, made->operands, made.type(), z->weak, a.place());
}
Object np_conjugate_method(const Arguments& a) { return np_conj_method(a); }
Object np_isreal(const Arguments& a) { return has_imaginary_part(a, "equal"); }
Object np_iscomplex(const Arguments& a) { return has_imaginary_part(a, "not_equal"); }
Object np_isrealobj(const Arguments& a) {
  return scalar(Scalar::of(!is_complex(a.value(0).dtype())), Weak::boolean, a.place());
}
Object np_iscomplexobj(const Arguments& a) {
  return scalar(Scalar::of(is_complex(a.value(0).dtype())), Weak::boolean, a.place());
}

Object np_angle(const Arguments& a) { return angle(a.value(0), a.flag(1), a.place()); }
Object np_isposinf(const Arguments& a) { return infinite(a, false); }
Object np_isneginf(const Arguments& a) { return infinite(a, true); }
Object np_fix(const Arguments& a) { return apply("trunc", {a.value(0)}, a.place()); }
Object np_sinc(const Arguments& a) { return sinc(a.value(0), a.place()); }

}  // namespace arrayc::ir::build
