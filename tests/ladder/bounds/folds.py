"""Bounds of reductions and contractions, whose order of operations is not NumPy's."""

import numpy as np

from .einsum import bound_or_zero, contraction, einsum
from .ufuncs import Ufunc
from .value import (
    Departure, Value, astype, finish, is_float, is_inexact, magnitude, parts, raw, spacing, tiny,
)

EXTREME_FOLDS = {"minimum": "fmin", "maximum": "fmax", "fmin": "fmin", "fmax": "fmax"}


def group(x, function, axis, keepdims, **options):
    return function(np.asarray(x), axis=axis, keepdims=keepdims, **options)


def count(x, axis):
    """How many elements are folded into each result."""
    shape = np.shape(x)
    if axis is None:
        return int(np.prod(shape))
    return int(np.prod([shape[a] for a in (axis if isinstance(axis, tuple) else (axis,))]))


def fold(name, function, a, axis=None, keepdims=False, **options):
    """ufunc.reduce and the functions that are one."""
    options = {k: getattr(v, "dtype", v) if k == "dtype" else v for k, v in options.items()}
    a = Value.of(a)
    if is_inexact(a.value) and np.issubdtype(options.get("dtype", np.float64), np.integer):
        astype(a, options["dtype"])  # refuses what is out of range
    kept = {"keepdims": True} if keepdims else {}
    result = function(a.value, axis=axis, **kept, **options)
    if name in ("add", "multiply") and is_inexact(result):
        cast = astype(a, np.asarray(result).dtype)
        return finish(result, (add if name == "add" else multiply)(cast, axis, keepdims, result))
    if name in EXTREME_FOLDS and is_float(result):
        return finish(result, extreme(function, a, axis, keepdims, result))
    if name in ("subtract", "divide", "power", "floor_divide", "remainder"):
        raise NotImplementedError(f"{name}.reduce")
    if a.bound is None:
        return Value(result)
    unknown = group(a.bound > 0, np.any, axis, keepdims)
    return finish(result, np.where(unknown, np.inf, 0.0))


def add(a, axis, keepdims, result):
    """Any order of additions: each of them rounds by at most half a unit of the sum of sizes."""
    x = np.asarray(a.value)
    own = group(bound_or_zero(a), np.sum, axis, keepdims)
    total = group(magnitude(x), np.sum, axis, keepdims) + own
    eps = float(np.finfo(x.dtype).eps)
    terms = count(x, axis)
    rounding = (terms - 1 if terms else 0) * (eps * total)
    # The sign of a sum of zeros is the first value's.
    zero = np.any([part == 0 for part in parts(result)], axis=0)
    zero = np.where(zero & (terms != 1), tiny(result), 0)
    bound = own + np.maximum(rounding, zero)
    return np.where(total > np.finfo(x.dtype).max / 4, np.inf, bound)


def multiply(a, axis, keepdims, result):
    """Any order of products. Of complex numbers each rounds by a few units of its size, and the
    order decides what infinities and the signs of zeros become."""
    x = np.asarray(a.value)
    of_complex = np.iscomplexobj(x)
    finite = np.where(np.isfinite(x), np.abs(x), 1).astype(np.longdouble)
    upper = group(finite + bound_or_zero(a), np.prod, axis, keepdims)
    eps = float(np.finfo(x.dtype).eps) * (4 if of_complex else 1)
    terms = count(x, axis)
    if terms <= 1 and not of_complex:
        return group(bound_or_zero(a), np.sum, axis, keepdims)
    largest = group(np.maximum(finite, 1), np.prod, axis, keepdims)
    nonzero = np.where(finite == 0, 1, finite)
    smallest = group(np.minimum(nonzero, 1), np.prod, axis, keepdims)
    bound = upper - group(finite, np.prod, axis, keepdims) + terms * eps * upper
    bound = bound + terms * tiny(x) * largest
    doubtful = (largest > np.finfo(x.dtype).max / 4) | (
        ~np.isfinite(result) & (smallest < np.finfo(x.dtype).smallest_normal)
    )
    lost = np.isinf(bound_or_zero(a)) | (of_complex & ~np.isfinite(x))
    unknown = group(lost, np.any, axis, keepdims)
    return np.where(doubtful | unknown, np.inf, bound)


