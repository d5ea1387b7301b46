"""Tables taken apart: what every library's columns are, what is missing, and what is refused in a sentence."""

import datetime
from decimal import Decimal

import numpy as np
import pandas
import polars
import pytest

from glassnet.errors import DataError, ShapeError, TypeNotUsableError
from glassnet.estimators.frames import columns_of, names_of

COLUMNS = {
    "size": [60.0, None, 95.0],
    "rooms": [2, 3, 4],
    "lift": [True, False, True],
    "city": ["Thun", None, "Chur"],
}
ROWS = [list(row) for row in zip(*COLUMNS.values(), strict=True)]
TABLES = {
    "pandas": pandas.DataFrame(COLUMNS),
    "pandas, nullable": pandas.DataFrame(COLUMNS).convert_dtypes(),
    "pandas, categories": pandas.DataFrame(COLUMNS).astype({"city": "category"}),
    "pandas, objects": pandas.DataFrame(COLUMNS).astype(object),
    "polars": polars.DataFrame(COLUMNS),
    "polars, categories": polars.DataFrame(COLUMNS).with_columns(polars.col("city").cast(polars.Categorical)),
    "NumPy, objects": np.array(ROWS, object),
    "NumPy, text": np.array([["60", "2", "1", "Thun"], ["", "3", "0", "nan"], ["95", "4", "1", "Chur"]]),
    "NumPy, bytes": np.array([["60", "2", "1", "Thun"], ["", "3", "0", ""], ["95", "4", "1", "Chur"]], "S"),
    "rows": ROWS,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_library_gives_the_same_columns(table):
    size, rooms, lift, city = columns_of(table)
    assert [column.kind for column in (size, rooms, lift, city)] == ["numbers", "numbers", "numbers", "words"]
    np.testing.assert_array_equal(size.values, [60.0, np.nan, 95.0])
    np.testing.assert_array_equal(rooms.values, [2, 3, 4])
    np.testing.assert_array_equal(lift.values, [1, 0, 1])
    assert [city.values[0], city.values[2]] == ["Thun", "Chur"]
    assert size.missing.tolist() == city.missing.tolist() == [False, True, False]
    assert not rooms.missing.any()
    assert not lift.missing.any()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_names_are_those_of_the_table(table):
    named = hasattr(table, "columns")
    assert names_of(table) == (tuple(COLUMNS) if named else None)
    assert [column.name for column in columns_of(table)] == (list(COLUMNS) if named else ["x0", "x1", "x2", "x3"])


def test_names_that_are_no_words_are_none():
    frame = pandas.DataFrame([[1.0, 2.0]])
    assert names_of(frame) is None
    assert [column.name for column in columns_of(frame)] == ["0", "1"]


def test_two_columns_of_one_name_stay_two():
    frame = pandas.DataFrame([[1.0, "a"], [2.0, "b"]], columns=["x", "x"])
    assert [column.kind for column in columns_of(frame)] == ["numbers", "words"]


def test_categories_that_are_numbers_are_words():
    (code,) = columns_of(pandas.DataFrame({"code": pandas.Categorical([3, 1, None])}))
    assert (code.kind, code.values.tolist()[:2], code.missing.tolist()) == ("words", ["3", "1"], [False, False, True])


@pytest.mark.parametrize(
    ("values", "kind", "missing"),
    [
        ([None, None], "empty", [True, True]),
        ([float("nan"), None], "empty", [True, True]),
        ([pandas.NaT, pandas.NA], "empty", [True, True]),
        ([pandas.NA, 2], "numbers", [True, False]),
        ([pandas.NA, "a"], "words", [True, False]),
        ([Decimal("1.5"), Decimal("nan")], "numbers", [False, True]),
        ([np.float32(1.5), np.int8(3)], "numbers", [False, False]),
        ([np.bool_(True), False], "numbers", [False, False]),
        ([np.str_("a"), "b"], "words", [False, False]),
    ],
)
def test_objects_are_what_they_are(values, kind, missing):
    (column,) = columns_of(np.array(values, object).reshape(-1, 1))
    assert (column.kind, column.missing.tolist()) == (kind, missing)


DAY = datetime.date(2026, 11, 25)


@pytest.mark.parametrize(
    "table",
    [
        pandas.DataFrame({"sold": pandas.to_datetime(["2026-11-25", None])}),
        pandas.DataFrame({"sold": pandas.to_datetime(["2026-11-25", None]).tz_localize("UTC")}),
        pandas.DataFrame({"sold": pandas.to_timedelta([1, 2], unit="D")}),
        pandas.DataFrame({"sold": pandas.period_range("2026-01", periods=2, freq="M")}),
        pandas.DataFrame({"sold": pandas.Categorical([DAY, None])}),
        pandas.DataFrame({"sold": [None, DAY]}),
        polars.DataFrame({"sold": [DAY, None]}),
        polars.DataFrame({"sold": [datetime.time(12), None]}),
        polars.DataFrame({"sold": ["2026-11-25", None, "2026-11-26 09:30"]}),
        pandas.DataFrame({"sold": ["25.11.2026", "1/2/2026"]}),
    ],
    ids=[
        "datetime",
        "time zone",
        "timedelta",
        "period",
        "categories",
        "objects",
        "polars",
        "polars times",
        "ISO",
        "days",
    ],
)
def test_dates_are_told_what_to_do(table):
    with pytest.raises(TypeNotUsableError, match=r"Column 'sold' holds dates or times.*derive.*weekday"):
        columns_of(table)


@pytest.mark.parametrize(
    ("table", "error", "says"),
    [
        ([["n/a"], [3], [4]], DataError, "holds words and numbers: 'n/a' in row 0 among numbers such as 3"),
        ([[1.0], [float("inf")], [float("-inf")]], DataError, r"holds inf in row 1 \(and 1 more\).*write NaN"),
        ([[[1, 2]], [[3]]], (ShapeError, TypeNotUsableError), "type list|shape"),
        ([[1 + 2j]], TypeNotUsableError, "values of the type complex"),
        (np.array([[1 + 2j]]), TypeNotUsableError, "complex128"),
        ([[{"a": 1}]], TypeNotUsableError, "values of the type dict"),
        ([[b"a"]], TypeNotUsableError, "values of the type bytes"),
        ([[1, 2], [3]], ShapeError, "different lengths"),
        ([1, 2], ShapeError, "has the shape.*Reshape your data"),
        (np.zeros((0, 3)), ShapeError, r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required"),
        (np.zeros((3, 0)), ShapeError, r"0 feature\(s\) \(shape=\(3, 0\)\)"),
        (pandas.DataFrame({"a": []}), ShapeError, r"0 sample\(s\) \(shape=\(0, 1\)\)"),
        (polars.DataFrame({"a": [[1], [2]]}), TypeNotUsableError, "numbers or words"),
        (polars.LazyFrame({"a": [1]}), TypeNotUsableError, r"give X.collect\(\)"),
    ],
)
def test_what_is_no_table_of_numbers_and_words_is_one_sentence(table, error, says):
    with pytest.raises(error, match=says):
        columns_of(table)


def test_a_sparse_matrix_is_sent_another_way():
    class Sparse:
        def tocsr(self):
            return self

    with pytest.raises(TypeNotUsableError, match="sparse matrix: leave preprocess at None"):
        columns_of(Sparse())
