"""One arena: every weight of a network is a named view of one flat vector.

Gradients and optimizer moments are flat vectors of the same layout, so an optimizer is a rule on vectors and a
checkpoint is a handful of arrays. Views do not survive pickle or deepcopy (they would come back as copies that share
nothing), so only the flat vector is stored and the views are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from glassnet.layers.penalty import NONE, Penalty
from glassnet.typing import Array, Floats, Shape

Initializer = Callable[..., Floats]


@dataclass(frozen=True)
class ParameterSpec:
    """A weight before it exists: its symbol ('W'), its name in files ('weight'), shape, start, what keeps it small."""

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


class Parameters(Mapping[str, Array]):
    """The weights of a network: a mapping from names (W1, b1, ...) to views of one flat vector `flat`.

    >>> arena = Parameters([("W1", "layers.0.weight", (2, 3)), ("b1", "layers.0.bias", (3,))])
    >>> arena.flat.size
    9
    >>> arena["b1"][:] = 1.0            # writes through to the flat vector
    >>> arena.flat
    array([0., 0., 0., 0., 0., 0., 1., 1., 1.], dtype=float32)
    """

    def __init__(self, layout: Sequence[tuple[str, str, Shape]], dtype: Any = np.float32) -> None:
        self.slots: tuple[Slot, ...] = ()
        start = 0
        for name, path, shape in layout:
            self.slots += (Slot(name, path, shape, start),)
            start = self.slots[-1].stop
        self.flat: Floats = np.zeros(start, dtype)
        self._views = self.views_of(self.flat)

    def views_of(self, flat: Array) -> dict[str, Array]:
        """Named views of any flat vector with this layout: gradients, or an optimizer's moments."""
        return {slot.name: flat[slot.start : slot.stop].reshape(slot.shape) for slot in self.slots}

    def over(self, flat: Floats) -> Parameters:
        """The same names over another flat vector of this layout."""
        twin = Parameters([], flat.dtype)
        twin.__setstate__({"slots": self.slots, "flat": flat})
        return twin

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __getstate__(self) -> dict[str, Any]:
        return {"slots": self.slots, "flat": self.flat}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.slots, self.flat = state["slots"], state["flat"]
        self._views = self.views_of(self.flat)

    def __repr__(self) -> str:
        inside = ", ".join(f"{slot.name} {slot.shape}" for slot in self.slots)
        return f"Parameters({inside}; {self.flat.size} numbers, {self.flat.dtype})"
