"""From parameters to a network's layers, an optimizer and its schedule, and the weights it starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache
from numbers import Integral, Real
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.engine import State
from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.estimators import reading
from glassnet.layers import Activation as ActivationLayer
from glassnet.layers import BatchNorm, Dense, Dropout, Layer, LayerNorm, RMSNorm
from glassnet.layers.specification import Specification
from glassnet.maths import activations, initializers
from glassnet.maths.catalogue import recall
from glassnet.optim import Adam, Momentum, Nesterov, Optimizer, schedules
from glassnet.optim.schedules import BiasCorrection, InverseScaling, Schedule
from glassnet.training.network import Network
from glassnet.typing import Array

DRAWN_AT_ONCE = 2**17  # start weights: a large matrix needs no memory beside itself
NORMALIZERS: dict[str, type[Layer]] = {"batch": BatchNorm, "layer": LayerNorm, "rms": RMSNorm}


# ---- layers ----------------------------------------------------------------------------------------------------------


def hidden_sizes(given: Any) -> list[int]:
    """The widths of the hidden layers."""
    sizes = np.atleast_1d(np.asarray(given, dtype=object)).tolist()
    if not all(isinstance(size, Integral) for size in sizes):
        raise TypeNotUsableError(f"hidden_layer_sizes must be whole numbers, got {given!r}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return [int(size) for size in sizes]


def function(given: Any) -> Any:
    """An activation by scikit-learn's name for it, by its name in the catalogue, with settings, or itself."""
    if isinstance(given, str) and given == "logistic":
        return activations.get("sigmoid")
    if isinstance(given, dict):
        return recall("activation", activations.CATALOGUE, given)
    return activations.get(given)


def for_each(name: str, given: Any, layers: int) -> list[Any]:
    """One value for each hidden layer: the value itself for all, or a list of them."""
    if not isinstance(given, list | tuple):
        return [given] * layers
    if len(given) != layers:
        raise ShapeError(f"{name} has {len(given)} values, and there are {layers} hidden layers.")
    return list(given)


def layers_of(estimator: Any, outputs: int, share: int) -> list[Layer]:
    """Hidden layers (weights, normalization, activation, dropout) and a linear last one.

    The penalty alpha/2 |W|^2 is of the sum over the outputs; a loss that is their mean has a `share` of it.
    """
    sizes = hidden_sizes(estimator.hidden_layer_sizes)
    start = "glorot_uniform" if estimator.initializer is None else initializers.from_description(estimator.initializer)
    dense = {"initializer": start, "l2": estimator.l2, "l2_shared": estimator.alpha / 2 / share}
    chosen = [
        for_each(name, getattr(estimator, name), len(sizes)) for name in ("activation", "normalization", "dropout")
    ]
    layers: list[Layer] = []
    for units, activation, normalization, dropout in zip(sizes, *chosen, strict=True):
        if normalization is None:
            layers.append(Dense(units, activation=function(activation), **dense))
        else:
            if normalization not in NORMALIZERS:
                raise SettingError(f"normalization is one of {', '.join(NORMALIZERS)}, not {normalization!r}.")
            layers += [Dense(units, **dense), NORMALIZERS[normalization](), ActivationLayer(function(activation))]
        if not isinstance(dropout, Real):
            raise TypeNotUsableError(f"dropout is a number from 0 to below 1 for each layer, not {dropout!r}.")
        if dropout:
            layers.append(Dropout(float(dropout)))
    return [*reading.front(estimator), *layers, Dense(outputs, **dense)]


# ---- weights ---------------------------------------------------------------------------------------------------------


def dense_names(network: Network) -> list[dict[str, str]]:
    """The names of W and b of every fully connected layer, in order."""
    assert network.specification is not None
    return [node.weights for node in network.specification.nodes if isinstance(node.layer, Dense)]


