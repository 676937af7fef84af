#!/usr/bin/env python3
"""Every pair of 8-bit integers through every ufunc on them, every 8- and 16-bit integer through
every cast: on all rungs of the ladder, NumPy's very bits."""

import argparse
import pathlib
import sys
import tempfile

import numpy as np

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "kernels"), str(TESTS / "ladder")]

from bounds.ufuncs import INEXACT  # noqa: E402
from program import DTYPES, HEADER, NUMPY_NAMES, UFUNCS, Program  # noqa: E402
from run import ladder_lines  # noqa: E402

FLOATS = ("f32", "f64")


def function(name, params, texts):
    """A function of the results `texts`; parameters hold every value of their type."""
    statements = [(f"v{k}", f"v{k} = {text}") for k, text in enumerate(texts)]
    modes = {n: "every" for n, annotation in params if annotation[0] not in "f"}
    return Program(name, params, {}, modes, statements, [t for t, _ in statements])


def exact(name):
    """Whether results for integers are to the bit; tests/ir/test_accuracy.cpp has the others."""
    name = getattr(np, name).__name__
    return name == "power" or name not in INEXACT


def takes(call):
    """Whether NumPy has the function for these operands."""
    try:
        with np.errstate(all="ignore"):
            np.asarray(call())
    except (TypeError, ValueError):
        return False
    return True


def pairs(dtype, other):
    """All pairs of values of two 8-bit types."""
    made = []
    x, y = (np.ones(2, NUMPY_NAMES[t]) for t in (dtype, other))
    for name in UFUNCS[2]:
        if exact(name) and takes(lambda: getattr(np, name)(x, y)):
            # Negative powers are refused; of the rest NumPy's loop and ours multiply.
            b = "(b & 127)" if name in ("power", "pow") and other == "i8" else "b"
            made.append(f"np.{name}(a, {b})")
    params = [("a", f"{dtype}[256,1]"), ("b", f"{other}[1,256]")]
    return [
        function(f"pairs_{dtype}_{other}_{k}", params, made[k : k + 8])
        for k in range(0, len(made), 8)
    ]


def singles(dtype):
    """All values of an integer type of up to 16 bits."""
    x = np.ones(2, NUMPY_NAMES[dtype])
    nonzero = "np.where(a == 0, 1, a)"  # 1 / 0 of integers is the machine's in NumPy
    texts = [
        f"np.{name}({nonzero if name == 'reciprocal' else 'a'})"
        for name in UFUNCS[1]
        if exact(name) and takes(lambda: getattr(np, name)(x))
    ]
    extent = 2 if dtype == "bool" else 2 ** int(dtype[1:])
    params = [("a", f"{dtype}[{extent}]")]
    return [function(f"singles_{dtype}", params, texts)]


def casts(dtype):
    """Every value to every type, and floats that the integers hold, with fractions."""
    extent = 2 if dtype == "bool" else 2 ** int(dtype[1:])
    params = [("a", f"{dtype}[{extent}]")]
    made = [function(f"casts_{dtype}", params, [f"a.astype(np.{numpy_type(t)})" for t in DTYPES])]
    if dtype != "i16":
        return made
    for t in FLOATS:
        x = f"a.astype(np.{numpy_type(t)})"
        texts = [
            f"({x} / {scale}).astype(np.{numpy_type(to)})"
            for to, scale in [("i8", 256), ("i16", 1), ("i16", 3), ("i32", 7), ("i64", 0.25)]
        ]
        texts += [
            f"(abs({x}) / {scale}).astype(np.{numpy_type(to)})"
            for to, scale in [("u8", 128.5), ("u16", 1), ("u16", 0.50001), ("u32", 7), ("u64", 0.1)]
        ]
        texts += [f"({x} * 65536).astype(np.int32)", f"({x} / 5).astype(bool)"]
        made.append(function(f"casts_{t}", params, texts))
    return made


def numpy_type(dtype):
    return NUMPY_NAMES[dtype].replace("bool", "bool_")


def tables():
    made = []
    for dtype, other in [("i8", "i8"), ("u8", "u8"), ("i8", "u8"), ("u8", "i8")]:
        made += pairs(dtype, other)
    for dtype in ("bool", "i8", "u8", "i16", "u16"):
        made += singles(dtype) + casts(dtype)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--print", action="store_true", help="only print the functions")
    args = parser.parse_args()
    text = HEADER + "\n\n".join(p.text("exact") for p in tables())
    if args.print:
        print(text)
        return 0
    ladder = pathlib.Path(args.build).resolve() / "bin/arrayc-ladder"
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "tables.py"
        path.write_text(text)
        count, lines, rest = ladder_lines(path, ladder, pathlib.Path(tmp))
    passed = sum(line.startswith("ok ") for line in lines)
    print(*[line for line in lines if not line.startswith("ok ")], rest, sep="\n")
    print(f"{passed} passed, {count - passed} failed")
    return 1 if passed < count or not count else 0


if __name__ == "__main__":
    sys.exit(main())
