import numpy as np


# Extents with different names may be equal, or 1: which is known when the function is called.
# raises: operands could not be broadcast together with shapes
# shape: kernels=1 temporaries=0
# check: n=7 m=7 exact
# check: n=7 m=1 exact
# check: n=1 m=7 exact
# check: n=1 m=1 exact
# check: n=0 m=0 exact
# check: n=0 m=1 exact
# check: n=1 m=0 exact
# check: n=7 m=3 exact
# check: n=0 m=3 exact
# check: n=20000 m=20000 exact
# check: n=20000 m=1 exact
def pair(a: "f64[n]", b: "f64[m]"):
    return a * 2 + b


# raises: operands could not be broadcast together with shapes
# check: n=5 m=5 k=5 exact
# check: n=1 m=5 k=5 exact
# check: n=5 m=1 k=5 exact
# check: n=5 m=5 k=1 exact
# check: n=1 m=1 k=5 exact
# check: n=1 m=5 k=1 exact
# check: n=5 m=1 k=1 exact
# check: n=1 m=1 k=1 exact
# check: n=0 m=1 k=1 exact
# check: n=1 m=4 k=3 exact
# check: n=4 m=1 k=3 exact
# check: n=2 m=4 k=3 exact
def chain(a: "f64[n]", b: "f64[m]", c: "f64[k]"):
    return (a + b) * c, a - b


# raises: operands could not be broadcast together with shapes
# check: n=5 m=5 k=5 exact
# check: n=1 m=5 k=5 exact
# check: n=5 m=1 k=1 exact
# check: n=1 m=1 k=5 exact
# check: n=1 m=0 k=1 exact
# check: n=2 m=3 k=4 exact
def choice(c: "bool[n]", a: "f32[m]", b: "f32[k]"):
    return np.where(c, a, b)


# raises: operands could not be broadcast together with shapes
# check: n=4 m=5 k=4 j=5 exact
# check: n=4 m=5 k=1 j=5 exact
# check: n=4 m=1 k=1 j=5 exact
# check: n=1 m=5 k=4 j=1 exact
# check: n=1 m=1 k=4 j=5 exact
# check: n=4 m=0 k=4 j=1 exact
# check: n=4 m=5 k=3 j=5 exact
def matrices(a: "i64[n,m]", b: "i64[k,j]"):
    return a * b, (a + b)[1:], (a - b).T.shape[0]


# raises: operands could not be broadcast together with shapes
# check: n=40 m=30 k=30 rtol=1e-13
# check: n=40 m=1 k=30 rtol=1e-13
# check: n=40 m=30 k=1 rtol=1e-13
# check: n=0 m=30 k=1 rtol=1e-13
# check: n=4 m=3 k=2
def reduced(a: "f64[n,m]", b: "f64[k]"):
    s = a * b
    return s.sum(axis=0), s.sum(axis=1), s.sum(), s.mean() if s.ndim > 2 else np.sqrt(abs(s)).sum()


# raises: operands could not be broadcast together with shapes
# check: n=6 m=6 exact
# check: n=6 m=1 exact
# check: n=1 m=6 exact
# check: n=6 m=5
def largest(a: "f64[n]", b: "f64[m]"):
    s = a + b
    return s.max(), s.argmin(), np.maximum(a, b)


# NumPy's einsum stretches axes with one label; what it sums may be stretched too.
# raises: operands could not be broadcast together with remapped shapes
# check: n=6 m=6 rtol=1e-14
# check: n=6 m=1 rtol=1e-14
# check: n=1 m=6 rtol=1e-14
# check: n=0 m=1 rtol=1e-14
# check: n=6 m=5
def labels(a: "f64[n]", b: "f64[m]"):
    return np.einsum("i,i->", a, b), np.einsum("i,i->i", a, b)


# raises: operands could not be broadcast together with remapped shapes
# check: n=3 m=4 k=3 rtol=1e-12
# check: n=3 m=4 k=1 rtol=1e-12
# check: n=1 m=4 k=3 rtol=1e-12
# check: n=3 m=4 k=2
def batches(a: "f64[n,m,5]", b: "f64[k,5,m]"):
    return a @ b


# What a product sums is not stretched.
# raises: matmul: Input operand 1 has a mismatch in its core dimension 0
# check: n=3 m=4 k=4 rtol=1e-14
# check: n=3 m=4 k=1
# check: n=3 m=1 k=4
# check: n=3 m=0 k=0 rtol=1e-14
def product(a: "f64[n,m]", b: "f64[k,n]"):
    return a @ b


# raises: shapes
# check: n=4 m=4 rtol=1e-14
# check: n=4 m=1
def dots(a: "f64[n]", b: "f64[m]"):
    return np.dot(a, b)


# raises: all input arrays must have the same shape
# check: n=4 m=4 exact
# check: n=4 m=1
def stacked(a: "f64[n]", b: "f64[m]"):
    return np.stack([a, b])


# raises: non-broadcastable output operand with shape
# check: n=4 m=4 exact
# check: n=4 m=1 exact
# check: n=1 m=4
def in_place(a: "f64[n]", b: "f64[m]"):
    s = a * 2
    s += b
    return s


