"""Measures arrayc beside other compilers, libraries and hand-written C++ on the same NumPy code.

Every contender is a process of its own (worker.py, native.cpp), on as many processors as it may
have threads. They take turns: a round asks each for some samples while the others are stopped. A
contender's time is the median of all. Rows that are done are kept in a file, so that a run that
was interrupted goes on where it was.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE)]
import twins  # noqa: E402
from report import LABELS, json_text, line_of, markdown  # noqa: E402
from run import CLANG, machine  # noqa: E402

NATIVE = ["jit", "object", "hand"]
PEERS = ["numpy", "numexpr", "numba", "pythran", "jax", "torch"]
SIZES = [100, 1000, 100000, 10000000]
TOLERANCE = {"f64": 1e-10, "u8": 1e-6, "f32": 2e-4}
SECONDS = 0.25  # of samples, at most, that a contender takes in a round


def compile_native(folder, options):
    """The programs of arrayc and of the yardstick, from sources that are written here."""
    tool = pathlib.Path(options.build) / "bin" / "arrayc"
    rows = [(w, d) for w in LABELS for d in twins.dtypes_of(w)]
    shared = [HERE / "native.cpp", f"-I{ROOT}", "-std=c++20"]
    for dtypes, name in ((("f64", "u8"), "kernels_f64"), (("f32",), "kernels_f32")):
        source = folder / f"{name}.py"
        text = "\n\n\n".join(twins.twin(w, d) for w, d in rows if d in dtypes)
        source.write_text(f"import numpy as np\n\n\n{text}\n", encoding="utf-8")
        subprocess.run([tool, "compile", source, "-o", folder / f"{name}.o"], check=True)
    calls = [twins.call(w, d) for w, d in rows]
    (folder / "calls.inc").write_text("\n".join(calls) + "\n")
    build = pathlib.Path(options.build)
    subprocess.run(
        ["g++", "-O2", *shared, f"-I{folder}", f"-I{ROOT}/frontend/cpp/include",
         f"-I{ROOT}/runtime/include", f"-I{build}/include", HERE / "jit.cpp",
         folder / "kernels_f64.o", folder / "kernels_f32.o", f"-L{build}/lib", "-larrayc",
         f"-Wl,-rpath,{build}/lib", "-fopenmp", "-o", folder / "native"], check=True)
    limits = [f"CALL({w}, {d}, " + ", ".join(f"a[{i}]" for i in range(arrays)) + ", s[0])"
              for w, arrays in (("copy", 2), ("triad", 3), ("multiply_adds", 2))
              for d in ("f64", "f32")]
    (folder / "hand").mkdir(exist_ok=True)
    (folder / "hand" / "calls.inc").write_text("\n".join(calls + limits) + "\n")
    subprocess.run([*CLANG, *shared, f"-I{folder}/hand", HERE / "yardstick.cpp", "-lmvec", "-o",
                    folder / "yardstick"], check=True)


class Inputs:
    """Of a workload, in files that every contender reads."""

    def __init__(self, args, sizes, dtype, folder):
        self.sizes = sizes
        self.files = []
        for i, array in enumerate(args):
            path = pathlib.Path(folder) / f"argument-{i}.bin"
            array.tofile(path)
            self.files.append((str(path), dtype, array.shape))
        self.bytes = sum(array.nbytes for array in args)  # of all arguments


class Worker:
    """A process of a contender; it runs only where it is asked for something."""

    def __init__(self, contender, workload, dtype, threads, options, folder):
        self.native = contender in NATIVE
        self.result = pathlib.Path(folder) / (contender + (".bin" if self.native else ".npy"))
        self.errors = (pathlib.Path(folder) / f"{contender}.log").open("w+")
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "CONTENDER": contender,
                       "NUMBA_NUM_THREADS": str(threads), "BENCH_FOLDER": str(options.folder)}
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
        if self.native:
            program = "yardstick" if contender == "hand" else "native"
            command = [options.folder / program, f"{workload}_{dtype}"]
        else:
            python = sys.executable if contender == "numpy" else options.python
            command = [python, HERE / "worker.py", contender, workload]
        self.process = subprocess.Popen(["taskset", "-c", cpus, *command], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)

    def ask(self, line):
        """The answer, or None where the process ended."""
        try:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            os.kill(self.process.pid, signal.SIGSTOP)
        except (BrokenPipeError, ProcessLookupError):
            return None
        return json.loads(answer) if answer.startswith(("{", "[")) else None

    def prepare(self, inputs, result_bytes):
        if not self.native:
            return self.ask(json.dumps({"prepare": str(self.result), "inputs": inputs.files}))
        words = [self.result, result_bytes, len(inputs.sizes), *inputs.sizes, len(inputs.files)]
        for path, dtype, shape in inputs.files:
            words += [path, dtype, len(shape), *shape]
        return self.ask("prepare " + " ".join(map(str, words)))

    def sample(self, count):
        return self.ask(f"sample {count}" if self.native else json.dumps({"sample": count}))

    def got(self, like):
        if not self.native:
            return np.load(self.result)
        return np.fromfile(self.result, like.dtype).reshape(like.shape)

    def why_not(self):
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
        said = lines[-1][:200] if lines else "it ended"
        return said.replace(str(ROOT) + "/", "")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def wanted_result(workload, dtype, n):
    space = {"np": np}
    exec(twins.twin(workload, dtype), space)
    return np.asarray(space[f"{workload}_{dtype}"](*twins.arguments(workload, dtype, n)))


def measure(row, workers, inputs, options):
    """Fills a row in; a contender that fails leaves `workers`."""
    wanted = wanted_result(row["workload"], row["dtype"], row["n"])
    row["arguments"], row["bytes"] = inputs.bytes, inputs.bytes + wanted.nbytes
    times = {}
    for contender, worker in list(workers.items()):
        said = worker.prepare(inputs, wanted.nbytes)
        if said is None:
            row["not measured"][contender] = worker.why_not()
            workers.pop(contender).stop()
            continue
        tolerance = TOLERANCE[row["dtype"]]
        if not np.allclose(worker.got(wanted), wanted, rtol=tolerance, atol=tolerance):
            row["not measured"][contender] = "another result than NumPy's"
            continue
        row["cold"][contender], row["peak"][contender] = said["cold"], said["peak"]
        times[contender] = []
    for turn in range(options.rounds):
        for contender in times:
            if turn == 0:
                times[contender] += workers[contender].sample(1)
            lasts = max(0.004, times[contender][0])
            count = max(1, min(options.samples, int(SECONDS / lasts)))
            times[contender] += workers[contender].sample(count)
    row["seconds"] = {c: statistics.median(t[1:]) for c, t in times.items()}


def group(workload, dtype, threads, sizes, options):
    """The rows of all sizes, smallest first."""
    with tempfile.TemporaryDirectory() as folder:
        workers = {c: Worker(c, workload, dtype, threads, options, folder)
                   for c in options.contenders}
        failed = {}
        for n in sizes:
            row = {"workload": workload, "dtype": dtype, "n": n, "threads": threads,
                   "cold": {}, "peak": {}, "not measured": dict(failed)}
            args = twins.arguments(workload, dtype, n)
            measure(row, workers, Inputs(args, twins.sizes(workload, args), dtype, folder), options)
            failed.update({c: why for c, why in row["not measured"].items() if c not in workers})
            yield row
        for worker in workers.values():
            worker.stop()


# Memory at each level of caches (bytes of an array), multiply-adds, and exp within the caches.
LEVELS = {"L1": 8 << 10, "L2": 256 << 10, "beyond L2": 4 << 20, "memory": 80 << 20}


def calls_a_second(contender, workload, dtype, n, inputs, threads, options):
    """Of a function of `inputs` arrays of n elements, with as large a result."""
    element = twins.NUMPY_DTYPES[dtype]
    with tempfile.TemporaryDirectory() as folder:
        args = [twins.numbers(n, i + 1).astype(element) for i in range(inputs)]
        worker = Worker(contender, workload, dtype, threads, options, folder)
        if worker.prepare(Inputs(args, [n], dtype, folder), args[0].nbytes) is None:
            raise RuntimeError(worker.why_not())
        seconds = statistics.median(worker.sample(25))
        worker.stop()
    return 1 / seconds


def measure_machine(options):
    found = {}
    for threads in (1, 2):
        def billions(per_call, *call, threads=threads):
            return 1e-9 * per_call * calls_a_second(*call, threads, options)

        levels = {}
        for level, size in LEVELS.items():
            levels[level] = {w: billions(arrays * size, "hand", w, "f64", size // 8, arrays - 1)
                             for w, arrays in (("copy", 2), ("triad", 3))}
        flops = {d: billions(1000 * 2 * 64 * 12 * (register_bytes() // size), "hand",
                             "multiply_adds", d, 1000, 1) for d, size in (("f64", 8), ("f32", 4))}
        exps = {f"{c}, {d}": billions(4000, c, "exponential", d, 4000, 1)
                for c in ("hand", "object") for d in ("f64", "f32")}
        found[threads] = {"bandwidth": levels, "flops": flops, "exp": exps}
    return found


def register_bytes():
    """Of a vector, as yardstick.cpp has them."""
    return machine()["vector_bits"] // 8


def versions_of(python):
    script = ("import importlib.metadata as m\nfor n in ('numpy','numexpr','numba','pythran','jax',"
              "'torch'):\n try: print(n, m.version(n))\n except Exception: pass")
    said = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in said.splitlines())


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="of the peers' virtual environment")
    parser.add_argument("--build", default=ROOT / "build-bench")
    parser.add_argument("--output", default=ROOT / "docs" / "benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, choices=SIZES)
    parser.add_argument("--dtypes", nargs="*", default=["f64", "f32", "u8"])
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", nargs="*", default=list(LABELS), choices=list(LABELS))
    parser.add_argument("--contenders", nargs="*", default=NATIVE + PEERS)
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are done")
    return parser.parse_args()


def key(row):
    return row["workload"], row["dtype"], row["threads"], row["n"]


def main():
    options = parse()
    options.folder = pathlib.Path(options.build) / "peers"
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(exist_ok=True)
    compile_native(options.folder, options)
    done = options.folder / "rows.jsonl"
    rows = [json.loads(line) for line in done.read_text().splitlines()] if done.exists() else []
    about = machine()
    about["limits"] = measure_machine(options)
    known = {key(row) for row in rows}
    # Small arrays are about calls, which threads have no part in.
    groups = [(w, d, t, [n for n in options.sizes if t == 1 or n >= 100000])
              for d in options.dtypes for w in options.only if d in twins.dtypes_of(w)
              for t in options.threads]
    for workload, dtype, threads, sizes in groups:
        left = [n for n in sizes if (workload, dtype, threads, n) not in known]
        for row in group(workload, dtype, threads, left, options) if left else ():
            rows.append(row)
            with done.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{len(rows)} {line_of(row)}", flush=True)
    order = {workload: k for k, workload in enumerate(LABELS)}
    rows.sort(key=lambda r: (order[r["workload"]], r["dtype"] == "f32", r["n"], r["threads"]))
    versions = versions_of(options.python)
    output = pathlib.Path(options.output)
    (output / "peers.json").write_text(json_text(about, versions, rows), encoding="utf-8")
    (output / "peers.md").write_text(markdown(about, versions, rows), encoding="utf-8")
    print(f"wrote {output}/peers.md and peers.json")


if __name__ == "__main__":
    main()
