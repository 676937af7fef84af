"""A kernel function in pieces that can be taken apart, and the steps that random ones are made of.

A step is a text of NumPy's dialect, made by a function of `Steps` from the values there are. Most
need not be right: what NumPy refuses, or the dialect documents to do otherwise, is dropped.
"""

import dataclasses
import pathlib
import re

import numpy as np

UFUNCS_DEF = pathlib.Path(__file__).resolve().parents[2] / "ir" / "ufuncs.def"
DTYPES = "bool i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64 c64 c128".split()
KINDS = {"b": "b", "i": "int", "u": "uint", "f": "float", "c": "complex"}
NUMPY_NAMES = {t: KINDS[t[0]] + t[1:] for t in DTYPES}
OPERATORS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "left_shift": "<<",
    "right_shift": ">>",
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}


def read_ufuncs():
    """Names by arity, from the compiler's own table."""
    names = {1: [], 2: [], 3: []}
    for name, further, arity in re.findall(
        r'^UFUNC\((\w+), "([^"]*)", (\d)', UFUNCS_DEF.read_text(), re.M
    ):
        names[int(arity)] += [name, *further.split()]
    return names


UFUNCS = read_ufuncs()


@dataclasses.dataclass
class Program:
    name: str
    params: list  # (name, annotation)
    sizes: dict  # of symbols and "int" parameters
    modes: dict  # of the parameters' values
    statements: list  # (name bound, text)
    results: list

    def text(self, expectation="bounds"):
        sizes = "".join(f"{k}={v} " for k, v in self.sizes.items())
        modes = " ".join(f"{k}={v}" for k, v in self.modes.items())
        params = ", ".join(f'{name}: "{annotation}"' for name, annotation in self.params)
        lines = [f"# check: {sizes}{expectation}"]
        if modes:
            lines.append(f"# inputs: {modes}")
        lines.append(f"def {self.name}({params}):")
        lines += [f"    {line}" for _, text in self.statements for line in text.split("\n")]
        lines.append("    return " + ", ".join(self.results))
        return "\n".join(lines) + "\n"


HEADER = "import numpy as np\n\n\n"


