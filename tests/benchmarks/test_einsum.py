"""The harness of `./dev bench --einsum`: test_einsum.py BUILD.

What it measures must be what it says, on a small scale: workloads that arrayc compiles, calls of
BLAS that compute them, wrong and missing contenders that are told apart, runs that go on.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
BUILD = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else ROOT / "build"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "turns"), str(BENCHMARKS / "einsum")]
import chart  # noqa: E402
import report  # noqa: E402
import turns  # noqa: E402
from inputs import Inputs  # noqa: E402
from strings import STRINGS, VIEWS  # noqa: E402
from workloads import GROUPS, SMALL, product, workloads  # noqa: E402

# Those that NumPy computes in no time.
QUICK = [w for w in workloads() if w.group in ("matmul", "forms")
         and w.name not in ("1024", "2048")]
LIMITS = {1: {"flops": {"f64": 100.0, "f32": 200.0}, "bandwidth": {
    level: {"copy": 10.0, "triad": 20.0} for level in ("L1", "L2", "beyond L2", "memory")}}}
ABOUT = {"processor": "P", "vector_bits": 512, "processors": 2, "date": "today", "load": 0.0,
         "limits": LIMITS, "rounds": 1, "samples": 1}


def called(source, args):
    space = {"np": np}
    exec(source, space)
    return space["f"](*args)


def lying(array, rows, columns, stride, across):
    """The matrix that BLAS sees in memory that starts with `array`."""
    if across:
        return lying(array, columns, rows, stride, False).T
    step = array.itemsize
    return np.lib.stride_tricks.as_strided(array, (rows, columns), (stride * step, step))


def by_blas(call, a, b):
    """What blas.cpp has the library compute."""
    function, sizes = call
    if function == "dot":
        return a[: sizes[0]] @ b[: sizes[0]]
    if function == "gemv":
        m, n, across = sizes
        matrix = a.reshape(m, n)
        return (matrix.T if across else matrix) @ b
    batch, m, n, k, ta, tb, lda, ldb = sizes
    flat_a, flat_b = a.ravel(), b.ravel()
    return np.stack([lying(flat_a[i * m * k:], m, k, lda, ta) @ lying(flat_b[i * k * n:], k, n,
                                                                        ldb, tb)
                     for i in range(batch)])


class Workloads(unittest.TestCase):
    def test_there_are_as_many_as_promised(self):
        self.assertEqual(len(STRINGS), 60)
        self.assertEqual(len(dict(STRINGS)), 60)
        self.assertLessEqual(set(VIEWS), set(dict(STRINGS)))
        names = [(w.group, w.name) for w in workloads()]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual({group for group, _ in names}, set(GROUPS))

    def test_einsums_and_calls_of_blas_compute_the_function(self):
        for w in QUICK:
            dtype = w.dtypes[0]
            args = w.arguments(dtype)
            wanted = called(w.source(dtype), args)
            with self.subTest(w.name):
                np.testing.assert_allclose(called(w.source(dtype, w.einsum), args), wanted)
                if w.product is not None:
                    found = by_blas(w.product, *args)
                    np.testing.assert_allclose(np.ravel(found), np.ravel(wanted))

    def test_operations_are_counted(self):
        flops = {w.name: w.flops for w in workloads()}
        self.assertEqual(flops["64"], 2 * 64**3)
        self.assertEqual(flops["1000 of 32"], 1000 * 2 * 32**3)
        self.assertEqual(flops["Av, 2048"], 2 * 2048**2)
        self.assertEqual(flops["rank 16, 1024"], 2 * 1024**2 * 16)

    def test_small_extents_are_known_when_compiling(self):
        w = product("forms", "x", "a[n,k] b[k]", "a @ b", "ij,j->i", None, n=SMALL + 1, k=SMALL)
        self.assertIn('a: "f32[n,16]", b: "f32[16]"', w.source("f32"))
        self.assertEqual(w.sizes(), [SMALL + 1])

    def test_results_of_f32_come_from_f64(self):
        w = product("forms", "x", "a[n] b[n]", "a @ b", "i,i->", None, n=20)
        a, b = w.arguments("f32")
        [wanted] = w.results("f32")
        self.assertEqual(wanted.dtype, np.float32)
        self.assertEqual(wanted, np.float32(a.astype(np.float64) @ b.astype(np.float64)))
        self.assertEqual(w.results("f64")[0].dtype, np.float64)

    def test_arrayc_compiles_all(self):
        """All functions in one file, each under its own name."""
        parts = []
        for i, w in enumerate(w for w in workloads() if w.jit != "einsum_path"):
            parts.append(w.source(w.dtypes[0]).replace("def f(", f"def f{i}(", 1))
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "all.py"
            source.write_text("import numpy as np\n\n\n" + "\n\n".join(parts), encoding="utf-8")
            done = subprocess.run([BUILD / "bin" / "arrayc", "compile", source, "--emit=fused",
                                   "-o", "-"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"@f{len(parts) - 1}", done.stdout)


class Turns(unittest.TestCase):
    """Real processes of worker.py; NumPy stands for all of them."""

    def measured(self, sources, wanted):
        w = product("forms", "x", "a[n,k] b[k]", "a @ b", "ij,j->i", None, n=20, k=30)
        args = w.arguments("f64")
        row = {"cold": {}, "peak": {}, "not measured": {}}
        with tempfile.TemporaryDirectory() as folder:
            workers = {}
            for name, source in sources.items():
                command = [sys.executable, BENCHMARKS / "einsum/worker.py", "numpy",
                           json.dumps({"source": source or w.source("f64")})]
                workers[name] = turns.Worker(name, command, False, 1, folder, {})
            options = types.SimpleNamespace(rounds=1, samples=2)
            started = list(workers.values())
            turns.measure(row, workers, Inputs(args, w.sizes(), "f64", folder),
                          wanted(*args), 1e-10, options)
            for worker in started:
                if worker.process.poll() is None:
                    worker.stop()
        return row

    def test_right_wrong_and_failing_ones_are_told_apart(self):
        row = self.measured({"right": None, "wrong": "def f(a, b):\n    return a @ b + 1e-3\n",
                             "failing": "def f(a, b):\n    raise ValueError('no way')\n"},
                            lambda a, b: [a @ b])
        self.assertEqual(list(row["seconds"]), ["right"])
        self.assertGreater(row["seconds"]["right"], 0)
        self.assertEqual(row["not measured"], {"wrong": turns.WRONG,
                                               "failing": "ValueError: no way"})

    def test_several_results(self):
        row = self.measured({"both": "def f(a, b):\n    return a @ b, a.T\n",
                             "swapped": "def f(a, b):\n    return a.T, a @ b\n"},
                            lambda a, b: [a @ b, a.T])
        self.assertEqual(list(row["seconds"]), ["both"])

    def test_a_result_is_right_within_its_bound(self):
        wanted = [np.array([1.0, 100.0])]
        self.assertTrue(turns.is_right(np.array([1.0 + 1e-9, 100.0]), wanted, 1e-9))
        self.assertFalse(turns.is_right(np.array([1.0, 100.0 + 1e-6]), wanted, 1e-9))
        self.assertFalse(turns.is_right(np.array([1.0]), wanted, 1.0))
        self.assertFalse(turns.is_right(np.array([1, 3]), [np.array([1, 2])], 0))

    def test_an_interrupted_run_goes_on(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "rows.jsonl"
            rows = turns.Rows(file, lambda row: row["n"])
            rows.add({"n": 1})
            with file.open("a", encoding="utf-8") as torn:
                torn.write('{"n": 2, "sec')
            again = turns.Rows(file, lambda row: row["n"])
            self.assertEqual(again.known, {1})
            again.add({"n": 2})
            self.assertEqual(turns.Rows(file, lambda row: row["n"]).known, {1, 2})


def row_of(group, name, seconds, **more):
    return {"group": group, "workload": name, "dtype": "f64", "threads": 1, "extents": {"n": 2},
            "flops": 2e9, "bytes": 1e6, "seconds": seconds, "cold": {}, "not measured": {},
            **more}


def cells(page, name):
    """Of the line of a workload, by the head of their column."""
    lines = page.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"| {name} |"))
    head = next(i for i in range(at, 0, -1) if lines[i].startswith("|--") or "---|" in lines[i]) - 1
    return dict(zip(*([c.strip() for c in lines[i].strip("|").split("|")] for i in (head, at))))


class Report(unittest.TestCase):
    def test_products(self):
        row = row_of("matmul", "64", {"object": 0.04, "jit": 0.05, "openblas": 0.03, "blis": 0.02,
                                      "numpy": 0.1}, compile=0.25, cold={"jit": 0.5})
        row["not measured"] = {"onednn": turns.WRONG, "jax": "no Python package jax"}
        page = report.markdown(ABOUT, {"numpy": "2", "blis": "0.9"}, [row])
        found = cells(page, "64")
        self.assertEqual(found["GFLOP/s"], "50")
        self.assertEqual(found["of peak"], "50%")
        self.assertEqual((found["OpenBLAS"], found["BLIS"], found["best BLAS"]),
                         ("0.75", "0.50", "0.50"))
        self.assertEqual((found["NumPy"], found["oneDNN"], found["JAX"], found["compile"]),
                         ("2.00", "wrong", "–", "0.25 s"))
        self.assertIn("| JAX | no Python package jax | 1 |", page)
        self.assertIn("NumPy 2, BLIS 0.9", page)
        self.assertIn("over all rows: compile 0.25, call 0.5.", page)

    def test_means_leave_views_out_and_name_the_slowest(self):
        rows = [row_of("einsum", "ij,jk->ik", {"object": 1, "jit": 1.0, "einsum": 8.0}),
                row_of("einsum", "ij,ij->", {"object": 1, "jit": 1.0, "einsum": 0.5}),
                row_of("einsum", "ii->i", {"object": 1, "jit": 1.0, "einsum": 1e-6})]
        page = report.markdown(ABOUT, {}, rows)
        self.assertIn("| f64 | 1 | 2 | 2.00 | 2.00 | – | – | 1 | `ij,ij->` 0.50 |", page)
        self.assertIn("`ii->i` (a view)", page)

    def test_neighbours_are_compared_with_the_bare_product(self):
        rows = [row_of("fused", "bare product, 512", {"object": 2.0, "jit": 2.0, "numpy": 1.0}),
                row_of("fused", "+ bias, 512", {"object": 2.2, "jit": 2.2, "numpy": 3.0}),
                row_of("fused", "something else", {"object": 1.0, "jit": 1.0, "numpy": 1.0})]
        page = report.markdown(ABOUT, {}, rows)
        found = cells(page, "+ bias, 512")
        self.assertEqual((found["kernel to bare product"], found["NumPy's to its"],
                          found["JAX's to its"]), ("1.10", "3.00", "–"))
        self.assertEqual(cells(page, "something else")["kernel to bare product"], "–")

    def test_the_chart_has_a_point_for_each_measured_size(self):
        rows = [row_of("matmul", n, {"object": 0.04, "blis": 0.02}) for n in ("64", "128")]
        rows.append(row_of("matmul", "1000 of 32", {"object": 1.0}))
        drawn = chart.chart(rows, LIMITS)
        self.assertEqual(drawn.count("<circle"), 4)
        self.assertEqual(drawn.count("<polyline"), 2)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1)
    bad = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - bad} passed, {bad} failed")
    raise SystemExit(1 if bad else 0)
