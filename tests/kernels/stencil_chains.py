"""Steps of a chain of stencils that are kept in blocks of one kernel, and steps that are stored.

Sizes are smaller than a halo, than a block, and of several blocks with an end that is none."""

import numpy as np


# check: n=97 m=1100 bounds
# check: n=5 m=5 bounds
# check: n=4 m=9 bounds
# check: n=2 m=3 bounds
# check: n=0 m=7 bounds
# check: n=70 m=6 bounds
# inputs: x=special
# shape: kernels=1 temporaries=0 scratch=0
def blur(x: "f64[n,m]"):
    rows = (x[:-4] + x[1:-3] + x[2:-2] + x[3:-1] + x[4:]) / 5
    return (rows[:, :-4] + rows[:, 1:-3] + rows[:, 2:-2] + rows[:, 3:-1] + rows[:, 4:]) / 5


# check: n=97 m=600 bounds
# check: n=5 m=5 bounds
# check: n=3 m=40 bounds
# shape: kernels=1 temporaries=0 scratch=0
def two_heat_steps(u: "f64[n,m]"):
    v = u[1:-1, 1:-1] + 0.1 * (
        u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
    )
    return v[1:-1, 1:-1] + 0.1 * (
        v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:] - 4 * v[1:-1, 1:-1]
    )


# check: n=50 m=300 bounds
# check: n=9 m=9 bounds
# shape: kernels=1 temporaries=0
def four_steps_of_f32(u: "f32[n,m]", k: "f32"):
    for_two = np.exp(k * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]))
    three = np.sqrt(
        for_two[:-2, 1:-1] + for_two[2:, 1:-1] + for_two[1:-1, :-2] + for_two[1:-1, 2:]
    )
    four = np.sin(three[:-2, 1:-1] + three[2:, 1:-1] + three[1:-1, :-2] + three[1:-1, 2:])
    return np.tanh(four[:-2, 1:-1] - four[2:, 1:-1] + four[1:-1, :-2] * four[1:-1, 2:])


# check: n=100000 bounds
# check: n=4097 bounds
# check: n=4 bounds
# check: n=1 bounds
# shape: kernels=1 temporaries=0 scratch=0
def elements(a: "f64[n]"):
    b = np.exp(a[:-2]) + a[1:-1] + a[2:]
    return b[:-2] + b[1:-1] + b[2:]


# check: n=20 m=21 k=70 bounds
# check: n=4 m=5 k=6 bounds
# check: n=3 m=5 k=6 bounds
# shape: kernels=1 temporaries=0
def three_axes(x: "f64[n,m,k]"):
    y = np.exp(x[:-2] + x[1:-1] + x[2:])
    return y[:, :-2, :-2] + y[:, 1:-1, 1:-1] + y[:, 2:, 2:]


# check: n=40 m=300 bounds
# shape: kernels=1 temporaries=0
def of_several_types(x: "f32[n,m]", k: "i16[n,m]"):
    y = np.exp(x) * k
    z = np.where(y > 1, k, 3 - k)
    wide = np.sqrt(np.abs(z) + y.astype(np.float64))
    return wide[1:-1, 1:-1] + wide[:-2, 1:-1] * z[2:, 1:-1] - y[1:-1, 2:] + y[1:-1, :-2]


# check: n=60 m=300 bounds
# shape: kernels=1 temporaries=0
def two_results(x: "f64[n,m]"):
    y = np.exp(x)
    return y[1:] - y[:-1], y[1:] + y[:-1] * x[1:]


# check: n=60 m=300 bounds
# check: n=1 m=300 bounds
# shape: kernels=1 temporaries=0
def transposed(x: "f64[n,m]"):
    y = np.exp(x.T)
    return y[1:, :] * y[:-1, :]


# check: n=300 bounds
# shape: kernels=1 temporaries=0
def from_both_ends(x: "f64[n]", w: "f64[n]"):
    y = np.exp(x) * np.arange(w.shape[0])
    return y[3:] / y[:-3] + w[::-1][3:]


# check: n=100 m=90 bounds
# shape: kernels=1 temporaries=0
def fixed_sizes(x: "f64[40,700]"):
    y = np.exp(x)
    z = np.log1p(y[1:, 2:] + y[:-1, :-2])
    return z[1:] + z[:-1]


# check: n=60 m=300 bounds
# shape: kernels=1 temporaries=0
def complex_numbers(x: "c128[n,m]"):
    y = np.exp(x)
    return y[1:-1] * y[2:] + y[:-2]


# check: n=300 bounds
# shape: temporaries=1
def in_steps(x: "f64[n]"):
    y = np.exp(x)
    return y[: x.shape[0] // 2] + y[::2][: x.shape[0] // 2]


# check: n=300 bounds
# shape: temporaries=1
def backwards(x: "f64[n]"):
    y = np.exp(x)
    return y + y[::-1]


# check: n=20 m=300 bounds
# shape: temporaries=1
def sums(x: "f64[n,m]"):
    y = np.exp(x)
    return (y[:, 1:] * y[:, :-1]).sum(axis=1)


# check: n=20 m=300 k=40 bounds
# check: n=20 m=300 k=0 bounds
# shape: temporaries=1
def beside_sums(x: "f64[n,m]", z: "f64[n,k]"):
    y = np.exp(x)
    return y[:, 1:] * y[:, :-1] + z.sum(axis=1, keepdims=True)


# check: n=20 m=300 bounds
# shape: temporaries=1
def beside_its_own_rows(x: "f64[n,m]"):
    y = np.exp(x)
    z = y[:, 1:] * y[:, :-1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# check: n=20 bounds
# shape: temporaries=1
def with_its_transpose(x: "f64[n,n]"):
    y = np.exp(x)
    return y + y.T


# check: n=300 bounds
# shape: temporaries=1
def far_apart(x: "f64[n]"):
    y = np.exp(x)
    return y[x.shape[0] // 2 :] + y[: x.shape[0] - x.shape[0] // 2]


# check: n=60 m=300 bounds
def in_several_kernels(x: "f64[n,m]"):
    y = np.exp(x)
    return y[1:] - y[:-1], y[:, 1:] + y[:, :-1], y.sum()


# check: n=500 bounds
def many_steps(x: "f64[n]"):
    a = np.exp(x[1:] - x[:-1])
    a = np.sqrt(a[1:] + a[:-1])
    a = np.log(a[1:] + a[:-1])
    a = np.exp(a[1:] - a[:-1])
    a = np.sqrt(a[1:] + a[:-1])
    a = np.log(a[1:] + a[:-1])
    a = np.exp(a[1:] - a[:-1])
    a = np.sqrt(a[1:] + a[:-1])
    a = np.log(a[1:] + a[:-1])
    a = np.exp(a[1:] - a[:-1])
    return np.sqrt(a[1:] + a[:-1])
