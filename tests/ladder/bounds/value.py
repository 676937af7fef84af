"""A NumPy value whose elements have bounds, and what all operations on it share."""

import numpy as np


class Departure(Exception):
    """What arrayc documents to do otherwise than NumPy, or NumPy leaves to the machine."""


class Value:
    """A NumPy array or number; bound: None (exact) or an f64 array of its shape, which of complex
    numbers holds for either part."""

    __array_ufunc__ = None  # NumPy's operators on the left give way to ours
    __hash__ = None

    def __init__(self, value, bound=None):
        self.value = value
        self.bound = bound

    @staticmethod
    def of(x):
        return x if isinstance(x, Value) else Value(np.asarray(x))

    def view(self, function):
        """A function that only moves elements."""
        value = function(self.value)
        return Value(value, None if self.bound is None else function(self.bound))

    def __getitem__(self, key):
        return self.view(lambda x: x[key])

    def astype(self, dtype):
        return astype(self, dtype)

    @property
    def real(self):
        return Value(np.real(self.value)[()], self.bound)

    @property
    def imag(self):
        return Value(np.imag(self.value)[()], self.bound if np.iscomplexobj(self.value) else None)

    def __len__(self):
        return len(self.value)

    def __getattr__(self, name):
        if name in ("shape", "ndim", "size", "dtype", "itemsize", "nbytes"):
            return getattr(self.value, name)
        raise AttributeError(name)


def is_float(x):
    return np.issubdtype(np.asarray(x).dtype, np.floating)


def is_inexact(x):
    """Whether x is made of floats: of them or of complex numbers."""
    return np.issubdtype(np.asarray(x).dtype, np.inexact)


def parts(x):
    """The real and the imaginary part of complex numbers; x alone of others."""
    x = np.asarray(x)
    return (x.real, x.imag) if np.iscomplexobj(x) else (x,)


def of_parts(dtype, parts):
    """The opposite of `parts`, as elements of the dtype."""
    result = np.empty(np.shape(parts[0]), dtype)
    for part, value in zip((result.real, result.imag), parts):
        part[...] = value
    return result[()]


def magnitude(x):
    """Elementwise |x| as f64, of the finite parts of x alone."""
    sizes = [np.abs(np.where(np.isfinite(p), p, 0).astype(np.float64)) for p in parts(x)]
    return np.hypot(*sizes) if len(sizes) > 1 else sizes[0]


def raw(x):
    """The NumPy value of a Value, also inside of tuples and lists."""
    if isinstance(x, Value):
        return x.value
    if isinstance(x, (tuple, list)):
        return type(x)(raw(v) for v in x)
    return x


def tiny(x):
    """The smallest number above 0 of x's type."""
    return float(np.finfo(np.asarray(x).dtype).smallest_subnormal)


def spacing(x):
    """Elementwise the unit in the last place, as f64; 0 for what is not finite."""
    x = np.asarray(x)
    with np.errstate(all="ignore"):
        unit = magnitude(x) * float(np.finfo(x.dtype).eps) + tiny(x)
    return np.where(np.any([np.isfinite(p) for p in parts(x)], axis=0), unit, 0.0)


def finish(value, bound):
    """The value with the bound; what cannot be bounded is undetermined."""
    bound = np.asarray(bound, dtype=np.float64)
    bound = np.where(np.isnan(bound), np.inf, bound)
    if not is_inexact(value):
        bound = np.where(bound > 0, np.inf, 0.0)
    bound = np.broadcast_to(bound, np.shape(value)).copy()
    return Value(value, bound if bound.any() else None)


def check_range(x, dtype):
    """Refuses floats that the integer type does not hold: NumPy's result is the machine's."""
    info = np.iinfo(dtype)
    with np.errstate(all="ignore"):
        cut = np.trunc(x.astype(np.longdouble))
        if not np.all((cut >= info.min) & (cut <= info.max)):
            raise Departure(f"floats out of range of {np.dtype(dtype)}")


def astype(x, dtype):
    if isinstance(dtype, str):
        dtype = np.dtype(dtype)
    dtype = getattr(dtype, "dtype", dtype)
    dtype = np.dtype(dtype if isinstance(dtype, (np.dtype, type)) else type(dtype))
    source = np.asarray(x.value)
    if np.iscomplexobj(source) and not np.issubdtype(dtype, np.complexfloating):
        if dtype != np.bool_:
            return astype(x.real, dtype)
    from_float = np.issubdtype(source.dtype, np.floating)
    if from_float and np.issubdtype(dtype, np.integer):
        check_range(source, dtype)
    with np.errstate(all="ignore"):
        value = source.astype(dtype)[()] if np.ndim(x.value) == 0 else source.astype(dtype)
        if x.bound is None:
            return Value(value)
        if dtype == np.bool_:
            same = (np.abs(source) > 2 * x.bound) | (x.bound == 0)
            return finish(value, np.where(same, 0.0, np.inf))
        if not np.issubdtype(dtype, np.inexact):
            # Steps: determined where no integer lies within the bound.
            low, high = source - 2 * x.bound, source + 2 * x.bound
            same = (np.floor(low) == np.floor(high)) & (np.ceil(low) == np.ceil(high))
            return finish(value, np.where(same | (x.bound == 0), 0.0, np.inf))
        rounding = np.where(x.bound > 0, 2 * spacing(value), 0)
        overflows = (x.bound > 0) & (np.abs(value) > np.finfo(dtype).max / 2)
        return finish(value, np.where(overflows, np.inf, x.bound + rounding))
