"""What arrayc and its peers are compared on: NumPy code, which each compiles as it stands."""

import numpy as np


def reciprocal(x: "f64[n]"):
    return 1 / x


def multiply_add(a: "f64[n]", b: "f64[n]", c: "f64[n]"):
    return a * b + c


def distances(points: "f64[n,2]", p: "f64[2]"):
    return np.sqrt(((points - p) ** 2).sum(axis=1))


def ripples(x: "f64[m]", y: "f64[n]"):
    r2 = x**2 + y[:, np.newaxis] ** 2
    return np.sin(r2) / r2


def exponential(x: "f64[n]"):
    return np.exp(x)


def chain(x: "f64[n]"):
    y = np.exp(np.sin(x)) + np.log(1 + np.cos(x) ** 2)
    return np.tanh(y) * np.exp(-np.sqrt(x)) + np.log(y + 2) * np.cos(y)


def black_scholes(price: "f64[n]", strike: "f64[n]", years: "f64[n]"):
    rate = 0.1
    spread = 0.2 * np.sqrt(years)
    d1 = (np.log(price / strike) + (rate + 0.02) * years) / spread
    d2 = d1 - spread
    n1 = 1 / (1 + np.exp(-1.5976 * d1 - 0.070565992 * d1 * d1 * d1))
    n2 = 1 / (1 + np.exp(-1.5976 * d2 - 0.070565992 * d2 * d2 * d2))
    return price * n1 - strike * np.exp(-rate * years) * n2


def mandelbrot(a: "f64[n]", b: "f64[n]"):
    x0 = a * a - b * b + a
    y0 = 2 * a * b + b
    x1 = x0 * x0 - y0 * y0 + a
    y1 = 2 * x0 * y0 + b
    x2 = x1 * x1 - y1 * y1 + a
    y2 = 2 * x1 * y1 + b
    x3 = x2 * x2 - y2 * y2 + a
    y3 = 2 * x2 * y2 + b
    return x3 * x3 + y3 * y3


def nearest(a: "f64[n,3]", b: "f64[m,3]"):
    return ((a[:, np.newaxis, :] - b[np.newaxis, :, :]) ** 2).sum(axis=2).min(axis=1)


def nearest_index(a: "f64[n,3]", b: "f64[m,3]"):
    return ((a[:, np.newaxis, :] - b[np.newaxis, :, :]) ** 2).sum(axis=2).argmin(axis=1)


def total(x: "f64[n]"):
    return x.sum()


def sum_of_products(a: "f64[n]", b: "f64[n]"):
    return (a * b).sum()


def norm(x: "f64[n]"):
    return np.sqrt((x**2).sum())


def row_means(x: "f64[n,m]"):
    return x.sum(axis=1) / x.shape[1]


def column_means(x: "f64[n,m]"):
    return x.sum(axis=0) / x.shape[0]


def row_variances(x: "f64[n,m]"):
    d = x - (x.sum(axis=1) / x.shape[1]).reshape((x.shape[0], 1))
    return (d * d).sum(axis=1) / x.shape[1]


def softmax(x: "f64[n,m]"):
    n = x.shape[0]
    e = np.exp(x - x.max(axis=1).reshape((n, 1)))
    return e / e.sum(axis=1).reshape((n, 1))


def log_softmax(x: "f64[n,m]"):
    n = x.shape[0]
    d = x - x.max(axis=1).reshape((n, 1))
    return d - np.log(np.exp(d).sum(axis=1)).reshape((n, 1))


def column_variances(x: "f64[n,m]"):
    d = x - x.sum(axis=0) / x.shape[0]
    return (d * d).sum(axis=0) / x.shape[0]


def column_softmax(x: "f64[n,m]"):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


def layer_norm(x: "f64[n,m]"):
    n, m = x.shape
    d = x - (x.sum(axis=1) / m).reshape((n, 1))
    return d / np.sqrt((d * d).sum(axis=1) / m + 1e-5).reshape((n, 1))


def heat(u: "f64[n,m]"):
    inner = u[1:-1, 1:-1]
    return inner + 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * inner)


def convolution(u: "f64[n,m]"):
    top = 0.1 * u[:-2, :-2] + 0.2 * u[:-2, 1:-1] + 0.1 * u[:-2, 2:]
    middle = 0.2 * u[1:-1, :-2] + 0.4 * u[1:-1, 1:-1] + 0.2 * u[1:-1, 2:]
    return top + middle + 0.1 * u[2:, :-2] + 0.2 * u[2:, 1:-1] + 0.1 * u[2:, 2:]


def life(u: "u8[n,m]"):
    rows = u[:-2] + u[1:-1] + u[2:]
    around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    inner = u[1:-1, 1:-1]
    return (around == 3) | ((around == 4) & (inner == 1))


def grey(r: "u8[n]", g: "u8[n]", b: "u8[n]"):
    return r * np.float32(0.299) + g * np.float32(0.587) + b * np.float32(0.114)


def count_above(x: "f64[n]"):
    return (x > 0.75).sum()


def all_above(x: "f64[n]"):
    return (x > 0.25).all()
