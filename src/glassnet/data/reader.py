"""One reader for bytes with limits: every parser of this package reads a file through it.

A file that somebody else made may announce anything. So no announced size is believed: it is compared first with a
cap, then with what the file can hold at all, and only then is memory taken. A packed file is unpacked as far as the
announced size and no further, and whatever is made of a file, packed or not, is at most ``GROWTH`` larger than it: with
what reading takes besides, that stays below 200 MB beyond the file's own size.
"""

from __future__ import annotations

import io
import math
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from glassnet.errors import DataError, Fault, FormatError, MissingFileError
from glassnet.typing import Array, Shape

LIMIT = 2 * 2**30  # bytes that one array may hold
GROWTH = 160 * 2**20  # bytes by which what is made of a file may be larger than the file (MNIST unpacked: 37 MB)
FREE = 32 * 2**20  # bytes that a packed file may become, however small it is
RATIO = 100  # times its own size that a packed file may become beyond FREE (MNIST: 5)
CHUNK = 2**20

PathLike = str | os.PathLike[str]
Check = Callable[[Array], None] | None


def readable(size: int) -> str:
    """A number of bytes as people say it.

    >>> readable(784), readable(47_040_016), readable(2**31)
    ('784 bytes', '47.0 MB', '2.1 GB')
    """
    if size < 10_000:
        return f"{size} bytes"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


