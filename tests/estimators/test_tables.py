"""A table as the input of a network: the same columns at every prediction, and what travels."""

import pickle

import numpy as np
import pandas
import polars
import pytest

import glassnet as gn
from glassnet.errors import DataError, ShapeError
from glassnet.estimators.tables import Table, target_scale

RANDOM = np.random.default_rng(5)
COUNT = 300
STREETS = np.array([f"street {k:02}" for k in range(30)])
FLATS = pandas.DataFrame(
    {
        "country": "CH",
        "size": np.where(RANDOM.random(COUNT) < 0.1, np.nan, RANDOM.lognormal(4, 0.6, COUNT)),
        "city": RANDOM.choice(["Basel", "Chur", "Thun"], COUNT),
        "street": RANDOM.choice(STREETS, COUNT),
        "lift": RANDOM.random(COUNT) < 0.5,
    }
)
NAMES = ("size", "size is missing", "city=Basel", "city=Chur", "city=Thun", "lift", "street")
EFFECT = dict(zip(STREETS, RANDOM.normal(size=30), strict=True))
RENT = 500 + 100 * FLATS["street"].map(EFFECT) + 200 * (FLATS["city"] == "Chur") + 50 * FLATS["lift"]


def test_plain_columns_stand_first_and_codes_last():
    table = Table.learn(FLATS)
    assert table.names == NAMES
    assert table.left_out == ("country",)
    rows = table.matrix(FLATS)
    assert (rows.shape, rows.dtype) == ((COUNT, len(NAMES)), np.float32)
    assert set(rows[:, -1]) <= set(range(32))
    assert table.layers() == (gn.Embedding([31], 8, columns=[6]),)


def test_bins_stand_behind_all_others_and_are_left_off_together():
    table = Table.learn(FLATS, bins=4)
    assert table.names == (*NAMES, "size in bin 1", "size in bin 2", "size in bin 3", "size in bin 4")
    assert table.width == len(NAMES)
    assert table.without_bins() == Table.learn(FLATS)
    assert table.layers() == Table.learn(FLATS).layers()
    np.testing.assert_array_equal(table.matrix(FLATS)[:, : len(NAMES)], Table.learn(FLATS).matrix(FLATS))


def test_streets_are_columns_where_so_many_are_asked_for():
    table = Table.learn(FLATS, one_hot=30)
    assert table.layers() == ()
    assert table.matrix(FLATS).shape == (COUNT, len(NAMES) - 1 + 30)


@pytest.mark.parametrize(
    "other",
    [polars.DataFrame(FLATS.to_dict("list"), nan_to_null=True), FLATS.to_numpy(object)],
    ids=["polars", "NumPy"],
)
def test_every_library_gives_the_same_rows(other):
    table = Table.learn(FLATS)
    np.testing.assert_array_equal(table.matrix(other), table.matrix(FLATS))
    np.testing.assert_array_equal(Table.learn(other).matrix(other), table.matrix(FLATS))


def test_a_row_is_the_same_in_any_company():
    table = Table.learn(FLATS)
    np.testing.assert_array_equal(table.matrix(FLATS[7:8]), table.matrix(FLATS)[7:8])


def test_rows_are_finite_whatever_comes():
    table = Table.learn(FLATS)
    strange = FLATS[:2].assign(size=[1e308, -1e308], city=["Genf", None], street=[None, "no street"], lift=None)
    assert np.isfinite(table.matrix(strange)).all()


def test_a_table_learns_without_looking_at_what_is_predicted():
    table = Table.learn(FLATS)
    before = table.config()
    table.matrix(FLATS[:10].assign(size=1e6))
    assert table.config() == before


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (
            lambda X: X[["size", "country", "city", "street", "lift"]],
            DataError,
            "has the column 'size' where.*'country'",
        ),
        (lambda X: X.rename(columns={"city": "town"}), DataError, "'town' where the table that was learned has 'city'"),
        (lambda X: X[["country"]], ShapeError, "1 columns, and the table that was learned has 5"),
        (lambda X: X.assign(size="large"), DataError, "Column 'size' holds words, and numbers when it was learned"),
        (lambda X: X.assign(city=3.0), DataError, "Column 'city' holds numbers, and words when it was learned"),
    ],
    ids=["order", "name", "number", "words for numbers", "numbers for words"],
)
def test_another_table_is_refused(change, error, says):
    with pytest.raises(error, match=says):
        Table.learn(FLATS).matrix(change(FLATS))


def test_a_table_that_says_nothing_is_refused():
    with pytest.raises(DataError, match="None of the 2 columns"):
        Table.learn([["a", 1], ["b", 1]])


def test_it_travels_by_pickle_and_as_plain_data():
    table = Table.learn(FLATS)
    assert pickle.loads(pickle.dumps(table)) == table
    assert Table.from_config(table.config()) == table


def test_bins_are_for_tables_of_few_columns_of_numbers():
    rows = np.random.default_rng(0).normal(size=(40, 101))
    assert Table.learn(rows[:, :100], bins=4).width < len(Table.learn(rows[:, :100], bins=4).names)
    assert Table.learn(rows, bins=4).width == len(Table.learn(rows, bins=4).names) == 101


@pytest.mark.parametrize("forged", [None, [], {}, {"columns": 3}, {"columns": [3]}, {"columns": ["numbers"]}])
def test_a_forged_description_is_one_sentence(forged):
    with pytest.raises(DataError, match=r"describes? no|no description"):
        Table.from_config(forged)


def test_a_network_learns_from_it_and_the_model_file_takes_it_along(tmp_path):
    table, scale = Table.learn(FLATS), target_scale(RENT)
    net = gn.Network([*table.layers(), gn.Dense(16, "relu"), gn.Dense(1), scale])
    net.about["table"] = table.config()
    optimizer = gn.optimizers.Adam(0.01)
    net.fit(table.matrix(FLATS), RENT, optimizer=optimizer, epochs=60, engine="reference")
    assert net.evaluate(table.matrix(FLATS), RENT)["r2"] > 0.9
    net.save(tmp_path / "rents.safetensors")
    again = gn.load(tmp_path / "rents.safetensors")
    new = FLATS[:5].assign(street="unknown")
    rents = again.predict(Table.from_config(again.about["table"]).matrix(new))
    np.testing.assert_array_equal(rents, net.predict(table.matrix(new)))


def test_targets_are_brought_to_a_common_size_and_back():
    scale = target_scale([[10.0, 5.0], [30.0, 5.0]])
    assert (scale.factor, scale.offset) == ((10.0, 1.0), (20.0, 5.0))
    with pytest.raises(DataError, match="NaN or infinity"):
        target_scale([1.0, np.nan])
