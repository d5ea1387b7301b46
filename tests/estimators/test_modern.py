"""The recipe of `preset="modern"`: what is trained, on which rows, and that the mean of its networks is right."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.estimators.modern import FEW, Ensemble, Recipe, folds, train

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(240, 4)).astype(np.float32)
RINGS = np.digitize((X[:, :2] ** 2).sum(axis=1), [0.8, 2.2])
NUMBERS = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
LABELS = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2]]).astype(int)
QUICK = Recipe(hidden=(32,), members=3, epochs=60, learning_rate=0.02, dropout=0.0)


def trained(y, kind, outputs, recipe=QUICK, **settings):
    return train(recipe, X, y, kind, outputs, metrics=(), **settings)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_folds_hold_every_row_once_and_their_share_of_every_class(count):
    parts = folds(RINGS, count, seed=1)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(RINGS)))
    for label in range(3):
        shares = [int((RINGS[part] == label).sum()) for part in parts]
        assert max(shares) - min(shares) <= 1


def test_folds_of_numbers_have_small_and_large_ones():
    means = [NUMBERS[part].mean() for part in folds(NUMBERS, 4, seed=1)]
    assert np.ptp(means) < 0.2 * NUMBERS.std()


def test_another_seed_is_another_division():
    assert folds(RINGS, 3, seed=1)[0].tolist() != folds(RINGS, 3, seed=2)[0].tolist()


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


def test_smoothed_targets_are_those_of_label_smoothing():
    recipe = replace(QUICK, label_smoothing=0.3)
    logits = RANDOM.normal(size=(len(X), 3))
    smoothed = gn.losses.categorical_crossentropy.configured(label_smoothing=0.3)
    T = recipe.targets(RINGS, "classes", 3, np.float64)
    plain = gn.losses.categorical_crossentropy(T, logits, from_logits=True)
    assert plain == pytest.approx(smoothed(np.eye(3)[RINGS], logits, from_logits=True))
    both = gn.losses.binary_crossentropy.configured(label_smoothing=0.3)
    T = recipe.targets(LABELS, "labels", 2, np.float64)
    plain = gn.losses.binary_crossentropy(T, logits[:, :2], from_logits=True)
    assert plain == pytest.approx(both(LABELS, logits[:, :2], from_logits=True))


def test_classes_are_learned_and_their_probabilities_are_the_mean():
    ensemble = trained(RINGS, "classes", 3)
    P = ensemble.outputs(X)
    assert P.dtype == np.float32
    assert P.sum(axis=1) == pytest.approx(np.ones(len(X)))
    assert (P.argmax(axis=1) == RINGS).mean() > 0.85
    np.testing.assert_allclose(P, np.mean([member.outputs(X) for member in ensemble.members], axis=0), rtol=1e-6)


def test_numbers_are_learned():
    outputs = trained(NUMBERS, "numbers", 1).outputs(X)
    assert 1 - np.mean((outputs[:, 0] - NUMBERS) ** 2) / NUMBERS.var() > 0.7


def test_labels_are_learned():
    assert ((trained(LABELS, "labels", 2).outputs(X) > 0.5) == LABELS).mean() > 0.9


def test_every_row_is_left_out_by_one_member_and_learned_from_by_the_others():
    ensemble = trained(NUMBERS, "numbers", 1)
    assert [run.rows for run in ensemble.runs] == [160, 160, 160]
    assert all("val_loss" in run.history[0] for run in ensemble.runs)
    starts = {run.program.seed for run in ensemble.runs}
    assert len(starts) == 3


def test_each_member_has_the_weights_of_its_best_epoch():
    ensemble = trained(NUMBERS, "numbers", 1, replace(QUICK, learning_rate=0.1, epochs=20))
    parts = folds(NUMBERS, 3, seed=0)
    for member, run, part in zip(ensemble.members, ensemble.runs, parts, strict=True):
        best = min(record["val_loss"] for record in run.history)
        assert member.evaluate(X[part], NUMBERS[part, None])["loss"] == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize(
    ("rows", "recipe"), [(FEW - 1, QUICK), (FEW, replace(QUICK, best_epoch=False))], ids=["few", "best_epoch=False"]
)
def test_where_no_epoch_is_chosen_all_rows_are_learned_from(rows, recipe):
    ensemble = train(recipe, X[:rows], RINGS[:rows], "classes", 3)
    assert [run.rows for run in ensemble.runs] == [rows] * 3
    assert "val_loss" not in ensemble.runs[0].history[0]


def test_given_validation_data_choose_the_epoch_of_all_members():
    ensemble = trained(NUMBERS, "numbers", 1, validation_data=(X[:50], NUMBERS[:50]))
    assert [run.rows for run in ensemble.runs] == [240, 240, 240]
    assert "val_loss" in ensemble.runs[0].history[0]


def test_a_row_of_weight_zero_is_not_learned_from():
    weights = np.ones(240, np.float32)
    weights[::2] = 0
    wrong = np.where(weights == 0, 50.0, NUMBERS)
    recipe = replace(QUICK, members=1)
    with_wrong = trained(wrong, "numbers", 1, recipe, sample_weight=weights).outputs(X)
    with_right = trained(NUMBERS, "numbers", 1, recipe, sample_weight=weights).outputs(X)
    np.testing.assert_array_equal(with_wrong, with_right)


def test_the_seed_decides_every_bit():
    first, again, other = (trained(RINGS, "classes", 3, seed=seed).outputs(X) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_it_travels_by_pickle():
    ensemble = trained(RINGS, "classes", 3, replace(QUICK, epochs=2))
    again = pickle.loads(pickle.dumps(Ensemble(ensemble.members)))
    np.testing.assert_array_equal(again.outputs(X), ensemble.outputs(X))


@pytest.mark.parametrize("name", ["epochs", "updates", "patience", "members"])
def test_counts_are_at_least_1(name):
    with pytest.raises(SettingError, match=f"{name} of the preset must be at least 1; given 0"):
        Recipe(**{name: 0})


def test_every_setting_is_described():
    assert all(f"        {field.name}: " in Recipe.__doc__ for field in fields(Recipe))
