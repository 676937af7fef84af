import numpy as np


# Errors that depend on elements: the first failing index in C order, on every rung.
# raises: Integers to negative integer powers are not allowed.
# check: n=0 exact
# check: n=1 exact
# check: n=7 exact
# check: n=100000 exact
# inputs: x=small y=normal
def power(x: "i64[n]", y: "i64[n]"):
    return x**y


# raises: Integers to negative integer powers are not allowed.
# check: n=40 m=9 exact
# check: n=0 m=9 exact
# check: n=9 m=0 exact
# inputs: x=small y=normal
def stretched_exponent(x: "i32[n,m]", y: "i32[m]"):
    return x**y + 1


# raises: Integers to negative integer powers are not allowed.
# check: n=40 m=9 exact
# check: n=0 m=9 exact
# inputs: x=small y=normal
def outer_exponent(x: "i16[m]", y: "i16[n]"):
    return (x ** y[:, None]).sum(axis=0)


# Both fail: the first that the program says is the one that NumPy raises.
# raises: Integers to negative integer powers are not allowed.
# check: n=5 exact
# inputs: x=small y=normal z=normal
def two_powers(x: "i64[n]", y: "i64[n]", z: "i8[n]"):
    first = x**y
    second = z**z
    return second, first


# raises: Integers to negative integer powers are not allowed.
# check: n=30 m=20 exact
# inputs: x=small y=normal
def inside_a_chain(x: "i64[n,m]", y: "i64[n,m]"):
    return ((x + 1) ** (y - 7) * 2).sum()


# raises: Integers to negative integer powers are not allowed.
# check: n=4 exact
# check: n=0 exact
def constant_exponent(x: "i64[n]"):
    return np.power(x, -1)


# raises: Integers to negative integer powers are not allowed.
# check: n=6 exact
# inputs: x=small y=normal
def scalar_base(x: "i8[n]", y: "i64[n]", k: "int"):
    return 2**y, x**k


# raises: Integers to negative integer powers are not allowed.
# check: exact
# inputs: x=small y=normal
def scalars(x: "i64", y: "i64"):
    return np.power(x, y - 5)


# Strided reads, stretched and not.
# raises: Integers to negative integer powers are not allowed.
# check: n=12 m=5 exact
# inputs: x=small y=normal
def views(x: "i64[n,m]", y: "i64[m,n]"):
    return x[::-2] ** y.T[1::2, ::-1]


# shape: kernels=1 temporaries=0
# check: n=64 exact
# inputs: x=small y=normal z=full
def nothing_to_check(x: "i64[n]", y: "i64[n]", z: "u8[n]"):
    return x ** np.maximum(y, 0), x ** (y & 7), x ** (y % 5), x**z, x**3
