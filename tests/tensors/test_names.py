"""Every public name says its formula, its shapes, what it raises and where it comes from, with an example that runs."""

from __future__ import annotations

import inspect

import pytest

import glassnet as gn
from glassnet import tensors
from glassnet.tensors.graph import graph

PARTS = ("Formula:", "Shapes:", "Raises:", "Example:", "    >>> ", "Source:")
PUBLIC = {**{name: getattr(tensors, name) for name in tensors.__all__}, "graph": graph}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_described_in_full(name: str) -> None:
    text = inspect.getdoc(PUBLIC[name]) or ""
    assert [part for part in PARTS if part not in text] == []


def test_every_public_name_is_exported() -> None:
    assert set(tensors.__all__) == {name for name in gn.__all__ if name in vars(tensors)}
    assert {name: getattr(gn, name) for name in tensors.__all__} == {
        name: getattr(tensors, name) for name in tensors.__all__
    }


def test_the_function_is_not_hidden_by_its_room() -> None:
    import glassnet.tensors.handle  # noqa: F401

    assert callable(gn.tensor)
    assert callable(gn.grad)
