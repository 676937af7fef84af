#!/usr/bin/env python3
"""Plants the mistakes of runtime/planted.def one by one and runs the tests, the quickest first,
until one fails.

Usage: run.py BUILD [name...]. BUILD is a tree of the preset `planted`; names choose mistakes.
Prints a table: the mistake, what it breaks, the first test that failed.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ["runtime", "ir", "passes", "backends", "frontend"]
# What looks at files only.
NOT_RUN = ("lint", "lint_of_lint", "ir/check_promotion")
FEWEST_CAUGHT = 28


def plants():
    """Names and what they break, each of which is somewhere in the code."""
    text = (ROOT / "runtime/planted.def").read_text()
    rows = re.findall(r'^PLANTED\((\w+), "([^"]+)"\)$', text, re.M)
    code = "".join(p.read_text() for layer in LAYERS for p in (ROOT / layer).rglob("*.cpp"))
    missing = [name for name, _ in rows if f"Plant::{name})" not in code]
    if missing:
        sys.exit(f"runtime/planted.def: nowhere in the code: {', '.join(missing)}")
    return rows


class Test:
    def __init__(self, entry):
        properties = {p["name"]: p["value"] for p in entry.get("properties", [])}
        self.name = entry["name"]
        self.command = list(entry["command"])
        if any(word.endswith("random/check.py") for word in self.command):
            self.command.append("--no-shrink")
        self.folder = properties.get("WORKING_DIRECTORY")
        self.limit = float(properties.get("TIMEOUT", 300))
        self.environment = dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", []))
        self.bad_output = properties.get("FAIL_REGULAR_EXPRESSION", [])
        self.seconds = 0.0


def end(process):
    """The process and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Runs:
    """Test programs under way; those of a mistake that was found are ended."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.found = False

    def run(self, test, plant):
        """What went wrong, or ""; None if the test was not run to its end."""
        environment = os.environ | test.environment | ({"ARRAYC_PLANT": plant} if plant else {})
        with self.lock:
            if self.found:
                return None
            process = subprocess.Popen(
                test.command, cwd=test.folder, env=environment, text=True, errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            self.running.add(process)
        begin = time.monotonic()
        try:
            output, _ = process.communicate(timeout=test.limit)
        except subprocess.TimeoutExpired:
            end(process)
            process.communicate()
            return f"not done after {test.limit:.0f} s"
        finally:
            with self.lock:
                self.running.discard(process)
        test.seconds = time.monotonic() - begin
        if process.returncode == 0 and not any(re.search(e, output) for e in test.bad_output):
            return ""
        return first_failure(output, process.returncode)

    def stop(self):
        with self.lock:
            self.found = True
            for process in self.running:
                end(process)


def first_failure(output, status):
    """The line that says what failed first."""
    found = re.search(r"^-{9,}\n(.+)\n(?:.*\n)?-{9,}\n(\S+:\d+)", output, re.M)  # Catch2's heading
    if found:
        return found[1].strip()
    lines = [line for line in output.splitlines() if re.search(r"FAIL|rror|expected", line)]
    line = lines[0] if lines else f"status {status}"
    line = re.sub(r"/\S*/", "", line)
    return line if len(line) <= 100 else line[:100] + "…"


def first_failing(tests, plant, jobs):
    """The first test that fails, with what it says; None if all pass."""
    runs = Runs()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(runs.run, test, plant) for test in tests]
        for test, future in zip(tests, futures):
            said = future.result()
            if said:
                runs.stop()
                return test, said
    return None


def sound_tests(build, jobs):
    """The tests that pass without a mistake, by the time they took, which is kept in the build."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                           capture_output=True, text=True)
    tests = [Test(entry) for entry in json.loads(shown.stdout)["tests"]]
    tests = [test for test in tests if test.name not in NOT_RUN]
    kept = pathlib.Path(build) / "planted-times.json"
    times = json.loads(kept.read_text()) if kept.exists() else {}
    new = [test for test in tests if test.name not in times]
    if new:
        print(f"{len(new)} tests without a mistake …", flush=True)
        runs = Runs()
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for test, said in zip(new, pool.map(lambda t: runs.run(t, None), new)):
                if said:
                    print(f"  {test.name} fails by itself and is left out: {said}", flush=True)
                else:
                    times[test.name] = round(test.seconds, 2)
        kept.write_text(json.dumps(times, indent=1))
    return sorted((t for t in tests if t.name in times), key=lambda t: times[t.name])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_intermixed_args()
    rows = plants()
    unknown = set(args.names) - {name for name, _ in rows}
    if unknown:
        sys.exit(f"no mistake named {', '.join(sorted(unknown))}; see runtime/planted.def")
    rows = [row for row in rows if not args.names or row[0] in args.names]
    tests = sound_tests(str(pathlib.Path(args.build).resolve()), args.jobs)
    print("| mistake | what it breaks | caught by |\n|---|---|---|", flush=True)
    caught = 0
    for name, what in rows:
        found = first_failing(tests, name, args.jobs)
        caught += found is not None
        by = f"`{found[0].name}`: {found[1]}".replace("|", "\\|") if found else "NOT CAUGHT"
        print(f"| `{name}` | {what} | {by} |", flush=True)
    print(f"\n{caught} of {len(rows)} mistakes caught by {len(tests)} tests")
    return 0 if caught >= min(FEWEST_CAUGHT, len(rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
