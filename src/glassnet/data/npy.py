"""NPY and NPZ, NumPy's own file formats, read without pickle and without believing their headers.

``numpy.load`` takes memory for whatever shape a header announces, and evaluates the header. Here the header is matched
against the few forms that an array of numbers or words has, and its size is checked before memory is taken. A member of
an NPZ (a zip file) is only ever read into an array; no name in it becomes a path.

Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
"""

from __future__ import annotations

import functools
import os
import re
import struct
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from glassnet.data.reader import ByteReader, PathLike, open_reader, opened, readable
from glassnet.errors import DataError, Fault, FormatError
from glassnet.typing import Array, Shape

if TYPE_CHECKING:
    import zipfile

MAGIC = b"\x93NUMPY"
HEADER_LIMIT = 10_000  # bytes; NumPy's own limit
RANK_LIMIT = 32
WORD_LIMIT = 1000  # characters of a word
MEMBER_LIMIT = 1000  # arrays in an NPZ
DIRECTORY_LIMIT = 2**20  # bytes of its directory
TYPES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})

_PATTERNS = {
    "descr": re.compile(r"""['"]descr['"]\s*:\s*(['"][^'"]*['"])\s*[,}]"""),
    "fortran_order": re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)\s*[,}]"""),
    "shape": re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)\s*[,}]"""),
}


def read_npy(path: PathLike) -> Array:
    """The array in an NPY file: numbers or words of fixed length, in the machine's byte order and C order.

    Raises: MissingFileError; DataError for what is no NPY file, is cut short, or would need pickle.

    >>> import tempfile; path = tempfile.mkdtemp() + "/x.npy"
    >>> np.save(path, np.arange(6.0).reshape(2, 3))
    >>> read_npy(path)
    array([[0., 1., 2.],
           [3., 4., 5.]])
    """
    with open_reader(path) as reader:
        return parse_npy(reader)


def parse_npy(reader: ByteReader) -> Array:
    """The array in the bytes of an NPY file."""
    dtype, fortran_order, shape = _header(reader)
    if 0 in shape:
        raise FormatError(Fault.UNUSABLE, f"{reader.name} holds no values: its shape is {shape}.")
    words = dtype.kind == "U"
    array = reader.array(
        shape,
        dtype,
        "values",
        fortran=fortran_order,
        check=functools.partial(_check_words, reader.name) if words else None,
    )
    reader.finish()
    return array


def _header(reader: ByteReader) -> tuple[np.dtype[np.generic], bool, Shape]:
    if reader.exactly(6, "NPY header") != MAGIC:
        raise FormatError(Fault.FOREIGN, f"{reader.name} is not an NPY file.")
    version, _ = reader.exactly(2, "NPY header")
    if version not in (1, 2, 3):
        raise FormatError(Fault.FOREIGN, f"{reader.name} is of version {version} of the NPY format; 1 to 3 are known.")
    form = "<H" if version == 1 else "<I"
    (length,) = struct.unpack(form, reader.exactly(struct.calcsize(form), "NPY header"))
    if length > HEADER_LIMIT:
        raise FormatError(
            Fault.TOO_LARGE, f"{reader.name} announces a header of {length} bytes; at most {HEADER_LIMIT} are read."
        )
    text = reader.exactly(length, "NPY header").decode("latin1").strip()
    found = {key: pattern.findall(text) for key, pattern in _PATTERNS.items()}
    if re.search(r"""['"]descr['"]\s*:\s*\[""", text):
        raise FormatError(
            Fault.UNUSABLE, f"{reader.name} holds records of several fields; an array of numbers or words is needed."
        )
    if not (text.startswith("{") and text.endswith("}")) or any(len(values) != 1 for values in found.values()):
        raise FormatError(Fault.MALFORMED, f"{reader.name} has no valid NPY header.")
    sizes = [size for size in re.split(r"[\s,]+", found["shape"][0]) if size]
    if len(sizes) > RANK_LIMIT or any(len(size) > 18 for size in sizes):
        raise FormatError(Fault.TOO_LARGE, f"{reader.name} announces a shape that cannot be used.")
    dtype = _dtype(found["descr"][0][1:-1], reader.name)
    return dtype, found["fortran_order"][0] == "True", tuple(int(size) for size in sizes)


