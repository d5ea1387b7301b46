"""Problems: a small network with its numbers, a sample, and what is asked, from TOML, JSON or a mapping."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.errors import DataError, GlassnetError, MissingFileError, SettingError, ShapeError, unknown_name
from glassnet.lab.dissect import dissect
from glassnet.lab.expressions import Name
from glassnet.lab.naming import read_name
from glassnet.lab.trace import Trace
from glassnet.layers import Dense
from glassnet.maths import losses
from glassnet.training.network import Network

KEYS = {"title", "ask", "digits", "layers", "sample", "loss", "optimizer", "names", "settings"}
LARGEST_FILE = 2**20


@dataclass(frozen=True)
class Problem:
    """A problem and its solution: the trace of its step."""

    title: str
    trace: Trace
    ask: tuple[Name, ...]
    digits: int = 2
    names: Mapping[str, str] = field(default_factory=dict)

    def entries(self, given: str) -> list[Name]:
        """The entries that a name stands for, in order: one, or all of an array."""
        found, index = read_name(given, self.trace.quantities, self.names)
        shape = self.trace.quantities[found].shape
        if index is None:
            return [Name(found, place) for place in np.ndindex(shape)]
        return [Name(found, self.trace.checked(found, index))]

    def shown(self, entry: Name) -> str:
        """The entry's name; that of its quantity where it is the only one."""
        only = self.trace.quantities.get(entry.quantity)
        return entry.quantity if only is not None and only.value.size == 1 else str(entry)


def load_problem(given: Any, *, mean_in: str | None = None) -> Problem:
    """A problem from a TOML or JSON file, or a mapping of the same form; `mean_in` overrides its setting.

    Raises:
        MissingFileError, DataError, SettingError, ShapeError: what cannot be used, in one sentence.
    """
    if isinstance(given, Problem):
        return given
    plain = given if isinstance(given, Mapping) else read(Path(given))
    if not isinstance(plain, Mapping):
        raise DataError(f"A problem is a table with layers, a sample, a loss; given is {type(plain).__name__}.")
    for key in plain:
        if key not in KEYS:
            raise unknown_name("key of a problem", key, KEYS)
    for key in ("layers", "sample", "loss"):
        if key not in plain:
            raise DataError(f"The problem has no {key!r}.")
    try:
        return _made(plain, mean_in)
    except GlassnetError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DataError(f"The problem cannot be used: {error}.") from None


def read(path: Path) -> Any:
    """A TOML or JSON file as plain data."""
    if not path.is_file():
        raise MissingFileError(f"There is no file {path}.")
    if path.stat().st_size > LARGEST_FILE:
        raise DataError(f"{path} has more than {LARGEST_FILE} bytes; a problem or a sheet of answers is small.")
    try:
        content = path.read_text(encoding="utf-8")
        return tomllib.loads(content) if path.suffix == ".toml" else json.loads(content, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no {'TOML' if path.suffix == '.toml' else 'JSON'}: {error}.") from None


def _made(plain: Mapping[str, Any], mean_in: str | None) -> Problem:
    sample, loss = plain["sample"], dict(plain["loss"])
    X, y = _numbers(sample["X"], "X"), _numbers(sample["y"], "y")
    network = _network(plain["layers"], X.shape[-1])
    optimizer = dict(plain.get("optimizer", {"name": "gradient_descent", "learning_rate": 1.0}))
    settings = {key: _plain(value) for key, value in optimizer.items() if key != "name"}
    mean_in = mean_in or str(plain.get("settings", {}).get("mean_in", "dW"))
    trace = dissect(
        network, X, y, loss=losses.get(loss.pop("name"), **loss),
        optimizer=optim.get(optimizer["name"], **settings), mean_in=mean_in, scale=None,
    )  # fmt: skip
    digits = int(plain.get("digits", 2))
    problem = Problem(str(plain.get("title", "")), trace, (), digits, dict(plain.get("names", {})))
    asked = plain.get("ask", [name for name in trace.quantities if trace.formulas.entry(name, ZERO) is not None])
    if isinstance(asked, str) or not isinstance(asked, Sequence):
        raise SettingError("A problem's `ask` is a list of names.")
    entries = tuple(entry for name in asked for entry in problem.entries(name))
    return Problem(problem.title, trace, entries, digits, problem.names)


ZERO = (0, 0)


def _plain(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else float(value)
    except ValueError:
        return value


def _network(layers: Any, inputs: int) -> Network:
    if not isinstance(layers, Sequence) or not layers:
        raise DataError("The problem's layers are a list of tables with W, b and an activation.")
    weights = [(_numbers(layer["W"], "W"), layer.get("b")) for layer in layers]
    network = Network(
        [Dense(W.shape[1], activation=layer.get("activation", "identity"), bias=b is not None)
         for layer, (W, b) in zip(layers, weights, strict=True)]
    )  # fmt: skip
    arena = network.build(inputs, dtype="float64").parameters()
    for k, (W, b) in enumerate(weights, 1):
        if arena[f"W{k}"].shape != W.shape:
            raise ShapeError(f"W{k} must be {arena[f'W{k}'].shape} (inputs, outputs); the problem has {W.shape}.")
        arena[f"W{k}"][...] = W
        if b is not None:
            bias = np.asarray(b, np.float64)
            if bias.shape != arena[f"b{k}"].shape:
                raise ShapeError(f"b{k} must be {arena[f'b{k}'].shape}; the problem has {bias.shape}.")
            arena[f"b{k}"][...] = bias
    return network


def _numbers(given: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be rows of numbers of the same length.") from None
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ShapeError(f"{name} must be a table of finite numbers, (rows, columns); its shape is {array.shape}.")
    return array
