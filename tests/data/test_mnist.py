"""MNIST: where it is looked for, that it is MNIST, and how it is fetched."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glassnet.data import mnist
from glassnet.data.idx import idx_header, write_idx
from glassnet.data.mnist import MNIST, IdxFile, cache_folder, load_mnist, read_folder
from glassnet.errors import DataError, DownloadError, MissingFileError, StorageError

SMALL = (
    np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2),
    np.array([5, 0, 4, 1, 9], np.uint8),
    np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2) + 100,
    np.array([7, 2, 1], np.uint8),
)


def packed(array: np.ndarray) -> bytes:
    return gzip.compress(idx_header(array) + array.tobytes())


def write_small(folder: Path, spelling: Callable[[str], str] = lambda name: f"{name}.gz") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file, array in zip(MNIST, SMALL, strict=True):
        write_idx(folder / spelling(file.name), array)
    return folder


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> tuple[IdxFile, ...]:
    """A MNIST of five and three digits takes the place of the real one, digests and all."""
    contents = [idx_header(array) + array.tobytes() for array in SMALL]
    files = tuple(
        IdxFile(file.name, len(content), hashlib.sha256(content).hexdigest())
        for file, content in zip(MNIST, contents, strict=True)
    )
    monkeypatch.setattr(mnist, "MNIST", files)
    monkeypatch.delenv("GLASSNET_DATA", raising=False)
    return files


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mnist, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "mnist"


@pytest.fixture
def mirrors(new_mirror: Callable, monkeypatch: pytest.MonkeyPatch) -> list:
    """A first mirror that has nothing and a second that has all four files."""
    first, second = new_mirror(), new_mirror()
    for file, array in zip(MNIST, SMALL, strict=True):
        second.serve(f"/{file.name}.gz", packed(array))
    monkeypatch.setattr(mnist, "MIRRORS", (first.url, second.url))
    return [first, second]


def same(arrays: tuple[np.ndarray, ...]) -> bool:
    return all(np.array_equal(got, expected) for got, expected in zip(arrays, SMALL, strict=True))


@pytest.mark.parametrize(
    "spelling",
    [
        lambda name: name,
        lambda name: f"{name}.gz",
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"{name.replace('-idx', '.idx')}.gz",
    ],
)
def test_every_spelling_of_the_four_names_is_found(tmp_path: Path, spelling: Callable[[str], str]) -> None:
    assert same(read_folder(write_small(tmp_path, spelling)))


def test_the_argument_comes_before_the_environment_and_that_before_the_cache(
    tmp_path: Path, small_mnist: object, cache: Path, mirrors: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small(tmp_path / "here")
    assert same(load_mnist(tmp_path / "here"))
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path / "here"))
    assert same(load_mnist())
    # A folder that is named has to hold the files: nothing is downloaded in its stead.
    with pytest.raises(
        MissingFileError, match=r"holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte\.gz"
    ):
        load_mnist(tmp_path)
    with pytest.raises(MissingFileError, match="There is no folder"):
        load_mnist(tmp_path / "nowhere")
    assert not mirrors[0].asked
    assert not cache.exists()


def test_what_is_missing_is_downloaded_once_and_kept(small_mnist: object, cache: Path, mirrors: list) -> None:
    told: list[str] = []
    assert same(load_mnist(progress=lambda name, received, expected: told.append(name)))
    assert sorted(entry.name for entry in cache.iterdir()) == sorted(f"{file.name}.gz" for file in MNIST)
    assert list(dict.fromkeys(told)) == [f"{file.name}.gz" for file in MNIST]
    assert len(mirrors[0].asked) == len(mirrors[1].asked) == 4
    assert same(load_mnist())
    assert len(mirrors[1].asked) == 4


def test_a_broken_file_in_the_cache_is_fetched_again(small_mnist: object, cache: Path, mirrors: list) -> None:
    write_small(cache)
    whole = (cache / f"{MNIST[0].name}.gz").read_bytes()
    (cache / f"{MNIST[0].name}.gz").write_bytes(whole[: len(whole) // 2])
    write_idx(cache / f"{MNIST[1].name}.gz", SMALL[3])
    assert same(load_mnist())
    assert mirrors[1].asked == [f"/{MNIST[0].name}.gz", f"/{MNIST[1].name}.gz"]


def test_a_mirror_with_other_digits_is_not_believed(small_mnist: object, cache: Path, mirrors: list) -> None:
    for mirror in mirrors:
        mirror.serve(f"/{MNIST[0].name}.gz", packed(SMALL[0] + 1))
    with pytest.raises(DownloadError) as caught:
        load_mnist()
    sentence = str(caught.value)
    assert sentence.count("what arrived is not MNIST's train-images-idx3-ubyte") == 2
    assert "--data-dir" in sentence
    assert "GLASSNET_DATA" in sentence
    assert "\n" not in sentence
    assert not list(cache.iterdir())


def test_pictures_under_mnists_names_are_not_taken_for_mnist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not MNIST's train-images-idx3-ubyte: its contents have another SHA-256"):
        load_mnist(write_small(tmp_path))


@pytest.mark.parametrize(
    ("position", "array", "sentence"),
    [
        (1, SMALL[1][:4], "there are 5 train images but 4 train labels"),
        (3, SMALL[1], "there are 3 t10k images but 5 t10k labels"),
        (0, SMALL[1], "the train images have the shape"),
        (1, SMALL[0], "the train images have the shape"),
        (2, SMALL[2].reshape(3, 4, 1), "train images are (2, 2), t10k images (4, 1)"),
    ],
)
def test_images_and_labels_that_do_not_match_are_said(
    tmp_path: Path, position: int, array: np.ndarray, sentence: str
) -> None:
    write_small(tmp_path)
    write_idx(tmp_path / f"{MNIST[position].name}.gz", array)
    with pytest.raises(DataError) as caught:
        read_folder(tmp_path)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/caches"}, "/caches/glassnet"),
        ("linux", {}, "/home/ada/.cache/glassnet"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/ada/.cache/glassnet"),
        ("darwin", {"XDG_CACHE_HOME": "/caches"}, "/home/ada/Library/Caches/glassnet"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/glassnet/cache"),
        ("win32", {}, "/home/ada/AppData/Local/glassnet/cache"),
    ],
)
def test_each_system_has_its_place_for_caches(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    assert cache_folder() == Path(expected)


def test_no_home_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(StorageError, match="no home folder to keep MNIST in"):
        cache_folder()


def test_the_real_one(mnist_dir: Path) -> None:
    # E1: 70000 digits of 28x28, 0 black to 255 white; A3: the first labels are 5 and 0.
    images, labels, test_images, test_labels = load_mnist(mnist_dir)
    assert (images.shape, test_images.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert images.dtype == labels.dtype == np.uint8
    assert labels[:2].tolist() == [5, 0]
    assert np.bincount(labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (images.min(), images.max()) == (0, 255)
    assert round(float(images.mean()), 4) == 33.3184  # 0.1307 of 255, as everybody normalises by
