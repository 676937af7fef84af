"""`arrayc run`: results, what arguments may be, and what is said about those that do not fit."""

import io
import os
import struct

import numpy as np

from case import ToolCase

X = np.linspace(-1, 1, 7)


class Run(ToolCase):
    def scaled(self, argument, *more):
        """The results of scale(argument, 2.5) as arrays."""
        self.tool("run", "k.py:scale", argument, "2.5", "-o", "a.npy", "-o", "b.npy", *more)
        return [np.load(self.folder / name) for name in ("a.npy", "b.npy")]

    def test_results_are_numpys(self):
        for backend in ("cpu", "interp", "interp-loops"):
            a, b = self.scaled(self.save("x.npy", X), f"--backend={backend}")
            np.testing.assert_array_equal(a, X * 2.5)
            np.testing.assert_array_equal(b, X + 2.5)

    def test_results_are_printed_as_numpy_prints(self):
        done = self.tool("run", "k.py:scale", self.save("x.npy", X), "-3")
        self.assertEqual(done.stdout, f"{X * -3}\n{X + -3}\n")

    def test_a_file_with_one_function_needs_no_name(self):
        (self.folder / "one.py").write_text('def f(x: "f64[n]", k: "i64"):\n    return x * k\n')
        done = self.tool("run", "one.py", self.save("x.npy", X), "2")
        self.assertEqual(done.stdout, f"{X * 2}\n")

    def test_every_layout_and_byte_order(self):
        wide = np.arange(21.0).reshape(7, 3)
        for array in (X[::-1], wide[:, 1], X.astype(">f8"), np.asfortranarray(X)):
            np.testing.assert_array_equal(self.scaled(self.save("x.npy", array))[0], array * 2.5)
        (self.folder / "t.py").write_text('def f(x: "f64[n,m]"):\n    return x - x[0]\n')
        self.save("w.npy", np.asfortranarray(wide))
        self.tool("run", "t.py", "w.npy", "-o", "r.npy")
        np.testing.assert_array_equal(np.load(self.folder / "r.npy"), wide - wide[0])

    def test_scalars(self):
        for text, value in [("3", 3.0), ("-2.5", -2.5), ("nan", np.nan), ("inf", np.inf),
                            ("-inf", -np.inf), ("1e3", 1e3), ("true", 1.0)]:
            self.save("x.npy", X)
            self.tool("run", "k.py:scale", "x.npy", text, "-o", "a.npy", "-o", "b.npy")
            np.testing.assert_array_equal(np.load(self.folder / "b.npy"), X + value)

    def test_random_arguments_repeat(self):
        def once(text):
            return self.tool("run", "k.py:scale", text, "1").stdout
        self.assertEqual(once("random:f64[5]:7"), once("random:f64[5]:7"))
        self.assertNotEqual(once("random:f64[5]:7"), once("random:f64[5]:8"))
        self.assertEqual(once("random:f64[5]"), once("random:f64[5]:0"))

    def test_results_to_the_standard_output(self):
        done = self.tool("run", "k.py:distances", "random:f64[4,2]", "random:f64[2]", "-o", "-",
                         text=False)
        self.assertEqual(np.load(io.BytesIO(done.stdout)).shape, (4,))

    def test_all_results_are_saved_or_none(self):
        words = ["run", "k.py:scale", "random:f64[3]", "2"]
        self.fails(1, "none/b.npy cannot be created", *words, "-o", "a.npy", "-o", "none/b.npy")
        self.fails(2, "scale() has 2 results", *words, "-o", "a.npy")
        os.symlink("/dev/full", self.folder / "full.npy")
        self.fails(1, "full.npy cannot be written: No space left", *words, "-o", "a.npy", "-o",
                   "full.npy")

    def refused(self, message, *arguments, function="scale"):
        outputs = ["a.npy", "b.npy"] if function == "scale" else ["a.npy"]
        words = [word for output in outputs for word in ("-o", output)]
        self.fails(1, message, "run", f"k.py:{function}", *arguments, *words)

    def test_damaged_files(self):
        good = io.BytesIO()
        np.save(good, X)
        data = good.getvalue()
        header = data[:128]
        for name, content, message in [
            ("empty", b"", "is empty"),
            ("text", b"1, 2, 3\n", "is not a .npy file"),
            ("short", data[:9], "is truncated in its header"),
            ("cut", data[:60], "is truncated in its header"),
            ("less", data[:-1], "float64 of shape (7,) takes 56 bytes, the file has 55"),
            ("huge", header.replace(b"(7,), }" + b" " * 12, b"(9999999999999,), }") + data[128:],
             "is truncated: float64 of shape (9999999999999,)"),
            ("length", data[:8] + struct.pack("<H", 0xffff) + data[10:], "truncated in its header"),
            ("words", header.replace(b"'descr'", b"'dercs'") + data[128:], "header"),
            ("version", data[:6] + b"\x09" + data[7:], "version"),
        ]:
            (self.folder / f"{name}.npy").write_bytes(content)
            self.refused(f"{name}.npy", f"{name}.npy", "2")
            self.refused(message, f"{name}.npy", "2")
        self.refused("none.npy cannot be opened: No such file", "none.npy", "2")
        self.refused("Is a directory", "/", "2")

    def test_element_types_that_arrays_here_cannot_have(self):
        np.save(self.folder / "object.npy", np.array([1, "a", None], dtype=object),
                allow_pickle=True)
        self.save("text.npy", np.array(["a", "b"]))
        self.save("record.npy", np.zeros(3, dtype=[("a", "f8"), ("b", "i4")]))
        self.save("date.npy", np.array(["2020-01-01"], dtype="datetime64[D]"))
        for name in ("object", "text", "record", "date"):
            self.refused(f"{name}.npy ", f"{name}.npy", "2")

    def test_arguments_of_the_wrong_type_or_shape(self):
        self.save("i.npy", np.arange(7))
        self.save("x.npy", X)
        self.save("y.npy", X[1:])
        self.save("w.npy", np.ones((7, 3)))
        place = "k.py:6:11: error: "
        self.refused(place + "x has dtype int64, but its declaration f64[n] asks for float64",
                     "i.npy", "2")
        self.refused("x has shape (7,3), but its declaration f64[n] asks for 1 dimension", "w.npy",
                     "2")
        self.refused("parameter 'x' is an array f64[n], not the number 3", "3", "2")
        self.refused("s has shape (7,)", "x.npy", "x.npy")
        self.refused("points has shape (7,3), but its declaration f64[n,2] asks for 2 in axis 1",
                     "w.npy", "random:f64[2]", function="distances")
        done = self.tool("run", "k.py:both", "x.npy", "y.npy", "i.npy", status=1)
        self.assertIn("y has shape (6,)", done.stderr)
        self.assertIn("7", done.stderr)
        self.assertIn("^", done.stderr)

    def test_malformed_arguments(self):
        (self.folder / "i.py").write_text('def f(x: "f64[n]", k: "i64"):\n    return x * k\n')
        self.fails(1, "parameter 'k' is an integer, not 2.5", "run", "i.py", "random:f64[3]", "2.5")
        for text in ("random:f64[3", "random:f65[3]", "random:f64[-3]", "random:f64[3]:x",
                     "random:f64[3]x", "random:f64[3,,2]"):
            self.refused(f"cannot read the argument '{text}'", text, "2")
