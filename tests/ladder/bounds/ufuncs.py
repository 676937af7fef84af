"""Bounds of ufuncs: the operation evaluated at the ends of its operands' intervals."""

import itertools
import operator

import numpy as np

from .value import (
    Departure, Value, finish, is_float, is_inexact, magnitude, of_parts, parts, raw, spacing, tiny,
)

# How many units in the last place an elementary function may be off, NumPy's and ours together.
ULPS = 10
INEXACT = set(
    "exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 sin cos tan arcsin arccos arctan "
    "arctan2 sinh cosh tanh arcsinh arccosh arctanh cbrt hypot power float_power i0 sinc "
    "angle".split()
)
# What has the very bits of NumPy's result also of complex numbers. Products may be fused or not.
EXACT_OF_COMPLEX = set(
    "add subtract negative positive conjugate rint round where minimum maximum fmin fmax equal "
    "not_equal less less_equal greater greater_equal logical_and logical_or logical_xor "
    "logical_not isnan isinf isfinite".split()
)
ALGEBRAIC = set("multiply divide square reciprocal absolute sign sqrt".split())
EXTREMES = set("minimum maximum fmin fmax".split())
# Functions whose result at the ends of an interval says nothing about what is between.
STEPS = set(
    "floor_divide remainder fmod equal not_equal logical_and logical_or logical_xor "
    "logical_not copysign heaviside modf frexp".split()
)
# Sums of an operand and something else, which may leave little.
SUMS = set("logaddexp logaddexp2".split())
PERIODIC = set("sin cos tan sinc".split())


def candidates(operand):
    """The operand, and where it has a bound both ends of its interval."""
    if not isinstance(operand, Value):
        return [operand]
    x = operand.value
    if operand.bound is None or not is_inexact(x):
        return [x]
    ends = [ends_of(part, operand.bound) for part in parts(x)]
    return [x, *(of_parts(x.dtype, corner) for corner in itertools.product(*ends))]


def ends_of(x, bound):
    with np.errstate(all="ignore"):
        below = np.nextafter((x - bound).astype(x.dtype), -np.inf)
        above = np.nextafter((x + bound).astype(x.dtype), np.inf)
    return np.where(bound > 0, below, x), np.where(bound > 0, above, x)


def difference(a, b):
    """|a - b| as f64, of complex numbers the larger of their parts'; 0 if both are NaN or the same;
    NaN if it cannot be said."""
    if not is_inexact(a):
        return np.where(a == b, 0.0, np.inf)
    if np.iscomplexobj(a):
        return np.maximum(*(difference(x, y) for x, y in zip(parts(a), parts(b))))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, np.abs(np.subtract(a, b, dtype=np.longdouble))).astype(np.float64)


def combine(function, operands):
    """The largest difference that operands within their bounds can make; 0 without any."""
    lists = [candidates(o) for o in operands]
    centre = function(*[c[0] for c in lists])
    bound = np.zeros(np.shape(centre))
    picks = [[]]
    for choices in lists:
        picks = [p + [c] for p in picks for c in choices]
    for pick in picks[1:]:
        bound = np.maximum(bound, difference(function(*pick), centre))
    return bound


def undetermined(operands, shape, also=None):
    """Where an operand is undetermined, or `also(bound)`."""
    where = np.zeros(shape, bool)
    for o in operands:
        if isinstance(o, Value) and o.bound is not None:
            where |= np.broadcast_to(np.isinf(o.bound) | (also(o.bound) if also else False), shape)
    return where


def has_bounds(operands):
    return any(isinstance(o, Value) and o.bound is not None for o in operands)


def zeros_of_both_signs(name, operands, result):
    """Where an extreme of zeros of different signs may have either."""
    if name not in EXTREMES or not is_float(result):
        return np.zeros(np.shape(result), bool)
    a, b = (np.asarray(raw(o)) for o in operands)
    return (a == 0) & (b == 0) & (np.signbit(a.astype(float)) != np.signbit(b.astype(float)))


def elementwise(name, function, operands, exact=False):
    """function(*operands), a ufunc's; exact: correctly rounded."""
    check_departures(name, operands)
    result = function(*[raw(o) for o in operands])
    of_complex = any(np.iscomplexobj(raw(o)) for o in operands)
    inexact = is_inexact(result) and (
        name not in EXACT_OF_COMPLEX if of_complex else name in INEXACT and not exact
    )
    either = zeros_of_both_signs(name, operands, result)
    nan_signs = sign_of_nan(name, operands)
    if not (inexact or has_bounds(operands) or either.any() or nan_signs.any()):
        return Value(result)
    bound = combine(function, operands)
    if name == "i0" and is_float(result):
        # NumPy's exponential of x may overflow where the function does not.
        bound = np.where(np.isinf(result), np.inf, bound)
    if is_inexact(result):
        ulps = ULPS if inexact else 1 if has_bounds(operands) else 0
        unit = largest_spacing(operands, result) if name in SUMS else spacing(result)
        if of_complex and name in ("power", "float_power"):
            ulps = ulps * (1 + size_of_exponent(operands))
            ulps = np.where(ulps * float(np.finfo(result.dtype).eps) > 0.1, np.inf, ulps)
        bound = 1.5 * bound + np.where(bound > 0, 1, inexact) * ulps * unit
        bound = np.where(either, np.maximum(bound, tiny(result)), bound)
    periodic = name in PERIODIC or of_complex and name not in EXACT_OF_COMPLEX | ALGEBRAIC
    also = None
    if name in STEPS:
        also = lambda b: b > 0
    elif periodic:
        also = lambda b: b > 0.1
    where = undetermined(operands, np.shape(result), also)
    where |= crosses_zero(name, operands, np.shape(result)) | nan_signs
    if of_complex and name in ("multiply", "square"):
        where |= overflows(operands, result)
    return finish(result, np.where(where, np.inf, bound))


