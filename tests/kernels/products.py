import numpy as np


# check: n=4 m=3 k=5 b=2 rtol=1e-12
def matmuls(a: "f64[n,m]", b: "f64[m,k]", v: "f64[m]", x: "f64[b,n,m]", y: "f64[b,m,k]"):
    return (
        a @ b,
        a @ v,
        v @ b,
        v @ v,
        x @ y,
        x @ b,
        a @ y,
        x @ v,
        v @ y,
        x[:, None] @ y,
        x[:1] @ y,
        np.matmul(x, y[0]),
    )


# check: n=4 m=3 b=2 rtol=1e-12
def vectors(a: "f64[n,m]", v: "f64[m]", x: "f64[b,n,m]", w: "f64[b,1,m]", u: "f64[n]"):
    return (
        np.matvec(a, v),
        np.matvec(x, v),
        np.matvec(x, w),
        np.matvec(a, w),
        np.vecmat(u, a),
        np.vecmat(u, x),
        np.vecdot(v, v),
        np.vecdot(a, v),
        np.vecdot(x, w),
        np.vecdot(a, a, axis=0),
        np.vecdot(x, u[:, None], axis=-2),
    )


# check: n=4 m=3 rtol=1e-12
def conjugates(a: "c128[n,m]", v: "c128[m]", u: "c128[n]", r: "f64[m]"):
    return (
        np.vdot(v, v),
        np.vdot(r, v),
        np.vdot(v, r),
        np.vdot(a, a),
        np.dot(a, v),
        np.inner(v, v),
        np.outer(u, v),
        np.vecdot(a, v),
        np.vecdot(r, v),
        np.matvec(a, v),
        np.vecmat(u, a),
        np.kron(u, v),
        np.tensordot(a, a, 2),
        np.trace(a),
        np.vdot(2j, 3 + 1j),
    )


# check: n=4 m=3 k=5 b=2 rtol=1e-12
def dots(a: "f64[n,m]", b: "f64[m,k]", v: "f64[m]", x: "f64[b,n,m]", y: "f64[k,m,n]", s: "f64"):
    return (
        np.dot(a, b),
        np.dot(a, v),
        np.dot(v, b),
        np.dot(v, v),
        np.dot(x, b),
        np.dot(x, y),
        np.dot(a, y),
        np.dot(x, v),
        np.dot(v, y),
        np.dot(s, a),
        np.dot(a, 2),
        np.dot(s, s),
        np.dot(3, 4),
        a.dot(b),
        np.inner(a, v),
        np.inner(v, a),
        np.inner(x, a),
        np.inner(x, x),
        np.inner(a, s),
        np.inner(2.5, a),
        np.vdot(a, a),
        np.vdot(x, x),
        np.vdot(s, 2),
        np.vdot(a, b[:, :4].T),
    )


# check: n=4 m=3 b=2 exact
# inputs: i=full j=full
def outers(a: "f64[n,m]", v: "f64[m]", i: "i16[n]", j: "u8[m]", t: "bool[n]", h: "f16[m]"):
    return (
        np.outer(v, a),
        np.outer(a, v),
        np.outer(i, j),
        np.outer(t, t),
        np.outer(h, h),
        np.outer(h, v),
        np.outer(2, 3),
        np.outer(v, 2.5),
        np.outer(v[::-1], v[::2]),
        np.kron(a, a),
        np.kron(v, a),
        np.kron(a, v),
        np.kron(i, j),
        np.kron(t, t),
        np.kron(a[:, None], v),
        np.kron(2.0, a),
        np.kron(a, 3),
        np.kron(2, 3),
        np.kron(h, h),
        np.kron(np.zeros((2, 0)), a),
    )


# check: n=4 m=3 k=5 rtol=1e-12
def tensordots(a: "f64[n,m]", b: "f64[m,k]", x: "f64[n,m,k]", y: "f64[k,m,n]", s: "f64"):
    return (
        np.tensordot(a, b, 1),
        np.tensordot(x, y, 1),
        np.tensordot(x[:, :, 0], a),
        np.tensordot(a, b, 0),
        np.tensordot(s, s, 0),
        np.tensordot(a, b, axes=(1, 0)),
        np.tensordot(a, b, axes=(-1, -2)),
        np.tensordot(a, b, axes=([1], [0])),
        np.tensordot(x, y, axes=([0, 1], [2, 1])),
        np.tensordot(x, y, axes=([0, 1, 2], [2, 1, 0])),
        np.tensordot(x, y, axes=([-1, 0], [0, -1])),
        np.tensordot(x, y, axes=((1,), 1)),
        np.tensordot(a, b, axes=([], [])),
        np.tensordot(a, b, -1),
    )


# check: n=4 m=3 exact
# inputs: i=small
def traces(i: "i8[n,m]", t: "bool[n,n]", x: "i32[2,n,m]"):
    return (
        np.trace(i),
        i.trace(),
        i.trace(1),
        np.trace(i, -2),
        np.trace(i, 7),
        np.trace(t),
        np.trace(x),
        np.trace(x, 1, 2, 1),
        np.trace(x, offset=-1, axis1=-1, axis2=0),
        np.trace(i, dtype=np.int8),
        np.trace(x, dtype=np.float32),
    )


# check: n=4 m=3 rtol=1e-12
def float_traces(a: "f64[n,m]", h: "f32[2,n,n]", z: "c64[n,n]"):
    return (
        np.trace(a),
        a.trace(-1),
        np.trace(h, axis1=1, axis2=2, dtype=np.float64),
        np.trace(z),
    )


# check: n=4 m=3 k=5 rtol=1e-11
def chains(a: "f64[n,m]", b: "f64[m,k]", c: "f64[k,2]", v: "f64[n]", w: "f64[2]", i: "i8[m,m]"):
    return (
        np.linalg.multi_dot([a, b]),
        np.linalg.multi_dot([a, b, c]),
        np.linalg.multi_dot((a, b, c)),
        np.linalg.multi_dot([v, a, b, c]),
        np.linalg.multi_dot([a, b, c, w]),
        np.linalg.multi_dot([v, a, b, c, w]),
        np.linalg.multi_dot([a, a.T, a, b]),
        np.linalg.multi_dot([v, v]),
        np.linalg.multi_dot([i, i, i]),
    )


# check: n=6 m=4 exact
# inputs: a=full b=full
def integer_products(a: "i16[n,m]", b: "i16[m,n]", t: "bool[n,m]", u: "u8[m]"):
    return (
        a @ b,
        np.dot(a, u),
        t @ t.T,
        np.inner(t, t),
        np.vdot(a, a),
        np.tensordot(a, b, 1),
        np.matvec(a, u),
        np.vecdot(a, u),
        np.vecdot(t, t),
        np.vecmat(u, b),
    )


# check: n=0 m=3 exact
def empty_products(a: "f64[n,m]", b: "f64[m,n]"):
    return a @ b, b @ a, np.dot(b, a), np.inner(a, a), np.vdot(a, a), np.outer(a, a), np.kron(a, b)
