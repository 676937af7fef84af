import numpy as np


# check: n=20 m=30 k=25 rtol=1e-13
def products(a: "f64[n,m]", b: "f64[m,k]", v: "f64[m]"):
    return a @ b, np.dot(a, b), np.matmul(a, v), a @ v, v @ b, np.dot(v, v)


# check: n=6 m=7 k=8 b=3 rtol=1e-13
def batched(x: "f64[b,n,m]", y: "f64[b,m,k]", z: "f64[m,k]"):
    return x @ y, x @ z, np.einsum("bij,bjk->bik", x, y)


# check: n=9 m=8 k=7 rtol=1e-11
def sums_of_products(a: "f64[n,m]", b: "f64[m,k]", s: "f64[n,n]"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("ij->ji", a),
        np.einsum("ii", s),
        np.einsum("ii->i", s),
        np.einsum("ij->", a),
        np.einsum("ij,jk->k", a, b),
        np.einsum("ij,kj->ik", a, a),
        np.einsum("i...->...", a),
        np.einsum("ij,jk,kl->il", a, b, b.T),
    )


# check: n=12 m=9 exact
# inputs: a=small b=small
def integers(a: "i32[n,m]", b: "i32[m,n]", c: "bool[n,m]", d: "bool[m,n]"):
    return a @ b, c @ d, np.einsum("ij,ji->i", a, b)


# check: n=12 m=9 rtol=1e-13
# shape: kernels=1 temporaries=0
def layer(x: "f64[n,m]", w: "f64[m,4]", b: "f64[4]"):
    return 1 / (1 + np.exp(-(x @ w + b)))


# Blocks of rows, chunks of what is summed, tiles of columns, and what is left over of each.
# check: n=139 m=261 k=53 rtol=1e-11
# check: n=21 m=300 k=24 rtol=1e-11
# check: n=5 m=600 k=25 rtol=1e-11
# check: n=7 m=9 k=3 rtol=1e-11
# check: n=3 m=9 k=70 rtol=1e-11
# check: n=16 m=0 k=30 exact
def blocks(a: "f64[n,m]", b: "f64[m,k]", r: "f64[n,k]", s: "f64[k]"):
    return np.maximum(a @ b + s, 0) * 2 + r


# check: n=70 m=270 k=53 rtol=1e-5
def strided_blocks(a: "f32[m,n]", b: "f32[k,m]", c: "f32[n,m]"):
    x, y, z = a * a, np.abs(b), np.abs(c)
    return (
        np.einsum("ji,kj->ik", x, y),
        np.einsum("ij,kj->ki", z, y),
        z[::2, ::-1] @ y[::-1].T,
        np.einsum("ij,ik->jk", y, y),
        np.einsum("ij,kj->ik", np.abs(c), np.abs(b)) / 2,
    )


# check: n=20 m=9 k=35 b=3 rtol=1e-11
def several_indices(x: "f64[n,b,m]", y: "f64[b,m,k]", z: "f64[b,k]"):
    return np.einsum("nbm,bmk->nk", x, y), np.einsum("nbm,bmk,bk->nb", x, y, z)


# check: n=20 m=40 k=35 rtol=1e-2
def half_blocks(x: "f16[n,m]", y: "f16[m,k]"):
    return x @ y


# check: n=20 m=270 k=35 exact
# inputs: x=small y=small
def integer_blocks(x: "i64[n,m]", y: "i64[m,k]", c: "i64[k]"):
    return x @ y, x @ y * 2 - c


# check: n=20 m=40 k=35 rtol=1e-11
def complex_blocks(x: "c128[n,m]", y: "c128[m,k]"):
    return x @ y


# What is done with the sums is stored beside them.
# check: n=139 m=261 k=53 rtol=1e-11
# check: n=4 m=300 k=9 rtol=1e-11
# shape: kernels=1 temporaries=0
def sums_and_more(a: "f64[n,m]", b: "f64[k,m]", s: "f64[k]"):
    z = a @ b.T + s
    return z, np.maximum(z, 0), z > 1, (z * 0.5).astype(np.float32)
