"""The tool as a user calls it: one empty folder a test, with the file of kernels in it."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = ["run", "compile", "opt", "explain", "list"]
KERNELS = '''import numpy as np

def distances(points: "f64[n,2]", p: "f64[2]") -> "f64[n]":
    return np.sqrt(((points - p)**2).sum(axis=1))

def scale(x: "f64[n]", s: "f64"):
    return x * s, x + s

def both(x: "f64[n]", y: "f64[n]", k: "i64[n]"):
    return x + y * k
'''


class ToolCase(unittest.TestCase):
    """`build` is set by run.py."""

    build = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="arrayc-tool-"))
        (self.folder / "k.py").write_text(KERNELS)
        self.before = set(os.listdir(self.folder))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def tool(self, *words, status=0, **more):
        """Runs `arrayc words`; its status must be the given one. Environment: `env`."""
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("ARRAYC_", "OMP_")) and k != "NO_COLOR"}
        env |= more.pop("env", {})
        program = more.pop("program", self.build / "bin/arrayc")
        text = more.pop("text", True)
        more = {"stdout": subprocess.PIPE} | more
        done = subprocess.run([program, *map(str, words)], cwd=self.folder, env=env, text=text,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, **more)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def fails(self, status, message, *words, **more):
        """The tool fails so, says so on stderr alone, and leaves no file behind."""
        before = set(os.listdir(self.folder))
        done = self.tool(*words, status=status, **more)
        self.assertIn(message, done.stderr)
        if status == 2:
            self.assertTrue(done.stderr.startswith("arrayc: "), done.stderr)
        else:
            self.assertIn("error: ", done.stderr)
        if "stdout" not in more:
            self.assertEqual(done.stdout, "")
        self.assertEqual(set(os.listdir(self.folder)), before)
        return done

    def new_files(self):
        return set(os.listdir(self.folder)) - self.before

    def read(self, name):
        return (self.folder / name).read_text()

    def save(self, name, array):
        np.save(self.folder / name, array)
        return name

    def plugin(self, name):
        return str(self.build / f"plugins/{name}.so")
