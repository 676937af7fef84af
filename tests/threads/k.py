# Compiled ahead of time by check.sh: every kind of loop that runs on several threads.
import numpy as np


def total(x: "f64[n]"):
    return x.sum()


def total32(x: "f32[n]"):
    return x.sum()


def rows(m: "f64[n,k]"):
    return m.sum(axis=1)


def columns(m: "f64[n,k]"):
    return m.sum(axis=0)


def chain(x: "f64[n]"):
    return np.exp(np.sin(x) / 3) + x


def softmax(m: "f64[n,k]"):
    e = np.exp(m - m.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def variance(m: "f64[n,k]"):
    return m.var(axis=1)


def nearest(a: "f64[n]", b: "f64[k]"):
    return ((a[:, np.newaxis] - b) ** 2).min(axis=1)


def lowest(x: "f64[n]"):
    return x.argmin()


def spin(z: "c128[n]"):
    return z.sum()
