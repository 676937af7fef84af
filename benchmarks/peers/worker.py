"""One contender on one workload: prepares it, then measures whenever a line arrives.

Writes a line of JSON at first ({"cold": seconds of the first call with compiling, "peak": bytes}),
and for each line read the seconds of so many samples.
"""

import importlib.util
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "workloads.py"
# numexpr has expressions of arrays and nothing else.
NUMEXPR = {
    "reciprocal": "1 / x",
    "multiply_add": "a * b + c",
    "chain": "tanh(exp(sin(x)) + log(1 + cos(x)**2)) * exp(-sqrt(x)) + "
    "log(exp(sin(x)) + log(1 + cos(x)**2) + 2) * cos(exp(sin(x)) + log(1 + cos(x)**2))",
    "ripples": "sin(x**2 + y**2) / (x**2 + y**2)",
    "total": "sum(x)",
    "sum_of_products": "sum(a * b)",
    "count_above": "sum(where(x > 0.75, 1, 0))",
}


def numbers(shape, seed, low=0.5):
    """Doubles from `low` on, below low + 1, as bench.h makes them."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (low + ((i * 7919 + seed * 104729) % 100003 + 0.5) / 100003.0).reshape(shape)


def arguments(workload, n):
    """Of about n elements in all; a square for what has rows."""
    side = max(int(n**0.5), 3)
    rows = {1000: (10, 100), 100000: (100, 1000), 10000000: (2500, 4000)}.get(n, (side, side))
    shapes = {
        "multiply_add": [n] * 3, "distances": [(n, 2), 2], "ripples": [rows[1], rows[0]],
        "black_scholes": [n] * 3, "mandelbrot": [n] * 2, "sum_of_products": [n] * 2,
        "nearest": [(side, 3), (side, 3)], "grey": [n] * 3,
    }.get(workload)
    if workload in ("row_means", "column_means", "row_variances", "softmax", "layer_norm", "heat",
                    "convolution", "life"):
        shapes = [rows]
    made = [numbers(shape, seed + 1) for seed, shape in enumerate(shapes or [n])]
    if workload == "life":
        return [(x > 1.1).astype(np.uint8) for x in made]
    if workload == "grey":
        return [((x - 0.5) * 255).astype(np.uint8) for x in made]
    return made


def module():
    spec = importlib.util.spec_from_file_location("workloads", SOURCE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def with_module(name, replacement):
    """The function with another module under NumPy's name."""
    space = {}
    exec(compile(SOURCE.read_text(encoding="utf-8"), str(SOURCE), "exec"), space)
    space["np"] = replacement
    return space[name]


def numpy_contender(name, args):
    function = getattr(module(), name)
    return lambda: function(*args)


def numexpr_contender(name, args):
    import numexpr

    text = NUMEXPR.get(name)
    if text is None:
        raise NotImplementedError("no expression of arrays")
    numexpr.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    names = getattr(module(), name).__code__.co_varnames[: len(args)]
    values = dict(zip(names, args))
    if name == "ripples":
        values["y"] = values["y"][:, np.newaxis]
    return lambda: numexpr.evaluate(text, local_dict=values)


def numba_contender(name, args):
    import numba

    function = numba.njit(parallel=True)(getattr(module(), name))
    return lambda: function(*args)


def jax_contender(name, args):
    import jax

    jax.config.update("jax_enable_x64", True)
    function = jax.jit(with_module(name, jax.numpy))
    held = [jax.numpy.asarray(a) for a in args]
    return lambda: function(*held).block_until_ready()


def torch_contender(name, args):
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    function = torch.compile(torch.compiler.wrap_numpy(getattr(module(), name)), dynamic=False)
    held = [torch.from_numpy(a) for a in args]
    return lambda: function(*held)


def build_pythran(file, name, args):
    """The function alone in a file, without annotations, which are not types to Pythran."""
    text = SOURCE.read_text(encoding="utf-8")
    begin = text.index(f"def {name}(")
    end = text.find("\n\n\n", begin)
    body = re.sub(r': "[a-z0-9]+\[[a-z0-9,]*\]"', "", text[begin : end if end > 0 else None])
    types = ", ".join(f"{a.dtype}[{','.join(':' * a.ndim)}]" for a in args)
    file.write_text(f"#pythran export {name}({types})\nimport numpy as np\n\n{body}\n")
    subprocess.run([sys.executable, "-m", "pythran.run", "-O3", "-march=native", "-fopenmp",
                    "-DUSE_XSIMD", file.name], check=True, cwd=file.parent, capture_output=True)


def pythran_contender(name, args):
    folder = pathlib.Path(os.environ["BENCH_FOLDER"])
    file = folder / f"pythran_{name}.py"
    if not list(folder.glob(f"{file.stem}.*.so")):
        build_pythran(file, name, args)
    built = next(folder.glob(f"{file.stem}.*.so"))
    spec = importlib.util.spec_from_file_location(file.stem, built)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    function = getattr(made, name)
    return lambda: function(*args)


def arrayc_contender(name, args):
    import ctypes

    folder = pathlib.Path(os.environ["BENCH_FOLDER"])
    tool = os.environ["BENCH_ARRAYC"]
    stem = folder / f"arrayc_{name}"
    subprocess.run([tool, "compile", SOURCE, "--export", name, "-o", f"{stem}.o"], check=True)
    subprocess.run(["gcc", "-shared", "-fopenmp", f"{stem}.o", "-o", f"{stem}.so", "-lm"],
                   check=True)
    function = getattr(ctypes.CDLL(f"{stem}.so"), name)
    wanted = getattr(module(), name)(*args)
    result = np.empty_like(np.asarray(wanted))
    names = {}
    for annotation, a in zip(getattr(module(), name).__annotations__.values(), args):
        for axis, extent in zip(annotation[annotation.index("[") + 1 : -1].split(","), a.shape):
            if not axis.isdigit():
                names.setdefault(axis, extent)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in [*args, result]]
    sizes = [ctypes.c_int64(extent) for extent in names.values()]

    def call():
        if function(*pointers, *sizes) != 0:
            raise RuntimeError("the compiled function failed")
        return result

    return call


def samples(call, count):
    """Seconds a call, each over at least 4 ms."""
    def seconds(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - start
    calls = 1
    while seconds(calls) < 0.004:
        calls *= 2
    return [seconds(calls) / calls for _ in range(count)]


def main():
    contender, workload, n, result_file = sys.argv[1:]
    args = arguments(workload, int(n))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    call = globals()[f"{contender}_contender"](workload, args)
    result = call()
    cold = time.perf_counter() - start
    np.save(result_file, np.asarray(result))
    samples(call, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"cold": cold, "peak": peak * 1024}), flush=True)
    for line in sys.stdin:
        print(json.dumps(samples(call, int(line))), flush=True)


if __name__ == "__main__":
    main()
