"""What ./dev demo runs: real files, NumPy beside arrayc, a picture, and the IR of every stage."""

import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "build").resolve()
TOOL = BUILD / "bin/arrayc"
POINTS = 10_000_000


def heading(text):
    """A line that separates the parts."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


# Starts a command from a small process: a child's peak memory begins at its parent's.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print("launched", time.perf_counter() - start, usage.ru_maxrss / 1024, file=sys.stderr)
sys.exit(status != 0)
"""


def run(*command):
    """Runs a command; returns its output, wall seconds and peak memory in MB."""
    words = [sys.executable, "-S", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"demo: {command[0]} failed:\n{done.stderr}")
    seconds, memory = done.stderr.split("launched")[1].split()
    return done.stdout, float(seconds), float(memory)


def numpy_in_a_process(function, inputs, output):
    """The same function of kernels.py under NumPy, in a process of its own."""
    program = f"""
import sys, time; sys.path.insert(0, {str(HERE)!r})
import numpy as np, kernels
args = [np.load(f) for f in {[str(i) for i in inputs]!r}]
start = time.perf_counter(); result = kernels.{function}(*args)
print("seconds", time.perf_counter() - start)
np.save({str(output)!r}, result)
"""
    return run(sys.executable, "-c", program)


def seconds_in(output):
    """What a program says of its own computing time."""
    return float(output.split("seconds")[1].split()[0])


def worst(got, expected):
    """The largest relative difference."""
    a, b = np.load(got), np.load(expected)
    assert a.shape == b.shape and a.dtype == b.dtype
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-300)))


def show(name, seconds, memory, note=""):
    print(f"  {name:<28} {seconds * 1e3:9.1f} ms   peak {memory:7.0f} MB   {note}", flush=True)


def distances(folder):
    """Ten million points: C++ and the kernel file against NumPy."""
    heading(f"Distances of {POINTS:,} points from (1, 1)")
    points, p = folder / "points.npy", folder / "p.npy"
    i = np.arange(POINTS, dtype=float)
    np.save(points, np.stack([i, np.sqrt(i)], axis=1))
    np.save(p, np.array([1.0, 1.0]))
    out, _, memory = numpy_in_a_process("distances", [points, p], folder / "numpy.npy")
    numpy_seconds = seconds_in(out)
    show("NumPy", numpy_seconds, memory)
    out, _, memory = run(BUILD / "examples/distances", points, folder / "cpp.npy")
    seconds = seconds_in(out)
    difference = worst(folder / "cpp.npy", folder / "numpy.npy")
    show(
        "arrayc, C++",
        seconds,
        memory,
        f"{numpy_seconds / seconds:.1f} x NumPy, compiling included; differs by {difference:.1e}",
    )
    _, wall, memory = run(
        TOOL, "run", f"{HERE / 'kernels.py'}:distances", points, p, "-o", folder / "tool.npy"
    )
    same = np.array_equal(np.load(folder / "tool.npy"), np.load(folder / "cpp.npy"))
    show(
        "arrayc run kernels.py",
        wall,
        memory,
        "whole process; the same bits as from C++" if same else "OTHER BITS THAN C++",
    )
    print("  first ten:", np.load(folder / "cpp.npy")[:10])
    if not same or difference > 4e-16:
        sys.exit("demo: the results differ")


def ripples(folder, picture):
    """A mesh of four million points, and its picture."""
    heading("sin(r²)/r² on a mesh of 2000 × 2000")
    x = folder / "x.npy"
    np.save(x, np.linspace(-8, 8, 2000))
    out, _, memory = numpy_in_a_process("ripples", [x, x], folder / "numpy.npy")
    numpy_seconds = seconds_in(out)
    show("NumPy", numpy_seconds, memory)
    out, _, memory = run(BUILD / "examples/ripples", x, folder / "cpp.npy")
    seconds = seconds_in(out)
    show(
        "arrayc, C++",
        seconds,
        memory,
        f"{numpy_seconds / seconds:.1f} x NumPy, compiling included",
    )
    _, wall, memory = run(
        TOOL, "run", f"{HERE / 'kernels.py'}:ripples", x, x, "-o", folder / "mesh.npy"
    )
    difference = worst(folder / "mesh.npy", folder / "numpy.npy")
    same = np.array_equal(np.load(folder / "mesh.npy"), np.load(folder / "cpp.npy"))
    show("arrayc run kernels.py", wall, memory, f"whole process; differs by {difference:.1e}")
    if difference > 1e-13 or not same:
        sys.exit("demo: the results differ")
    write_png(picture, np.load(folder / "mesh.npy")[::4, ::4])
    print(f"  picture: {picture}")


def write_png(path, z):
    """Values as a blue-white-red picture."""
    t = np.clip((z - z.min()) / (z.max() - z.min()), 0, 1)
    rgb = np.stack([np.clip(2 * t, 0, 1), 1 - np.abs(2 * t - 1), np.clip(2 - 2 * t, 0, 1)], axis=-1)
    rows = (255 * rgb).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


def stages(folder):
    """The IR of the distances, before and after fusion, and the loop nest."""
    source = folder / "distances.py"
    text = (HERE / "kernels.py").read_text()
    source.write_text(text[: text.index("def ripples")])
    run(TOOL, "compile", source, "--emit=graph,fused,loops", "-o", folder / "ir")
    for stage, title in (
        ("graph", "The array IR"),
        ("fused", "After fusion"),
        ("loops", "The loop nest"),
    ):
        heading(title)
        ir = (folder / f"ir/distances.{stage}.air").read_text()
        print(ir[ir.rindex("\nkernel") :].strip() if stage == "loops" else ir.strip())
    heading("What the compiler says of it")
    print(run(TOOL, "explain", source)[0].strip())


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        distances(folder)
        ripples(folder, BUILD / "ripples.png")
        stages(folder)


if __name__ == "__main__":
    main()
