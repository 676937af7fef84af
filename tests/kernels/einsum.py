import numpy as np

LETTERS = "ij,jk->ik"


# check: n=7 m=5 rtol=1e-12
def diagonals(s: "f64[n,n]", t: "f64[m,n,n]", c: "f64[n,n,n]"):
    return (
        np.einsum("ii", s),
        np.einsum("ii->i", s),
        np.einsum("ii->", s),
        np.einsum("kii->k", t),
        np.einsum("kii->ik", t),
        np.einsum("iii", c),
        np.einsum("iii->i", c),
        np.einsum("iji->j", c),
        np.einsum("iji->ij", c),
        np.einsum("ii,ij->j", s, s),
        np.einsum("ii,jj", s, s),
        np.einsum("kii,ik->k", t, s[:, :5]),
        np.einsum("ii->i", s[::-1].T),
        np.einsum("...ii->...", t),
        np.einsum("...ii->...i", t),
        np.einsum("ii...->...i", c),
        np.einsum(s, [0, 0]),
        np.einsum(c, [3, 3, 3], [3]),
        np.einsum(c, [1, 0, 1]),
    )


# check: n=4 m=3 k=5 rtol=1e-12
def implicit(a: "f64[n,m]", b: "f64[m,k]", v: "f64[m]"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("kj,ji", a, b),
        np.einsum("ba", a),
        np.einsum("Ba", a),
        np.einsum("aB", a),
        np.einsum("bZ,Zc", a, b),
        np.einsum("i,j,k", v, v, v),
        np.einsum("i,i,i", v, v, v),
        np.einsum("ij,j", a, v),
        np.einsum("...j,j...", a, b[:, :4]),
        np.einsum("...", a),
        np.einsum("i...", a),
        np.einsum("...,...", a, v),
        np.einsum("i...,j...", a, b.T),
        np.einsum(" i j , j k ", a, b),
        np.einsum("ij,jk->", a, b),
        np.einsum(LETTERS, a, b),
        np.einsum("ij," "jk", a, b),
    )


# check: n=4 m=3 b=2 rtol=1e-12
def ellipses(x: "f64[b,n,m]", y: "f64[m,n]", z: "f64[1,m,n]", v: "f64[n]", w: "f64[b,1,n]"):
    return (
        np.einsum("...ij,...jk", x, y),
        np.einsum("...ij,...jk->...ik", x, z),
        np.einsum("...ij,jk->ik...", x, y),
        np.einsum("i...,...i->...", y.T, w),
        np.einsum("...i,i", w, v),
        np.einsum("...i,...i->i...", w, v),
        np.einsum("...,...->...", x, x[0]),
        np.einsum("a...,...->a...", x, 2.0),
        np.einsum("...j->...", x),
        np.einsum("b...->...b", x),
        np.einsum("...i->...", v),
        np.einsum("...ij->...ji", y),
        np.einsum("ij->ij...", y),
        np.einsum("ij->...ij", y),
        np.einsum("...,i...->i...", v, z[0]),
    )


# check: n=4 m=3 k=5 rtol=1e-12
def by_numbers(a: "f64[n,m]", b: "f64[m,k]", x: "f64[2,n,m]"):
    return (
        np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
        np.einsum(a, [0, 1], b, [1, 2]),
        np.einsum(a, [5, 3], b, [3, 1]),
        np.einsum(a, (1, 0)),
        np.einsum(a, [51, 7], [7, 51]),
        np.einsum(a, [26, 0]),
        np.einsum(x, [..., 0, 1], b, [1, 2], [..., 0, 2]),
        np.einsum(x, [..., 1], b, [1, 2]),
        np.einsum(x, [Ellipsis, 1], [1, Ellipsis]),
        np.einsum(x, [0, ...], [...]),
        np.einsum(a, [0, 1], []),
        np.einsum(3.0, [], a, [0, 1], [1, 0]),
        np.einsum(a, [0, 1], b, [1, 2], b, [1, 2], [0]),
    )


# check: n=4 m=3 rtol=1e-12
# check: n=1 m=3 rtol=1e-12
# check: n=4 m=1 rtol=1e-12
def ones(a: "f64[1,m]", b: "f64[n,m]", c: "f64[n,1]", d: "f64[1]", e: "f64[n]"):
    return (
        np.einsum("ij,ij", a, b),
        np.einsum("ij,ij->ij", a, b),
        np.einsum("ij,ij->i", a, b),
        np.einsum("ij,ij->j", b, a),
        np.einsum("ij,ij->ij", a, c),
        np.einsum("i,i->i", d, e),
        np.einsum("i,i->", d, e),
        np.einsum("i,i", d, d),
        np.einsum("ij,j->i", c, d),
        np.einsum("ij,jk->ik", c, a),
        np.einsum("i,j,ij->ij", d, d, b),
    )


# check: n=3 m=3 rtol=1e-13
# check: n=3 m=1 rtol=1e-13
# check: n=1 m=4 rtol=1e-13
def sizes_that_meet(a: "f64[n,2]", b: "f64[m,2]"):
    return np.einsum("ij,ij->ij", a, b), np.einsum("ij,ij->j", a, b), np.einsum("i...,i...", a, b)


# check: n=3 m=4 rtol=1e-13
# raises: operands could not be broadcast together with remapped shapes [original->remapped]
def sizes_that_do_not_meet(a: "f64[n,2]", b: "f64[m,2]"):
    return np.einsum("ij,ij->ij", a, b)


