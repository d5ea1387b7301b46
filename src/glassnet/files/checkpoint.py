"""Checkpoints: the numbers of a training at one step, as arrays and plain data.

Two files. The checkpoint itself is what replaying needs: weights, moments, scalars, the step, and the place in the
epoch; the random numbers follow from seed, step and epoch. Only the newest one has a second file with what resuming
needs on top: the outputs of the epoch so far (its metrics are computed from them) and what the callbacks remember.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.data.reader import ByteReader
from glassnet.errors import Fault, FormatError
from glassnet.files import plain, tensors
from glassnet.layers.parameters import aligned_zeros
from glassnet.typing import Array, Floats

FORMAT = "glassnet checkpoint 1"
REST_FORMAT = "glassnet rest 1"


@dataclass(frozen=True)
class Place:
    """Where in a run a checkpoint stands.

    epoch: epochs finished. steps, loss_sum, weight, seconds: of the epoch under way. rate: the learning rate that
    overrides the optimizer's, or None. entries: lines of the journal that had been written.
    """

    step: int
    epoch: int
    steps: int = 0
    loss_sum: float = 0.0
    weight: float = 0.0
    seconds: float = 0.0
    rate: float | None = None
    entries: int = 0

    @property
    def key(self) -> str:
        """Its name; names are in the order of time."""
        return f"{self.step:012d}-{self.entries:08d}"


@dataclass(frozen=True)
class Checkpoint:
    """`numbers` is what `State.copy` gives: values (the weights, then what layers keep), moments, scalars, step."""

    place: Place
    numbers: dict[str, Any]

    @property
    def digest(self) -> str:
        """See `digest_of_numbers`."""
        return digest_of_numbers(self.numbers)

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        return int(self.numbers["values"].nbytes + sum(m.nbytes for m in self.numbers["moments"].values()))


@dataclass(frozen=True)
class Rest:
    """What resuming needs beyond the checkpoint; `callbacks` holds one mapping for each callback."""

    outputs: Array | None = None
    callbacks: tuple[dict[str, Any], ...] = field(default=())


def digest_of_numbers(numbers: Mapping[str, Any]) -> str:
    """BLAKE2b, 16 bytes, over weights, moments, scalars and step: equal digests are equal states, to the last bit.

    >>> numbers = {"values": np.zeros(3, np.float32), "moments": {}, "scalars": {}, "step": 0}
    >>> digest_of_numbers(numbers)[:8], digest_of_numbers(numbers | {"step": 1})[:8]
    ('f45ff90d', '82a662a3')
    """
    scalars = {name: float(value).hex() for name, value in sorted(numbers["scalars"].items())}
    import hashlib

    digest = hashlib.blake2b(plain.write({"step": numbers["step"], "scalars": scalars}), digest_size=16)
    for name, array in [("values", numbers["values"]), *sorted(numbers["moments"].items())]:
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        digest.update(f"{name} {little.dtype.str} {little.size} ".encode())
        digest.update(little.view(np.uint8).data)
    return digest.hexdigest()


def pack(checkpoint: Checkpoint) -> Iterator[Any]:
    """The pieces of a checkpoint's file."""
    numbers = checkpoint.numbers
    moments = {f"moments.{name}": moment for name, moment in numbers["moments"].items()}
    texts = {
        "format": FORMAT,
        "place": plain.write(asdict(checkpoint.place)).decode(),
        "scalars": plain.write(numbers["scalars"]).decode(),
        "digest": checkpoint.digest,
    }
    return tensors.pack({"values": numbers["values"]} | moments, texts)


def read(path: Path) -> Checkpoint:
    """The checkpoint in a file; raises DataError for any file that is not exactly one, or whose digest differs."""
    with tensors.opened(path, "checkpoint") as contents:
        return _checkpoint(contents)


def parse(reader: ByteReader) -> Checkpoint:
    """The checkpoint in the bytes of a file."""
    return _checkpoint(tensors.Contents(reader, "checkpoint"))


