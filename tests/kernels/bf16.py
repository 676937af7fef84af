# bfloat16 is NumPy's by ml_dtypes. Parameters hold every bfloat16, as the float32 of its value.
import ml_dtypes  # noqa: F401
import numpy as np


# check: n=65536 exact
# inputs: a=every i=every
def casts(a: "f32[n]", i: "i16[n]"):
    x = a.astype("bfloat16")
    held = np.where(abs(a) < 100, a, 0).astype("bfloat16")
    return (
        x.astype(np.float32),
        x.astype(np.float64),
        x.astype(np.float16).astype(np.float32),
        x.astype(bool),
        held.astype(np.int8),
        held.astype(np.int64),
        i.astype("bfloat16").astype(np.float32),
        (i.astype(np.int64) * 65539).astype("bfloat16").astype(np.float32),
        (a.astype(np.float64) * 1.0009765625).astype("bfloat16").astype(np.float32),
        (a * np.float32(1.005)).astype("bfloat16").astype(np.float32),
    )


# check: n=65536 exact
# inputs: a=every
def exact_functions(a: "f32[n]"):
    x = a.astype("bfloat16")
    return (
        (-x).astype(np.float32),
        abs(x).astype(np.float32),
        np.sign(x).astype(np.float32),
        np.square(x).astype(np.float32),
        np.sqrt(x).astype(np.float32),
        np.reciprocal(x).astype(np.float32),
        np.floor(x).astype(np.float32),
        np.ceil(x).astype(np.float32),
        np.trunc(x).astype(np.float32),
        np.rint(x).astype(np.float32),
        np.spacing(x).astype(np.float32),
        np.isnan(x),
        np.isinf(x),
        np.isfinite(x),
        np.signbit(abs(x)),
        np.logical_not(x),
    )


# check: n=65536 rtol=8e-3
# inputs: a=every
def functions(a: "f32[n]"):
    x = a.astype("bfloat16")
    r = abs(x)
    return (
        np.exp(x).astype(np.float32),
        np.expm1(x).astype(np.float32),
        np.log(r).astype(np.float32),
        np.log2(r).astype(np.float32),
        np.log1p(r).astype(np.float32),
        np.sin(x).astype(np.float32),
        np.cos(x).astype(np.float32),
        np.arctan(x).astype(np.float32),
        np.sinh(x).astype(np.float32),
        np.tanh(x).astype(np.float32),
        np.arcsinh(x).astype(np.float32),
        np.cbrt(x).astype(np.float32),
    )


# check: n=65536 exact
# check: n=65535 exact
# inputs: a=every b=special
def two_operands(a: "f32[n]", b: "f32[n]"):
    x, y = a.astype("bfloat16"), b.astype("bfloat16")
    return (
        (x + y).astype(np.float32),
        (x - y).astype(np.float32),
        (x * y).astype(np.float32),
        (x / y).astype(np.float32),
        np.nextafter(x, y).astype(np.float32),
        x < y,
        x <= y,
        x > y,
        x >= y,
        x == y,
        x != y,
        np.logical_and(x, y),
        np.logical_or(x, y),
    )


# check: n=1000 exact
def chain(a: "f32[n]", b: "f32[n]", i: "i8[n]"):
    x, y = a.astype("bfloat16"), b.astype("bfloat16")
    z = x * y + x
    return ((z - x) / y + z * z).astype(np.float32), (x + i).astype(np.float32), x * a


# check: n=64 m=48 rtol=2e-2
# inputs: a=positive
def folds(a: "f32[n,m]"):
    x = a.astype("bfloat16")
    return x.max(axis=1).astype(np.float32), x.min().astype(np.float32), x.argmax(axis=0)
