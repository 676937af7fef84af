"""The machine's ceilings, by the hand-written loops of yardstick.cpp: memory at each level of
caches, and multiply-adds."""

import pathlib
import statistics
import subprocess
import tempfile

from inputs import NUMPY_DTYPES, Inputs, numbers
from run import CLANG, machine
from turns import ROOT, Worker

LEVELS = {"L1": 8 << 10, "L2": 256 << 10, "beyond L2": 4 << 20, "memory": 80 << 20}
CALLS = [f"CALL({w}, {d}, " + ", ".join(f"a[{i}]" for i in range(arrays)) + ", s[0])"
         for w, arrays in (("copy", 2), ("triad", 3), ("multiply_adds", 2)) for d in ("f64", "f32")]


def compile_yardstick(folder, calls=()):
    """The program `yardstick` in `folder`; `calls`: more functions of it, as lines of calls.inc."""
    (folder / "hand").mkdir(exist_ok=True)
    (folder / "hand" / "calls.inc").write_text("\n".join([*calls, *CALLS]) + "\n")
    subprocess.run([*CLANG, f"-I{ROOT}", f"-I{folder}/hand", ROOT / "benchmarks/turns/native.cpp",
                    ROOT / "benchmarks/peers/yardstick.cpp", "-lmvec", "-o", folder / "yardstick"],
                   check=True)


def yardstick(folder, function, threads, scratch):
    return Worker("hand", [pathlib.Path(folder) / "yardstick", function], True, threads, scratch,
                  {})


def calls_a_second(start, dtype, n, inputs):
    """Of a function of `inputs` arrays of n elements, with as large a result; `start(folder)` is
    its Worker."""
    with tempfile.TemporaryDirectory() as folder:
        args = [numbers(n, i + 1).astype(NUMPY_DTYPES[dtype]) for i in range(inputs)]
        worker = start(folder)
        if worker.prepare(Inputs(args, [n], dtype, folder), [args[0].nbytes]) is None:
            raise RuntimeError(worker.why_not())
        seconds = statistics.median(worker.sample(25))
        worker.stop()
    return 1 / seconds


def ceilings(folder, threads):
    """GB/s of copy and triad, and GFLOP/s of multiply-adds."""
    def billions(per_call, function, dtype, n, inputs):
        def start(scratch):
            return yardstick(folder, f"{function}_{dtype}", threads, scratch)
        return 1e-9 * per_call * calls_a_second(start, dtype, n, inputs)

    levels = {level: {w: billions(arrays * size, w, "f64", size // 8, arrays - 1)
                      for w, arrays in (("copy", 2), ("triad", 3))}
              for level, size in LEVELS.items()}
    lanes = machine()["vector_bits"] // 8  # bytes of a register, as yardstick.cpp has them
    flops = {d: billions(1000 * 2 * 64 * 12 * (lanes // size), "multiply_adds", d, 1000, 1)
             for d, size in (("f64", 8), ("f32", 4))}
    return {"bandwidth": levels, "flops": flops}
