"""NPY and NPZ: what NumPy writes is read, what would need pickle or too much memory is not."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.data.npy import parse_npy, read_npy, read_npz
from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, MissingFileError

DTYPES = ["?", "i1", "<i2", ">i4", "<i8", "u1", ">u2", "<u4", "<u8", "<f2", ">f4", "<f8", "<U3", ">U5"]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4)


def npy(header: str, content: bytes = b"", version: int = 1, length: int | None = None) -> ByteReader:
    form = "<H" if version == 1 else "<I"
    size = struct.pack(form, len(header) if length is None else length)
    return ByteReader.over(b"\x93NUMPY" + bytes([version, 0]) + size + header.encode("latin1") + content, "x.npy")


def header(descr: str = "'<f8'", shape: str = "(1,)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@given(st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(dtype, SHAPES)), st.sampled_from("CF"))
def test_what_numpy_writes_is_read(values: np.ndarray, order: str) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values, order=order))
    again = parse_npy(ByteReader.over(buffer.getvalue()))
    assert again.dtype == values.dtype.newbyteorder("=")
    assert again.shape == values.shape
    assert again.flags.c_contiguous
    assert np.array_equal(again, values, equal_nan=values.dtype.kind == "f")


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_the_three_versions_of_the_format_are_read(version: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.arange(6).reshape(2, 3), version=version)
    assert parse_npy(ByteReader.over(buffer.getvalue())).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_header_in_another_order_of_its_keys_is_read() -> None:
    text = """{"shape": (2, 1), "fortran_order": False, "descr": "<u1"}"""
    assert parse_npy(npy(text, b"\1\2")).tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        (ByteReader.over(b"", "x.npy"), "x.npy is cut short"),
        (ByteReader.over(b"\x93NUMPX\1\0", "x.npy"), "is not an NPY file"),
        (npy(header(), version=9), "version 9 of the NPY format"),
        (npy(header(), length=65_000), "announces a header of 65000 bytes; at most 10000"),
        (npy(header(), version=2, length=2**32 - 1), "at most 10000"),
        (npy(header(), b"1234567"), "cut short: 8 bytes of values are announced, 7 bytes follow"),
        (npy(header(), b"123456789"), "goes on after"),
        (npy(header("'|O'"), b"12345678"), "Python objects, which would need pickle"),
        (npy(header("[('a', '<f8')]"), b"12345678"), "records of several fields"),
        (npy(header("'<M8'"), b"12345678"), "values of type '<M8'"),
        (npy(header("'<c8'"), b"12345678"), "values of type '<c8'"),
        (npy(header("'|S4'"), b"1234"), "values of type"),
        (npy(header("'<U0'"), b""), "values of type"),
        (npy(header("'<U5000'"), b""), "values of type"),
        (npy(header("'<f3'"), b"123"), "values of type"),
        (npy(header(shape="(0, 4)")), r"holds no values: its shape is \(0, 4\)"),
        (npy(header(shape="(-1,)")), "no valid NPY header"),
        (npy(header(shape="(1.5,)")), "no valid NPY header"),
        (npy(header(shape="(9999999999999999999,)")), "a shape that cannot be used"),
        (npy(header(shape="(" + "1," * 40 + ")")), "a shape that cannot be used"),
        (npy(header(shape="(99999999, 99999999)")), "at most 2.1 GB are read"),
        (npy(header(shape="(100000000,)")), "cut short: 0.8 GB|cut short: 800.0 MB"),
        (npy("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", b"12345678"), "no valid NPY"),
        (npy("__import__('os').system('echo broken in')"), "no valid NPY header"),
        (npy("(" * 9_000), "no valid NPY header"),
        (npy(header("'<U1'"), b"\xff\xff\xff\xff"), "characters that do not exist"),
        (npy(header("'<U1'"), struct.pack("<I", 0xD800)), "characters that do not exist"),
    ],
)
def test_a_forged_file_is_one_sentence(reader: ByteReader, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        parse_npy(reader)


def test_truth_values_are_true_or_false_whatever_the_bytes() -> None:
    values = parse_npy(npy(header("'|b1'", "(3,)"), b"\x00\x01\x07"))
    assert values.view(np.uint8).tolist() == [0, 1, 1]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_array_or_a_sentence(tail: bytes) -> None:
    for content in (tail, b"\x93NUMPY\1\0" + tail, b"\x93NUMPY\1\0\x80\0" + header().encode() + tail):
        try:
            array = parse_npy(ByteReader.over(content))
        except DataError:
            continue
        assert array.nbytes < len(content)


@given(st.dictionaries(st.text("abcXY_", min_size=1), arrays.arrays("<f4", SHAPES), max_size=4), st.booleans())
def test_what_numpy_writes_as_npz_is_read(given_arrays: dict[str, np.ndarray], packed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.npz")
        (np.savez_compressed if packed else np.savez)(path, **given_arrays)
        again = read_npz(path)
    assert again.keys() == given_arrays.keys()
    assert all(again[name].tobytes() == given_arrays[name].tobytes() for name in again)


def saved(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def zipped(path: Path, members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "method", "sentence"),
    [
        ([("../../evil.txt", b"x")], zipfile.ZIP_STORED, r"holds '../../evil.txt', which is no NPY array"),
        ([("X.npy", saved(np.eye(2))), ("X.npy", saved(np.eye(2)))], zipfile.ZIP_STORED, "holds the array 'X' twice"),
        ([("X.npy", saved(np.array([{}])))], zipfile.ZIP_STORED, "X holds Python objects"),
        ([("X.npy", saved(np.eye(2))[:-1])], zipfile.ZIP_DEFLATED, "X is cut short"),
        ([("X.npy", saved(np.eye(2)) + b"more")], zipfile.ZIP_DEFLATED, "X goes on after"),
        ([("X.npy", saved(np.eye(2)))], zipfile.ZIP_LZMA, "a method that NumPy does not use"),
        ([("X.npy", saved(np.eye(2)))], zipfile.ZIP_BZIP2, "a method that NumPy does not use"),
        ([("X.npy", saved(np.zeros(100_000_000, np.uint8)))], zipfile.ZIP_DEFLATED, "decompression bomb"),
        ([(f"{i}.npy", b"") for i in range(1001)], zipfile.ZIP_STORED, "holds 1001 arrays; at most 1000"),
    ],
)
def test_a_forged_npz_is_one_sentence(
    tmp_path: Path, members: list[tuple[str, bytes]], method: int, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        read_npz(zipped(tmp_path / "x.npz", members, method))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.npz"]


def test_an_array_whose_name_climbs_out_stays_a_name(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    arrays = read_npz(zipped(inner / "x.npz", [("../X.npy", saved(np.eye(2)))]))
    assert list(arrays) == ["../X"]
    assert [entry.name for entry in tmp_path.rglob("*")] == ["inner", "x.npz"]


def test_an_npz_changed_or_cut_anywhere_is_whole_or_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, X=np.arange(12.0).reshape(3, 4))
    whole = path.read_bytes()
    noticed = 0
    for i in range(len(whole)):
        for content in (whole[:i], whole[:i] + bytes([whole[i] ^ 0xA5]) + whole[i + 1 :]):
            path.write_bytes(content)
            try:
                read_npz(path)
            except DataError:
                noticed += 1
    assert noticed > len(whole)  # every cut, and the changes that matter


def test_what_is_not_there_or_not_a_zip_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_npz(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(DataError, match="is not a whole NPZ file"):
        read_npz(tmp_path / "text.npz")
    np.save(tmp_path / "x.npy", np.eye(3))
    assert np.array_equal(read_npy(tmp_path / "x.npy"), np.eye(3))