def draw(network: Network, estimator: Any, random: np.random.RandomState, X: Any) -> None:
    """Glorot's start as scikit-learn draws it, number for number: uniform up to sqrt(6 / (in + out)), biases as well.

    Before a sigmoid the 6 is a 2.
    """
    network.specification = Specification(network.layers, (X.shape[1],))
    drawn = [name for names in dense_names(network) for name in names.values()]
    network.state = State(network.specification.start(0, X.dtype, without=drawn))
    weights = network.parameters()
    sizes = hidden_sizes(estimator.hidden_layer_sizes)
    before = [function(one).name for one in for_each("activation", estimator.activation, len(sizes))]
    for names, activation in zip(dense_names(network), [*before, before[-1] if before else "identity"], strict=True):
        W, b = weights[names["W"]], weights[names["b"]]
        limit = np.sqrt((2.0 if activation == "sigmoid" else 6.0) / sum(W.shape))
        for some in np.array_split(W, max(1, W.size // DRAWN_AT_ONCE)):  # in rows, which are the same numbers
            some[...] = random.uniform(-limit, limit, some.shape)
        b[...] = random.uniform(-limit, limit, b.shape)


def hidden_ends(network: Network) -> list[int]:
    """The number of layers up to the end of each hidden layer: its activation, before any dropout."""
    ends = []
    for place, layer in enumerate(network.layers[:-1]):
        if isinstance(layer, Dense):
            normalized = isinstance(network.layers[place + 1], tuple(NORMALIZERS.values()))
            ends.append(place + 3 if normalized else place + 1)  # then an activation follows
    return ends


def put(network: Network, coefs: Sequence[Array] | None, intercepts: Sequence[Array] | None) -> None:
    """Start weights that were given: one array for every layer."""
    weights = network.parameters()
    for symbol, given in (("W", coefs), ("b", intercepts)):
        if given is None:
            continue
        names = [each[symbol] for each in dense_names(network)]
        word = "coefs_init" if symbol == "W" else "intercepts_init"
        if len(given) != len(names):
            raise ShapeError(f"{word} needs {len(names)} arrays, one for each layer; given {len(given)}.")
        for name, values in zip(names, given, strict=True):
            if np.shape(values) != weights[name].shape:
                raise ShapeError(f"{word}: {name} has the shape {weights[name].shape}; given {np.shape(values)}.")
            weights[name][...] = values


# ---- optimizer and schedule ------------------------------------------------------------------------------------------


def full_batch(solver: Any) -> bool:
    """Whether this solver takes all rows at every step."""
    return _full_batch(solver) if isinstance(solver, str) else made(solver, 1.0).full_batch


@cache
def _full_batch(name: str) -> bool:
    """A fit asks several times, and to make an optimizer takes a while."""
    return made(name, 1.0).full_batch


def made(solver: Any, rate: float) -> Optimizer:
    """The optimizer that is meant; named ones have this learning rate where they say none."""
    if isinstance(solver, Optimizer):
        return solver
    settings = dict(solver) if isinstance(solver, dict) else {"name": solver}
    name = settings.pop("name", None)
    kind = optim.ALIASES.get(name, name)
    if kind not in ("lbfgs", "levenberg_marquardt"):
        settings.setdefault("learning_rate", rate)
    return optim.get(name, **settings)


def optimizer_of(estimator: Any, *, rows: int, batch: int, share: int, incremental: bool) -> Optimizer:
    """The optimizer with its settings and schedule.

    scikit-learn's gradient of a loss of several numbers is that of their sum, `share` times that of their mean.
    """
    e, rate = estimator, float(estimator.learning_rate_init)
    steps = -(-rows // batch)
    if isinstance(e.solver, str) and e.solver == "sgd":
        falls = e.learning_rate == "invscaling" and not incremental
        sgd = InverseScaling(rate * share, rows, steps, e.power_t, e.t_) if falls else rate * share
        chosen: Optimizer = (Nesterov if e.nesterovs_momentum else Momentum)(sgd, eta=min(e.momentum, LARGEST))
    elif isinstance(e.solver, str) and e.solver == "adam" and not scheduled(e.learning_rate):
        chosen = Adam(BiasCorrection(rate, e.beta_1, e.beta_2), e.beta_1, e.beta_2, e.epsilon, bias_correction=False)
    elif isinstance(e.solver, str) and e.solver == "adam":
        chosen = Adam(rate, e.beta_1, e.beta_2, e.epsilon)
    elif isinstance(e.solver, str) and e.solver == "lbfgs":
        chosen = optim.get("lbfgs", gtol=e.tol / share, ftol=FTOL, evaluations=e.max_fun)
    else:
        chosen = made(e.solver, rate)
    if not scheduled(e.learning_rate):
        return chosen
    base = chosen.learning_rate if not callable(chosen.learning_rate) else rate
    return replace(chosen, learning_rate=schedule_of(e.learning_rate, base, e.max_iter * steps))


LARGEST = 1 - 2.0**-53  # a momentum of 1 would never forget
FTOL = 1e7 * float(np.finfo(np.float64).eps)  # of SciPy's L-BFGS-B


def rate_now(estimator: Any) -> float | None:
    """The rate that a `partial_fit` begins with, where the calls before it have changed it."""
    e = estimator
    if not (isinstance(e.solver, str) and e.solver == "sgd") or "_progress" not in vars(e):
        return None
    if isinstance(e.learning_rate, str) and e.learning_rate == "invscaling":
        share = e._progress["share"]
        return float(share * e.learning_rate_init / (e.t_ + 1) ** e.power_t) if e.t_ else None
    adaptive = isinstance(e.learning_rate, str) and e.learning_rate == "adaptive"
    return e._progress["rate"] if adaptive else None


def scheduled(learning_rate: Any) -> bool:
    """Whether it is one of glassnet's schedules, not one of scikit-learn's three words."""
    return not (isinstance(learning_rate, str) and learning_rate in ("constant", "invscaling", "adaptive"))


def schedule_of(given: Any, rate: float, steps: int) -> Any:
    """The schedule that is meant; a named one begins at the rate and ends with the training, where it has an end."""
    if callable(given):
        return given
    settings = dict(given) if isinstance(given, dict) else {"name": given}
    name = settings.pop("name", None)
    if name not in schedules.CATALOGUE:
        return schedules.get(str(name))  # says which there are
    known: type[Schedule] = schedules.CATALOGUE[name]
    settings.setdefault("learning_rate", rate)
    if "steps" in {field.name for field in fields(known)} and name != "warm_up":
        settings.setdefault("steps", steps)
    return schedules.get(name, **settings)
