"""Objects for several processors, and for others than this machine's, linked and run."""

import shutil
import subprocess
import sys
import unittest

from case import ROOT, ToolCase

sys.path.insert(0, str(ROOT / "tests/ladder"))
import instruction_sets  # noqa: E402

WAVES = '''import numpy as np

def waves(x: "f64[n]"):
    return np.sin(x) * np.exp(-x), np.cos(x).sum()
'''
# Prints the status and a hash of all result bits; of an address, the level kept there. Fails where
# the bits depend on the caller's rounding, or it is not put back.
PROGRAM = r'''
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "k.h"
enum { n = 1000 };
static double x[n], a[n + 1], b[n + 1];
int main(int count, char** words) {
  for (int i = 0; i < n; ++i) x[i] = i * 0.013 - 3;
  int status = waves(x, a, a + n, n);
  fesetround(FE_UPWARD);
  waves(x, b, b + n, n);
  if (fegetround() != FE_UPWARD || memcmp(a, b, sizeof a) != 0) return 1;
  unsigned long long hash = 1469598103934665603ull, bits;
  for (int i = 0; i <= n; ++i) {
    memcpy(&bits, a + i, sizeof bits);
    hash = (hash ^ bits) * 1099511628211ull;
  }
  int level = count > 1 ? *(int*)strtoull(words[1], NULL, 16) - 1 : -1;
  printf("%d %llx %d\n", status, status ? 0 : hash, level);
  return 0;
}
'''
ALL = "--target-cpu=x86-64-v2,x86-64-v3,x86-64-v4"
BAD_PROCESSOR = 6
IS_X86 = bool(instruction_sets.host_flags())