# check: n=5 rtol=1e-13
def numbers(a: "f64[n]", s: "f64", i: "int", f: "float"):
    return (
        np.einsum("", s),
        np.einsum("->", 2.0),
        np.einsum(",->", s, s),
        np.einsum(",i", s, a),
        np.einsum("i,->i", a, i),
        np.einsum("i,,->", a, f, s),
        np.einsum("...,", a, 3),
        np.einsum(",,,", 2, 3, 4, 5),
        np.einsum(",i->i", f, a.astype(np.float32)),
        np.einsum("i,ij->j", [1, 2], [[3, 4], [5, 6]]),
    )


# check: n=3 exact
def nothing(a: "f64[0,n]", b: "f64[n,0]", i: "i32[0]", t: "bool[0,n]"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("ij,jk", b, a),
        np.einsum("ij->j", a),
        np.einsum("ij->i", a),
        np.einsum("ij->", a),
        np.einsum("i,i", i, i),
        np.einsum("i,j->ij", i, i),
        np.einsum("ij->j", t),
        np.einsum("ij,ij->", b, b),
        np.einsum("ij,ij->ij", a, a[:, :1]),
    )


# check: n=6 m=5 exact
# inputs: a=full b=full c=full d=full
def integers_wrap(a: "i8[n,m]", b: "i8[m,n]", c: "u16[n,m]", d: "i64[m]"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("ij,ij->i", c, c),
        np.einsum("ij,j", c, d),
        np.einsum("ij->", a),
        np.einsum("ij->j", c),
        np.einsum("i,i,i", d, d, d),
        np.einsum("ij,ij->j", a, c),
        np.einsum("ij,jk,kl->il", a, b, a),
        np.einsum("ij,j->", a, d, dtype=np.int64),
        np.einsum("ij->i", a, dtype=np.int32),
        np.einsum("ij,ij->", a, c, dtype=np.int8, casting="unsafe"),
    )


# check: n=6 m=5 exact
def truths(a: "bool[n,m]", b: "bool[m,n]", c: "i16[n]"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("ij->i", a),
        np.einsum("ij->", a),
        np.einsum("ij,ji", a, b),
        np.einsum("ij,i->j", a, c),
        np.einsum("ij,ij->", a, a, dtype=int),
        np.einsum("ij->j", a, dtype=np.uint8),
    )


# check: n=6 m=5 exact
# inputs: a=small b=small c=small d=small e=small
def types(
    a: "i8[n]", b: "u8[n]", c: "i32[n]", d: "u64[n]", e: "i64[n]", t: "bool[n]", h: "f16[n]",
    s: "f32[n]",
):
    return (
        np.einsum("i,i->i", a, b),
        np.einsum("i,i->i", a, t),
        np.einsum("i,i->i", c, d),
        np.einsum("i,i->i", e, d),
        np.einsum("i,i->i", h, a),
        np.einsum("i,i->i", h, s),
        np.einsum("i,i->i", s, c),
        np.einsum("i,i,i->i", h, t, b),
        np.einsum("i,j->ij", h, h),
        np.einsum("i,i->i", h, h, dtype=np.float32),
        np.einsum("i,i->i", s, s, dtype=np.float64),
        np.einsum("i,i->i", s, s, dtype=np.float16, casting="same_kind"),
        np.einsum("i->i", s, dtype=np.complex64),
        np.einsum("i,i->i", s, s, casting="no"),
    )


# check: n=40 m=30 rtol=2e-2
# inputs: a=unit b=unit
def halves(a: "f16[n,m]", b: "f16[m]"):
    return np.einsum("ij,j->i", a, b), np.einsum("ij->i", a + 1), np.einsum("ij,j->", a, b) * 0


# check: n=5 m=4 rtol=1e-12
def complex_numbers(a: "c128[n,m]", b: "c128[m,n]", r: "f64[m]", z: "complex"):
    return (
        np.einsum("ij,jk", a, b),
        np.einsum("ij,ji", a, b),
        np.einsum("ij,j->i", a, r),
        np.einsum("ij,jk,kl->il", a, b, a),
        np.einsum("ij,jk,kl,lm->im", a, b, a, b),
        np.einsum("ij->j", a),
        np.einsum("i,j->ij", r, 1j * r),
        np.einsum(",ij->ij", z, a),
        np.einsum("ij,ij->", a, a.conj()),
        np.einsum("ij->ji", a),
    )


# check: n=3 rtol=1e-11
def many(a: "f64[n,n]", v: "f64[n]"):
    return (
        np.einsum("ab,bc,cd,de->ae", a, a, a, a),
        np.einsum("ab,bc,cd,de,ef->af", a, a, a, a, a, optimize=True),
        np.einsum("ab,bc,cd,da", a, a, a, a, optimize=False),
        np.einsum("a,b,c,d,e->abcde", v, v, v, v, v),
        np.einsum("a,a,a,a,a,a,a,a->a", v, v, v, v, v, v, v, v),
        np.einsum("ab,ac,ad,ae->a", a, a, a, a, optimize="greedy"),
        np.einsum("ab,a,b,ab->", a, v, v, a, optimize="optimal", order="C"),
    )


# check: n=6 m=4 rtol=1e-12
def strides(a: "f64[n,m]", b: "f64[m,n]", v: "f64[n]"):
    return (
        np.einsum("ij,jk", a[::-1], b[:, ::2]),
        np.einsum("ij,jk", b.T, a.T),
        np.einsum("ij,jk->ki", a[::2, ::-1], b[::-1, 1:]),
        np.einsum("ij,j", np.broadcast_to(v, (5, 6)), v[::-1]),
        np.einsum("ij,ij", a, b.T),
        np.einsum("ii->i", (a @ b)[::-1, ::-1]),
        np.einsum("ij->", a[1:-1, ::2]),
    )


# check: n=5 m=4 k=3 rtol=1e-12
# shape: kernels=1 temporaries=0
def fused(a: "f64[n,m]", b: "f64[m,k]"):
    return np.exp(np.einsum("ij,jk", a * 2, b + 1)) - 1
