"""Exit statuses, help, words from files, and what is printed counts only if it arrives."""

import unittest

from case import COMMANDS, ToolCase

FULL = "/dev/full"


class Usage(ToolCase):
    def test_help_lists_every_command(self):
        for word in ("--help", "-h", "help"):
            done = self.tool(word)
            for command in COMMANDS:
                self.assertRegex(done.stdout, rf"(?m)^  {command} +\S")
            self.assertEqual(done.stderr, "")

    def test_every_command_has_help_with_examples(self):
        for command in COMMANDS:
            for word in ("--help", "-h"):
                done = self.tool(command, word)
                self.assertTrue(done.stdout.startswith(f"usage: arrayc {command} "))
                self.assertIn(f"examples:\n  arrayc {command} ", done.stdout)
                self.assertEqual(done.stderr, "")

    def test_version(self):
        self.assertRegex(self.tool("--version").stdout, r"^arrayc \d+\.\d+\.\d+\n$")

    def test_no_word_is_a_mistake_with_help(self):
        self.assertIn("usage: arrayc COMMAND", self.tool(status=2).stdout)

    def test_mistakes_in_the_call_have_status_2(self):
        for message, *words in [
            ("unknown command 'compil'", "compil"),
            ("unrecognised option '--fast'", "compile", "k.py", "-o", "k.o", "--fast"),
            ("compile needs one file", "compile", "-o", "k.o"),
            ("compile needs one file", "compile", "k.py", "k.py", "-o", "k.o"),
            ("compile needs -o", "compile", "k.py"),
            ("k.exe': .o .h .ll .s .air and .dot", "compile", "k.py", "-o", "k.exe"),
            ("unknown stage 'llmv'; known: graph", "compile", "k.py", "--emit=llmv", "-o", "out"),
            ("-o - needs --emit=STAGE", "compile", "k.py", "-o", "-"),
            ("takes one stage", "compile", "k.py", "-o", "-", "--emit=graph,loops"),
            ("-MF needs a file", "compile", "k.py", "-o", "k.o", "-MF"),
            ("run needs FILE:FUNCTION", "run"),
            ("opt needs one file", "opt"),
            ("opt writes one file", "opt", "k.py", "-o", "a", "-o", "b"),
            ("unrecognised option '--passes", "compile", "k.py", "-o", "k.o", "--passes=fuse"),
            ("there is no pass 'fuze'", "opt", "k.py", "--passes=simplify,fuze"),
            ("there is no pass 'fuze'", "opt", "k.py", "--print-after=fuze"),
            ("there is no pass 'fuze'", "compile", "k.py", "-o", "k.o", "--disable-pass=fuze"),
            ("explain needs one file", "explain"),
            ("list needs one of ufuncs", "list"),
            ("list needs one of ufuncs", "list", "everything"),
            ("--backend given twice", "list", "ops", "--backend=cpu", "--backend=interp"),
            ("cannot read the file of options 'none'", "compile", "@none"),
        ]:
            self.fails(2, message, *words)

    def test_mistakes_in_the_program_have_status_1(self):
        (self.folder / "empty.py").write_text("")
        (self.folder / "broken.py").write_text('def f(x: "f64[n]"):\n    return x +\n')
        for message, *words in [
            ("cannot read 'none.py'", "compile", "none.py", "-o", "k.o"),
            ("cannot read 'folder.py'", "compile", "folder.py", "-o", "k.o"),
            ("nothing reads files like 'k.txt'", "compile", "k.txt", "-o", "k.o"),
            ("no function here has typed parameters", "compile", "empty.py", "-o", "k.o"),
            ("broken.py:2:", "compile", "broken.py", "-o", "k.o"),
            ("no function 'area'", "run", "k.py:area"),
            ("which function?", "run", "k.py"),
            ("the file has distances, scale, both", "run", "k.py:area"),
            ("area", "compile", "k.py", "-o", "k.o", "--export=area(f64[n])"),
            ("scale() takes 2 arguments, 1 given", "run", "k.py:scale", "3"),
            ("its parameters: x: f64[n], s: f64", "run", "k.py:scale", "3"),
            ("there is no backend named 'gpu'", "run", "k.py:scale", "--backend=gpu"),
            ("unknown target processor 'z80'", "opt", "k.py", "--target-cpu=z80"),
            ("'many' is not a number", "opt", "k.py", "--threads=many"),
            ("'perhaps' is neither yes nor no", "opt", "k.py", "--log=perhaps"),
            ("cannot load the plug-in none.so", "list", "ops", "--load-plugin=none.so"),
            ("pass 'fuse' cannot run on this IR", "opt", "k.py", "--passes=fuse"),
            ("pass 'fuse' cannot be disabled", "opt", "k.py", "--disable-pass=fuse"),
        ]:
            if "folder.py" in words:
                (self.folder / "folder.py").mkdir(exist_ok=True)
            self.fails(1, message, *words)

    def test_a_bug_of_ours_has_status_70_and_names_the_pass(self):
        done = self.fails(70, "[breaks_ir]", "compile", "k.py", "-o", "k.o",
                          f"--load-plugin={self.plugin('breaks_ir')}")
        self.assertIn("error: internal: ", done.stderr)
        self.assertIn("this is a bug of arrayc; to reproduce: arrayc compile k.py", done.stderr)

    def test_words_come_from_a_file(self):
        (self.folder / "my kernels.py").write_text(self.read("k.py"))
        (self.folder / "words").write_text("compile 'my kernels.py'\n -o\tk.air\n-MD -MF k.d\n")
        self.tool("@words")
        self.assertEqual(self.new_files(), {"my kernels.py", "words", "k.air", "k.d"})
        (self.folder / "words").write_text("--passes=simplify k.py")
        self.assertEqual(self.tool("opt", "@words").stdout,
                         self.tool("opt", "k.py", "--passes=simplify").stdout)

    def test_a_full_disk_behind_the_standard_output_is_an_error(self):
        for words in (["--help"], ["list", "ufuncs"], ["opt", "k.py"], ["explain", "k.py"],
                      ["run", "k.py:scale", "random:f64[3]", "2"], ["opt", "--help"]):
            with open(FULL, "w") as full:
                self.fails(1, "No space left on device", *words, stdout=full)

    def test_llvm_is_not_loaded_before_it_is_needed(self):
        def loaded(*words):
            return self.tool(*words, env={"LD_DEBUG": "libs"}).stderr
        for words in (["--help"], ["--version"], ["compile", "--help"], ["list", "ufuncs"],
                      ["opt", "k.py", "-o", "k.air"], ["compile", "k.py", "-o", "k2.air"]):
            text = loaded(*words)
            self.assertIn("libarrayc.so", text)
            self.assertNotIn("libLLVM", text)
        self.assertIn("libLLVM", loaded("compile", "k.py", "-o", "k.ll"))

    def test_list_prints_every_table(self):
        for table, row in [("ufuncs", "sqrt"), ("ops", "reduce"), ("passes", "fuse"),
                           ("backends", "cpu"), ("frontends", "numpy"), ("targets", "native"),
                           ("dtypes", "f64")]:
            self.assertRegex(self.tool("list", table).stdout, rf"(?m)^{row} +\S")


if __name__ == "__main__":
    unittest.main()
