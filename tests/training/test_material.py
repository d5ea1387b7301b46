"""The data of a run as they are stored, and what a file with other arrays is answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassnet.errors import Fault, FormatError
from glassnet.training import material
from glassnet.training.material import Material, describe, find, packed_words, unpacked_words

DENSE = Material(np.eye(3), np.array(["b", "a", "b"]), sample_weight=[1.0, 2.0, 1.0])


def test_what_is_stored_is_found_again() -> None:
    card, stored = describe(DENSE)
    again = find(card, unpacked_words(*packed_words(stored)))
    assert np.array_equal(again.X, DENSE.X)
    assert again.y.tolist() == ["b", "a", "b"]  # type: ignore[union-attr]
    assert np.array_equal(again.sample_weight, [1.0, 2.0, 1.0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"), [("train.X", "train.Z"), ("train.y", "train.X.data"), ("sample_weight.w", "sample_weight.X")]
)
def test_arrays_of_other_names_are_refused_though_their_digest_is_right(old: str, new: str) -> None:
    card, stored = describe(DENSE)
    renamed = {new if name == old else name: array for name, array in stored.items()}
    with pytest.raises(FormatError, match=r"The stored (data|sample weights) of this run are not the arrays"):
        find(card, renamed)


def test_sparse_rows_have_two_sizes() -> None:
    names = {"X.data": np.ones(2), "X.indices": np.arange(2), "X.indptr": np.arange(3), "y": np.arange(2)}
    material._check_stored("train", names | {"X.shape": np.array([2, 2])})
    for shape in ([2], [2, 2, 2], [2.0, 2.0]):
        with pytest.raises(FormatError):
            material._check_stored("train", names | {"X.shape": np.array(shape)})


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"train.y": ["a"]}, Fault.DAMAGED),  # one is not stored
        ({"train.y": []}, Fault.DAMAGED),
        ({"train.y": "ab"}, Fault.DAMAGED),
        ({"train.y": ["a", 1]}, Fault.DAMAGED),
        ({"train.z": ["a", "b"]}, Fault.DAMAGED),
        ({"train.y": ["a", "x" * 2**26]}, Fault.TOO_LARGE),  # for each of three rows
        ({"train.y": ["x" * 2**16] + ["a"] * 2**10}, Fault.TOO_LARGE),  # for each of the words
    ],
)
def test_words_that_do_not_belong_to_the_data_are_refused(words: dict[str, Any], fault: Fault) -> None:
    with pytest.raises(FormatError) as caught:
        unpacked_words({"train.y": np.array([0, 1, 0])}, words)
    assert caught.value.fault is fault
