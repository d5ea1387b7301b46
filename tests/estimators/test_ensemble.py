"""The ensemble of `preset="modern"`: who judges, who counts, on which rows, and that the weighted mean is right."""

import os
import pickle
import signal
from dataclasses import replace

import numpy as np
import pytest

import glassnet as gn
from glassnet.estimators.ensemble import FEW, Ensemble, Examples, Training, blended, folds, judge, train
from glassnet.estimators.modern import Recipe

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(240, 4)).astype(np.float32)
BINNED = np.hstack([X, np.sign(X)])  # four columns, and four more for variants that are binned
RINGS = np.digitize((X[:, :2] ** 2).sum(axis=1), [0.8, 2.2])
NUMBERS = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
LABELS = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2]]).astype(int)
ONE = Recipe(variants=((0.01, False),), hidden=(32,), members=2, epochs=60, learning_rate=0.02, dropout=0.0)
TWO = replace(ONE, variants=((0.01, False), (300.0, False)), judges=2, epochs=30)  # the second hardly learns at all


def trained(y, kind, outputs, recipe=ONE, rows=X, **settings):
    return train(recipe, rows, y, kind, outputs, metrics=(), **settings)


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


# ---- how much each counts --------------------------------------------------------------------------------------------


def test_the_best_alone_counts_where_no_mean_is_better():
    T = np.array([[0.0], [1.0], [2.0]])
    assert blended(T, [T + 3, T, T + 1], "numbers") == (0.0, 1.0, 0.0)


def test_two_that_err_in_opposite_ways_count_together():
    """Errors 1 and -2 cancel where the first counts twice: 0.7 and 0.3 is as near as tenths come."""
    T = np.array([[0.0], [1.0], [2.0]])
    assert blended(T, [T + 1, T - 2], "numbers") == (0.7, 0.3)


def test_rows_of_weight_zero_do_not_judge():
    T, weight = np.array([[0.0], [0.0]]), np.array([1.0, 0.0])
    assert blended(T, [np.array([[0.0], [9.0]]), np.array([[1.0], [0.0]])], "numbers", weight) == (1.0, 0.0)


def test_a_probability_of_zero_is_a_large_loss_and_not_an_infinite_one():
    T = np.eye(2)[[0] * 100]
    sure, unsure = np.tile([1.0, 0.0], (100, 1)), np.tile([0.5, 0.5], (100, 1))
    sure[0] = [0.0, 1.0]
    assert blended(T, [sure, unsure], "classes")[0] > 0.5


def test_a_variant_that_does_not_learn_has_no_members():
    ensemble = trained(RINGS, "classes", 3, TWO)
    assert ensemble.weights == (0.5, 0.5)
    assert {member.layers[0].l2_shared for member in ensemble.members} == {0.005}


def test_of_many_rows_one_part_judges_and_two_members_are_trained():
    recipe = replace(TWO, members=3, many=240, judges=4)
    ensemble = trained(RINGS, "classes", 3, recipe)
    assert ensemble.weights == (0.5, 0.5)
    assert [run.rows for run in ensemble.runs] == [240, 240]
    assert [(recipe.judged(rows), recipe.trained(rows)) for rows in (239, 240)] == [(4, 3), (1, 2)]


def test_one_part_of_many_rows_is_left_out_by_one_network_of_each_variant():
    fits = []

    class Spied(Training):
        def fit(self, variant, rows, number, **settings):
            fits.append((len(rows.T), len(settings["held"].T)))
            return super().fit(variant, rows, number, **settings)

    recipe = replace(TWO, many=240, judges=4, epochs=2)
    training = Spied(recipe, "classes", 3, 4, (), 0, {"metrics": ()})
    shares = judge(training, recipe.variants, Examples.of(X, RINGS, None, "classes", 3), RINGS, first=0).shares
    assert fits == [(180, 60)] * 2
    assert sum(shares) == pytest.approx(1)


def test_without_blending_all_count_alike():
    ensemble = trained(RINGS, "classes", 3, replace(TWO, blend=False, epochs=2))
    assert ensemble.weights == (0.25, 0.25, 0.25, 0.25)


def test_given_validation_data_judge():
    ensemble = trained(RINGS, "classes", 3, TWO, validation_data=(X[:50], RINGS[:50]))
    assert ensemble.weights == (0.5, 0.5)
    assert [run.rows for run in ensemble.runs] == [240, 240]


# ---- what is learned -------------------------------------------------------------------------------------------------


def test_classes_are_learned_and_their_probabilities_are_the_weighted_mean():
    ensemble = trained(RINGS, "classes", 3)
    P = ensemble.outputs(X)
    assert P.dtype == np.float32
    assert P.sum(axis=1) == pytest.approx(np.ones(len(X)))
    assert (P.argmax(axis=1) == RINGS).mean() > 0.85
    first, second = (member.outputs(X) for member in ensemble.members)
    np.testing.assert_allclose(
        Ensemble(ensemble.members, (0.75, 0.25)).outputs(X), 0.75 * first + 0.25 * second, rtol=1e-5
    )


def test_numbers_are_learned():
    outputs = trained(NUMBERS, "numbers", 1).outputs(X)
    assert 1 - np.mean((outputs[:, 0] - NUMBERS) ** 2) / NUMBERS.var() > 0.7


def test_labels_are_learned():
    assert ((trained(LABELS, "labels", 2).outputs(X) > 0.5) == LABELS).mean() > 0.9


