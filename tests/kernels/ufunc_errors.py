import math

import numpy as np
from scipy import special


def gcd_of_floats(a: "f64[n]"):
    return np.gcd(a, 2)  # error: ufunc 'gcd' not supported for the input types


def gcd_of_bools(a: "bool[n]"):
    return np.gcd(a, a)  # error: ufunc 'gcd' did not contain a loop with signature matching types


def count_of_floats(a: "f64[n]"):
    return np.bitwise_count(a)  # error: ufunc 'bitwise_count' not supported


def scale_by_floats(a: "f64[n]"):
    return np.ldexp(a, a)  # error: ufunc 'ldexp' not supported for the input types


def floors_of_complex_numbers(a: "c64[n]"):
    return np.floor(a)  # error: ufunc 'floor' not supported for the input types, and the inputs


def angles_of_complex_numbers(a: "c64[n]"):
    return np.arctan2(a, 1)  # error: ufunc 'arctan2' not supported for the input types


def not_numpys(a: "f64[n]"):
    return np.erf(a)  # error: numpy.erf is not in the dialect


def not_special(a: "f64[n]"):
    return special.jv(0, a)  # error: scipy.special.jv is not in the dialect


def part_of_frexp(a: "f64[n]"):
    return np.frexp_mantissa(a)  # error: numpy.frexp_mantissa is not in the dialect


def domain(a: "f64[n]"):
    return a * math.acos(2)  # error: math domain error


def pole(a: "f64[n]"):
    return a * math.gamma(0)  # error: math domain error


def overflow(a: "f64[n]"):
    return a * math.cosh(1000)  # error: math range error


def rounded(a: "f64[n]"):
    return round(a, 2)  # error: Python's round of arrays is not in the dialect


def three_of_two(a: "f64[n]"):
    return np.hypot(a, a, a)  # error: hypot() takes from 2 to 3 positional arguments but 3 were
