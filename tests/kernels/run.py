#!/usr/bin/env python3
"""Runs kernel files on NumPy, then on every rung of arrayc's ladder (see README.md).

With --sets only the rungs that make machine code run, for each instruction set.
"""

import argparse
import ast
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "ladder"))
import instruction_sets  # noqa: E402

DTYPES = {
    "bool": np.bool_,
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
    "c64": np.complex64,
    "c128": np.complex128,
} | {
    f"{sign}{bits}": np.dtype(f"{'' if sign == 'i' else 'u'}int{bits}").type
    for sign in "iu"
    for bits in (8, 16, 32, 64)
}


class Function:
    """One function of a kernel file with the directives above it."""

    def __init__(self, node, directives):
        self.name = node.name
        self.params = [
            (a.arg, ast.literal_eval(a.annotation)) for a in node.args.args if a.annotation
        ]
        self.checks = [options(d) for key, d in directives if key == "check"]
        self.shape = [d for key, d in directives if key == "shape"]
        self.raises = next((d for key, d in directives if key == "raises"), None)
        self.inputs = {}
        for key, text in directives:
            if key == "inputs":
                self.inputs |= options(text)


def options(text):
    """'n=3 exact' as {'n': '3', 'exact': ''}."""
    return {k: v for k, _, v in (word.partition("=") for word in text.split())}


def read_functions(text):
    """The checked functions of a file."""
    lines = text.splitlines()
    functions = []
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        directives = []
        k = node.lineno - 2
        while k >= 0 and lines[k].startswith("#"):
            key, _, rest = lines[k][1:].strip().partition(":")
            directives.insert(0, (key, rest.strip()))
            k -= 1
        function = Function(node, directives)
        if function.checks:
            functions.append(function)
    return functions


SPECIAL = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1e300,
    -1e-300,
    5e-324,
    1e-310,
    709.5,
    -745.5,
    2.0,
    3.0,
    -2.0,
    1e8,
    1e22,
    -1e22,
]


