"""When a checkpoint is due, and which of them stay."""

import itertools

import numpy as np
import pytest

from glassnet.training import spacing
from glassnet.training.spacing import Spacing, most_of_size


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still: its first number is the time."""
    time = [100.0]
    monkeypatch.setattr(spacing, "perf_counter", lambda: time[0])
    return time


def test_the_first_one_comes_soon_and_the_distance_doubles_up_to_the_interval(clock: list[float]) -> None:
    space, times = Spacing(), []
    space.begin()
    for clock[0] in np.arange(100.0, 120.0, 0.01):
        if space.due:
            times.append(round(clock[0] - 100, 2))
            space.written(started=clock[0])
    assert times == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 13.0, 18.0]


def test_writing_takes_a_small_share_of_the_time(clock: list[float]) -> None:
    space = Spacing()
    space.begin()
    clock[0] += 10.0
    space.written(started=clock[0] - 3.0)  # three seconds are 2 % of 150
    clock[0] += 149.0
    assert not space.due
    clock[0] += 1.0
    assert space.due


def test_those_go_that_leave_the_smallest_gap() -> None:
    space = Spacing()
    space.names = ["10-1", "20-2", "21-3", "60-4", "90-5"]
    assert list(space.thinned(3, None)) == ["20-2", "10-1"]  # 21 - 10 is the smallest gap, then 21 - 0 is
    assert space.names == ["21-3", "60-4", "90-5"]


def test_one_that_is_needed_stays() -> None:
    space = Spacing()
    space.names = ["10-1", "20-2", "21-3", "60-4"]
    assert list(space.thinned(2, "20-2")) == ["10-1", "21-3"]
    assert space.names == ["20-2", "60-4"]


def test_they_stay_spread_out() -> None:
    space = Spacing()
    for step in range(1, 1001):
        space.names.append(f"{step}-{step}")
        list(space.thinned(10, None))
    steps = [int(name.partition("-")[0]) for name in space.names]
    assert len(steps) == 10
    assert max(after - before for before, after in itertools.pairwise([0, *steps])) <= 1000 / 4


@pytest.mark.parametrize(("size", "most"), [(100, 28), (300, 8), (10_000, 2), (0, 2998)])
def test_together_they_take_so_many_times_the_weights(size: int, most: int) -> None:
    assert most_of_size(size, 100) == most
