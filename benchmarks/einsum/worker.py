"""One contender on one workload, whose source is on the command line (answers.py)."""

import json
import pathlib
import sys
import types

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "turns"))
from answers import serve  # noqa: E402


def function_of(source, module):
    """The function, with `module` under NumPy's name."""
    space = {"np": module}
    exec(source, space)
    return space["f"]


def numpy_contender(source, args):
    function = function_of(source, np)
    return lambda: function(*args)


def opt_einsum_contender(source, args):
    import opt_einsum

    def path(*operands, optimize):
        return ["einsum_path", *opt_einsum.contract_path(*operands, optimize=optimize)[0]], ""

    module = types.SimpleNamespace(einsum=opt_einsum.contract, einsum_path=path, array=np.array)
    function = function_of(source, module)
    return lambda: function(*args)


def jax_contender(source, args):
    import jax

    jax.config.update("jax_enable_x64", True)
    function = jax.jit(function_of(source, jax.numpy))
    held = [jax.numpy.asarray(a) for a in args]
    return lambda: jax.block_until_ready(function(*held))


CONTENDERS = {"numpy": numpy_contender, "einsum": numpy_contender,
              "opt_einsum": opt_einsum_contender, "jax": jax_contender}

if __name__ == "__main__":
    contender, told = sys.argv[1], json.loads(sys.argv[2])
    serve(lambda args: CONTENDERS[contender](told["source"], args))
