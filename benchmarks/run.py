#!/usr/bin/env python3
"""Measures arrayc beside hand-fused C++ and NumPy, and writes docs/benchmarks.

Every workload runs in rounds: each contender once a round, in turn, so that what else the machine
does hits all of them. A contender's time is the median of its samples over all rounds. Results
are compared with NumPy's before anything is written.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CLANG = ["clang++-19", "-std=c++20", "-O3", "-march=native", "-fno-math-errno", "-fno-signed-zeros",
         "-ffinite-math-only", "-fveclib=libmvec", "-fopenmp"]
CONTENDERS = ["hand", "jit", "object", "numpy"]
SIZES = {"nearest": [30, 300, 3000]}
LABELS = {"reciprocal": "1/x", "multiply_add": "a*b+c", "distances": "distances from a point",
          "ripples": "sin(r²)/r² on a mesh", "nearest": "nearest of n points, for n points",
          "row_means": "mean by row", "column_means": "mean by column", "total": "sum"}


def numbers(shape, seed):
    """What bench.h's numbers() makes."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (0.5 + ((i * 7919 + seed * 104729) % 100003 + 0.5) / 100003.0).reshape(shape)


def inputs(workload, n):
    m = 100 if n < 100000 else 1000
    shapes = {"multiply_add": [n, n, n], "distances": [(n, 2), 2], "ripples": [m, n // m],
              "nearest": [(n, 3), (n, 3)], "row_means": [(n // m, m)],
              "column_means": [(n // m, m)]}.get(workload, [n])
    return [numbers(shape, seed + 1) for seed, shape in enumerate(shapes)]


def time_numpy(function, arguments, samples):
    """As bench.h's time_calls()."""
    def seconds(calls):
        start = time.perf_counter()
        for _ in range(calls):
            function(*arguments)
        return time.perf_counter() - start
    seconds(1)
    calls = 1
    while seconds(calls) < 0.004:
        calls *= 2
    return [seconds(calls) / calls for _ in range(samples)]


class Programs:
    """The two compiled programs, as functions that return what they print."""

    def __init__(self, build, folder):
        self.hand = pathlib.Path(folder) / "hand"
        self.result = pathlib.Path(folder) / "result"
        self.arrayc = pathlib.Path(build) / "benchmarks" / "arrayc_bench"
        subprocess.run([*CLANG, f"-I{ROOT}", HERE / "hand.cpp", "-o", self.hand, "-lmvec"],
                       check=True)

    def run(self, contender, workload, n, threads, samples):
        program = self.hand if contender == "hand" else self.arrayc
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "BENCH_MODE": contender}
        command = [program, workload, str(n), str(threads), str(samples), self.result]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout), np.fromfile(self.result)


def measure(programs, function, workload, n, threads, rounds, samples):
    arguments = inputs(workload, n)
    wanted = np.ravel(function(*arguments))
    times = {contender: [] for contender in CONTENDERS}
    row = {"workload": workload, "n": n, "threads": threads}
    for _ in range(rounds):
        for contender in CONTENDERS:
            if contender == "numpy":
                times["numpy"] += time_numpy(function, arguments, samples)
                continue
            said, result = programs.run(contender, workload, n, threads, samples)
            np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-11,
                                       err_msg=f"{contender} {workload} {n}")
            times[contender] += said.pop("seconds")
            if contender == "jit":
                row.update(said)
    return {**row, **{name: statistics.median(values) for name, values in times.items()}}


def bandwidths(programs, threads, n, rounds):
    """GB/s that hand-written loops reach: bytes that the source names, a second."""
    found = {}
    for workload, arrays in (("copy", 2), ("triad", 3)):
        seconds = [programs.run("hand", workload, n, threads, 3)[0]["seconds"]
                   for _ in range(rounds)]
        found[workload] = 8e-9 * arrays * n / statistics.median(sum(seconds, []))
    return {"threads": threads, **found}


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = next((line.split(":", 1)[1].strip() for line in text.splitlines()
                 if line.startswith("model name")), "unknown")
    flags = set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
    bits = 512 if "avx512f" in flags else 256 if "avx2" in flags else 128
    return {"processor": name, "vector_bits": bits, "processors": len(os.sched_getaffinity(0)),
            "numpy": np.__version__,
            "load": round(os.getloadavg()[0], 1), "date": time.strftime("%Y-%m-%d")}


def time_text(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def markdown(report):
    about = report["machine"]
    lines = ["# Results", "",
             f"{about['processor']}, {about['vector_bits']}-bit vectors, "
             f"{about['processors']} processors; NumPy {about['numpy']}; {about['date']}; "
             f"load average {about['load']} before the run (an idle machine: about 0). "
             f"Medians of {report['rounds']} interleaved rounds of {report['samples']} samples. "
             "What the columns mean: [benchmarks/README.md](../../benchmarks/README.md).", "",
             "![arrayc's speed relative to hand-fused C++](chart.svg)", "",
             "| threads | copy GB/s | triad GB/s |", "|--:|--:|--:|"]
    lines += [f"| {b['threads']} | {b['copy']:.1f} | {b['triad']:.1f} |"
              for b in report["bandwidth"]]
    lines += ["", "| workload | n | threads | hand C++ | arrayc, JIT | arrayc, ahead | NumPy | "
              "JIT vs. C++ | ahead vs. C++ | JIT vs. NumPy | temporaries | peak bytes | GB/s |",
              "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for r in report["rows"]:
        times = " | ".join(time_text(r[name]) for name in CONTENDERS)
        lines.append(
            f"| {LABELS[r['workload']]} | {r['n']} | {r['threads']} | {times} | "
            f"{r['hand'] / r['jit']:.2f} | {r['hand'] / r['object']:.2f} | "
            f"{r['numpy'] / r['jit']:.1f} | {r['temporaries']} | {r['peak_bytes']} | "
            f"{1e-9 * r['bytes_moved'] / r['jit']:.1f} |")
    return "\n".join(lines) + "\n"


def chart(report):
    """Bars of speed relative to hand-fused C++ at the largest size on one thread."""
    largest = {r["workload"]: r for r in report["rows"] if r["threads"] == 1}
    colours = {"object": "#1b6ca8", "jit": "#6ab0de", "numpy": "#b8b8b8"}
    names = {"object": "arrayc, ahead of time", "jit": "arrayc, JIT", "numpy": "NumPy"}
    scale, left, step = 260, 230, 54
    height = 70 + step * len(largest)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="720" height="{height}" fill="white"/>',
           '<text x="10" y="18" font-size="14">Speed relative to hand-fused C++, '
           'largest size, one thread</text>']
    for i, (name, colour) in enumerate(colours.items()):
        out.append(f'<rect x="{left + 150 * i}" y="28" width="10" height="10" fill="{colour}"/>'
                   f'<text x="{left + 14 + 150 * i}" y="37">{names[name]}</text>')
    for i, r in enumerate(largest.values()):
        top = 54 + step * i
        out.append(f'<text x="10" y="{top + 25}">{LABELS[r["workload"]]}</text>')
        for k, (name, colour) in enumerate(colours.items()):
            ratio = r["hand"] / r[name]
            width = min(ratio, 1.6) * scale
            out.append(f'<rect x="{left}" y="{top + 14 * k}" width="{width:.1f}" height="12" '
                       f'fill="{colour}"/><text x="{left + 4 + width:.1f}" '
                       f'y="{top + 10 + 14 * k}">{ratio:.2f}</text>')
    out.append(f'<line x1="{left + scale}" y1="46" x2="{left + scale}" y2="{height - 14}" '
               'stroke="#444" stroke-dasharray="4 3"/></svg>')
    return "\n".join(out) + "\n"


def load_kernels():
    spec = importlib.util.spec_from_file_location("kernels", HERE / "kernels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two sizes, one round")
    parser.add_argument("--build", default=ROOT / "build-bench", help="the build folder")
    parser.add_argument("--output", default=ROOT / "docs" / "benchmarks", help="where to write")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=5, help="of each contender in a round")
    parser.add_argument("--only", nargs="*", default=list(LABELS), choices=list(LABELS))
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    kernels = load_kernels()
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(options.build, folder)
        rows = []
        for workload in options.only:
            sizes = SIZES.get(workload, [10**3, 10**5, 10**7])
            for n in sizes[:2] if options.quick else sizes:
                for threads in (1, 2):
                    rows.append(measure(programs, getattr(kernels, workload), workload, n,
                                        threads, rounds, options.samples))
                    r = rows[-1]
                    print(f"{workload:13} {n:9} {threads} " + "  ".join(
                        f"{name} {time_text(r[name])}" for name in CONTENDERS), flush=True)
        bandwidth = [bandwidths(programs, threads, 10**6 if options.quick else 10**7, rounds)
                     for threads in (1, 2)]
    report = {"machine": about, "rounds": rounds, "samples": options.samples,
              "bandwidth": bandwidth, "rows": rows}
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (output / "results.md").write_text(markdown(report), encoding="utf-8")
    (output / "chart.svg").write_text(chart(report), encoding="utf-8")
    print(f"wrote {output}/results.md, results.json and chart.svg")


if __name__ == "__main__":
    main()
