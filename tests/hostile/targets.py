"""Every parser of the package with right inputs: what the fuzzer and the tests of hostile files ask.

The parsers of the bytes of one file raise a `FormatError`. What opens a whole run or a problem raises any of glassnet's
errors, since a name in it may be one that does not exist.
"""

from __future__ import annotations

import copy
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet.data import csv, idx, npy, pictures
from glassnet.data.reader import ByteReader, reader_of
from glassnet.errors import FormatError, GlassnetError
from glassnet.files import checkpoint, journal, model
from glassnet.files.checkpoint import Rest
from glassnet.lab import marking, problem
from glassnet.lab.descent.corners import lagrangians
from glassnet.lab.descent.descend import descend
from glassnet.lab.descent.function import Function
from glassnet.training import card, recorder, resume
from glassnet.training.compare import differences
from glassnet.training.replay import bounds, points

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "marking"


class Equal(str):
    """A digest that is equal to every other: a forger computes the right one."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def reader(data: bytes) -> ByteReader:
    return ByteReader.over(data, "input")


def unpacked(data: bytes) -> object:
    """An IDX file that may be packed; what begins with a zero is packed here, so that mutations get through."""
    if data[:1] == b"\0":
        import gzip

        data = gzip.compress(data[1:], compresslevel=1)
    with reader_of(io.BytesIO(data), "input", len(data)) as packed:
        return idx.parse_idx(packed)


class Folder:
    """The folder of a run, of which one file is what the fuzzer makes."""

    def __init__(self) -> None:
        shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self.path = Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared)) / "run"
        net = gn.Network([gn.Dense(2, activation="relu"), gn.Dropout(0.1), gn.Dense(2)])
        run = net.fit([[0.0], [1.0]] * 4, ["a", "b"] * 4, epochs=2, out=self.path, callbacks=[gn.EarlyStopping()])
        self.run = gn.load_run(self.path)
        self.rest = next((self.path / "checkpoints").glob("*.rest"))
        self.files = {path: path.read_bytes() for path in self.path.rglob("*") if path.is_file()}
        assert run.history == self.run.history

    def opened(self, path: Path, data: bytes) -> None:
        """All that is read of a run before it is trained again, with these bytes for one of its files."""
        path.write_bytes(data)
        try:
            self._open()
        finally:
            path.write_bytes(self.files[path])

    def _open(self) -> None:
        run = gn.load_run(self.path)
        resume.preparation(run, resume._metrics(run.record, None))
        resume._callbacks(run.record, (), Rest(callbacks=({},)))
        bounds(run), list(points(run)), differences(run.record.card, self.run.record.card)

    def rested(self, data: bytes) -> None:
        """The second file of a checkpoint, and what the callbacks make of it."""
        stopping = gn.EarlyStopping()
        stopping.on_fit_start(self.run)
        for callback, memory in zip([stopping], checkpoint.parse_rest(reader(data)).callbacks, strict=False):
            recorder._recall(callback, memory)

    def placed(self, data: bytes) -> None:
        """A checkpoint, and whether it is one of this run."""
        run = copy.copy(self.run)
        run.network = copy.copy(run.network)
        card.place(run, checkpoint.parse(reader(data)))


@dataclass
class Target:
    """A parser, a right input of it, and the errors that are its answers to a wrong one."""

    parse: Callable[[bytes], object]
    seeds: list[bytes]
    answers: type[GlassnetError] = FormatError


def targets() -> dict[str, Target]:
    """Every parser of the package."""
    folder = Folder()
    first = min((folder.path / "checkpoints").glob("*.safetensors"))
    slide = problem.load_problem(EXAMPLES / "slide.toml")
    npy_seeds = [_saved(np.save, np.eye(2)), _saved(np.save, np.array(["cat", "dog"]))]
    npz_seeds = [_saved(f, X=np.eye(2), y=np.arange(2)) for f in (np.savez, np.savez_compressed)]
    csv_seeds = [b"a,b,answer\n1,red,yes\n2,blue,no\n", b"a;b\n1,5;2\n"]
    files = folder.files

    def loaded(data: bytes, name: str) -> object:
        plain = problem.parse(data, name)
        return problem.load_problem(plain) if isinstance(plain, dict) else None  # a word would be a file's name

    return {
        "idx": Target(lambda data: idx.parse_idx(reader(data)), [_idx()]),
        "gz": Target(unpacked, [b"\0" + _idx(), _packed(_idx())]),
        "csv": Target(lambda data: csv.parse_csv(reader(data)), csv_seeds),
        "npy": Target(lambda data: npy.parse_npy(reader(data)), npy_seeds),
        "npz": Target(lambda data: npy.parse_npz(io.BytesIO(data), "input", len(data)), npz_seeds),
        "pgm": Target(lambda data: pictures.parse_netpbm(reader(data)), [b"P2\n2 1 15\n0 3\n", b"P6 1 1 255 abc"]),
        "model": Target(lambda data: model.parse_model(reader(data)), [files[folder.path / "model.safetensors"]]),
        "checkpoint": Target(folder.placed, [files[first]]),
        "rest": Target(folder.rested, [files[folder.rest]]),
        "journal": Target(lambda data: journal.standing(journal.parse_journal(reader(data))), [_journal(files)]),
        "history": _of(folder, "history.jsonl"),
        "card": _of(folder, "run.json"),
        "data": _of(folder, "data.safetensors"),
        "toml": Target(lambda data: loaded(data, "input.toml"), _examples("*.toml"), GlassnetError),
        "json": Target(lambda data: loaded(data, "input.json"), [_plain()], GlassnetError),
        "grammar": Target(understood, [seed.encode() for seed in FORMULAS], GlassnetError),
        "formula": Target(descended, [seed.encode() for seed in FORMULAS], GlassnetError),
        "answers": Target(
            lambda data: marking.mark(slide, problem.parse(data, "input.json")),
            _examples("*answers.json"),
            GlassnetError,
        ),
    }


FORMULAS = ("x**2 - y**2", "(1 - x)^2 + 100(y - x²)^2", "max(x; 0) + e^-x*sin(pi*w1)/ln(y + 2)", "softplus(x) - 2,5x")


def understood(data: bytes) -> object:
    """What the bytes say as a function: its value, its derivatives as formulas, its corners."""
    function = Function.of(data.decode("utf-8", "replace"))
    return function([0.5] * len(function.variables)), function.slopes, function.curvatures, lagrangians(function)


def descended(data: bytes) -> object:
    """A few steps down whatever the bytes say; the start has no value for many a formula."""
    found = descend(data.decode("utf-8", "replace"), steps=5)
    return found.explanation, found.rates


def _of(folder: Folder, name: str) -> Target:
    path = folder.path / name
    return Target(lambda data: folder.opened(path, data), [folder.files[path]], GlassnetError)


def _journal(files: dict[Path, bytes]) -> bytes:
    (lines,) = (content for path, content in files.items() if path.name == "history.jsonl")
    return lines + b'{"kind": "resume", "entries": 1, "step": 0}\n'


def _idx() -> bytes:
    values = np.arange(4, dtype=np.uint8).reshape(2, 2)
    return idx.idx_header(values) + values.tobytes()


def _packed(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)


def _saved(save: Callable[..., None], *arrays: object, **named: object) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


def _examples(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(EXAMPLES.glob(pattern))]


def _plain() -> bytes:
    import json
    import tomllib

    return json.dumps(tomllib.loads((EXAMPLES / "slide.toml").read_text(encoding="utf-8"))).encode()
