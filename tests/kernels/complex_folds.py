# Folds of complex numbers. Extremes are ordered by real parts, then by imaginary ones, and the
# first number with a NaN in either part is both the least and the greatest.
import numpy as np


# check: n=7 m=300 rtol=1e-12
# check: n=300 m=7 rtol=1e-12
# check: n=1 m=1 rtol=1e-15
# check: n=70 m=1003 rtol=1e-11
def products(z: "c128[n,m]"):
    u = z / abs(z)
    return (
        u.prod(),
        np.prod(u, axis=0),
        u.prod(axis=1),
        np.prod(u, axis=(0, 1), keepdims=True),
        np.multiply.reduce(u),
        np.multiply.reduce(u, axis=-1, keepdims=True),
        u.prod(axis=1, initial=2 - 1j),
        np.prod(u, axis=0, where=z.real > 0),
        u.prod(axis=1, where=z.imag > 0, initial=3),
        u.T.prod(axis=1),
        np.prod(u[::-2, ::3], axis=1),
    )


# check: n=20000 rtol=1e-11
# check: n=4097 rtol=1e-11
# check: n=9 rtol=1e-14
def long_products(z: "c128[n]", w: "c64[n]"):
    u = z / abs(z)
    v = np.where(w.real > 0, 1j * np.ones_like(w), -1)
    return (
        u.prod(),
        v.prod(dtype=np.complex128),
        (u * 1j).prod(),
        u.prod() + u.sum(),
        np.prod(np.sqrt(u), axis=-1),
    )


# check: n=700 rtol=1e-3
def products_in_c64(z: "c64[n]", x: "f32[n]"):
    u = z / abs(z)
    return u.prod(), u.reshape(7, -1).prod(axis=0), (u[:20] + x[:20] * 0).prod()


# check: n=3 rtol=1e-14
# check: n=0 rtol=1e-14
def short_products(z: "c128[n,2]", y: "c128[n,9]", w: "c128[n,1]", x: "f64[n]", k: "i32[n]"):
    return (
        z.prod(axis=1),
        y.prod(axis=1),
        w.prod(axis=1),
        z[:, :0].prod(axis=1),
        np.prod(x, dtype=complex),
        np.prod(k, dtype=np.complex64),
        np.prod(x, initial=1j, dtype=complex),
        np.prod(z, axis=0, initial=1j),
    )


# check: n=0 m=3 exact
def products_of_nothing(z: "c128[n,m]", w: "c64[n]"):
    return z.prod(), z.prod(axis=0), z.prod(axis=1), w.prod(initial=2j), np.nanprod(w)


# check: n=40 m=50 rtol=1e-12
# check: n=1 m=4 rtol=1e-12
def products_without_nans(z: "c128[n,m]"):
    u = z / abs(z)
    v = np.where(u.real > 0.9, np.nan, u)
    return np.nanprod(v), np.nanprod(v, axis=0), np.nanprod(v, axis=1, keepdims=True)


# check: n=7 m=30 exact
# check: n=1 m=1 exact
# check: n=30 m=700 exact
# inputs: z=special w=special
def extremes(z: "c128[n,m]", w: "c64[n,m]"):
    return (
        z.min(),
        z.max(),
        z.min(axis=0),
        np.max(z, axis=1),
        z.max(axis=0, keepdims=True),
        np.amin(w, axis=(0, 1)),
        w.max(axis=1),
        np.minimum.reduce(w),
        np.maximum.reduce(z, axis=-1),
        w.T.min(axis=0),
        z[::-1, ::-2].max(axis=1),
    )


# check: n=7 m=30 exact
# check: n=1 m=1 exact
# check: n=30 m=700 exact
# inputs: z=special w=special
def positions(z: "c128[n,m]", w: "c64[n,m]"):
    return (
        z.argmin(),
        z.argmax(),
        np.argmin(z, axis=0),
        z.argmax(axis=1),
        np.argmax(w, axis=0, keepdims=True),
        w.argmin(axis=-1),
        w[::-1].argmax(axis=0),
        z[:, :3].argmin(axis=1),
    )


# check: n=60 m=70 exact
# check: n=20011 m=2 exact
# check: n=2 m=20011 exact
def with_many_ties(x: "f64[n,m]", y: "f64[n,m]"):
    z = np.round(x) + 1j * np.round(y) * (x > 0)
    return (
        z.min(),
        z.max(axis=0),
        z.min(axis=1),
        z.argmin(),
        z.argmax(),
        z.argmax(axis=1),
        z.argmin(axis=0),
        (-z).max(axis=0),
        (z * 0).argmax(axis=1),
        np.where(x > 1, np.nan * 1j, z).argmin(),
        np.where(x > 1, np.nan + 2j, z).max(axis=1),
    )


# check: n=30 m=40 exact
# check: n=3 m=4 exact
# inputs: z=special w=special
def without_nans(z: "c128[n,m]", w: "c64[n,m]"):
    return (
        np.nanmin(z),
        np.nanmax(z, axis=0),
        np.nanmin(w, axis=1),
        np.nanmax(w),
        np.fmin.reduce(z),
        np.fmax.reduce(w, axis=1, keepdims=True),
        np.nanmax(z, axis=0, initial=2j),
        np.fmin.reduce(np.full((2, 3), np.nan) + 1j * np.array([1, 2, 3])),
    )


# check: n=30 m=40 exact
# inputs: z=special
def some(z: "c128[n,m]", x: "f64[n,m]"):
    return (
        z.min(axis=0, initial=1 - 1j),
        z.max(initial=-3),
        np.min(z, axis=1, where=x > 0, initial=2j),
        np.max(z, where=x > 1, initial=complex(0, -1)),
        np.fmax.reduce(z, axis=0, where=x > 0, initial=0.5),
    )


# check: n=12 m=90 rtol=1e-15
def peaks(z: "c128[n,m]", w: "c64[n,m]"):
    return np.ptp(z), np.ptp(w, axis=0), np.ptp(z, axis=1, keepdims=True), z / z.max(), z - z.min()


# check: n=5 m=6 k=7 rtol=1e-13
# check: n=1 m=1 k=1 rtol=1e-13
# check: n=3 m=0 k=2 rtol=1e-13
def long_contractions(a: "c128[n,m]", b: "c128[m,k]", v: "c128[m]", x: "f64[m]", w: "c64[k]"):
    return (
        np.einsum("ij,jk,j,k->i", a, b, v, w),
        np.einsum("ij,jk,j,j,k->ik", a, b, v, x, w),
        np.einsum("j,j,j,j", v, v, x, v),
        np.einsum("ij,ij,j,jk->kj", a, a.conj(), v, b),
        np.einsum("i,j,k,l->lijk", v[:2], w[:2], v[1:3], x[:1]),
    )


# check: n=50 rtol=1e-13
def beside_others(z: "c128[n]", w: "c128[n]"):
    u = z / abs(z)
    return u.prod() * u.max() + u.min(), np.where(w == w.max(), u.prod(), w), u.sum() / u.prod()
