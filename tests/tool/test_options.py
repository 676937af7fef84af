"""Each row of frontend/options.def: in --help, in docs/tool.md, as a flag and in the environment.

A row without a test here fails `test_every_row_is_tested`.
"""

import os
import re
import signal

from case import COMMANDS, ROOT, ToolCase

ROW = re.compile(r'^OPTION\((\w+), [\w:]+, [^,]+, "(\w+)", "([\w-]*)",\s*"((?:[^"\\]|\\.)*)"\)',
                 re.M)


def rows():
    """(field, environment variable, flag, sentence) of each row."""
    text = (ROOT / "frontend/options.def").read_text()
    found = ROW.findall(text)
    assert len(found) == len(re.findall(r"(?m)^OPTION\(", text))
    return found


class Options(ToolCase):
    def test_every_row_is_in_the_help_of_every_command(self):
        for command in COMMANDS:
            text = " ".join(self.tool(command, "--help").stdout.split())
            for _, environment, flag, sentence in rows():
                self.assertIn(sentence, text)
                self.assertIn(f"${environment}", text)
                if flag:
                    self.assertIn(f"--{flag} ", text)

    def test_every_row_is_in_the_docs(self):
        table = [f"| {f'`--{flag}`' if flag else '—'} | `{environment}` | {sentence} |"
                 for _, environment, flag, sentence in rows()]
        page = (ROOT / "docs/tool.md").read_text()
        self.assertIn("\n".join(table), page, "docs/tool.md should have the rows of the table")

    def test_every_command_is_in_the_docs(self):
        page = (ROOT / "docs/tool.md").read_text()
        for command in COMMANDS:
            self.assertIn(f"arrayc {command} ", page)

    def test_every_row_is_tested(self):
        for field, *_ in rows():
            self.assertTrue(hasattr(self, f"test_{field}"), field)

    def test_the_flag_wins_over_the_environment(self):
        env = {"ARRAYC_BACKEND": "nobody"}
        self.fails(1, "no backend named 'nobody'", "run", "k.py:scale", env=env)

    def test_an_unknown_variable_is_named_once(self):
        done = self.tool("list", "ops", env={"ARRAYC_BAKEND": "cpu"})
        self.assertEqual(done.stderr.count("ARRAYC_BAKEND means nothing"), 1)
        done = self.tool("list", "ops", env={"ARRAYC": "", "BARRAYC_X": ""})
        self.assertEqual(done.stderr, "")

    def test_switches_are_read_alike(self):
        for yes in ("1", "yes", "On", "TRUE"):
            for given in ({"env": {"ARRAYC_LOG": yes}}, {"more": [f"--log={yes}"]}):
                self.assertIn("arrayc: ", self.scale(**given).stderr)
        self.assertIn("arrayc: ", self.scale(more=["--log"]).stderr)
        for no in ("0", "No", "off", "false", ""):
            self.assertEqual(self.scale(env={"ARRAYC_LOG": no}).stderr, "")
        self.fails(1, "ARRAYC_LOG: 'maybe' is neither yes nor no", "list", "ops",
                   env={"ARRAYC_LOG": "maybe"})

    def scale(self, more=(), env=None):
        return self.tool("run", "k.py:scale", "random:f64[3]", "2", *more, env=env or {})

    # --- one test a row: by the flag and by the variable

    def test_backend(self):
        for name in ("interp", "interp-loops", "cpu"):
            for done in (self.scale(["--log", f"--backend={name}"]),
                         self.scale(["--log"], {"ARRAYC_BACKEND": name})):
                self.assertIn(f" nodes on {name}, ", done.stderr)

    def test_target_cpu(self):
        def code(*more, **env):
            return self.tool("compile", "k.py", "--emit=asm", "-o", "-", *more, env=env).stdout
        texts = {}
        for name in ("x86-64-v2", "x86-64-v3", "x86-64-v4"):
            texts[name] = code(f"--target-cpu={name}")
            self.assertEqual(code(ARRAYC_TARGET_CPU=name), texts[name])
        self.assertEqual(len(set(texts.values())), 3)
        self.assertNotIn("%ymm", texts["x86-64-v2"])

    def test_target(self):
        def header(*more, **env):
            return self.tool("compile", "k.py", "--emit=header", "-o", "-", *more, env=env).stdout
        arm = header("--target=aarch64-linux-gnu")
        self.assertIn("Processor: armv8-a.", arm)
        self.assertEqual(header(ARRAYC_TARGET="aarch64-linux-gnu"), arm)
        self.assertNotEqual(header("--target=x86_64-linux-gnu"), arm)

    def test_num_threads(self):
        for done in (self.scale(["--log", "--threads=3"]),
                     self.scale(["--log"], {"ARRAYC_NUM_THREADS": "3"}),
                     self.scale(["--log"], {"OMP_NUM_THREADS": "3"}),
                     self.scale(["--log", "--threads=3"], {"ARRAYC_NUM_THREADS": "5"}),
                     self.scale(["--log"], {"ARRAYC_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"})):
            self.assertIn(", 3 threads: ", done.stderr)
        self.assertIn(", 1 thread: ", self.scale(["--log", "--threads=1"]).stderr)

    def test_plugins(self):
        softplus, count = self.plugin("softplus"), self.plugin("count_nodes")
        for done in (self.tool("list", "ufuncs", "--load-plugin", softplus),
                     self.tool("list", "ufuncs", env={"ARRAYC_PLUGINS": f"{count}:{softplus}"})):
            self.assertRegex(done.stdout, r"(?m)^softplus +log\(1")
        both = self.tool("list", "passes", f"--load-plugin={softplus}", f"--load-plugin={count}")
        self.assertRegex(both.stdout, r"(?m)^count_nodes .*plug-in, after simplify")
        both = self.tool("list", "passes", f"--load-plugin={softplus}:{count}")
        self.assertRegex(both.stdout, r"(?m)^count_nodes .*plug-in, after simplify")

    def test_disabled_passes(self):
        for more, env in ((["--disable-pass=simplify"], {}),
                          ([], {"ARRAYC_DISABLE_PASS": "simplify"})):
            done = self.tool("opt", "k.py", "--print-after=all", *more, env=env)
            self.assertNotIn("; after simplify\n", done.stderr)
            self.assertIn("; after fuse\n", done.stderr)

    def test_dump_dir(self):
        self.tool("opt", "k.py", "--dump-dir=one")
        self.tool("opt", "k.py", env={"ARRAYC_DUMP_DIR": "two"})
        one, two = (sorted(os.listdir(self.folder / name)) for name in ("one", "two"))
        self.assertEqual(one, two)
        self.assertIn("0003-simplify.air", one)

    def test_verify(self):
        words = ["opt", "k.py", "--passes=simplify,breaks_ir",
                 f"--load-plugin={self.plugin('breaks_ir')}"]
        self.fails(70, "[breaks_ir]", *words)
        for done in (self.tool(*words, "--verify-passes=no"),
                     self.tool(*words, env={"ARRAYC_VERIFY": "0"})):
            self.assertIn("%same: f64[n], %same: f64[n]", done.stdout)

    def test_small_work(self):
        """The option of C++ programs: what quickstart computes is small."""
        program = self.build / "examples/quickstart"
        if not program.exists():
            self.skipTest("the examples are not built")
        for value, backend in (("1", "interp"), ("0", "cpu")):
            done = self.tool(program=program, env={"ARRAYC_LOG": "1", "ARRAYC_SMALL_WORK": value})
            self.assertEqual(set(re.findall(r"nodes on ([\w-]+)", done.stderr)), {backend})

    def test_graph_mib(self):
        """Of C++ programs too; tests/frontend/test_session.cpp has what happens at the bound."""
        program = self.build / "examples/quickstart"
        if not program.exists():
            self.skipTest("the examples are not built")
        done = self.tool(program=program, env={"ARRAYC_GRAPH_MIB": "1"})
        self.assertEqual(done.stderr, "")
        done = self.tool(program=program, env={"ARRAYC_GRAPH_MIB": "some"}, status=-signal.SIGABRT)
        self.assertIn("ARRAYC_GRAPH_MIB: 'some' is not a number", done.stderr)

    def test_log(self):
        line = r"^arrayc: \d+ nodes on cpu, \d+ threads?: 1 kernels, 0 temporaries, [\d.]+ ms \+"
        self.assertRegex(self.scale(["--log"]).stderr, line)
        self.assertRegex(self.scale(env={"ARRAYC_LOG": "1"}).stderr, line)
        self.assertEqual(self.scale().stderr, "")
