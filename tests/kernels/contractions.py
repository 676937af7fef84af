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