# raises: operands could not be broadcast together with remapped shapes [original->remapped]:
# check: n=4 m=4 exact
# check: n=1 m=4 exact
# check: n=4 m=1
# check: n=4 m=5
def stretched_to(a: "f64[n]", b: "f64[m]"):
    return np.broadcast_to(a, (3,) + b.shape)


# raises: shape mismatch: objects cannot be broadcast to a single shape.
# check: n=4 m=4 exact
# check: n=1 m=4 exact
# check: n=4 m=1 exact
# check: n=4 m=5
def arrays(a: "f64[n]", b: "f64[m]"):
    x, y = np.broadcast_arrays(a, b)
    return x, y, x - y


# raises: could not broadcast input array from shape
# check: n=4 m=4 exact
# check: n=4 m=1 exact
# check: n=1 m=4
def filled(a: "f64[n]", b: "f64[m]"):
    return np.full(a.shape, b) + a


# One of the extents is known.
# raises: operands could not be broadcast together with shapes
# check: n=5 exact
# check: n=1 exact
# check: n=3
# check: n=0
def with_five(a: "f64[n]", b: "f64[5]"):
    return a + b, (a * b).sum()


# Extents that are expressions, and those that are equal for a few sizes only.
# raises: operands could not be broadcast together with shapes
# check: n=3 m=1 exact
# check: n=3 m=6 exact
# check: n=3 m=0 exact
# check: n=3 m=7
def thirds(a: "f64[n,m]"):
    return a + a[:, 2:-1:3]


# raises: operands could not be broadcast together with shapes
# check: n=6 m=5 exact
# check: n=2 m=9 exact
# check: n=8 m=2 exact
# check: n=1 m=2 exact
# check: n=6 m=6
def slices(a: "f64[n]", b: "f64[m]"):
    return a[1:] * b[:-1] + a[1:], (a[1:] - b[:-1]).sum()


# raises: operands could not be broadcast together with shapes
# check: n=0 exact
# check: n=1 exact
# check: n=5
def one_more(a: "f64[n]", b: "f64[n+1]"):
    return a - b


# Equal names must be equal, whatever they are broadcast with.
# raises: operands could not be broadcast together with shapes
# check: n=4 m=4 exact
# check: n=4 m=1 exact
# check: n=1 m=4 exact
# check: n=3 m=4
def three_of_two(a: "f64[n]", b: "f64[n]", c: "f64[m]"):
    return a * c + b


# Two pairs that do not depend on each other; a result that only equal sizes have.
# raises: operands could not be broadcast together with shapes
# check: n=4 m=1 k=1 j=3 exact
# check: n=4 m=4 k=1 j=3 exact
# check: n=1 m=4 k=3 j=3 exact
# check: n=4 m=4 k=3 j=2
def two_pairs(a: "f64[n]", b: "f64[m]", c: "f64[k]", d: "f64[j]"):
    return a + b, c - d, (a + b).sum() * (c + d)


# raises: Integers to negative integer powers are not allowed.
# check: n=40 m=40 exact
# check: n=40 m=1 exact
# check: n=1 m=40 exact
# inputs: x=small y=normal
def power(x: "i64[n]", y: "i64[m]"):
    return x**y


# check: n=4 m=1 exact
# check: n=4 m=4 exact
def annotated(a: "f64[n]", b: "f64[m]") -> "f64[n]":
    return a + b


# check: n=4 m=1 exact
# check: n=1 m=4 exact
# check: n=4 m=4 exact
def named(a: "f64[n]", b: "f64[m]") -> "f64[k], i64[k]":
    return a + b, np.arange((a + b).shape[0])


# check: n=4 m=1 exact
# check: n=1 m=4 exact
# check: n=4 m=4 exact
# check: n=0 m=1 exact
def shapes(a: "f64[n,2]", b: "f64[m,1]"):
    s = a + b
    return s.reshape(-1), s[::-1], np.zeros(s.shape) + s, s.T[0] * 2


# A mask is stretched to the array, never the array to the mask.
# raises: operands could not be broadcast together with remapped shapes
# check: n=5 m=5 rtol=1e-14
# check: n=5 m=1 rtol=1e-14
# check: n=5 m=3
def some(a: "f64[n]", mask: "bool[m]"):
    return a.sum(where=mask), a.max(where=mask, initial=0)


# raises: Shape of weights must be consistent with shape of a along specified axis.
# check: n=3 m=5 k=5 rtol=1e-13
# check: n=3 m=5 k=1
def weighted(a: "f64[n,m]", w: "f64[k]"):
    return np.average(a, axis=1, weights=abs(w) + 1)


# Under m == m*n, under m//8 == 1: the numbers of elements are equal, but not provably.
# check: n=1 m=4 exact
# check: n=0 m=0 exact
# check: n=3 m=1 exact
def reshaped_and_stretched(a: "i8[n,m]"):
    return a.flatten() < a


# p is never stretched, for it is at least 3.
# check: p=4 exact
def one_of_what_fits(b: "f64[p]", v: "f64[4]"):
    return v * b, b[-3]


# check: m=8 p=2 exact
# check: m=16 p=2 exact
# check: m=16 p=1 exact
def rest_of_a_shape(c: "i16[2,m]", b: "f64[p]"):
    return c.reshape(2, 2, 4, -1) < b
