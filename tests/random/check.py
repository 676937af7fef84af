#!/usr/bin/env python3
"""Random NumPy programs on every rung of the ladder; a failing one is made small and printed."""

import argparse
import concurrent.futures
import pathlib
import re
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "kernels"), str(TESTS / "ladder")]

from generate import generate  # noqa: E402
from program import HEADER  # noqa: E402
from run import ladder_lines  # noqa: E402
from shrink import MOVES, shrink  # noqa: E402


def file_of(programs, expectation="bounds"):
    return HEADER + "\n\n".join(p.text(expectation) for p in programs)


def failures(programs, ladder, options=()):
    """The failing ones of the programs, by name: what the ladder says of each."""
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "random.py"
        path.write_text(file_of(programs))
        _, lines, rest = ladder_lines(path, ladder, pathlib.Path(tmp), options)
    said = dict(re.findall(r"^(?:ok|FAIL) (\w+)\.0(.*)", "\n".join(lines), re.M))
    bad = {name: what.lstrip(": ") for name, what in said.items() if what}
    missing = [p for p in programs if p.name not in said]
    if missing and len(programs) == 1:
        return {programs[0].name: "; ".join(lines + [rest]) or "the ladder died"}
    # A function that is refused, or at which the ladder dies, takes the rest of its file along.
    for program in missing:
        bad |= failures([program], ladder, options)
    return bad


# Sizes that follow from others in too many ways for an extent.
REFUSED = "the expression for an array's extent is too complicated"


def kind_of(what):
    """What stays the same of a failure's text while the program shrinks."""
    what = re.sub(r"FAIL |\S*/random\.py(:\d+)*: ", "", what)
    return re.sub(r"[@\d'\"].*", "", what.partition(":")[0].partition("\n")[0])[:40]


def shrunk(program, what, ladder, options=(), moves=MOVES):
    def fails(candidate):
        try:
            now = failures([candidate], ladder, options)
        except Exception:  # NumPy does not run it any more
            return False
        return candidate.name in now and kind_of(now[candidate.name]) == kind_of(what)

    return shrink(program, fails, moves=moves)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--build", default="build")
    parser.add_argument("--batch", type=int, default=25, help="programs in a file")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="only print the programs")
    parser.add_argument("--no-shrink", action="store_true")
    args = parser.parse_args()
    ladder = pathlib.Path(args.build).resolve() / "bin/arrayc-ladder"
    programs = {p.name: p for p in map(generate, range(args.seed, args.seed + args.count))}
    every = list(programs.values())
    if args.print:
        print(file_of(every))
        return 0
    batches = [every[k : k + args.batch] for k in range(0, len(every), args.batch)]
    bad = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for found in pool.map(lambda batch: failures(batch, ladder), batches):
            bad |= found
    refused = [name for name, what in bad.items() if REFUSED in what]
    if len(refused) <= len(every) // 100:
        for name in refused:
            print(f"refused {name}: {bad.pop(name)}")
    else:
        refused = []
    for name, what in bad.items():
        print(f"FAIL {name}: {what}")
        if not args.no_shrink:
            print(file_of([shrunk(programs[name], what, ladder)]), flush=True)
    passed = len(every) - len(bad) - len(refused)
    print(f"{passed} passed, {len(bad)} failed, {len(refused)} refused")
    return 1 if bad or not every else 0


if __name__ == "__main__":
    sys.exit(main())
