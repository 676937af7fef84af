"""NumPy with a bound for every element: how far a right implementation may be from NumPy's result.

`values_and_bounds(module, function, arguments)` runs a kernel's function on `Value`s instead of
arrays. A value without a bound is exact: the very bits are promised (copies, casts, integers,
+ - * / sqrt, extremes, comparisons, rounding; of complex numbers no products). Else each element
has a bound: 0 exact, infinity undetermined. Bounds grow by evaluating each operation at the ends
of its operands' intervals.
"""

import operator

import numpy as np

from .einsum import contraction
from .folds import FUNCTIONS as FOLDS
from .folds import METHODS, fold
from .ufuncs import Ufunc, divmod, elementwise, has_bounds, power, two_results
from .value import Departure, Value, astype, finish, is_inexact, raw, spacing

__all__ = ["Departure", "Namespace", "Value", "values_and_bounds"]


def views(name):
    """A function that only moves elements: of its first argument, or of a list of arrays."""
    function = getattr(np, name)

    def apply(first, *rest, **options):
        rest, options = raw(rest), {k: raw(v) for k, v in options.items()}
        if not isinstance(first, (tuple, list)):
            return Value.of(first).view(lambda x: function(x, *rest, **options))
        result = function(raw(first), *rest, **options)
        if not has_bounds(first):
            return Value(result)
        parts = [Value.of(x) for x in first]
        bounds = [p.bound if p.bound is not None else np.zeros(p.value.shape) for p in parts]
        return Value(result, function(bounds, *rest, **options))

    return apply


def exactly(name):
    """A function of exact values only, with an exact result."""
    function = getattr(np, name)

    def apply(*operands, **options):
        flat = [*operands, *options.values()]
        if has_bounds(o for x in flat for o in (x if isinstance(x, (tuple, list)) else [x])):
            raise NotImplementedError(f"{name} of a value with a bound")
        result = function(*raw(operands), **{k: raw(v) for k, v in options.items()})
        if isinstance(result, (tuple, list)):
            return type(result)(Value(r) for r in result)
        return Value(result)

    return apply


def clip(a, low=None, high=None):
    result = np.clip(raw(a), raw(low), raw(high))
    made = a
    if low is not None:
        made = elementwise("maximum", np.maximum, (made, low))
    if high is not None:
        made = elementwise("minimum", np.minimum, (made, high))
    return finish(result, made.bound) if made.bound is not None else Value(result)


def where(condition, a, b):
    return elementwise("where", np.where, (condition, a, b))


def rounded(a, decimals=0):
    if decimals < 0 and not is_inexact(raw(a)):
        ends = np.iinfo(raw(a).dtype)
        if np.any((raw(a) > ends.max - 10**-decimals) | (raw(a) < ends.min + 10**-decimals)):
            raise Departure("rounded out of the type's range")
    return elementwise("round", lambda x: np.round(x, decimals), (a,))


def kron(a, b):
    if any(np.iscomplexobj(raw(x)) for x in (a, b)):
        return contraction(np.kron, lambda *_: 1)(a, b)
    return exactly("kron")(a, b)


def linspace(*arguments, **options):
    result = np.linspace(*arguments, **options)
    if not is_inexact(result):
        return Value(result)
    return finish(result, 4 * spacing(np.max(np.abs(result), initial=1)) + 0 * np.abs(result))


VIEWS = (
    "reshape ravel transpose permute_dims matrix_transpose swapaxes moveaxis expand_dims squeeze "
    "broadcast_to atleast_1d atleast_2d flip fliplr flipud diagonal tril triu diag copy asarray "
    "ascontiguousarray stack vstack column_stack"
).split()
FUNCTIONS = {
    "clip": clip,
    "where": where,
    "round": rounded,
    "around": rounded,
    "kron": kron,
    "linspace": linspace,
    "divmod": divmod,
    "modf": two_results("modf"),
    "frexp": two_results("frexp"),
    "i0": Ufunc("i0"),
    "sinc": Ufunc("sinc"),
    "angle": Ufunc("angle"),
    "fix": Ufunc("fix"),
    "real": lambda a: Value.of(a).real,
    "imag": lambda a: Value.of(a).imag,
} | {name: views(name) for name in VIEWS}


