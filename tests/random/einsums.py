#!/usr/bin/env python3
"""Random np.einsum calls, twenty in a function, against long doubles and exact integers."""

import argparse
import pathlib
import random
import sys

import numpy as np

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "kernels"), str(TESTS / "ladder")]

from check import failures, file_of, shrunk  # noqa: E402
from program import DTYPES, NUMPY_NAMES, Program  # noqa: E402
from shrink import (  # noqa: E402
    fewer_results, simpler_modes, smaller_sizes, statements_left_out, symbols_as_numbers,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZES = [1, 2, 2, 3, 3, 4, 5, 7, 9]
POINTS = 4000  # at most so many products
CALLS = 20  # in a function
MOVES = [
    fewer_results, statements_left_out, smaller_sizes, simpler_modes, symbols_as_numbers,
]


class Operand:
    """The labels and extents of an operand's axes; the ellipsis stands before axis `dots`."""

    def __init__(self, labels, shape, dots, under_dots):
        self.labels, self.shape, self.dots, self.under_dots = labels, shape, dots, under_dots


class Call:
    """One call: its operands, its result's labels, and how it is written."""

    def __init__(self, rng):
        self.rng = rng
        while True:
            self.letters = rng.sample(LETTERS, rng.choice([1, 2, 2, 3, 3, 4, 5]))
            empty = rng.randrange(25) == 0
            self.size = {x: rng.choice(SIZES) for x in self.letters}
            if empty:
                self.size[self.letters[0]] = 0
            self.dots = [rng.choice(SIZES) for _ in range(rng.choice([0, 1, 1, 2]))]
            self.with_dots = rng.randrange(4) == 0
            self.operands = [self.operand() for _ in range(rng.choice([1, 1, 2, 2, 2, 2, 3, 3, 4]))]
            if self.points() <= POINTS:
                break
        self.result = self.result_labels()

    def operand(self):
        rng = self.rng
        labels = [rng.choice(self.letters) for _ in range(rng.choice([0, 1, 1, 2, 2, 2, 3, 3, 4]))]
        one = [labels.count(x) == 1 and rng.randrange(10) == 0 for x in labels]
        shape = [1 if o else self.size[x] for x, o in zip(labels, one)]
        if not self.with_dots or rng.randrange(4) == 0:
            return Operand(labels, shape, None, [])
        under = self.dots[rng.randrange(len(self.dots) + 1):]
        under = [1 if rng.randrange(8) == 0 else e for e in under]
        return Operand(labels, shape, rng.randrange(len(labels) + 1), under)

    def used(self):
        return sorted({x for o in self.operands for x in o.labels})

    def points(self):
        extents = [max(self.size[x], 1) for x in self.used()]
        return float(np.prod(extents + (self.dots if self.with_dots else [])))

    def result_labels(self):
        """None for the implicit result; the ellipsis is one of the labels."""
        if self.rng.randrange(10) < 3:
            return None
        used = self.used()
        kept = self.rng.sample(used, self.rng.randrange(len(used) + 1))
        if any(o.under_dots for o in self.operands) or self.rng.randrange(12) == 0:
            kept.insert(self.rng.randrange(len(kept) + 1), "...")
        return kept

    def terms(self):
        made = []
        for o in self.operands:
            term = list(o.labels)
            if o.dots is not None:
                term.insert(o.dots, "...")
            made.append(term)
        return made

    def text(self, names, options):
        rng = self.rng
        terms = self.terms()
        if rng.randrange(4) == 0:
            numbers = dict(zip(self.letters, rng.sample(range(52), len(self.letters))))
            lists = [f"[{', '.join(str(numbers.get(x, x)) for x in t)}]" for t in terms]
            parts = [p for pair in zip(names, lists) for p in pair]
            if self.result is not None:
                parts.append(f"[{', '.join(str(numbers.get(x, x)) for x in self.result)}]")
            return f"np.einsum({', '.join(parts + options)})"
        space = rng.choice(["", "", "", " "])
        subscripts = f",{space}".join(space.join(t) for t in terms)
        if self.result is not None:
            subscripts += f"{space}->{space}" + "".join(self.result)
        return f'np.einsum("{subscripts}", {", ".join([*names, *options])})'


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.name = f"einsums_{seed}"
        self.symbolic = self.rng.randrange(3) == 0
        self.sizes, self.params, self.modes, self.statements, self.results = {}, [], {}, [], []

    def extent(self, size):
        """A number, or the symbol of all axes of this size."""
        if not self.symbolic or size < 2:
            return str(size)
        self.sizes[f"n{size}"] = size
        return f"n{size}"

    def parameter(self, dtype, shape):
        name = f"p{len(self.params)}"
        extents = ",".join(e if isinstance(e, str) else self.extent(e) for e in shape)
        self.params.append((name, f"{dtype}[{extents}]" if shape else dtype))
        if dtype[0] in "iu" and shape:
            self.modes[name] = self.rng.choice(["normal", "full", "small"])
        elif dtype[0] in "fc" and shape:
            self.modes[name] = self.rng.choice(["normal", "unit", "unit"])
        return name

    def statement(self, text):
        name = f"v{len(self.statements)}"
        self.statements.append((name, f"{name} = {text}"))
        return name

    def value(self, dtype, shape):
        """The name of a value of this shape: a parameter, or a view of one."""
        rng = self.rng
        way = rng.randrange(8)
        if not shape or way < 3:
            return self.parameter(dtype, shape)
        axis = rng.randrange(len(shape))
        at = ", ".join([":"] * axis + [""])
        if way == 3:
            order = rng.sample(range(len(shape)), len(shape))
            inner = [shape[order.index(k)] for k in range(len(shape))]
            return self.statement(f"{self.parameter(dtype, inner)}.transpose({order})")
        if way == 4:
            return self.statement(f"{self.parameter(dtype, shape)}[{at}::-1]")
        if way == 5 and shape[axis] > 0 and not self.symbolic:
            step, more = rng.choice([2, -2, 3]), rng.randrange(2)
            inner = list(shape)
            inner[axis] = (shape[axis] - 1) * abs(step) + 1 + more
            return self.statement(f"{self.parameter(dtype, inner)}[{at}::{step}]")
        if way == 6 and not self.symbolic:
            inner = list(shape)
            inner[axis] += 3
            return self.statement(f"{self.parameter(dtype, inner)}[{at}2:-1]")
        if self.symbolic:
            return self.parameter(dtype, shape)
        inner = [1 if k == axis else e for k, e in enumerate(shape)]
        if axis == 0 and rng.randrange(2) == 0:
            inner = inner[1:]
        wide = "(" + "".join(f"{e}, " for e in shape) + ")"
        return self.statement(f"np.broadcast_to({self.parameter(dtype, inner)}, {wide})")

    def call(self):
        rng = self.rng
        call = Call(rng)
        dtypes = [rng.choice(DTYPES + ["f64", "f64", "f32"])] * len(call.operands)
        if rng.randrange(3) == 0:
            dtypes = [rng.choice(DTYPES) for _ in dtypes]
        names = []
        for o, dtype in zip(call.operands, dtypes):
            at = len(o.labels) if o.dots is None else o.dots
            names.append(self.value(dtype, o.shape[:at] + o.under_dots + o.shape[at:]))
        options = []
        # NumPy's intermediate results have the types of their own operands alone.
        if rng.randrange(8) == 0 and len(set(dtypes)) == 1:
            options.append(f"optimize={rng.choice(['True', 'False'])}")
        if rng.randrange(8) == 0 and not any(t[0] in "fc" for t in dtypes):
            wanted = rng.choice(DTYPES)
            if wanted != "bool" or all(t == "bool" for t in dtypes):
                options += [f"dtype=np.{NUMPY_NAMES[wanted].replace('bool', 'bool_')}",
                            'casting="unsafe"']
        name = f"r{len(self.results)}"
        self.statements.append((name, f"{name} = {call.text(names, options)}"))
        self.results.append(name)

    def program(self):
        for _ in range(CALLS):
            self.call()
        modes = {k: m for k, m in self.modes.items() if m != "normal"}
        return Program(
            self.name, self.params, self.sizes, modes, self.statements, self.results
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first function")
    parser.add_argument("--count", type=int, default=50, help="functions of twenty calls")
    parser.add_argument("--build", default="build")
    parser.add_argument("--batch", type=int, default=25, help="functions in a file")
    parser.add_argument("--few", action="store_true", help="interpreter and machine code only")
    parser.add_argument("--print", action="store_true", help="only print the functions")
    parser.add_argument("--no-shrink", action="store_true")
    args = parser.parse_args()
    ladder = pathlib.Path(args.build).resolve() / "bin/arrayc-ladder"
    programs = [Generator(seed).program() for seed in range(args.seed, args.seed + args.count)]
    if args.print:
        print(file_of(programs))
        return 0
    options = ("--few",) if args.few else ()
    failed = 0
    for k in range(0, len(programs), args.batch):
        batch = {p.name: p for p in programs[k : k + args.batch]}
        for name, what in failures(list(batch.values()), ladder, options).items():
            failed += 1
            print(f"FAIL {name}: {what}")
            if not args.no_shrink:
                small = shrunk(batch[name], what, ladder, options, MOVES)
                print(file_of([small]), flush=True)
    passed = len(programs) - failed
    print(f"{CALLS * passed} passed, {CALLS * failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
