import math

import numpy as np
from numpy import hypot as length


# check: n=1000 rtol=2e-15
# shape: kernels=1 temporaries=0
# inputs: a=special
def inverses_of_anything(a: "f64[n]"):
    return (
        np.arcsin(a),
        np.arccos(a),
        np.arctan(a),
        np.arcsinh(a),
        np.arccosh(a),
        np.arctanh(a),
        np.sinh(a),
        np.cosh(a),
        np.cbrt(a),
    )


# check: n=1000 rtol=2e-15
# inputs: a=unit p=positive
def inverses(a: "f64[n]", p: "f64[n]"):
    return (
        np.asin(a),
        np.acos(a),
        np.atan(a),
        np.asinh(a),
        np.acosh(p + 1),
        np.atanh(a),
        np.sinh(p),
        np.cosh(p),
        np.cbrt(p),
        np.arcsinh(-p),
        np.arctan(p),
    )


# check: n=1000 rtol=1e-6
# inputs: a=special u=unit
def inverses_f32(a: "f32[n]", u: "f32[n]"):
    return (
        np.arcsin(u),
        np.arccos(u),
        np.arctan(a),
        np.arcsinh(a),
        np.arccosh(a),
        np.arctanh(u),
        np.sinh(a),
        np.cosh(a),
        np.cbrt(a),
    )


# check: n=1000 rtol=2e-15
# inputs: a=special b=special
def two_operands(a: "f64[n]", b: "f64[n]"):
    return (
        np.hypot(a, b),
        np.arctan2(a, b),
        np.atan2(b, a),
        np.float_power(a, b),
        np.pow(a, b),
        length(a, 1),
    )


# check: n=1000 bounds
# inputs: a=special b=special
def sums_of_logarithms(a: "f64[n]", b: "f64[n]", c: "f32[n]"):
    return np.logaddexp(a, b), np.logaddexp2(a, b), np.logaddexp(c, b), np.logaddexp2(c, 1)


# check: n=1000 rtol=1e-6
# inputs: a=special b=special
def two_operands_f32(a: "f32[n]", b: "f32[n]"):
    return np.hypot(a, b), np.arctan2(a, b), np.logaddexp(a, b), np.logaddexp2(a, b)


# check: n=1000 exact
# inputs: a=special b=special c=small
def parts(a: "f64[n]", b: "f64[n]", c: "i64[n]"):
    m, e = np.frexp(a)
    whole = np.modf(a)
    q, r = np.divmod(a, b)
    return (
        m,
        e,
        whole[0],
        whole[1],
        q,
        r,
        np.heaviside(a, b),
        np.nextafter(a, b),
        np.spacing(a),
        np.ldexp(a, c),
        np.ldexp(m, e),
        np.ldexp(a, -3000),
        np.ldexp(a, 2098),
        np.ldexp(b, c.astype(np.int8)),
        np.fmod(a, b),
        np.copysign(a, b),
        np.fabs(a),
        np.deg2rad(a),
        np.rad2deg(a),
        np.radians(a),
        np.degrees(a),
    )


# check: n=1000 exact
# inputs: a=special b=special c=small
def parts_f32(a: "f32[n]", b: "f32[n]", c: "i16[n]"):
    m, e = np.frexp(a)
    fraction, whole = np.modf(a)
    return (
        m,
        e,
        fraction,
        whole,
        np.heaviside(a, b),
        np.nextafter(a, b),
        np.spacing(a),
        np.ldexp(a, c),
        np.fmod(a, b),
        np.deg2rad(a),
        np.rad2deg(a),
    )


# check: n=300 exact
# inputs: a=full b=full c=full d=full
def of_signed(a: "i8[n]", b: "i8[n]", c: "i64[n]", d: "i64[n]"):
    return (
        np.gcd(a, b),
        np.lcm(a, b),
        np.gcd(c, d),
        np.lcm(c, d),
        np.gcd(c * 6, d * 12),
        np.gcd(a, 0),
        np.fmod(a, b),
        np.fmod(c, d),
        np.bitwise_count(a),
        np.bitwise_count(c),
        np.divmod(a, b)[0],
        np.divmod(c, 7)[1],
        divmod(a, 5)[0],
        divmod(a, -5)[1],
        np.conjugate(a),
        a.conj(),
        np.float_power(a, 2),
        np.fabs(c),
    )


# check: n=300 exact
# inputs: a=full b=full c=full d=full e=full
def of_unsigned(a: "u8[n]", b: "u8[n]", c: "u64[n]", d: "u32[n]", e: "i32[n]"):
    return (
        np.gcd(a, b),
        np.lcm(a, b),
        np.gcd(c, 48),
        np.gcd(d, e),
        np.lcm(d, e),
        np.fmod(c, 10),
        np.bitwise_count(a),
        np.bitwise_count(c),
        np.bitwise_count(d),
        np.bitwise_count(e),
    )


# check: n=300 exact
# inputs: a=special
def of_real_numbers(a: "f64[n]", b: "i32[n]", c: "bool[n]"):
    return (
        np.real(a),
        np.imag(a),
        a.real,
        b.imag,
        a.conjugate(),
        np.angle(a),
        np.angle(a, deg=True),
        np.isreal(b),
        np.iscomplex(a),
        a * np.iscomplexobj(a),
        a * np.isrealobj(b),
        np.isposinf(a),
        np.isneginf(a),
        np.isposinf(c),
        np.fix(a),
        np.fix(b),
        np.bitwise_count(c),
        np.conj(c),
        np.float_power(c, 2),
    )


# check: n=300 rtol=3e-15
# inputs: p=positive
def waves(a: "f64[n]", p: "f64[n]", b: "i32[n]"):
    return np.sinc(b * 0.25), np.sinc(b), np.i0(a), np.i0(p), np.i0(-p * 7), np.i0(b * 0.125)


# check: n=300 rtol=1e-5
def waves_f32(a: "f32[n]"):
    return np.sinc(a), np.i0(a)


# check: n=50 exact
# inputs: a=special
def near(a: "f64[n]", b: "f64[n]", c: "i32[n]"):
    return (
        np.isclose(a, b, rtol=0.5),
        np.isclose(c, c + 1, atol=1),
        np.allclose(b, b + 1e-12),
        np.allclose(a, a),
        np.allclose(a, a, equal_nan=True),
        np.nan_to_num(a, nan=-1),
        np.nan_to_num(c),
    )


# check: n=5 rtol=1e-15
def python_numbers(a: "f64[n]", x: "float", k: "int"):
    return (
        a * math.asin(0.25),
        a * math.atan2(1, -2),
        a * math.hypot(3, 4),
        a * math.erf(x / 3),
        a * math.gamma(x),
        a * math.lgamma(x * 7),
        a * math.cbrt(x),
        a * math.sinh(x),
        a * math.acosh(x),
        a * math.erf(0.5),
        a * math.gamma(4.5),
        a * math.degrees(x),
        a * math.fmod(x, 2),
        a * divmod(17, -5)[0],
        a * divmod(x, 2)[1],
        a + divmod(k, 2)[0],
        a * round(2.675, 2),
        a * round(1e22, 3),
        a * round(7, 1),
        a * pow(x, 2),
        np.round(a, 1),
    )