def size_of_exponent(operands):
    """|y log x| of complex x**y = exp(y log x): the exponent's error is the result's, in NumPy as
    well. C leaves it open whether the product y log x keeps infinities and NaNs."""
    x, y = (np.asarray(raw(o)).astype(np.complex128) for o in operands)
    size = np.abs(y) * np.abs(np.log(x))
    open_to_c = ~np.isfinite(size) & ~(small_integers(y) | (x == 0))
    return np.where(open_to_c, np.inf, np.where(np.isfinite(size), size, 0))


def small_integers(y):
    """Exponents with products instead of an exponential."""
    return (y.imag == 0) & (np.abs(y.real) < 100) & (y.real == np.trunc(y.real))


def overflows(operands, result):
    """Where a product of finite parts may overflow, or be fused with the next before it does."""
    sizes = [magnitude(raw(o)) for o in operands]
    return sizes[0] * sizes[-1] > float(np.finfo(np.asarray(result).dtype).max) / 4


def largest_spacing(operands, result):
    """A unit in the last place of the largest of operands and result."""
    dtype = np.asarray(result).dtype
    units = [spacing(np.asarray(raw(o)).astype(dtype)) for o in operands]
    return np.maximum(np.maximum(*units), spacing(result))


def check_departures(name, operands):
    first, last = (np.asarray(raw(o)) for o in (operands[0], operands[-1]))
    if name == "reciprocal" and not is_inexact(first) and not np.all(first):
        raise Departure("1 / 0 of integers is 0")
    if name != "power":
        return
    if not is_inexact(first) and isinstance(operands[-1], int) and last < 0:
        raise Departure("a negative power of integers is refused, of no elements as well")
    if isinstance(raw(operands[0]), np.bool_):
        raise Departure("NumPy gives a bool number to a power another type than a bool array")


def sign_of_nan(name, operands):
    """Where the result shows the sign of a NaN, or C leaves a sign open."""
    first = np.asarray(raw(operands[0]))
    if np.iscomplexobj(first) and name not in EXACT_OF_COMPLEX | ALGEBRAIC:
        return ~np.isfinite(first)
    if name not in ("signbit", "copysign"):
        return np.zeros((), bool)
    return np.isnan(np.asarray(raw(operands[-1]), dtype=float))


def crosses_zero(name, operands, shape):
    """Where a divisor, the base of a power or an ordinate may have either sign."""
    at = {"divide": 1, "reciprocal": 0, "power": 0, "float_power": 0, "arctan2": 0, "angle": 0}
    if np.iscomplexobj(raw(operands[0])):
        at |= {"log": 0, "log2": 0, "log10": 0, "sign": 0}
    at = at.get(name)
    if at is None or not isinstance(operands[at], Value) or operands[at].bound is None:
        return np.zeros(shape, bool)
    divisor = operands[at]
    crosses = (divisor.bound > 0) & (np.abs(divisor.value) <= 2 * divisor.bound)
    return np.broadcast_to(crosses, shape)


class Ufunc:
    """One of NumPy's ufuncs, or a function like one, on Values."""

    def __init__(self, name):
        self.function = getattr(np, name)
        self.name = self.function.__name__

    def __call__(self, *operands):
        return elementwise(self.name, self.function, operands)

    def outer(self, a, b):
        a, b = Value.of(a), Value.of(b)
        spread = a.view(lambda x: np.reshape(x, np.shape(x) + (1,) * np.ndim(b.value)))
        return self(spread, b)


def two_results(name):
    """A ufunc with two results."""
    function = getattr(np, name)

    def apply(a):
        return tuple(elementwise(name, lambda x, k=k: function(x)[k], (a,)) for k in (0, 1))

    return apply


def divmod(a, b):
    return Ufunc("floor_divide")(a, b), Ufunc("remainder")(a, b)


def power(a, b):
    """The operator **, where some exponents are other functions."""
    if np.iscomplexobj(raw(a)) and not isinstance(b, Value) and b == 2:
        return elementwise("square", lambda x: x**2, (a,))
    functions = (0, 1, 2, -1, 0.5) if is_inexact(raw(a)) else (0, 1, 2)
    exact = not isinstance(b, Value) and b in functions
    return elementwise("power", operator.pow, (a, b), exact)
