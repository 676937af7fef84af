import numpy as np


# check: n=1000 rtol=1e-13
# check: n=1 rtol=1e-13
# check: n=100003 rtol=1e-13
# shape: kernels=1 temporaries=0
def full_sums(a: "f64[n]", b: "f64[n]"):
    return a.sum(), (a * b).sum(), np.sqrt((a * a).sum())


# check: n=0 exact
def empty_sums(a: "f64[n]", b: "i32[n]", c: "bool[n]"):
    return a.sum(), a.prod(), b.sum(), c.any(), c.all(), np.count_nonzero(a)


# check: n=37 m=70 rtol=1e-13
# check: n=500 m=3 rtol=1e-13
# check: n=3 m=5000 rtol=1e-13
def axes(a: "f64[n,m]"):
    return (
        a.sum(axis=0),
        a.sum(axis=1),
        a.sum(),
        a.mean(axis=0),
        a.mean(axis=1, keepdims=True),
        a.sum(axis=(0, 1)),
    )


# check: n=37 m=70 exact
# inputs: a=special
def extremes(a: "f64[n,m]"):
    return a.min(axis=0), a.max(axis=1), a.min(), a.max(), a.max(axis=0, keepdims=True)


# check: n=37 m=70 exact
# check: n=70000 m=1 exact
# inputs: a=full b=full
def integers(a: "i32[n,m]", b: "u8[n,m]"):
    return (
        a.sum(axis=0),
        a.sum(),
        b.sum(axis=1),
        a.prod(axis=1),
        b.min(axis=0),
        a.max(),
        a.sum(dtype=np.int32),
        b.any(axis=0),
        b.all(axis=1),
        np.count_nonzero(b, axis=0),
    )


# check: n=37 m=70 exact
# inputs: a=special b=small
def arguments(a: "f64[n,m]", b: "i64[n,m]"):
    return a.argmin(axis=0), a.argmax(axis=1), b.argmin(), b.argmax(axis=0), np.argmax(a)


# check: n=64 m=33 rtol=1e-12
def moments(a: "f64[n,m]"):
    return a.var(axis=0), a.std(axis=1), a.var(), a.std(ddof=1), a.mean()


# check: n=37 m=70 rtol=2e-6
def single(a: "f32[n,m]"):
    return a.sum(axis=1), a.mean(axis=0), a.std(), a.max(axis=1)


# check: n=20 m=30 rtol=1e-13
# shape: kernels=1 temporaries=0
def normalised_rows(a: "f64[n,m]"):
    return a - a.mean(axis=1, keepdims=True)


# check: n=20 m=30 rtol=1e-13
# shape: kernels=2 temporaries=1
def normalised_columns(a: "f64[n,m]"):
    return a - a.mean(axis=0)


# check: n=20 m=30 rtol=1e-13
# check: n=1 m=5000 rtol=1e-13
# check: n=3 m=1 rtol=1e-13
# check: n=0 m=4 rtol=1e-13
# shape: kernels=1 temporaries=0 peak=0
def softmax(a: "f64[n,m]"):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# check: n=7 m=300 rtol=1e-13
# shape: kernels=2 temporaries=0 peak=0
def softmax_and_more(a: "f64[n,m]", b: "f32[n,m]"):
    """The row that keeps the exponentials is that of the result computed from them."""
    e = np.exp(a - a.max(axis=1, keepdims=True))
    s = e.sum(axis=1, keepdims=True)
    return b + 1, a / s, e / s


# check: n=20 m=30 rtol=1e-13
# check: n=1 m=5000 rtol=1e-13
# check: n=3 m=1 rtol=1e-13
# check: n=0 m=4 rtol=1e-13
# shape: kernels=1 temporaries=0 peak=0
def softmax_and_largest(a: "f64[n,m]"):
    """A fold of the rows shares the loop that sums them."""
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True), e.argmax(axis=1)


# check: n=5 m=9 k=70 rtol=1e-5
# shape: kernels=1 temporaries=0
def softmax_and_extremes_of_blocks(a: "f32[n,m,k]"):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e.argmin(axis=-1), e / e.sum(axis=-1, keepdims=True), e.max(axis=-1), e.argmax(axis=-1)


# check: n=40 m=300 rtol=1e-13
# inputs: a=special
# shape: kernels=1 temporaries=0
def position_beside_sums(a: "f64[n,m]", w: "f64[m]"):
    b = a * w
    return b.argmax(axis=1), b.sum(axis=1), b.max(axis=1), b.argmin(axis=1)


# check: n=30 m=20 rtol=1e-13
# shape: kernels=1 temporaries=0
def softmax_and_its_parts(a: "f64[n,m]"):
    """Rows that are results themselves, with one axis of 1."""
    m = a.max(axis=1, keepdims=True)
    e = np.exp(a - m)
    s = e.sum(axis=1, keepdims=True)
    return m, e / s, s, e.argmax(axis=1)


# check: n=30 rtol=1e-13
def softmax_of_columns_and_largest(a: "f64[n,n]"):
    e = np.exp(a - a.max(axis=0))
    return e / e.sum(axis=0), e.argmax(axis=0), e.argmax(axis=1)


# check: n=100 m=40 rtol=1e-13
# shape: kernels=2 temporaries=0
def rows_where_another_kernel_reads_the_result(a: "f64[n,m]"):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, e.argmin(axis=1), p.sum(axis=0)


# check: n=3 m=40 k=5 rtol=1e-5
# shape: kernels=1 temporaries=0
def softmax_of_blocks(a: "f32[n,m,k]"):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# check: n=100 m=40 bounds
# check: n=0 m=3 bounds
# inputs: a=special
def of_the_same(a: "f64[n,m]", x: "f64", k: "int"):
    """What a reduction folds does not vary with it."""
    ones = np.ones_like(a[:, 0])
    return (
        ones.sum(),
        ones.prod(),
        np.ones(100).sum(),
        np.broadcast_to(x, a.shape).sum(axis=0),
        np.broadcast_to(a, (k,) + a.shape).sum(axis=0),
        np.broadcast_to(a, (k,) + a.shape).max(axis=0),
        np.broadcast_to(a[:, 0][:, None], a.shape).sum(axis=1),
        np.logical_xor.reduce(np.zeros_like(a)),
        np.full((0, 3), False).sum(),
        np.broadcast_to(a, (20,) + a.shape).argmin(axis=0),
        np.zeros(77).argmax(),
    )


# check: n=300 m=40 bounds
# check: n=64 m=1 bounds
# check: n=2 m=33 bounds
# shape: kernels=2 temporaries=1
def column_variance(a: "f64[n,m]"):
    """Both folds read the rows one after the other; the means are in memory in between."""
    return a.var(axis=0)


# Extremes of nothing but infinities: what lanes start with is beyond no element.
# check: n=1 m=3 exact
# check: n=37 m=5 exact
# check: n=40000 m=2 exact
def infinities(x: "f64[n,m]", y: "f32[n,m]"):
    low, high = abs(x) - np.inf, np.inf - y * y
    return (low.max(), low.max(axis=0), low.min(axis=1), high.min(), high.min(axis=0),
            high.max(axis=1), np.argmax(low), np.argmin(high, axis=0))
