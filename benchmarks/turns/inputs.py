"""The numbers that benchmarks compute with, and the files that contenders read them from."""

import pathlib

import numpy as np

NUMPY_DTYPES = {"f64": np.float64, "f32": np.float32, "i64": np.int64, "i32": np.int32,
                "i16": np.int16, "i8": np.int8, "u8": np.uint8}


def numbers(shape, seed, low=0.5):
    """Doubles from `low` on, below low + 1, as bench.h makes them."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (low + ((i * 7919 + seed * 104729) % 100003 + 0.5) / 100003.0).reshape(shape)


class Inputs:
    """Of a workload, in files that every contender reads."""

    def __init__(self, args, sizes, dtype, folder):
        self.sizes = sizes
        self.files = []
        for i, array in enumerate(args):
            path = pathlib.Path(folder) / f"argument-{i}.bin"
            array.tofile(path)
            self.files.append((str(path), dtype, array.shape))
        self.bytes = sum(array.nbytes for array in args)  # of all arguments
