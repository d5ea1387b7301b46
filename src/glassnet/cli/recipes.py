"""What `glassnet train` does where nobody says otherwise: one recipe for each source of data.

The numbers for the digits were chosen by cross-validation inside the 1437 training rows (`benchmarks/digits_seeds.py`
does it again, and measures them on the 360 rows held out); those for MNIST on the last 10000 of its training rows,
those for files by cross-validation on seven small tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.data import Dataset


@dataclass(frozen=True)
class Recipe:
    """Hidden widths, the rate of Adam, passes over the data, rows a step."""

    layers: tuple[int, ...]
    learning_rate: float
    epochs: int
    batch_size: int


DIGITS = Recipe(layers=(256,), learning_rate=3e-3, epochs=30, batch_size=32)
MNIST = Recipe(layers=(256,), learning_rate=1e-3, epochs=10, batch_size=128)
FILE_STEPS = 2000  # a table of 150 rows needs many passes to learn, one of a million rows few


def recipe_for(data: Dataset) -> Recipe:
    """The recipe for this source; that for files has as many epochs as make about FILE_STEPS steps, 5 to 200."""
    if data.name == "digits":
        return DIGITS
    if data.name == "mnist":
        return MNIST
    steps_per_epoch = -(-len(data.X_train) // 32)
    return Recipe((64,), 1e-3, min(200, max(5, round(FILE_STEPS / steps_per_epoch))), 32)
