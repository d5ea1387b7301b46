"""Targets on their way into a network and back."""

import numpy as np
import pytest

from glassnet.errors import DataError, ShapeError
from glassnet.maths import losses
from glassnet.training.targets import learn, loss_for


def coded(loss, y, outputs):
    targets = learn(losses.get(loss), y, outputs)
    return targets, targets.encode(y, np.float32)


def test_words_become_class_numbers():
    targets, encoded = coded("sparse_categorical_crossentropy", ["dog", "cat", "goat", "cat"], 3)
    assert targets.classes == ("cat", "dog", "goat")
    assert encoded.tolist() == [1, 0, 2, 0]
    assert encoded.dtype == np.int64


def test_labels_become_one_hot_rows_where_the_loss_wants_them():
    """COURSE A3: MNIST's first labels, 5 and 0, as rows of ten."""
    _, encoded = coded("categorical_crossentropy", [5, 0], 10)
    assert encoded.tolist() == [[0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
    assert encoded.dtype == np.float32


def test_ready_rows_stay_as_they_are():
    soft = [[0.2, 0.8], [0.5, 0.5]]
    targets, encoded = coded("categorical_crossentropy", soft, 2)
    assert targets.classes is None
    np.testing.assert_allclose(encoded, soft)
    assert targets.decode(np.array([[0.1, 2.0], [3.0, 1.0]]), 0.0).tolist() == [1, 0]


@pytest.mark.parametrize("y", [["no", "yes", "no"], [-1, 1, -1], [False, True, False], [[0], [1], [0]]], ids=str)
def test_two_labels_become_zero_and_one(y):
    targets, encoded = coded("binary_crossentropy", y, 1)
    assert encoded.tolist() == [[0], [1], [0]]
    assert targets.decode(np.array([[-1.0], [2.0]]), 0.0).tolist() == [np.ravel(y)[0], np.ravel(y)[1]]


def test_probabilities_as_targets_are_not_labels():
    targets, encoded = coded("binary_crossentropy", [0.1, 0.7, 0.3], 1)
    assert targets.classes is None
    np.testing.assert_allclose(encoded[:, 0], [0.1, 0.7, 0.3])


@pytest.mark.parametrize(("y", "flat"), [([1.0, 2.5], True), ([[1.0], [2.5]], False)])
def test_numbers_come_back_in_the_shape_they_had(y, flat):
    targets, encoded = coded("mse", y, 1)
    assert encoded.shape == (2, 1)
    assert targets.decode(encoded, 0.0).shape == ((2,) if flat else (2, 1))


def test_objects_that_are_words_are_words():
    targets, _ = coded("sparse_categorical_crossentropy", np.array(["b", "a"], dtype=object), 2)
    assert targets.classes == ("a", "b")


@pytest.mark.parametrize("y", [[0, 1, 5], [9, 3], np.uint8([0, 7])], ids=str)
def test_whole_numbers_below_the_outputs_are_the_outputs_numbers(y):
    targets, encoded = coded("sparse_categorical_crossentropy", y, 10)
    assert targets.classes == tuple(range(10))
    assert encoded.tolist() == list(y)


@pytest.mark.parametrize(
    ("loss", "y", "outputs", "error", "says"),
    [
        ("sparse_categorical_crossentropy", ["a", "b", "c"], 2, ShapeError, "3 classes"),
        ("sparse_categorical_crossentropy", ["a", "a"], 2, DataError, "one class only"),
        ("sparse_categorical_crossentropy", [[1, 2], [3, 4]], 2, ShapeError, "one label a row"),
        ("sparse_categorical_crossentropy", [1.0, np.nan], 2, DataError, r"y\[1\] is not a finite"),
        ("categorical_crossentropy", [[1, 0, 0]], 2, ShapeError, "3 numbers a row and the last layer 2 outputs"),
        ("binary_crossentropy", [0, 1], 2, ShapeError, "1 unit"),
        ("binary_crossentropy", [0, 1, 2], 1, ShapeError, "3 classes"),
        ("mse", ["1", "2"], 1, DataError, "no number"),
        ("mse", [1.0, np.inf], 1, DataError, r"y\[1, 0\] is inf"),
        ("mse", [1, 2], 10, ShapeError, "to_categorical"),
        ("mse", [], 1, DataError, "empty"),
        ("mse", 3.0, 1, ShapeError, "one target a row"),
        ("mse", [1j, 2j], 1, DataError, "complex"),
    ],
)
def test_targets_that_do_not_fit_are_one_sentence(loss, y, outputs, error, says):
    with pytest.raises(error, match=says):
        coded(loss, y, outputs)


def test_a_label_never_seen_is_named():
    targets, _ = coded("sparse_categorical_crossentropy", ["cat", "dog"], 2)
    with pytest.raises(DataError, match="'goat', which is not among the classes cat, dog"):
        targets.encode(["cat", "goat"], np.float32)
    with pytest.raises(DataError, match=r"not among|of type"):
        targets.encode([1, 2], np.float32)


@pytest.mark.parametrize(
    ("y", "outputs", "loss"),
    [
        ([0, 1, 2], 3, "sparse_categorical_crossentropy"),
        (["a", "b"], 2, "sparse_categorical_crossentropy"),
        ([0, 1], 1, "binary_crossentropy"),
        (["a", "b"], 1, "binary_crossentropy"),
        ([0.5, 1.5], 1, "mse"),
        ([[0, 1], [1, 0]], 2, "categorical_crossentropy"),
        ([[0.5, 1], [1, 0]], 2, "mse"),
        ([[1, 1], [1, 0]], 2, "mse"),
    ],
)
def test_the_loss_that_fits_the_targets(y, outputs, loss):
    assert loss_for(y, outputs) == loss
