import numpy as np


# check: n=9 m=7 exact
def like(a: "f64[n,m]", b: "i8[n,m]"):
    return (
        np.zeros_like(a),
        np.ones_like(b),
        np.full_like(b, 5),
        np.empty((2, 0)),
        np.zeros(a.shape, dtype=np.uint8),
        np.identity(3),
        np.tri(3, 4, 1),
        np.tril(a),
        np.triu(a, 1),
        np.tril(b, -1),
        np.full((2, 3), a[0, 0]),
    )


# check: exact
def literals():
    return (
        np.array([1, 2, 3]),
        np.array([[1.5, 2], [3, 4]]),
        np.array([True, False]),
        np.array([1, 2.5, True]),
        np.stack([np.arange(3), np.arange(3) * 2]),
        np.stack((np.arange(3), np.arange(3) * 2), axis=1),
        np.array([1, 2], dtype=np.float32),
        np.asarray([[1], [2]]),
    )


# check: exact
def ranges():
    return (
        np.arange(5),
        np.arange(2, 9, 3),
        np.arange(9, 2, -2),
        np.arange(1, 2, 0.3),
        np.arange(0.5, 3.7, dtype=int),
        np.arange(3, dtype=np.float32),
        np.arange(0, 3, 0.5, dtype=int),
        np.arange(2, dtype=bool),
        np.arange(200, dtype=np.uint8),
        np.arange(-8, 8, 0.01),
        np.arange(5, 0),
        np.arange(np.float32(3)),
        np.arange(-1, 1.05, 0.5),
    )


# check: rtol=1e-15
def linspaces():
    return (
        np.linspace(0, 1, 5),
        np.linspace(0, 1, 1),
        np.linspace(0, 1, 0),
        np.linspace(3, -2, 7),
        np.linspace(0, 10, 5, dtype=int),
        np.linspace(-1.5, 2.5, 9, endpoint=False, dtype=np.int32),
        np.linspace(1, 1, 3),
        np.linspace(np.float32(0), np.float32(1), 6),
        np.linspace(0, 5e-324, 3),
        np.linspace(0, 1, num=3, endpoint=False),
    )


# check: n=5 rtol=1e-15
def linspace_arrays(a: "f64[n]", lo: "float", hi: "f64"):
    return (
        np.linspace(a, 1, 4),
        np.linspace(lo, hi, 6),
        np.linspace(0, a, 3, axis=1),
        np.linspace(lo, lo, 3),
    )


# check: n=6 exact
# inputs: a=special
def rounds(a: "f64[n]", b: "i32[n]"):
    return (
        a.round(),
        np.round(a),
        b.round(2),
        np.around(b),
        np.clip(a, -1, 1),
        a.clip(0.5),
        np.clip(b, 0, 3),
        np.clip(b, None, 3),
    )


# check: n=40 exact
def round_decimals(a: "f64[n]", b: "f32[n]"):
    return a.round(2), np.round(a * 1000, -2), b.round(1)


# check: n=40 exact
# inputs: a=special b=special
def nearly(a: "f64[n]", b: "f64[n]"):
    return (
        np.isclose(a, b),
        np.isclose(a, a, equal_nan=True),
        np.isclose(a, a + 1e-9),
        np.nan_to_num(a),
        np.nan_to_num(a, nan=1.0, posinf=2.0, neginf=-3.0),
    )


# check: n=7 m=5 exact
def views(a: "f64[n,m]", c: "i16[n,n]"):
    return (
        np.flip(a),
        np.flip(a, 0),
        np.fliplr(a),
        np.flipud(a),
        a.swapaxes(0, 1),
        np.moveaxis(a, 0, 1),
        np.expand_dims(a, (0, 2)),
        np.atleast_2d(a[0]),
        np.atleast_1d(3.0),
        np.diff(a),
        np.diff(a, axis=0),
        np.diff(a, n=2, axis=0),
        a.diagonal(),
        c.diagonal(),
        c.diagonal(1),
        c.diagonal(-2),
        a.diagonal(offset=2),
        c.trace(),
        a.trace(),
        np.trace(c, 1),
        np.matrix_transpose(a),
        a.mT,
    )


