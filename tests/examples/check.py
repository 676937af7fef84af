"""Runs each example that has an expected output, and the ten lines in the README against it."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    build = pathlib.Path(sys.argv[1])
    passed = failed = 0
    for expected in sorted((ROOT / "examples").glob("*.expected")):
        program = build / "examples" / expected.stem
        done = subprocess.run([program], capture_output=True, text=True)
        good = done.returncode == 0 and done.stdout == expected.read_text()
        if not good:
            print(f"{expected.stem}: status {done.returncode}, printed\n{done.stdout}{done.stderr}")
        passed, failed = passed + good, failed + (not good)
        text = (ROOT / "README.md").read_text()
        shown = [block for _, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)]
        quoted = any(expected.read_text().strip() == block.strip() for block in shown)
        if expected.stem == "quickstart":
            passed, failed = passed + quoted, failed + (not quoted)
            if not quoted:
                print("README.md does not show what quickstart prints")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
