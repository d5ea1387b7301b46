"""Tables: what is read, and the one sentence, with line and column, about what is not."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.data import csv as tables
from glassnet.data.csv import Column, Table, parse_csv, read_csv
from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, MissingFileError, SettingError


def table(text: str | bytes, **settings: object) -> Table:
    content = text.encode() if isinstance(text, str) else text
    return parse_csv(ByteReader.over(content, "t.csv"), **settings)


def test_numbers_words_and_a_target_of_words() -> None:
    read = table("weight,colour,animal\n4.5,red,cat\n20,black,dog\n-3e1,red,cat\n")
    assert read.feature_names == ("weight", "colour=black", "colour=red")
    assert read.X.tolist() == [[4.5, 0, 1], [20, 1, 0], [-30, 0, 1]]
    assert read.y is not None
    assert read.y.tolist() == ["cat", "dog", "cat"]
    assert read.columns == (Column("weight"), Column("colour", ("black", "red")))
    assert read.target == "animal"


def test_a_target_by_name_leaves_the_other_columns_in_order() -> None:
    read = table("a,b,c\n1,2,3\n4,5,6\n", target="b")
    assert read.X.tolist() == [[1, 3], [4, 6]]
    assert read.y is not None
    assert read.y.tolist() == [2, 5]
    assert read.y.dtype == np.int64


def test_a_target_that_is_not_whole_stays_a_float() -> None:
    read = table("a,b\n1,0.5\n2,1\n")
    assert read.y is not None
    assert read.y.dtype == np.float64
    assert table("a,b\n1,1e300\n").y == np.array([1e300])  # whole, but beyond 64-bit integers


@pytest.mark.parametrize(
    "text",
    [
        "a;b\n1,5;2\n",  # decimal commas
        "a\tb\n1.5\t2\n",
        '"a";"b"\n"1,5";"2"\n',
        "a,b\r\n1.5,2\r\n\r\n",
        "a,b\r1.5,2\r",
        "\ufeffa,b\n1.5,2",
        " a , b \n 1.5, 2 \n",
        '"a","b"\n"1.5","2"\n',
        '"a;x;y","b"\n1.5,2\n',
    ],
)
def test_the_spellings_of_one_table(text: str) -> None:
    read = table(text)
    assert read.X.tolist() == [[1.5]]
    assert read.y is not None
    assert read.y.tolist() == [2]


def test_a_comma_in_quotes_is_no_decimal_comma_where_commas_separate() -> None:
    assert table('a,b\n"1,234",2\n').feature_names == ("a=1,234",)


def test_quoted_words_may_hold_anything() -> None:
    read = table('note,y\n"a, ""b""\nc",1\nd,0\n')
    assert read.feature_names == ('note=a, "b"\nc', "note=d")
    assert read.X.tolist() == [[1, 0], [0, 1]]


def words() -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=["Cs", "Cc", "Z"])
    return st.text(letters, min_size=1, max_size=5).filter(lambda word: not number_like(word))


def number_like(word: str) -> bool:
    try:
        float(word.replace(",", "."))
    except ValueError:
        return False
    return True


@given(st.data(), st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_read(data: st.DataObject, delimiter: str) -> None:
    n = data.draw(st.integers(1, 6))
    kinds = data.draw(st.lists(st.booleans(), min_size=2, max_size=4))
    floats = st.floats(allow_nan=False, allow_infinity=False)
    columns = [data.draw(st.lists(floats if kind else words(), min_size=n, max_size=n)) for kind in kinds]
    names = [f"column {i}{delimiter}{'quoted' * i}" for i in range(len(kinds))]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    read = table(text.getvalue())
    assert read.y is not None
    assert read.y.tolist() == columns[-1]
    left = 0
    for kind, column, known in zip(kinds[:-1], columns[:-1], read.columns, strict=True):
        width = len(known.feature_names)
        part = read.X[:, left : left + width]
        if kind:
            assert part[:, 0].tolist() == column
        else:
            assert known.categories == tuple(sorted(set(column)))
            assert [known.categories[int(row.argmax())] for row in part] == column
            assert (part.sum(axis=1) == 1).all()
        left += width
    assert left == read.X.shape[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "t.csv is empty; a table begins with the names of its columns"),
        ("\n\n", "t.csv begins with an empty line"),
        ("a,b\n", "t.csv has a header but no rows"),
        ("a\n1\n", "t.csv has only one column, 'a'"),
        ("a,b\n1,2\n3\n", "t.csv, line 3: 1 cells, but the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "t.csv, line 3: 3 cells, but the header has 2"),
        ("a,b\n1,2\n,4\n", "t.csv, line 3, column 'a' is empty; fill it in or leave the row out"),
        ("a,b\n  ,4\n", "t.csv, line 2, column 'a' is empty"),
        ("a,b\n1,2\n3,nan\n", "t.csv, line 3, column 'b' is 'nan', not a finite number"),
        ("a,b\nNaN,2\n", "t.csv, line 2, column 'a' is 'NaN', not a finite number"),
        ("a,b\n1,2\n-inf,2\n", "t.csv, line 3, column 'a' is '-inf', not a finite number"),
        ("a,b\n1,2\n1e999,2\n", "t.csv, line 3, column 'a' is '1e999', not a finite number"),
        ("a,b\n1,2\nNA,2\n", "t.csv, line 3, column 'a' is 'NA', not a number as in the rows above"),
        ("a,b\nred,2\n5,2\n", "t.csv, line 3, column 'a' is '5', a number, not a word as in the rows above"),
        ("a,b\nred,2\nnan,2\n", "t.csv, line 3, column 'a' is 'nan', not a word"),
        ("a,b,a\n1,2,3\n", "t.csv: the header has the column 'a' twice"),
        ("a,,c\n1,2,3\n", "t.csv: column 2 of the header has no name"),
        ("5.1,3.5\n4.9,3.0\n", "t.csv begins with numbers, not with the names of its columns: add a header line"),
        ('a,b\n1,"2\n', "t.csv, line 2: unexpected end of data"),
        ('a,b\n"1"x,2\n', "t.csv, line 2: ',' expected after '\"'"),
        ("a,b\n" + "1" * 200_000 + ",2\n", "t.csv, line 2: field larger than field limit"),
        (b"a,b\n1,caf\xe9\n", "t.csv is not UTF-8 text"),
        ("a,b\n1,2\n".encode("utf-16"), "t.csv is not UTF-8 text"),
        ("a,b\n1,2\n".encode("utf-16-le"), "t.csv is not a text file"),
        (b"\x00\x01\x02", "t.csv is not a text file"),
        ("a,b\n" + "".join(f"w{i},{i}\n" for i in range(1001)), "column 'a' holds 1001 different words; at most 1000"),
        ("a,b\n" + "9" * 5000 + ",1\n", "not a finite number"),
        ("a,b\n1," + "w" * 5000 + "\n", "a text of 5000 characters, too long for the name of a class"),
        ("a," + "b" * 5000 + "\n1,2\n", "the name of a column has 5000 characters; at most 100"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        table(text)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_an_unknown_target_gets_the_nearest_name() -> None:
    with pytest.raises(SettingError, match="There is no column 'speices'; did you mean 'species'"):
        table("width,species\n1,a\n", target="speices")
    with pytest.raises(SettingError, match="did you mean 'pixel77'") as caught:
        table(",".join(f"pixel{i}" for i in range(784)) + "\n" + "0," * 783 + "0\n", target="pixl77")
    assert len(str(caught.value)) < 300


def test_columns_named_by_number_as_pandas_writes_them() -> None:
    assert table("0,1\n5,6\n").feature_names == ("0",)


def test_a_later_table_is_read_as_the_first_was() -> None:
    first = table("colour,weight,animal\nred,1,cat\nblack,2,dog\n")
    later = table("weight,extra,colour\n7,0,red\n", columns=first.columns)
    assert later.X.tolist() == [[0, 1, 7]]
    assert later.feature_names == first.feature_names
    with_target = table("weight,colour,animal\n7,red,dog\n", columns=first.columns, target="animal")
    assert with_target.y is not None
    assert with_target.y.tolist() == ["dog"]
    assert table("weight,colour\n7,red\n", columns=first.columns, target="animal").y is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("weight\n1\n", "t.csv has no column 'colour', which the network was trained on"),
        ("weight,colour\n1,red\n1,green\n", "line 3, column 'colour' is 'green', a word that is none of the 2 known"),
        ("weight,colour\nheavy,red\n", "column 'weight' holds words; the network was trained on numbers"),
        ("weight,colour\n1,3\n", "column 'colour' holds numbers; the network was trained on words"),
    ],
)
def test_a_later_table_that_does_not_fit_is_one_sentence(text: str, sentence: str) -> None:
    columns = table("colour,weight,animal\nred,1,cat\nblack,2,dog\n").columns
    with pytest.raises(DataError) as caught:
        table(text, columns=columns)
    assert sentence in str(caught.value)


def pixels(largest: int, columns: int = 64) -> str:
    header = ",".join(["label", *(f"p{i}" for i in range(columns))])
    row = ",".join(["1", *(str(i % (largest + 1)) for i in range(columns - 1)), str(largest)])
    return f"{header}\n{row}\n"


def test_a_table_of_pixels_is_kept_as_bytes() -> None:
    read = table(pixels(255), target="label")
    assert read.X.dtype == np.uint8
    assert read.X[0, -1] == 255
    assert all(column.pixels for column in read.columns)
    # One faint picture alone would not be known as pixels; the columns of the training data say it.
    faint = table(pixels(100), target="label", columns=read.columns)
    assert faint.X.dtype == np.uint8
    with pytest.raises(DataError, match=r"other numbers than the pixels 0\.\.255"):
        table(pixels(300), columns=read.columns)


def test_what_is_no_table_of_pixels_stays_numbers() -> None:
    for text in (pixels(16), pixels(256), pixels(255, 48), pixels(255).replace(",0,", ",0.5,")):
        assert table(text, target="label").X.dtype == np.float64


def test_one_hot_columns_beyond_the_memory_are_refused() -> None:
    rows = "".join(f"w{i % 1000},0\n" for i in range(20_000))
    with pytest.raises(DataError, match=r"t\.csv would become 160\.\d MB of one-hot columns"):
        table("word,y\n" + rows)


def test_reading_takes_a_few_times_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("a,b,c\n" + "0.125,red,1\n" * 100_000)
    tracemalloc.start()
    read = read_csv(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read.X.shape == (100_000, 2)
    assert peak < 12 * path.stat().st_size


def test_a_file_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CSV_LIMIT", 1000)
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 500)
    with pytest.raises(DataError, match="holds more than the 1000 bytes that are read of such a file"):
        read_csv(tmp_path / "t.csv")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="There is no file"):
        read_csv(tmp_path / "none.csv")


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text('ab1.,;\n"\r ', max_size=60)


@given(ANY_TEXT.map(str.encode) | st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    try:
        read = table(content)
    except DataError:
        return
    assert np.isfinite(read.X).all()
    assert read.y is not None
    assert len(read.X) == len(read.y) > 0
