"""The demo's expressions as NumPy functions: real NumPy runs this file too."""

import numpy as np


def distances(points: "f64[n,2]", p: "f64[2]") -> "f64[n]":
    """The distance of each point from p."""
    return np.sqrt(((points - p) ** 2).sum(axis=1))


def ripples(x: "f64[m]", y: "f64[n]") -> "f64[n,m]":
    """sin(r²)/r² on the mesh of x and y."""
    r2 = x**2 + y[:, np.newaxis] ** 2
    return np.sin(r2) / r2