class ByteReader:
    """Bytes of one stream, handed out exactly as announced or refused in one sentence.

    ``stored`` is what the stream occupies in its file. A plain stream holds that many bytes; a packed one may become
    ``max(FREE, RATIO * stored)`` of them, and ``stored + GROWTH``. Neither ever hands out more than ``limit``.

    >>> reader = ByteReader.over(b"abcdef")
    >>> reader.exactly(4, "of header"), reader.array((2,), "u1", "values")
    (b'abcd', array([101, 102], dtype=uint8))
    """

    def __init__(self, stream: BinaryIO, name: str, stored: int, *, packed: bool, limit: int | None = None) -> None:
        self.stream = stream
        self.name = name
        self.packed = packed
        self.limit = LIMIT if limit is None else limit
        self.most = stored + GROWTH
        self.room = min(max(FREE, RATIO * stored), self.most)  # what may be made of the file
        self.capacity = self.room if packed else stored
        self.taken = 0

    @classmethod
    def over(cls, data: bytes, name: str = "data") -> ByteReader:
        """A reader over bytes in memory."""
        return cls(io.BytesIO(data), name, len(data), packed=False)

    def exactly(self, count: int, what: str) -> bytes:
        """The next ``count`` bytes, ``what`` naming them in the sentence if they are not there."""
        self.allow(count, what)
        with self._sentences():
            data = self.stream.read(count)
        self._arrived(len(data), count, what)
        return data

    def array(
        self, shape: Shape, dtype: npt.DTypeLike, what: str, *, fortran: bool = False, check: Check = None
    ) -> Array:
        """The next ``prod(shape)`` values as an array in the machine's byte order.

        ``fortran``: the first index runs fastest in the stream; the array is in C order all the same. ``check`` is
        shown the values, a piece at a time.
        """
        kind = np.dtype(dtype)
        self.allow(math.prod(shape) * kind.itemsize, what)  # in Python's integers: a product that cannot overflow
        values = np.empty(shape, kind.newbyteorder("="))
        self.fill(values.T if fortran else values, kind, what, check=check)
        return values

    def fill(self, values: Array, dtype: npt.DTypeLike, what: str, *, check: Check = None) -> None:
        """The next ``values.size`` values of the stream, in C order, into an array: in pieces, without a second one."""
        kind = np.dtype(dtype)
        whole = values.reshape(-1) if values.flags.c_contiguous else values.flat
        size = max(1, CHUNK // kind.itemsize)
        for start in range(0, values.size, size):
            count = min(size, values.size - start)
            piece = np.frombuffer(self._piece(count * kind.itemsize, values.size * kind.itemsize, what), kind)
            if kind.kind == "b":
                piece = piece.view(np.uint8) != 0  # a truth value is 0 or 1; a file can hold other bytes
            if check is not None:
                check(piece)
            whole[start : start + count] = piece

    def finish(self) -> None:
        """Refuses bytes beyond the announced ones (and lets a packed stream check its own sum)."""
        with self._sentences():
            more = self.stream.read(1)
        if more:
            raise FormatError(
                Fault.OVERLONG, f"{self.name} goes on after the {readable(self.taken)} that its header announces."
            )

    def lines(self, longest: int) -> Iterator[str]:
        """The stream as lines of UTF-8 text, line ends kept, each shorter than this many characters."""
        text = io.TextIOWrapper(io.BufferedReader(_Counted(self)), encoding="utf-8-sig", newline="")
        number = 0
        try:
            for number, line in enumerate(iter(lambda: text.readline(longest), ""), 1):
                if len(line) == longest:
                    raise FormatError(
                        Fault.TOO_LARGE, f"{self.name}, line {number}: it has more than {longest - 1} characters."
                    )
                yield line
        except UnicodeDecodeError as error:
            where = f"after line {number}" if number else "in its first lines"
            byte = error.object[error.start]
            raise FormatError(
                Fault.MALFORMED, f"{self.name} is not UTF-8 text (byte 0x{byte:02x} {where}); save it as UTF-8."
            ) from None

    def some(self, count: int) -> bytes:
        """Up to ``count`` bytes, fewer only at the end: for text, which announces no size."""
        with self._sentences():
            data = self.stream.read(count)
        self.taken += len(data)
        allowed = min(self.limit, self.capacity)
        if self.taken > allowed:
            hint = " Unpack it first." if self.packed and allowed == self.most else ""
            raise FormatError(
                Fault.TOO_LARGE,
                f"{self.name} holds more than the {readable(allowed)} that are read of such a file.{hint}",
            )
        return data

    def rest(self) -> bytes:
        """All that is left: for small texts, whose size is their limit."""
        return b"".join(iter(lambda: self.some(CHUNK), b""))

    def allow(self, count: int, what: str, *, ahead: int = 0) -> None:
        """Refuses more bytes than may be read, or than can follow ``ahead`` others: before memory is taken for them."""
        if count > self.limit:
            raise FormatError(
                Fault.TOO_LARGE,
                f"{self.name} announces {readable(count)} of {what}; at most {readable(self.limit)} are read.",
            )
        left = max(0, self.capacity - self.taken - ahead)
        if count > left and not self.packed:
            raise FormatError(
                Fault.CUT_SHORT,
                f"{self.name} is cut short: {readable(count)} of {what} are announced, {readable(left)} follow.",
            )
        if count > left:
            raise FormatError(Fault.TOO_LARGE, f"{self.name} announces {readable(count)} of {what}, {self._too_much()}")

    def grow(self, count: int, what: str, advice: str) -> None:
        """Refuses to make more of the file than it may become."""
        if count > self.room:
            raise FormatError(
                Fault.TOO_LARGE,
                f"{self.name} would become {readable(count)} of {what}; of a file of its size at most "
                f"{readable(self.room)} are made: {advice}.",
            )

    def _too_much(self) -> str:
        if self.room < self.most:
            return f"more than {RATIO} times its own size: that looks like a decompression bomb and is not unpacked."
        return f"over {readable(GROWTH)} more than its own size: unpack it first, and give the unpacked file."

    def _piece(self, count: int, total: int, what: str) -> bytes:
        """``count`` bytes of the ``total`` that are announced."""
        with self._sentences():
            data = self.stream.read(count)
            while len(data) < count and (more := self.stream.read(count - len(data))):
                data += more
        self.taken += len(data)
        if len(data) < count:
            raise FormatError(
                Fault.CUT_SHORT, f"{self.name} is cut short: {readable(total)} of {what} are announced, fewer follow."
            )
        return data

    def _arrived(self, got: int, count: int, what: str) -> None:
        self.taken += got
        if got < count:
            raise FormatError(
                Fault.CUT_SHORT,
                f"{self.name} is cut short: {readable(count)} of {what} are announced, {readable(got)} follow.",
            )

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turns what unpacking can raise into one kind of error."""
        import zlib

        try:
            yield
        except EOFError:
            raise FormatError(
                Fault.CUT_SHORT, f"{self.name} is cut short: its packed contents end too early."
            ) from None
        except zlib.error:
            raise FormatError(
                Fault.DAMAGED, f"{self.name} is damaged: its packed contents cannot be unpacked."
            ) from None
        except OSError as error:  # gzip.BadGzipFile is one, and so is a disk that fails
            raise FormatError(Fault.UNREADABLE, f"{self.name} cannot be read: {error.strerror or error}.") from None


class _Counted(io.RawIOBase):
    """The reader as a raw stream for the text layer above it, still under the reader's limits."""

    def __init__(self, reader: ByteReader) -> None:
        self.reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.reader.some(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: PathLike) -> Iterator[BinaryIO]:
    """A regular file opened for reading; anything else is one sentence."""
    try:
        # Asked before opening: opening a pipe would wait for its other end.
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise FormatError(Fault.UNREADABLE, f"{path} is a folder; a file is needed.")
        if not stat.S_ISREG(mode):
            raise FormatError(Fault.UNREADABLE, f"{path} is not a regular file.")
        file = Path(path).open("rb")  # noqa: SIM115 (closed below; the errors of the body are not ours)
    except (FileNotFoundError, NotADirectoryError):
        raise MissingFileError(f"There is no file {os.fspath(path)!r}.") from None
    except (OSError, ValueError) as error:  # no permission, a loop of links, a null character in the name
        reason = error.strerror if isinstance(error, OSError) else error
        if isinstance(error, DataError):
            raise
        raise FormatError(Fault.UNREADABLE, f"{os.fspath(path)!r} cannot be opened: {reason}.") from None
    with file:
        yield file


def read_whole(path: PathLike, limit: int) -> bytes:
    """The bytes of a small file, refused where there are more than ``limit``."""
    with opened(path) as file:
        return ByteReader(file, os.fspath(path), os.fstat(file.fileno()).st_size, packed=False, limit=limit).rest()


@contextmanager
def open_reader(path: PathLike, *, limit: int | None = None) -> Iterator[ByteReader]:
    """A reader over a file, unpacked where the file is a gzip (known by its first bytes, not by its name)."""
    with opened(path) as file, reader_of(file, os.fspath(path), os.fstat(file.fileno()).st_size, limit) as reader:
        yield reader


@contextmanager
def reader_of(file: BinaryIO, name: str, stored: int, limit: int | None = None) -> Iterator[ByteReader]:
    """A reader over the bytes of a file, packed or not."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not packed:
        yield ByteReader(file, name, stored, packed=False, limit=limit)
        return
    import gzip

    with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield ByteReader(unpacked, name, stored, packed=True, limit=limit)  # type: ignore[arg-type]
