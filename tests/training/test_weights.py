"""Weights of classes: the same numbers as weights of rows, in the run's card, and in what is made again."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, SettingError
from glassnet.maths import losses
from glassnet.training.targets import learn
from glassnet.training.weights import class_weights, row_weights

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(60, 4))
WORDS = np.array(["cat", "dog", "goat"])[np.repeat([0, 1, 2], [40, 15, 5])]
OWN = RANDOM.uniform(0, 2, 60)
BY_WORD = {"dog": 3.0, "goat": 0.5}
BY_ROW = np.select([WORDS == "dog", WORDS == "goat"], [3.0, 0.5], 1.0)


def trained(y=WORDS, units=3, engine="reference", **settings):
    net = gn.Network([gn.Dense(units)])
    return net, net.fit(X, y, epochs=3, batch_size=16, dtype="float64", engine=engine, **settings)


@pytest.mark.parametrize("own", [None, OWN], ids=["", "beside weights of rows"])
@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_a_class_weight_is_a_weight_of_its_rows(own, engine):
    rows = BY_ROW if own is None else BY_ROW * own
    by_class, first = trained(class_weight=BY_WORD, sample_weight=own, engine=engine)
    by_row, second = trained(sample_weight=rows, engine=engine)
    np.testing.assert_array_equal(by_class.parameters().flat, by_row.parameters().flat)
    assert [epoch["loss"] for epoch in first.history] == [epoch["loss"] for epoch in second.history]


def coded(y, loss="sparse_categorical_crossentropy", outputs=3):
    coding = learn(losses.get(loss), y, outputs)
    return coding, coding.encode(y, np.float64)


def test_balanced_classes_count_alike():
    coding, encoded = coded(WORDS)
    weights = class_weights("balanced", coding, encoded)
    assert weights == (60 / (3 * 40), 60 / (3 * 15), 60 / (3 * 5))
    rows = row_weights(weights, coding, encoded, None)
    assert [rows[word == WORDS].sum() for word in ("cat", "dog", "goat")] == pytest.approx([20, 20, 20])


def test_balanced_where_a_class_does_not_occur():
    y = np.array([0, 0, 0, 2])
    assert class_weights("balanced", *coded(y))[::2] == (4 / (2 * 3), 4 / 2)


@pytest.mark.parametrize(
    ("y", "loss", "outputs", "given", "expected"),
    [
        (np.array([0, 1, 1]), "binary_crossentropy", 1, {1: 2.0}, (1.0, 2.0)),
        (np.array(["no", "yes"]), "hinge", 1, {"no": 0.0}, (0.0, 1.0)),
        (np.eye(3)[[0, 2, 1]], "categorical_crossentropy", 3, {2: 4.0}, (1.0, 1.0, 4.0)),
        (WORDS, "categorical_hinge", 3, BY_WORD, (1.0, 3.0, 0.5)),
    ],
)
def test_labels_are_those_of_the_targets(y, loss, outputs, given, expected):
    assert class_weights(given, *coded(y, loss, outputs)) == expected


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"cow": 1.0}, SettingError, "'cow', which is none of the classes"),
        ({"cat": -1.0}, DataError, "at least 0; that of 'cat' is -1.0"),
        ({"cat": float("nan")}, DataError, "at least 0; that of 'cat' is nan"),
        ({"cat": "2"}, DataError, "that of 'cat' is '2'"),
        (dict.fromkeys(("cat", "dog", "goat"), 0.0), DataError, "leaves nothing to learn"),
        ("even", SettingError, "\"balanced\"; given 'even'"),
        ([1.0, 2.0, 3.0], SettingError, "is a dictionary"),
    ],
)
def test_weights_that_cannot_be_used_change_nothing(given, error, says):
    net = gn.Network([gn.Dense(3)])
    with pytest.raises(error, match=says):
        net.fit(X, WORDS, class_weight=given)
    assert net.state is None


def test_numbers_and_several_answers_have_no_class_weights():
    for y, loss, units in ((X[:, 0], "mse", 1), (np.float64(X[:, :2] > 0), "binary_crossentropy", 2)):
        with pytest.raises(SettingError, match="rows that have one class each"):
            trained(y, units, loss=loss, class_weight="balanced")


def test_together_they_may_leave_nothing():
    with pytest.raises(DataError, match="leave every row with the weight 0"):
        trained(class_weight={"cat": 0.0}, sample_weight=np.float64(WORDS == "cat"))


def test_the_card_keeps_them_and_a_run_is_made_again_with_them(tmp_path):
    _, run = trained(class_weight=BY_WORD, sample_weight=OWN, out=tmp_path / "run")
    card = json.loads((tmp_path / "run/run.json").read_text())
    assert card["settings"]["class_weight"] == [1.0, 3.0, 0.5]
    loaded = gn.load_run(tmp_path / "run")
    assert loaded.class_weight == run.class_weight == (1.0, 3.0, 0.5)
    assert loaded.verify()
    assert loaded.replay(5).loss == run.replay(5).loss


@pytest.mark.parametrize("forged", [[1.0, 2.0], [1.0, -2.0, 1.0], ["1", 1.0, 1.0], 3.0])
def test_a_forged_card_is_one_sentence(tmp_path, forged):
    trained(class_weight=BY_WORD, out=tmp_path / "run")
    path = tmp_path / "run/run.json"
    card = json.loads(path.read_text())
    card["settings"]["class_weight"] = forged
    path.write_text(json.dumps(card))
    with pytest.raises(DataError, match=r"class weights"):
        gn.load_run(tmp_path / "run").verify()
