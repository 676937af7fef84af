"""Runs a script whose truth is NumPy 2: with_numpy2.py SCRIPT [ARGUMENT…].

With an older NumPy, which has other type rules and lacks functions, the script counts as skipped.
"""

import pathlib
import runpy
import sys

import numpy as np


def main():
    if int(np.__version__.split(".")[0]) < 2:
        print(f"NumPy {np.__version__} is no measure for this test; it needs NumPy 2")
        print("0 passed, 0 failed, 1 skipped")
        return
    sys.argv = sys.argv[1:]
    sys.path[0] = str(pathlib.Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