def needs(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    return unittest.skipIf(missing, f"there is no {', '.join(missing)}")


class Processors(ToolCase):
    def setUp(self):
        super().setUp()
        (self.folder / "k.py").write_text(WAVES)
        (self.folder / "main.c").write_text(PROGRAM)

    def sh(self, command):
        done = subprocess.run(command, shell=True, cwd=self.folder, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        return done.stdout

    def results(self, command):
        """(status, hash, level) that the program prints."""
        status, bits, level = self.sh(command).split()
        return int(status), bits, int(level)

    def link(self, flags, compiler="gcc"):
        self.sh(f"{compiler} -fopenmp {flags} main.c k.o -lm -o program")

    def kept_level(self):
        """Where the program keeps what it found out about the processor."""
        return next(line.split()[0] for line in self.sh("nm program").splitlines()
                    if line.endswith(" arrayc.kept_level"))

    @unittest.skipUnless(IS_X86, "for x86-64")
    def test_links_in_every_way(self):
        self.tool("compile", "k.py", "-o", "k.o", ALL)
        bits = set()
        for flags in ("", "-no-pie", "-fPIE -pie", "-static", "-static-pie"):
            self.link(flags)
            status, hashed, _ = self.results("./program")
            self.assertEqual(status, 0, flags)
            bits.add(hashed)
        self.sh("gcc -fopenmp -shared -fPIC k.o -lm -Wl,--no-undefined -o libk.so")
        self.sh("gcc main.c -L. -lk -lm -Wl,-rpath,. -o program")
        bits.add(self.results("./program")[1])
        self.assertEqual(len(bits), 1)

    @unittest.skipUnless(IS_X86, "for x86-64")
    def test_this_processor_runs_the_best(self):
        self.tool("compile", "k.py", "-o", "k.o", ALL)
        self.link("-no-pie")
        flags, level = instruction_sets.host_flags(), 0
        for name, wanted in instruction_sets.FLAGS.items():
            if not wanted <= flags:
                break
            level = int(name[-1])
        self.assertEqual(self.results(f"./program {self.kept_level()}")[::2], (0, level))

    @unittest.skipUnless(IS_X86, "for x86-64")
    @needs("qemu-x86_64")
    def test_each_processor_runs_what_it_can(self):
        self.tool("compile", "k.py", "-o", "k.o", ALL)
        self.link("-no-pie")
        address = self.kept_level()
        for cpu, status, level in (("core2duo", BAD_PROCESSOR, 0), ("qemu64", BAD_PROCESSOR, 0),
                                   ("Nehalem", 0, 2), ("Westmere", 0, 2), ("Haswell", 0, 3)):
            self.assertEqual(self.results(f"qemu-x86_64 -cpu {cpu} ./program {address}")[::2],
                             (status, level), cpu)
        # Without xsave the system does not keep the wide registers.
        for cpu in ("Haswell,-xsave", "Haswell,-avx2", "Haswell,-fma"):
            self.assertEqual(self.results(f"qemu-x86_64 -cpu {cpu} ./program {address}")[::2],
                             (0, 2), cpu)

    @unittest.skipUnless(IS_X86, "for x86-64")
    @needs("qemu-x86_64")
    def test_a_single_set_asks_too(self):
        self.tool("compile", "k.py", "-o", "k.o", "--target-cpu=x86-64-v3")
        self.link("-no-pie")
        self.assertEqual(self.results("qemu-x86_64 -cpu Nehalem ./program")[0], BAD_PROCESSOR)
        self.assertEqual(self.results("qemu-x86_64 -cpu Haswell ./program")[0], 0)

    @unittest.skipUnless(IS_X86, "for x86-64")
    @needs("qemu-x86_64")
    def test_bits(self):
        def bits(cpus, launcher):
            self.tool("compile", "k.py", "-o", "k.o", f"--target-cpu={cpus}")
            self.link("")
            status, hashed, _ = self.results(f"{launcher} ./program")
            self.assertEqual(status, 0)
            return hashed
        v3 = bits("x86-64-v3", "qemu-x86_64 -cpu Haswell")
        self.assertEqual(bits("x86-64-v3-512", "qemu-x86_64 -cpu Haswell"), v3)
        if set().union(*instruction_sets.FLAGS.values()) <= instruction_sets.host_flags():
            self.assertEqual(bits("x86-64-v4", ""), v3)
        v2 = bits("x86-64-v2", "qemu-x86_64 -cpu Nehalem")
        self.assertNotEqual(v2, v3)  # without fused multiply-add
        everything = "x86-64-v2,x86-64-v3,x86-64-v4"
        self.assertEqual(bits(everything, "qemu-x86_64 -cpu Haswell"), v3)
        self.assertEqual(bits(everything, "qemu-x86_64 -cpu Nehalem"), v2)

    @needs("aarch64-linux-gnu-gcc", "qemu-aarch64")
    def test_aarch64(self):
        self.tool("compile", "k.py", "-o", "k.o", "--target=aarch64-linux-gnu")
        self.link("-static", "aarch64-linux-gnu-gcc")
        status, hashed, _ = self.results("qemu-aarch64 ./program")
        self.assertEqual(status, 0)
        self.sh("aarch64-linux-gnu-gcc -fopenmp -shared k.o -lm -Wl,--no-undefined -o libk.so")
        if instruction_sets.FLAGS["x86-64-v3"] <= instruction_sets.host_flags():
            self.tool("compile", "k.py", "-o", "k.o", "--target-cpu=x86-64-v3")
            self.link("")
            self.assertEqual(self.results("./program")[1], hashed)

    def test_aarch64_text(self):
        def text(*more, **env):
            return self.tool("compile", "k.py", "-o", "-", *more, env=env).stdout
        code = text("--emit=asm", "--target=aarch64-linux-gnu")
        self.assertIn("fmla", code)
        self.assertEqual(text("--emit=asm", ARRAYC_TARGET="aarch64-linux-gnu"), code)
        self.assertIn('target triple = "aarch64-unknown-linux-gnu"',
                      text("--emit=llvm", "--target=aarch64-linux-gnu"))
        self.assertIn("Processor: armv8-a.", text("--emit=header", "--target=aarch64-linux-gnu"))

    def test_refused(self):
        for message, *words in (
                ("x86-64-v3 is not one of the target system", "--target=aarch64-linux-gnu",
                 "--target-cpu=x86-64-v3"),
                ("unknown target system 'mips'", "--target=mips"),
                ("cannot be in one object", "--target-cpu=x86-64-v2,x86-64-v2")):
            self.fails(1, message, "compile", "k.py", "-o", "k.o", *words)

    @unittest.skipUnless(IS_X86, "for x86-64")
    def test_running_for_another_system(self):
        self.fails(1, "this processor cannot run code for armv8-a", "run", "k.py:waves",
                   "random:f64[10]:7", "--target=aarch64-linux-gnu")
        every = self.tool("run", "k.py:waves", "random:f64[10]:7", ALL).stdout
        self.assertEqual(every, self.tool("run", "k.py:waves", "random:f64[10]:7").stdout)
