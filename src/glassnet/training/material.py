"""What a run was trained on: kept while the process lives, found again afterwards, and always compared by digest.

A run's card names no path. Data that glassnet knows by name are found by it; others are stored with the run up to 64 MB
in all; larger ones have to be given again. Whatever way they come, their digest has to be the recorded one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data import digest_of, load
from glassnet.data.batches import SparseRows
from glassnet.data.reader import GROWTH, PathLike, readable
from glassnet.errors import DataError, Fault, FormatError
from glassnet.files import tensors
from glassnet.training.targets import as_array
from glassnet.typing import Array, ArrayLike

Inputs = Any  # an array (n, ...), or a CSR matrix
PARTS = ("train", "validation", "sample_weight", "validation_weight")
STORED_LIMIT = 64_000_000  # bytes in all that are stored with a run

# SHA-256 of (X, y) as `glassnet.data.load` gives them, so that arrays are recognised wherever they come from.
KNOWN = {
    "a01bbcf814d840d741177d610860abd81a45900e6501cee45301424c6ff37cd5": ("digits", 0),
    "a0388edf729cdee062e26c86a00945f199201b0c049801af7e19b79884d284f5": ("digits", 1),
    "d79452383da0a4c0543fa1b8f3c92b145e519b45601cdde97a2807026c78c11d": ("mnist", 0),
    "9e81efd4eba6c7e7ac8017c1a7d0217bd34098e01ab7fdfd587e93a0a5eb3c8f": ("mnist", 1),
}


SPARSE = ("X.data", "X.indices", "X.indptr")


@dataclass(frozen=True)
class Material:
    """X and y as `fit` was given them, with what else was measured on or weighted by."""

    X: Inputs
    y: ArrayLike
    validation: tuple[Inputs, ArrayLike] | None = None
    sample_weight: ArrayLike | None = None
    validation_weight: ArrayLike | None = None

    def parts(self) -> dict[str, dict[str, Array]]:
        """Each part as named arrays; those that are not there are left out."""
        parts = {"train": _arrays(self.X, self.y)}
        if self.validation is not None:
            parts["validation"] = _arrays(*self.validation)
        for name in ("sample_weight", "validation_weight"):
            if getattr(self, name) is not None:
                parts[name] = {"w": np.asarray(getattr(self, name))}
        return parts

    @classmethod
    def of_parts(cls, parts: Mapping[str, Mapping[str, Array]]) -> Material:
        """The inverse of `parts`."""
        validation = _pair(parts["validation"]) if "validation" in parts else None
        weights = (parts[name]["w"] if name in parts else None for name in ("sample_weight", "validation_weight"))
        return cls(*_pair(parts["train"]), validation, *weights)


@dataclass(frozen=True)
class StoredRows:
    """Sparse rows that came out of a file."""

    data: Array
    indices: Array
    indptr: Array
    shape: tuple[int, int]


def describe(material: Material) -> tuple[dict[str, Any], dict[str, Array]]:
    """For each part its digest and source ("mnist", "stored" or None), and the arrays to be stored, by path."""
    parts = material.parts()
    card: dict[str, Any] = {}
    for name, arrays in parts.items():
        digest = digest_of(arrays.values())
        source = KNOWN[digest][0] if digest in KNOWN else None
        rows = arrays["X"].shape if "X" in arrays else next(iter(arrays.values())).shape
        card[name] = {"digest": digest, "source": source, "shape": list(rows)}
    unknown = {f"{part}.{key}": a for part in parts for key, a in parts[part].items() if not card[part]["source"]}
    storable = all(a.dtype.kind == "U" or a.dtype.newbyteorder("<") in tensors.NAMES for a in unknown.values())
    if not storable or sum(array.nbytes for array in unknown.values()) > STORED_LIMIT:
        return card, {}
    for part in card.values():
        part["source"] = part["source"] or "stored"
    return card, unknown


def find(
    card: Mapping[str, Any],
    stored: Mapping[str, Array],
    given: Material | None = None,
    data_dir: PathLike | None = None,
) -> Material:
    """The data that a card describes: those given, else by name, else the stored ones.

    Raises: DataError where they are not the run's, or nobody has them.
    """
    offered = {} if given is None else given.parts()
    parts = {}
    check_described(card)
    for name, described in card.items():
        if name in offered:
            parts[name] = offered[name]
        elif described["source"] == "stored":
            prefix = f"{name}."
            parts[name] = {k.removeprefix(prefix): array for k, array in stored.items() if k.startswith(prefix)}
            _check_stored(name, parts[name])
        elif described["source"] is not None:
            parts[name] = _known(described, data_dir)
        else:
            size = " x ".join(map(str, described["shape"]))
            raise DataError(
                f"The {_words(name)} of this run ({size}) were too large to be stored with it ({readable(STORED_LIMIT)}"
                " are): give them again."
            )
        if digest_of(parts[name].values()) != described["digest"]:
            raise DataError(f"These are not the {_words(name)} of this run: their digest is another.")
    return Material.of_parts(parts)


def check_described(card: object) -> None:
    """Raises FormatError where this is not what `describe` makes."""
    right = isinstance(card, Mapping) and "train" in card and card.keys() <= set(PARTS)
    if not right or not all(_is_described(part) for part in card.values()):  # type: ignore[attr-defined]
        raise FormatError(Fault.MALFORMED, "The run's card does not describe the data of the run.")


def _is_described(part: object) -> bool:
    if not isinstance(part, Mapping) or part.keys() != {"digest", "source", "shape"}:
        return False
    texts, shape = (part["digest"], part["source"] or ""), part["shape"]
    return all(isinstance(text, str) for text in texts) and isinstance(shape, list) and len(shape) <= 8


def _known(described: Mapping[str, Any], data_dir: PathLike | None) -> dict[str, Array]:
    source, part = KNOWN.get(described["digest"], (None, 0))
    if source is None or source != described["source"]:
        raise DataError(f"No data of the name {ascii(described['source'])[:40]} have this run's digest.")
    return _arrays(*load(source, data_dir if source == "mnist" else None)[part])


def _words(part: str) -> str:
    return {"train": "data", "validation": "validation data"}.get(part, part.replace("_weight", " weights"))


def _arrays(X: Inputs, y: ArrayLike) -> dict[str, Array]:
    """X and y as arrays: a sparse X is four of them."""
    sparse = X.tocsr() if hasattr(X, "tocsr") else X
    if isinstance(sparse, SparseRows):
        inputs = {name: np.asarray(getattr(sparse, name.removeprefix("X."))) for name in SPARSE}
        inputs["X.shape"] = np.array(sparse.shape, np.int64)
    else:
        inputs = {"X": np.asarray(X)}
    targets = as_array(y)
    if targets.dtype.kind == "U":  # words in the width they need, so that equal ones have equal digests
        targets = np.asarray(targets.tolist()).reshape(targets.shape)
    return inputs | {"y": targets}


def _pair(arrays: Mapping[str, Array]) -> tuple[Inputs, Array]:
    if "X" in arrays:
        return arrays["X"], arrays["y"]
    rows, columns = (int(size) for size in arrays["X.shape"])
    return StoredRows(arrays["X.data"], arrays["X.indices"], arrays["X.indptr"], (rows, columns)), arrays["y"]


def _check_stored(name: str, arrays: Mapping[str, Array]) -> None:
    """Raises FormatError where these are not the arrays that `_arrays` makes; a digest says nothing of their names."""
    dense, weights = arrays.keys() == {"X", "y"}, arrays.keys() == {"w"}
    sparse = arrays.keys() == {*SPARSE, "X.shape", "y"} and all(arrays[part].ndim == 1 for part in SPARSE)
    sparse = sparse and arrays["X.shape"].shape == (2,) and arrays["X.shape"].dtype.kind == "i"
    if not (weights if name.endswith("_weight") else dense or sparse):
        raise FormatError(
            Fault.DAMAGED, f"The stored {_words(name)} of this run are not the arrays that they should be."
        )


def packed_words(arrays: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, list[str]]]:
    """Arrays of words as numbers, and the words: a file of arrays holds numbers only."""
    numbers, words = {}, {}
    for name, array in arrays.items():
        if array.dtype.kind == "U":
            known, numbers[name] = np.unique(array, return_inverse=True)
            words[name] = [str(word) for word in known]
        else:
            numbers[name] = array
    return numbers, words


def unpacked_words(arrays: Mapping[str, Array], words: Mapping[str, object]) -> dict[str, Array]:
    """The inverse of `packed_words`; raises DataError where numbers name words that are not there."""
    result = dict(arrays)
    for name, listed in words.items():
        places, known = result.get(name), listed if isinstance(listed, list) else []
        fits = places is not None and places.dtype.kind == "i" and places.size > 0
        if not known or not all(isinstance(word, str) for word in known) or places is None or not fits:
            raise FormatError(Fault.DAMAGED, "the stored words do not belong to the stored data")
        room = 4 * max(map(len, known)) * max(len(known), places.size)  # NumPy gives every word that of the longest
        if room > GROWTH + places.nbytes:
            raise FormatError(Fault.TOO_LARGE, f"the stored words would take {readable(room)}")
        if places.min() < 0 or places.max() >= len(known):
            raise FormatError(Fault.DAMAGED, "the stored data name a word that is not stored")
        result[name] = np.asarray(known)[places]
    return result
