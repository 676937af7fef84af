"""Measures arrayc beside other compilers and libraries on the same NumPy code.

Every contender is a process of its own (worker.py), on as many processors as it may have threads.
They take turns: a round asks each for some samples. A contender's time is the median of all. Rows
that are done are kept in a file, so that a run that was interrupted goes on where it was.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
from run import machine, time_text  # noqa: E402

CONTENDERS = ["arrayc", "numpy", "numexpr", "numba", "pythran", "jax", "torch"]
LABELS = {
    "reciprocal": "1/x", "multiply_add": "a*b+c", "distances": "distances from a point",
    "ripples": "sin(r²)/r² on a mesh", "chain": "ten transcendental functions",
    "black_scholes": "Black-Scholes", "mandelbrot": "Mandelbrot, 4 iterations",
    "nearest": "nearest of √n points", "total": "sum", "sum_of_products": "sum(a*b)",
    "norm": "norm", "count_above": "count of x > t", "row_means": "mean by row",
    "column_means": "mean by column", "row_variances": "variance by row",
    "softmax": "softmax by row", "layer_norm": "layer norm by row", "heat": "heat step",
    "convolution": "3×3 convolution", "life": "Game of Life, u8", "grey": "RGB to grey, u8",
}
SIZES = [1000, 100000, 10000000]
TOLERANCE = {"grey": 1e-6}


class Worker:
    """A contender that is ready, or the reason why it is not."""

    def __init__(self, contender, workload, n, threads, options, folder):
        self.result = pathlib.Path(folder) / f"{contender}.npy"
        self.errors = (pathlib.Path(folder) / f"{contender}.log").open("w+")
        python = sys.executable if contender in ("arrayc", "numpy") else options.python
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads),
                       "NUMBA_NUM_THREADS": str(threads), "BENCH_ARRAYC": str(options.tool),
                       "BENCH_FOLDER": str(options.folder)}
        cpus = sorted(os.sched_getaffinity(0))[:threads]
        self.process = subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, cpus)), python, HERE / "worker.py", contender,
             workload, str(n), self.result],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            text=True)
        self.said = self.read()

    def read(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line.startswith(("{", "[")) else None

    def samples(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return self.read()

    def why_not(self):
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
        return lines[-1][:200] if lines else "it ended"

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.errors.close()


def measure(workload, n, threads, options):
    row = {"workload": workload, "n": n, "threads": threads, "seconds": {}, "cold": {},
           "peak": {}, "not measured": {}}
    with tempfile.TemporaryDirectory() as folder:
        workers = {}
        for contender in options.contenders:
            worker = Worker(contender, workload, n, threads, options, folder)
            if worker.said is None:
                row["not measured"][contender] = worker.why_not()
                worker.stop()
                continue
            row["cold"][contender] = worker.said["cold"]
            row["peak"][contender] = worker.said["peak"]
            workers[contender] = worker
        wanted = np.load(workers["numpy"].result)
        times = {contender: [] for contender in workers}
        for contender, worker in list(workers.items()):
            got = np.load(worker.result)
            tolerance = TOLERANCE.get(workload, 1e-10)
            if not np.allclose(got, wanted, rtol=tolerance, atol=tolerance):
                row["not measured"][contender] = "another result than NumPy's"
                workers.pop(contender).stop()
        for _ in range(options.rounds):
            for contender, worker in workers.items():
                times[contender] += worker.samples(options.samples) or []
        for contender, worker in workers.items():
            row["seconds"][contender] = statistics.median(times[contender])
            worker.stop()
    return row


def speed_text(row, contender):
    """How many times arrayc's time a contender takes."""
    if contender not in row["seconds"]:
        return "–"
    return f"{row['seconds'][contender] / row['seconds']['arrayc']:.2f}"


def geometric_mean(values):
    values = list(values)
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")


def fastest_peer(row):
    peers = [s for name, s in row["seconds"].items() if name != "arrayc"]
    return min(peers) / row["seconds"]["arrayc"]


