"""How much of the machine's multiply-adds each contender reaches with square matrices."""

import math

LINES = {"object": ("arrayc", "#1b6ca8"), "numpy": ("NumPy", "#b8b8b8"),
         "openblas": ("OpenBLAS", "#d1742f"), "blis": ("BLIS", "#4c9a52"),
         "onednn": ("oneDNN", "#8a5fb0"), "jax": ("JAX", "#c2487a")}
WIDTH, HEIGHT, LEFT, TOP = 420, 250, 56, 74


def share(row, contender, limits):
    """Of the peak, or None."""
    if contender not in row["seconds"]:
        return None
    peak = 1e9 * limits[row["threads"]]["flops"][row["dtype"]]
    return row["flops"] / row["seconds"][contender] / peak


def panel(rows, limits, dtype, left):
    """The sizes of one element type on one thread."""
    some = sorted((r for r in rows if r["group"] == "matmul" and r["workload"].isdigit()
                   and r["dtype"] == dtype and r["threads"] == 1),
                  key=lambda r: int(r["workload"]))
    bottom = TOP + HEIGHT

    def x(n):
        return left + WIDTH * (math.log2(n) - 3) / 8

    def y(value):
        return bottom - HEIGHT * min(value, 1.1) / 1.1

    out = [f'<text x="{left}" y="{TOP - 8}">{dtype}, one thread</text>']
    for percent in (0, 25, 50, 75, 100):
        at = y(percent / 100)
        out.append(f'<line x1="{left}" y1="{at:.1f}" x2="{left + WIDTH}" y2="{at:.1f}" '
                   f'stroke="#ddd"/><text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">'
                   f'{percent}%</text>')
    for power in range(3, 12):
        out.append(f'<text x="{x(2**power):.1f}" y="{bottom + 18}" text-anchor="middle">'
                   f'{2**power}</text>')
    for contender, (_, colour) in LINES.items():
        points = [(x(int(r["workload"])), y(share(r, contender, limits))) for r in some
                  if contender in r["seconds"]]
        if points:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                       'stroke-width="2"/>')
            out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour}"/>'
                    for a, b in points]
    return out


def chart(rows, limits):
    width, height = 2 * (LEFT + WIDTH) + 30, TOP + HEIGHT + 50
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           '<text x="10" y="18" font-size="14">Products of n × n matrices: share of the '
           "processor's multiply-adds</text>"]
    for i, (name, colour) in enumerate(LINES.values()):
        at = LEFT + 110 * i
        out.append(f'<rect x="{at}" y="28" width="10" height="10" fill="{colour}"/>'
                   f'<text x="{at + 14}" y="37">{name}</text>')
    out += panel(rows, limits, "f64", LEFT) if 1 in limits else []
    out += panel(rows, limits, "f32", 2 * LEFT + WIDTH) if 1 in limits else []
    out.append(f'<text x="{width // 2}" y="{height - 8}" text-anchor="middle">n</text></svg>')
    return "\n".join(out) + "\n"
