"""The reader's promises: what is announced is believed only as far as the file can hold it."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from glassnet.data import reader
from glassnet.data.reader import ByteReader, open_reader, opened, readable
from glassnet.errors import DataError, MissingFileError


def test_exactly_hands_out_the_bytes_in_order() -> None:
    source = ByteReader.over(b"abcdef")
    assert source.exactly(2, "head") == b"ab"
    assert source.exactly(4, "tail") == b"cdef"
    source.finish()


def test_a_plain_stream_that_is_cut_short_is_refused_before_memory_is_taken() -> None:
    source = ByteReader.over(b"1234567890")
    tracemalloc.start()
    with pytest.raises(DataError, match=r"data is cut short: 1\.0 GB of values are announced, 10 bytes follow\."):
        source.array((1_000_000_000,), "u1", "values")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_more_than_the_limit_is_refused() -> None:
    with pytest.raises(DataError, match=r"announces 3\.0 GB of values; at most 2\.1 GB are read"):
        ByteReader.over(b"").array((3_000_000_000,), "u1", "values")


def test_a_product_of_sizes_beyond_64_bits_is_refused_and_does_not_wrap_around() -> None:
    with pytest.raises(DataError, match="at most"):
        ByteReader.over(b"x" * 100).array((2**32 - 1,) * 4, ">f8", "values")


def test_bytes_after_the_announced_ones_are_refused() -> None:
    source = ByteReader.over(b"abc")
    source.exactly(2, "head")
    with pytest.raises(DataError, match="goes on after the 2 bytes that its header announces"):
        source.finish()


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    """100 MB of zeros in 100 kB."""
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(100):
            file.write(bytes(1_000_000))
    return path


def test_a_bomb_that_announces_its_size_is_not_unpacked(bomb: Path) -> None:
    with open_reader(bomb) as source, pytest.raises(DataError, match="looks like a decompression bomb"):
        source.array((100_000_000,), "u1", "values")


def test_a_bomb_that_announces_little_is_unpacked_that_far_and_refused(bomb: Path) -> None:
    tracemalloc.start()
    with open_reader(bomb) as source:
        source.array((1000,), "u1", "values")
        with pytest.raises(DataError, match="goes on after"):
            source.finish()
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_a_bomb_of_text_stops_at_the_allowance(bomb: Path) -> None:
    with open_reader(bomb) as source, pytest.raises(DataError, match="holds more than the"):
        list(iter(lambda: source.some(1_000_000), b""))
    assert source.taken <= reader.FREE + 1_000_000


@pytest.mark.parametrize("keep", [5, 12, 30, -1])
def test_a_gzip_that_is_cut_anywhere_is_one_sentence(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(os.urandom(100))[:keep])
    with pytest.raises(DataError, match="cut short"), open_reader(path) as source:  # noqa: PT012 (either may notice)
        source.array((100,), "u1", "values")
        source.finish()


def test_every_changed_byte_of_a_gzip_is_noticed_or_harmless(tmp_path: Path) -> None:
    content = bytes(range(100))
    packed = gzip.compress(content, mtime=0)
    path = tmp_path / "changed.gz"
    harmless = 0
    for i in range(2, len(packed)):
        path.write_bytes(packed[:i] + bytes([packed[i] ^ 0x55]) + packed[i + 1 :])
        try:
            with open_reader(path) as source:
                values = source.exactly(100, "values")
                source.finish()
            assert values == content
            harmless += 1
        except DataError:
            pass
    assert harmless <= 6  # the header's time and operating system mean nothing to us


def test_a_missing_file_a_folder_and_a_pipe_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="There is no file"), opened(tmp_path / "none.csv"):
        pass
    with pytest.raises(DataError, match="is a folder"), opened(tmp_path):
        pass
    with pytest.raises(DataError, match="cannot be opened: embedded null"), opened("a\0b"):
        pass
    with pytest.raises(DataError, match="cannot be opened"), opened("x" * 10_000):
        pass
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(DataError, match="not a regular file"), opened(tmp_path / "pipe"):
            pass


def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.csv"
    path.touch()

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"secret\.csv' cannot be opened: Permission denied"), opened(path):
        pass


def test_a_disk_that_fails_while_reading_is_one_sentence() -> None:
    class Failing:
        def read(self, count: int) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(DataError, match=r"x cannot be read: Input/output error\."):
        ByteReader(Failing(), "x", 100, packed=False).exactly(1, "head")  # type: ignore[arg-type]


def test_lines_keep_their_ends_and_lose_the_byte_order_mark() -> None:
    text = ByteReader.over("\ufeffä,b\r\n1,2\n3,4".encode())
    assert list(text.lines(1000)) == ["ä,b\r\n", "1,2\n", "3,4"]


def test_text_that_is_not_utf_8_is_refused_with_its_byte() -> None:
    with pytest.raises(DataError, match=r"not UTF-8 text \(byte 0xe9 in its first lines\); save it as UTF-8"):
        list(ByteReader.over("é".encode("latin1")).lines(1000))
    with pytest.raises(DataError, match=r"byte 0xff after line [1-9]"):
        list(ByteReader.over(b"a\n" * 100_000 + b"\xff").lines(1000))


def test_sizes_are_said_as_people_say_them() -> None:
    assert [readable(size) for size in (0, 9_999, 10_000, 2_500_000, 2**31)] == [
        "0 bytes",
        "9999 bytes",
        "0.0 MB",
        "2.5 MB",
        "2.1 GB",
    ]


def test_an_array_of_an_empty_shape_and_a_scalar_can_be_read() -> None:
    source = ByteReader.over(b"\x00\x07")
    assert source.array((), ">i2", "value") == 7
    assert source.array((0, 5), "f8", "values").shape == (0, 5)
    assert np.array_equal(ByteReader.over(b"\x01\x02").array((2,), "u1", "values"), [1, 2])
