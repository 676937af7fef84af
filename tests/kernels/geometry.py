import numpy as np


# check: n=1001 rtol=2e-16
# shape: kernels=1 temporaries=0
def distances(points: "f64[n,2]", p: "f64[2]") -> "f64[n]":
    """The distance of each point from p."""
    return np.sqrt(((points - p) ** 2).sum(axis=1))


# check: n=50 m=40 rtol=1e-15
# shape: kernels=1 temporaries=0
def nearest(x: "f64[n,3]", y: "f64[m,3]"):
    d2 = ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=-1)
    return d2.min(axis=1), d2.argmin(axis=1)


# check: n=50 m=60 rtol=1e-14
# shape: kernels=1 temporaries=0
def sinc(x: "f64[n]", y: "f64[m]"):
    r2 = x[:, None] ** 2 + y**2
    return np.sin(r2) / r2


# check: n=300 rtol=1e-14
# shape: kernels=1 temporaries=0
def helper_functions(a: "f64[n]", b: "f64[n]"):
    return length(a, b) * SCALE


SCALE = 2.5


def length(a, b):
    return np.sqrt(a * a + b * b)
