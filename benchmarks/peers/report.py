"""What run.py measured, as a page, a chart and JSON."""

import statistics

from tables import bytes_text, geometric_mean, header, line, ratio, text, time_of

LABELS = {
    "reciprocal": "1/x", "multiply_add": "a*b+c", "distances": "distances from a point",
    "ripples": "sin(r²)/r² on a mesh", "exponential": "exp(x)",
    "chain": "ten transcendental functions",
    "black_scholes": "Black-Scholes", "mandelbrot": "Mandelbrot, 4 iterations",
    "nearest": "nearest of √n points", "nearest_index": "which of √n points is nearest",
    "total": "sum", "sum_of_products": "sum(a*b)", "norm": "norm",
    "count_above": "count of x > t", "all_above": "all of x > t", "row_means": "mean by row",
    "column_means": "mean by column", "row_variances": "variance by row",
    "column_variances": "variance by column", "softmax": "softmax by row",
    "column_softmax": "softmax by column", "log_softmax": "log-softmax by row",
    "layer_norm": "layer norm by row", "heat": "heat step", "convolution": "3×3 convolution",
    "life": "Game of Life", "grey": "RGB to grey",
}
OWN = ("jit", "object", "hand")
NOTES = """\
The same NumPy code ([workloads.py](../../benchmarks/peers/workloads.py)) compiled by each; each
warm, on as many processors as threads. **kernel**: a function of `arrayc compile`, called from C++
with memory for its result. **call**: `ac::jit` in C++, which looks the function up and makes its
result, as the others do. **hand C++**: fused loops by clang 19 with OpenMP and libmvec
([yardstick.cpp](../../benchmarks/peers/yardstick.cpp)), as a multiple of the kernel's time; **the
others** as multiples of the call's: above 1, arrayc is faster. – : not measured, the reason is in
peers.json. **memory**: arguments, result and what else a process holds at most while it calls, of
the kernel and of NumPy; beside it what arguments and result alone take.

clang makes one fused multiply-add of a product and a sum in the hand-written loops; arrayc keeps
both roundings, as NumPy does. That is what the loops of heat, Mandelbrot and ripples are ahead by:
with `-ffp-contract=off` heat was as fast here and Mandelbrot slower."""


def peers_of(rows):
    seen = [c for row in rows for c in (*row["seconds"], *row["not measured"]) if c not in OWN]
    return list(dict.fromkeys(seen))


def fastest_peer(row):
    found = [s for c, s in row["seconds"].items() if c not in OWN]
    return min(found) / row["seconds"]["jit"] if found and "jit" in row["seconds"] else None


def line_of(row):
    """For the terminal."""
    words = [f"{row['workload']}_{row['dtype']} {row['n']} {row['threads']} ",
             f"kernel {time_of(row, 'object')}", f"call {time_of(row, 'jit')}",
             f"hand {text(ratio(row, 'hand', 'object'))}"]
    return "  ".join(words + [f"{c} {text(ratio(row, c, 'jit'))}" for c in row["seconds"]
                              if c not in OWN])


def memory(row, contender):
    """All that a contender holds; arguments are read before its own memory is counted."""
    if contender not in row["peak"]:
        return "–"
    return bytes_text(row["peak"][contender] + row["arguments"])


def table(rows, peers):
    lines = ["| workload | type | n | threads | kernel | call | hand C++ | " + " | ".join(peers)
             + " | fastest peer | memory | NumPy's | least |",
             "|---|---|--:|--:|--:|--:|--:|" + "--:|" * (len(peers) + 4)]
    for r in rows:
        cells = [LABELS[r["workload"]], r["dtype"], r["n"], r["threads"], time_of(r, "object"),
                 time_of(r, "jit"), text(ratio(r, "hand", "object")),
                 *(text(ratio(r, c, "jit")) for c in peers), text(fastest_peer(r)),
                 memory(r, "object"), memory(r, "numpy"), bytes_text(r["bytes"])]
        lines.append(line(cells))
    return lines


def means(rows, peers):
    lines = ["| type | n | threads | rows | hand C++ | " + " | ".join(peers)
             + " | fastest peer of each row | rows slower than it |",
             "|---|--:|--:|--:|--:|" + "--:|" * (len(peers) + 2)]
    for kind in sorted({(r["dtype"], r["n"], r["threads"]) for r in rows},
                       key=lambda k: (k[0] == "f32", *k)):
        some = [r for r in rows if (r["dtype"], r["n"], r["threads"]) == kind]
        fastest = [fastest_peer(r) for r in some]
        cells = [*kind, len(some), text(geometric_mean(ratio(r, "hand", "object") for r in some)),
                 *(text(geometric_mean(ratio(r, c, "jit") for r in some)) for c in peers),
                 text(geometric_mean(fastest)), sum(f is not None and f < 1 for f in fastest)]
        lines.append(line(cells))
    return lines


def machine_table(limits):
    lines = ["| threads | " + " | ".join(f"{level}: copy, triad GB/s"
                                         for level in limits[1]["bandwidth"])
             + " | multiply-adds f64, f32 GFLOP/s"
             " | exp in cache, f64: hand, arrayc G/s | f32 |",
             "|--:|" + "--:|" * (len(limits[1]["bandwidth"]) + 3)]
    for threads, found in limits.items():
        cells = [f"{b['copy']:.0f}, {b['triad']:.0f}" for b in found["bandwidth"].values()]
        cells.append(f"{found['flops']['f64']:.0f}, {found['flops']['f32']:.0f}")
        cells += [f"{found['exp'][f'hand, {d}']:.2f}, {found['exp'][f'object, {d}']:.2f}"
                  for d in ("f64", "f32")]
        lines.append(f"| {threads} | " + " | ".join(cells) + " |")
    return lines


def markdown(about, versions, rows):
    peers = peers_of(rows)
    cold = {c: [r["cold"][c] for r in rows if c in r["cold"]] for c in ("jit", *peers)}
    return "\n".join([
        "# Beside other compilers", "",
        header(about, versions),
        "", NOTES, "", "## Geometric means", "", *means(rows, peers), "",
        "## The machine", "", "By hand-written loops, measured when this page was written.", "",
        *machine_table(about["limits"]), "", "## All rows", "", *table(rows, peers), "",
        "## First calls", "",
        "Seconds of the first call of a size, compiling included, medians over all rows (Pythran "
        "compiles once for all sizes): "
        + ", ".join(f"{c} {statistics.median(found):.2g}" for c, found in cold.items() if found)
        + "."]) + "\n"