def values(mode, dtype, shape, rng):
    """Random elements of one of the modes the README names."""
    if dtype is np.bool_:
        return rng.integers(0, 2, shape).astype(np.bool_)
    if np.issubdtype(dtype, np.complexfloating):
        part = np.float32 if dtype is np.complex64 else np.float64
        parts = np.stack([values(mode, part, shape, rng) for _ in range(2)], -1)
        return np.ascontiguousarray(parts).view(dtype)[..., 0]
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        if mode == "every":
            return np.resize(np.arange(info.min, int(info.max) + 1).astype(dtype), shape)
        if mode == "special":
            ends = [info.min, info.min + 1, info.max // 2, info.max - 1, info.max, 0, 1]
            x = rng.integers(0 if info.min == 0 else -50, 50, shape).astype(dtype)
            pick = rng.integers(0, 3, shape) == 0
            return np.where(pick, rng.choice(np.array(ends, dtype), shape), x)
        if mode == "full":
            return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        low = 0 if info.min == 0 or mode == "small" else -50
        return rng.integers(low, 10 if mode == "small" else 50, shape).astype(dtype)
    if mode == "every":
        halves = np.arange(65536, dtype=np.uint16)
        if dtype is np.float32:  # those that bfloat16 has
            return np.resize((halves.astype(np.uint32) << 16).view(dtype), shape)
        assert dtype is np.float16
        return np.resize(halves.view(dtype), shape)
    if mode == "positive":
        return rng.uniform(1e-3, 100, shape).astype(dtype)
    if mode in ("small", "unit"):
        return rng.uniform(-1, 1, shape).astype(dtype)
    if mode == "zeros":
        return np.zeros(shape, dtype)
    x = rng.standard_normal(shape).astype(dtype)
    if mode == "special":
        with np.errstate(all="ignore"):
            special = np.array(SPECIAL).astype(dtype)
        pick = rng.integers(0, 3, shape) == 0
        x = np.where(pick, rng.choice(special, shape), x).astype(dtype)
    return x


def make_argument(name, annotation, sizes, mode, rng):
    """The Python value for a parameter, and whether it is an array."""
    if annotation == "int":
        return int(sizes.get(name, 3))
    if annotation == "float":
        return 2.5
    if annotation == "complex":
        return 2.5 - 1.5j
    base, _, extents = annotation.partition("[")
    dtype = DTYPES[base]
    shape = [eval(e, {}, sizes) for e in extents.rstrip("]").split(",") if e.strip()]
    if not shape:
        return dtype(3)
    return values(mode, dtype, shape, rng)


def call(function, arguments, raises):
    """NumPy's results, or none and its error, which must begin with the text `raises`."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
            results = function(*arguments)
    except ValueError as error:
        if raises is None or not str(error).startswith(raises):
            raise
        return (), str(error).strip()
    return results if isinstance(results, tuple) else (results,), ""


def arguments_of(function, number):
    """The Python values that check `number` calls the function with."""
    check = function.checks[number]
    sizes = {k: int(v) for k, v in check.items() if v and k not in ("rtol", "tol")}
    rng = np.random.default_rng(sum(map(ord, function.name)) + number)
    return [
        make_argument(name, annotation, sizes, function.inputs.get(name, "normal"), rng)
        for name, annotation in function.params
    ]


def write_job(function, number, source, module, folder):
    """Inputs and NumPy's results of one check as files; the line that describes them."""
    check = function.checks[number]
    sizes = {k: int(v) for k, v in check.items() if v and k not in ("rtol", "tol")}
    job = folder / f"{function.name}.{number}"
    job.mkdir()
    arguments = arguments_of(function, number)
    for k, argument in enumerate(arguments):
        np.save(job / f"in{k}.npy", np.asarray(argument))
    results, error = call(module[function.name], arguments, function.raises)
    if error:
        (job / "error.txt").write_text(error)
    words = [function.name, str(job), str(len(arguments)), str(len(results))]
    if "bounds" in check:
        import bounds

        made = bounds.values_and_bounds(source, function.name, arguments)
        for k, (value, bound) in enumerate(made):
            types = [np.asarray(x).dtype for x in (value, results[k])]
            assert types[0] == types[1] and np.shape(value) == np.shape(results[k])
            np.save(job / f"bound{k}.npy", bound)
        results = [value for value, _ in made]
        words.append("bounds=1")
    else:
        words.append("rtol=" + check.get("rtol", "0"))
    for k, result in enumerate(results):
        np.save(job / f"out{k}.npy", np.asarray(result))
    for line in function.shape:
        for key, value in options(line).items():
            words.append(f"{key}={eval(value, {}, sizes)}")
    return " ".join(words)


def write_jobs(path, tmp):
    """How many checks the file has, the listing of them, and what is wrong with them."""
    text = path.read_text()
    module = {"__name__": path.stem}
    exec(compile(text, str(path), "exec"), module)
    jobs = [
        write_job(f, k, text, module, tmp)
        for f in read_functions(text)
        for k in range(len(f.checks))
    ]
    calm = [
        f.name
        for f in read_functions(text)
        if f.raises and not any(tmp.glob(f"{f.name}.*/error.txt"))
    ]
    if calm:
        return len(jobs), None, f"nothing raises an error in {', '.join(calm)}"
    listing = tmp / "jobs.txt"
    listing.write_text("\n".join(jobs) + "\n")
    return len(jobs), listing, ""


def ladder_lines(path, ladder, tmp, options=()):
    """How many checks the file has, the ladder's lines for them, and what else it wrote."""
    count, listing, problem = write_jobs(path, tmp)
    if not count or problem:
        return count, [], problem
    command = [ladder, *options, str(path), str(listing)]
    done = subprocess.run(command, capture_output=True, text=True)
    return count, done.stdout.splitlines(), done.stderr.strip()


def run_values(path, ladder, tmp):
    """All value checks of one file. Returns (passed, failed)."""
    count, lines, rest = ladder_lines(path, ladder, tmp)
    for line in lines:
        if not line.startswith("ok "):
            print(f"{path.name}: {line}")
    passed = sum(line.startswith("ok ") for line in lines)
    if passed < count:
        print(f"{path.name}: {count - passed} of {count} failed", rest)
    return passed, count - passed


def run_errors(path, tool):
    """The file's functions one by one; each marked line must be refused there with its text."""
    text = path.read_text()
    lines = text.splitlines()
    passed = failed = 0
    tree = ast.parse(text)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        marks = [
            (n, m[1].strip())
            for n in range(node.lineno, node.end_lineno + 1)
            if (m := re.search(r"#\s*error:(.*)", lines[n - 1]))
        ]
        for number, message in marks:
            with tempfile.TemporaryDirectory() as tmp:
                only = pathlib.Path(tmp) / path.name
                # Without the marks, which would stand in the shown line.
                kept = [re.sub(r"\s*#\s*error:.*", "", line) for line in lines]
                others = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n is not node]
                for other in others:
                    for k in range(other.lineno - 1, other.end_lineno):
                        kept[k] = ""
                only.write_text("\n".join(kept) + "\n")
                out = pathlib.Path(tmp) / "out.air"
                done = subprocess.run(
                    [tool, "compile", str(only), "-o", str(out)], capture_output=True, text=True
                )
                good = (
                    done.returncode == 1
                    and f":{number}:" in done.stderr
                    and message in done.stderr
                    and "^" in done.stderr
                    and not out.exists()
                )
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(
                    f"{path.name}:{number}: expected error '{message}', "
                    f"got status {done.returncode}:\n{done.stderr}"
                )
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="names or paths; all by default")
    parser.add_argument("--build", default="build")
    parser.add_argument("--sets", action="store_true")
    args = parser.parse_args()
    build = pathlib.Path(args.build).resolve()
    files = [HERE / f"{pathlib.Path(f).stem}.py" for f in args.files] or sorted(HERE.glob("*.py"))
    passed = failed = skipped = 0
    for path in files:
        if path.name == "run.py":
            continue
        text = path.read_text()
        if "import ml_dtypes" in text and not importlib.util.find_spec("ml_dtypes"):
            print(f"{path.name}: needs the Python package ml_dtypes")
            skipped += 1
            continue
        has_errors = "# error:" in text
        if args.sets:
            if not has_errors:
                with tempfile.TemporaryDirectory() as tmp:
                    counts = instruction_sets.run(path, build / "bin/arrayc-ladder",
                                                  *write_jobs(path, pathlib.Path(tmp)))
                passed, failed, skipped = map(sum, zip((passed, failed, skipped), counts))
            continue
        with tempfile.TemporaryDirectory() as tmp:
            good, bad = (
                run_errors(path, build / "bin/arrayc")
                if has_errors
                else run_values(path, build / "bin/arrayc-ladder", pathlib.Path(tmp))
            )
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed + skipped else 0


if __name__ == "__main__":
    sys.exit(main())
