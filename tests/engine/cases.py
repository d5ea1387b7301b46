"""Trainings of the native engine for its tests: everything that decides their bits, and the digest of these."""

import hashlib
from dataclasses import dataclass

import numpy as np

from glassnet.data.batches import Rows
from glassnet.engine import Program, State
from glassnet.engine.compiled import module
from glassnet.engine.native import NativeSession
from glassnet.layers import Dense
from glassnet.layers.specification import Specification
from glassnet.maths import losses
from glassnet.optim import (
    SGD,
)

SETS = module().instruction_sets if module() else ["portable"]
# Against the reference: relative to the largest weight or loss, after the few steps of these tests.
TOLERANCE = {"float32": 2e-4, "float64": 1e-11}


@dataclass(frozen=True)
class Case:
    """A training: everything that decides its bits."""

    layers: tuple
    X: object
    y: np.ndarray
    loss: object = "sparse_categorical_crossentropy"
    from_logits: bool = True
    optimizer: object = SGD(0.1)
    batch_size: int = 8
    dtype: str = "float32"
    weights: np.ndarray | None = None
    scale: str | None = "unit"
    seed: int = 5

    @property
    def rows(self):
        return Rows(self.X, scale=self.scale)

    def session(self, make=None, **how):
        specification = Specification(self.layers, (self.X.shape[1],))
        dtype = np.dtype(self.dtype)
        state = State.fresh(specification.start(self.seed, dtype), self.optimizer)
        program = Program(
            specification, losses.get(self.loss), self.from_logits, self.optimizer, self.batch_size, self.seed, dtype
        )
        outputs = np.zeros((self.X.shape[0], *specification.output_shape), dtype)
        arguments = (program, state, self.rows, self.y, self.weights, outputs)
        if make is not None:
            return make(*arguments)
        return NativeSession(*arguments, **{"threads": 1, "isa": SETS[0]} | how)


def order_of(case, epochs=2):
    return np.concatenate([np.random.default_rng(e).permutation(case.X.shape[0]) for e in range(epochs)])


def trained(case, make=None, epochs=2, **how):
    session = case.session(make, **how)
    n, size = case.X.shape[0], case.batch_size
    rate = case.optimizer.rate(0)
    taken = [session.train(order_of(case)[e * n : (e + 1) * n], np.full(-(-n // size), rate)) for e in range(epochs)]
    return session, np.concatenate(taken)


def digest(session, taken):
    state = session.state
    # Outputs and losses of a step that lost its numbers may be NaN, whose sign means nothing and differs.
    seen = [np.where(np.isnan(part), part.dtype.type(np.nan), part) for part in (session.outputs, taken)]
    parts = [state.parameters.flat, *state.moments.values(), *seen]
    return hashlib.sha256(
        b"".join(part.tobytes() for part in parts) + repr((state.scalars, state.step)).encode()
    ).hexdigest()


def pixels(n=37, d=50, density=0.3, seed=1):
    random = np.random.default_rng(seed)
    return (random.integers(0, 256, (n, d)) * (random.random((n, d)) < density)).astype(np.uint8)


def labels(n=37, classes=3, seed=2):
    return np.random.default_rng(seed).integers(0, classes, n)


def plain(**settings):
    return Case((Dense(20, "relu"), Dense(3)), pixels(), labels(), **settings)


class Sparse:
    """A matrix as SciPy holds it in CSR."""

    def __init__(self, dense):
        rows, self.indices = np.nonzero(dense)
        self.data = dense[rows, self.indices]
        self.indptr = np.searchsorted(rows, np.arange(len(dense) + 1))
        self.shape = dense.shape


# Targets of each kind for 37 rows and three outputs.
RANDOM = np.random.default_rng(7)
REAL, YES_NO = RANDOM.normal(size=(37, 3)) + 5, RANDOM.integers(0, 2, (37, 3)).astype(float)
ONE_HOT, CLASSES = np.eye(3)[labels()], labels()
SOFT = RANDOM.dirichlet(np.ones(3), 37)
