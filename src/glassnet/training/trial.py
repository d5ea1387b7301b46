"""Parts that can only be judged by using them are tried before a training changes anything.

A layer, activation or loss of one's own takes one step's gradient on two rows: a formula that leaves the tape, or gives
the wrong shape, says so here. A layer that refuses some rows (an embedding meets a category it does not know) sees all
of them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.data.batches import Rows
from glassnet.engine import Program
from glassnet.engine.interface import State
from glassnet.engine.reference import ReferenceEngine
from glassnet.errors import SettingError
from glassnet.files.model import own_loss
from glassnet.layers import Layer
from glassnet.layers.specification import own_parts

if TYPE_CHECKING:
    from glassnet.training.preparation import Preparation


def tried(ready: Preparation, state: State) -> None:
    """Raises what a training from this state would run into; the state stays as it is."""
    program = ready.program
    for layer in everyone(program.specification.layers):
        if (size := program.piece or program.batch_size) < layer.least_rows:
            raise SettingError(
                f"{layer!r} learns from the differences within a batch, so it needs {layer.least_rows} rows or more at "
                f"a time; batch_size is {size}."
            )
    try_rows(program, state, ready.rows)
    if own_parts(program.specification.layers) or own_loss(program.loss):
        few = min(2, len(ready.rows))
        session = ReferenceEngine().session(
            replace(program, batch_size=few, piece=None), state, ready.rows, ready.encoded, ready.sample_weight
        )
        session.gradient(np.arange(few))


def try_rows(program: Program, state: State, rows: Rows) -> None:
    """Raises where a layer refuses one of these rows."""
    if any(layer.particular for layer in everyone(program.specification.layers)):
        ReferenceEngine().forward(program.specification, state.parameters, rows)


def everyone(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers, and those within them."""
    for layer in layers:
        yield layer
        yield from everyone(layer.nested())
