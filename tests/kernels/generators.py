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


# check: n=7 m=3 rtol=1e-13
# check: n=1 m=2 rtol=1e-13
def ratios(a: "f64[n,m]", k: "i32[n]", x: "float"):
    return (
        np.logspace(0, 3, 7),
        np.logspace(-1, x, a.shape[0]),
        np.logspace(0, 2, 5, endpoint=False, base=2),
        np.logspace(k, 2, 4, base=3.0),
        np.logspace(np.float32(0), 2, 5),
        np.geomspace(1, 1000, 4),
        np.geomspace(-2, -8.5, a.shape[0]),
        np.geomspace(3, 0.25, 6, endpoint=False),
        np.geomspace(1, a * a + 2, 5, axis=1),
        np.geomspace(np.float32(1), 10, 5, dtype=np.float32),
    )


# check: n=5 m=3 exact
# check: n=0 m=1 exact
def grids_of_indices(a: "i32[n,m]"):
    rows, columns = np.indices(a.shape, sparse=True)
    i, j = np.indices((4, 2), dtype=np.int16)
    return (
        np.indices(a.shape),
        rows * 10 + columns,
        i - j,
        np.indices((3,)),
    )


# check: n=4 m=3 rtol=1e-15
# check: n=1 m=1 rtol=1e-15
def grids_of_slices(x: "f64[n,m]", s: "float"):
    n, m = x.shape
    i, j = np.ogrid[0:n, :m]
    return (
        np.mgrid[0:3, 1:7:2],
        np.mgrid[0:1:5j, -1:1:3j],
        np.mgrid[0:n, 0:2],
        np.mgrid[2:5],
        np.mgrid[0.5:3],
        np.ogrid[5:0:-2],
        np.mgrid[0:1:4j],
        np.mgrid[0:3, 0:1:0.5],
        np.mgrid[0:2:1j],
        np.ogrid[0:s:5j],
        x * i + j,
    )