class FoldingUfunc(Ufunc):
    def reduce(self, a, axis=0, **options):
        return fold(self.name, self.function.reduce, a, axis=axis, **options)


class Namespace:
    """Stands for the module numpy."""

    def __getattr__(self, name):
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        if name in FOLDS:
            return FOLDS[name]
        it = getattr(np, name)
        if isinstance(it, np.ufunc):
            return FoldingUfunc(name)
        if isinstance(it, type) and issubclass(it, np.generic):
            return DType(it)
        if callable(it) and not isinstance(it, type):
            return exactly(name)
        return it


class DType:
    """An element type: called, it converts one number."""

    def __init__(self, it):
        self.it = it
        self.dtype = np.dtype(it)

    def __call__(self, x):
        return astype(x, self.it) if isinstance(x, Value) else Value(self.it(x))


def operators():
    """Value's operators and methods."""
    names = {
        "add": "add",
        "sub": "subtract",
        "mul": "multiply",
        "truediv": "divide",
        "floordiv": "floor_divide",
        "mod": "remainder",
        "and": "bitwise_and",
        "or": "bitwise_or",
        "xor": "bitwise_xor",
        "lshift": "left_shift",
        "rshift": "right_shift",
    }
    for short, name in names.items():
        u = Ufunc(name)
        setattr(Value, f"__{short}__", lambda a, b, u=u: u(a, b))
        setattr(Value, f"__r{short}__", lambda a, b, u=u: u(b, a))
        change = getattr(operator, f"i{short}")
        setattr(Value, f"__i{short}__", lambda a, b, u=u, f=change: in_place(a, b, u, f))
    for short, name in [("lt", "less"), ("le", "less_equal"), ("gt", "greater"),
                        ("ge", "greater_equal"), ("eq", "equal"), ("ne", "not_equal")]:
        setattr(Value, f"__{short}__", lambda a, b, u=Ufunc(name): u(a, b))
    Value.__pow__ = power
    Value.__rpow__ = lambda a, b: elementwise("power", operator.pow, (b, a))
    for short, name in [("neg", "negative"), ("invert", "invert"), ("abs", "absolute"),
                        ("pos", "positive")]:
        setattr(Value, f"__{short}__", lambda a, u=Ufunc(name): u(a))
    for name in "reshape ravel transpose swapaxes squeeze diagonal copy clip round".split():
        setattr(Value, name, lambda a, *r, f=FUNCTIONS[name], **o: f(a, *r, **o))
    Value.reshape = lambda a, *shape: a.view(lambda x: x.reshape(*shape))
    Value.conj = lambda a: Ufunc("conjugate")(a) if np.iscomplexobj(a.value) else a
    Value.flatten = lambda a: a.view(np.ravel)
    Value.T = property(lambda a: a.view(np.transpose))
    Value.mT = property(lambda a: a.view(np.matrix_transpose))
    for name in METHODS:
        f = FOLDS[name]
        setattr(Value, name, lambda a, *r, f=f, **o: f(a, *r, **o))


def in_place(a, b, ufunc, change):
    change(np.copy(a.value), raw(b))
    if np.ndim(a.value) == 0:
        raise NotImplementedError("in place on a number")
    return astype(ufunc(a, b), a.value.dtype)


operators()


def values_and_bounds(source, function, arguments):
    """For each result of a function of the kernel file what it should be, and a bound."""
    module = {"__name__": "bounded"}
    exec(compile(source, "bounded", "exec"), module)
    module["np"] = Namespace()
    wrapped = [x if type(x) in (int, float, complex) else Value(x) for x in arguments]
    with np.errstate(all="ignore"):
        results = module[function](*wrapped)
    results = results if isinstance(results, tuple) else (results,)
    return [
        (
            raw(r),
            np.zeros(np.shape(raw(r)))
            if not isinstance(r, Value) or r.bound is None
            else np.asarray(r.bound, dtype=np.float64),
        )
        for r in results
    ]
