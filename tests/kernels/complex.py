# Complex numbers. NumPy's own products may be fused, and its functions are the C library's, so that
# results are compared by their distance in the plane.
import numpy as np


# check: n=1 rtol=1e-15
# check: n=7 rtol=1e-15
# check: n=1003 rtol=1e-15
# check: n=0
def arithmetic(x: "c128[n]", y: "c128[n]"):
    return x + y, x - y, x * y, x / y, -x, +x, np.square(x), np.reciprocal(y), np.conj(x), x * x


# check: n=1003 rtol=6e-7
def arithmetic_in_c64(x: "c64[n]", y: "c64[n]"):
    return x + y, x - y, x * y, x / y, -x, np.square(x), np.reciprocal(y), x.conj(), abs(x)


# check: n=400 rtol=1e-15
# inputs: x=special y=special
def special_values(x: "c128[n]", y: "c128[n]"):
    return x + y, x - y, -x, np.conj(x), x.real, x.imag, np.rint(x), np.sign(x)


# check: n=400 exact
# inputs: x=special y=special
def comparisons(x: "c128[n]", y: "c128[n]"):
    return (
        x == y,
        x != y,
        x < y,
        x <= y,
        x > y,
        x >= y,
        np.isnan(x),
        np.isinf(x),
        np.isfinite(x),
        np.logical_and(x, y),
        np.logical_or(x, y),
        np.logical_xor(x, y),
        np.logical_not(x),
        np.iscomplex(x),
        np.isreal(x),
        x == x,
        x <= x,
    )


# check: n=400 exact
# inputs: x=special y=special
def extremes(x: "c128[n]", y: "c128[n]"):
    return np.minimum(x, y), np.maximum(x, y), np.fmin(x, y), np.fmax(x, y)


# check: n=501 rtol=1e-15
def beside_real_numbers(z: "c128[n]", x: "f64[n]", k: "i32[n]", b: "bool[n]", w: "c64[n]"):
    return z + x, x * z, z - k, k / z, z * b, w + x, w * 2, 2.5 - w, w + 1j, x + 2j, k * 1j, w * z


# check: n=64 rtol=1e-15
def numbers(x: "f64[n]", w: "f32[n]"):
    i = 1j
    return x + (3 - 2j) * i, x * i**2, w + 0.5j, x * abs(3 + 4j), x + complex(1, 2), x * (1 - i) / 2


# check: n=40 rtol=1e-15
def one_number(x: "f64[n]", z: "c128", w: "c64", s: "complex"):
    return x * z, x + w, z * w, z.real + x, abs(w), x * s


# check: n=64 exact
# inputs: x=special
def casts(x: "c128[n]", w: "c64[n]", y: "f32[n]", k: "i64[n]"):
    return (
        x.astype(np.complex64),
        w.astype(np.complex128),
        y.astype(np.complex64),
        y.astype(np.complex128),
        k.astype(np.complex128),
        x.astype(bool),
        np.real(w).astype(np.float64),
        y.astype(complex),
    )


# check: n=33 rtol=1e-15
def parts(x: "c128[n]", y: "f64[n]"):
    return x.real, x.imag, np.angle(x), np.abs(x), np.real(y), np.imag(y), np.angle(x, deg=True)


# check: n=12 m=7 exact
# check: n=1 m=1 exact
# check: n=0 m=3 exact
def views(z: "c128[n,m]"):
    return (
        z.T,
        z[::-1, 1:],
        z[:, None, ::2],
        z.reshape(m_of(z), -1),
        z.ravel(),
        np.broadcast_to(z[0:1], z.shape),
        z,
        np.swapaxes(z, 0, 1)[::-1],
        z.T.reshape(-1),
        z[1:].reshape(-1),
    )


def m_of(z):
    return z.shape[1]


# check: n=50 m=70 rtol=1e-14
# check: n=1 m=3 rtol=1e-14
# check: n=3000 m=3 rtol=1e-14
def folds(z: "c128[n,m]"):
    return (
        z.sum(),
        z.sum(axis=0),
        z.sum(axis=1),
        z.mean(),
        z.mean(axis=1, keepdims=True),
        z.var(),
        z.std(axis=0),
        z.any(axis=1),
        z.all(axis=0),
        np.count_nonzero(z, axis=1),
        (z * z.conj()).real.sum(),
    )


# check: n=0 m=3 exact
def folds_of_nothing(z: "c128[n,m]"):
    return z.sum(), z.sum(axis=0), z.any(), z.all(axis=0)


# check: n=40 rtol=2e-6
def folds_in_c64(z: "c64[n]"):
    return z.sum(), z.mean(), z.var(), z.std(), z.sum(dtype=np.complex128)


# check: n=5 m=6 k=7 rtol=1e-14
# check: n=1 m=1 k=1 rtol=1e-14
# check: n=3 m=0 k=2 rtol=1e-14
def products(a: "c128[n,m]", b: "c128[m,k]", v: "c128[m]", x: "f64[m,k]"):
    return (
        a @ b,
        np.dot(a, v),
        v @ v,
        np.einsum("ij,jk->ki", a, b),
        np.einsum("ij,jk,j->i", a, b, v),
        a @ x,
        np.einsum("ij->i", a),
    )


# check: n=300 rtol=1e-14
def more_products(v: "c128[n]", w: "c128[n]", x: "f64[n]"):
    return (
        np.vdot(v, w),
        np.vdot(x, w),
        np.inner(v, w),
        np.outer(v[:3], w[:4]),
        np.tensordot(v, x, 1),
        np.linalg.norm(v),
        np.kron(v[:2], w[:3]),
        np.trace(v.reshape(10, -1)),
    )


