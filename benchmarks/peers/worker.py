"""One contender on one workload, for whatever sizes it is told (answers.py)."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "turns"))
from answers import serve  # noqa: E402
from twins import SOURCE, text_of  # noqa: E402

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


def function_with(name, replacement=np):
    """The function, with another module under NumPy's name."""
    space = {}
    exec(compile(SOURCE.read_text(encoding="utf-8"), str(SOURCE), "exec"), space)
    space["np"] = replacement
    return space[name]


def numpy_contender(name, args):
    function = function_with(name)
    return lambda: function(*args)


def numexpr_contender(name, args):
    import numexpr

    text = NUMEXPR.get(name)
    if text is None:
        raise NotImplementedError("no expression of arrays")
    numexpr.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    names = function_with(name).__code__.co_varnames[: len(args)]
    values = dict(zip(names, args))
    if name == "ripples":
        values["y"] = values["y"][:, np.newaxis]
    if args[0].dtype == np.float32:  # its literals are doubles
        text = re.sub(r"\b\d+\.\d+\b", lambda number: f"float32({number.group()})", text)
    return lambda: numexpr.evaluate(text, local_dict=values)


def numba_contender(name, args):
    import numba

    spec = importlib.util.spec_from_file_location("workloads", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = numba.njit(parallel=True)(getattr(module, name))
    return lambda: function(*args)


def jax_contender(name, args):
    import jax

    jax.config.update("jax_enable_x64", True)
    function = jax.jit(function_with(name, jax.numpy))
    held = [jax.numpy.asarray(a) for a in args]
    return lambda: function(*held).block_until_ready()


def torch_contender(name, args):
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    function = torch.compile(torch.compiler.wrap_numpy(function_with(name)), dynamic=False)
    held = [torch.from_numpy(a) for a in args]
    return lambda: function(*held)


def build_pythran(file, name, args):
    """The function alone in a file, without annotations, which are not types to Pythran."""
    body = re.sub(r': "[a-z0-9]+\[[a-z0-9,]*\]"', "", text_of(name))
    types = ", ".join(f"{a.dtype}[{','.join(':' * a.ndim)}]" for a in args)
    file.write_text(f"#pythran export {name}({types})\nimport numpy as np\n\n{body}\n")
    subprocess.run([sys.executable, "-m", "pythran.run", "-O3", "-march=native", "-fopenmp",
                    "-DUSE_XSIMD", file.name], check=True, cwd=file.parent, capture_output=True)


def pythran_contender(name, args):
    folder = pathlib.Path(os.environ["BENCH_FOLDER"])
    file = folder / f"pythran_{name}_{args[0].dtype}.py"
    if not list(folder.glob(f"{file.stem}.*.so")):
        build_pythran(file, name, args)
    built = next(folder.glob(f"{file.stem}.*.so"))
    spec = importlib.util.spec_from_file_location(file.stem, built)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    function = getattr(made, name)
    return lambda: function(*args)


if __name__ == "__main__":
    contender, workload = sys.argv[1:]
    make = globals()[f"{contender}_contender"]
    serve(lambda args: make(workload, args))
