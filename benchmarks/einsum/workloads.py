"""What arrayc and the libraries are compared on: contractions, as NumPy functions.

A workload's function is the code that NumPy, JAX and `arrayc compile` run; where one einsum says
the same, `einsum` is that; where one call of BLAS does, `product` is that call.
"""

import dataclasses
import math
import re

import numpy as np
from inputs import NUMPY_DTYPES, numbers
from strings import STRINGS

GROUPS = ["matmul", "forms", "einsum", "fused"]
FLOATS = ("f64", "f32")
SMALL = 16  # extents up to this are known when compiling, as ac::jit's contractions know them


@dataclasses.dataclass
class Workload:
    group: str
    name: str  # in the report
    parameters: str  # "a[n,k] b[k]", letters of `extents` or numbers
    body: str  # an expression, or statements
    extents: dict
    jit: str  # in jit.cpp; "einsum …" stands for any
    einsum: str = None  # of the parameters
    product: tuple = None  # a function of blas.cpp, and its sizes
    flops: float = None
    dtypes: tuple = FLOATS
    low: float = 0.5  # arguments are from this on, below low + 1, times `scale`
    scale: dict = dataclasses.field(default_factory=dict)

    def shapes(self):
        """[("a", ("n", "k")), ...]"""
        return [(name, tuple(filter(None, extents.split(","))))
                for name, extents in re.findall(r"(\w+)\[([^\]]*)\]", self.parameters)]

    def extent(self, word):
        return self.extents[word] if word in self.extents else int(word)

    def sizes(self):
        """The extents that `arrayc compile`'s function asks for, in its order."""
        words = [word for _, shape in self.shapes() for word in shape]
        return [self.extents[w] for w in dict.fromkeys(words) if self.is_size(w)]

    def is_size(self, word):
        return word in self.extents and self.extents[word] > SMALL

    def source(self, dtype, body=None):
        """Of the function `f`, with NumPy under the name np."""
        body = body or self.body
        typed = []
        for name, shape in self.shapes():
            words = [w if self.is_size(w) else str(self.extent(w)) for w in shape]
            typed.append(f'{name}: "{dtype}[{",".join(words)}]"')
        lines = body.splitlines() if "\n" in body else [f"return {body}"]
        return f"def f({', '.join(typed)}):\n" + "".join(f"    {line}\n" for line in lines)

    def arguments(self, dtype):
        made = []
        for seed, (name, shape) in enumerate(self.shapes(), 1):
            whole = tuple(self.extent(word) for word in shape)
            array = numbers(whole, seed, self.low) * self.scale.get(name, 1)
            if dtype not in FLOATS:
                array = (array - 0.5) * 200 - 100
            made.append(array.astype(NUMPY_DTYPES[dtype]))
        return made

    def results(self, dtype):
        """NumPy's, as a list of arrays; of f32 by way of f64, whose sums lose less."""
        space = {"np": np}
        exec(self.source(dtype), space)
        args = self.arguments(dtype)
        if dtype == "f32":
            args = [a.astype(np.float64) for a in args]
        made = space["f"](*args)
        made = [np.asarray(m) for m in (made if isinstance(made, tuple) else (made,))]
        if dtype == "f32":
            made = [m.astype(np.float32) if m.dtype == np.float64 else m for m in made]
        return made


def einsum_body(subscripts, names):
    return f'np.einsum("{subscripts}", {", ".join(names)}, optimize=True)'


def gemm(m, n, k, ta=0, tb=0, batch=1, lda=None, ldb=None):
    """C[m,n] = A B, row by row; ta: A lies as [k,m]; `batch` of them one after the other."""
    return "gemm", [batch, m, n, k, ta, tb, lda or (m if ta else k), ldb or (k if tb else n)]


def product(group, name, parameters, body, subscripts, call, jit=None, **extents):
    """Of two operands, where one einsum of the parameters says the same."""
    einsum = einsum_body(subscripts, "ab")
    made = Workload(group, name, parameters, body, extents, jit or f"einsum {subscripts}", einsum,
                    call)
    letters = {}
    for term, (_, shape) in zip(subscripts.split("->")[0].split(","), made.shapes()):
        letters.update(zip(term, shape))
    made.flops = 2.0 * math.prod(made.extent(word) for word in letters.values())
    return made


def matmuls():
    found = [product("matmul", f"{n}", "a[n,n] b[n,n]", "a @ b", "ij,jk->ik", gemm(n, n, n),
                     "matmul", n=n) for n in (8, 16, 32, 64, 96, 128, 256, 512, 1024, 2048)]
    batch = product("matmul", "1000 of 32", "a[t,n,n] b[t,n,n]", "a @ b", "tij,tjk->tik",
                    gemm(32, 32, 32, batch=1000), "matmul", t=1000, n=32)
    return [*found, batch]


