"""Runs the tests of one file of this folder (or of all) on the tool of a build folder.

Usage: run.py BUILD_FOLDER [test_usage …]
"""

import pathlib
import sys
import unittest

import case

HERE = pathlib.Path(__file__).resolve().parent


def main():
    case.ToolCase.build = pathlib.Path(sys.argv[1]).resolve()
    names = sys.argv[2:] or sorted(p.stem for p in HERE.glob("test_*.py"))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = len({test.id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    for test, why in result.skipped:
        print(f"skipped {test.id()}: {why}")
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed" +
          (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
