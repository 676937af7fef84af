"""Contenders take turns: each is a process of its own, on as many processors as it may have
threads; a round asks each for some samples while the others are stopped. A contender's time is
the median of all. Rows that are done are kept in a file, so that a run that was interrupted goes
on where it was.
"""

import json
import os
import pathlib
import signal
import statistics
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
WRONG = "another result than NumPy's"
SECONDS = 0.25  # of samples, at most, that a contender takes in a round


class Worker:
    """A process of a contender; it runs only where it is asked for something."""

    def __init__(self, contender, command, native, threads, folder, environment):
        self.native = native  # native.cpp, else answers.py
        self.sizes = None  # instead of the inputs', of a native one
        self.result = pathlib.Path(folder) / (contender + (".bin" if native else ".npy"))
        self.errors = (pathlib.Path(folder) / f"{contender}.log").open("w+")
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "CONTENDER": contender,
                       **environment}
        self.process = subprocess.Popen(["taskset", "-c", cpus, *map(str, command)],
                                        env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def ask(self, line):
        """The answer, or None where the process ended."""
        try:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            os.kill(self.process.pid, signal.SIGSTOP)
        except (BrokenPipeError, ProcessLookupError):
            return None
        return json.loads(answer) if answer.startswith(("{", "[")) else None

    def prepare(self, inputs, result_bytes):
        """`result_bytes`: of each result."""
        if not self.native:
            return self.ask(json.dumps({"prepare": str(self.result), "inputs": inputs.files}))
        sizes = inputs.sizes if self.sizes is None else self.sizes
        words = [self.result, len(result_bytes), *result_bytes, len(sizes), *sizes,
                 len(inputs.files)]
        for path, dtype, shape in inputs.files:
            words += [path, dtype, len(shape), *shape]
        return self.ask("prepare " + " ".join(map(str, words)))

    def sample(self, count):
        return self.ask(f"sample {count}" if self.native else json.dumps({"sample": count}))

    def got(self, dtype):
        """The elements of all results, one after the other."""
        return np.fromfile(self.result, dtype) if self.native else np.load(self.result)

    def why_not(self):
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
        said = lines[-1][:200] if lines else "it ended"
        return said.replace(str(ROOT) + "/", "")

    def stop(self):
        self.process.kill()
        self.process.communicate()
        self.errors.close()


def is_right(got, wanted, tolerance):
    """`got`: the elements of all results; relative to the largest of each."""
    if got.size != sum(w.size for w in wanted):
        return False
    parts = np.split(got, np.cumsum([w.size for w in wanted])[:-1])
    return all(np.allclose(g, w.ravel(), rtol=tolerance,
                           atol=tolerance * max(1, np.abs(w).max(initial=0)))
               for g, w in zip(parts, wanted))


def measure(row, workers, inputs, wanted, tolerance, options):
    """Fills a row in; `wanted` are NumPy's results. A contender that fails leaves `workers`."""
    sizes = [w.nbytes for w in wanted]
    row["arguments"], row["bytes"] = inputs.bytes, inputs.bytes + sum(sizes)
    times = {}
    for contender, worker in list(workers.items()):
        said = worker.prepare(inputs, sizes)
        if said is None:
            row["not measured"][contender] = worker.why_not()
            workers.pop(contender).stop()
            continue
        if not is_right(worker.got(wanted[0].dtype), wanted, tolerance):
            row["not measured"][contender] = WRONG
            continue
        row["cold"][contender], row["peak"][contender] = said["cold"], said["peak"]
        times[contender] = []
    for turn in range(options.rounds):
        for contender in times:
            if turn == 0:
                times[contender] += workers[contender].sample(1)
            lasts = max(0.004, times[contender][0])
            count = max(1, min(options.samples, int(SECONDS / lasts)))
            times[contender] += workers[contender].sample(count)
    row["seconds"] = {c: statistics.median(t[1:]) for c, t in times.items()}


class Rows:
    """Those that are done, in a file; `key(row)` tells them apart."""

    def __init__(self, file, key):
        self.file = pathlib.Path(file)
        self.key = key
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        lines = text.splitlines(keepends=True)
        # A run may have been stopped while it wrote.
        self.all = [json.loads(line) for line in lines if line.endswith("\n")]
        self.file.write_text("".join(line for line in lines if line.endswith("\n")),
                             encoding="utf-8")
        self.known = {key(row) for row in self.all}

    def add(self, row):
        self.all.append(row)
        self.known.add(self.key(row))
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def versions_of(python, names):
    """Of the Python packages that there are."""
    script = (f"import importlib.metadata as m\nfor n in {names!r}:\n"
              " try: print(n, m.version(n))\n except Exception: pass")
    said = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in said.splitlines())
