import numpy as np


def too_many_letters(a: "f64[n]"):
    return np.einsum("ij", a)  # error: contains too many subscripts for operand 0


def too_few_letters(a: "f64[n,m]"):
    return np.einsum("i", a)  # error: operand has more dimensions than subscripts given in


def too_few_operands(a: "f64[n,m]"):
    return np.einsum("ij,jk", a)  # error: more operands provided to einstein sum function than


def too_many_operands(a: "f64[n]"):
    return np.einsum("i", a, a)  # error: fewer operands provided to einstein sum function than


def unknown_in_output(a: "f64[n,m]"):
    return np.einsum("ij->ik", a)  # error: included output subscript 'k' which never appeared


def twice_in_output(a: "f64[n,m]"):
    return np.einsum("ij->jj", a)  # error: includes output subscript 'j' multiple times


def no_letter(a: "f64[n,m]"):
    return np.einsum("i$", a)  # error: invalid subscript '$' in einstein sum subscripts string


def tabulator(a: "f64[n,m]"):
    return np.einsum("i\tj", a)  # error: invalid subscript '\x09' in einstein sum subscripts


def half_an_arrow(a: "f64[n,m]"):
    return np.einsum("ij-ij", a)  # error: string does not contain proper '->' output specified


def two_arrows(a: "f64[n,m]"):
    return np.einsum("ij->i->j", a)  # error: invalid subscript '-' in einstein sum subscripts


def two_outputs(a: "f64[n,m]"):
    return np.einsum("ij->i,j", a)  # error: invalid subscript ',' in einstein sum subscripts


def one_dot(a: "f64[n,m]"):
    return np.einsum("i.j", a)  # error: contains a '.' that is not part of an ellipsis


def two_ellipses(a: "f64[n,m]"):
    return np.einsum("i...j...", a)  # error: not part of an ellipsis ('...') in operand 0


def dot_in_output(a: "f64[n,m]"):
    return np.einsum("ij->i.", a)  # error: not part of an ellipsis ('...') in the output


def lost_ellipsis(a: "f64[n,m]"):
    return np.einsum("...i->i", a)  # error: output has more dimensions than subscripts given in


def not_square(a: "f64[2,3]"):
    return np.einsum("ii", a)  # error: dimensions in operand 0 for collapsing index 'i' don't


def no_square_view(a: "f64[3,1]"):
    return np.einsum("ii->i", a)  # error: dimensions in single operand for collapsing index 'i'


def other_sizes(a: "f64[2,3]", b: "f64[4,5]"):
    return np.einsum("ij,jk", a, b)  # error: [original->remapped]: (2,3)->(2,newaxis,3)


def other_dots(a: "f64[2,3]", b: "f64[4]"):
    return np.einsum("...,...", a, b)  # error: [original->remapped]: (2,3)->(2,3) (4,)->(4)


def no_subscripts(a: "f64[n]"):
    return np.einsum(a)  # error: must provide at least an operand and a subscripts list


def no_operands(a: "f64[n]"):
    return np.einsum("i")  # error: must specify the einstein sum subscripts string and


def negative_index(a: "f64[n,m]"):
    return np.einsum(a, [0, -1])  # error: subscript is not within the valid range [0,


def index_and_a_half(a: "f64[n,m]"):
    return np.einsum(a, [0, 1.5])  # error: each subscript must be either an integer or an


def text_for_a_list(a: "f64[n,m]"):
    return np.einsum(a, "ij")  # error: each subscript must be either an integer or an ellipsis


def number_for_a_list(a: "f64[n,m]"):
    return np.einsum(a, 0)  # error: the subscripts for each operand must be a list or a tuple


def operand_without_list(a: "f64[n,m]"):
    return np.einsum(a, [0, 1], a)  # error: each subscript must be either an integer or an


def ellipses_in_a_list(a: "f64[n,m]"):
    return np.einsum(a, [..., 0, ...])  # error: each subscripts list may have only one ellipsis


def unknown_index(a: "f64[n,m]"):
    return np.einsum(a, [0, 1], [2])  # error: included output subscript 'C' which never appeared


def large_unknown_index(a: "f64[n,m]"):
    return np.einsum(a, [0, 1], [60])  # error: included output subscript '60' which never


def index_twice(a: "f64[n,m]"):
    return np.einsum(a, [0, 1], [0, 0])  # error: includes output subscript 'A' multiple times


def unsafe_cast(a: "f64[n]"):
    return np.einsum("i,i", a, a, dtype=np.float32)  # error: Iterator operand 0 dtype could not


def cast_of_another_kind(a: "f64[n]"):
    return np.einsum("i,i", a, a, dtype=int, casting="same_kind")  # error: to dtype('int64')


def no_cast(a: "f64[n]", b: "f32[n]"):
    return np.einsum("i,i", a, b, casting="no")  # error: Iterator operand 1 dtype could not be


def no_casting(a: "f64[n]"):
    return np.einsum("i", a, casting="some")  # error: casting must be one of 'no', 'equiv',


def no_order(a: "f64[n]"):
    return np.einsum("i", a, order="Z")  # error: order must be one of 'C', 'F', 'A', or 'K' (got


def no_path(a: "f64[n]"):
    return np.einsum("i", a, optimize="best")  # error: Path name best not found


