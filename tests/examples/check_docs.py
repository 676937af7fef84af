"""Compares docs/life-of-an-expression.md with what the tool prints; --bless rewrites its dumps."""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/life-of-an-expression.md"
SOURCE = """import numpy as np

def distances(points: "f64[n,2]", p: "f64[2]") -> "f64[n]":
    return np.sqrt(((points - p)**2).sum(axis=1))
"""


def dumps(tool):
    """What each kind of block should hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "k.py").write_text(SOURCE)

        def run(*words):
            done = subprocess.run(
                [tool, *words, "--target-cpu=x86-64-v3"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            )
            return done.stdout

        run("compile", "k.py", "--emit=graph,fused,loops,header", "-o", "ir")
        text = {
            stage: (folder / f"ir/k.{stage}.air").read_text()
            for stage in ("graph", "fused", "loops")
        }
        text["graph"] = text["graph"][text["graph"].index("func") :]
        text["fused"] = text["fused"][text["fused"].index("func") :]
        text["loops"] = text["loops"][text["loops"].rindex("\nkernel") :]
        header = (folder / "ir/k.h").read_text()
        text["header"] = re.search(r"^int distances\(.*?;$", header, re.M | re.S)[0]
        text["explain"] = run("explain", "k.py")
        return text


def main():
    text = dumps(pathlib.Path(sys.argv[1]).resolve() / "bin/arrayc")
    text["source"] = SOURCE
    page = PAGE.read_text()

    def fill(match):
        return f"{match[1]}{match[3]}\n{text[match[2]].strip()}\n```"

    made, count = re.subn(
        r"(<!-- (?:arrayc: )?(\w+) -->\n)(```\w*)\n(.*?)```", fill, page, flags=re.S
    )
    if "--bless" in sys.argv:
        PAGE.write_text(made)
    good = made == page or "--bless" in sys.argv
    if not good:
        print("docs/life-of-an-expression.md does not show what the tool prints; run with --bless")
    print(f"{count if good else count - 1} passed, {0 if good else 1} failed")
    return 0 if good and count == 6 else 1


if __name__ == "__main__":
    sys.exit(main())
