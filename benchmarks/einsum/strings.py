"""einsum strings with extents for which NumPy takes 0.1 to 100 ms."""


def sized(subscripts, *extents):
    """Extents in order of the letters' first appearance."""
    letters = dict.fromkeys(c for c in subscripts if c.isalpha())
    assert len(letters) == len(extents), subscripts
    return subscripts, dict(zip(letters, extents))


STRINGS = [
    # views, sums, diagonals and traces
    sized("ijk->kji", 150, 150, 150),
    sized("ijk->", 150, 150, 150),
    sized("ijk->ik", 150, 150, 150),
    sized("Bo->o", 2000, 500),
    sized("Bh->h", 500, 2000),
    sized("iij->ij", 150, 150),
    sized("iii", 150),
    sized("ii->i", 2000),
    sized("iijj->ij", 48, 48),
    sized("bii->b", 500, 60),
    # products element by element, and outer ones
    sized("ijk,ijk->ijk", 150, 150, 150),
    sized("ijk,kji->ijk", 150, 150, 150),
    sized("ijk,jki->ijk", 150, 150, 150),
    sized("ijk,ijk->", 150, 150, 150),
    sized("ij,ij->", 1000, 1000),
    sized("ij,ij->i", 1000, 1000),
    sized("i,j->ij", 1500, 1500),
    sized("i,h->hi", 784, 500),
    sized("h,o->oh", 2000, 500),
    sized("n...b,ab->nab", 10, 40000, 3),
    # matrices
    sized("ij,jk->ik", 500, 400, 300),
    sized("bij,bjk->bik", 2000, 16, 17, 16),
    sized("hi,i->h", 500, 784),
    sized("oh,h->o", 10, 20000),
    sized("oh,o->h", 500, 784),
    sized("hi,Bi->Bh", 500, 784, 128),
    sized("oh,Bh->Bo", 10, 500, 1280),
    sized("Bh,Bo->oh", 1280, 500, 10),
    sized("oh,Bo->Bh", 10, 500, 1280),
    sized("Bi,Bh->hi", 128, 784, 500),
    sized("ij,jk,kl->il", 200, 300, 20, 250),
    sized("ij,jk,k->i", 500, 500, 500),
    sized("i,ij,j->", 1000, 1000),
    sized("ik,jk,k->ij", 200, 100, 200),
    # windows, rotations, mixtures
    sized("bcyxij,fcij->bfyx", 2, 3, 30, 30, 5, 5, 8),
    sized("yxij,ij->yx", 300, 300, 3, 3),
    sized("nij,nkj->nki", 100000, 2, 2, 4),
    sized("nca,nab->cb", 10, 3, 3, 40000),
    sized("ijkm,iko,kp->mip", 30, 20, 25, 15, 18, 22),
    # tensor networks
    sized("abc,cde,efg->abdfg", 8, 4, 16, 4, 16, 4, 8),
    sized("abc,abd->cd", 64, 4, 64, 64),
    sized("ab,acd,bce->de", 64, 64, 4, 64, 64),
    sized("ab,acd,bef,ceg->dfg", 32, 32, 4, 32, 4, 32, 5),
    sized("aps,bqr,pqxy->abxysr", 12, 8, 12, 12, 8, 12, 8, 8),
    sized("abcd,befg,cehi->adfghi", 6, 6, 6, 6, 6, 6, 6, 6, 6),
    sized("abc,bd,ce->ade", 40, 40, 40, 40, 40),
    sized("pi,qj,rk,ijk->pqr", 30, 24, 30, 24, 30, 24),
    sized("pqrs,pi,qj->ijrs", 20, 20, 20, 20, 20, 20),
    sized("ijab,abcd->ijcd", 16, 16, 16, 16, 16, 16),
    # transformers
    sized("bhid,bhjd->bhij", 2, 8, 128, 64, 128),
    sized("bhij,bhjd->bhid", 2, 8, 128, 128, 64),
    sized("bld,df->blf", 2, 128, 256, 1024),
    sized("bld,hdk->bhlk", 2, 128, 256, 8, 32),
    sized("bhlk,hkd->bld", 2, 8, 128, 32, 256),
    sized("bid,bjd->bij", 8, 128, 64, 128),
    # tiny outputs, long thin shapes
    sized("abcd,dc->ab", 8, 8, 200, 200),
    sized("ni,nj->ij", 100000, 4, 4),
    sized("in,jn->ij", 4, 100000, 4),
    sized("ni,ij,nj->n", 50000, 4, 4),
    sized("nk,k->n", 200000, 3),
]
# What NumPy answers with a view, without computing anything.
VIEWS = ("ijk->kji", "iij->ij", "ii->i", "iijj->ij")
