"""Columns and embeddings: tables with categories among the numbers."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, SettingError, ShapeError

RANDOM = np.random.default_rng(3)
ROWS = np.column_stack([RANDOM.integers(0, 3, 30), RANDOM.normal(size=30), RANDOM.integers(0, 5, 30)])
Y = np.array([1.0, -2.0, 0.5])[ROWS[:, 0].astype(int)] + ROWS[:, 1]


def built(layers, width, seed=0):
    return gn.Network(layers).build(width, seed=seed, dtype="float64")


def test_categories_become_rows_of_the_table_and_other_columns_stay():
    net = built([gn.Embedding([3, 5], 2, columns=[0, 2]), gn.Dense(1)], 3)
    E = net.parameters()["E1"]
    assert E.shape == (8, 2)
    codes = ROWS[:, [0, 2]].astype(int) + np.array([0, 3])
    seen = np.column_stack([ROWS[:, 1], E[codes[:, 0]], E[codes[:, 1]]])
    p = net.parameters()
    net.engine = "reference"
    np.testing.assert_allclose(net.logits(ROWS), seen @ p["W2"] + p["b2"], rtol=1e-12)


def test_all_columns_by_default_and_one_number_of_categories_for_all():
    assert gn.Embedding(4, 3).build((5,)).output_shape == (15,)
    assert gn.Embedding(4, 3).build((5,)).parameters[0].shape == (20, 3)
    assert gn.Embedding(4, 3, columns=2).build((5,)).output_shape == (7,)


def test_the_gradient_of_the_table_is_summed_row_by_row(session_of):
    """Two rows of category 1, one of 0, none of 2; W is 1: dE is the sum of the residuals."""
    session = session_of([gn.Embedding(3, 1), gn.Dense(1)], np.array([[1.0], [0.0], [1.0]]), np.zeros((3, 1)), "mse")
    weights = session.state.parameters
    weights["E1"][...], weights["W2"][...], weights["b2"][...] = [[2.0], [5.0], [7.0]], 1.0, 0.0
    session.gradient(np.arange(3))
    assert session.plan.gradients["E1"][:, 0] == pytest.approx([2 / 3 * 2.0, 2 / 3 * (5.0 + 5.0), 0.0])


def test_a_table_with_words_coded_is_learned():
    layers = [gn.Embedding(3, 2, columns=[0]), gn.Dense(16, "relu"), gn.Dense(1)]
    optimizer = gn.optimizers.Adam(0.05)
    run = gn.Network(layers).fit(ROWS, Y, loss="mse", epochs=150, optimizer=optimizer, engine="reference")
    assert run.history[-1]["r2"] > 0.95
    assert run.verify()


@pytest.mark.parametrize(("value", "shown"), [(3.0, "3"), (-1.0, "-1"), (0.5, "0.5")])
def test_a_category_that_is_none_is_said_before_anything_changes(value, shown):
    strange = ROWS.copy()
    strange[17, 0] = value
    layers = [gn.Embedding([3, 5], 2, columns=[0, 2]), gn.Dense(1)]
    says = rf"Column 0 holds {shown}, and this embedding knows the categories 0 to 2"
    net = gn.Network(layers)
    with pytest.raises(DataError, match=says):
        net.fit(strange, Y, loss="mse", engine="reference")
    with pytest.raises(DataError, match=says):
        net.fit(ROWS, Y, loss="mse", engine="reference", validation_data=(strange, Y))
    assert net.state is None
    net.fit(ROWS, Y, loss="mse", engine="reference", epochs=1)
    with pytest.raises(DataError, match=says):
        net.predict(strange)


def test_bytes_are_scaled_unless_they_are_not_to_be():
    codes = np.array([[0], [1], [2]], np.uint8)
    net = gn.Network([gn.Embedding(3, 2), gn.Dense(1)])
    with pytest.raises(DataError, match="bytes are scaled unless scale=None"):
        net.fit(codes, [0.0, 1.0, 2.0], engine="reference")
    net.fit(codes, [0.0, 1.0, 2.0], engine="reference", scale=None, epochs=1)


def test_columns_are_handed_on_in_their_order():
    net = built([gn.Columns([2, 0]), gn.Dense(1)], 3)
    net.engine = "reference"
    p = net.parameters()
    np.testing.assert_allclose(net.logits(ROWS), ROWS[:, [2, 0]] @ p["W1"] + p["b1"], rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: gn.Columns([]), "different columns, at least one"),
        (lambda: gn.Columns([1, 1]), "different columns"),
        (lambda: gn.Columns([-1]), "whole numbers of at least 0"),
        (lambda: gn.Columns("ab"), "whole numbers as its columns"),
        (lambda: gn.Columns([3]).build((3,)), "names column 3; these rows have the columns 0 to 2"),
        (lambda: gn.Embedding(0, 2), "at least 1 as its number of categories"),
        (lambda: gn.Embedding(3, 0), "at least 1 as its dim"),
        (lambda: gn.Embedding(3, 2.0), "whole numbers as its dim"),
        (lambda: gn.Embedding([3, 4], 2, columns=[0]), "2 numbers of categories for 1 columns"),
        (lambda: gn.Embedding([3, 4], 2).build((3,)), "2 numbers of categories for rows of 3 columns"),
        (lambda: gn.Embedding(3, 2, columns=[5]).build((3,)), "names column 5"),
    ],
)
def test_settings_that_cannot_be_used(make, says):
    with pytest.raises((SettingError, ShapeError), match=says):
        make()
