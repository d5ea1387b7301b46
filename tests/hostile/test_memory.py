"""What reading takes in memory: at most 200 MB beyond the file's own size, however large or honest the file is.

That follows from two things, held here on files of some megabytes: what a file announces is in memory once, and what is
made of it beyond its size stays within `reader.GROWTH`, which is made small for these tests.
"""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.data import csv, reader
from glassnet.data.idx import read_idx
from glassnet.data.npy import read_npy, read_npz
from glassnet.errors import Fault, FormatError
from glassnet.files import journal

MEGABYTE = 2**20
SIZE = 24 * MEGABYTE
LEEWAY = 5  # megabytes: pieces, and whatever is imported on the way


def beyond(read: Callable[[Path], Any], path: Path, size: int | None = None) -> tuple[Any, float]:
    """What reading gives, or its error, and the megabytes that it took beyond the file's size."""
    tracemalloc.start()
    try:
        found = read(path)
    except FormatError as error:
        found = error
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return found, (peak - (path.stat().st_size if size is None else size)) / MEGABYTE


def zeros_after(path: Path, header: bytes) -> Path:
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + SIZE)
    return path


def npy_header(descr: str, shape: tuple[int, ...], order: str = "C") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': {order == 'F'}, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (struct.pack(">HBBI", 0, 0x0E, 1, SIZE // 8), read_idx),  # values whose bytes are turned around
        (npy_header(">f4", (24, MEGABYTE // 4), "F"), read_npy),  # a matrix that is turned as well
        (npy_header("|b1", (SIZE,)), read_npy),
        (npy_header("<U64", (SIZE // 256,)), read_npy),
    ],
    ids=["idx", "matrix", "truths", "words"],
)
def test_an_array_is_in_memory_once(tmp_path: Path, header: bytes, read: Any) -> None:
    found, more = beyond(read, zeros_after(tmp_path / "file", header))
    assert found.nbytes == SIZE
    assert found.flags.c_contiguous
    assert found.dtype.isnative
    assert more < LEEWAY


def large() -> gn.Network:
    """A network whose weights take SIZE bytes, nearly."""
    return gn.Network([gn.Dense(SIZE // 4096 // 4), gn.Dense(1)]).build(4096)


def test_a_model_is_in_memory_once(tmp_path: Path) -> None:
    net = large()
    net.save(tmp_path / "model")
    gn.load(tmp_path / "model")  # what is imported on the way is not counted
    found, more = beyond(gn.load, tmp_path / "model")
    assert found.parameters().flat.tobytes() == net.parameters().flat.tobytes()
    assert more < LEEWAY


def test_a_checkpoint_becomes_the_state_itself(tmp_path: Path) -> None:
    net = large()
    run = net.fit(np.zeros((2, 4096)), [0.0, 1.0], loss="mse", epochs=1, out=tmp_path / "run", engine="reference")
    newest = max((tmp_path / "run" / "checkpoints").glob("*.safetensors"))
    assert newest.stat().st_size > 2.9 * SIZE  # with the moments of Adam
    found, more = beyond(gn.load_run, tmp_path / "run", newest.stat().st_size)
    assert found.weights.tobytes() == run.weights.tobytes()
    assert more < LEEWAY
    assert found.verify()


def test_a_journal_is_never_in_memory_as_text(tmp_path: Path) -> None:
    """Half a gigabyte of lines is refused where the limit is reached; a line without end at its own."""
    path = tmp_path / "history.jsonl"
    line = b'{"kind": "event", "step": 1, "event": "' + b"x" * 10_000 + b'"}\n'
    path.write_bytes(line * 3000)
    found, more = beyond(journal.read_journal, path, 0)
    assert found[0]["step"] == 1
    assert more < 2 * 3 + LEEWAY  # equal words are there once
    with path.open("r+b") as file:
        file.truncate(512 * MEGABYTE)
    found, more = beyond(journal.read_journal, path, 0)
    assert found.fault is Fault.TOO_LARGE
    assert more < 2 * 3 + LEEWAY


# ---- what is made of a file beyond its size ------------------------------------------------------------------------


@pytest.fixture
def small_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "GROWTH", 8 * MEGABYTE)


def packed(path: Path, header: bytes, count: int) -> Path:
    """Bytes of which half cannot be packed."""
    noise = np.random.default_rng(0).bytes(count // 2)
    path.write_bytes(gzip.compress(header + noise + bytes(count - len(noise)), 1))
    return path


@pytest.mark.usefixtures("small_growth")
def test_a_packed_file_may_grow_by_so_much(tmp_path: Path) -> None:
    size = 14 * MEGABYTE  # 7 packed
    found, more = beyond(read_idx, packed(tmp_path / "x.gz", struct.pack(">HBBI", 0, 8, 1, size), size))
    assert found.shape == (size,)
    assert more < 8 + LEEWAY
    size = 18 * MEGABYTE  # 9 packed, so that 17 may be read
    found, more = beyond(read_idx, packed(tmp_path / "y.gz", struct.pack(">HBBI", 0, 8, 1, size), size))
    assert found.fault is Fault.TOO_LARGE
    assert "unpack it first, and give the unpacked file" in str(found)
    assert more < 0


@pytest.mark.usefixtures("small_growth")
def test_so_may_all_arrays_of_an_npz_together(tmp_path: Path) -> None:
    noise = np.frombuffer(np.random.default_rng(0).bytes(MEGABYTE), np.uint8)
    half = np.concatenate([noise, np.zeros_like(noise)])
    np.savez_compressed(tmp_path / "few.npz", *[half] * 6)
    np.savez_compressed(tmp_path / "many.npz", *[half] * 10)
    few, more = beyond(read_npz, tmp_path / "few.npz")
    assert len(few) == 6
    assert more < 8 + LEEWAY
    many, more = beyond(read_npz, tmp_path / "many.npz")
    assert many.fault is Fault.TOO_LARGE
    assert more < 8 + LEEWAY


@pytest.fixture
def small_table(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, limit in (
        (reader, "GROWTH", MEGABYTE),
        (csv, "LINE_LIMIT", 100_000),
        (csv, "DIFFERENT", 2000),
        (csv, "COLUMN_LIMIT", 1000),
    ):
        monkeypatch.setattr(module, name, limit)


@pytest.mark.usefixtures("small_table")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b,c,d\n" + "1,2,3,4\n" * 50_000, "would become 1.6 MB of numbers; of a file of its size at most 1.4 MB"),
        ("a,b\n1," + "x" * 99 + "\n" + "1,b\n" * 4000, "would become 1.6 MB of words"),  # each as long as the longest
        ("a,b\n" + "".join(f"w{k},1\n" for k in range(2001)), "more than 2000 different words"),
        ("a,b\n" + "x" * MEGABYTE, "line 2: it has more than 99999 characters"),
        ("a,b\n" + '"\n\n",' * 50_000, "a row of more than 100000 characters"),
        (",".join(f"c{k}" for k in range(1001)), "has 1001 columns; at most 1000"),
    ],
    ids=["figures", "a long word", "many words", "a long line", "a long row", "many columns"],
)
def test_a_table_that_would_become_too_much_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    found, more = beyond(csv.read_csv, path)
    assert isinstance(found, FormatError)
    assert says in str(found)
    assert found.fault is Fault.TOO_LARGE
    assert more < LEEWAY


@pytest.mark.usefixtures("small_table")
def test_a_table_of_pixels_takes_a_byte_for_each(tmp_path: Path) -> None:
    """A table of 4 MB of text: in float64 it would be 7.5 MB, and read as such twice that."""
    row = ",".join(["3", *(str(k % 256) for k in range(784))])
    path = tmp_path / "pixels.csv"
    path.write_text(",".join(["label", *(f"p{k}" for k in range(784))]) + "\n" + (row + "\n") * 1200)
    table, more = beyond(lambda path: csv.read_csv(path, target="label"), path)
    assert table.X.shape == (1200, 784)
    assert table.X.dtype == np.uint8
    assert more < 1
