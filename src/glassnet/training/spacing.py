"""When a checkpoint is due, and which of them stay.

One is due every 5 seconds, more often at the beginning, so that replaying a short run costs less than the run, and more
rarely where writing it would take over 2 % of the time. Where they have become too many, those go that leave the
smallest gaps: the others stay spread out over the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

INTERVAL = 5.0  # seconds between checkpoints, once a run is as old
FIRST = 0.25  # seconds to the first one; while a run is younger than INTERVAL the distance doubles
SHARE = 0.02  # of the time that writing them may take
SIZES = 30  # times the weights that the checkpoints together may take; what resuming needs comes on top


class Spacing:
    """The checkpoints of a run that were written because it was time: others, kept for a reason, do not count."""

    def __init__(self) -> None:
        self.names: list[str] = []  # STEP-ENTRIES, the oldest first
        self._began = self._due = 0.0

    def begin(self) -> None:
        """The steps begin now."""
        self._began = perf_counter()
        self._due = self._began + min(INTERVAL, FIRST)

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return perf_counter() >= self._due

    def written(self, started: float) -> None:
        """One has been written, which began at ``started`` (seconds of `time.perf_counter`)."""
        now = perf_counter()
        self._due = now + max(min(INTERVAL, now - self._began), (now - started) / SHARE)

    def thinned(self, most: int, stays: str | None) -> Iterator[str]:
        """Those that go, until there are ``most``; never the one named ``stays``."""
        while len(self.names) > most:
            steps = [0, *(int(name.partition("-")[0]) for name in self.names)]
            gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
            free = [number for number in range(len(gaps)) if self.names[number] != stays]
            yield self.names.pop(min(free, key=gaps.__getitem__))


def most_of_size(size: int, weights: int) -> int:
    """How many checkpoints of ``size`` bytes there may be in a run with ``weights`` bytes of them."""
    return max(2, SIZES * weights // max(1, size) - 2)  # less the first and the last
