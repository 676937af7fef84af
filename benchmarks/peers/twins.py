"""The workloads in all their element types: sources, arguments, and calls of compiled functions."""

import pathlib
import re

import numpy as np

from inputs import NUMPY_DTYPES, numbers

SOURCE = pathlib.Path(__file__).resolve().parent / "workloads.py"
ON_BYTES = ("life", "grey")
RESULTS = {"nearest_index": "i64", "count_above": "i64", "all_above": "bool", "life": "bool",
           "grey": "f32"}
# Rows and columns of matrices of about n elements.
MATRICES = {100: (5, 20), 1000: (10, 100), 100000: (100, 1000), 10000000: (2500, 4000)}
ON_MATRICES = ("row_means", "column_means", "row_variances", "column_variances", "softmax",
               "column_softmax", "log_softmax", "layer_norm", "heat", "convolution", "life")


def dtypes_of(workload):
    return ("u8",) if workload in ON_BYTES else ("f64", "f32")


def text_of(workload):
    """The function's definition."""
    text = SOURCE.read_text(encoding="utf-8")
    begin = text.index(f"def {workload}(")
    end = text.find("\n\n\n", begin)
    return text[begin : end if end > 0 else None].rstrip()


def parameters(workload):
    """What the annotations say: [("x", ["n", "m"]), ...]."""
    head = text_of(workload).splitlines()[0]
    return [(name, extents.split(","))
            for name, extents in re.findall(r'(\w+): "\w+\[([^\]]*)\]"', head)]


def twin(workload, dtype):
    """The definition for another element type, under a name that says which."""
    text = text_of(workload).replace(f"def {workload}(", f"def {workload}_{dtype}(", 1)
    return re.sub(r'"(?:f64|u8)\[', f'"{dtype}[', text)


def call(workload, dtype):
    """The line of calls.inc."""
    inputs = parameters(workload)
    sizes = size_names(workload)
    arrays = [f"a[{i}]" for i in range(len(inputs) + 1)]
    return f"CALL({workload}, {dtype}, " + ", ".join(
        arrays + [f"s[{i}]" for i in range(len(sizes))]) + ")"


def size_names(workload):
    """The extents that are names, in the order of the compiled function's parameters."""
    names = []
    for _, extents in parameters(workload):
        names += [e for e in extents if not e.isdigit() and e not in names]
    return names


def arguments(workload, dtype, n):
    """Of about n elements in all."""
    side = max(int(n**0.5), 3)
    rows = MATRICES[n]
    shapes = {
        "multiply_add": [n] * 3, "distances": [(n, 2), 2], "ripples": [rows[1], rows[0]],
        "black_scholes": [n] * 3, "mandelbrot": [n] * 2, "sum_of_products": [n] * 2,
        "nearest": [(side, 3), (side, 3)], "nearest_index": [(side, 3), (side, 3)],
        "grey": [n] * 3, "triad": [n] * 2,
    }.get(workload, [rows] if workload in ON_MATRICES else [n])
    made = [numbers(shape, seed + 1) for seed, shape in enumerate(shapes)]
    if workload == "life":
        return [(x > 1.1).astype(np.uint8) for x in made]
    if workload == "grey":
        return [((x - 0.5) * 255).astype(np.uint8) for x in made]
    return [x.astype(NUMPY_DTYPES[dtype]) for x in made]


def sizes(workload, args):
    found = {}
    for (_, extents), array in zip(parameters(workload), args):
        found.update({e: n for e, n in zip(extents, array.shape) if not e.isdigit()})
    return [found[name] for name in size_names(workload)]