def extreme(function, a, axis, keepdims, result):
    kept = {"keepdims": True} if keepdims else {}
    x, own = np.asarray(a.value), bound_or_zero(a)
    low = function((x - own).astype(x.dtype), axis=axis, **kept).astype(np.float64)
    high = function((x + own).astype(x.dtype), axis=axis, **kept).astype(np.float64)
    bound = np.where(low == high, 0, high - low)
    bound = np.where(np.isnan(result) & np.isnan(low) & np.isnan(high), 0, bound)
    zeros = np.asarray(x == 0)
    positive = group(zeros & ~np.signbit(x), np.any, axis, keepdims)
    negative = group(zeros & np.signbit(x), np.any, axis, keepdims)
    either = (np.asarray(result) == 0) & positive & negative
    bound = np.where(either, np.maximum(bound, tiny(x)), bound)
    return np.where(group(np.isinf(own), np.any, axis, keepdims), np.inf, bound)


def reduction(name, function):
    def apply(a, axis=None, **options):
        return fold(name, function, a, axis=axis, **options)

    return apply


def of_exact(function):
    """A reduction that looks at order or at zeros."""

    def apply(a, axis=None, **options):
        a = Value.of(a)
        result = function(a.value, axis=axis, **options)
        if a.bound is None:
            return Value(result)
        unknown = group(a.bound > 0, np.any, axis, options.get("keepdims", False))
        return finish(result, np.where(unknown, np.inf, 0.0))

    return apply


def inexact_input(a, dtype):
    """What mean and var compute with."""
    a = Value.of(a)
    if dtype is not None:
        return astype(a, dtype)
    return a if is_inexact(a.value) else astype(a, np.float64)


def mean(a, axis=None, dtype=None, keepdims=False):
    dtype = getattr(dtype, "dtype", dtype)
    result = np.mean(raw(a), axis=axis, dtype=dtype, keepdims=keepdims)
    if not is_inexact(result):
        raise NotImplementedError("mean as an integer")
    x = inexact_input(a, dtype)
    total = np.sum(x.value, axis=axis, keepdims=keepdims)
    terms = count(x.value, axis)
    bound = add(x, axis, keepdims, total) / max(terms, 1)
    return finish(result, bound + (2 * spacing(result) if terms > 1 else 0))


def squared_size(x):
    """|x|**2."""
    if not np.iscomplexobj(x.value):
        return x * x
    return x.real * x.real + x.imag * x.imag


def squares_about_mean(a, axis, dtype, ddof):
    x = inexact_input(a, dtype)
    deviation = Ufunc("subtract")(x, mean(x, axis=axis, keepdims=True))
    square = squared_size(deviation)
    # The mean's bound is of its own value; that of the square is wider by twice the bound.
    total = reduction("add", np.sum)(square, axis=axis)
    terms = max(count(x.value, axis) - ddof, 0)
    return Ufunc("divide")(total, np.asarray(total.value).dtype.type(terms))


def shaped(bound, result):
    return np.reshape(np.broadcast_to(bound, np.shape(bound)), np.shape(result))


