"""Numbers compared, and the slips that lead to a student's numbers in every trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.lab.code import signatures
from glassnet.lab.code.reference import Net, Step, parts
from glassnet.lab.code.slips import CATALOGUE
from glassnet.typing import Array

TOLERANCE = 1e-7
MOST_WAYS = 40


def fitting(
    net: Net, name: str, knowns: Sequence[Mapping[str, Any]], values: Sequence[Any], *, turned: bool = False
) -> list[tuple[str, str]]:
    """(slip, site) for all that give these values from what is known, nearest to the quantity first."""
    found = []
    for site in sites(net, name, knowns[0]):
        for slip in CATALOGUE.values():
            if parts(site)[0] in slip.at and _gives(net, name, site, slip.variants, knowns, values, turned):
                found.append((slip.name, site))
    return found


def sites(net: Net, name: str, known: Mapping[str, Any]) -> list[str]:
    """The quantity, and what is computed on the way to it, from near to far."""
    step = Step(net, known)
    step[name]
    return [name, *(made for made in reversed(list(step.made)) if made != name)]


def _gives(
    net: Net, name: str, site: str, slip: Any, knowns: Sequence[Mapping[str, Any]], values: Sequence[Any], turned: bool
) -> bool:
    """Whether one way of the slip gives the value in every trial."""
    for way in range(MOST_WAYS):
        reached = fits = True
        for known, value in zip(knowns, values, strict=True):
            step = Step(net, known, slip, site, way)
            try:
                with np.errstate(all="ignore"):
                    made = step[name]
            except (ValueError, IndexError, KeyError):
                made = None
            reached &= step.reached
            fits = fits and made is not None and (same(value, made) or (turned and same(value, np.transpose(made))))
            if not (reached and fits):
                break
        if not reached:
            return False
        if fits:
            return True
    return False


def inputs_of(role: str, layers: int) -> list[str]:
    """The right numbers that a function of this role is given."""
    if role == "softmax":
        return [f"Z{layers}"]
    forward = signatures.forward_names(layers)
    gradients = [f"d{name}" for name in signatures.weight_names(layers)]
    return {"backward": forward, "update": gradients, "activation": ["Z1"]}.get(role, [])


def same(value: Any, right: Any) -> bool:
    """Whether two arrays have the same shape and, to rounding, the same numbers."""
    if not isinstance(value, np.ndarray) or value.shape != np.shape(right):
        return False
    return bool(np.allclose(value, right, rtol=TOLERANCE, atol=1e-10))


def same_shape(value: Any, right: Any) -> bool:
    """Whether it is an array at all, and of the shape of ours."""
    return isinstance(value, np.ndarray) and value.shape == np.shape(right)


def like(right: Array, value: Any) -> Array:
    """One-hot columns as rows, where the student has them so."""
    fits = isinstance(value, np.ndarray) and value.shape != right.shape and value.shape == right.T.shape
    return right.T if fits else right
