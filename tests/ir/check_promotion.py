"""NumPy's type rules as tables, which the unit tests compare with ours.

    check_promotion.py          compare the recorded tables with the NumPy that runs this
    check_promotion.py --write  record them

promotion_numpy2.tsv    np.result_type of every dtype with every dtype and Python scalar
ufunc_types_numpy2.tsv  the loop each ufunc runs for its operands' types: "i64,u64>bool"; "!"
                        where it refuses them. One group of rows for all ufuncs that agree; rows
                        are the first operand (none for unary ones), columns the second.

`int`, `float`, `complex` and `pybool` are Python scalars. NumPy has no bf16: its rules are checked
in test_dtype.cpp.
"""

import pathlib
import re
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
NAMES = {
    "bool": "bool",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "u8": "uint8",
    "u16": "uint16",
    "u32": "uint32",
    "u64": "uint64",
    "f16": "float16",
    "f32": "float32",
    "f64": "float64",
    "c64": "complex64",
    "c128": "complex128",
}
SHORT = {long: short for short, long in NAMES.items()}
PYTHON = {"int": int, "float": float, "complex": complex}
ONE = {"pybool": True, "int": 1, "float": 1.0, "complex": 1j}
COMPUTABLE = [name for name in NAMES if name not in ("f16", "c64", "c128")]

UFUNCS_DEF = HERE.parents[1] / "ir" / "ufuncs.def"


def ufuncs(arity):
    """The compiler's ufuncs that NumPy has, too."""
    rows = re.findall(r'^(?:EXTRA_)?UFUNC\((\w+), "[^"]*", (\d)', UFUNCS_DEF.read_text(), re.M)
    names = [name for name, count in rows if int(count) == arity]
    return [name for name in names if hasattr(np, name) or name.startswith("frexp_")]


def short(dtype):
    return SHORT[np.dtype(dtype).name]


def promotion_rows():
    columns = list(NAMES) + list(ONE)
    yield ["dtype"] + columns
    for a in NAMES:
        array = np.ones(1, NAMES[a])
        others = [ONE[b] if b in ONE else np.ones(1, NAMES[b]) for b in columns]
        yield [a] + [short(np.result_type(array, other)) for other in others]


def loop(name, operands):
    """One cell: the types of the loop that `name` runs."""
    types = [PYTHON.get(t) or np.dtype(NAMES[t]) for t in operands]
    if name == "where":
        x, y = (ONE[t] if t in ONE else np.ones(1, NAMES[t]) for t in operands)
        result = short(np.where(np.ones(1, bool), x, y).dtype)
        return f"bool,{result},{result}>{result}"
    if name == "i0":  # a function, not a ufunc
        if operands[0].startswith("c"):
            return "!"
        x = ONE[operands[0]] if operands[0] in ONE else np.ones(1, NAMES[operands[0]])
        result = short(np.i0(x).dtype)
        return f"{result}>{result}"
    ufunc = np.frexp if name.startswith("frexp") else getattr(np, name)
    try:
        types = ufunc.resolve_dtypes((*types, *[None] * ufunc.nout))
    except TypeError:
        return "!"
    if ufunc.nout == 2:
        types = (types[0], types[1 if name.endswith("mantissa") else 2])
    if types[0] == object:  # NumPy compares two Python integers as Python does; here they are i64
        return loop(name, ["i64"] * len(operands))
    *inputs, result = (short(t) for t in types)
    return ",".join(inputs) + ">" + result


def ufunc_rows():
    operands = COMPUTABLE + list(PYTHON)
    yield ["ufuncs", "first"] + operands
    for names, firsts in ((ufuncs(1), [None]), (ufuncs(2) + ufuncs(3), operands)):
        groups = {}
        for name in names:
            table = tuple(
                tuple(loop(name, [t for t in (a, b) if t]) for b in operands) for a in firsts
            )
            groups.setdefault(table, []).append(name)
        for table, members in groups.items():
            for a, row in zip(firsts, table):
                yield [" ".join(members), a or "-", *row]


def main():
    wrong = 0
    for file, rows in (
        ("promotion_numpy2.tsv", promotion_rows()),
        ("ufunc_types_numpy2.tsv", ufunc_rows()),
    ):
        text = "".join("\t".join(row) + "\n" for row in rows)
        path = HERE / file
        if "--write" in sys.argv:
            path.write_text(text)
        elif path.read_text() != text:
            old, new = path.read_text().splitlines(), text.splitlines()
            wrong += 1
            print(f"{file} is not what NumPy {np.__version__} says:")
            for before, now in zip(old, new):
                if before != now:
                    print(f"- {before}\n+ {now}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