def pack_rest(rest: Rest) -> Iterator[Any]:
    """The pieces of the second file."""
    arrays: dict[str, Array] = {} if rest.outputs is None else {"outputs": rest.outputs}
    plains: list[dict[str, Any]] = []
    for place, state in enumerate(rest.callbacks):
        arrays |= {f"{place}.{name}": value for name, value in state.items() if isinstance(value, np.ndarray)}
        plains.append(plain.spelled({k: v for k, v in state.items() if not isinstance(v, np.ndarray)}))
    return tensors.pack(arrays, {"format": REST_FORMAT, "callbacks": plain.write({"states": plains}).decode()})


def read_rest(path: Path) -> Rest:
    """The inverse of `pack_rest`."""
    return _rest(*tensors.read(path, "checkpoint"), name=str(path))


def parse_rest(reader: ByteReader) -> Rest:
    """The same from the bytes of a file."""
    contents = tensors.Contents(reader, "checkpoint")
    return _rest(contents.arrays(), contents.texts, name=reader.name)


def _checkpoint(contents: tensors.Contents) -> Checkpoint:
    name, texts = contents.reader.name, contents.texts
    if texts.get("format") != FORMAT or texts.keys() != {"format", "place", "scalars", "digest"}:
        raise FormatError(Fault.FOREIGN, f"{name} is not a checkpoint of this version of glassnet.")
    place = _place(plain.parse(texts["place"].encode(), f"{name}: its place"), name)
    scalars = plain.parse(texts["scalars"].encode(), f"{name}: its scalars")
    kinds = {(len(shape), dtype) for shape, dtype in contents.shapes.values()}
    if "values" not in contents.shapes or kinds not in ({(1, np.dtype("<f4"))}, {(1, np.dtype("<f8"))}):
        raise FormatError(
            Fault.MALFORMED, f"{name} is a damaged checkpoint: its arrays are not weights and their moments."
        )
    if not all(type(value) is float for value in scalars.values()):
        raise FormatError(Fault.MALFORMED, f"{name} is a damaged checkpoint: its scalars are not numbers.")
    arrays = contents.arrays(lambda shape, dtype: aligned_zeros(shape[0], dtype))  # they may become a state's own
    values: Floats = arrays.pop("values")
    moments = {key.removeprefix("moments."): moment for key, moment in arrays.items()}
    numbers = {"values": values, "moments": moments, "scalars": scalars, "step": place.step}
    if digest_of_numbers(numbers) != texts["digest"]:
        raise FormatError(Fault.DAMAGED, f"{name} is a damaged checkpoint: its digest differs from its contents.")
    return Checkpoint(place, numbers)


def _place(given: dict[str, Any], name: str) -> Place:
    whole, real = ("step", "epoch", "steps", "entries"), ("loss_sum", "weight", "seconds")
    right = (
        given.keys() == {*whole, *real, "rate"}
        and all(type(given[key]) is int and 0 <= given[key] < 2**63 for key in whole)
        and all(type(given[key]) is float and isfinite(given[key]) for key in real)
        and (given["rate"] is None or (type(given["rate"]) is float and given["rate"] >= 0))
    )
    if not right:
        raise FormatError(Fault.MALFORMED, f"{name} is a damaged checkpoint: it does not say where it stands.")
    return Place(**given)


def _rest(arrays: dict[str, Array], texts: dict[str, str], *, name: str) -> Rest:
    damaged = FormatError(
        Fault.MALFORMED, f"{name} is a damaged checkpoint: it does not say what its callbacks remember."
    )
    if texts.get("format") != REST_FORMAT or texts.keys() != {"format", "callbacks"}:
        raise FormatError(Fault.FOREIGN, f"{name} is not a checkpoint of this version of glassnet.")
    plains = plain.parse(texts["callbacks"].encode(), f"{name}: its callbacks").get("states")
    if not isinstance(plains, list) or not all(isinstance(state, dict) for state in plains):
        raise damaged
    states = [plain.unspelled(state) for state in plains]
    outputs = arrays.pop("outputs", None)
    for key, array in arrays.items():
        place, _, field_name = key.partition(".")
        if not place.isdecimal() or len(place) > 6 or int(place) >= len(states):
            raise damaged
        states[int(place)][field_name] = array
    return Rest(outputs, tuple(states))
