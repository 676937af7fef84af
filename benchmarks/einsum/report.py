"""What run.py measured, as a page."""

import statistics
from collections import Counter

from strings import STRINGS, VIEWS
from tables import geometric_mean, header, line, ratio, text, time_of
from turns import WRONG

NAMES = {"numpy": "NumPy", "openblas": "OpenBLAS", "blis": "BLIS", "onednn": "oneDNN",
         "einsum": "np.einsum", "opt_einsum": "opt_einsum", "jax": "JAX"}
BLAS = ("openblas", "blis", "onednn")
COMPUTED = {subscripts for subscripts, _ in STRINGS if subscripts not in VIEWS}
NOTES = """\
The same NumPy code ([workloads.py](../../benchmarks/einsum/workloads.py)) by each, warm, on as many
processors as threads. **kernel**: a function of `arrayc compile`, called from C++ with memory for
its result; **call**: `ac::jit` in C++, which looks the function up and makes its result, as NumPy,
opt_einsum and JAX do. **OpenBLAS**, **BLIS**, **oneDNN**: Debian's, called from C++ with memory for
the result, as multiples of the kernel's time; **the others**, NumPy with the OpenBLAS of its wheel,
`np.einsum(…, optimize=True)`, opt_einsum and `jax.jit`, as multiples of the call's: above 1, arrayc
is faster. **best BLAS**: the fastest of the three. – : not measured, the reasons are below and in
einsum.json; **wrong**: another result than NumPy's. **GFLOP/s**, **of peak** and **GB/s** are the
kernel's; the peak is that of multiply-adds, measured, the bandwidth the faster of copy and triad
where arguments and result fit. **compile**: seconds of `arrayc compile`, its start included.
Rows are kept from one run to the next, so some may be older than the peak: a share above 100% says
that the processors were not free when the peak was measured."""


def cell(row, contender, base):
    if row["not measured"].get(contender) == WRONG:
        return "wrong"
    return text(ratio(row, contender, base))


def of_all(row, contenders):
    """Multiples of the kernel's time where it is BLAS, else of the call's."""
    return [cell(row, c, "object" if c in BLAS else "jit") for c in contenders]


def best_blas(row):
    found = [row["seconds"][c] for c in BLAS if c in row["seconds"]]
    return min(found) / row["seconds"]["object"] if found and "object" in row["seconds"] else None


def own(row):
    """Time of kernel and call."""
    return ["wrong" if row["not measured"].get(c) == WRONG else time_of(row, c)
            for c in ("object", "jit")]


def compile_text(row):
    return text(row.get("compile"), "{:.2g} s")


def rates(row, limits):
    """GFLOP/s, of peak, GB/s, of bandwidth."""
    if "object" not in row["seconds"] or row["dtype"] not in ("f32", "f64"):
        return ["–"] * 4
    seconds, limit = row["seconds"]["object"], limits[row["threads"]]
    flops, moved = 1e-9 * row["flops"] / seconds, 1e-9 * row["bytes"] / seconds
    return [f"{flops:.3g}", f"{flops / limit['flops'][row['dtype']]:.0%}", f"{moved:.3g}",
            f"{moved / bandwidth(row['bytes'], limit):.0%}"]


def bandwidth(size, limit):
    """Where that many bytes fit; the levels are named for what an array of them has."""
    levels = limit["bandwidth"]
    for level, most in (("L1", 32 << 10), ("L2", 1 << 20), ("beyond L2", 32 << 20)):
        if size <= most:
            return max(levels[level].values())
    return max(levels["memory"].values())


def table(heads, rows):
    left = "|" + "".join("---|" if head in LEFT_HEADS else "--:|" for head in heads)
    return [line(heads), left, *map(line, rows)]


LEFT_HEADS = ("workload", "type", "einsum", "extents", "the slowest", "contender", "reason")


def matmul_table(rows, limits):
    contenders = list(NAMES)
    heads = ["n", "type", "threads", "kernel", "call", "GFLOP/s", "of peak",
             *(NAMES[c] for c in contenders), "best BLAS", "compile"]
    return table(heads, [[r["workload"], r["dtype"], r["threads"], *own(r), *rates(r, limits)[:2],
                          *of_all(r, contenders), text(best_blas(r)), compile_text(r)]
                         for r in rows])


def forms_table(rows, limits):
    contenders = list(NAMES)
    heads = ["workload", "type", "threads", "kernel", "call", "GFLOP/s", "of peak", "GB/s",
             "of bandwidth", *(NAMES[c] for c in contenders), "best BLAS", "compile"]
    return table(heads, [[r["workload"], r["dtype"], r["threads"], *own(r), *rates(r, limits),
                          *of_all(r, contenders), text(best_blas(r)), compile_text(r)]
                         for r in rows])


def extents_text(row):
    return ", ".join(f"{letter} {n}" for letter, n in row["extents"].items())


def strings_table(rows, _):
    contenders = ["einsum", "opt_einsum", "jax"]
    heads = ["einsum", "extents", "type", "threads", "kernel", "call",
             *(NAMES[c] for c in contenders), "np.einsum to kernel", "compile"]
    return means(rows) + ["", *table(heads, [
        [f"`{r['workload']}`" + (" (a view)" if r["workload"] in VIEWS else ""), extents_text(r),
         r["dtype"], r["threads"], *own(r), *of_all(r, contenders), cell(r, "einsum", "object"),
         compile_text(r)] for r in rows])]