def test_only_variants_that_are_binned_see_the_bins():
    recipe = replace(ONE, variants=((0.1, False), (0.1, True)), blend=False, epochs=2)
    ensemble = trained(RINGS, "classes", 3, recipe, BINNED, width=4)
    assert [member.input_shape for member in ensemble.members] == [(4,), (4,), (8,), (8,)]
    assert ensemble.outputs(BINNED).shape == (240, 3)


def test_members_learn_from_all_rows_and_have_starts_of_their_own():
    ensemble = trained(NUMBERS, "numbers", 1, TWO)
    assert {run.rows for run in ensemble.runs} == {240}
    assert len({run.program.seed for run in ensemble.runs}) == len(ensemble.runs)


def test_members_end_after_as_many_epochs_as_were_best_for_the_judges():
    recipe = replace(ONE, learning_rate=0.1, epochs=40, best_epoch=True, judges=3, patience=3)
    lengths = {len(run.history) for run in trained(NUMBERS, "numbers", 1, recipe).runs}
    assert len(lengths) == 1
    assert max(lengths) < 40


def test_on_validation_data_each_member_has_the_weights_of_its_best_epoch():
    recipe = replace(ONE, learning_rate=0.1, epochs=20, best_epoch=True)
    held = (X[:50], NUMBERS[:50])
    ensemble = trained(NUMBERS, "numbers", 1, recipe, validation_data=held)
    for member, run in zip(ensemble.members, ensemble.runs, strict=True):
        best = min(record["val_loss"] for record in run.history)
        assert member.evaluate(held[0], held[1][:, None])["loss"] == pytest.approx(best, rel=1e-5)


def test_few_rows_are_not_divided():
    rows = FEW - 1
    ensemble = train(replace(TWO, epochs=2), X[:rows], RINGS[:rows], "classes", 3)
    assert ensemble.weights == (0.25, 0.25, 0.25, 0.25)


def test_a_row_of_weight_zero_is_not_learned_from():
    weights = np.ones(240, np.float32)
    weights[::2] = 0
    wrong = np.where(weights == 0, 50.0, NUMBERS)
    recipe = replace(ONE, members=1)
    with_wrong = trained(wrong, "numbers", 1, recipe, sample_weight=weights).outputs(X)
    with_right = trained(NUMBERS, "numbers", 1, recipe, sample_weight=weights).outputs(X)
    np.testing.assert_array_equal(with_wrong, with_right)


def test_the_seed_decides_every_bit():
    first, again, other = (trained(RINGS, "classes", 3, TWO, seed=seed).outputs(X) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_it_travels_by_pickle():
    ensemble = trained(RINGS, "classes", 3, replace(ONE, epochs=2))
    again = pickle.loads(pickle.dumps(Ensemble(ensemble.members, ensemble.weights)))
    np.testing.assert_array_equal(again.outputs(X), ensemble.outputs(X))


class Press(gn.Callback):
    """Presses Ctrl-C in this epoch of the network with this number, judges counted, too; by default after the last."""

    watches = True

    def __init__(self, network, epoch=None):
        self.left, self.epoch = network, epoch

    def on_epoch_end(self, run, record):
        if self.left == 0 and record["epoch"] == self.epoch:
            os.kill(os.getpid(), signal.SIGINT)

    def on_fit_end(self, run):
        if self.left == 0 and self.epoch is None:
            os.kill(os.getpid(), signal.SIGINT)
        self.left -= 1


def test_ctrl_c_keeps_the_networks_that_are_whole():
    recipe = replace(TWO, variants=((0.01, False), (0.02, False)), blend=False, best_epoch=False)  # nobody judges
    whole = trained(RINGS, "classes", 3, recipe)
    for number, counts in ((1, (1.0,)), (3, (0.25, 0.25, 0.5))):
        with pytest.warns(UserWarning, match=f"of 4 networks {number} learned"):
            some = trained(RINGS, "classes", 3, recipe, watchers=[Press(number, 2)])
        assert some.weights == counts
        for mine, theirs in zip(some.members, whole.members, strict=False):
            np.testing.assert_array_equal(mine.parameters().flat, theirs.parameters().flat)


def test_ctrl_c_in_the_first_network_keeps_what_it_learned():
    with pytest.warns(UserWarning, match="of 2 networks 1 learned"):
        some = trained(RINGS, "classes", 3, watchers=[Press(0, 3)])
    assert [len(run.history) for run in some.runs] == [3]


@pytest.mark.parametrize("epoch", [2, None])
def test_ctrl_c_among_the_judges_leaves_nothing_to_predict_with(epoch):
    judges = Press(1, epoch)
    with pytest.raises(KeyboardInterrupt):
        trained(RINGS, "classes", 3, TWO, watchers=[judges])
    assert judges.left == -1  # no other network after that


def test_ctrl_c_between_two_networks_ends_it_too_and_means_what_it_did_before_afterwards():
    recipe = replace(TWO, variants=((0.01, False), (0.02, False)), blend=False, best_epoch=False)
    before = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match="of 4 networks 3 learned"):
        some = trained(RINGS, "classes", 3, recipe, watchers=[Press(2)])
    assert [run.ended for run in some.runs] == ["finished"] * 3
    assert signal.getsignal(signal.SIGINT) is before
    trained(RINGS, "classes", 3, recipe, watchers=[Press(3)])  # all were whole by then: nothing to warn of


def test_runs_are_those_of_the_members(tmp_path):
    trained(RINGS, "classes", 3, replace(TWO, epochs=2, blend=False), out=tmp_path / "runs")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["0", "1", "2", "3"]
    assert gn.load_run(tmp_path / "runs" / "3").verify()
