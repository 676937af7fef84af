import numpy as np


def no_identity(a: "f64[n]"):
    return a.min(where=a > 0)  # error: reduction operation 'minimum' does not have an identity


def mask_of_floats(a: "f64[n]"):
    return a.sum(where=a)  # error: Cannot cast array data from dtype('float64') to dtype('bool')


def mask_too_large(a: "f64[n]", m: "bool[4,n]"):
    return a.sum(where=m)  # error: (n,) (4,n): the mask where= must fit the array


def mask_of_other_size(a: "f64[3]", m: "bool[4]"):
    return a.sum(where=m)  # error: (3,) (4,): the mask where= must fit the array


def initial_array(a: "f64[n]"):
    return a.sum(initial=a)  # error: setting an array element with a sequence.


def initial_out_of_range(a: "i8[n]"):
    return a.min(initial=1000)  # error: Python integer 1000 out of bounds for int8


def weights_without_axis(a: "f64[2,3]", w: "f64[3]"):
    return np.average(a, weights=w)  # error: Axis must be specified when shapes of a and weights


def weights_of_other_axis(a: "f64[2,3]", w: "f64[3]"):
    return np.average(a, axis=0, weights=w)  # error: Shape of weights must be consistent with shape


def running_sum(a: "f64[n]"):
    return np.cumsum(a)  # error: numpy.cumsum is not in the dialect


def running_product(a: "f64[n]"):
    return a.cumprod()  # error: attribute 'cumprod' of an array is not in the dialect


def scan(a: "f64[n]"):
    return np.maximum.accumulate(a)  # error: maximum.accumulate is not in the dialect


def slices(a: "f64[n]"):
    return np.add.reduceat(a, [0, 2])  # error: add.reduceat is not in the dialect


def at(a: "f64[n]"):
    np.add.at(a, [0, 2], 1)  # error: add.at is not in the dialect
    return a


def unary(a: "f64[n]"):
    return np.sqrt.reduce(a)  # error: reduce only supported for binary functions
