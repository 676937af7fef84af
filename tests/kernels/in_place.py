"""Which temporaries share memory with what is made of them, and which must not."""

import numpy as np


# check: n=1000 bounds
# check: n=0 bounds
# shape: kernels=3 temporaries=2 peak=8*(n//4096)+16
def of_its_sum(x: "f64[n]"):
    e = np.exp(x)
    return e / e.sum()


# check: n=1000 bounds
# check: n=100000 bounds
# shape: kernels=3 temporaries=2 peak=8*n+8*(n//4096)+16
def in_reverse(x: "f64[n]"):
    e = np.exp(x)
    return e[::-1] / e.sum()


# check: n=1000 bounds
# shape: kernels=3 peak=8*n+16
def in_both_directions(x: "f64[n]"):
    e = np.exp(x)
    s = e.sum()
    return e / s, e[::-1] / s


# check: n=30 m=20 bounds
def of_another_row(x: "f64[n,m]"):
    e = np.exp(x)
    s = e.sum()
    return e / s + e[0]


# check: n=20 bounds
# shape: peak=8*n*n+8*(n//64)+16
def of_its_transpose(x: "f64[n,n]"):
    e = np.exp(x)
    return (e + e.T) / e.sum()


# check: n=30 m=20 bounds
# shape: peak=8*n*m+8*(n//64)+16
def kept_rows(x: "f64[n,m]"):
    e = np.exp(x)
    s = e.sum()
    q = np.exp(x - x.max(axis=1, keepdims=True))
    return q / q.sum(axis=1, keepdims=True) + e / s


# check: n=1000 bounds
def a_result_and_read(x: "f64[n]"):
    e = np.exp(x)
    return e, e / e.sum(), e


# check: n=1000 bounds
# shape: peak=16
def of_other_elements(x: "f64[n]"):
    e = np.exp(x)
    s = e.sum()
    return (e / s).astype(np.float32), (e > s / 2000), (e / s * 1000).astype(np.int64)


# check: n=1000 bounds
# check: n=100000 bounds
# shape: kernels=5 temporaries=4 peak=8*n
def neighbours_in_turn(x: "f64[n]"):
    a = np.exp(-(x**2))
    b = np.exp(a + a[::-1])
    c = np.exp(np.sin(b) - b[::-1])
    d = np.exp(np.cos(c) + c[::-1])
    return d + d[::-1]


# check: n=1000 bounds
# shape: kernels=5 temporaries=4 peak=32
def line_of_sums(x: "f64[n]"):
    a = np.exp(x)
    b = np.sqrt(a / a.sum())
    c = np.sqrt(b / b.sum())
    return np.sqrt(c / c.sum())


# check: n=100 m=50 bounds
def broadcast_rows(x: "f64[m]", y: "f64[n,m]"):
    e = np.exp(x)
    return e / e.sum() * y + e


# check: n=100 m=50 bounds
# check: n=1000 m=40 bounds
def weighted_columns(x: "f64[m]", y: "f64[n,m]"):
    return (y * np.exp(x)).sum(axis=0)


# check: n=100 m=50 bounds
def of_sums_of_others(x: "f64[n,m]", y: "f64[n,m]"):
    e = np.exp(x)
    return e / e.sum() * y.sum(axis=1, keepdims=True)


# check: k=30 m=20 bounds
# check: k=1 m=0 bounds
# check: k=0 m=7 bounds
def shown_in_reverse(a: "f64[k,m]", v: "f64[k]"):
    sums = np.dot(v, a)
    return np.einsum("a,ab,b->a", v, a, sums), sums[::-1]
