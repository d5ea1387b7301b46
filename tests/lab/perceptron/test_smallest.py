"""The search for the fewest rows, apart from what they are."""

from __future__ import annotations

import pytest

from glassnet.lab.perceptron.smallest import fewest


def always(rows: tuple[int, ...]) -> bool:
    return True


@pytest.mark.parametrize(
    ("inequalities", "below", "found"),
    [
        ([[1, 0], [-1, 0], [0, 1]], 3, (0, 1)),
        ([[1, 0], [-2, 0], [0, 1]], 3, (0, 1)),  # as often as is needed
        ([[1, 0], [1, 0], [0, 1]], 3, None),  # with a negative number only
        ([[1, 0], [0, 1], [-1, -1]], 4, (0, 1, 2)),
        ([[1, 0], [0, 1], [-1, -1]], 3, None),
        ([[1e80, 0], [-1e-80, 0], [0, 1]], 3, (0, 1)),
    ],
)
def test_what_is_sifted(inequalities: list[list[float]], below: int, found: tuple[int, ...] | None) -> None:
    assert fewest(inequalities, below, always) == (found, True)


def test_only_what_is_exact_counts() -> None:
    """A combination that floats take for nothing is tried, and refused."""
    asked: list[tuple[int, ...]] = []

    def exactly(rows: tuple[int, ...]) -> bool:
        asked.append(rows)
        return False

    assert fewest([[1, 1e-9], [-1, 0], [5, 7]], 3, exactly) == (None, True)
    assert asked == [(0, 1)]


def test_a_search_that_would_be_too_long_is_not_begun() -> None:
    assert fewest([[1.0, float(k)] for k in range(400)], 4, always) == (None, False)
    assert fewest([[(-1.0) ** k, 0.0] for k in range(100)], 3, lambda rows: False) == (None, False)