def _dtype(description: str, name: str) -> np.dtype[np.generic]:
    match = re.fullmatch(r"([<>|=]?)(U(\d{1,4})|[a-z]\d)", description)
    if description in ("|O", "O"):
        raise FormatError(
            Fault.UNUSABLE, f"{name} holds Python objects, which would need pickle; save numbers or words."
        )
    words = match is not None and match[3] is not None and 1 <= int(match[3]) <= WORD_LIMIT
    if match is None or not (words or match[2] in TYPES):
        raise FormatError(
            Fault.UNUSABLE, f"{name} holds values of type {description[:40]!r}; numbers or words are needed."
        )
    return np.dtype(description)


def _check_words(name: str, values: Array) -> None:
    """A word is stored as 32-bit characters, and not every 32-bit number is one."""
    codes = values.view(values.dtype.str[0] + "u4")
    if (codes > 0x10FFFF).any() or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
        raise FormatError(Fault.MALFORMED, f"{name} holds words with characters that do not exist.")


def read_npz(path: PathLike) -> dict[str, Array]:
    """The arrays in an NPZ file, by name.

    Raises: MissingFileError; DataError for what is no zip file of NPY arrays, or announces too much.

    >>> import tempfile; path = tempfile.mkdtemp() + "/x.npz"
    >>> np.savez_compressed(path, X=np.eye(2), y=np.array(["cat", "dog"]))
    >>> {name: array.tolist() for name, array in read_npz(path).items()}
    {'X': [[1.0, 0.0], [0.0, 1.0]], 'y': ['cat', 'dog']}
    """
    with opened(path) as file:
        return parse_npz(file, os.fspath(path), os.fstat(file.fileno()).st_size)


def parse_npz(file: BinaryIO, name: str, stored: int) -> dict[str, Array]:
    """The arrays in an NPZ file of ``stored`` bytes; all of them together may take what one packed file may."""
    import zipfile
    import zlib

    arrays: dict[str, Array] = {}
    left = ByteReader(file, name, stored, packed=True).room
    try:
        with zipfile.ZipFile(cast(BinaryIO, _Frugal(file, name))) as archive:
            for member, info in _members(archive, name).items():
                arrays[member] = _member(archive, info, f"{name}: {ascii(member)[1:-1][:80]}", stored, left)
                left -= arrays[member].nbytes
    except DataError:
        raise
    # What a forged zip makes zipfile raise; each was met by a test.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:80]
        raise FormatError(Fault.DAMAGED, f"{name} is not a whole NPZ file: {reason}.") from None
    return arrays


class _Frugal:
    """A file that gives no more at once than a directory of MEMBER_LIMIT arrays takes.

    ``zipfile`` reads the directory whole, and makes objects of ten times its size from it.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        data = self.file.read(min(count, DIRECTORY_LIMIT + 1) if count >= 0 else DIRECTORY_LIMIT + 1)
        if len(data) > DIRECTORY_LIMIT:
            limit = readable(DIRECTORY_LIMIT)
            raise FormatError(Fault.TOO_LARGE, f"{self.name} has a directory of more than {limit}, which is not read.")
        return data


def _members(archive: zipfile.ZipFile, path: str) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name == info.filename:
            raise FormatError(Fault.FOREIGN, f"{path} holds {ascii(name)[:40]}, which is no NPY array.")
        if name in members:
            raise FormatError(Fault.DAMAGED, f"{path} holds the array {ascii(name)[:40]} twice.")
        members[name] = info
    if len(members) > MEMBER_LIMIT:
        raise FormatError(Fault.TOO_LARGE, f"{path} holds {len(members)} arrays; at most {MEMBER_LIMIT} are read.")
    return members


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, stored: int, left: int) -> Array:
    import zipfile

    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FormatError(Fault.FOREIGN, f"{name} is packed by a method that NumPy does not use.")
    with archive.open(info) as stream:
        # Both sizes in a zip's directory are only announced: the file's own size is the one that is certain.
        reader = ByteReader(stream, name, min(info.compress_size, stored), packed=True)  # type: ignore[arg-type]
        # Members may overlap: a thousand of them must not become a thousand times what one may.
        reader.capacity = min(reader.capacity, left)
        return parse_npy(reader)
