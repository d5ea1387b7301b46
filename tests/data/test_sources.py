"""Data by name or by file, and every reason why it is not to be had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.data import open_part, open_source, sources
from glassnet.data.idx import write_idx
from glassnet.data.mnist import MNIST
from glassnet.errors import DataError, GlassnetError, MissingFileError, SettingError

RNG = np.random.default_rng(0)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    path = tmp_path / "pets.csv"
    rows = [f"{i},{'red' if i % 3 else 'black'},{'cat' if i < 20 else 'dog'}" for i in range(40)]
    path.write_text("\n".join(["weight,colour,animal", *rows]))
    return path


def test_the_digits() -> None:
    data = open_source("digits")
    assert (data.X_train.shape, data.X_train.dtype, data.X_test.shape) == ((1437, 64), np.float32, (360, 64))
    assert (data.name, data.kind, data.image_shape) == ("digits", "classes", (8, 8))
    assert data.classes is not None
    assert data.classes.tolist() == list(range(10))
    assert "Alpaydin" in data.about
    assert "CC BY 4.0" in data.about
    (X, y), (X_test, y_test) = gn.data.load("digits")
    for given, same in ((X, data.X_train), (y, data.y_train), (X_test, data.X_test), (y_test, data.y_test)):
        assert np.array_equal(given, same)


def test_mnist(mnist_dir: Path) -> None:
    (X, y), (X_test, y_test) = gn.data.load("mnist", mnist_dir)
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((60000, 784), np.uint8, (60000,), np.uint8)
    assert (X_test.shape, y_test.shape) == ((10000, 784), (10000,))
    assert open_source("mnist").image_shape == (28, 28)  # by GLASSNET_DATA


def test_a_table_is_split_by_class_and_seed(pets: Path) -> None:
    data = open_source(pets)
    assert (len(data.X_train), len(data.X_test)) == (32, 8)
    assert np.unique(data.y_test, return_counts=True)[1].tolist() == [4, 4]
    assert data.feature_names == ("weight", "colour=black", "colour=red")
    assert (data.name, data.target, data.kind, data.about) == ("pets.csv", "animal", "classes", "the file pets.csv")
    weights = np.concatenate([data.X_train[:, 0], data.X_test[:, 0]])
    assert sorted(weights) == list(range(40))
    assert open_source(pets).digest == data.digest
    assert open_source(pets, seed=1).digest != data.digest


def test_how_much_is_held_out(pets: Path, tmp_path: Path) -> None:
    for split, held in ((0.5, 20), (10, 10), (0, 0)):
        assert len(open_source(pets, split=split).X_test) == held
    assert open_source(pets, split=0).test is None
    (tmp_path / "and.csv").write_text("a,b,y\n0,0,0\n0,1,0\n1,0,0\n1,1,1\n")
    assert open_source(tmp_path / "and.csv").test is None  # four rows: nothing is held out unless asked
    assert len(open_source(tmp_path / "and.csv", split=1).X_test) == 1
    (X, y), (X_test, y_test) = gn.data.load(tmp_path / "and.csv")
    assert (X.shape, y.tolist(), X_test.shape, y_test.shape) == ((4, 2), [0, 0, 0, 1], (0, 2), (0,))


def test_a_numeric_target_can_be_declared_real_or_classes(pets: Path) -> None:
    assert open_source(pets, target="weight").kind == "real"
    assert open_source(pets, target="weight", kind="classes", split=0).kind == "classes"
    with pytest.raises(DataError, match=r"pets\.csv: the targets are words, which cannot be met as numbers"):
        open_source(pets, kind="real")
    with pytest.raises(SettingError, match="There is no kind of target 'class'; did you mean 'classes'"):
        open_source(pets, kind="class")


def test_a_table_of_square_pictures_knows_their_shape(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (20, 64))
    header = ",".join(["label", *(f"p{i}" for i in range(64))])
    lines = [",".join(map(str, [i % 2, *row])) for i, row in enumerate(pixels.tolist())]
    (tmp_path / "t.csv").write_text("\n".join([header, *lines]))
    data = open_source(tmp_path / "t.csv", target="label")
    assert (data.X_train.dtype, data.image_shape) == (np.uint8, (8, 8))


def test_an_npz_with_one_part_and_with_two(tmp_path: Path) -> None:
    X, y = RNG.normal(size=(30, 4, 5)), np.arange(30) % 3
    np.savez_compressed(tmp_path / "one.npz", X=X, y=y[:, None], other=np.ones(2))
    data = open_source(tmp_path / "one.npz")
    assert (data.X_train.shape, data.X_test.shape, data.image_shape) == ((24, 20), (6, 20), (4, 5))
    assert data.kind == "classes"
    np.savez(tmp_path / "two.npz", x_train=X[:20], y_train=y[:20], x_test=X[20:], y_test=y[20:])
    data = open_source(tmp_path / "two.npz")
    assert np.array_equal(data.X_train, X[:20].reshape(20, 20))
    assert np.array_equal(data.y_test, y[20:])
    with pytest.raises(SettingError, match="has a test part of its own"):
        open_source(tmp_path / "two.npz", split=0.5)


def test_targets_of_an_npz(tmp_path: Path) -> None:
    X = RNG.normal(size=(12, 2))

    def kind_and_targets(y: np.ndarray) -> tuple[str, list[object]]:
        np.savez(tmp_path / "x.npz", X=X, y=y)
        data = open_source(tmp_path / "x.npz", split=0)
        return data.kind, data.y_train.tolist()

    labels = [0, 1, 2] * 4
    assert kind_and_targets(np.eye(3)[labels]) == ("classes", labels)  # one-hot rows are classes
    assert kind_and_targets(np.array(["a", "b", "c"] * 4)) == ("classes", ["a", "b", "c"] * 4)
    numbers = RNG.normal(size=(12, 2))
    assert kind_and_targets(numbers) == ("real", numbers.tolist())


def test_an_npy_has_its_target_as_a_column(tmp_path: Path) -> None:
    values = np.column_stack([np.arange(12) % 2, RNG.normal(size=(12, 2)), np.arange(12)])
    np.save(tmp_path / "x.npy", values)
    data = open_source(tmp_path / "x.npy", split=0)
    assert np.array_equal(data.X_train, values[:, :3])
    assert data.kind == "real"
    data = open_source(tmp_path / "x.npy", target="0", split=0)
    assert np.array_equal(data.X_train, values[:, 1:])
    assert (data.kind, data.target) == ("classes", "0")
    with pytest.raises(SettingError, match="has the columns 0 to 3, but no column '4'"):
        open_source(tmp_path / "x.npy", target="4")


def test_a_folder_of_idx_files(tmp_path: Path) -> None:
    folder = tmp_path / "fashion"
    folder.mkdir()
    for file, n in zip(MNIST, (6, 6, 4, 4), strict=True):
        shape = (n, 2, 3) if "images" in file.name else (n,)
        write_idx(folder / f"{file.name}.gz", RNG.integers(0, 9, shape, np.uint8))
    data = open_source(folder)
    assert (data.name, data.image_shape) == ("fashion", (2, 3))
    assert (data.X_train.shape, data.X_test.shape) == ((6, 6), (4, 6))


def test_files_are_known_by_what_they_hold(tmp_path: Path, pets: Path) -> None:
    np.savez(tmp_path / "x.npz", X=np.eye(4), y=np.arange(4) % 2)
    (tmp_path / "x.npz").rename(tmp_path / "misnamed.csv")
    assert open_source(tmp_path / "misnamed.csv").X_train.shape == (4, 4)
    pets.rename(tmp_path / "pets")
    assert open_source(tmp_path / "pets").target == "animal"


def test_a_part_as_a_whole(pets: Path, tmp_path: Path) -> None:
    data = open_source(pets)
    X, y = open_part(pets, columns=data.columns)
    assert (X.shape, len(y)) == ((40, 3), 40)
    (tmp_path / "new.csv").write_text("colour,weight\nred,3\n")
    X, y = open_part(tmp_path / "new.csv", columns=data.columns)
    assert X.tolist() == [[3, 0, 1]]
    assert y is None
    (tmp_path / "one.csv").write_text("weight,colour,animal\n3,red,cat\n4,red,cat\n")
    X, y = open_part(tmp_path / "one.csv", columns=data.columns)  # one class is enough to measure on
    assert y.tolist() == ["cat", "cat"]


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        (
            "minst",
            SettingError,
            "There is no data set 'minst'; did you mean 'mnist'? Known: digits, mnist. Or name a file",
        ),
        ("nothing.csv", MissingFileError, "There is no file 'nothing.csv'."),
        ("folder/nothing", MissingFileError, "There is no file 'folder/nothing'."),
        ("", SettingError, "There is no data set ''"),
        ("a\0b", SettingError, "There is no data set"),
    ],
)
def test_what_is_not_there_is_said(name: str, error: type[GlassnetError], sentence: str) -> None:
    with pytest.raises(error) as caught:
        open_source(name)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"X": np.eye(3)}, "needs arrays X and y, or x_train, y_train, x_test and y_test; it holds X"),
        ({}, "it holds none"),
        ({"X": np.eye(3), "y": np.arange(4)}, "x.npz: x has 3 rows, but y has 4."),
        ({"X": np.array([[1.0], [np.nan]]), "y": np.arange(2)}, "x.npz: x holds nan in row 1, column 0"),
        ({"X": np.eye(2), "y": np.array([1.0, np.inf])}, "x.npz: y holds inf in row 1, column 0"),
        ({"X": np.arange(3), "y": np.arange(3)}, "x.npz: x holds int64 of shape (3,)"),
        ({"X": np.array([["a"], ["b"]]), "y": np.arange(2)}, "x.npz: x holds <U1 of shape (2, 1)"),
        ({"X": np.eye(2), "y": np.ones((2, 2, 2))}, "y float64 of shape (2, 2, 2)"),
        ({"X": np.eye(3), "y": np.ones(3)}, "every row has the target 1.0"),
        ({"X": np.ones((2, 1, 1, 1, 1)), "y": np.arange(2)}, "x.npz: x holds float64 of shape (2, 1, 1, 1, 1)"),
        (
            {"x_train": np.eye(3), "y_train": np.arange(3), "x_test": np.eye(2), "y_test": np.arange(2)},
            "the rows of its train part and of its test part have different shapes",
        ),
        ({"X": np.array([{}], object), "y": np.arange(1)}, "Python objects"),
        ({"X": np.zeros((0, 3)), "y": np.zeros(0)}, "holds no values"),
    ],
)
def test_an_npz_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str
) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(DataError) as caught:
        open_source(tmp_path / "x.npz")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.arange(3.0), "x.npy holds float64 of shape (3,)"),
        (np.eye(3)[:, :1], "of shape (3, 1)"),
        (np.array([["a", "b"]]), "x.npy holds <U1 of shape (1, 2)"),
        (np.array([[1.0, np.nan]]), "x.npy holds nan in row 0, column 1"),
    ],
)
def test_an_npy_that_cannot_be_used_is_one_sentence(tmp_path: Path, values: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(DataError) as caught:
        open_source(tmp_path / "x.npy")
    assert sentence in str(caught.value)


def test_a_table_with_one_class_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a,animal\n1,cat\n2,cat\n")
    with pytest.raises(DataError, match=r"one\.csv: every row has the class 'cat'; there is nothing to tell apart"):
        open_source(tmp_path / "one.csv")


def test_an_idx_file_by_itself_is_refused(tmp_path: Path) -> None:
    for name in ("labels", "labels.gz"):
        write_idx(tmp_path / name, np.arange(3, dtype=np.uint8))
        with pytest.raises(DataError, match="an IDX file without its labels; name the folder"):
            open_source(tmp_path / name)


def test_options_that_do_not_belong_are_refused(pets: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="digits has fixed targets and a fixed test part; 'split' is for files"):
        open_source("digits", split=0.2)
    with pytest.raises(SettingError, match="'target' is for files"):
        open_source("digits", target="label")
    with pytest.raises(SettingError, match="come with glassnet"):
        open_source("digits", tmp_path)
    with pytest.raises(SettingError, match="A folder of data is for mnist"):
        open_source(pets, tmp_path)
    np.savez(tmp_path / "x.npz", X=np.eye(2), y=np.arange(2))
    for place in (tmp_path / "x.npz", tmp_path):
        with pytest.raises(SettingError, match="'target' is for tables"):
            open_source(place, target="y")


@pytest.mark.parametrize("step", [1, 24, 2**24])
def test_rows_are_divided_in_their_own_place(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """A large table is not in memory twice; some columns are moved at a time."""
    monkeypatch.setattr(sources, "AT_ONCE", step)
    X, order = np.arange(15.0).reshape(3, 5), np.array([2, 0, 1])
    before = X.copy()
    arranged = sources._arranged(X, order)
    assert arranged is X
    np.testing.assert_array_equal(arranged, before[order])
    before.setflags(write=False)
    np.testing.assert_array_equal(sources._arranged(before, order), before[order])
