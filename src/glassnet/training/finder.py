"""The learning rate range test: a short training at rates that rise, and the picture of its loss."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import isfinite, log10
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassnet.engine import Session, State
from glassnet.errors import SettingError
from glassnet.files.atomic import replace_file
from glassnet.maths.losses import Loss
from glassnet.maths.random import shuffle
from glassnet.optim import Optimizer
from glassnet.training.preparation import Inputs, Preparation, prepare, state_for
from glassnet.typing import ArrayLike, Floats, Indices

if TYPE_CHECKING:
    from glassnet.training.network import Network

SMOOTHING = 0.9  # the share of the running mean that stays at each step
SETTLING = 8  # steps until the running mean is of enough losses to have a slope
TOO_HIGH = 4.0  # times the lowest mean loss: from there on it only gets worse


@dataclass(frozen=True)
class RateSearch:
    """What `find_learning_rate` saw: `rates`, the `losses` of their steps, their running mean `smoothed`.

    `suggestion` is the rate at which the mean loss fell the fastest, rounded to two digits. A notebook shows the
    picture; `to_svg()` is its text, and `save(path)` writes it.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    suggestion: float

    def to_svg(self) -> str:
        """The loss over the rate, both ways, with the suggestion marked."""
        from glassnet.plots import theme
        from glassnet.plots.charts import Series, line_chart
        from glassnet.plots.svg import standalone

        x = np.log10(self.rates).tolist()
        mark = int(np.argmin(np.abs(np.log10(self.rates) - log10(self.suggestion))))
        limit = 1.2 * float(np.nanmax(self.smoothed))
        shown = [value if isfinite(value) and value <= limit else float("nan") for value in self.losses.tolist()]
        series = [
            Series("loss of the step", x, shown),
            Series("running mean", x, self.smoothed.tolist(), mark, f"{self.suggestion:g}"),
        ]
        words = (
            f"Loss over the learning rate from {self.rates[0]:g} to {self.rates[-1]:g}; suggested: {self.suggestion:g}."
        )
        chart = line_chart(
            series, title="Learning rate range test", x_label="learning rate, power of ten", description=words
        )
        return str(standalone(chart, theme.css()))

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture as an SVG file.

        Raises:
            SettingError: a name that does not end in .svg.
            StorageError: the disk did not take it.
        """
        if Path(path).suffix.lower() != ".svg":
            raise SettingError(f"The picture is an SVG: give a name that ends in .svg, not {os.fspath(path)!r}.")
        replace_file(path, [self.to_svg().encode()])

    def __repr__(self) -> str:
        return f"RateSearch(suggestion={self.suggestion:g}, {len(self.rates)} rates to {self.rates[-1]:g})"


def find_learning_rate(
    network: Network,
    X: Inputs,
    y: ArrayLike,
    *,
    loss: str | Loss = "auto",
    optimizer: str | Optimizer = "adam",
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    batch_size: int | str = "auto",
    seed: int = 0,
    engine: str = "auto",
    threads: int | None = None,
    scale: str | None = "unit",
    sample_weight: ArrayLike | None = None,
) -> RateSearch:
    """Tries learning rates from `low` to `high` in one short training of a copy; the network stays as it is.

    Formula:
        rate_t = low (high / low)^(t / (steps - 1));   mean_t = 0.9 mean_(t-1) + 0.1 loss_t, its bias corrected
        suggestion = the rate where d mean / d log(rate) is most negative, before the lowest mean

    It ends early where the mean is four times its lowest, or a loss is not finite.

    Args:
        network: trained or not; one without weights starts from those that `seed` gives.
        X, y, loss, batch_size, seed, engine, threads, scale, sample_weight: as for `fit`.
        optimizer: as for `fit`; its own learning rate does not count.
        low, high: the first and the last rate.
        steps: how many rates are tried.

    Returns:
        `.suggestion`, a number; `.save("rates.svg")` for the picture, which says more than the number.

    Raises:
        ShapeError, DataError, SettingError: what `fit` would not take; rates that are not 0 < low < high; fewer than 10
            steps; an optimizer that chooses the length of its step itself.

    Example:
        >>> import glassnet as gn
        >>> (X, y), _ = gn.data.load("digits")
        >>> net = gn.Network([gn.Dense(32, activation="relu"), gn.Dense(10)])
        >>> found = gn.find_learning_rate(net, X, y, engine="reference")
        >>> 1e-4 < found.suggestion < 0.1, net.state is None
        (True, True)

    Source: Smith (2017), Cyclical learning rates for training neural networks, arXiv 1506.01186, section 3.3; the
    exponential rise and the steepest slope as in fastai, Howard and Gugger (2020), Information 11, 108.
    """
    if not (0 < low < high < float("inf")):
        raise SettingError(f"The rates rise from low to high: 0 < low < high, not low={low!r} and high={high!r}.")
    ready = prepare(
        network, X, y, loss=loss, optimizer=optimizer, epochs=1, updates=None, batch_size=batch_size, metrics=(),
        seed=seed, engine=engine, threads=threads, dtype=None, scale=scale, sample_weight=sample_weight,
    )  # fmt: skip
    if getattr(ready.program.optimizer, "full_batch", False):
        raise SettingError(f"{type(ready.program.optimizer).__name__} chooses the length of its steps itself.")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 10:
        raise SettingError(f"A search needs at least 10 steps; given {steps!r}.")
    rates = low * (high / low) ** (np.arange(steps) / (steps - 1))
    losses, smoothed = _walked(_session(network, ready), ready, rates)
    taken = len(losses)
    return RateSearch(rates[:taken], losses, smoothed, _steepest(rates[:taken], smoothed))


def _session(network: Network, ready: Preparation) -> Session:
    """The training of a copy."""
    program = ready.program
    arena = ready.specification.arena(program.dtype)
    arena.flat[:] = state_for(network, ready.specification, program).parameters.flat
    state = State.fresh(arena, program.optimizer)
    return ready.engine.session(program, state, ready.rows, ready.encoded, ready.sample_weight, None)


def _walked(session: Session, ready: Preparation, rates: Floats) -> tuple[Floats, Floats]:
    """The losses of the steps at these rates, and their running mean, to where it is too high."""
    losses: list[float] = []
    smoothed: list[float] = []
    mean = share = 0.0
    for step, batch in zip(range(len(rates)), _batches(ready, len(rates)), strict=True):
        (loss,) = session.train(batch, rates[step : step + 1])
        losses.append(float(loss))
        if session.lost:
            smoothed.append(float("nan"))
            break
        mean, share = SMOOTHING * mean + (1 - SMOOTHING) * float(loss), SMOOTHING * share + 1 - SMOOTHING
        smoothed.append(mean / share)
        if smoothed[-1] > TOO_HIGH * min(smoothed):
            break
    return np.array(losses), np.array(smoothed)


def _batches(ready: Preparation, count: int) -> list[Indices]:
    """The rows of so many steps, epoch after epoch, each in its own order."""
    n, size, epoch = len(ready.rows), ready.program.batch_size, 0
    batches: list[Indices] = []
    while len(batches) < count:
        order = shuffle(ready.program.seed, epoch, n) if size < n else np.arange(n)
        batches += [order[start : start + size] for start in range(0, n, size)]
        epoch += 1
    return batches[:count]


def _steepest(rates: Floats, smoothed: Floats) -> float:
    """The rate at which the mean loss falls fastest with the logarithm of the rate; two digits."""
    known = smoothed[np.isfinite(smoothed)]
    if len(known) <= SETTLING + 2:
        raise SettingError("The loss is lost at the first rates already: begin lower, or scale the inputs.")
    lowest = max(SETTLING + 2, int(np.argmin(known)))
    reach = max(1, len(known) // 40)  # the slope over some steps: that of one is noise
    middles = range(SETTLING, lowest + 1)
    slopes = [known[min(i + reach, lowest)] - known[max(i - reach, SETTLING)] for i in middles]
    return float(f"{rates[SETTLING + int(np.argmin(slopes))]:.2g}")
