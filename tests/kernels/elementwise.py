import numpy as np


# check: n=1000 exact
# check: n=1 exact
# check: n=0 exact
# shape: kernels=1 temporaries=0
# inputs: a=special b=special
def arithmetic(a: "f64[n]", b: "f64[n]"):
    return a + b, a - b, a * b, a / b, -a, abs(a), a * b + a


# check: n=257 exact
# inputs: a=special b=special
def comparisons(a: "f64[n]", b: "f64[n]"):
    return a < b, a <= b, a > b, a >= b, a == b, a != b


# check: n=257 exact
# inputs: a=special b=special
def extremes(a: "f64[n]", b: "f64[n]"):
    return np.minimum(a, b), np.maximum(a, b), np.fmin(a, b), np.fmax(a, b), np.sign(a)


# check: n=300 exact
# inputs: a=special b=special
def divisions(a: "f64[n]", b: "f64[n]"):
    return a // b, a % b


# check: n=300 exact
# inputs: a=special
def roundings(a: "f64[n]"):
    return np.floor(a), np.ceil(a), np.trunc(a), np.rint(a), np.sqrt(a), np.square(a)


# check: n=300 exact
# inputs: a=special b=special
def predicates(a: "f64[n]", b: "f64[n]"):
    return np.isnan(a), np.isfinite(a), np.isinf(a), np.copysign(a, b), np.signbit(a)


# check: n=300 exact
# inputs: c=full
def choose(c: "bool[n]", a: "f64[n]", b: "f32[n]"):
    return np.where(c, a, b), np.clip(a, -0.5, 0.5), np.logical_and(c, a > 0)


# check: n=1000 rtol=5e-16
# shape: kernels=1 temporaries=0
# inputs: a=special
def exponentials(a: "f64[n]"):
    return np.exp(a), np.exp2(a), np.expm1(a)


# check: n=1000 rtol=5e-16
# inputs: a=positive
def logarithms(a: "f64[n]"):
    return np.log(a), np.log2(a), np.log10(a), np.log1p(a)


# check: n=1000 rtol=5e-16
# inputs: a=special
def logarithms_of_anything(a: "f64[n]"):
    return np.log(a), np.log2(a), np.log10(a), np.log1p(a)


# check: n=1000 rtol=1e-15
# inputs: a=normal
def trigonometry(a: "f64[n]"):
    return np.sin(a), np.cos(a), np.tan(a), np.tanh(a)


# check: n=1000 rtol=1e-15
# inputs: a=positive
def powers(a: "f64[n]", b: "f64[n]"):
    return a**b, a**2, a**0.5, a**-1, a**3, np.power(a, 2.5)


# check: n=1000 rtol=5e-7
# inputs: a=normal
def single_precision(a: "f32[n]"):
    return np.exp(a), np.log(abs(a)), np.sin(a), np.cos(a), np.tanh(a), abs(a) ** 1.5


# check: n=100 exact
# shape: kernels=1 temporaries=0
def scalars(a: "f64[n]", s: "float", k: "int", t: "f32"):
    return a * s + k, a * t, a - 1, 2 * a, a / 4, a / 3


# check: n=20 exact
def clipped_by_mixed_types(i: "i16[n]", x: "f32[n]", h: "f16[n]"):
    return np.clip(i, 0.5, x), np.clip(i, -3, 7), np.clip(h, -0.5, 0.3), np.clip(h, x, 1.0)
