"""A way to take single steps of the reference engine on small problems."""

import numpy as np
import pytest

from glassnet.data.batches import Rows
from glassnet.engine import Program, State, choose
from glassnet.layers.specification import Specification
from glassnet.maths import losses
from glassnet.optim import SGD


@pytest.fixture
def session_of():
    """session_of(layers, X, targets, loss, ...) -> a reference session in float64 with seeded start weights."""

    def make(layers, X, targets, loss, *, optimizer=None, from_logits=False, batch_size=None, seed=0, weights=None):
        optimizer = optimizer or SGD(0.1)
        specification = Specification(tuple(layers), X.shape[1:])
        state = State.fresh(specification.start(seed, np.float64), optimizer)
        dtype = np.dtype(np.float64)
        program = Program(specification, losses.get(loss), from_logits, optimizer, batch_size or len(X), seed, dtype)
        return choose("reference").session(program, state, Rows(X.copy()), targets, weights)

    return make
