"""What a data set knows of itself: its digest, its classes, what its targets mean."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.data.dataset import Dataset, check_target, digest_of, target_kind
from glassnet.errors import DataError


def small(**changes: object) -> Dataset:
    data = Dataset("x", np.eye(3), np.array(["b", "a", "b"]), np.eye(3)[:1], np.array(["c"]), "classes")
    return dataclasses.replace(data, **changes)


def test_the_digest_is_sha_256_of_dtype_shape_and_bytes() -> None:
    array = np.array([[1, 2, 3]], np.uint8)
    assert digest_of([array]) == hashlib.sha256(b"|u1 (1, 3) \x01\x02\x03").hexdigest()
    assert digest_of([np.array([1], ">f8")]) == hashlib.sha256(b"<f8 (1,) \0\0\0\0\0\0\xf0\x3f").hexdigest()


@given(arrays.arrays("<i4", (3, 4)))
def test_the_digest_depends_on_the_numbers_and_not_on_how_they_lie_in_memory(values: np.ndarray) -> None:
    digest = digest_of([values])
    assert digest == digest_of([values.astype(">i4")]) == digest_of([np.asfortranarray(values)])
    assert digest == digest_of([np.repeat(values, 2, axis=0)[::2]])
    changed = values.copy()
    changed[1, 2] ^= 1
    others = [changed, values.reshape(4, 3), values.astype(np.int64), values.view(np.uint32)]
    assert digest not in [digest_of([other]) for other in others]
    assert digest_of([values, values[:0]]) != digest


def test_the_digest_of_a_data_set_covers_both_its_parts() -> None:
    digest = small().digest
    assert digest == small(name="y", about="another text").digest
    for changes in ({"X_train": np.eye(3) * 2}, {"y_train": np.array(["a", "a", "b"])}, {"y_test": np.array(["a"])}):
        assert small(**changes).digest != digest


def test_parts_and_classes() -> None:
    data = small()
    assert data.train[0] is data.X_train
    assert data.test is not None
    assert data.test[1].tolist() == ["c"]
    assert data.classes is not None
    assert data.classes.tolist() == ["a", "b", "c"]
    assert small(X_test=np.eye(3)[:0], y_test=data.y_test[:0]).test is None
    assert small(kind="real").classes is None


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (["a", "b", "c", "d"], "classes"),
        ([True, False], "classes"),
        ([0, 0, 0, 1], "classes"),  # AND
        ([0.0, 1.0, 1.0, 0.0], "classes"),
        ([-1, 1, 1, -1], "classes"),
        ([1, 2, 3, 4], "real"),  # each once
        (list(range(20)) * 2, "classes"),
        (list(range(21)) * 2, "real"),  # more than 20
        ([0.5, 0.5, 1, 1], "real"),
        ([[0, 1], [1, 0]], "real"),
    ],
)
def test_what_targets_mean_where_nobody_says_it(y: list[object], kind: str) -> None:
    assert target_kind(np.array(y)) == kind


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_every_target_means_something(y: list[float]) -> None:
    assert target_kind(np.array(y)) in ("classes", "real")


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (["cat"] * 3, "x.csv: every row has the class 'cat'; there is nothing to tell apart"),
        ([7, 7], "every row has the target 7;"),
        ([[1.0, 2.0], [1.0, 2.0]], r"every row has the target \[1\.0, 2\.0\];"),
    ],
)
def test_targets_that_are_all_the_same_are_refused(y: list[object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        check_target(np.array(y), "x.csv")
