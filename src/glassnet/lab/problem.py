"""Problems: a small network with its numbers, a sample, and what is asked, from TOML, JSON or a mapping."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.data.reader import read_whole
from glassnet.errors import DataError, Fault, FormatError, GlassnetError, SettingError, ShapeError, unknown_name
from glassnet.lab.dissect import dissect
from glassnet.lab.expressions import Name
from glassnet.lab.naming import read_name
from glassnet.lab.path import path_of
from glassnet.lab.presentations import presentations_of
from glassnet.lab.solution import Solution, of_steps
from glassnet.lab.trace import Trace
from glassnet.layers import Dense
from glassnet.maths import losses
from glassnet.training.network import Network

KEYS = {
    "title",
    "ask",
    "digits",
    "layers",
    "sample",
    "loss",
    "optimizer",
    "names",
    "settings",
    "steps",
    "function",
    "perceptron",
}
MOST_STEPS = 50
SHIPPED = Path(__file__).parent / "problems"
STEP = re.compile(r"\s*step\s*(\d{1,3})[\s.:,]+(.*)", re.IGNORECASE | re.DOTALL)
LARGEST_FILE = 2**20
MOST_LAYERS = 100


@dataclass(frozen=True)
class Problem:
    """A problem and its solution."""

    title: str
    solution: Solution
    ask: tuple[Name, ...]
    digits: int = 2
    names: Mapping[str, str] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    _known: dict[str, list[Name]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def trace(self) -> Trace:
        """The problem's first step, opened.

        Raises:
            SettingError: a problem without a network.
        """
        if not self.traces:
            raise SettingError("This problem has no network, so there is no step of one to open.")
        return self.traces[0]

    def entries(self, given: str) -> list[Name]:
        """The entries that a name stands for, in order: one, or all of an array."""
        if given not in self._known:
            quantity, index = self._read(str(given))
            places = np.ndindex(self.solution.quantities[quantity].shape) if index is None else [index]
            self._known[given] = [Name(quantity, self.solution.checked(quantity, place)) for place in places]
        return self._known[given]

    def _read(self, given: str) -> tuple[str, tuple[int, ...] | None]:
        """The quantity of a name such as "w1 new" or "step 2: dE/dw1"."""
        step = STEP.fullmatch(given)
        if not step:
            return read_name(given, self.solution.quantities, self.names)
        number = int(step[1])
        if not 1 <= number <= len(self.solution.steps):
            raise SettingError(f"{given!r:.60}: the problem has the steps 1 to {len(self.solution.steps)}.")
        shared = {name: self.solution.shared(number - 1, name) for name in self.solution.within_a_step}
        found, index = read_name(step[2], [n for n, full in shared.items() if full in self.solution.quantities],
                                 self.names)  # fmt: skip
        return shared[found], index

    def shown(self, entry: Name) -> str:
        """The entry's name; that of its quantity where it is the only one."""
        only = self.solution.quantities.get(entry.quantity)
        return entry.quantity if only is not None and only.value.size == 1 else str(entry)


def load_problem(given: Any, *, mean_in: str | None = None) -> Problem:
    """A problem by its name, from a TOML or JSON file, or a mapping of that form; `mean_in` overrides its setting.

    Raises:
        MissingFileError, DataError, SettingError, ShapeError: what cannot be used, in one sentence.
    """
    if isinstance(given, Problem):
        return given
    plain = given if isinstance(given, Mapping) else read(named(given))
    if not isinstance(plain, Mapping):
        raise DataError(f"A problem is a table with layers, a sample, a loss; given is {type(plain).__name__}.")
    for key in plain:
        if key not in KEYS:
            raise unknown_name("key of a problem", key, KEYS)
    for key in ("layers", "sample", "loss") if not {"function", "perceptron"} & set(plain) else ():
        if key not in plain:
            raise DataError(f"The problem has no {key!r}.")
    try:
        return _made(plain, mean_in)
    except GlassnetError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DataError(f"The problem cannot be used: {error}.") from None


def shipped() -> list[str]:
    """The names of the problems inside the package.

    >>> "slide" in shipped()
    True
    """
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def named(given: Any) -> Path:
    """The file of a problem: the one at this path, or a shipped one of this name.

    Raises:
        SettingError: a name that is neither; the nearest is suggested.
    """
    path = Path(given)
    if path.suffix or path.is_file() or len(path.parts) != 1:
        return path
    if path.name not in shipped():
        raise unknown_name("problem", path.name, shipped())
    return SHIPPED / f"{path.name}.toml"


def read(path: Path) -> Any:
    """A TOML or JSON file as plain data."""
    return parse(read_whole(path, LARGEST_FILE), str(path))


