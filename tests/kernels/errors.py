import numpy as np


def broadcasting(a: "f64[3,2]", b: "f64[3]"):
    return a + b  # error: operands could not be broadcast together with shapes (3,2) (3,)


def loop(a: "f64[n]"):
    for i in range(3):  # error: not yet
        a = a + 1
    return a


def store(a: "f64[n]"):
    a[0] = 1  # error: not yet
    return a


def unknown(a: "f64[n]"):
    return np.fft(a)  # error: fft


def axis(a: "f64[n,m]"):
    return a.sum(axis=2)  # error: axis 2 is out of bounds for array of dimension 2


def complex_bits(a: "c64[n]"):
    return np.bitwise_and.reduce(a)  # error: ufunc 'bitwise_and' not supported for the input types


def complex_extreme_of_nothing(a: "c64[0,n]"):
    return a.max(axis=0)  # error: zero-size array to reduction operation maximum


def complex_position_of_nothing(a: "c64[0]"):
    return np.argmin(a)  # error: attempt to get argmin of an empty sequence


def complex_extreme_of_some(a: "c64[n]"):
    return a.min(where=a != 0)  # error: reduction operation 'minimum' does not have an identity


def complex_initial(a: "f64[n]"):
    return a.sum(initial=1j)  # error: float() argument must be a string or a real number


def complex_initial_of_integers(a: "i64[n]"):
    return a.prod(initial=1j)  # error: int() argument must be a string, a bytes-like object


def complex_items(a: "f64[n]"):
    return a + np.array([1j], dtype=float)  # error: float() argument must be a string


def complex_as_float(a: "f64[n]"):
    return a * float(1j)  # error: float() argument must be a string or a real number, not 'complex'


def complex_parameter_as_integer(a: "f64[n]", s: "complex"):
    return a * int(s)  # error: int() argument must be a string, a bytes-like object or a real


def complex_as_element_type(a: "f64[n]"):
    return a * np.float32(2j)  # error: float() argument must be a string or a real number


def complex_rounded(a: "f64[n]"):
    return a * round(2j)  # error: type complex doesn't define __round__ method


def reshaped(a: "f64[6]"):
    return a.reshape(4)  # error: cannot reshape array of size 6 into shape (4,)


def subtract_bools(a: "bool[n]"):
    return a - a  # error: numpy boolean subtract


def empty(a: "f64[0]"):
    return a.max()  # error: zero-size array to reduction operation maximum which has no identity


def geometric_from_zero(a: "f64[n]"):
    return a * np.geomspace(0, 1, 3)[0]  # error: Geometric sequence cannot include zero


def grid_of_a_number(n: "int"):
    return np.mgrid[3]  # error: np.mgrid and np.ogrid take slices


def grid_without_end(n: "int"):
    return np.ogrid[1:, 0:2]  # error: a slice of a grid needs its stop