def forms():
    n, r = 512, 16
    square = {"n": n, "m": n, "k": n}
    made = [
        product("forms", "AᵀB, 512", "a[k,n] b[k,m]", "a.T @ b", "ki,kj->ij",
                gemm(n, n, n, ta=1), "matmul_tn", **square),
        product("forms", "ABᵀ, 512", "a[n,k] b[m,k]", "a @ b.T", "ik,jk->ij",
                gemm(n, n, n, tb=1), "matmul_nt", **square),
        product("forms", "AᵀBᵀ, 512", "a[k,n] b[m,k]", "a.T @ b.T", "ki,jk->ij",
                gemm(n, n, n, ta=1, tb=1), "matmul_tt", **square),
        strided("left half of A, 512", "a[n,kk] b[k,m]", "a[:, :512]", "b", "matmul_half",
                gemm(n, n, n, lda=2 * n), n=n, kk=2 * n, k=n, m=n),
        strided("every second row and column, 512", "a[nn,kk] b[kk,mm]", "a[::2, ::2]",
                "b[::2, ::2]", "matmul_stepped", None, nn=2 * n, kk=2 * n, mm=2 * n),
        strided("rows from the last on, 512", "a[n,k] b[k,m]", "a[::-1]", "b", "matmul_reversed",
                None, **square),
        product("forms", "64 of 128", "a[t,n,k] b[t,k,m]", "a @ b", "tij,tjk->tik",
                gemm(128, 128, 128, batch=64), "matmul", t=64, n=128, k=128, m=128),
        product("forms", "rank 16, 1024", "a[n,k] b[k,m]", "a @ b", "ij,jk->ik",
                gemm(1024, 1024, r), "matmul", n=1024, k=r, m=1024),
        product("forms", "tall: 20000×32 by 32×32", "a[n,k] b[k,m]", "a @ b", "ij,jk->ik",
                gemm(20000, 32, 32), "matmul", n=20000, k=32, m=32),
        product("forms", "deep: 32×20000 by 20000×32", "a[n,k] b[k,m]", "a @ b", "ij,jk->ik",
                gemm(32, 32, 20000), "matmul", n=32, k=20000, m=32),
        product("forms", "Av, 2048", "a[n,k] b[k]", "a @ b", "ij,j->i",
                ("gemv", [2048, 2048, 0]), "matmul", n=2048, k=2048),
        product("forms", "Aᵀv, 2048", "a[k,n] b[k]", "a.T @ b", "ji,j->i",
                ("gemv", [2048, 2048, 1]), "matmul_tn", n=2048, k=2048),
        product("forms", "outer, 2048", "a[n] b[m]", "np.outer(a, b)", "i,j->ij",
                gemm(2048, 2048, 1), "outer", n=2048, m=2048),
        product("forms", "dot, 1000000", "a[n] b[n]", "a @ b", "i,i->", ("dot", [10**6]),
                "matmul", n=10**6),
        dataclasses.replace(
            product("forms", "matmul of integers, 256", "a[n,k] b[k,m]", "a @ b", "ij,jk->ik",
                    None, "matmul", n=256, k=256, m=256), dtypes=("i8", "i16", "i32", "i64")),
    ]
    return made


def strided(name, parameters, a, b, jit, call, **extents):
    """A product of views of n = 512."""
    return Workload("forms", name, parameters, f"{a} @ {b}", extents, jit,
                    f'np.einsum("ij,jk->ik", {a}, {b}, optimize=True)', call, 2.0 * 512**3)


def strings():
    found = []
    for subscripts, extents in STRINGS:
        terms = [term.replace("...", "") for term in subscripts.split("->")[0].split(",")]
        names = [f"x{i}" for i in range(len(terms))]
        parameters = " ".join(f"{x}[{','.join(term)}]" for x, term in zip(names, terms))
        body = einsum_body(subscripts, names)
        found.append(Workload("einsum", subscripts, parameters, body, extents,
                              f"einsum {subscripts}", body))
    return found