def markdown(about, versions, rows, options):
    others = [c for c in options.contenders if c != "arrayc"]
    lines = [
        "# Beside other compilers", "",
        f"{about['processor']}, {about['vector_bits']}-bit vectors, {about['processors']} "
        f"processors; {about['date']}; load average {about['load']} before the run. "
        + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "", "The same NumPy code ([workloads.py](../../benchmarks/peers/workloads.py)) compiled by "
        "each; each warm, on as many processors as threads. The columns say how many times "
        "arrayc's time each one takes; – : not measured, the reason is in peers.json. arrayc is "
        "called from Python, ahead of time compiled, which costs about a microsecond.", "",
        "| workload | n | threads | arrayc | " + " | ".join(others) + " | fastest peer |",
        "|---|--:|--:|--:|" + "--:|" * (len(others) + 1)]
    for r in rows:
        ratios = " | ".join(speed_text(r, c) for c in others)
        lines.append(f"| {LABELS[r['workload']]} | {r['n']} | {r['threads']} | "
                     f"{time_text(r['seconds']['arrayc'])} | {ratios} | {fastest_peer(r):.2f} |")
    lines += ["", "## Geometric means", "", "| n | threads | " + " | ".join(others)
              + " | fastest peer of each row |", "|--:|--:|" + "--:|" * (len(others) + 1)]
    for n in SIZES:
        for threads in (1, 2):
            some = [r for r in rows if r["n"] == n and r["threads"] == threads]
            if not some:
                continue
            means = [geometric_mean(r["seconds"][c] / r["seconds"]["arrayc"] for r in some
                                    if c in r["seconds"]) for c in others]
            lines.append(f"| {n} | {threads} | " + " | ".join(f"{m:.2f}" for m in means)
                         + f" | {geometric_mean(map(fastest_peer, some)):.2f} |")
    lines += ["", "## First calls", "", "Seconds of the first call, compiling included (medians "
              "over all rows; Pythran, which compiles ahead of time, without): " + ", ".join(
                  f"{c} {statistics.median(cold):.2f}" for c in options.contenders
                  if (cold := [r["cold"][c] for r in rows if c in r["cold"]])) + "."]
    return "\n".join(lines) + "\n"


def versions_of(python):
    script = ("import importlib.metadata as m\nfor n in ('numpy','numexpr','numba','pythran','jax',"
              "'torch'):\n try: print(n, m.version(n))\n except Exception: pass")
    said = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in said.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="of the peers' virtual environment")
    parser.add_argument("--tool", default=ROOT / "build-bench" / "bin" / "arrayc")
    parser.add_argument("--output", default=ROOT / "docs" / "benchmarks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--only", nargs="*", default=list(LABELS), choices=list(LABELS))
    parser.add_argument("--contenders", nargs="*", default=CONTENDERS, choices=CONTENDERS)
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are done")
    options = parser.parse_args()
    options.folder = ROOT / "build-bench" / "peers"
    options.folder.mkdir(exist_ok=True)
    done = options.folder / "rows.jsonl"
    if options.fresh:
        done.unlink(missing_ok=True)
    rows = [json.loads(line) for line in done.read_text().splitlines()] if done.exists() else []
    known = {(r["workload"], r["n"], r["threads"]) for r in rows}
    about = machine()
    wanted = [(w, n, t) for w in options.only for n in options.sizes
              for t in ((1, 2) if n >= 10**5 else (1,))]
    for k, (workload, n, threads) in enumerate(wanted):
        if (workload, n, threads) in known:
            continue
        row = measure(workload, n, threads, options)
        rows.append(row)
        with done.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(f"{k + 1}/{len(wanted)} {workload} {n} {threads}  arrayc "
              f"{time_text(row['seconds']['arrayc'])}  "
              + "  ".join(f"{c} {speed_text(row, c)}" for c in options.contenders[1:]), flush=True)
    order = {workload: k for k, workload in enumerate(LABELS)}
    rows.sort(key=lambda r: (order[r["workload"]], r["n"], r["threads"]))
    output = pathlib.Path(options.output)
    versions = versions_of(options.python)
    report = {"machine": about, "versions": versions, "rows": rows}
    (output / "peers.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (output / "peers.md").write_text(markdown(about, versions, rows, options), encoding="utf-8")
    print(f"wrote {output}/peers.md and peers.json")


if __name__ == "__main__":
    main()
