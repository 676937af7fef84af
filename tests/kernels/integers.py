import numpy as np


# check: n=300 exact
# inputs: a=full b=full
def i8_arithmetic(a: "i8[n]", b: "i8[n]"):
    return a + b, a - b, a * b, a // b, a % b, -a, abs(a), np.minimum(a, b), np.sign(a), a**2


# check: n=300 exact
# inputs: a=full b=full
def u8_arithmetic(a: "u8[n]", b: "u8[n]"):
    return a + b, a - b, a * b, a // b, a % b, np.maximum(a, b), a & b, a | b, a ^ b, ~a


# check: n=300 exact
# inputs: a=full b=full
def i64_arithmetic(a: "i64[n]", b: "i64[n]"):
    return a + b, a - b, a * b, a // b, a % b, -a, abs(a), a / 2, a == b, a < b


# check: n=300 exact
# inputs: a=full b=small
def shifts(a: "i32[n]", b: "i32[n]", c: "u16[n]"):
    return a << b, a >> b, c << 3, c >> 1, a << 40, a >> 40


# check: n=300 exact
# inputs: a=full b=full c=full d=full
def mixed(a: "i8[n]", b: "u8[n]", c: "u64[n]", d: "i64[n]"):
    return a + b, c < d, c == d, d >= c, a * 2, b + 255


# check: n=300 exact
# inputs: a=full x=normal
def casts(a: "i64[n]", x: "f64[n]", c: "bool[n]"):
    return (
        a.astype(np.int8),
        a.astype("float32"),
        (x * 100).astype(np.int32),
        c.astype(np.float64),
        a.astype(bool),
        c + c,
        c * c,
        a.astype(np.uint16),
    )


# check: n=300 exact
# inputs: c=full d=full
def logic(c: "bool[n]", d: "bool[n]", a: "i32[n]"):
    return (
        c & d,
        c | d,
        c ^ d,
        ~c,
        np.logical_not(a),
        np.logical_or(a, c),
        np.logical_xor(c, d),
        np.minimum(c, d),
        c == d,
    )


# Divisors that are known: generated code then needs no guard, but has to round down all the same.
# check: n=1 exact
# check: n=67 exact
# inputs: a=special b=full c=full
def by_constants(a: "i64[n]", b: "i32[n]", c: "i8[n]", d: "u16[n]"):
    return (a % 3, a // 3, a % -7, a // -7, a % 16, a // 16, b % 2, b // 5, b % -1, b // -1,
            c % 7, c // 7, c % -3, d % 10, d // 10, a % 1, b // 1)
