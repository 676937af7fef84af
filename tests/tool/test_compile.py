"""What `arrayc compile` writes: each kind of file, stages, dependencies; all files or none."""

import os
import re
import resource
import shutil
import signal
import subprocess

import numpy as np

from case import ToolCase

STAGES = {"graph": "k.graph.air", "fused": "k.fused.air", "loops": "k.loops.air", "llvm": "k.ll",
          "asm": "k.s", "obj": "k.o", "header": "k.h"}


def small_files_only():
    """The process may not write a file of more than 2000 bytes: a disk that fills up."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


class Compile(ToolCase):
    def test_an_object_comes_with_its_header(self):
        self.tool("compile", "k.py", "-o", "k.o")
        self.assertEqual(self.new_files(), {"k.o", "k.h"})
        self.assertEqual((self.folder / "k.o").read_bytes()[:4], b"\x7fELF")
        header = self.read("k.h")
        for name in ("distances", "scale", "both"):
            self.assertIn(f"int {name}(", header)
        symbols = subprocess.run(["nm", "--defined-only", "-g", "k.o"], cwd=self.folder, text=True,
                                 capture_output=True, check=True).stdout
        for name in ("distances", "scale", "both"):
            self.assertIn(f" T {name}\n", symbols)
        compiler = shutil.which("cc") or shutil.which("gcc")
        (self.folder / "use.c").write_text('#include "k.h"\n')
        subprocess.run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "use.c"],
                       cwd=self.folder, check=True)

    def test_text_by_suffix(self):
        for suffix, expected in [(".ll", "define "), (".s", "distances:"), (".h", "int distances("),
                                 (".air", "func @distances(%points: f64[n,2], %p: f64[2])"),
                                 (".dot", "digraph arrayc {")]:
            self.tool("compile", "k.py", "-o", f"out{suffix}")
            self.assertEqual(self.new_files(), {f"out{suffix}"})
            self.assertIn(expected, self.read(f"out{suffix}"))
            os.remove(self.folder / f"out{suffix}")

    def test_air_is_a_source_and_means_the_same(self):
        self.tool("compile", "k.py", "-o", "k.air")
        for kind in ("air", "dot"):
            self.tool("compile", "k.py", "-o", f"a.{kind}")
            self.tool("compile", "k.air", "-o", f"b.{kind}")
            self.assertEqual(self.read(f"a.{kind}"), self.read(f"b.{kind}"))

    def test_dot_has_a_box_a_node_and_an_edge_an_operand(self):
        (self.folder / "k.air").write_text(
            "func @f(%x: f64[n]) -> f64[n] {\n  %0 = add %x, %x\n  %1 = sqrt %0\n  return %1\n}\n")
        self.tool("compile", "k.air", "-o", "k.dot")
        text = self.read("k.dot")
        labels = re.findall(r'(\w+) \[shape=\w+, label="(.*)"\]', text)
        self.assertEqual([label for _, label in labels],
                         [r"x\nf64[n]", r"add\nf64[n]", r"sqrt\nf64[n]", "result 0"])
        x, add, sqrt, result = (name for name, _ in labels)
        self.assertEqual(re.findall(r"(\w+) -> (\w+);", text),
                         [(x, add), (x, add), (add, sqrt), (sqrt, result)])
        self.assertEqual(text.count("{"), text.count("}"))

    def test_several_outputs_at_once(self):
        self.tool("compile", "k.py", "-o", "k.o", "-o", "k.ll", "-o", "k.h")
        self.assertEqual(self.new_files(), {"k.o", "k.h", "k.ll"})

    def test_each_stage_is_one_file(self):
        self.tool("compile", "k.py", "--emit=" + ",".join(STAGES), "-o", "out/deep")
        made = self.folder / "out/deep"
        self.assertEqual(set(os.listdir(made)), set(STAGES.values()))
        for stage, marker in [("graph", "reduce.add"), ("fused", "call @k0("),
                              ("loops", "parallel"), ("llvm", "define "), ("asm", ".globl"),
                              ("header", "#ifndef")]:
            self.assertIn(marker, (made / STAGES[stage]).read_text(), stage)

    def test_each_stage_alone_to_the_standard_output(self):
        self.tool("compile", "k.py", "--emit=" + ",".join(STAGES), "-o", "out")
        for stage, name in STAGES.items():
            done = self.tool("compile", "k.py", f"--emit={stage}", "-o", "-", text=False)
            self.assertEqual(done.stdout, (self.folder / "out" / name).read_bytes(), stage)

    def test_dependencies(self):
        self.tool("compile", "k.py", "-o", "k.o", "-MD", "-MF", "deps.d")
        self.assertEqual(self.read("deps.d"), "k.o k.h: k.py\n")
        self.tool("compile", "k.py", "-o", "k.o", "-MD")
        self.assertEqual(self.read("k.d"), "k.o k.h: k.py\n")
        os.rename(self.folder / "k.py", self.folder / "my k.py")
        self.tool("compile", "my k.py", "-o", "a b.air", "-MF", "deps.d")
        self.assertEqual(self.read("deps.d"), "a\\ b.air: my\\ k.py\n")
        self.tool("compile", "my k.py", "--emit=graph,loops", "-o", "out", "-MF", "deps.d")
        self.assertEqual(self.read("deps.d"),
                         "out/my\\ k.graph.air out/my\\ k.loops.air: my\\ k.py\n")

    def test_exports_type_functions_from_outside(self):
        (self.folder / "plain.py").write_text("def double(x):\n    return x + x\n")
        self.fails(1, "typed parameters", "compile", "plain.py", "-o", "plain.air")
        self.tool("compile", "plain.py", "-o", "plain.air", "--export", "double(f32[n,m])")
        self.assertIn("@double(%x: f32[n,m])", self.read("plain.air"))

    def test_an_export_without_types_is_a_function_that_has_them(self):
        (self.folder / "two.py").write_text(
            "import numpy as np\n\ndef f(x: 'f64[n]'):\n    return x + x\n\n"
            "def g(x: 'f64[n]'):\n    return np.fft(x)\n\ndef h(x):\n    return x\n")
        self.fails(1, "fft", "compile", "two.py", "-o", "two.air")
        self.tool("compile", "two.py", "-o", "two.air", "--export", "f")
        self.assertIn("@f(%x: f64[n])", self.read("two.air"))
        self.tool("compile", "two.air", "-o", "two.s", "--export", "f")
        np.save(self.folder / "x.npy", np.array([1.0, 2.0]))
        self.assertEqual(self.tool("run", "two.py:f", "x.npy").stdout, "[2. 4.]\n")
        self.fails(1, "fft", "run", "two.py:g", "x.npy")
        self.fails(1, "the parameters of 'h' have no types", "run", "two.py:h", "x.npy")
        self.fails(1, "no function 'long'", "run", "two.py:long", "x.npy")
        self.fails(1, "no function 'i'", "run", "two.air:i", "x.npy")

    def test_a_failure_leaves_no_file(self):
        (self.folder / "file").write_text("")
        for message, output in [("none/k.o cannot be created", "none/k.o"),
                                ("file/k.o cannot be created", "file/k.o"),
                                ("/proc/k.o cannot be created", "/proc/k.o")]:
            self.fails(1, message, "compile", "k.py", "-o", output)
            self.fails(1, message, "compile", "k.py", "-o", "good.air", "-o", output)
        for folder in ("file", "/proc/none"):
            self.fails(1, f"cannot make the folder '{folder}'", "compile", "k.py", "--emit=graph",
                       "-o", folder)
        self.fails(1, "none/d cannot be created", "compile", "k.py", "-o", "k.o", "-MF", "none/d")

    def test_a_disk_that_fills_up_leaves_what_was_there(self):
        (self.folder / "k.ll").write_text("older")
        self.fails(1, "k.ll cannot be written: File too large", "compile", "k.py", "-o", "k.air",
                   "-o", "k.ll", preexec_fn=small_files_only)
        self.assertEqual(self.read("k.ll"), "older")
        self.assertEqual(self.new_files(), {"k.ll"})

    def test_a_device_is_written_to_and_stays_one(self):
        os.symlink("/dev/full", self.folder / "full.air")
        os.symlink("/dev/null", self.folder / "null.air")
        self.fails(1, "full.air cannot be written: No space", "compile", "k.py", "-o", "full.air")
        self.tool("compile", "k.py", "-o", "null.air")
        for path in ("full.air", "null.air"):
            self.assertFalse((self.folder / path).is_file())

    def test_a_limitation_of_a_backend_is_an_error(self):
        self.fails(1, "interp", "compile", "k.py", "-o", "k.o", "--backend=interp")
