"""MNIST: 60000 and 10000 handwritten digits, 28x28 pixels, found or downloaded, checked to be the published ones.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits". It is not part of this package; a machine
that lacks it downloads 12 MB once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glassnet.data.download import Progress, download
from glassnet.data.idx import idx_header, read_idx
from glassnet.data.reader import PathLike
from glassnet.errors import DataError, DownloadError, Fault, FormatError, MissingFileError, StorageError
from glassnet.typing import Array

ABOUT = "MNIST database of handwritten digits (Y. LeCun, C. Cortes, C. Burges)"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


@dataclass(frozen=True)
class IdxFile:
    """One of the four files: its name, and length and SHA-256 of its unpacked contents where they are known."""

    name: str
    size: int | None = None
    digest: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names it goes by: packed or not, and with a dot before "idx" as some unpackers write it."""
        dotted = self.name.replace("-idx", ".idx")
        return (self.name, f"{self.name}.gz", dotted, f"{dotted}.gz")


TRAIN_IMAGES = IdxFile(
    "train-images-idx3-ubyte", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
)
TRAIN_LABELS = IdxFile(
    "train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
)
TEST_IMAGES = IdxFile(
    "t10k-images-idx3-ubyte", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
)
TEST_LABELS = IdxFile(
    "t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
)
MNIST = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
ANY = tuple(IdxFile(file.name) for file in MNIST)  # the same names with any contents: Fashion-MNIST, own digits

PACKED_LIMIT = 20_000_000  # bytes of a file on its way; the largest has 9.9 million

Arrays = tuple[Array, Array, Array, Array]  # train images (n, H, W), train labels (n,), test images, test labels


def load_mnist(data_dir: PathLike | None = None, *, progress: Progress | None = None) -> Arrays:
    """The four arrays of MNIST, from the first of: ``data_dir``, GLASSNET_DATA, the user's cache, the mirrors.

    A folder that is named has to hold the files; only the cache is filled by downloading. Contents are compared with
    the published SHA-256, a broken file in the cache is fetched again.

    Raises: MissingFileError, DataError; DownloadError, StorageError where downloading fails.
    """
    named = data_dir or os.environ.get("GLASSNET_DATA")
    if named:
        return read_folder(Path(named), MNIST)
    cache = cache_folder() / "mnist"
    images, labels, test_images, test_labels = (_cached(cache, file, progress) for file in MNIST)
    return images, labels, test_images, test_labels


def read_folder(folder: Path, files: Sequence[IdxFile] = ANY) -> Arrays:
    """The four arrays in a folder of IDX files named as MNIST's are, each label with its image."""
    images, labels, test_images, test_labels = (_read(_found(folder, file), file) for file in files)
    for part, pictures, numbers in (("train", images, labels), ("t10k", test_images, test_labels)):
        if pictures.ndim < 2 or numbers.ndim != 1:
            raise FormatError(
                Fault.UNUSABLE,
                f"{folder}: the {part} images have the shape {pictures.shape} and the labels {numbers.shape}; "
                "(n, rows, columns) and (n,) are needed.",
            )
        if len(pictures) != len(numbers):
            raise FormatError(
                Fault.DAMAGED, f"{folder}: there are {len(pictures)} {part} images but {len(numbers)} {part} labels."
            )
    if images.shape[1:] != test_images.shape[1:]:
        raise FormatError(
            Fault.DAMAGED, f"{folder}: train images are {images.shape[1:]}, t10k images {test_images.shape[1:]}."
        )
    return images, labels, test_images, test_labels


def _found(folder: Path, file: IdxFile) -> Path:
    for name in file.spellings:
        if (folder / name).is_file():
            return folder / name
    if not folder.is_dir():
        raise MissingFileError(f"There is no folder {os.fspath(folder)!r}.")
    raise MissingFileError(f"The folder {os.fspath(folder)!r} holds neither {file.name} nor {file.name}.gz.")


def _read(path: Path, file: IdxFile) -> Array:
    """Reads a file and compares it with what was published."""
    values = read_idx(path)
    if file.digest is None:
        return values
    import hashlib

    digest = hashlib.sha256(idx_header(values))
    digest.update(values.reshape(-1).data)
    if digest.hexdigest() != file.digest:
        raise FormatError(
            Fault.DAMAGED,
            f"{path} is not MNIST's {file.name}: its contents have another SHA-256. To use other pictures, name the "
            "folder itself as the data.",
        )
    return values


def _cached(cache: Path, file: IdxFile, progress: Progress | None) -> Array:
    target = cache / f"{file.name}.gz"
    try:
        return _read(target, file)
    except (MissingFileError, DataError):
        pass
    urls = [f"{mirror}{target.name}" for mirror in MIRRORS]
    try:
        return download(urls, target, lambda path: _read(path, file), limit=PACKED_LIMIT, progress=progress)
    except DownloadError as error:
        raise DownloadError(
            f"{error} Where there is no network, name a folder that holds MNIST's four files by --data-dir or by the "
            "environment variable GLASSNET_DATA, or train on the digits that glassnet comes with."
        ) from None


def cache_folder() -> Path:
    """Where this user's programs keep what they can fetch again."""
    try:
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / "glassnet" / "cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "glassnet"
        named = os.environ.get("XDG_CACHE_HOME", "")
        # The specification: a path that is not absolute is to be ignored.
        return (Path(named) if os.path.isabs(named) else Path.home() / ".cache") / "glassnet"
    except RuntimeError:  # no home
        raise StorageError("There is no home folder to keep MNIST in; name its folder by --data-dir.") from None
