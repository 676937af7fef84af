#!/usr/bin/env python3
"""Measures what has a limit: headers, compiling, the tool's start, and graphs of a million nodes.

    limits.py [BUILD]

Prints each figure beside its limit, and exits with 1 if one is above it. All times are of the
processor, so that other work on the machine counts for little.
"""
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
HELLO = {
    "iostream": '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
    "arrayc": "#include <arrayc/arrayc.h>\n#include <iostream>\n"
              "int main() { std::cout << arrayc::arange(3) + 1 << '\\n'; }\n",
}
COUNTS = [10**4, 10**5, 10**6]
# From one count to the next, ten times as large: above this, time grows faster than the graph.
MOST_GROWTH = 13


class Limits:
    def __init__(self):
        self.missed = 0

    def line(self, what, value, limit, unit, note=""):
        """Prints one figure; `limit` may be None."""
        bound = "" if limit is None else f"  limit {limit:g} {unit}"
        if limit is not None and value > limit:
            self.missed += 1
            bound += "  MISSED"
        print(f"{what:52} {value:9.3f} {unit:3}{bound}{note}", flush=True)


def processor_seconds(command):
    """The time that a command takes of the processor."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = used()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return used() - before


def compile_command(build, source, output, *options):
    includes = [f"-I{folder}" for folder in (ROOT / "frontend/cpp/include",
                                             ROOT / "runtime/include", build / "include")]
    compiler = os.environ.get("CXX", "c++")
    return [compiler, "-std=c++20", "-O2", *includes, str(source), "-o", str(output), *options]


def header_seconds(build, scratch):
    """How much longer hello world compiles with arrayc's headers, and without them."""
    times = {name: [] for name in HELLO}
    for name, text in HELLO.items():
        (scratch / f"{name}.cpp").write_text(text)
    for _ in range(7):
        for name in HELLO:
            command = compile_command(build, scratch / f"{name}.cpp", scratch / "hello.o", "-c")
            times[name].append(processor_seconds(command))
    plain = statistics.median(times["iostream"])
    return statistics.median(times["arrayc"]) - plain, plain


def figures(program, *words):
    """What limits.cpp prints."""
    # Small work is left to the interpreter until it comes again; here it is compiled at once.
    compiled = words[0] in ("compile", "long", "numbers", "first")
    environment = {**os.environ, "ARRAYC_SMALL_WORK": "0"} if compiled else None
    printed = subprocess.run([program, *map(str, words)], check=True, capture_output=True,
                             text=True, env=environment).stdout
    return {name: float(value) for name, value in map(str.split, printed.splitlines())}


def measure_graphs(limits, program, shape, what):
    before = None
    for count in COUNTS:
        seconds = figures(program, shape, count)
        total = seconds["total"]
        parts = f"  (built {seconds['build']:.3f} s, evaluated {seconds['evaluate']:.3f} s)"
        limits.line(f"{what}, {count} operations", total, 10 if count == COUNTS[-1] else None, "s",
                    parts)
        # Up to here the time to compile a few kernels counts most.
        if before is not None and before > 0.1:
            limits.line("  times as long as a tenth of it", total / before, MOST_GROWTH, "")
        before = total


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
    limits = Limits()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        cost, plain = header_seconds(build, scratch)
        limits.line("hello world with <arrayc/arrayc.h>, over <iostream>", cost, 0.3, "s",
                    f"  (<iostream> alone: {plain:.3f} s)")
        program = scratch / "limits"
        subprocess.run(compile_command(build, ROOT / "benchmarks/limits.cpp", program,
                                       f"-L{build}/lib", "-larrayc", f"-Wl,-rpath,{build}/lib"),
                       check=True)
        limits.line("a new kernel of ten operations, to its first result",
                    1000 * figures(program, "compile")["compile"], 5, "ms")
        for shape, limit, what in (("long", 50, "a new program of 1000 operations on four arrays"),
                                   ("numbers", None, "  the same with a number in each")):
            made = figures(program, shape, 1000)
            limits.line(what, 1000 * made["long"], limit, "ms", f"  ({made['kernels']:g} kernels)")
        limits.line("the first result of a fresh process",
                    1000 * statistics.median(figures(program, "first")["first"]
                                             for _ in range(11)), 60, "ms")
        calls = figures(program, "calls")
        limits.line("four operations over 8 elements, a known graph", 1e6 * calls["known"], 3, "µs")
        limits.line("  the same, recorded by jit", 1e6 * calls["recorded"], 0.5, "µs")
        helps = [processor_seconds([build / "bin/arrayc", "--help"]) for _ in range(21)]
        limits.line("arrayc --help", 1000 * statistics.median(helps), 10, "ms")
        measure_graphs(limits, program, "chain", "a chain that does not repeat")
        measure_graphs(limits, program, "loop", "a loop over time")
    print(f"{limits.missed} limits missed" if limits.missed else "every limit is kept")
    return 1 if limits.missed else 0


if __name__ == "__main__":
    sys.exit(main())
