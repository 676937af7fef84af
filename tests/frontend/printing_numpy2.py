"""Writes the corpus that test_printing.cpp compares with: arrays, print options, NumPy's text.

    python3 printing_numpy2.py > printing_numpy2.txt          # the recorded corpus
    python3 printing_numpy2.py 20000 7 > /tmp/large.txt       # more cases, another seed
    ARRAYC_PRINTING_CORPUS=/tmp/large.txt <test program> "[printing]"

A case is one line `case DTYPE SHAPE OPTIONS ELEMENTS` (elements as hexadecimal bits, or
`ramp START STEP` for long arrays), then str() with each line after `|`, then repr() after `>`.
"""

import random
import struct
import sys

import numpy as np

DTYPES = {  # those of the first cases; float16 comes after them
    "bool": "?",
    "i8": "i1",
    "i16": "i2",
    "i32": "i4",
    "i64": "i8",
    "u8": "u1",
    "u16": "u2",
    "u32": "u4",
    "u64": "u8",
    "f32": "f4",
    "f64": "f8",
}
SHAPES = [
    (),
    (),
    (1,),
    (2,),
    (3,),
    (5,),
    (7,),
    (20,),
    (40,),
    (0,),
    (0, 3),
    (3, 0),
    (2, 3),
    (4, 5),
    (1, 1),
    (3, 1),
    (1, 6),
    (2, 2, 2),
    (2, 1, 3),
    (2, 3, 2, 2),
    (1, 1, 1, 1, 2),
    (12, 9),
]
SPECIAL = [0.0, -0.0, float("nan"), float("inf"), -float("inf")]


def float_value(rng, kind):
    if kind == "bits":
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    if kind == "unit":
        return rng.uniform(-1, 1)
    if kind == "short":
        return rng.randint(-2000, 2000) / rng.choice([1, 2, 4, 8, 10, 100, 1000])
    if kind == "whole":
        return float(rng.randint(-(10 ** rng.randint(1, 9)), 10 ** rng.randint(1, 9)))
    if kind == "powers":
        return rng.choice([-1, 1]) * 10.0 ** rng.randint(-6, 10)
    if kind == "edges":
        return rng.choice(
            [
                1e8,
                99999999.0,
                1e-4,
                9.9999e-5,
                1000.0,
                1.0,
                1001.0,
                0.5,
                1e6,
                999999.0,
                0.1,
                1 / 3,
                2 / 3,
                1e16,
                9007199254740993.0,
                5e-324,
                1.7976931348623157e308,
                16777216.0,
                0.125,
                0.000123456789,
                3.4028235e38,
                1e-45,
            ]
        )
    return rng.lognormvariate(0, 3) * rng.choice([-1, 1])


def elements(rng, name, count):
    if name == "bool":
        return np.array([rng.random() < 0.5 for _ in range(count)], dtype="?")
    dtype = np.dtype(DTYPES.get(name, "f2"))
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        span = rng.choice([10, 100, 1000, 2**15, 2**31, 2**63])
        low, high = max(info.min, -span), min(info.max, span)
        return np.array([rng.randint(int(low), int(high)) for _ in range(count)], dtype=dtype)
    kind = rng.choice(["bits", "unit", "short", "whole", "powers", "edges", "log", "short", "unit"])
    values = [float_value(rng, kind) for _ in range(count)]
    if rng.random() < 0.3:
        values = [rng.choice(SPECIAL) if rng.random() < 0.3 else v for v in values]
    if kind == "bits" and name != "f64":
        size = dtype.itemsize
        bits = [rng.getrandbits(8 * size) for _ in range(count)]
        return np.array(bits, dtype=f"u{size}").view(dtype)
    with np.errstate(over="ignore"):
        return np.array(values, dtype="f8").astype(dtype)


def options(rng):
    if rng.random() < 0.6:
        return {}
    chosen = {}
    if rng.random() < 0.5:
        chosen["precision"] = rng.choice([0, 1, 2, 3, 5, 8, 12, 17])
    if rng.random() < 0.3:
        chosen["suppress"] = True
    if rng.random() < 0.3:
        chosen["linewidth"] = rng.choice([10, 20, 40, 60, 75, 100, 120])
    if rng.random() < 0.3:
        chosen["sign"] = rng.choice(["+", "-", "space"])
    if rng.random() < 0.3:
        chosen["floatmode"] = rng.choice(["fixed", "unique", "maxprec", "maxprec_equal"])
    if rng.random() < 0.2:
        chosen["threshold"] = rng.choice([0, 3, 10, 1000])
        chosen["edgeitems"] = rng.choice([1, 2, 3])
    return chosen


def write_case(name, array, chosen, data):
    shape = ",".join(str(n) for n in array.shape) or "-"
    settings = ";".join(f"{k}={int(v) if isinstance(v, bool) else v}" for k, v in chosen.items())
    print("case", name, shape, settings or "-", data)
    numpy_options = {k: " " if v == "space" else v for k, v in chosen.items()}
    with np.printoptions(**numpy_options):
        for mark, text in (("|", str(array)), (">", repr(array))):
            for line in text.split("\n"):
                print(mark + line)


def hexadecimal(array):
    bits = array.reshape(-1).view(f"u{array.dtype.itemsize}")
    return " ".join(f"{int(b):x}" for b in bits)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 420
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for number in range(count):
        name = rng.choice(list(DTYPES) + ["f64"] * 8 + ["f32"] * 4)
        shape = rng.choice(SHAPES)
        array = elements(rng, name, int(np.prod(shape, dtype=int))).reshape(shape)
        write_case(name, array, options(rng), hexadecimal(array))
        if number % 35 == 0:
            shape = rng.choice([(2000,), (1001,), (40, 40), (2, 1000), (1000, 2), (11, 12, 13)])
            start, step = rng.choice([(0, 1), (-5, 3), (0.5, 0.25), (1, 1e-3), (0, 1e5)])
            name = rng.choice(["i32", "i64", "f32", "f64"])
            if name[0] == "i":
                start, step = int(start), max(int(step), 1)
            ramp = (start + step * np.arange(np.prod(shape), dtype="f8")).astype(DTYPES[name])
            write_case(name, ramp.reshape(shape), options(rng), f"ramp {start} {step}")
    for _ in range(count // 2):
        shape = rng.choice(SHAPES)
        array = elements(rng, "f16", int(np.prod(shape, dtype=int))).reshape(shape)
        write_case("f16", array, options(rng), hexadecimal(array))


main()
