"""One arena: every weight of a network is a named view of one flat vector.

Gradients and optimizer moments are flat vectors of the same layout, so an optimizer is a rule on vectors and a
checkpoint is a handful of arrays. Views do not survive pickle or deepcopy (they would come back as copies that share
nothing), so only the flat vector is stored and the views are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from sys import getrefcount
from typing import Any

import numpy as np

from glassnet.layers.penalty import NONE, Penalty
from glassnet.typing import Array, Floats, Shape

Initializer = Callable[..., Floats]


Layout = Sequence[tuple[str, str, Shape]]  # (name, path, shape) of each array


@dataclass(frozen=True)
class ParameterSpec:
    """A weight, or what a layer keeps, before it exists: symbol ('W'), name in files ('weight'), shape, start, and what
    keeps it small."""

    symbol: str
    field: str
    shape: Shape
    initializer: Initializer
    penalty: Penalty = NONE


@dataclass(frozen=True)
class Slot:
    """Where one weight lies: its name ('W1'), its path in a model file ('layers.0.weight'), its shape."""

    name: str
    path: str
    shape: Shape
    start: int

    @property
    def stop(self) -> int:
        return self.start + prod(self.shape)

    def of(self, flat: Array) -> Array:
        """The weight in a flat vector, as a view."""
        return flat[self.start : self.stop].reshape(self.shape)


class Parameters(Mapping[str, Array]):
    """The weights of a network: a mapping from names (W1, b1, ...) to views of one flat vector `flat`.

    `running` are the numbers that layers keep and nobody learns (mean2, variance2, ...), by name. They lie behind the
    weights: `whole` is both, which is what a state is copied, stored and compared by.

    >>> arena = Parameters([("W1", "layers.0.weight", (2, 3)), ("b1", "layers.0.bias", (3,))])
    >>> arena.flat.size
    9
    >>> arena["b1"][:] = 1.0            # writes through to the flat vector
    >>> arena.flat
    array([0., 0., 0., 0., 0., 0., 1., 1., 1.], dtype=float32)
    """

    def __init__(
        self, layout: Layout, dtype: Any = np.float32, running: Layout = (), *, whole: Floats | None = None
    ) -> None:
        """`whole`: the numbers themselves, where they are there already; else zeros."""
        self.slots = _slots(layout)
        self.running_slots = _slots(running)
        size = _size(self.slots) + _size(self.running_slots)
        self._divide(aligned_zeros(size, np.dtype(dtype)) if whole is None else whole)

    def _divide(self, whole: Floats) -> None:
        count = _size(self.slots)
        self._hold(whole, whole[:count], whole[count:])

    def _hold(self, whole: Floats, flat: Floats, running: Floats) -> None:
        """These arrays, as views that nobody else has."""
        self._whole, self._flat, self._running = whole.view(), flat.view(), running.view()
        memory: Any = self._flat.base
        self._memory, self._own = memory, memory.base is None  # else it can be written to from elsewhere
        self._places = {slot.name: slot for slot in self.slots}
        self._handed_out = 0

    @property
    def whole(self) -> Floats:
        """All numbers: the weights, and behind them those that layers keep."""
        self._handed_out += 1
        return self._whole.view()

    @property
    def flat(self) -> Floats:
        """The weights, one after the other."""
        self._handed_out += 1
        return self._flat.view()

    @property
    def running_flat(self) -> Floats:
        """What layers keep, one number after the other."""
        self._handed_out += 1
        return self._running.view()

    @property
    def running(self) -> dict[str, Array]:
        """What layers keep, by name."""
        return self.running_views_of(self.running_flat)

    @property
    def watch(self) -> int | None:
        """A number that stays while nobody can have changed the weights; None where somebody holds a view of them.

        Every array that is given away is a new view, which its memory counts as long as it lives: so what was found
        out about the weights (that they are finite) is known to hold still, without reading them again.
        """
        return self._handed_out if self._own and getrefcount(self._memory) == ALONE else None

    def views_of(self, flat: Array) -> dict[str, Array]:
        """Named views of any flat vector with the layout of the weights: gradients, or an optimizer's moments."""
        return _views(self.slots, flat)

    def running_views_of(self, flat: Array) -> dict[str, Array]:
        """Named views of any flat vector with the layout of the running numbers."""
        return _views(self.running_slots, flat)

    def over(self, flat: Floats) -> Parameters:
        """The same names over another flat vector of weights, a mean of them; what layers keep is that of this one."""
        twin = Parameters([], flat.dtype)
        twin.slots, twin.running_slots = self.slots, self.running_slots
        whole = np.concatenate([flat, self._running]) if self.running_slots else flat
        twin._hold(whole, flat, self._running)
        return twin

    def __getitem__(self, name: str) -> Array:
        return self._places[name].of(self.flat)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getstate__(self) -> dict[str, Any]:
        return {"slots": self.slots, "running_slots": self.running_slots, "whole": self._whole}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.slots, self.running_slots = state["slots"], state["running_slots"]
        self._divide(state["whole"])
        if not self._own and self._whole.flags.writeable:  # what is mapped for reading stays where it is
            whole = aligned_zeros(self._whole.size, self._whole.dtype)
            whole[:] = self._whole
            self._divide(whole)

    def __repr__(self) -> str:
        inside = ", ".join(f"{slot.name} {slot.shape}" for slot in self.slots)
        return f"Parameters({inside}; {self._flat.size} numbers, {self._flat.dtype})"


def _slots(layout: Layout) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for name, path, shape in layout:
        slots.append(Slot(name, path, shape, slots[-1].stop if slots else 0))
    return tuple(slots)


def _size(slots: tuple[Slot, ...]) -> int:
    return slots[-1].stop if slots else 0


def _views(slots: tuple[Slot, ...], flat: Array) -> dict[str, Array]:
    return {slot.name: slot.of(flat) for slot in slots}


def aligned_zeros(size: int, dtype: np.dtype[Any]) -> Floats:
    """Zeros that begin at a cache line: vectors that cross from one line to the next are read half as fast."""
    line = 64
    memory = np.zeros(size * dtype.itemsize + line, np.uint8)
    start = -memory.__array_interface__["data"][0] % line
    return memory[start : start + size * dtype.itemsize].view(dtype)


def _alone() -> int:
    arena = Parameters([("W", "W", (1,))])
    return getrefcount(arena._memory)


ALONE = _alone()  # the count of memory that nobody but its arena knows