class Steps:
    """Makes steps. `pool` maps names to Values; `rng` is a random.Random."""

    def __init__(self, rng, pool, weak, largest):
        self.rng, self.pool, self.weak, self.largest = rng, pool, weak, largest

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def any(self, test=lambda v: True):
        """A name, late ones more often."""
        names = [n for n, v in self.pool.items() if test(v)]
        if not names:
            raise LookupError("no value fits")
        return names[-1 - min(int(self.rng.expovariate(0.4)), len(names) - 1)]

    def number(self):
        if self.chance(16):
            return self.pick("1j", "(2-0.5j)", "-0.0j", "np.complex64(1-2j)", "(1+1e300j)",
                             "complex(-1, 0)", "complex(np.inf, 1)", "np.complex128(0.5j)")
        kind = self.rng.randrange(9)
        if kind < 3:
            return str(self.pick(-3, -1, 0, 1, 2, 3, 7, 10, 100, 127, 128, 255, -128, 1000, 65536))
        if kind < 6:
            return self.pick("0.5", "-1.5", "2.0", "0.0", "-0.0", "1e-3", "3.7", "1e30", "np.inf",
                             "np.nan", "0.1", "-2.0", "3.0")
        if kind == 6:
            return self.pick("True", "False")
        if kind == 7:
            return self.pick("np.float32(1.5)", "np.int8(3)", "np.uint8(200)", "np.float64(0.1)",
                             "np.int64(-5)", "np.uint64(7)", "np.int16(-300)", "np.uint32(70000)")
        return self.pick(*self.weak) if self.weak else "2"

    def fits(self, names):
        """Whether values broadcast, at compile time as well."""
        shapes = [self.pool[n].shape for n in names if n in self.pool]
        try:
            made = np.broadcast_shapes(*shapes)
        except ValueError:
            return False
        return int(np.prod(made)) <= self.largest

    def other(self, *names):
        """An operand that broadcasts with those."""
        if self.chance(4):
            return self.number()
        candidates = [n for n in self.pool if self.fits([*names, n])]
        return self.rng.choice(candidates) if candidates else self.number()

    def axes(self, value, several=True):
        """An axis argument, or "None"."""
        if value.ndim == 0 or self.chance(4):
            return "None"
        axis = self.rng.randrange(value.ndim) - (value.ndim if self.chance(3) else 0)
        if several and value.ndim > 1 and self.chance(4):
            return str(tuple(self.rng.sample(range(value.ndim), 2)))
        return str(axis)

    def dtype(self):
        return "np." + NUMPY_NAMES[self.rng.choice(DTYPES)].replace("bool", "bool_")

    # Steps

    def binary(self):
        name = self.rng.choice(UFUNCS[2])
        a = self.any()
        b = self.other(a)
        if self.chance(2):
            a, b = b, a
        if name in OPERATORS and self.chance(2):
            return f"{a} {OPERATORS[name]} {b}"
        return f"np.{name}({a}, {b})"

    def arithmetic(self):
        a = self.any()
        b = self.other(a)
        if self.chance(3):
            a, b = b, a
        return f"{a} {self.pick('+', '-', '*', '/', '<', '>=')} {b}"

    def unary(self):
        return f"np.{self.rng.choice(UFUNCS[1])}({self.any()})"

    def minus(self):
        return f"{self.pick('-', '~', 'abs', '+')}({self.any()})"

    def power(self):
        return f"{self.any()} ** {self.pick(2, 2, 3, 0.5, -1, 0, 1, 1.5, -2, 4)}"

    def cast(self):
        a = self.any()
        t = self.rng.choice(DTYPES)
        if self.pool[a].dtype.kind == "f" and t[0] in "iu" and self.chance(2):
            a = f"np.clip(np.nan_to_num({a}), {0 if t[0] == 'u' else -100}, 100)"
        return f"{a}.astype({self.pick(self.dtype_of(t), repr(NUMPY_NAMES[t]))})"

    @staticmethod
    def dtype_of(t):
        return "np." + NUMPY_NAMES[t].replace("bool", "bool_")

    def bound(self, extent):
        return self.rng.randrange(-extent - 1, extent + 2)

    def index(self):
        a = self.any(lambda v: v.ndim > 0)
        items = []
        for extent in self.pool[a].shape:
            kind = self.rng.randrange(12)
            start = self.pick("", self.bound(extent))
            stop = self.pick("", self.bound(extent))
            if kind < 5:
                items.append(":")
            elif kind == 5:
                items.append(str(self.bound(extent)))
            elif kind == 6:
                items.append("None, :")
            elif kind < 9:
                items.append(f"{start}:{stop}")
            else:
                items.append(f"{start}:{stop}:{self.pick(-1, -1, 2, 3, -2, -3, 1)}")
        if self.chance(5):
            items[self.rng.randrange(len(items))] = "..."
        if self.chance(6):
            items.append("None")
        if self.chance(4):
            items = items[: self.rng.randrange(1, len(items) + 1)]
        return f"{a}[{', '.join(items)}]"

    def shape_view(self):
        a = self.any()
        v = self.pool[a]
        n = v.ndim
        order = self.rng.sample(range(n), n)
        axis = self.rng.randrange(-n, n) if n else 0
        texts = [
            f"{a}.T",
            f"{a}.transpose({', '.join(map(str, order))})",
            f"np.transpose({a}, {tuple(order)})",
            f"{a}.mT",
            f"np.swapaxes({a}, {axis}, 0)",
            f"np.moveaxis({a}, {axis}, {self.pick(0, -1)})",
            f"np.flip({a}, {axis})",
            f"np.flip({a})",
            f"np.expand_dims({a}, {self.pick(0, -1, axis)})",
            f"np.squeeze({a}, {axis if n else ()})",
            f"{a}.ravel()",
            f"{a}.flatten()",
            f"{a}.reshape(-1)",
            f"np.atleast_2d({a})",
            f"np.atleast_1d({a})",
            f"{a}.reshape({self.reshaped(v)})",
            f"{a}.reshape({self.reshaped(v)})",
            f"np.reshape({a}, ({self.reshaped(v)},))",
            f"np.broadcast_to({a}, ({self.pick(1, 2, 3)},) + {a}.shape)",
            f"np.broadcast_to({a}, ({''.join(f'{2 if e == 1 else e}, ' for e in v.shape)}))",
            f"{a}.diagonal({self.pick('', '1', '-1')})",
            f"np.diag({a})",
            f"np.tril({a}, {self.pick(0, 1, -1)})",
            f"np.triu({a}, {self.pick(0, 1, -1)})",
            f"np.ascontiguousarray({a})",
            f"{a}.copy()",
            f"np.fliplr({a})",
        ]
        return self.rng.choice(texts)

    def reshaped(self, v):
        """Extents of the same product."""
        rest, extents = int(v.size), []
        while rest > 1 and len(extents) < 3:
            factor = self.rng.choice([f for f in range(1, min(rest, 64) + 1) if rest % f == 0])
            extents.append(factor)
            rest //= factor
        extents.append(rest)
        self.rng.shuffle(extents)
        if self.chance(2) and v.size:
            extents[self.rng.randrange(len(extents))] = -1
        return ", ".join(map(str, extents))

    def reduction(self):
        a = self.any()
        v = self.pool[a]
        axis = self.axes(v)
        keep = self.pick("", "", ", keepdims=True")
        name = self.pick("sum", "sum", "prod", "min", "max", "any", "all", "mean", "var", "std")
        typed = name in ("sum", "prod", "mean") and self.chance(4)
        extra = f", dtype={self.dtype()}" if typed else ""
        if name in ("var", "std") and self.chance(3):
            extra = ", ddof=1"
        if self.chance(2):
            return f"{a}.{name}(axis={axis}{extra}{keep})"
        return f"np.{name}({a}, axis={axis}{extra}{keep})"

    def parts(self):
        a = self.any()
        b = self.other(a)
        return self.pick(
            f"{a}.real",
            f"{a}.imag",
            f"np.imag({a})",
            f"{a}.conj()",
            f"np.conj({a})",
            f"np.angle({a})",
            f"np.iscomplex({a})",
            f"np.isreal({a})",
            f"{a} + {b} * 1j",
            f"({a} * np.conj({b})).real",
            f"abs({a}) ** 2",
        )

    def fold(self):
        a = self.any()
        v = self.pool[a]
        one = self.axes(v, several=False)
        keep = self.pick("", ", keepdims=True")
        name = self.pick("add", "multiply", "maximum", "minimum", "fmin", "fmax", "logical_and",
                         "logical_or", "logical_xor", "bitwise_or", "bitwise_and", "bitwise_xor")
        return self.pick(
            f"{a}.argmin(axis={one})",
            f"np.argmax({a}, axis={one}{keep})",
            f"np.count_nonzero({a}, axis={self.axes(v)}{keep})",
            f"np.{name}.reduce({a}, axis={self.axes(v)}{keep})",
            f"np.{name}.reduce({a})",
            f"np.{self.pick('nansum', 'nanprod', 'nanmin', 'nanmax')}({a}, axis={one})",
            f"np.ptp({a}, axis={one})",
            f"np.amax({a}, {one})",
            f"np.trace({a}, {self.pick(0, 1, -1)})",
            f"np.linalg.norm({a}, axis={one})",
        )

    def chosen(self):
        a = self.any()
        b = self.other(a)
        c = self.other(a, b)
        low = self.pick("None", "-1", "0.5", "0", "-2.5", b)
        high = self.pick("None", "1", "2.5", "7", c)
        return self.pick(
            f"np.where({a}, {b}, {c})",
            f"np.where({a} > {b}, {a}, {c})",
            f"np.where({self.any(lambda v: v.dtype == bool)}, {a}, {b})",
            f"np.clip({a}, {low}, {high})",
        )

    def function(self):
        a = self.any()
        row = self.any(lambda v: v.ndim == 1)
        other = self.any(lambda v: v.shape == self.pool[row].shape)
        return self.pick(
            f"np.round({a})",
            f"{a}.round({self.pick(0, 1, 2, -1)})",
            f"np.isclose({a}, {self.other(a)})",
            f"np.divmod({a}, {self.other(a)})[{self.pick(0, 1)}]",
            f"np.{self.pick('modf', 'frexp')}({a})[{self.pick(0, 1)}]",
            f"np.{self.pick('fix', 'sinc', 'angle', 'real', 'isposinf', 'isneginf')}({a})",
            f"np.nan_to_num({a})",
            f"np.diff({a})",
            f"np.diff({a}, axis={self.axes(self.pool[a], False)})",
            f"np.diff({a}, n=2)",
            f"np.stack([{row}, {other}], axis={self.pick(0, -1, 1)})",
            f"np.vstack([{row}, {other}])",
            f"np.column_stack(({row}, {other}))",
            f"np.fabs({a})",
            f"np.zeros_like({a})",
            f"np.full_like({a}, 3)",
            f"np.ones_like({a}, dtype={self.dtype()})",
            f"np.{self.pick('subtract', 'multiply', 'less', 'maximum')}.outer({a}, {self.few(a)})",
            f"({a} + {self.other(a)}) * {self.other(a)}",
            f"np.square({a} - {self.other(a)}).sum(axis={self.axes(self.pool[a])})",
        )

    def generator(self):
        n = self.rng.randrange(0, 12)
        step = self.pick(1, 2, -1, 0.5, 3)
        k = next((w for w in self.weak if w.startswith("k")), "4")
        return self.pick(
            f"np.arange({n})",
            f"np.arange({n}, {n + 7}, {step})",
            f"np.arange({n + 9}, {n}, {self.pick(-1, -2, -4)})",
            f"np.arange({n}, dtype={self.dtype()})",
            f"np.arange({k})",
            f"np.linspace(0, {self.pick(1, 2.5, -3)}, {n})",
            f"np.eye({n % 5}, {n % 7}, k={self.pick(0, 1, -1)})",
            f"np.tri({n % 5}, 4, {self.pick(0, 1, -1)})",
            f"np.zeros(({n}, 2), dtype={self.dtype()})",
            f"np.full({n}, {self.number()})",
            f"np.ones({k})",
            f"np.array([{self.number()}, {self.number()}, {self.number()}])",
            "np.identity(3)",
        )

    def few(self, name):
        """A value of which every element may go with every element of another."""
        size = self.pool[name].size
        return self.any(lambda v: v.size * size <= 20 * self.largest)

    def contraction(self):
        a = self.any(lambda v: v.ndim > 0)
        shape = self.pool[a].shape
        b = self.any(lambda v: v.ndim > 0 and shape[-1] == v.shape[max(v.ndim - 2, 0)]
                     and v.size * max(1, np.prod(shape[:-1])) <= 20 * self.largest)
        c = self.any(lambda v: v.ndim > 0 and shape[-1] == v.shape[-1])
        return self.pick(
            f"{a} @ {b}",
            f"np.dot({a}, {b})",
            f"np.inner({a}, {c})",
            f"np.matmul({a}, {b})",
            f"np.vdot({a}, {a})",
            f"np.outer({a}, {self.few(a)})",
            f"np.kron({a}, {self.few(a)})",
            f"np.tensordot({a}, {b}, 1)",
            f"np.einsum({self.subscripts()})",
            f"np.einsum({self.subscripts()})",
        )

    def subscripts(self):
        names = [self.any(lambda v: v.ndim <= 3) for _ in range(self.pick(1, 2, 2, 3, 3, 4))]
        labels = {}
        terms = []
        for name in names:
            term = ""
            for extent in self.pool[name].shape:
                same = [x for x, e in labels.items() if e == extent]
                if same and not self.chance(4):
                    term += self.rng.choice(same)
                else:
                    term += "abcdefghijk"[len(labels)]
                    labels[term[-1]] = extent
            terms.append(term)
        if np.prod([float(e) for e in labels.values()]) > 20 * self.largest:
            raise LookupError("too much work")
        kept = self.rng.sample(sorted(labels), self.rng.randrange(0, min(len(labels), 4) + 1))
        arrow = "" if self.chance(5) else "->" + "".join(kept)
        return f'"{",".join(terms)}{arrow}", {", ".join(names)}'

    def stencil(self):
        """Neighbours of a value along one or two axes, one step or two of a chain."""
        a = self.any(lambda v: v.ndim > 0 and max(v.shape) > 2)
        v = self.pool[a]
        axes = [k for k in range(v.ndim) if v.shape[k] > 2]
        axes = self.rng.sample(axes, min(len(axes), self.pick(1, 1, 2)))
        count = self.pick(2, 3, 3, 4)
        reach = self.pick(1, 2, 2, min(v.shape[k] for k in axes))
        function = self.pick("np.exp", "np.tanh", "np.sqrt", "np.negative", "np.sin", "np.square")
        lines, name = [f"{function}({a})"], "{}"
        for _ in range(self.pick(1, 1, 2)):
            terms = []
            for _ in range(count):
                items = [":"] * v.ndim
                for k in axes:
                    start = self.rng.randrange(reach + 1)
                    items[k] = f"{start}:{start - reach or ''}"
                terms.append(f"{name}[{', '.join(items)}]")
            operators = [self.pick("+", "-", "*", "+") for _ in terms[1:]]
            text = terms[0] + "".join(f" {o} {t}" for o, t in zip(operators, terms[1:]))
            lines.append(f"{{}} = {text}")
        return "\n".join(lines)

    def in_place(self):
        """Two lines; `{}` stands for the name that is bound."""
        a = self.any(lambda v: v.ndim > 0)
        operator = self.pick("+", "-", "*", "/", "//", "%", "&", "|", "^", "<<", ">>")
        return f"{a}.copy()\n{{}} {operator}= {self.other(a)}"

    def step(self):
        weights = {
            self.binary: 22, self.arithmetic: 12, self.unary: 10, self.minus: 2, self.power: 2,
            self.cast: 7, self.index: 10, self.shape_view: 10, self.reduction: 9, self.fold: 5,
            self.chosen: 5, self.function: 6, self.generator: 2, self.contraction: 5,
            self.in_place: 2, self.parts: 4, self.stencil: 5,
        }
        return self.rng.choices(list(weights), list(weights.values()))[0]()
