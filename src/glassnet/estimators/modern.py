"""`preset="modern"`: the recipe, every part of which is a setting that can be changed or left out.

`ensemble.py` trains by it; docs/tables.md says what was measured of each part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import SettingError
from glassnet.layers import Dense, Dropout, Layer
from glassnet.optim import Adam
from glassnet.optim.schedules import Cosine, WarmUp
from glassnet.typing import Array

RATE = 3e-3
SPARSE_RATE = 1e-3  # a rare word has few steps: with a higher rate they say too much of it


class Variant(NamedTuple):
    """What networks of the ensemble differ in: the penalty of their weights, whether they see the bins as well, the
    activation of their hidden layers; and whether it is a variant for sparse rows alone.

    Raises: nothing.

    Example:
        >>> Variant(0.3, binned=True).activation
        'silu'

    Source: Holzmueller et al. (2024), arXiv 2407.04491: the best decay is another on every table.
    """

    alpha: float
    binned: bool
    activation: Any = "silu"
    sparse: bool = False


@dataclass(frozen=True)
class Recipe:
    """Networks, loss and training of the preset.

    Args:
        variants: (alpha, binned) or (alpha, binned, activation), of each of which there are `members` networks.
            `alpha` is a penalty (alpha / 2) |W|^2 / rows of the batch, as that of the estimators; networks that are
            `binned` see the columns of numbers in bins as well. By default sparse rows have one more, with an `alpha`
            of 0.01: a weight of a rare word has few steps in which to grow against its penalty.
        blend: whether rows that networks of a variant left out decide how much it counts; else all count alike.
        bins: parts of a column of numbers, with as many rows in each.
        one_hot: words, at most, of a column that becomes one-hot columns; more are codes, which are embedded.
        hidden: widths of the hidden layers.
        activation: of the hidden layers of all variants, in place of their own.
        dropout: the share of the hidden units that a step leaves out.
        label_smoothing: the share of a class that all classes divide among them, T := (1 - s) T + s / C.
        learning_rate: Adam's, at its highest: it rises over the first twentieth of the steps and falls along half a
            cosine to nothing. A schedule takes the place of both. None takes 0.003, for sparse rows 0.001.
        epochs: passes over the rows, at most.
        updates: steps, at most; large tables have fewer epochs.
        batch_size: rows a step; None takes a 32nd of the rows, from 32 to 256.
        judges: parts into which the rows are divided for judging; each is left out by one network of every variant.
        members: how many networks of a variant are trained on all rows, where it counts.
        many: rows from which on a single part is left out, since it says enough, and at most two members are trained.
        best_epoch: whether members are trained only for as many epochs as were best, in the mean, for the judges.
        patience: epochs without a better one after which a judge then stops.

    Raises:
        SettingError: fewer than one variant, member, epoch or update; a penalty below zero.

    Example:
        >>> Recipe().steps(1000)
        (32, 100)

    Source: Holzmueller, Grinsztajn and Steinwart (2024), "Better by default", arXiv 2407.04491 (scaling, schedule);
    Kadra, Lindauer, Hutter and Grabocka (2021), arXiv 2106.11189 (several penalties at once); Gorishniy, Rubachev and
    Babenko (2022), arXiv 2203.05556 (bins).
    """

    variants: tuple[Variant, ...] = (
        Variant(0.1, False),
        Variant(0.03, False, "relu"),
        Variant(0.1, True),
        Variant(0.3, True, "relu"),
        Variant(1.0, False),
        Variant(0.01, False, sparse=True),
    )
    blend: bool = True
    bins: int = 8
    one_hot: int = 100
    hidden: tuple[int, ...] = (128, 64)
    activation: Any = None
    dropout: float = 0.0
    label_smoothing: float = 0.0
    learning_rate: Any = None
    epochs: int = 100
    updates: int = 10_000
    batch_size: int | None = None
    judges: int = 4
    members: int = 4
    many: int = 5000
    best_epoch: bool = False
    patience: int = 40

    def __post_init__(self) -> None:
        for name in ("epochs", "updates", "patience", "members", "many"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} of the preset must be at least 1; given {getattr(self, name)!r}.")
        if self.judges < 2:
            raise SettingError(f"judges of the preset must be at least 2; given {self.judges!r}.")
        try:
            variants = tuple(Variant(float(alpha), bool(binned), *own) for alpha, binned, *own in self.variants)
        except (TypeError, ValueError):
            variants = ()
        usable = (
            variants
            and not all(each.sparse for each in variants)
            and {type(each.sparse) for each in variants} <= {bool}
        )
        if not usable or min(variant.alpha for variant in variants) < 0:
            raise SettingError(
                "variants of the preset are pairs (alpha, binned), such as (0.3, True), or with an activation, "
                f'(0.3, True, "relu"), and alpha is not negative; given {self.variants!r}.'
            )
        if self.activation is not None:
            variants = tuple(variant._replace(activation=self.activation) for variant in variants)
        object.__setattr__(self, "variants", tuple(dict.fromkeys(variants)))

    @property
    def table(self) -> dict[str, int]:
        """The settings of the table (`tables.Table.learn`)."""
        return {"one_hot": self.one_hot, "bins": self.bins if any(each.binned for each in self.variants) else 0}

    def distinct(self, *, there_are_bins: bool, sparse: bool = False) -> tuple[Variant, ...]:
        """The variants that such rows have, and that differ: where no column has bins, binned or not is the same."""
        mine = [each._replace(sparse=False) for each in self.variants if sparse or not each.sparse]
        return tuple(dict.fromkeys(each._replace(binned=each.binned and there_are_bins) for each in mine))

    def steps(self, rows: int) -> tuple[int, int]:
        """(rows a step, epochs) for so many rows."""
        size = self.batch_size or int(np.clip(rows // 32, 32, 256))
        each = -(-rows // min(size, rows))
        return min(size, rows), max(1, min(self.epochs, self.updates // each))

    def judged(self, rows: int) -> int:
        """How many of the parts of so many rows are left out by a network of every variant."""
        return self.judges if rows < self.many else 1

    def trained(self, rows: int) -> int:
        """How many members of a variant are trained on so many rows."""
        return self.members if rows < self.many else min(self.members, 2)

    def most(self, rows: int, *, sparse: bool = False) -> int:
        """How many networks are trained for so many rows, at most."""
        variants = self.distinct(there_are_bins=not sparse, sparse=sparse)
        return len(variants) * (self.judged(rows) + self.trained(rows))

    def layers(self, variant: Variant, outputs: int) -> list[Layer]:
        """Hidden layers and a linear end."""
        found: list[Layer] = []
        for width in self.hidden:
            found.append(Dense(width, variant.activation, l2_shared=variant.alpha / 2))
            if self.dropout:
                found.append(Dropout(self.dropout))
        return [*found, Dense(outputs, l2_shared=variant.alpha / 2)]

    def optimizer(self, steps: int, *, sparse: bool = False) -> Adam:
        """Adam with the rate of each step."""
        if callable(self.learning_rate):
            return Adam(self.learning_rate)
        rate = (SPARSE_RATE if sparse else RATE) if self.learning_rate is None else self.learning_rate
        rise = max(1, steps // 20)
        return Adam(WarmUp(Cosine(rate, steps=max(1, steps - rise)), steps=rise))

    def smoothed(self, T: Array, kind: str, dtype: Any) -> Array:
        """Targets (n, C) as the loss takes them: smoothed here, so that no engine needs to know of it."""
        if kind != "numbers":
            sides = T.shape[1] if kind == "classes" else 2
            T = (1 - self.label_smoothing) * T + self.label_smoothing / sides
        return np.asarray(T, dtype)