def var(a, axis=None, dtype=None, ddof=0, keepdims=False):
    dtype = getattr(dtype, "dtype", dtype)
    result = np.var(raw(a), axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
    made = squares_about_mean(a, axis, dtype, ddof)
    bound = 2 * shaped(bound_or_zero(made), result) + 4 * spacing(result)
    return finish(result, bound)


def std(a, axis=None, dtype=None, ddof=0, keepdims=False):
    dtype = getattr(dtype, "dtype", dtype)
    result = np.std(raw(a), axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
    made = squares_about_mean(a, axis, dtype, ddof)
    # A variance is not negative: its interval ends at 0.
    high = Ufunc("sqrt")(Value(made.value + 2 * bound_or_zero(made).astype(made.value.dtype))).value
    low = np.sqrt(np.maximum(made.value - 2 * bound_or_zero(made), 0))
    bound = np.where(np.isinf(bound_or_zero(made)), np.inf, high - low)
    return finish(result, shaped(bound, result) + 4 * spacing(result))


def without_nans(name, function, identity):
    def apply(a, axis=None, **options):
        a = Value.of(a)
        if is_inexact(a.value):
            nan = np.isnan(a.value)
            a = Value(np.where(nan, a.value.dtype.type(identity), a.value), a.bound)
        return fold(name, function, a, axis=axis, **options)

    return apply


def ptp(a, axis=None, keepdims=False):
    high = fold("maximum", np.max, a, axis=axis, keepdims=keepdims)
    low = fold("minimum", np.min, a, axis=axis, keepdims=keepdims)
    return high - low


def trace(a, offset=0):
    return fold("add", np.sum, a.view(lambda x: np.diagonal(x, offset)), axis=-1)


def norm(a, axis=None):
    x = Value.of(a)
    if axis is None:
        x = x.view(np.ravel)
    if not is_inexact(x.value):
        x = astype(x, np.float64)
    total = fold("add", np.sum, squared_size(x), axis=axis)
    root = Ufunc("sqrt")(total)
    result = np.linalg.norm(raw(a), axis=axis)
    tail = np.sqrt(bound_or_zero(total)) if np.any(np.asarray(result) == 0) else 0
    return finish(result, 2 * bound_or_zero(root) + tail + 4 * spacing(result))


def all_terms(values, result):
    """Enough for any contraction: every pair of elements, shared out over the results."""
    pairs = np.prod([float(np.size(v)) for v in values])
    return min(pairs / max(np.size(result), 1), max(np.size(v) for v in values)) + 1


def tensordot(a, b, axes=2):
    return contraction(lambda x, y: np.tensordot(x, y, axes), all_terms)(a, b)


def outer(a, b):
    a = Value.of(a).view(lambda x: np.reshape(x, (-1, 1)))
    return Ufunc("multiply")(a, Value.of(b).view(np.ravel))


FUNCTIONS = {
    "sum": reduction("add", np.sum),
    "prod": reduction("multiply", np.prod),
    "min": reduction("minimum", np.min),
    "max": reduction("maximum", np.max),
    "amin": reduction("minimum", np.min),
    "amax": reduction("maximum", np.max),
    "any": of_exact(np.any),
    "all": of_exact(np.all),
    "argmin": of_exact(np.argmin),
    "argmax": of_exact(np.argmax),
    "count_nonzero": of_exact(np.count_nonzero),
    "mean": mean,
    "var": var,
    "std": std,
    "nansum": without_nans("add", np.sum, 0),
    "nanprod": without_nans("multiply", np.prod, 1),
    "nanmin": reduction("fmin", np.fmin.reduce),
    "nanmax": reduction("fmax", np.fmax.reduce),
    "ptp": ptp,
    "trace": trace,
    "matmul": contraction(np.matmul, all_terms),
    "dot": contraction(np.dot, all_terms),
    "vdot": contraction(np.vdot, all_terms),
    "inner": contraction(np.inner, all_terms),
    "einsum": einsum,
    "tensordot": tensordot,
    "outer": outer,
    "linalg": type("linalg", (), {"norm": staticmethod(norm)}),
}
METHODS = [
    n for n in FUNCTIONS
    if n in "sum prod min max any all argmin argmax mean var std trace dot".split()
]
Value.__matmul__ = lambda a, b: FUNCTIONS["matmul"](a, b)
Value.__rmatmul__ = lambda a, b: FUNCTIONS["matmul"](b, a)