# check: n=60 m=4 rtol=1e-14
# inputs: z=special
def folds_without_nans(z: "c128[n,m]"):
    y = np.where(np.isinf(z.real) | np.isinf(z.imag) | (abs(z) > 1e100), 1 + 2j, z)
    return np.nansum(y), np.nanmean(y, axis=0), np.nanstd(y), np.nanvar(y, axis=1)


# check: n=40 rtol=1e-14
def weighted(z: "c128[n]", w: "f64[n]"):
    return np.average(z), np.average(z, weights=abs(w)), np.sum(z, where=w > 0), z.mean(where=w > 0)


# check: n=40 rtol=1e-13
def rows_of_the_spectrum(z: "c128[n,n]"):
    centred = z - z.mean(axis=1, keepdims=True)
    size = np.sqrt((abs(centred) ** 2).sum(axis=1, keepdims=True))
    return centred / size, np.diff(z[0]), z[::2].T @ z[::2]


# check: n=31 rtol=1e-15
def choices(z: "c128[n]", w: "c128[n]", b: "bool[n]"):
    return np.where(b, z, w), np.where(b, z, 0), np.where(z.real > 0, 1j, w), np.round(z, 2)


# check: n=9 exact
def generators(z: "c128[n]"):
    return (
        np.zeros(3, dtype=complex),
        np.ones((2, 2), dtype=np.complex64),
        np.full(4, 1 - 2j),
        np.zeros_like(z),
        np.full_like(z, 2),
        np.eye(3, dtype=np.complex128),
        np.arange(5) * 1j,
        np.linspace(0, 1 + 2j, 5),
        np.tril(np.full((3, 3), 1j)),
    )


# check: n=2000 rtol=4e-15
def exponentials(z: "c128[n]"):
    return np.exp(z), np.exp2(z), np.expm1(z), np.sqrt(z)


# check: n=2000 rtol=4e-15
def logarithms(z: "c128[n]"):
    return np.log(z), np.log2(z), np.log10(z), np.log1p(z)


# check: n=2000 rtol=1e-14
def trigonometric(z: "c128[n]"):
    return np.sin(z), np.cos(z), np.tan(z), np.sinh(z), np.cosh(z), np.tanh(z)


# check: n=2000 rtol=1e-14
def inverses(z: "c128[n]"):
    return (
        np.arcsin(z),
        np.arccos(z),
        np.arctan(z),
        np.arcsinh(z),
        np.arccosh(z),
        np.arctanh(z),
    )


# check: n=2000 rtol=2e-6
def functions_in_c64(z: "c64[n]"):
    return np.exp(z), np.log(z), np.sqrt(z), np.sin(z), np.cos(z), np.tanh(z), np.arctan(z)


# check: n=2000 rtol=1e-13
def powers(x: "c128[n]", y: "c128[n]", k: "i64[n]", r: "f64[n]"):
    return x**y, x**2, x**3, x**-1, x**0.5, x ** (k % 10 - 5), x**r, r ** (1 + 0j), x**0


# check: n=900 rtol=2e-15
# inputs: z=special
def special_exponentials(z: "c128[n]"):
    return np.exp(z), np.sqrt(z), np.abs(z)


# check: n=900 rtol=4e-15
# inputs: z=special
def special_logarithms(z: "c128[n]"):
    return np.log(z), np.log2(z), np.log10(z)


# check: n=900 rtol=1e-14
# inputs: z=special
def special_trigonometric(z: "c128[n]"):
    return np.sin(z), np.cos(z), np.tan(z), np.sinh(z), np.cosh(z), np.tanh(z)


# check: n=900 rtol=1e-14
# inputs: z=special
def special_inverses(z: "c128[n]"):
    return np.arcsin(z), np.arccos(z), np.arctan(z), np.arcsinh(z), np.arccosh(z), np.arctanh(z)


# check: n=400 exact
# inputs: y=special
def powers_of_zero(y: "c128[n]", b: "bool[n]"):
    return np.zeros_like(y) ** y, np.float_power(b & False, y)


# check: n=400 rtol=1e-15
# inputs: x=special
def small_powers(x: "c128[n]"):
    return x**-2, x**-1, x**0, x**1, x**3, x**4, x**7


# check: n=5 exact
# check: n=0 exact
def on_the_diagonal(z: "c128[n]", w: "c64[n]"):
    return np.diag(z), np.diag(w), np.diag(np.diag(z))


# check: n=5 exact
def parts_of_numbers(x: "f32[n]", b: "bool[n]", k: "i8[n]", s: "complex", r: "float"):
    i = 2j
    return (
        x * i.imag,
        x * np.real(i),
        x * s.real,
        x + i.conjugate(),
        x + s.conjugate(),
        x * s.conjugate().imag,
        k + (True).real,
        k + np.imag(3),
        k + (5).conjugate(),
        x + r.imag,
        x + r.conjugate(),
        np.complex128(1j) + x,
        np.complex128(s) + x,
        np.float64(r) + x,
        np.complex64(s) + x,
        b.conj(),
        np.conj(b),
    )


# check: n=200 rtol=1e-15
def several_kernels(z: "c128[n]"):
    centred = z - z.mean()
    size = np.sqrt((centred * centred.conj()).real.sum())
    return centred / size, size, z
