import numpy as np


# check: n=7 m=300 rtol=1e-13
# check: n=1 m=5 rtol=1e-13
# inputs: a=special
def without_nans(a: "f64[n,m]", b: "f64[n,m]"):
    c = np.where(b > 0.5, np.nan, b)
    return (
        np.nansum(c, axis=0),
        np.nanprod(c, axis=1, keepdims=True),
        np.nanmin(a, axis=0),
        np.nanmax(a, axis=1),
        np.nanmin(a),
        np.nanmean(c, axis=0),
        np.nanmean(c),
        np.nanvar(c, axis=1),
        np.nanvar(c, axis=0, ddof=2),
        np.nanstd(c, axis=0, ddof=0.5, keepdims=True),
        np.nanmax(c, axis=0, initial=0.25),
        np.nansum(c, axis=1, initial=3, where=b < 0),
        np.nanmean(c, axis=0, where=b < 0.25),
    )


# check: n=7 m=300 rtol=1e-5
def without_nans_f32(b: "f32[n,m]"):
    c = np.where(b > 0.5, np.nan, b)
    return np.nansum(c, axis=0), np.nanmean(c, axis=1), np.nanstd(c), np.nanmin(c, axis=0)


# check: n=40 exact
# inputs: a=full
def of_integers(a: "i16[n,3]", b: "bool[n,3]"):
    return (
        np.nansum(a, axis=0),
        np.nanprod(a, axis=1),
        np.nanmin(a, axis=0),
        np.nanmax(a),
        np.nanmean(a, axis=0),
        np.nanmin(b),
        np.ptp(a, axis=1),
    )


# check: n=9 m=200 rtol=1e-13
# check: n=9 m=0 rtol=1e-13
def masked(a: "f64[n,m]", b: "f64[n,m]", row: "bool[m]", column: "bool[n,1]"):
    positive = b > 0
    return (
        a.sum(axis=1, where=positive),
        np.prod(a, where=row),
        np.mean(a, axis=1, where=positive),
        a.mean(axis=1, where=row, keepdims=True),
        np.var(a, axis=1, where=positive),
        np.std(a, axis=1, ddof=1, where=positive),
        np.any(positive, axis=0, where=a > 0),
        np.all(positive, axis=0, where=a > 0),
        a.sum(axis=1, where=True),
        np.sum(a, axis=0, where=column),
        a.sum(where=False),
    )


# check: n=9 m=200 rtol=1e-13
def started(a: "f64[n,m]", b: "i32[n,m]"):
    return (
        a.sum(axis=1, initial=10),
        np.prod(a[:, :3], axis=1, initial=0.5),
        a.min(axis=0, initial=-0.25),
        np.max(a, initial=100),
        a.max(axis=1, where=b > 0, initial=-1),
        np.min(b, axis=0, where=a > 0, initial=1000),
        np.sum(b, initial=1.75),
        np.max(a[:, :0], axis=1, initial=2),
        np.min(a[:0], initial=-3, keepdims=True),
    )


# check: n=60 exact
# inputs: a=full
def folded(a: "i16[n,4]"):
    odd = a % 2 == 1
    return (
        np.add.reduce(a, axis=1, where=odd),
        np.multiply.reduce(a, where=odd, initial=3),
        np.maximum.reduce(a, axis=0, initial=100),
        np.bitwise_and.reduce(a, axis=1, where=odd),
        np.bitwise_or.reduce(a, axis=1, where=odd, initial=1),
        np.bitwise_xor.reduce(a, axis=0, where=odd, keepdims=True),
        np.logical_xor.reduce(a, axis=0, where=odd),
        np.fmin.reduce(a, axis=1, where=odd, initial=5),
        np.hypot.outer(a[:2, 0] * 0.0, a[:3, 0] * 0.0),
        np.gcd.outer(a[:5, 0], a[:5, 1]),
    )


# check: n=30 m=20 rtol=1e-13
def averages(a: "f64[n,m]", w: "f64[m]", k: "i32[n,m]"):
    u = w * w + 1
    mean, total = np.average(a, axis=1, weights=u, returned=True)
    plain, count = np.average(k, axis=0, returned=True)
    return (
        mean,
        total,
        plain,
        count,
        np.average(a),
        np.average(k, weights=a * a),
        np.average(k, axis=1, weights=k * k + 1, keepdims=True),
        np.average(a[:, :, None] * u, axis=(2, 0), weights=a.T**2),
    )


# check: n=0 m=3 exact
# check: n=3 m=0 exact
# check: n=0 m=0 exact
# check: n=7 m=40 exact
def started_where_there_may_be_nothing(
    a: "f64[n,m]", b: "i8[n,m]", c: "f16[n,m]", d: "bool[n,m]", x: "f32", y: "u32[n,m]"
):
    return (
        a.min(axis=0, initial=1),
        a.max(axis=1, initial=-0.0, keepdims=True),
        np.min(a, initial=np.inf),
        b.min(axis=0, initial=100),
        np.max(b, axis=1, where=d, initial=-128),
        c.max(initial=-3),
        d.max(axis=0, initial=False),
        d.min(axis=1, initial=True),
        np.maximum.reduce(y, axis=0, initial=7),
        np.fmin.reduce(a, axis=0, initial=2),
        np.fmax.reduce(c, axis=1, where=d, initial=-1),
        a.min(axis=1, initial=x),
        np.nanmax(a, axis=0, initial=0.5),
    )
