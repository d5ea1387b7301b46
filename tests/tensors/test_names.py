"""Every public name says its formula, its shapes, what it raises and where it comes from, with an example that runs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet import tensors
from glassnet.tensors.functions import WRITTEN
from glassnet.tensors.graph import graph
from glassnet.tensors.kinds import RULES
from glassnet.tensors.rules.elementwise import STEPS

PARTS = ("Formula:", "Shapes:", "Raises:", "Example:", "    >>> ", "Source:")
OWN = {"activation": gn.activation, "loss": gn.loss, "TensorLayer": gn.TensorLayer}
PUBLIC = {**{name: getattr(tensors, name) for name in tensors.__all__}, "graph": graph, **OWN}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_described_in_full(name: str) -> None:
    text = inspect.getdoc(PUBLIC[name]) or ""
    assert [part for part in PARTS if part not in text] == []


def test_every_public_name_is_exported() -> None:
    assert set(tensors.__all__) == {name for name in gn.__all__ if name in vars(tensors)}
    assert {name: getattr(gn, name) for name in tensors.__all__} == {
        name: getattr(tensors, name) for name in tensors.__all__
    }


def test_the_page_lists_what_can_be_differentiated() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tensor.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`np\.([\w.]+)`", page))
    functions = {f for f in {*RULES, *WRITTEN} if f is np.linalg.norm or getattr(np, f.__name__, None) is f}
    names = {"linalg.norm" if f is np.linalg.norm else f.__name__ for f in functions}
    assert names - listed == set()
    steps = {f.__name__ for f in STEPS}
    assert listed - names - steps <= {"argmax"}


def test_the_function_is_not_hidden_by_its_room() -> None:
    import glassnet.tensors.handle  # noqa: F401

    assert callable(gn.tensor)
    assert callable(gn.grad)
