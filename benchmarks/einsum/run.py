"""Measures contractions by arrayc beside NumPy, BLAS libraries, opt_einsum and JAX.

How they take turns, and how an interrupted run goes on: benchmarks/turns/turns.py.
"""

import argparse
import glob
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "turns"), str(HERE)]
from ceilings import ceilings, compile_yardstick  # noqa: E402
from chart import chart  # noqa: E402
from inputs import Inputs  # noqa: E402
from report import line_of, markdown  # noqa: E402
from run import machine  # noqa: E402
from tables import json_text  # noqa: E402
from turns import Rows, Worker, measure, versions_of  # noqa: E402
from workloads import FLOATS, GROUPS, workloads  # noqa: E402

OWN = ["object", "jit"]
# Where Debian's packages have them.
LIBRARIES = {
    "openblas": [f"openblas-{kind}/libopenblas.so.0" for kind in ("pthread", "openmp", "serial")],
    "blis": [f"blis-{kind}/libblis.so.4" for kind in ("pthread", "openmp", "serial")],
    "onednn": ["libdnnl.so.3", "libdnnl.so.2"],
}
PACKAGES = {"openblas": "libopenblas0-pthread", "blis": "libblis4-pthread",
            "onednn": "libdnnl-dev"}
PYTHON = ["numpy", "einsum", "opt_einsum", "jax"]
CONTENDERS = {
    "matmul": OWN + ["numpy", *LIBRARIES, "einsum", "opt_einsum", "jax"],
    "forms": OWN + ["numpy", *LIBRARIES, "einsum", "opt_einsum", "jax"],
    "einsum": OWN + ["einsum", "opt_einsum", "jax"],
    "fused": OWN + ["numpy", *LIBRARIES, "jax"],
}
TOLERANCE = {"f64": 1e-10, "f32": 2e-4}  # integers must be equal
QUICK = {"matmul": slice(3, 8, 3), "forms": slice(0, None, 5), "einsum": slice(0, None, 15),
         "fused": slice(0, 2)}


def compile_native(options):
    """The programs of arrayc, of BLAS, and of the machine's ceilings."""
    build, folder = pathlib.Path(options.build), options.folder
    shared = ["g++", "-O2", "-std=c++20", f"-I{ROOT}", HERE.parent / "turns/native.cpp"]
    subprocess.run([*shared, f"-I{ROOT}/frontend/cpp/include", f"-I{ROOT}/runtime/include",
                    f"-I{build}/include", HERE / "native.cpp", f"-L{build}/lib", "-larrayc",
                    f"-Wl,-rpath,{build}/lib", "-fopenmp", "-o", folder / "native"], check=True)
    subprocess.run([*shared, HERE / "blas.cpp", "-o", folder / "blas"], check=True)
    compile_yardstick(folder)


