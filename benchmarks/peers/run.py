"""Measures arrayc beside other compilers, libraries and hand-written C++ on the same NumPy code.

How they take turns, and how an interrupted run goes on: benchmarks/turns/turns.py.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "turns"), str(HERE)]
import twins  # noqa: E402
from ceilings import calls_a_second, ceilings, compile_yardstick  # noqa: E402
from inputs import Inputs  # noqa: E402
from report import LABELS, line_of, markdown  # noqa: E402
from run import machine  # noqa: E402
from tables import json_text  # noqa: E402
from turns import Rows, Worker, measure, versions_of  # noqa: E402

NATIVE = ["jit", "object", "hand"]
PEERS = ["numpy", "numexpr", "numba", "pythran", "jax", "torch"]
SIZES = [100, 1000, 100000, 10000000]
TOLERANCE = {"f64": 1e-10, "u8": 1e-6, "f32": 2e-4}


def compile_native(folder, options):
    """The programs of arrayc and of the yardstick, from sources that are written here."""
    tool = pathlib.Path(options.build) / "bin" / "arrayc"
    rows = [(w, d) for w in LABELS for d in twins.dtypes_of(w)]
    shared = [HERE.parent / "turns/native.cpp", f"-I{ROOT}", "-std=c++20"]
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
    compile_yardstick(folder, calls)


def start(contender, workload, dtype, threads, options, folder):
    """Its Worker."""
    native = contender in NATIVE
    if native:
        program = "yardstick" if contender == "hand" else "native"
        command = [options.folder / program, f"{workload}_{dtype}"]
    else:
        python = sys.executable if contender == "numpy" else options.python
        command = [python, HERE / "worker.py", contender, workload]
    return Worker(contender, command, native, threads, folder, {
        "NUMBA_NUM_THREADS": str(threads), "BENCH_FOLDER": str(options.folder)})


def wanted_result(workload, dtype, n):
    space = {"np": np}
    exec(twins.twin(workload, dtype), space)
    return np.asarray(space[f"{workload}_{dtype}"](*twins.arguments(workload, dtype, n)))


def group(workload, dtype, threads, sizes, options):
    """The rows of all sizes, smallest first."""
    with tempfile.TemporaryDirectory() as folder:
        workers = {c: start(c, workload, dtype, threads, options, folder)
                   for c in options.contenders}
        failed = {}
        for n in sizes:
            row = {"workload": workload, "dtype": dtype, "n": n, "threads": threads,
                   "cold": {}, "peak": {}, "not measured": dict(failed)}
            args = twins.arguments(workload, dtype, n)
            measure(row, workers, Inputs(args, twins.sizes(workload, args), dtype, folder),
                    [wanted_result(workload, dtype, n)], TOLERANCE[dtype], options)
            failed.update({c: why for c, why in row["not measured"].items() if c not in workers})
            yield row
        for worker in workers.values():
            worker.stop()


def measure_machine(options):
    """Its ceilings, and exp within the caches."""
    found = {}
    for threads in (1, 2):
        found[threads] = ceilings(options.folder, threads)
        found[threads]["exp"] = {}
        for contender in ("hand", "object"):
            for dtype in ("f64", "f32"):
                def exponential(folder, what=(contender, "exponential", dtype, threads)):
                    return start(*what, options, folder)
                calls = calls_a_second(exponential, dtype, 4000, 1)
                found[threads]["exp"][f"{contender}, {dtype}"] = 4e-6 * calls
    return found


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
    rows = Rows(options.folder / "rows.jsonl", key)
    about = machine()
    about["limits"] = measure_machine(options)
    # Small arrays are about calls, which threads have no part in.
    groups = [(w, d, t, [n for n in options.sizes if t == 1 or n >= 100000])
              for d in options.dtypes for w in options.only if d in twins.dtypes_of(w)
              for t in options.threads]
    for workload, dtype, threads, sizes in groups:
        left = [n for n in sizes if (workload, dtype, threads, n) not in rows.known]
        for row in group(workload, dtype, threads, left, options) if left else ():
            rows.add(row)
            print(f"{len(rows.all)} {line_of(row)}", flush=True)
    order = {workload: k for k, workload in enumerate(LABELS)}
    done = sorted(rows.all, key=lambda r: (order[r["workload"]], r["dtype"] == "f32", r["n"],
                                           r["threads"]))
    versions = versions_of(options.python, PEERS)
    output = pathlib.Path(options.output)
    (output / "peers.json").write_text(json_text(about, versions, done), encoding="utf-8")
    (output / "peers.md").write_text(markdown(about, versions, done), encoding="utf-8")
    print(f"wrote {output}/peers.md and peers.json")


if __name__ == "__main__":
    main()
