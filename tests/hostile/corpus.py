"""Files that somebody made to do harm, each made here by a few lines: what they announce, hide or break."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glassnet.errors import Fault

from .targets import Target


@dataclass(frozen=True)
class Case:
    """Bytes for the parser `target`, and the fault it has to find; None where only a sentence is asked for."""

    target: str
    name: str
    data: bytes
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.target}: {self.name}"


def cases(known: dict[str, Target]) -> Iterator[Case]:
    """Every hostile file; `known` has a right one for each parser to begin with."""
    right = {name: target.seeds[0] for name, target in known.items()}
    for target in right:
        yield Case(target, "empty", b"")
        yield Case(target, "zeros", bytes(1000))
        yield Case(target, "noise", np.random.default_rng(0).bytes(1000))
        yield Case(target, "cut in half", right[target][: len(right[target]) // 2])
        yield Case(target, "a pickle", b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93.")
        yield Case(target, "a thousand brackets", b"[" * 1000)
        yield Case(target, "a hundred thousand braces", b'{"a":' * 100_000)
    yield from _idx()
    yield from _packed(right["idx"])
    yield from _tables()
    yield from _npy()
    yield from _npz()
    yield from _arrays(right)
    yield from _journals(right["journal"])
    yield from _cards(json.loads(right["card"]))
    yield from _sheets()


def _idx() -> Iterator[Case]:
    for name, rank, sizes, fault in (
        ("sizes that overflow 64 bits", 4, (2**32 - 1,) * 4, Fault.TOO_LARGE),
        ("a gigabyte that is not there", 1, (2**30,), Fault.CUT_SHORT),
        ("no rows", 2, (0, 28), Fault.UNUSABLE),
        ("255 dimensions", 255, (1,) * 255, Fault.TOO_LARGE),
    ):
        yield Case("idx", name, struct.pack(f">HBB{len(sizes)}I", 0, 8, rank, *sizes), fault)
    yield Case("idx", "goes on", struct.pack(">HBBI", 0, 8, 1, 1) + b"12", Fault.OVERLONG)


def _packed(idx: bytes) -> Iterator[Case]:
    packed = gzip.compress(idx, mtime=0)
    zeros = struct.pack(">HBBI", 0, 8, 1, 2**27) + bytes(2**27)
    yield Case("gz", "128 MB of zeros in 130 kB", gzip.compress(zeros, 9, mtime=0), Fault.TOO_LARGE)
    yield Case("gz", "packed twice", gzip.compress(packed, mtime=0), Fault.FOREIGN)
    yield Case("gz", "cut", packed[:-9], Fault.CUT_SHORT)
    yield Case("gz", "another checksum", packed[:-8] + bytes(4) + packed[-4:], Fault.UNREADABLE)
    yield Case("gz", "a second member", packed + packed, Fault.OVERLONG)


def _tables() -> Iterator[Case]:
    one_hot = "a,b,c\n" + "".join(f"w{i % 999},v{i % 998},1\n" for i in range(3000))
    for name, text, fault in (
        ("one-hot columns for 3000 rows of 2000 words", one_hot, Fault.TOO_LARGE),
        ("a name of 100 kB", "a" * 100_000 + ",b\n1,2\n", Fault.TOO_LARGE),
        ("a word of 100 kB", f"a,b\n{'x' * 100_000},1\n", Fault.UNUSABLE),
        ("a number of 100 000 digits", f"a,b\n{'9' * 100_000},1\n", Fault.UNUSABLE),
        ("a quote that never closes", 'a,b\n1,"2\n' + "3,4\n" * 50_000, Fault.MALFORMED),
        ("no rows", "a,b\n", Fault.UNUSABLE),
        ("a row too long", "a,b\n1,2,3\n", Fault.MALFORMED),
        ("a row of nothing", "a,b\n,\n", Fault.UNUSABLE),
        ("not a number", "a,b\nnan,1\n", Fault.UNUSABLE),
        ("a null character", "a\0,b\n1,2\n", Fault.FOREIGN),
        ("a formula for a spreadsheet", "a,b\n=1+1,2\n", None),
    ):
        yield Case("csv", name, text.encode(), fault)
    yield Case("csv", "another encoding", "größe,b\n1,2\n".encode("latin1"), Fault.MALFORMED)


def _npy_file(header: str, content: bytes = b"", version: int = 1) -> bytes:
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header.encode() + content


def _npy() -> Iterator[Case]:
    for name, header, content, fault in (
        ("code in the header", "__import__('os').system('echo harm')", b"", Fault.MALFORMED),
        ("Python objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04N.", Fault.UNUSABLE),
        ("an exabyte", f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**57},)}}", b"", Fault.TOO_LARGE),
        ("a gigabyte", f"{{'descr': '<f8', 'fortran_order': True, 'shape': ({2**27},)}}", b"", Fault.CUT_SHORT),
        ("records", "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", bytes(8), Fault.UNUSABLE),
        ("words of a million characters", "{'descr': '<U999999', 'fortran_order': False, 'shape': (1,)}", b"", None),
    ):
        yield Case("npy", name, _npy_file(header, content), fault)


def _zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def _npz() -> Iterator[Case]:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({30 * 2**20},)}}"
    bomb = _npy_file(header, bytes(30 * 2**20))
    one = _npy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", bytes(8))
    yield Case("npz", "ten members of 30 MB of zeros", _zip(*((f"{i}.npy", bomb) for i in range(10))), Fault.TOO_LARGE)
    many = _zip(*((f"{i}.npy", one) for i in range(1001)), method=zipfile.ZIP_STORED)
    yield Case("npz", "more members than are read", many, Fault.TOO_LARGE)
    yield Case("npz", "a directory of megabytes", _zip(*((f"{i:0200}.npy", b"") for i in range(8000))), Fault.TOO_LARGE)
    yield Case("npz", "a member that is no array", _zip(("readme.txt", b"hello")), Fault.FOREIGN)
    yield Case("npz", "a method that NumPy does not use", _zip(("X.npy", one), method=zipfile.ZIP_LZMA), Fault.FOREIGN)
    whole = _zip(("X.npy", one))
    locked = whole.replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0").replace(
        b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"
    )
    yield Case("npz", "a member under a password", locked, Fault.DAMAGED)
    for name in PATHS:
        yield Case("npz", f"a member named {name}", _zip((f"{name}.npy", b"not an array")), Fault.FOREIGN)


PATHS = ("../escaped", "/tmp/glassnet-escaped", "..\\escaped", "C:\\escaped", "a/../../escaped", "\n\x1b[2J")


def _header(described: object, body: bytes = b"") -> bytes:
    text = json.dumps(described).encode()
    return struct.pack("<Q", len(text)) + text + body


def _arrays(right: dict[str, bytes]) -> Iterator[Case]:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    for target in ("model", "checkpoint", "rest", "data"):
        yield Case(target, "a header of 2^63 bytes", struct.pack("<Q", 2**63) + b"{}", Fault.FOREIGN)
        terabyte = {"W": {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}}
        yield Case(target, "an array of a terabyte", _header(terabyte), Fault.TOO_LARGE)
        yield Case(target, "two arrays in one place", _header({"V": entry, "W": entry}, bytes(8)), Fault.MALFORMED)
        yield Case(target, "goes on", right[target] + b"more", Fault.OVERLONG)
        twice = b'{"a": {}, "a": {}}'
        yield Case(target, "a name twice", struct.pack("<Q", len(twice)) + twice, Fault.FOREIGN)
    for name, old, new in (
        ("a layer that is a command", b'\\"kind\\": \\"dense\\"', b'\\"kind\\": \\"os.rm\\"'),
        ("a layer of 10^9 units", b'\\"units\\": 2', b'\\"units\\": 1000000000'),
        ("an activation of one's own", b'\\"activation\\": \\"relu\\"', b'\\"activation\\": \\"eval\\"'),
    ):
        yield Case("model", name, _replaced(right["model"], old, new), Fault.MALFORMED)
    checkpoint = right["checkpoint"]
    yield Case("checkpoint", "one bit", checkpoint[:-1] + bytes([checkpoint[-1] ^ 1]), Fault.DAMAGED)
    yield Case(
        "checkpoint", "a step that is none", _replaced(checkpoint, b'\\"step\\": 0', b'\\"step\\": -1'), Fault.MALFORMED
    )


def _replaced(file: bytes, old: bytes, new: bytes) -> bytes:
    """A file of arrays with something else in its header."""
    (length,) = struct.unpack("<Q", file[:8])
    header = file[8 : 8 + length]
    assert old in header, (old, header)
    header = header.replace(old, new)
    return struct.pack("<Q", len(header)) + header + file[8 + length :]


def _journals(right: bytes) -> Iterator[Case]:
    for target in ("journal", "history"):
        nowhere = b'{"kind": "resume", "step": 0, "entries": %d}\n'
        for name, lines, fault in (
            ("a list within a line", b'{"kind": "event", "step": 1, "event": "x", "more": []}\n', Fault.MALFORMED),
            ("a line of 3 MB", b'{"kind": "' + b"x" * 3 * 2**20 + b'"}\n', Fault.TOO_LARGE),
            ("a line that is no object", b"[]\n", Fault.MALFORMED),
            ("a return to a line that is not there", nowhere % 99999, Fault.MALFORMED),
            ("a return to before the beginning", nowhere % -1, Fault.MALFORMED),
        ):  # fmt: skip
            yield Case(target, name, right + lines, fault)
    for name, record in (
        ("without seconds", '{"epoch": 1, "loss": 0.5}'),
        ("of words", '{"epoch": 1, "loss": "x", "seconds": 0}'),
    ):
        line = f'{{"kind": "epoch", "step": 1, "record": {record}}}\n'.encode()
        yield Case("history", f"an epoch {name}", right + line, Fault.MALFORMED)


def _cards(right: dict[str, object]) -> Iterator[Case]:
    for key in right:
        changed = {name: value for name, value in right.items() if name != key}
        yield Case("card", f"without {key}", json.dumps(changed).encode())
        yield Case("card", f"a list for {key}", json.dumps(right | {key: [[[]]]}).encode())
    settings = right["settings"]
    assert isinstance(settings, dict)
    for key in settings:
        for value in (None, -1, 10**15, "x", [], {}, 1e308):
            changed = right | {"settings": settings | {key: value}}
            yield Case("card", f"{key} is {value}", json.dumps(changed).encode())


def _sheets() -> Iterator[Case]:
    layer = {"W": [[1.0]], "b": [0.0], "activation": "sigmoid"}
    plain = {"layers": [layer], "sample": {"X": [[1.0]], "y": [[1.0]]}, "loss": {"name": "half_mse"}}
    for name, changes in (
        ("a thousand layers", {"layers": [layer] * 1000}),
        ("an optimizer that is a command", {"optimizer": {"name": "__import__"}}),
        ("10^300 digits", {"digits": 10**300}),
        ("a loss without a name", {"loss": {}}),
        ("a sample of words", {"sample": {"X": "abc", "y": "abc"}}),
        ("ask for a list of lists", {"ask": [[["Z1"]]]}),
    ):
        yield Case("json", name, json.dumps(plain | changes).encode())
    yield Case("json", "two megabytes", b"[" + b" " * 2 * 2**20 + b"]")
    yield Case("toml", "deep brackets", b"x = " + b"[" * 5000)
    for name, working in (
        ("a power of powers", "9**9**9**9**9"),
        ("many brackets", "(" * 30_000),
        ("code", "__import__('os').system('echo harm')"),
        ("digits of another script", "\u0661\u0662\u0663"),
    ):
        sheet = [{"quantity": "z1", "value": "0.415", "working": working}]
        yield Case("answers", name, json.dumps(sheet).encode())
    yield Case("answers", "a value of many digits", json.dumps([{"quantity": "z1", "value": "9" * 50_000}]).encode())


def found(folder: Path) -> list[Case]:
    """What a fuzzer found once: files named TARGET-whatever."""
    return [Case(path.name.partition("-")[0], path.name, path.read_bytes()) for path in sorted(folder.glob("*-*"))]
