"""Random kernel functions: grown step by step on values, keeping the steps that NumPy takes."""

import dataclasses
import random
import re
import warnings

import numpy as np

import bounds
from program import DTYPES, Program, Steps
from run import arguments_of, read_functions

SMALL = [2, 3, 4, 5, 7, 8, 9, 16, 17, 33]
RESULT_TYPES = {np.dtype(t).type for t in "?bhiqBHIQfdFD"} | {np.longlong, np.intp}


WEAK_TYPES = (int, float, complex)


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.name = f"random_{seed}"
        # "no": extents are numbers; "yes": symbols; "ones": symbols of which some are 1 at run
        # time, which then do not stretch.
        self.symbolic = self.rng.choice(["no", "no", "yes", "yes", "ones"])
        self.large = self.rng.randrange(25) == 0
        self.largest = 60000 if self.large else 1500
        self.sizes = {}
        self.params = []
        self.modes = {}
        self.statements = []

    def extents(self):
        rng = self.rng
        count = 4 if self.symbolic == "no" else 3
        sizes = rng.sample(SMALL, count)
        if self.large:
            sizes[0] = rng.choice([4097, 5000, 20011])
            sizes[1] = rng.choice([2, 3])
        elif rng.randrange(8) == 0:
            sizes[rng.randrange(count)] = 0
        if self.symbolic == "no":
            return [str(s) for s in sizes] + ["1"]
        if self.symbolic == "ones":
            sizes[rng.randrange(count)] = 1
        symbols = ["n", "m", "p"]
        self.sizes = dict(zip(symbols, sizes))
        return symbols + [str(rng.choice([1, 1, 2, 3]))]

    def make_params(self):
        extents = self.extents()
        rng = self.rng
        shapes = [extents[:2], extents[:2], extents[1:2], [extents[0], "1"], extents[:3],
                  extents[2:3], [extents[-1], extents[1]], [extents[1], extents[2]], [], ["0"],
                  extents[:1]]
        dtypes = DTYPES + ["f32", "f64", "f64"]
        if rng.randrange(4) == 0:
            dtypes += 5 * ["c64", "c128"]
        for name in "abcdef"[: rng.choice([1, 2, 3, 3, 4, 5])]:
            dtype = rng.choice(dtypes)
            shape = rng.choice(shapes[:2] if name == "a" else shapes)
            self.params.append((name, f"{dtype}[{','.join(shape)}]" if shape else dtype))
            if dtype[0] in "fc":
                mode = rng.choice(["normal", "normal", "special", "small", "positive", "zeros"])
            else:
                mode = rng.choice(["normal", "full", "special", "small"])
            if mode != "normal" and shape and dtype != "bool":
                self.modes[name] = mode
        if self.symbolic != "no":
            used = ",".join(annotation.partition("[")[2] for _, annotation in self.params)
            self.sizes = {s: v for s, v in self.sizes.items() if s in used}
        if rng.randrange(3) == 0:
            self.params.append(("k", "int"))
            self.sizes["k"] = rng.choice([0, 2, 3, 5])
        if rng.randrange(4) == 0:
            self.params.append(("s", rng.choice(["float", "float", "complex"])))

    def program(self, results):
        return Program(self.name, self.params, self.sizes, self.modes, self.statements, results)

    def environment(self, sizes):
        """What the function's text sees: parameters as Values."""
        program = dataclasses.replace(self.program(["a"]), sizes=sizes)
        (function,) = read_functions(program.text())
        names = {"np": bounds.Namespace()}
        for (name, _), value in zip(self.params, arguments_of(function, 0)):
            names[name] = value if type(value) in WEAK_TYPES else bounds.Value(value)
        return names

    def run(self):
        self.make_params()
        names = self.environment(self.sizes)
        others = {}
        if self.symbolic != "no":
            others = self.environment({k: 6 if v == 1 else v + 5 for k, v in self.sizes.items()})
        weak = [n for n, annotation in self.params if annotation in ("int", "float", "complex")]
        pool = {n: v for n, v in names.items() if n != "np" and n not in weak}
        steps = Steps(self.rng, pool, weak, self.largest)
        wanted = self.rng.randrange(2, 5 if self.large else 15)
        for _ in range(20 * wanted):
            if len(self.statements) == wanted:
                break
            self.grow(steps, names, others, pool)
        return self.program(self.choose_results(pool))

    def grow(self, steps, names, others, pool):
        """One more statement, if NumPy takes it."""
        target = f"v{len(self.statements)}"
        try:
            text = f"{target} = {steps.step()}".replace("{}", target)
        except LookupError:
            return
        taken, taken_elsewhere = self.execute(text, target, names), True
        if others:
            taken_elsewhere = self.execute(text, target, others)
        if taken and not self.refuses(text, names[target], pool, taken_elsewhere):
            self.statements.append((target, text))
            pool[target] = names[target]
            return
        names.pop(target, None)
        others.pop(target, None)

    @staticmethod
    def execute(text, target, names):
        names.pop(target, None)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(text, names)
        except Exception:  # whatever NumPy has against it
            names.pop(target, None)
        return target in names

    def refuses(self, text, value, pool, taken_elsewhere):
        if not isinstance(value, bounds.Value) or value.dtype.type not in RESULT_TYPES:
            return True
        if value.size > self.largest or value.ndim > 6:
            return True
        if value.bound is not None and 2 * np.isinf(value.bound).sum() > value.size:
            return True
        # arrayc stretches extents that are 1 whatever the sizes are: NumPy must take the statement
        # with other sizes as well.
        read = [pool[n] for n in re.findall(r"\w+", text) if n in pool]
        if not taken_elsewhere and any(1 in v.shape for v in [*read, value]):
            return True
        return (
            self.symbolic != "no"
            and 1 in value.shape
            and re.search(r":-?\d|\d:|k:|:k|diag|diff|tri", text) is not None
        )

    def choose_results(self, pool):
        """What no statement reads, and some others."""
        names = [n for n in pool if n in {target for target, _ in self.statements}]
        if not names:
            return [next(iter(pool))]
        texts = " ".join(text.partition("=")[2] for _, text in self.statements)
        words = set(texts.replace(",", " ").replace("(", " ").replace(")", " ").split())
        unread = [n for n in names if not any(n == w.split(".")[0].split("[")[0] for w in words)]
        chosen = [n for n in names if n in unread or self.rng.randrange(4) == 0] or names[-1:]
        return chosen[-10:]


def generate(seed):
    return Generator(seed).run()
