"""IDX files: every dtype and rank there and back, and no bytes that break in."""

from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.data.idx import TYPES, idx_header, parse_idx, read_idx, write_idx
from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, MissingFileError

DTYPES = [np.dtype(name).newbyteorder("=") for name in TYPES.values()]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=6, min_side=1, max_side=4)


def idx(kind: int, sizes: tuple[int, ...], content: bytes, rank: int | None = None) -> ByteReader:
    head = struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes) if rank is None else rank, *sizes)
    return ByteReader.over(head + content, "x.idx")


@given(st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(dtype, SHAPES)), st.sampled_from(["", ".gz"]))
def test_what_is_written_is_read_again(values: np.ndarray, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x.idx{suffix}")
        write_idx(path, values)
        again = read_idx(path)
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert again.dtype == values.dtype
    assert again.shape == values.shape
    assert again.tobytes() == values.tobytes()  # NaN and its bits included


def test_the_bytes_are_those_of_the_format() -> None:
    # By hand: 00 00, 0x0B = 16-bit integers, rank 2, sizes 1 and 2, then 258 and -2, big-endian.
    content = bytes.fromhex("0000 0b02 00000001 00000002 0102 fffe")
    assert parse_idx(ByteReader.over(content)).tolist() == [[258, -2]]
    assert idx_header(np.array([[258, -2]], np.int16)) == content[:12]


def test_non_contiguous_arrays_are_written_in_c_order(tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.int32).reshape(2, 3, 4).transpose(2, 0, 1)[::2]
    write_idx(tmp_path / "x", values)
    assert np.array_equal(read_idx(tmp_path / "x"), values)


def test_packing_gives_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    write_idx(tmp_path / "a.gz", np.arange(5, dtype=np.uint8))
    write_idx(tmp_path / "b.gz", np.arange(5, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == idx_header(np.zeros(5, np.uint8)) + bytes(range(5))


@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        (ByteReader.over(b"", "x.idx"), "x.idx is cut short: 4 bytes of IDX header are announced, 0 bytes follow"),
        (ByteReader.over(b"\0\0\x08", "x.idx"), "cut short"),
        (ByteReader.over(b"PK\x03\x04", "x.idx"), "x.idx is not an IDX file: it begins with 504b0304"),
        (idx(0x0A, (1,), b"1"), "not an IDX file"),
        (idx(0x08, (2, 2), b"123"), "cut short: 4 bytes of values are announced, 3 bytes follow"),
        (idx(0x08, (2, 2), b"12345"), "goes on after"),
        (idx(0x08, (5,), b"", rank=2), "cut short: 8 bytes of IDX sizes"),
        (idx(0x08, (0, 28, 28), b""), "holds no values: its shape is 0x28x28"),
        (idx(0x0E, (2**32 - 1,) * 3, b"1"), "at most 2.1 GB are read"),
        (idx(0x08, (1,) * 33, b"1"), "announces 33 dimensions; at most 32"),
        (idx(0x08, (), b"", rank=255), "announces 255 dimensions"),
        (idx(0x0E, (300_000_000,), b"1"), "at most 2.1 GB"),
    ],
)
def test_a_forged_file_is_one_sentence(reader: ByteReader, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        parse_idx(reader)


@given(st.binary(max_size=64))
def test_any_bytes_are_an_array_or_a_sentence(tail: bytes) -> None:
    for content in (tail, b"\0\0\x08" + tail, b"\0\0\x0d\x02" + tail):
        try:
            array = parse_idx(ByteReader.over(content))
        except DataError:
            continue
        assert array.nbytes < len(content)


def test_what_idx_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="IDX has no type for int64; it knows uint8, int8, int16, int32"):
        write_idx(tmp_path / "x", np.zeros(3, np.int64))
    with pytest.raises(DataError, match=r"cannot hold an array of shape \(0, 3\)"):
        write_idx(tmp_path / "x", np.zeros((0, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_idx(tmp_path / "x", np.array([1], np.uint8))

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_idx(tmp_path / "x", np.array([2], np.uint8))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
    assert read_idx(tmp_path / "x").tolist() == [1]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="There is no file"):
        read_idx(tmp_path / "none.gz")
