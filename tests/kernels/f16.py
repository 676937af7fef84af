import numpy as np


# check: n=65536 exact
# inputs: a=every
def casts_from(a: "f16[n]"):
    held = np.where(abs(a) < 100, a, 0)
    return (
        a.astype(np.float32),
        a.astype(np.float64),
        a.astype(bool),
        held.astype(np.int8),
        held.astype(np.int64),
        abs(held).astype(np.uint8),
        a.astype(np.float64).astype(np.float16),
    )


# check: n=65536 exact
# inputs: i=every u=every
def casts_of_integers(i: "i16[n]", u: "u16[n]"):
    wide = i.astype(np.int64) * 65536 + u
    return (
        i.astype(np.float16),
        u.astype(np.float16),
        (i * np.int32(3)).astype(np.float16),
        wide.astype(np.float16),
        (i > u).astype(np.float16),
        wide.astype(np.uint64).astype(np.float16),
    )


# Near every float16 and every tie of two, doubles that one rounding takes another way than two.
# check: n=65536 exact
# inputs: a=every
def casts_of_doubles(a: "f16[n]"):
    x = a.astype(np.float64)
    tie = (x + np.nextafter(a, np.float16(np.inf)).astype(np.float64)) / 2
    return (
        tie.astype(np.float16),
        (tie * (1 + 2.0**-52)).astype(np.float16),
        (tie * (1 - 2.0**-52)).astype(np.float16),
        (tie * (1 + 2.0**-30)).astype(np.float16),
        (tie * (1 - 2.0**-30)).astype(np.float16),
        (tie.astype(np.float32) * (1 + np.float32(2.0**-23))).astype(np.float16),
        (x * 1e-300).astype(np.float16),
        (x * 1e300).astype(np.float16),
    )


# check: n=65536 exact
# inputs: a=every
def exact_functions(a: "f16[n]"):
    return (
        -a,
        +a,
        abs(a),
        np.fabs(a),
        np.sign(a),
        np.square(a),
        np.sqrt(a),
        np.reciprocal(a),
        np.conjugate(a),
        np.floor(a),
        np.ceil(a),
        np.trunc(a),
        np.rint(a),
        np.spacing(a),
        np.isnan(a),
        np.isinf(a),
        np.isfinite(a),
        np.signbit(a),
        np.logical_not(a),
        np.deg2rad(a),
    )


# check: n=65536 exact
# inputs: a=every
def parts(a: "f16[n]"):
    finite = np.where(np.isfinite(a), a, 0)
    return (*np.frexp(finite), *np.modf(a), np.ldexp(a, 3), np.ldexp(a, -20))


# check: n=65536 rtol=1e-3
# inputs: a=every
def functions(a: "f16[n]"):
    r = abs(a)
    return (
        np.exp(a),
        np.exp2(a),
        np.expm1(a),
        np.log(r),
        np.log2(r),
        np.log10(r),
        np.log1p(r),
        np.sin(a),
        np.cos(a),
        np.arctan(a),
        np.sinh(a),
        np.cosh(a),
        np.tanh(a),
        np.arcsinh(a),
        np.cbrt(a),
        np.rad2deg(a),
    )


# check: n=65536 rtol=1e-3
# inputs: a=every
def functions_within_a_range(a: "f16[n]"):
    u = np.where(abs(a) <= 1, a, 0.5)
    return np.arcsin(u), np.arccos(u), np.arctanh(u), np.arccosh(abs(a) + 1), np.tan(u)


# check: n=65536 exact
# check: n=65535 exact
# inputs: a=every b=special
def two_operands(a: "f16[n]", b: "f16[n]"):
    return (
        a + b,
        a - b,
        a * b,
        a / b,
        np.maximum(a, b),
        np.minimum(a, b),
        np.fmax(a, b),
        np.fmin(a, b),
        np.copysign(a, abs(b)),
        np.nextafter(a, b),
        np.heaviside(a, b),
        np.where(a < b, a, b),
        a < b,
        a <= b,
        a > b,
        a >= b,
        a == b,
        a != b,
        np.logical_and(a, b),
        np.logical_or(a, b),
        np.logical_xor(a, b),
    )


# check: n=1000 exact
# inputs: a=normal b=positive
def remainders(a: "f16[n]", b: "f16[n]"):
    return a // b, a % b, np.fmod(a, b), *np.divmod(a, b)


# check: n=1000 rtol=1e-3
# inputs: a=positive b=normal
def two_operand_functions(a: "f16[n]", b: "f16[n]"):
    return (
        a**b,
        np.power(a, b),
        np.hypot(a, b),
        np.arctan2(a, b),
        np.logaddexp(a, b),
        np.logaddexp2(a, b),
        np.float_power(a, b),
    )


# check: n=257 exact
def mixed(a: "f16[n]", i: "i8[n]", j: "i16[n]", x: "f32[n]", s: "f16", f: "float"):
    return a + i, a + j, a * x, a * s, a + f, a + 2, a * 0.1, s * 2.5, np.sqrt(i * i), a == 3


# Each operation is rounded to float16 before the next one.
# check: n=1000 exact
# shape: kernels=1 temporaries=0
def chain(a: "f16[n]", b: "f16[n]"):
    c = a * b + a
    return (c - a) / b + c * c


# check: n=64 m=48 exact
# check: n=1 m=1 exact
def extremes(a: "f16[n,m]"):
    return a.max(), a.min(axis=0), a.argmax(axis=1), a.argmin(), np.any(a > 1), np.ptp(a, axis=1)


# NumPy sums rows in float32 too, columns in float16.
# check: n=64 m=48 rtol=2e-3
# check: n=3 m=1000 rtol=2e-3
# inputs: a=positive
def sums(a: "f16[n,m]"):
    return (
        a.sum(axis=1),
        a.mean(),
        a.mean(axis=1),
        np.mean(a, axis=0),
        np.prod(a[:, :1] / 8, axis=1),
        np.nanmax(a, axis=1),
        np.count_nonzero(a, axis=0),
        a.sum(axis=1, dtype=np.float32),
        a.sum(dtype=np.float64),
    )


# check: n=200 rtol=1e-2
# inputs: a=unit
def spread(a: "f16[n]"):
    return a.var(), a.std(), np.nanvar(a)


# check: n=20 m=30 k=10 rtol=4e-3
# inputs: a=positive b=positive
def products(a: "f16[n,k]", b: "f16[k,m]"):
    x, y = a / 64, b / 64
    return x @ y, np.dot(x, y), np.einsum("ik,kj->ji", x, y), np.inner(x, x), np.outer(x[0], y[0])


# check: n=40 exact
def made(a: "f16[n]"):
    return (
        np.arange(20, dtype=np.float16),
        np.arange(0.5, 9, 0.25, dtype=np.float16),
        np.full(3, 0.1, np.float16),
        np.ones_like(a),
        np.stack([a, a[::-1]]),
        np.nan_to_num(a / np.zeros_like(a)),
        np.clip(a, -0.5, 0.3),
        np.round(a, 1),
    )


# Small integers become float16.
# check: n=256 rtol=1e-3
# inputs: i=every u=every
def of_small_integers(i: "i8[n]", u: "u8[n]"):
    return np.sqrt(u), np.exp(i), np.sin(u), np.hypot(i, u), np.arctan2(i, u), np.copysign(u, i)
