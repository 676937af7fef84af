"""Bounds of sums of products, whose order of operations is not NumPy's."""

import numpy as np

from .value import Value, astype, finish, is_inexact, magnitude, parts, tiny


def bound_or_zero(x):
    return x.bound if x.bound is not None else np.zeros(np.shape(x.value))


def contraction(function, terms_of):
    """A sum of products in any order; terms_of(values, result): how many are added up."""

    def apply(*operands):
        operands = [Value.of(o) for o in operands]
        values = [o.value for o in operands]
        result = function(*values)
        if not is_inexact(result):
            unknown = any(o.bound is not None for o in operands)
            return finish(result, np.full(np.shape(result), np.inf if unknown else 0.0))
        sizes = [magnitude(v) for v in values]
        own = [bound_or_zero(o) for o in operands]
        plain = np.asarray(function(*sizes))
        wide = np.asarray(function(*[s + b for s, b in zip(sizes, own)]))
        dtype = np.asarray(result).dtype
        terms = terms_of(values, result) + len(values)
        eps = float(np.finfo(dtype).eps)
        largest = max([float(np.max(v, initial=1)) for v in sizes])
        bound = (wide - plain) * (1 + 1e-9) + terms * (2 * eps * wide + tiny(result) * largest)
        # NumPy takes factors out of sums: an infinity times a sum, not a sum of infinities.
        finite = [np.isfinite(v).astype(np.float64) for v in values]
        every = np.asarray(function(*[np.ones_like(f) for f in finite]))
        unclear = np.asarray(function(*finite)) < every
        return finish(result, np.where(unclear | (wide > np.finfo(dtype).max / 4), np.inf, bound))

    return apply


def einsum(*arguments, **options):
    """Computed in long doubles: how far results may be from that depends on no order. What has
    bounds or is not finite is compared with NumPy's own."""
    if isinstance(arguments[0], str):
        given, rebuild = arguments[1:], lambda xs: (arguments[0], *xs)
    else:
        given, lists = arguments[:-1:2], arguments[1::2]
        rest = arguments[-1:] if len(arguments) % 2 else ()
        rebuild = lambda xs: (*(y for pair in zip(xs, lists) for y in pair), *rest)  # noqa: E731
    operands = [Value.of(x) for x in given]
    options = {k: getattr(v, "dtype", v) if k == "dtype" else v for k, v in options.items()}
    values = [x.value for x in operands]
    result = np.einsum(*rebuild(values), **options)
    dtype = np.asarray(result).dtype
    function = lambda *xs: np.einsum(*rebuild(xs))  # noqa: E731
    bounded = any(x.bound is not None for x in operands)
    if not is_inexact(result):
        return finish(result, np.full(np.shape(result), np.inf if bounded else 0.0))
    # Sums of nothing are 0. (NumPy 2.4 frees wrong memory at empty einsums of clongdouble.)
    exact = all(np.shares_memory(result, v) for v in values) or 0 in [np.size(v) for v in values]
    if exact and not bounded:
        return Value(result)
    operands = [astype(x, dtype) for x in operands]
    values = [x.value for x in operands]
    if any(x.bound is not None or not np.isfinite(x.value).all() for x in operands):
        terms = function(*[np.ones(np.shape(v)) for v in values])
        return contraction(function, lambda *_: np.max(terms, initial=0))(*operands)
    return in_long_doubles(function, values, dtype)


def in_long_doubles(function, values, dtype):
    of_complex = np.issubdtype(dtype, np.complexfloating)
    wide = np.clongdouble if of_complex else np.longdouble
    exact = function(*[np.asarray(v).astype(wide) for v in values])
    sizes = [sum(np.abs(p) for p in parts(np.asarray(v).astype(wide))) for v in values]
    size = function(*sizes)
    terms = function(*[np.ones(np.shape(v), np.longdouble) for v in values])
    factors = len(values) * (2 if of_complex else 1)
    products = 2 ** len(values) if of_complex else 1
    accumulated = np.float32 if dtype == np.float16 else dtype
    unit = np.finfo(accumulated).eps / 2
    largest = max([1.0, *(float(np.max(s, initial=0)) for s in sizes)])
    lost = (terms * products + 1) * tiny(accumulated(0) if dtype == np.float16 else dtype.type(0))
    bound = (terms * products + 2 * factors) * unit * size + lost * largest ** len(values)
    # Both what is compared and what it is compared with are rounded to the type.
    rounded = np.asarray(exact).astype(dtype)[()]
    bound = 1.01 * bound + np.finfo(dtype).eps * magnitude(rounded) + tiny(dtype.type(0))
    bound = np.where(size > np.finfo(dtype).max / 4, np.inf, bound)
    return finish(rounded, bound.astype(np.float64))
