"""The array file: what others read is what we write, and what is forged is refused before memory is taken."""

from __future__ import annotations

import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from glassnet.data.reader import ByteReader
from glassnet.errors import DataError
from glassnet.files import tensors

ARRAYS = {
    "W": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.array([0.1, np.nan], np.float64),
    "bytes": np.arange(3, dtype=np.uint8),
    "classes": np.array([-1, 2**62]),
    "empty": np.zeros((0, 4), np.float32),
    "scalar": np.array(2.5),
}


def packed(arrays: dict[str, np.ndarray[Any, Any]] | None = None, **metadata: str) -> bytes:
    return b"".join(bytes(piece) for piece in tensors.pack(ARRAYS if arrays is None else arrays, metadata))


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    contents = tensors.Contents(ByteReader.over(data, "file"), "model file")
    return contents.arrays(), contents.texts


def forged(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def entry(**changes: object) -> dict[str, object]:
    return {"W": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}


def test_arrays_come_back_with_every_bit() -> None:
    arrays, metadata = unpacked(packed(made_by="hand"))
    assert metadata == {"made_by": "hand"}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


def test_the_library_of_the_format_reads_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(packed(made_by="hand"))
    theirs = safetensors.numpy.load_file(tmp_path / "file")
    assert all(np.array_equal(theirs[name], ARRAYS[name], equal_nan=True) for name in ARRAYS)
    with safetensors.safe_open(tmp_path / "file", "numpy") as file:
        assert file.metadata() == {"made_by": "hand"}


def test_what_the_library_of_the_format_writes_is_read() -> None:
    arrays, metadata = unpacked(safetensors.numpy.save(ARRAYS, {"made_by": "library"}))
    assert metadata == {"made_by": "library"}
    assert all(np.array_equal(arrays[name], ARRAYS[name], equal_nan=True) for name in ARRAYS)


def test_strided_and_big_endian_arrays_are_written_by_value() -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4)[:, ::2].T
    assert np.array_equal(unpacked(packed({"W": array}))[0]["W"], array)


def test_equal_arrays_are_equal_bytes() -> None:
    assert packed(a="1", b="2") == packed(a="1", b="2")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "only 0 bytes"),
        (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c", "does not begin with a header"),  # a pickle
        (struct.pack("<Q", 2**63) + b"{}", "does not begin with a header"),
        (struct.pack("<Q", 100) + b"{}", "does not begin with a header"),
        (forged(b"not json"), "not valid JSON"),
        (forged([]), "not a JSON object"),
        (forged({"__metadata__": {"a": 1}}), "metadata are not texts"),
        (forged({"__metadata__": []}), "metadata are not texts"),
        (forged({"W": 1}), "does not describe the array 'W'"),
        (forged({"W": {"dtype": "F32", "shape": [2]}}), "does not describe"),
        (forged(entry(dtype="BF16"), bytes(8)), "known are F16"),
        (forged(entry(dtype=["F32"]), bytes(8)), "known are F16"),
        (forged(entry(shape=[-2]), bytes(8)), "does not describe"),
        (forged(entry(shape=[2.0]), bytes(8)), "does not describe"),
        (forged(entry(shape=[True, 2]), bytes(8)), "does not describe"),
        (forged(entry(shape=[1] * 9 + [2]), bytes(8)), "does not describe"),
        (forged(entry(shape=[2**62, 4]), bytes(8)), "does not fit its shape"),
        (forged(entry(data_offsets=[0, 4]), bytes(8)), "does not fit its shape"),
        (forged(entry(data_offsets=[8, 16]), bytes(16)), "does not fit its shape"),
        (forged(entry(data_offsets=[8, 0]), bytes(8)), "does not fit its shape"),
        (forged(entry(), bytes(7)), "cut short"),
        (forged(entry(), bytes(9)), "goes on after"),
        (forged(entry(shape=[2**40], data_offsets=[0, 2**42])), "announces"),
        (forged(entry() | {"V": entry()["W"]}, bytes(8)), "the place of 'V'"),
    ],
)
def test_forged_files_are_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        unpacked(data)
    assert len(str(caught.value)) < 250


def test_every_cut_is_refused() -> None:
    data = packed(made_by="hand")
    for length in range(len(data)):
        with pytest.raises(DataError):
            unpacked(data[:length])


def test_announced_terabytes_take_no_memory() -> None:
    data = forged(entry(shape=[2**40], data_offsets=[0, 2**42]))
    tracemalloc.start()
    with pytest.raises(DataError):
        unpacked(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