def means(rows):
    """Of the strings that NumPy computes something for."""
    lines = []
    for kind in dict.fromkeys((r["dtype"], r["threads"]) for r in rows):
        some = [r for r in rows if (r["dtype"], r["threads"]) == kind and r["workload"] in COMPUTED]
        known = [r for r in some if ratio(r, "einsum", "jit") is not None]
        slow = min(known, key=lambda r: ratio(r, "einsum", "jit"), default=None)
        lines.append([*kind, len(known),
                      text(geometric_mean(ratio(r, "einsum", "object") for r in some)),
                      *(text(geometric_mean(ratio(r, c, "jit") for r in some))
                        for c in ("einsum", "opt_einsum", "jax")),
                      sum(ratio(r, "einsum", "jit") < 1 for r in known),
                      f"`{slow['workload']}` {ratio(slow, 'einsum', 'jit'):.2f}" if slow else "–"])
    heads = ["type", "threads", "rows", "np.einsum to kernel", "np.einsum", "opt_einsum", "JAX",
             "rows slower than np.einsum", "the slowest"]
    return ["Geometric means, without views:", "", *table(heads, lines)]


def bare(row, rows):
    """The bare product of a row's size, type and threads."""
    n = row["workload"].rsplit(", ", 1)[-1]
    return next((r for r in rows if r["workload"] == f"bare product, {n}"
                 and (r["dtype"], r["threads"]) == (row["dtype"], row["threads"])), None)


def against_bare(row, rows, contender):
    product = bare(row, rows)
    if product is None or not {*row["seconds"]} & {*product["seconds"]} & {contender}:
        return None
    return row["seconds"][contender] / product["seconds"][contender]


def fused_table(rows, _):
    contenders = ["numpy", *BLAS, "jax"]
    heads = ["workload", "type", "threads", "kernel", "call", "kernel to bare product",
             "NumPy's to its", "JAX's to its", *(NAMES[c] for c in contenders), "compile"]
    return table(heads, [[r["workload"], r["dtype"], r["threads"], *own(r),
                          *(text(against_bare(r, rows, c)) for c in ("object", "numpy", "jax")),
                          *of_all(r, contenders), compile_text(r)] for r in rows])


SECTIONS = {
    "matmul": ("Products of n × n matrices", matmul_table),
    "forms": ("Transposed, strided, batched, long and thin", forms_table),
    "einsum": ("einsum", strings_table),
    "fused": ("With their neighbours", fused_table),
}


def machine_table(limits):
    levels = list(next(iter(limits.values()))["bandwidth"])
    heads = ["threads", *(f"{level}: copy, triad GB/s" for level in levels),
             "multiply-adds f64, f32 GFLOP/s"]
    return table(heads, [[threads, *(f"{b['copy']:.0f}, {b['triad']:.0f}"
                                     for b in found["bandwidth"].values()),
                          f"{found['flops']['f64']:.0f}, {found['flops']['f32']:.0f}"]
                         for threads, found in limits.items()])


def reasons_table(rows):
    """Why something was not measured, and how often."""
    names = {"object": "kernel", "jit": "call", **NAMES}
    counted = Counter((c, why) for r in rows for c, why in r["not measured"].items())
    return table(["contender", "reason", "rows"],
                 [[names[c], why.replace("|", "\\|"), count] for (c, why), count in
                  sorted(counted.items())])


def first_calls(rows):
    """Medians of what a first call takes."""
    found = {name: [r["cold"][c] for r in rows if c in r["cold"]]
             for c, name in (("jit", "call"), *NAMES.items())}
    found = {"compile": [r["compile"] for r in rows if r.get("compile")], **found}
    return ", ".join(f"{name} {statistics.median(seconds):.2g}"
                     for name, seconds in found.items() if seconds)


def markdown(about, versions, rows):
    names = {NAMES.get(name, name): version for name, version in versions.items()}
    lines = ["# Contractions", "", header(about, names) + " Threads: "
             f"{', '.join(map(str, about['limits']))}. Medians of "
             f"{about['rounds']} rounds of {about['samples']} samples, which take turns.", "",
             NOTES, "", "![Share of the processor's multiply-adds over n](einsum.svg)", "",
             "## The machine", "",
             "By hand-written loops, measured when this page was written.", "",
             *machine_table(about["limits"])]
    for group, (title, make) in SECTIONS.items():
        some = [r for r in rows if r["group"] == group]
        if some:
            lines += ["", f"## {title}", "", *make(some, about["limits"])]
    lines += ["", "## First calls", "", "Seconds of the first call, compiling and importing "
              f"included, medians over all rows: {first_calls(rows)}."]
    return "\n".join([*lines, "", "## Not measured", "", *reasons_table(rows)]) + "\n"


def line_of(row):
    """For the terminal."""
    said = [f"{row['workload']} {row['dtype']} {row['threads']}", f"kernel {own(row)[0]}",
            f"call {own(row)[1]}"]
    said += [f"{c} {value}" for c, value in zip(NAMES, of_all(row, NAMES)) if value != "–"]
    return "  ".join(said)