def own_path(a: "f64[n]"):
    return np.einsum("i", a, optimize=["einsum_path", (0,)])  # error: a path for einsum to take


def out(a: "f64[n]", b: "f64[n]"):
    return np.einsum("i->i", a, out=b)  # error: argument 'out' of einsum is not built


def unknown_argument(a: "f64[n]"):
    return np.einsum("i", a, where=a)  # error: einsum() got an unexpected keyword argument


def matmul_of_numbers(a: "f64[n]"):
    return np.matmul(2, a)  # error: matmul: Input operand 0 does not have enough dimensions


def matmul_of_other_sizes(a: "f64[2,3]"):
    return a @ a  # error: (size 2 is different from 3)


def matmul_of_other_stacks(a: "f64[2,2,3]", b: "f64[3,3,4]"):
    return a @ b  # error: (2,2,3)->(2,newaxis,newaxis) (3,3,4)->(3,newaxis,newaxis)  and


def matvec_of_vectors(a: "f64[3]"):
    return np.matvec(a, a)  # error: matvec: Input operand 0 does not have enough dimensions (has


def matvec_of_other_sizes(a: "f64[2,3]", v: "f64[4]"):
    return np.matvec(a, v)  # error: (m,n),(n)->(m) (size 4 is different from 3)


def matvec_of_other_stacks(a: "f64[2,3,4]", v: "f64[3,4]"):
    return np.matvec(a, v)  # error: (2,3,4)->(2,newaxis) (3,4)->(3,newaxis)  and requested shape


def vecmat_of_other_sizes(a: "f64[3,4]", v: "f64[4]"):
    return np.vecmat(v, a)  # error: (n),(n,m)->(m) (size 3 is different from 4)


def vecdot_of_other_sizes(a: "f64[3]", b: "f64[4]"):
    return np.vecdot(a, b)  # error: (n),(n)->() (size 4 is different from 3)


def vecdot_of_other_stacks(a: "f64[2,3,4]", b: "f64[4,4]"):
    return np.vecdot(a, b)  # error: (2,3,4)->(2,3) (4,4)->(4)  and requested shape ()


def vecdot_axis(a: "f64[2,3]"):
    return np.vecdot(a, a, axis=2)  # error: axis 2 is out of bounds for array of dimension 2


def dot_of_other_sizes(a: "f64[2,3]"):
    return np.dot(a, a)  # error: shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)


def dot_does_not_stretch(a: "f64[2,3]", b: "f64[1,4]"):
    return np.dot(a, b)  # error: shapes (2,3) and (1,4) not aligned: 3 (dim 1) != 1 (dim 0)


def vdot_of_other_sizes(a: "f64[3]", b: "f64[2,2]"):
    return np.vdot(a, b)  # error: cannot reshape array of size 4 into shape (3,)


def inner_of_other_sizes(a: "f64[2,3]", b: "f64[3,4]"):
    return np.inner(a, b)  # error: shapes (2,3) and (3,4) not aligned: 3 (dim 1) != 4 (dim 1)


def tensordot_of_other_sizes(a: "f64[2,3]"):
    return np.tensordot(a, a, 1)  # error: shape-mismatch for sum


def tensordot_of_other_counts(a: "f64[2,3]"):
    return np.tensordot(a, a, ([0, 1], [0]))  # error: shape-mismatch for sum


def tensordot_of_one_list(a: "f64[2,3]"):
    return np.tensordot(a, a, (1,))  # error: not enough values to unpack (expected 2, got 1)


def tensordot_of_three_lists(a: "f64[2,3]"):
    return np.tensordot(a, a, (1, 0, 1))  # error: too many values to unpack (expected 2)


def tensordot_of_an_axis_twice(a: "f64[2,2]"):
    return np.tensordot(a, a, ([0, 0], [0, 1]))  # error: duplicate axes are not allowed in


def tensordot_of_no_axis(a: "f64[2,2]"):
    return np.tensordot(a, a, ([2], [0]))  # error: tuple index out of range


def tensordot_of_many_axes(a: "f64[2,2]"):
    return np.tensordot(a, a, 3)  # error: tuple index out of range


def tensordot_of_half_an_axis(a: "f64[2,2]"):
    return np.tensordot(a, a, 1.5)  # error: 'float' object cannot be interpreted as an integer


def trace_of_vector(a: "f64[n]"):
    return np.trace(a)  # error: diag requires an array of at least two dimensions


def trace_of_one_axis(a: "f64[2,2]"):
    return a.trace(0, 1, 1)  # error: axis1 and axis2 cannot be the same


def trace_axis(a: "f64[2,2]"):
    return a.trace(axis2=2)  # error: axis2: axis 2 is out of bounds for array of dimension 2


def chain_of_one(a: "f64[2,2]"):
    return np.linalg.multi_dot([a])  # error: Expecting at least two arrays.


def chain_of_stacks(a: "f64[2,2]", b: "f64[3,2,2]"):
    return np.linalg.multi_dot([a, b, a])  # error: 3-dimensional array given. Array must be


def chain_of_other_sizes(a: "f64[2,3]", b: "f64[3,4]"):
    return np.linalg.multi_dot([a, b, a])  # error: shapes (3,4) and (2,3) not aligned: 4 (dim 1)
