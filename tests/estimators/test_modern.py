"""The recipe of `preset="modern"`: sizes, rates, targets, and what it refuses."""

from dataclasses import fields

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.estimators.modern import Recipe, Variant

RANDOM = np.random.default_rng(7)
RINGS = RANDOM.integers(0, 3, 240)
LABELS = RANDOM.integers(0, 2, (240, 2))


@pytest.mark.parametrize(
    ("rows", "size", "epochs"),
    [(10, 10, 100), (100, 32, 100), (1000, 32, 100), (4000, 125, 100), (100_000, 256, 51), (10_000_000, 256, 1)],
)
def test_large_tables_have_larger_batches_and_fewer_epochs(rows, size, epochs):
    recipe = Recipe(epochs=100, updates=20_000, batch_size=None)
    assert recipe.steps(rows) == (size, epochs)


def test_the_rate_rises_and_falls_to_nothing():
    rates = [Recipe(learning_rate=0.01).optimizer(100).rate(step) for step in range(100)]
    assert np.argmax(rates) == 5
    assert max(rates) == 0.01
    assert rates[0] < 0.002
    assert rates[-1] < 1e-5
    highest = [
        max(Recipe().optimizer(100, sparse=sparse).rate(step) for step in range(100)) for sparse in (False, True)
    ]
    assert highest == pytest.approx([0.003, 0.001], rel=1e-2)


def test_a_schedule_of_ones_own_takes_its_place():
    assert Recipe(learning_rate=gn.schedules.Constant(0.02)).optimizer(100).rate(7) == 0.02


def test_smoothed_targets_are_those_of_label_smoothing():
    recipe, logits = Recipe(label_smoothing=0.3), RANDOM.normal(size=(240, 3))
    smoothed = gn.losses.categorical_crossentropy.configured(label_smoothing=0.3)
    T = recipe.smoothed(np.eye(3)[RINGS], "classes", np.float64)
    plain = gn.losses.categorical_crossentropy(T, logits, from_logits=True)
    assert plain == pytest.approx(smoothed(np.eye(3)[RINGS], logits, from_logits=True))
    both = gn.losses.binary_crossentropy.configured(label_smoothing=0.3)
    T = recipe.smoothed(LABELS, "labels", np.float64)
    plain = gn.losses.binary_crossentropy(T, logits[:, :2], from_logits=True)
    assert plain == pytest.approx(both(LABELS, logits[:, :2], from_logits=True))


def test_numbers_are_not_smoothed():
    assert Recipe(label_smoothing=0.3).smoothed(np.array([[2.5]]), "numbers", np.float32).tolist() == [[2.5]]


def test_every_layer_has_the_penalty_of_the_variant():
    layers = Recipe(hidden=(8, 4)).layers(Variant(0.6, False), outputs=3)
    assert [(layer.units, layer.l2_shared) for layer in layers] == [(8, 0.3), (4, 0.3), (3, 0.3)]
    with_dropout = Recipe(hidden=(8,), dropout=0.2).layers(Variant(0.6, False), outputs=3)
    assert [type(layer) for layer in with_dropout] == [gn.Dense, gn.Dropout, gn.Dense]


@pytest.mark.parametrize(
    ("given", "found"),
    [({}, ["silu", "relu"]), ({"activation": "tanh"}, ["tanh", "tanh"])],
)
def test_each_variant_has_its_activation_unless_one_is_given_for_all(given, found):
    recipe = Recipe(variants=((0.3, False), (0.3, True, "relu")), hidden=(8,), **given)
    layers = [recipe.layers(variant, outputs=3) for variant in recipe.variants]
    assert [hidden.activation.name for hidden, _ in layers] == found


def test_where_no_column_has_bins_variants_that_differ_by_them_are_one():
    recipe = Recipe(variants=((0.3, False), (0.3, True), (0.3, True, "relu"), (1.0, False)))
    assert recipe.distinct(there_are_bins=True) == recipe.variants
    assert recipe.distinct(there_are_bins=False) == (
        Variant(0.3, False),
        Variant(0.3, False, "relu"),
        Variant(1.0, False),
    )


def test_sparse_rows_have_a_variant_of_their_own():
    dense, sparse = (Recipe().distinct(there_are_bins=False, sparse=sparse) for sparse in (False, True))
    assert sparse == (*dense, Variant(0.01, False))
    assert Recipe().most(1000) == 5 * (4 + 4)
    assert Recipe().most(5000, sparse=True) == 5 * (1 + 2)
    one = Recipe(variants=((0.3, False),))
    assert one.distinct(there_are_bins=False, sparse=True) == (Variant(0.3, False),)


def test_the_table_has_bins_where_a_variant_sees_them():
    assert Recipe(bins=5).table["bins"] == 5
    assert Recipe(bins=5, variants=((0.3, False),)).table["bins"] == 0


@pytest.mark.parametrize("name", ["epochs", "updates", "patience", "members"])
def test_counts_are_at_least_1(name):
    with pytest.raises(SettingError, match=f"{name} of the preset must be at least 1; given 0"):
        Recipe(**{name: 0})


def test_one_judge_would_have_learned_from_nothing():
    with pytest.raises(SettingError, match="judges of the preset must be at least 2; given 1"):
        Recipe(judges=1)


@pytest.mark.parametrize(
    "variants", [(), ((0.3,),), (0.3,), ((-1, False),), ((1, True, "relu", 2),), ((1, False, "relu", True),), 3]
)
def test_variants_are_pairs(variants):
    with pytest.raises(SettingError, match=r"pairs \(alpha, binned\)"):
        Recipe(variants=variants)


def test_every_setting_is_described():
    assert all(f"        {field.name}: " in Recipe.__doc__ for field in fields(Recipe))
