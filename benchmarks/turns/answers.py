"""What a contender in Python answers, a line each:

    {"prepare": RESULT, "inputs": [...]} as turns.py writes it   {"cold": seconds, "peak": bytes}
    {"sample": COUNT}                                            [seconds of a call, ...]
"""

import gc
import json
import pathlib
import re
import sys
import time

import numpy as np

from inputs import NUMPY_DTYPES


def memory(what):
    """In bytes: "VmRSS" is what the process holds, "VmHWM" the most since the last reset."""
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(what + r":\s*(\d+)", status).group(1))


def in_one(result):
    """The elements of all results, one after the other."""
    results = result if isinstance(result, (tuple, list)) else [result]
    return np.concatenate([np.ravel(np.asarray(r)) for r in results])


class Answers:
    """`make(arguments)` gives the call that is measured."""

    def __init__(self, make):
        self.make = make
        self.call = None
        self.calls = 1

    def prepare(self, result_file, inputs):
        self.call = None
        gc.collect()
        args = [np.fromfile(path, NUMPY_DTYPES[dtype]).reshape(shape)
                for path, dtype, shape in inputs]
        before = memory("VmRSS")
        start = time.perf_counter()
        self.call = self.make(args)
        result = self.call()
        cold = time.perf_counter() - start
        np.save(result_file, in_one(result))
        del result
        warm = time.perf_counter()
        while time.perf_counter() - warm < 0.3:
            self.call()
        pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.call()
        peak = memory("VmHWM") - before
        self.calls = 1
        while self.seconds() < 0.004:
            self.calls *= 2
        return {"cold": cold, "peak": peak}

    def seconds(self):
        start = time.perf_counter()
        for _ in range(self.calls):
            self.call()
        return time.perf_counter() - start

    def sample(self, count):
        return [self.seconds() / self.calls for _ in range(count)]


def serve(make):
    answers = Answers(make)
    for line in sys.stdin:
        asked = json.loads(line)
        if "prepare" in asked:
            answer = answers.prepare(asked["prepare"], asked["inputs"])
        else:
            answer = answers.sample(asked["sample"])
        print(json.dumps(answer), flush=True)
