"""The plug-in that calls a BLAS, where it is built: results, what explain says, what is refused."""

import unittest

import numpy as np

from case import ToolCase

KERNELS = '''import numpy as np

def layer(x: "f32[n,k]", w: "f32[m,k]", b: "f32[m]") -> "f32[n,m]":
    return np.maximum(x @ w.T + b, 0)

def gram(x: "f64[n,k]", y: "f64[k]"):
    c = x - x.mean(axis=0)
    g = c.T @ c
    return g, g @ y, np.exp(y) @ y, np.outer(y, y), c[::-1] @ g

def spread(a: "c128[b,n,k]", v: "c128[k]") -> "c128[b,n]":
    return np.conj(a) @ v

def checked(x: "f64[n,n]", i: "i64[n]", j: "i64[n]"):
    return x @ x, i**j

def whole(a: "i64[n,n]") -> "i64[n,n]":
    return a @ a
'''


class Blas(ToolCase):
    def setUp(self):
        super().setUp()
        plugin = self.build / "lib/arrayc/arrayc-blas.so"
        if not plugin.exists():
            self.skipTest("the plug-in is not built: ARRAYC_BLAS is off")
        (self.folder / "b.py").write_text(KERNELS)
        self.words = [f"--load-plugin={plugin}", "--backend=blas"]
        self.rng = np.random.default_rng(1)

    def compare(self, name, wanted, *arrays, tolerance=1e-12):
        words = [self.save(f"a{k}.npy", array) for k, array in enumerate(arrays)]
        outputs = [f"r{k}.npy" for k in range(len(wanted))]
        self.tool("run", f"b.py:{name}", *words, *self.words,
                  *[word for output in outputs for word in ("-o", output)])
        for output, truth in zip(outputs, wanted):
            found = np.load(self.folder / output)
            self.assertEqual(found.dtype, truth.dtype)
            np.testing.assert_allclose(found, truth, rtol=tolerance, atol=tolerance)

    def normal(self, *shape, dtype="f8"):
        return self.rng.standard_normal(shape).astype(dtype)

    def test_results_are_numpys(self):
        for n, k, m in [(1, 1, 1), (40, 30, 20), (0, 3, 4), (5, 0, 4), (300, 200, 100)]:
            x, w, b = (self.normal(*shape, dtype="f4") for shape in [(n, k), (m, k), (m,)])
            for given in (x, np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
                self.compare("layer", [np.maximum(given @ w.T + b, 0)], given, w, b,
                             tolerance=1e-3)
        x, y = self.normal(50, 8), self.normal(8)
        c = x - x.mean(axis=0)
        g = c.T @ c
        self.compare("gram", [g, g @ y, np.exp(y) @ y, np.outer(y, y), c[::-1] @ g], x, y,
                     tolerance=1e-10)
        a = self.normal(4, 60, 70) + 1j * self.normal(4, 60, 70)
        v = self.normal(70) - 1j * self.normal(70)
        self.compare("spread", [np.conj(a) @ v], a, v)
        i = np.array([2, 3, -4])
        self.compare("checked", [x[:3, :3] @ x[:3, :3], i**3], x[:3, :3], i, np.full(3, 3))
        whole = self.rng.integers(-9, 9, (6, 6))
        self.compare("whole", [whole @ whole], whole)

    def test_explain_says_who_contracts_what_and_why(self):
        text = self.tool("explain", "b.py", *self.words).stdout
        for line in [
            'layer: contraction "ab,bc->ac" by the BLAS: gemm\n',
            'b.py:8:13: gram: contraction "ab,bc->ac" by the BLAS: gemm\n',
            'gram: contraction "ab,b->a" by the BLAS: gemv\n',
            'gram: contraction "a,a->" by the BLAS: dot\n',
            "by arrayc's own code: operand 0 is reversed\n",
            'spread: contraction "abc,c->ab" by the BLAS: gemv\n',
            "by arrayc's own code: the BLAS knows no i64\n",
        ]:
            self.assertIn(line, text)
        self.assertNotIn("BLAS", self.tool("explain", "b.py").stdout)
        self.assertIn("blas", self.tool("list", "backends", self.words[0]).stdout)

    def test_files_have_no_calls_of_a_blas(self):
        self.fails(1, "the backend blas does not write .o files: what is compiled ahead of time "
                      "calls no BLAS", "compile", "b.py", "-o", "b.o", *self.words)

    def test_shapes_that_do_not_fit_have_numpys_sentence(self):
        for name, array in [("x.npy", self.normal(3, 4, dtype="f4")),
                            ("w.npy", self.normal(5, 6, dtype="f4")),
                            ("b.npy", self.normal(5, dtype="f4"))]:
            self.save(name, array)
        self.fails(1, "w has shape (5,6)", "run", "b.py:layer", "x.npy", "w.npy", "b.npy",
                   *self.words)

    def test_checks_of_elements_are_made(self):
        self.save("x.npy", self.normal(2, 2))
        self.save("i.npy", np.array([2, 3]))
        self.save("j.npy", np.array([1, -1]))
        done = self.fails(1, "Integers to negative integer powers are not allowed.", "run",
                          "b.py:checked", "x.npy", "i.npy", "j.npy", *self.words)
        self.assertIn("b.py:15:", done.stderr)

    def test_the_backend_needs_its_plugin(self):
        self.fails(1, "there is no backend named 'blas'", "list", "backends", self.words[1])


if __name__ == "__main__":
    unittest.main()