EPILOGUES = {
    "bare product": ("x[n,k] w[k,m]", "x @ w", "epilogue_bare"),
    "+ bias": ("x[n,k] w[k,m] b[m]", "x @ w + b", "epilogue_bias"),
    "+ bias, × scale": ("x[n,k] w[k,m] b[m] s[m]", "(x @ w + b) * s", "epilogue_scale"),
    "+ bias, relu": ("x[n,k] w[k,m] b[m]", "np.maximum(x @ w + b, 0)", "epilogue_relu"),
    "+ bias, + residual": ("x[n,k] w[k,m] b[m] r[n,m]", "x @ w + b + r", "epilogue_residual"),
    "sigmoid(x @ w + b)": ("x[n,k] w[k,m] b[m]", "1 / (1 + np.exp(-(x @ w + b)))",
                           "epilogue_sigmoid"),
}
MLP = """\
pre = np.einsum("hi,Bi->Bh", w, x) + b
hid = 1 / (1 + np.exp(-pre))
z = np.einsum("oh,Bh->Bo", v, hid) + c
e = np.exp(z - np.max(z, axis=1, keepdims=True))
y = e / np.sum(e, axis=1, keepdims=True)
err = y - t
grad_v = np.einsum("Bh,Bo->oh", hid, err) / 128
grad_c = np.einsum("Bo->o", err) / 128
back = np.einsum("oh,Bo->Bh", v, err) * (hid * (1 - hid))
grad_w = np.einsum("Bi,Bh->hi", x, back) / 128
grad_b = np.einsum("Bh->h", back) / 128
return y, grad_w, grad_b, grad_v, grad_c"""
# NumPy's einsum of two operands uses BLAS where it is asked to optimize.
MLP = re.sub(r"(np\.einsum\([^()]*)\)", r"\1, optimize=True)", MLP)
GP = """\
grid = z.reshape(3, 100000)
scaled = np.einsum("nb,ab->nab", d, grid, optimize=True)
return np.einsum("nca,nab->cb", m, scaled, optimize=True).ravel()"""
KRONECKER = """\
x = b @ z.reshape(400, 400).T
return (a @ x.reshape(400, 400).T).ravel()"""
ATTENTION = """\
s = q @ k.T * 0.125
e = np.exp(s - s.max(axis=1, keepdims=True))
return (e / e.sum(axis=1, keepdims=True)) @ v"""


def fused():
    found = []
    for n in (512, 1024):
        for name, (parameters, body, jit) in EPILOGUES.items():
            found.append(Workload(
                "fused", f"{name}, {n}", parameters, body, {"n": n, "k": n, "m": n}, jit,
                product=gemm(n, n, n) if name == "bare product" else None, flops=2.0 * n**3,
                low=-0.5, scale={"w": n**-0.5}))
    found += [
        Workload("fused", "MLP 784-500-10, batch 128, forward and backward",
                 "w[h,i] b[h] v[o,h] c[o] x[B,i] t[B,o]", MLP,
                 {"h": 500, "i": 784, "o": 10, "B": 128}, "mlp", low=-0.5,
                 scale={"w": 784**-0.5, "v": 500**-0.5}),
        Workload("fused", "GP kernel times vector, Σ Bₙ ⊗ diag(Dₙ), 3 × 100000",
                 "m[n,3,3] d[n,b] z[c]", GP, {"n": 10, "b": 100000, "c": 300000}, "gp", low=-0.5),
        Workload("fused", "(A ⊗ B) z, 40 and 40", "a[p,p] b[q,q] z[c]", "np.kron(a, b) @ z",
                 {"p": 40, "q": 40, "c": 1600}, "kron_dense", low=-0.5),
        Workload("fused", "(A ⊗ B) z by its factors, 400 and 400", "a[p,p] b[q,q] z[c]",
                 KRONECKER,
                 {"p": 400, "q": 400, "c": 160000}, "kron_factored", low=-0.5),
        Workload("fused", "which of 1000 is nearest, for 1000 points of 3 coordinates",
                 "x[n,3] y[m,3]", "((x[:, None] - y) ** 2).sum(-1).argmin(1)",
                 {"n": 1000, "m": 1000}, "nearest"),
        Workload("fused", "one attention head, 512 × 64", "q[n,d] k[n,d] v[n,d]",
                 ATTENTION, {"n": 512, "d": 64}, "attention", low=-0.5),
    ]
    return found


# A chain of ten matrices; what is measured is the search for the order of its products.
CHAIN = "ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak"


def chain_order():
    extents = dict(zip("abcdefghijk", (30, 35, 15, 5, 10, 20, 25, 40, 8, 50, 12)))
    names = [f"m{i}" for i in range(10)]
    parameters = " ".join(f"{name}[{','.join(term)}]"
                          for name, term in zip(names, CHAIN.split("->")[0].split(",")))
    path = f'np.einsum_path("{CHAIN}", {", ".join(names)}, optimize=True)'
    # How many products it takes: the one thing that all must agree on.
    body = f"np.array([len({path}[0]) - 1.0])"
    return Workload("einsum", "the order of a chain of ten, by einsum_path", parameters, body,
                    extents, "einsum_path", body, dtypes=("f64",))


def workloads():
    return [*matmuls(), *forms(), *strings(), chain_order(), *fused()]
