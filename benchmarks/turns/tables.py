"""Cells of tables of rows, as turns.measure() fills them in."""

import json
import math
import statistics

from run import time_text


def ratio(row, contender, base):
    if contender not in row["seconds"] or base not in row["seconds"]:
        return None
    return row["seconds"][contender] / row["seconds"][base]


def text(value, pattern=None):
    if value is None:
        return "–"
    return (pattern or ("{:.2f}" if value >= 0.1 else "{:.2g}")).format(value)


def time_of(row, contender):
    return time_text(row["seconds"][contender]) if contender in row["seconds"] else "–"


def bytes_text(count):
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count} B"


def geometric_mean(values):
    kept = [math.log(v) for v in values if v is not None]
    return math.exp(statistics.fmean(kept)) if kept else None


def line(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def header(about, versions):
    return (f"{about['processor']}, {about['vector_bits']}-bit vectors, {about['processors']} "
            f"processors; {about['date']}; load average {about['load']} before the run. "
            + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")


def json_text(about, versions, rows):
    parts = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    head = json.dumps({"machine": about, "versions": versions}, ensure_ascii=False)
    return head[:-1] + f', "rows": [\n  {parts}\n]}}\n'
