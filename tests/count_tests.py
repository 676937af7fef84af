"""Adds up the test cases in a JUnit file written by ctest and prints one closing line.

A test's output may say how many cases it ran: Catch2's closing lines do, and so does a line
"N passed, N failed" (", N skipped" may follow). A test that says nothing is one case.
Lines "instruction set NAME: HOW" are repeated before it, each once.
Usage: count_tests.py results.xml
"""

import re
import sys
import xml.etree.ElementTree

PLAIN = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)
CATCH_ALL_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.M)
INSTRUCTION_SET = re.compile(r"^instruction set (\S+: .*)$", re.M)
CATCH_SUMMARY = re.compile(r"^test cases:\s*(\d+)((?:\s*\|\s*\d+ [a-z ]+)*)", re.M)


def catch_counts(text):
    """(passed, failed, skipped) from Catch2's closing lines, or None."""
    match = CATCH_ALL_PASSED.search(text)
    if match:
        return int(match[1]), 0, 0
    match = CATCH_SUMMARY.search(text)
    if not match:
        return None
    counts = {word.strip(): int(n) for n, word in re.findall(r"(\d+) ([a-z ]+)", match[2])}
    skipped = counts.get("skipped", 0)
    failed = counts.get("failed", 0)
    return int(match[1]) - failed - skipped, failed, skipped


def plain_counts(text):
    """The last line of the plain form: a script's own total comes after its parts."""
    matches = PLAIN.findall(text)
    return tuple(int(n or 0) for n in matches[-1]) if matches else None


def counts_of(status, text):
    """(passed, failed, skipped) of one test of ctest."""
    if status in ("notrun", "disabled"):
        return 0, 0, 1
    counts = plain_counts(text) or catch_counts(text) or ((1, 0, 0) if status == "run" else None)
    if status == "run":
        return counts
    # A test that crashed, timed out or printed no total has failed at least once.
    passed, failed, skipped = counts or (0, 0, 0)
    return passed, max(failed, 1), skipped


def main():
    totals = [0, 0, 0]
    sets = {}
    for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        text = case.findtext("system-out") or ""
        counts = counts_of(case.get("status"), text)
        sets |= dict.fromkeys(INSTRUCTION_SET.findall(text))
        totals = [total + n for total, n in zip(totals, counts)]
        if counts[1]:
            print(f"failed: {case.get('name')}")
    if sets:
        print("instruction sets: " + "; ".join(sets))
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
