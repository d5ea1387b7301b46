"""The smallest input that shows a difference: few examples, few units, whole numbers, and zeros where they will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from glassnet.lab.code.reference import Net, sizes

MOST_CALLS = 120
Differs = Callable[[dict[str, Any]], tuple[Any, Any] | None]


def smallest(
    net: Net, differs: Differs, shown: Sequence[str], turned: Callable[[str, Any], Any]
) -> dict[str, Any] | None:
    """{"inputs", "given", "expected"} for the smallest step found in which the two differ; None where none is small."""
    for width, examples, seed in _small(net):
        known = sizes(net, width, examples, seed, whole=True)
        if differs(known) is not None:
            known = _simplified(known, differs)
            found = differs(known)
            assert found is not None
            return _described(net, known, found, shown, turned)
    return None


def _small(net: Net) -> list[tuple[tuple[int, ...], int, int]]:
    """Widths, number of examples and seed, the smallest first."""
    least = 2 if net.classes else 1
    shapes = [
        ((d, *[h] * (net.layers - 1), c), m)
        for d, h, c, m in product((1, 2), (1, 2) if net.layers > 1 else (1,), (least, least + 1), (1, 2, 3))
    ]
    shapes.sort(key=lambda shape: (sum(shape[0]) + shape[1], shape))
    return [(*shape, seed) for shape in shapes[:16] for seed in (0, 1)]


def _simplified(known: dict[str, Any], differs: Differs) -> dict[str, Any]:
    """Entries set to 0, else to 1, as long as the difference stays."""
    calls = 0
    for name in [name for name in known if name[0] in "XWb"]:
        for place in np.ndindex(known[name].shape):
            for simple in (0.0, 1.0):
                if known[name][place] == simple or calls >= MOST_CALLS:
                    break
                calls += 1
                tried = {**known, name: known[name].copy()}
                tried[name][place] = simple
                if differs(tried) is not None:
                    known = tried
                    break
    return known


def _described(
    net: Net, known: dict[str, Any], found: tuple[Any, Any], shown: Sequence[str], turned: Callable[[str, Any], Any]
) -> dict[str, Any]:
    from glassnet.lab.code.reference import Step

    step = Step(net, known)
    inputs = {name: _plain(turned(name, step[name])) for name in shown}
    given, expected = (_plain(turned("", value)) for value in found)
    return {"inputs": inputs, "given": given, "expected": expected}


def _plain(value: Any) -> Any:
    """Nested lists with seven digits."""
    array = np.asarray(value)
    if array.ndim:
        return [_plain(part) for part in array]
    return int(array) if array.dtype.kind in "iu" else float(f"{float(array):.7g}")
