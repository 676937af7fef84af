"""Each rule of lint.py and each closing line that count_tests.py reads, tried on small inputs."""

import os
import tempfile
import unittest

import count_tests
import lint


def function_of(lines):
    return "int f(int x) {\n" + "  ++x;\n" * (lines - 2) + "}\n"


class Rules(unittest.TestCase):
    """A tree with one broken rule gives that rule's finding; the sound tree gives none."""

    SOUND = {f"{folder}/README.md": "# x\n" for folder in lint.WITH_README} | {
        "runtime/a.h": "#pragma once\n#include <vector>\n",
        "ir/b.cpp": '#include "runtime/a.h"\n#include <arrayc/abi.h>\n',
        "passes/c.cpp": '#include "runtime/a.h"\n',
        "tests/passes/test_c.cpp": '#include "runtime/a.h"\n',
        "frontend/cpp/include/arrayc/x.h": "#pragma once\n#include <arrayc/abi.h>\n",
    }

    def findings(self, changes):
        with tempfile.TemporaryDirectory() as root:
            for path, text in (self.SOUND | changes).items():
                if text is None:
                    continue
                path = os.path.join(root, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return lint.lint(root)

    def assert_finding(self, part, changes):
        findings = self.findings(changes)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(part, findings[0])

    def test_sound_tree(self):
        self.assertEqual(self.findings({}), [])

    def test_layers(self):
        self.assert_finding("runtime is below ir", {
            "ir/d.h": "#pragma once\n", "runtime/a.h": '#pragma once\n#include "ir/d.h"\n'})
        self.assert_finding("ir is below tests", {
            "tests/t.h": "#pragma once\n", "ir/b.cpp": '#include "tests/t.h"\n'})
        self.assert_finding("ir is below frontend", {"ir/b.cpp": "#include <arrayc/x.h>\n"})
        self.assert_finding("does not exist", {"ir/b.cpp": '#include "ir/nothing.h"\n'})
        self.assert_finding("not a path from the top", {"ir/b.cpp": '#include "b.h"\n'})

    def test_confined_libraries(self):
        module = "#include <llvm/IR/Module.h>\n"
        self.assert_finding("<llvm/IR/Module.h> may be", {"ir/b.cpp": module})
        self.assert_finding("<llvm-c/Core.h> may be",
                            {"backends/x.cpp": "#include <llvm-c/Core.h>\n"})
        self.assert_finding("<boost/any.hpp> may be",
                            {"frontend/x.cpp": "#include <boost/any.hpp>\n"})
        self.assertEqual(self.findings({"backends/llvm/x.cpp": module}), [])

    def test_public_headers(self):
        public = "frontend/cpp/include/arrayc/x.h"
        self.assert_finding("a public header includes <fmt/format.h>",
                            {public: "#pragma once\n#include <fmt/format.h>\n"})
        self.assert_finding("write <arrayc/...>",
                            {public: '#pragma once\n#include "arrayc/abi.h"\n'})
        self.assert_finding("internal", {public: "#pragma once\n#include <runtime/a.h>\n"})

    def test_examples(self):
        self.assert_finding("public headers only", {"examples/e.cpp": '#include "runtime/a.h"\n'})

    def test_sizes(self):
        self.assert_finding("601 lines", {"ir/b.cpp": "\n" * 601})
        self.assertEqual(self.findings({"ir/b.def": "\n" * 601}), [])
        self.assert_finding("101 columns", {"ir/b.cpp": "//" + "x" * 99 + "\n"})
        self.assertEqual(self.findings({"ir/b.cpp": "//" + "é" * 98 + "\n"}), [])
        self.assert_finding("61 lines", {"ir/b.cpp": function_of(61)})
        self.assertEqual(self.findings({"ir/b.cpp": function_of(60)}), [])

    def test_words(self):
        self.assert_finding("unfinished", {"ir/b.cpp": "// TO" "DO later\n"})
        self.assert_finding("path of one machine", {"ir/README.md": "see /wo" "rk/x\n"})

    def test_tree(self):
        self.assert_finding("top-level", {"scripts/x.sh": "true\n"})
        self.assert_finding("ir/README.md is missing", {"ir/README.md": None})
        self.assert_finding("test twin", {"tests/passes/test_c.cpp": None})
        self.assert_finding("says nothing", {"ir/utils.h": "#pragma once\n"})
        self.assert_finding("include guard", {"ir/b.h": "int x;\n"})


class Functions(unittest.TestCase):
    """Which lines lint.py takes for one function."""

    def lengths(self, text):
        return sorted(length for _, length in lint.functions(text))

    def test_scopes_are_not_functions(self):
        text = "namespace a {\nclass B : public C {\n  int f() const {\n    return 1;\n  }\n};\n}\n"
        self.assertEqual(self.lengths(text), [3])

    def test_blocks_and_lambdas_belong_to_their_function(self):
        text = "void f() {\n  if (x) {\n    g([] { return 1; });\n  }\n}\n"
        self.assertEqual(self.lengths(text), [5])

    def test_tables_are_not_functions(self):
        self.assertEqual(self.lengths("constexpr int kTable[] = {\n  1,\n  2,\n};\n"), [])

    def test_literals_do_not_count(self):
        text = 'void f() {\n  g("{", \'{\', R"({{)");  // {\n}\nvoid h() {}\n'
        self.assertEqual(self.lengths(text), [1, 3])

    def test_signatures_over_several_lines(self):
        text = "struct S g(int a,\n           int b) {\n  return {};\n}\n"
        self.assertEqual(self.lengths(text), [4])


class Counts(unittest.TestCase):
    """(passed, failed, skipped) from the output of one test."""

    def test_catch_all_passed(self):
        text = "All tests passed (34 assertions in 5 test cases)\n"
        self.assertEqual(count_tests.counts_of("run", text), (5, 0, 0))

    def test_catch_failures(self):
        text = "test cases: 5 | 3 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed\n"
        self.assertEqual(count_tests.counts_of("fail", text), (3, 2, 0))

    def test_catch_skips(self):
        text = "test cases: 4 | 3 passed | 1 skipped\n"
        self.assertEqual(count_tests.counts_of("run", text), (3, 0, 1))

    def test_plain_lines(self):
        self.assertEqual(count_tests.counts_of("run", "x\n7 passed, 0 failed, 2 skipped\n"),
                         (7, 0, 2))
        self.assertEqual(count_tests.counts_of("run", "1 passed, 0 failed\n4 passed, 0 failed\n"),
                         (4, 0, 0))

    def test_instruction_sets(self):
        text = "instruction set v2: run\ninstruction set v4: skipped, none\n3 passed, 0 failed\n"
        self.assertEqual(count_tests.INSTRUCTION_SET.findall(text),
                         ["v2: run", "v4: skipped, none"])
        self.assertEqual(count_tests.counts_of("run", text), (3, 0, 0))

    def test_silent_tests(self):
        self.assertEqual(count_tests.counts_of("run", ""), (1, 0, 0))
        self.assertEqual(count_tests.counts_of("fail", ""), (0, 1, 0))
        self.assertEqual(count_tests.counts_of("notrun", ""), (0, 0, 1))

    def test_a_crash_after_a_good_line_is_a_failure(self):
        text = "All tests passed (1 assertion in 1 test case)\n"
        self.assertEqual(count_tests.counts_of("fail", text), (1, 1, 0))


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1)
    bad = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - bad} passed, {bad} failed")
    raise SystemExit(1 if bad else 0)
