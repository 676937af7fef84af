import numpy as np


# check: n=20 exact
# check: n=0 exact
def ranges(n: "int"):
    return (
        np.arange(n),
        np.arange(n) * 2.5,
        np.arange(2, n + 2),
        np.zeros(n),
        np.ones((n, 2)),
        np.full(n, 7),
    )


# check: exact
def constants():
    return (
        np.arange(10),
        np.arange(0.0, 1.0, 0.1),
        np.arange(10, 0, -3),
        np.linspace(0.0, 1.0, 11),
        np.linspace(0, 5, 7, endpoint=False),
        np.eye(4),
        np.eye(3, 5, k=1),
        np.zeros((2, 3)),
        np.ones(3, dtype=np.int32),
        np.full((2, 2), 3.5),
    )


# check: n=9 m=7 exact
def grids(x: "f64[n]", y: "f64[m]"):
    a, b = np.meshgrid(x, y)
    c, d = np.meshgrid(x, y, indexing="ij")
    e, f = np.meshgrid(x, y, sparse=True)
    return a, b, c, d, e, f, a * b + c.T


# check: n=1000 exact
# shape: kernels=1 temporaries=0
def reciprocal(n: "int"):
    return 1 / np.arange(1, n)