def compile_object(workload, dtype, folder, options):
    """Makes f.so of the workload; the seconds that `arrayc compile` takes, and what it said where
    it failed."""
    source = pathlib.Path(folder) / "f.py"
    source.write_text("import numpy as np\n\n\n" + workload.source(dtype), encoding="utf-8")
    start = time.perf_counter()
    done = subprocess.run([pathlib.Path(options.build) / "bin" / "arrayc", "compile", source, "-o",
                           source.with_suffix(".o")], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        return None, said.replace(f"{folder}/", "").strip()[:300]
    subprocess.run(["g++", "-shared", "-fopenmp", source.with_suffix(".o"), "-o",
                    source.with_suffix(".so")], check=True)
    return seconds, None


def library_of(contender):
    """The shared object, or None."""
    places = [place for name in LIBRARIES[contender] for place in glob.glob(f"/usr/lib/*/{name}")]
    places += [place for name in LIBRARIES[contender] for place in glob.glob(f"/usr/lib/{name}")]
    return places[0] if places else None


def core_type():
    """The processor as Debian's OpenBLAS, which may be older than it, calls it."""
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    if "avx512f" in flags:
        return {"OPENBLAS_CORETYPE": "SkylakeX"}
    return {"OPENBLAS_CORETYPE": "Haswell"} if "avx2" in flags else {}


def environment_of(contender, threads):
    found = {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")}
    if contender in LIBRARIES:
        found["LIBRARY"] = library_of(contender) or ""
    return {**found, **(core_type() if contender == "openblas" else {})}


def why_not(contender, workload, options):
    """Why it is not even tried, or None."""
    if contender in LIBRARIES:
        if workload.product is None:
            return "no call of BLAS computes this"
        return None if library_of(contender) else f"no package {PACKAGES[contender]}"
    if contender in ("einsum", "opt_einsum") and workload.einsum is None:
        return "not one einsum"
    if contender in ("object", "jax") and workload.jit == "einsum_path":
        return "searches no order on its own"
    if contender in ("opt_einsum", "jax") and contender not in options.versions:
        return f"no Python package {contender}"
    return None


def start(contender, workload, dtype, threads, folder, options):
    """Its Worker."""
    native = contender in OWN or contender in LIBRARIES
    environment = environment_of(contender, threads)
    if contender in OWN:
        command = [options.folder / "native", workload.jit]
        environment["OBJECT"] = f"{folder}/f.so"
    elif native:
        command = [options.folder / "blas", workload.product[0]]
    else:
        body = workload.einsum if contender in ("einsum", "opt_einsum") else None
        told = json.dumps({"source": workload.source(dtype, body)})
        python = sys.executable if contender in ("numpy", "einsum") else options.python
        command = [python, HERE / "worker.py", contender, told]
    return Worker(contender, command, native, threads, folder, environment)


def measured(workload, dtype, threads, options):
    """The row of a workload."""
    row = {"group": workload.group, "workload": workload.name, "dtype": dtype, "threads": threads,
           "extents": workload.extents, "flops": workload.flops, "cold": {}, "peak": {},
           "not measured": {}, "seconds": {}}
    wanted = workload.results(dtype)
    args = workload.arguments(dtype)
    tried = [c for c in CONTENDERS[workload.group] if c in options.contenders]
    for contender in tried:
        reason = why_not(contender, workload, options)
        if reason:
            row["not measured"][contender] = reason
    with tempfile.TemporaryDirectory() as folder:
        if "object" in tried and "object" not in row["not measured"]:
            row["compile"], reason = compile_object(workload, dtype, folder, options)
            if reason:
                row["not measured"]["object"] = reason
        tried = [c for c in tried if c not in row["not measured"]]
        workers = {c: start(c, workload, dtype, threads, folder, options) for c in tried}
        arrays = Inputs(args, workload.sizes(), dtype, folder)
        for contender, worker in workers.items():
            if contender in LIBRARIES:
                worker.sizes = workload.product[1]
        try:
            measure(row, workers, arrays, wanted, TOLERANCE.get(dtype, 0), options)
        finally:
            for worker in workers.values():
                worker.stop()
    return row


def library_versions(options):
    """What arrayc and each BLAS say of themselves."""
    tool = pathlib.Path(options.build) / "bin" / "arrayc"
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    found = {"arrayc": said.split()[-1]}
    if np.__version__ >= "2":
        wheel = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        found["NumPy's BLAS"] = f"{wheel['name']} {wheel['version']}"
    for contender in LIBRARIES:
        if library_of(contender) is None:
            continue
        done = subprocess.run([options.folder / "blas", "version"], input="prepare - 0 0 0\n",
                              capture_output=True, text=True, check=False, env={
                                  **environment_of(contender, 1), "OMP_NUM_THREADS": "1"})
        found[contender] = done.stdout.strip() or "of unknown version"
    return found


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="of the peers' virtual environment")
    parser.add_argument("--build", default=ROOT / "build-bench")
    parser.add_argument("--output", help="where to write (docs/benchmarks; of --quick: within "
                                         "the build folder)")
    parser.add_argument("--quick", action="store_true", help="a few rows, one round, f64")
    parser.add_argument("--only", nargs="*", default=GROUPS, choices=GROUPS, metavar="GROUP",
                        help="of " + ", ".join(GROUPS))
    parser.add_argument("--match", default="", help="workloads whose name has this (a pattern)")
    parser.add_argument("--dtypes", nargs="*")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--contenders", nargs="*", default=OWN + list(LIBRARIES) + PYTHON)
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are done")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    folder = pathlib.Path(options.build) / "einsum"
    options.folder = folder / "quick" if options.quick else folder
    options.output = pathlib.Path(
        options.output or (options.folder if options.quick else ROOT / "docs" / "benchmarks"))
    return options


def chosen(options):
    """[(workload, dtype, threads)] to measure, in the report's order."""
    found = []
    for group in options.only:
        some = [w for w in workloads() if w.group == group]
        some = some[QUICK[group]] if options.quick else some
        for workload in some:
            if not re.search(options.match, workload.name):
                continue
            dtypes = options.dtypes or (["f64"] if options.quick else workload.dtypes)
            found += [(workload, dtype, threads) for dtype in workload.dtypes if dtype in dtypes
                      for threads in options.threads]
    return found


def key(row):
    return row["group"], row["workload"], row["dtype"], row["threads"]


def write(about, versions, rows, output):
    order = {(w.group, w.name, d): i for i, (w, d) in
             enumerate((w, d) for w in workloads() for d in w.dtypes)}
    kept = [row for row in rows if key(row)[:3] in order]  # others are of an older list
    kept.sort(key=lambda row: (order[key(row)[:3]], row["threads"]))
    output.mkdir(parents=True, exist_ok=True)
    (output / "einsum.json").write_text(json_text(about, versions, kept), encoding="utf-8")
    (output / "einsum.md").write_text(markdown(about, versions, kept), encoding="utf-8")
    (output / "einsum.svg").write_text(chart(kept, about["limits"]), encoding="utf-8")
    print(f"wrote {output}/einsum.md, einsum.json and einsum.svg")


def main():
    options = parse()
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    about = machine()
    compile_native(options)
    options.versions = versions_of(options.python, ["opt_einsum", "jax"])
    versions = {"numpy": about["numpy"], **options.versions, **library_versions(options)}
    rows = Rows(options.folder / "rows.jsonl", key)
    about["limits"] = {t: ceilings(options.folder, t)
                       for t in sorted({*options.threads, *(row["threads"] for row in rows.all)})}
    about["rounds"], about["samples"] = options.rounds, options.samples
    left = [(w, d, t) for w, d, t in chosen(options) if (w.group, w.name, d, t) not in rows.known]
    begun = time.monotonic()
    for done, (workload, dtype, threads) in enumerate(left, 1):
        row = measured(workload, dtype, threads, options)
        rows.add(row)
        minutes = (time.monotonic() - begun) / done * (len(left) - done) / 60
        print(f"{done}/{len(left)}, {minutes:.0f} min left: {line_of(row)}", flush=True)
    write(about, versions, rows.all, options.output)


if __name__ == "__main__":
    main()
