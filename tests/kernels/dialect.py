import numpy as np
from numpy import sqrt


# check: n=30 exact
# inputs: a=full b=full
def weak_integers(a: "i8[n]", b: "u8[n]", c: "i64[n]"):
    return (
        a < 300,
        a > -300,
        a == 1000,
        b > -1,
        b != -5,
        np.where(a > 0, 300, a),
        np.where(b > 3, 1, 2.5),
        a + True,
        a * 2.0,
        b - 1,
        a + np.int64(3),
        a * np.float32(2),
        c + np.uint8(3),
        np.int8(5) * a,
        a % 7,
        a // 3,
        a**2,
        b**3,
        (a > 0) ** 2,
        a << 2,
        ~b,
        b & 15,
    )


# check: n=50 rtol=1e-15
# inputs: a=positive
def powers(a: "f64[n]", s: "f64", k: "int", r: "float", i: "i32[n]"):
    return (
        a**2,
        a**0.5,
        a**-1,
        a**1,
        a**3,
        a**2.5,
        2**a,
        s**2,
        a**k,
        a**r,
        i**2.0,
        i**0,
        i**3,
        2.0**i,
        a**0,
    )


# check: n=10 exact
def python_numbers(a: "f64[n]", dt: "float", k: "int"):
    h = dt / 2
    w = k + 1
    return (
        a * h,
        a + w,
        a * (k / 4),
        dt * 2,
        k * 3,
        k - 1.5,
        a * (dt + 1) ** 2,
        (k % 5) * a,
        (k // 2) * a,
        -k * a,
        abs(k) * a,
        max(2, 3) * a,
        float(k) * a,
        a * (7 // 2),
        a * (7 % -3),
        a * 2**3,
        int(2.9) * a,
        round(2.5) * a,
        a + (3 > 2),
        -dt * a,
        a * float(a.sum() * 0 + 3),
    )


# check: n=8 m=6 exact
def indexing(a: "f64[n,m]"):
    i = 2
    return (
        a[0],
        a[-1],
        a[i],
        a[:, i],
        a[i, -2],
        a[..., 0],
        a[None, 0],
        a[1:-1, ::-2],
        a[::-1][i],
        a[5:2],
        a[-100:3],
        a[:100:3],
        a[i : i + 2, None, 1:],
        a[-2:, -2:],
        a.T[1],
        a[0][1] + a[1][0],
        a[(0, 1)],
    )


def helper(x, scale=2, *, shift=1.0):
    if x.ndim == 2:
        x = x.sum(axis=1)
    elif scale is None:
        return x
    return sqrt(x * x) * scale + shift


OFFSET, FACTORS = 3, (1.5, 2.5)


# check: n=8 m=6 rtol=1e-14
def statements(a: "f64[n,m]", b: "f64[n]"):
    """Everything a function body may hold."""
    u, (v, w) = a, (b, b * FACTORS[1])
    v = v + w
    v += 1
    u = u.copy()
    u *= OFFSET
    u -= b[:, None]
    x: "f64" = u.mean()
    y = x + 1
    n, m = a.shape
    z = helper(u, shift=0.5) if n * m >= 0 else None
    return u, v, x * y, z, helper(b, None), helper(b, 3) / m, w // 2
