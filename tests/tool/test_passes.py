"""Looking at passes and choosing them: dumps, printing, timing, --passes, --disable-pass."""

import os
import re

from case import ToolCase


class Passes(ToolCase):
    def setUp(self):
        super().setUp()
        self.names = [line.split()[0] for line in self.tool("list", "passes").stdout.splitlines()]

    def printed(self, *words):
        """The names of the passes after which the IR was printed."""
        done = self.tool("opt", "k.py", *words)
        return re.findall(r"(?m)^; after (\w+)$", done.stderr)

    def test_the_dump_folder_gets_one_numbered_file_a_pass(self):
        self.tool("opt", "k.py", "-o", "k.air", "--dump-dir=dumps/new")
        files = sorted(os.listdir(self.folder / "dumps/new"))
        self.assertEqual(files, [f"{k + 1:04}-{name}.air" for k, name in enumerate(self.names)])
        last = (self.folder / "dumps/new" / files[-1]).read_text()
        self.assertEqual(last, self.read("k.air"))
        for file in files:  # each is a source that the rest of the pipeline accepts
            name = file[5:-4]
            rest = self.names[self.names.index(name) + 1:]
            if rest:
                done = self.tool("opt", f"dumps/new/{file}", f"--passes={','.join(rest)}")
                self.assertEqual(done.stdout, self.read("k.air"), name)

    def test_later_dumps_are_numbered_on(self):
        self.tool("opt", "k.py", "--passes=simplify", "--dump-dir=D")
        self.tool("opt", "k.py", "--passes=simplify,plan_einsum", "--dump-dir=D")
        self.assertEqual(sorted(os.listdir(self.folder / "D")),
                         ["0001-simplify.air", "0002-simplify.air", "0003-plan_einsum.air"])

    def test_every_command_that_compiles_dumps(self):
        for words in (["compile", "k.py", "-o", "k.o"], ["explain", "k.py"],
                      ["run", "k.py:scale", "random:f64[3]", "2"]):
            self.tool(*words, "--dump-dir=" + words[0])
            names = {file[5:-4] for file in os.listdir(self.folder / words[0])}
            self.assertEqual(names, set(self.names))

    def test_a_dump_folder_that_cannot_be_made_is_an_error(self):
        self.fails(1, "cannot make the folder k.py/D", "opt", "k.py", "--dump-dir=k.py/D")

    def test_print_after(self):
        self.assertEqual(self.printed("--print-after=all"), self.names)
        for name in self.names:
            self.assertEqual(self.printed(f"--print-after={name}"), [name])
        done = self.tool("opt", "k.py", f"--print-after={self.names[-1]}")
        self.assertIn(done.stdout, done.stderr)

    def test_print_changed_shows_only_changes(self):
        shown = self.printed("--print-changed")
        self.assertLess(len(shown), len(self.names))
        self.assertEqual(shown, [name for name in self.names if name in shown])
        self.tool("opt", "k.py", "--dump-dir=D")
        before = None
        for file in sorted(os.listdir(self.folder / "D")):
            text = self.read(f"D/{file}")
            self.assertEqual(text != before, file[5:-4] in shown, file)
            before = text

    def test_time_passes_has_a_line_a_pass(self):
        for words in (["opt", "k.py"], ["compile", "k.py", "-o", "k.o"], ["explain", "k.py"]):
            lines = self.tool(*words, "--time-passes").stderr.splitlines()
            self.assertRegex(lines[0], r"^pass +runs +ms$")
            self.assertEqual([line.split()[0] for line in lines[1:]], [*self.names, "total"])
            times = [float(line.split()[-1]) for line in lines[1:]]
            self.assertAlmostEqual(sum(times[:-1]), times[-1], delta=0.01)

    def test_a_disabled_pass_does_not_run(self):
        shown = self.printed("--print-after=all", "--disable-pass=simplify,plan_einsum",
                             "--disable-pass=vectorize_loops")
        without = ("simplify", "plan_einsum", "vectorize_loops")
        self.assertEqual(shown, [name for name in self.names if name not in without])
        result = ["run", "k.py:scale", "random:f64[9]", "2"]
        self.assertEqual(self.tool(*result).stdout,
                         self.tool(*result, "--disable-pass=simplify,vectorize_loops").stdout)

    def test_passes_run_alone_and_in_the_given_order(self):
        some = ["plan_einsum", "simplify", "simplify"]
        self.assertEqual(self.printed("--print-after=all", "--passes=" + ",".join(some)), some)
        self.assertEqual(self.printed("--print-after=all", "--passes=" + ",".join(self.names)),
                         self.names)

    def test_the_result_goes_where_it_should(self):
        text = self.tool("opt", "k.py", "--passes=simplify").stdout
        self.assertEqual(self.tool("opt", "k.py", "--passes=simplify", "-o", "-").stdout, text)
        self.tool("opt", "k.py", "--passes=simplify", "-o", "out.air")
        self.assertEqual(self.read("out.air"), text)
        self.fails(1, "none/k.air cannot be created", "opt", "k.py", "-o", "none/k.air")

    def test_explain_has_complex_parameters_as_declared(self):
        (self.folder / "z.py").write_text('def turned(z: "c128[n]"):\n    return z * 1j\n')
        self.assertIn("reads   z: c128[n]", self.tool("explain", "z.py").stdout)

    def test_explain_has_the_order_of_contractions(self):
        (self.folder / "c.py").write_text(
            "import numpy as np\n\n"
            'def f(a: "f64[n,m]", b: "f64[m,3]", v: "f64[3]"):\n'
            '    return np.einsum("ij,jk,k", a, b, v)\n\n'
            'def g(a: "f64[n,m]", x: "f16[n]"):\n    return np.einsum("ij,i->j", a, x) + a.sum()\n'
        )
        text = self.tool("explain", "c.py").stdout
        self.assertIn(
            '  contraction "ab,bc,c->a"\n'
            '    (1, 2) "bc,c->b": 3*m multiply-adds, m elements\n'
            '    (0, 1) "ab,b->a": n*m multiply-adds, n elements\n', text)
        self.assertIn('  contraction "ab,a->b"\n    (0, 1) "ab,a->b": n*m multiply-adds', text)
        self.assertNotIn("contraction", self.tool("explain", "k.py").stdout)

    def test_explain_says_what_is_overwritten_and_bytes(self):
        (self.folder / "e.py").write_text(
            "import numpy as np\n\n"
            'def f(x: "f64[n]"):\n    e = np.exp(x)\n    return e / e.sum()\n\n'
            'def g(x: "f64[n]"):\n    e = np.exp(x)\n    return e[::-1] / e.sum()\n'
        )
        text = self.tool("explain", "e.py").stdout
        self.assertIn("e.py:4:12: t0 is overwritten by r0: kernel 2 reads each element", text)
        self.assertIn("e.py:8:12: t0 is not overwritten by r0: kernel 2 reads it at other", text)
        self.assertIn("memory  8*n of arguments, 8*n of results, 8*(n//4096) + 16 of", text)
        self.assertIn("bytes   8*n + 8 read, 8*n written", text)

    def test_explain_names_kernels_and_temporaries(self):
        text = self.tool("explain", "k.py").stdout
        self.assertIn("distances: 1 kernel, 0 temporaries", text)
        self.assertIn("scale: 1 kernel, 0 temporaries", text)

    def test_explain_says_from_which_size_on_loops_are_parallel(self):
        (self.folder / "t.py").write_text(
            'def short(x: "f64[1000]"):\n    return x * 2\n\n\n'
            'def long(x: "f64[n]"):\n    return x * 2\n\n\n'
            'def rows(x: "f64[n,m]"):\n    return x.max(axis=1)\n\n\n'
            'def once(x: "f64[5]"):\n    return x.sum()\n')
        text = self.tool("explain", "t.py").stdout
        self.assertEqual(re.findall(r"(?m)^    threads (.*)$", text),
                         ["i from 32768 (not 1000)", "i from 32768",
                          "i from 2*max(65536//(2*m + 2), 1)", "one"])