def parse(data: bytes, name: str) -> Any:
    """The bytes of a TOML or JSON file as plain data; numbers stay as they were written."""
    toml = name.endswith(".toml")
    try:
        text = data.decode("utf-8")
        return tomllib.loads(text) if toml else json.loads(text, parse_float=str)
    except RecursionError:
        raise FormatError(Fault.MALFORMED, f"{name} is nested too deeply.") from None
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise FormatError(Fault.MALFORMED, f"{name} is no {'TOML' if toml else 'JSON'}: {reason}.") from None


def _made(plain: Mapping[str, Any], mean_in: str | None) -> Problem:
    steps = _whole(plain.get("steps", 1), "steps", MOST_STEPS)
    if "function" in plain:
        return _asked(plain, path_of(plain["function"], optimizer_of(plain), steps), ())
    if "perceptron" in plain:
        return _asked(plain, presentations_of(plain["perceptron"]), ())
    sample, loss = plain["sample"], dict(plain["loss"])
    X, y = _numbers(sample["X"], "X"), _targets(sample["y"])
    network = _network(plain["layers"], X.shape[-1])
    settings = dict(plain.get("settings", {}))
    mean_in = mean_in or str(settings.get("mean_in", "dW"))
    traces = _steps(
        network, X, y, losses.get(loss.pop("name"), **loss), optimizer_of(plain), mean_in,
        steps,
        _whole(settings.get("batch_size", len(X)), "batch_size", len(X)),
    )  # fmt: skip
    return _asked(plain, of_steps(traces), tuple(traces))


def _asked(plain: Mapping[str, Any], solution: Solution, traces: tuple[Trace, ...]) -> Problem:
    """The problem with what it asks; by default everything that follows from something."""
    digits = _whole(plain.get("digits", 2), "digits", 15)
    names = {str(key): str(value) for key, value in dict(plain.get("names", {})).items()}
    problem = Problem(str(plain.get("title", "")), solution, (), digits, names, traces)
    asked = plain.get("ask", [name for name in solution.quantities if solution.derived(name)])
    if isinstance(asked, str) or not isinstance(asked, Sequence):
        raise SettingError("A problem's `ask` is a list of names.")
    return replace(problem, _known={}, ask=tuple(entry for name in asked for entry in problem.entries(name)))


def optimizer_of(plain: Mapping[str, Any]) -> optim.Optimizer:
    """The optimizer of a problem; gradient descent with the rate 1 where it names none."""
    given = dict(plain.get("optimizer", {"name": "gradient_descent", "learning_rate": 1.0}))
    name = given.pop("name", "gradient_descent")
    return optim.get(name, **{key: _plain(value) for key, value in given.items()})


def _steps(
    network: Network, X: Any, y: Any, loss: Any, optimizer: optim.Optimizer, mean_in: str, steps: int, batch: int
) -> list[Trace]:
    """The steps in order; each takes the next rows, and from the last on the first again."""
    traces = []
    for step in range(steps):
        rows = [(step * batch + i) % len(X) for i in range(batch)]
        of = X[rows], y[rows]
        traces.append(dissect(network, *of, loss=loss, optimizer=optimizer, mean_in=mean_in, scale=None))
        if step + 1 < steps:
            network.fit(*of, loss=loss, optimizer=optimizer, updates=1, batch_size="full", metrics=(), shuffle=False,
                        scale=None, engine="reference", dtype="float64")  # fmt: skip
    return traces


def _whole(value: Any, name: str, largest: int) -> int:
    if isinstance(value, bool) or not str(value).isdigit() or not 1 <= int(value) <= largest:
        raise SettingError(f"A problem's {name} is a whole number from 1 to {largest}; given {value!r:.40}.")
    return int(value)


def _plain(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else float(value)
    except ValueError:
        return value


def _network(layers: Any, inputs: int) -> Network:
    if not isinstance(layers, Sequence) or not layers:
        raise DataError("The problem's layers are a list of tables with W, b and an activation.")
    if len(layers) > MOST_LAYERS:
        raise DataError(f"The problem has {len(layers)} layers; at most {MOST_LAYERS} are opened number by number.")
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


def _targets(given: Any) -> Any:
    """Rows of numbers, or one class number a row."""
    labels = isinstance(given, Sequence) and len(given) > 0 and all(isinstance(label, int) for label in given)
    return np.array(given, dtype=np.int64) if labels else _numbers(given, "y")


def _numbers(given: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be rows of numbers of the same length.") from None
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ShapeError(f"{name} must be a table of finite numbers, (rows, columns); its shape is {array.shape}.")
    return array
