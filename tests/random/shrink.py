"""Makes a failing program smaller while it fails in the same way."""

import dataclasses
import re

import numpy as np

import bounds
from generate import WEAK_TYPES
from program import DTYPES
from run import DTYPES as NUMPY_TYPES
from run import arguments_of, read_functions


def words(text):
    return set(re.findall(r"[A-Za-z_]\w*", text))


def substitute(text, name, other):
    return re.sub(rf"\b{name}\b", other, text)


def without_dead(program):
    """Only the statements, parameters and sizes that the results need."""
    needed, kept = set(program.results), []
    for target, text in reversed(program.statements):
        if target in needed:
            kept.insert(0, (target, text))
            needed |= words(text)
    params = [(n, a) for n, a in program.params if n in needed]
    named = needed | {w for _, a in params for w in words(a)}
    sizes = {k: v for k, v in program.sizes.items() if k in named}
    modes = {k: v for k, v in program.modes.items() if k in needed}
    return dataclasses.replace(
        program, params=params, statements=kept, sizes=sizes, modes=modes
    )


def fewer_results(program):
    for r in program.results if len(program.results) > 1 else []:
        yield dataclasses.replace(program, results=[r])
    for r in program.results if len(program.results) > 2 else []:
        yield dataclasses.replace(program, results=[x for x in program.results if x != r])


def results_earlier(program):
    """A result's operands instead of it."""
    targets = {target for target, _ in program.statements}
    for target, text in program.statements:
        if target in program.results:
            operands = sorted((words(text) & targets) - {target})
            rest = [r for r in program.results if r != target]
            if operands:
                yield dataclasses.replace(program, results=sorted({*rest, *operands}))


def values_of(program):
    """The shapes and dtypes of all statements."""
    (function,) = read_functions(program.text())
    names = {"np": bounds.Namespace()}
    for (name, _), value in zip(program.params, arguments_of(function, 0)):
        names[name] = value if type(value) in WEAK_TYPES else bounds.Value(value)
    with np.errstate(all="ignore"):
        for _, text in program.statements:
            exec(text, names)
    return names


def statements_as_params(program):
    values = values_of(program)
    for target, _ in reversed(program.statements):
        value = values[target]
        dtype = next(t for t in DTYPES if np.dtype(NUMPY_TYPES[t]) == value.dtype)
        shape = f"[{','.join(map(str, value.shape))}]" if value.shape else ""
        rest = [s for s in program.statements if s[0] != target]
        for mode in ("normal", "special"):
            yield dataclasses.replace(
                program,
                params=[*program.params, (target, dtype + shape)],
                modes=program.modes | ({target: mode} if mode != "normal" else {}),
                statements=rest,
            )


def statements_left_out(program):
    """A statement's operand instead of it."""
    known = {n for n, _ in program.params} | {t for t, _ in program.statements}
    for target, text in reversed(program.statements):
        for other in sorted((words(text) & known) - {target}):
            yield dataclasses.replace(
                program,
                statements=[
                    (t, substitute(s, target, other)) for t, s in program.statements if t != target
                ],
                results=[substitute(r, target, other) for r in program.results],
            )


def smaller_sizes(program):
    for name, size in program.sizes.items():
        for smaller in sorted({1, 2, 3, size // 2, size - 1}):
            if 0 <= smaller < size:
                yield dataclasses.replace(program, sizes=program.sizes | {name: smaller})
    extents = {int(e) for _, a in program.params for e in re.findall(r"[\[,](\d+)", a)}
    for extent in sorted(extents, reverse=True):
        for smaller in sorted({1, 2, 3, extent // 2, extent - 1}):
            if 0 <= smaller < extent:
                params = [
                    (n, re.sub(rf"(?<=[\[,]){extent}(?=[\],])", str(smaller), a))
                    for n, a in program.params
                ]
                yield dataclasses.replace(program, params=params)


def simpler_modes(program):
    for name in program.modes:
        yield dataclasses.replace(
            program, modes={k: v for k, v in program.modes.items() if k != name}
        )


def symbols_as_numbers(program):
    for name, size in program.sizes.items():
        if not any(n == name for n, _ in program.params):
            params = [
                (n, re.sub(rf"(?<=[\[,]){name}(?=[\],])", str(size), a)) for n, a in program.params
            ]
            yield dataclasses.replace(program, params=params)


MOVES = [
    fewer_results,
    results_earlier,
    statements_as_params,
    statements_left_out,
    smaller_sizes,
    simpler_modes,
    symbols_as_numbers,
]


def shrink(program, fails, attempts=250, moves=MOVES):
    """`fails(program)`: whether it still fails as the first one did. Each move is taken up again
    until none helps."""
    tried = set()
    small = without_dead(program)
    if not fails(small):
        return program
    progress = True
    while progress:
        progress = False
        for move in moves:
            for candidate in move(small):
                candidate = without_dead(candidate)
                text = candidate.text()
                if text in tried:
                    continue
                tried.add(text)
                if len(tried) > attempts:
                    return small
                if fails(candidate):
                    small, progress = candidate, True
                    break
    return small