# check: n=7 m=5 exact
def sizes(a: "f64[n,m]"):
    return (
        a.size * 1.0,
        len(a) + a,
        a.shape[0] * a,
        a.ndim * a,
        np.size(a, 1) * a,
        a.itemsize * a,
        a.nbytes * a,
        a[: a.shape[0] // 2],
        a[: -a.shape[1] // 3],
        np.zeros(a.shape[1:] + (2,)),
        np.ones((2,) * a.ndim),
        a.reshape(-1, a.shape[0]),
    )


# check: n=37 m=5 rtol=1e-13
def folds(a: "f64[n,m]", b: "i8[n,m]", c: "bool[n,m]", d: "f32[n,m]"):
    return (
        np.ptp(a),
        np.ptp(b, axis=0),
        a.var(),
        a.var(axis=0, ddof=1),
        b.std(axis=1),
        c.mean(),
        b.mean(axis=0),
        a.std(ddof=1.5),
        b.sum(dtype=np.float64),
        np.add.reduce(a),
        np.add.reduce(b, axis=1, keepdims=True),
        np.multiply.reduce(a, axis=None),
        np.maximum.reduce(a, axis=(0, 1)),
        np.logical_and.reduce(c),
        np.bitwise_or.reduce(b, axis=1),
        np.logical_xor.reduce(c, axis=None),
        np.nansum(a),
        np.nansum(b, axis=0),
        np.linalg.norm(a),
        np.linalg.norm(a, axis=1),
        np.amin(a),
        np.amax(b, 0),
        b.mean(dtype=np.float64),
        b.any(axis=0),
        np.all(c, axis=1, keepdims=True),
        np.count_nonzero(b, axis=1, keepdims=True),
        b.var(dtype=np.float64),
    )


# check: n=37 m=5 rtol=1e-5
def folds_f32(d: "f32[n,m]"):
    return d.var(axis=0), d.std(), d.mean(axis=1), d.sum(), d.prod(axis=1)


# check: n=11 exact
# inputs: a=zeros
def zero_signs(a: "f64[n]"):
    return (-a).sum(), np.array([-0.0]).sum(), (-a).sum(axis=0, keepdims=True)


# check: n=11 m=4 k=3 rtol=1e-13
def products(a: "f64[n,m]", b: "f64[m,k]", c: "f64[k,m]", v: "f64[m]", t: "f64[2,n,m]"):
    return (
        np.inner(a, c),
        np.outer(a, v),
        np.vdot(a, a),
        np.tensordot(a, b, 1),
        np.tensordot(a, c, axes=(1, 1)),
        np.kron(b, c),
        np.kron(v, b),
        np.tensordot(t, a, axes=((1, 2), (0, 1))),
        t @ b,
        t @ v,
        np.dot(t, b),
        np.dot(a, 2),
        np.inner(v, v),
        np.subtract.outer(v, v),
        np.einsum("...ij,jk", t, b),
        np.einsum("i...->...", a),
        np.einsum("ij,ij->j", a, np.ones((1, 4))),
        np.einsum("ii", a @ a.T),
        np.einsum(",i->i", 2, v),
        np.einsum("ijk->kij", t),
        np.matmul(v, b),
        np.einsum("Ba,a", a, v),
    )


# check: n=7 m=5 exact
# inputs: a=special
def vectors(a: "f64[n]", b: "f64[n]", c: "i16[m]", k: "int"):
    return (np.vstack([a, b]), np.column_stack((a, b)), np.diag(c), np.diag(np.diag(c)), np.fabs(a),
            np.fabs(c), np.vstack([np.arange(0.0, k), np.arange(1.0, k + 1)]).T,
            np.arange(2.0, k + 9, 3), np.arange(k, -3.0, -2))


# check: n=20 exact
# inputs: x=special
def close_to_numbers(x: "f32[n]", z: "c64[n]"):
    return (
        np.isclose(x, 0.1),
        np.isclose(x, 1),
        np.isclose(x, True),
        np.isclose(x, 1e300),
        np.isclose(x, 1 + 1e300j),
        np.isclose(x, np.nan, equal_nan=True),
        np.isclose(z, 0.1),
        np.isclose(z, 1e300),
        np.isclose(0.1, x),
    )
