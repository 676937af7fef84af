"""The workloads as NumPy functions: run.py calls them with NumPy, arrayc compiles them."""
import numpy as np


def reciprocal(x: "f64[n]") -> "f64[n]":
    return 1 / x


def multiply_add(a: "f64[n]", b: "f64[n]", c: "f64[n]") -> "f64[n]":
    return a * b + c


def distances(points: "f64[n,2]", p: "f64[2]") -> "f64[n]":
    return np.sqrt(((points - p) ** 2).sum(axis=1))


def ripples(x: "f64[m]", y: "f64[n]") -> "f64[n,m]":
    r2 = x**2 + y[:, np.newaxis] ** 2
    return np.sin(r2) / r2


def nearest(a: "f64[n,3]", b: "f64[m,3]") -> "f64[n]":
    return ((a[:, np.newaxis] - b) ** 2).sum(axis=2).min(axis=1)


def row_means(x: "f64[n,m]") -> "f64[n]":
    return x.mean(axis=1)


def column_means(x: "f64[n,m]") -> "f64[m]":
    return x.mean(axis=0)


def total(x: "f64[n]") -> "f64":
    return x.sum()
