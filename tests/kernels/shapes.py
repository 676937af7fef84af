import numpy as np


# check: n=7 m=5 exact
# check: n=0 m=5 exact
# shape: kernels=1 temporaries=0
def broadcasts(a: "f64[n,m]", row: "f64[m]", col: "f64[n,1]", s: "f64"):
    return a + row * col + s


# check: n=7 m=5 exact
def outer(a: "f64[n]", b: "f64[m]"):
    return a[:, np.newaxis] * b, a[:, None] - b[None, :]


# check: n=40 exact
# check: n=3 exact
def slices(a: "f64[n]"):
    return a[1:], a[:-1], a[::2], a[::-1], a[-3:], a[1:-1:3], a[::-2], a[2:2], a[100:]


# check: n=12 m=9 exact
def slices_2d(a: "i32[n,m]"):
    return a[1:-1, ::2], a[3], a[:, -1], a[..., 0], a[::-1, ::-1], a[0, 0], a[-1, 2:5]


# check: n=12 m=9 rtol=1e-14
# shape: kernels=1 temporaries=0
def heat(u: "f64[n,m]"):
    return u[1:-1, 1:-1] + 0.1 * (
        u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    )


# check: n=4 m=5 k=6 exact
def axes(a: "f64[n,m,k]"):
    return (
        a.T,
        a.transpose(1, 0, 2),
        np.moveaxis(a, 0, -1),
        np.swapaxes(a, 0, 2),
        np.expand_dims(a, 1),
        a.T + a.T * 2,
    )


# check: n=6 m=8 exact
def reshapes(a: "f64[n,m]"):
    return (
        a.ravel(),
        a.reshape(-1),
        (a * 2).reshape(-1, 1),
        a.T.reshape(-1),
        (a + 1).T.ravel(),
        np.broadcast_to(a, (3,) + a.shape),
    )


# check: n=6 m=8 exact
def squeezes(a: "f64[n,1,m,1]"):
    return np.squeeze(a), np.squeeze(a, axis=1), a[:, 0, :, 0]


# check: m=3 exact
# check: m=0 exact
# check: m=6 exact
def reshaped_twice(a: "f64[4,m]"):
    """That the last shape fits follows from both reshapes."""
    b = np.reshape(a, (-1, 1, 3, 2))
    return b.reshape(-1, 4, 1, 1)
