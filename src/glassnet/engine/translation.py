"""From a program to the plain values that the compiled module takes (native/ in the repository).

What has a kernel stands in the tables below. A part, or a setting of a part, that does not is refused by its name, and
the reference engine takes the training.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import prod
from typing import Any

import numpy as np

from glassnet.engine.interface import Program, Rows, Rule
from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.layers.activation import Activation
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Layer
from glassnet.layers.parameters import Parameters
from glassnet.layers.rescale import Rescale
from glassnet.layers.specification import Specification
from glassnet.maths import activations, losses
from glassnet.maths.losses import Loss
from glassnet.maths.losses.rows import smoothed
from glassnet.maths.updates import adam_corrections, nadam_shares
from glassnet.typing import Array, Floats

ACTIVATIONS = frozenset(
    {
        *("identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softmax", "log_softmax"),
        *("softplus", "silu", "mish", "gelu", "relu6", "hard_tanh", "hard_sigmoid", "softsign", "celu", "exponential"),
    }
)
BY_INPUTS = frozenset(
    {"softplus", "silu", "mish", "gelu", "softsign"}
)  # whose derivative needs Z: never computed in place
LOSSES = frozenset(
    {
        *("mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber", "hinge", "squared_hinge", "binary_crossentropy"),
        *("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence", "likelihood"),
    }
)
HEADS = ("identity", "softmax", "sigmoid")  # what the kernels put behind the last layer
SCALES = {None: 0, "unit": 1, "symmetric": 2}
# The one number that chooses a variant of an activation.
SETTING = {
    **{"leaky_relu": "slope", "hard_sigmoid": "slope", "step": "at_zero", "elu": "alpha", "celu": "alpha"},
    "gelu": "approximate",
}
# What the kernels know of each part. A setting that joins a part later leaves the training to the reference engine
# until it stands here: taken for one of these, it would be ignored without a word.
LAYERS = {
    Dense: {
        "units",
        "activation",
        "initializer",
        "bias_initializer",
        "bias",
        "l1",
        "l2",
        "max_norm",
        "weight_decay",
        "l2_shared",
    },
    Activation: {"function"},
    Dropout: {"rate"},
    Rescale: {"factor", "offset"},
    Flatten: set(),
}
PROGRAM = {"specification", "loss", "from_logits", "optimizer", "batch_size", "seed", "dtype"}
RULES = {
    "gradient_descent": set(),
    "momentum": {"eta"},
    "nesterov": {"eta"},
    "adagrad": {"epsilon", "epsilon_inside"},
    "adadelta": {"rho", "epsilon", "epsilon_inside"},
    "rmsprop": {"rho", "epsilon", "epsilon_inside"},
    "adam": {"beta1", "beta2", "epsilon", "epsilon_inside", "bias_correction"},
    "adamw": {"beta1", "beta2", "epsilon", "epsilon_inside", "weight_decay"},
    "amsgrad": {"beta1", "beta2", "epsilon", "epsilon_inside", "bias_correction"},
    "adamax": {"beta1", "beta2", "epsilon"},
    "nadam": {"beta1", "beta2", "epsilon", "epsilon_inside", "momentum_decay"},
    "radam": {"beta1", "beta2", "epsilon", "epsilon_inside"},
    "lion": {"beta1", "beta2", "weight_decay"},
}
LIMITS = {"clip_value", "clip_norm"}  # of the gradient, with every rule
Scalars = dict[str, float]


def _of_nadam(s: Scalars) -> tuple[float, ...]:
    shares = nadam_shares(s["mu"], s["mu_next"], s["mu_product"])
    return s["mu"], *shares, *adam_corrections(0.0, s["beta2_power"], True), 0.0


def _of_radam(s: Scalars) -> tuple[float, ...]:
    return 0.0, 0.0, 0.0, *adam_corrections(s["beta1_power"], s["beta2_power"], True), s["r"]


# What a step needs of an optimizer's scalars where they are more than powers of beta1 and beta2, which the module
# counts up by itself: (mu, m_share, g_share, m_correction, v_correction, r), as in native/session.hpp.
FACTORS: Mapping[str, Callable[[Scalars], tuple[float, ...]]] = {"nadam": _of_nadam, "radam": _of_radam}

Network = tuple[int, int, tuple[tuple[Any, ...], ...]]  # inputs, number of weights, layers: see native/bindings.cpp


class NotNativeError(Exception):
    """A part that the native engine has no kernel for; the message names it."""


def network(specification: Specification, parameters: Parameters) -> Network:
    """The layers as plain values; raises NotNativeError where one is not built-in."""
    starts = {slot.name: slot.start for slot in parameters.slots}
    layers: list[tuple[Any, ...]] = []
    for index, (layer, names, built) in enumerate(
        zip(specification.layers, specification.weight_names(), specification.built, strict=True)
    ):
        weight, bias = starts.get(names.get("W", ""), -1), starts.get(names.get("b", ""), -1)
        width = prod(built.output_shape)
        plain = _layer(layer, width, index, weight, bias)
        in_place = layers and layers[-1][0] == "dense" and layers[-1][2] == "identity"
        if plain and plain[0] == "activation" and in_place and plain[2] not in BY_INPUTS:
            layers[-1] = (*layers[-1][:2], *plain[2:4], *layers[-1][4:])  # the layer before it computes it in place
        elif plain and plain[0] == "dense" and plain[2] in BY_INPUTS:
            alone = ("activation", width, *plain[2:4], -1, -1, 0.0, index, (), (), 0.0, 0.0)
            layers += [(*plain[:2], "identity", 0.0, *plain[4:]), alone]
        elif plain:
            layers.append(plain)
    return prod(specification.input_shape), parameters.flat.size, tuple(layers)


def _layer(layer: Layer, width: int, index: int, weight: int, bias: int) -> tuple[Any, ...]:
    """(kind, width, function, setting, weight, bias, rate, index, factor, offset, l2, l2_shared).

    Empty for a layer that does nothing.

    A new layer with kernels gets its row here, its kind in native/plan.hpp and its place in native/graph.cpp.
    """
    if type(layer) not in LAYERS:
        raise NotNativeError(f"the layer {layer.title}")
    only(LAYERS[type(layer)], vars(layer), f"of the layer {type(layer).__name__}")
    nothing, unpenalised = ("identity", 0.0), (0.0, 0.0)
    if type(layer) is Dense:
        return (
            "dense",
            width,
            *_activation(layer.activation),
            weight,
            bias,
            0.0,
            index,
            (),
            (),
            layer.l2,
            layer.l2_shared,
        )
    if type(layer) is Activation:
        return "activation", width, *_activation(layer.function), -1, -1, 0.0, index, (), (), *unpenalised
    if type(layer) is Dropout:
        return "dropout", width, *nothing, -1, -1, float(layer.rate), index, (), (), *unpenalised
    if type(layer) is Rescale:
        return "rescale", width, *nothing, -1, -1, 0.0, index, layer.factor, layer.offset, *unpenalised
    return ()  # Flatten: the rows are flat


def only(known: Collection[str], given: Mapping[str, Any], of: str) -> None:
    """Refuses settings that the kernels do not know, but for those that stand at nothing: None, False, 0, empty."""
    for name, value in given.items():
        nothing = value is None or (isinstance(value, (bool, int, float, str, tuple, list, dict)) and not value)
        if name not in known and not nothing:
            raise NotNativeError(f"the setting {name}={value!r} {of}")


def _activation(given: Any) -> tuple[str, float]:
    function = activations.get(given)
    known = activations.CATALOGUE.get(function.name)
    if function.name not in ACTIVATIONS or getattr(function, "base", function) is not known:
        raise NotNativeError(f"the activation {_shown(function)}")
    setting = SETTING.get(function.name, "")
    only({setting}, function.settings, f"of the activation {function.name}")
    return function.name, float(function.settings.get(setting, 0.0))


def _shown(member: Any) -> str:
    """A member of a catalogue as it was written: its name, and the settings that were chosen."""
    return repr(member) if hasattr(member, "base") else str(getattr(member, "name", repr(member)))


def plain_loss(loss: Loss, from_logits: bool) -> tuple[str, bool, float]:
    """(name, from_logits, setting)."""
    if loss.name not in LOSSES or getattr(loss, "base", loss) is not losses.CATALOGUE.get(loss.name):
        raise NotNativeError(f"the loss {_shown(loss)}")
    only({"delta", "label_smoothing"}, loss.settings, f"of the loss {loss.name}")
    return loss.name, from_logits, float(loss.settings.get("delta", 1.0))


def plain_update(program: Program) -> dict[str, Any]:
    """The rule's name and its settings, without the rate: that is a number for each step."""
    optimizer = program.optimizer
    if optimizer.name not in RULES or not type(optimizer).__module__.startswith("glassnet.optim."):
        raise NotNativeError(f"the optimizer {optimizer!r}")
    known = RULES[optimizer.name]
    only({"learning_rate", *known, *LIMITS}, vars(optimizer), f"of the optimizer {optimizer.name}")
    always = {"bias_correction": optimizer.name in ("adamw", "adamax")}  # where it is no setting
    limits = {name: getattr(optimizer, name) or 0.0 for name in LIMITS}
    return {**always, **limits, "rule": optimizer.name, **{name: getattr(optimizer, name) for name in known}}


def factors(optimizer: Rule, scalars: Scalars, count: int) -> tuple[list[Scalars], Floats]:
    """The scalars after none, one, ... of the next `count` steps, and what each of the steps needs of them."""
    seen, needs = [scalars], FACTORS[optimizer.name]
    for _ in range(count):
        seen.append(optimizer.advance(seen[-1]))
    return seen, np.array([needs(each) for each in seen[1:]], np.float64).reshape(count, -1)


def plain_rows(rows: Rows, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """The data as the module takes it: values, row pointers, columns, rows, width, scale."""
    values, sparse, scale = (getattr(rows, name, None) for name in ("values", "sparse", "scale"))
    if not isinstance(values, np.ndarray) or scale not in SCALES:
        raise NotNativeError(f"rows of the type {type(rows).__name__}")
    n, d = rows.shape
    if sparse is not None:
        values = np.ascontiguousarray(values, dtype)
        pointers, columns = (
            np.ascontiguousarray(sparse.indptr, np.int64),
            np.ascontiguousarray(sparse.indices, np.int32),
        )
        return values, pointers, columns, n, d, SCALES[scale]
    if values.dtype not in (np.uint8, np.float32, np.float64):
        with np.errstate(over="ignore"):  # as in gathering: numbers beyond float32 have been refused before
            values = values.astype(dtype)
    return np.ascontiguousarray(values), None, None, n, d, SCALES[scale]


def plain_targets(program: Program, targets: Array) -> tuple[Array | None, Array | None]:
    """Targets as (numbers, classes), one of them None; refused here as the loss would refuse them in a step."""
    loss, outputs = program.loss, prod(program.specification.output_shape)
    wrong: Array
    if loss.target_kind == "classes":
        numbers, classes = None, np.ascontiguousarray(targets, np.int64)
        wrong = (classes < 0) | (classes >= outputs)
    else:
        numbers, classes = np.ascontiguousarray(targets, program.dtype).reshape(len(targets), -1), None
        if numbers.shape[1] != outputs:
            raise ShapeError(f"The targets have {numbers.shape[1]} columns and the network {outputs} outputs.")
        wrong = _unusable(loss, numbers)
    if wrong.any():
        rows = np.flatnonzero(wrong if wrong.ndim == 1 else wrong.any(axis=1))[:1]
        loss(targets[rows], np.full((1, outputs), 0.5, program.dtype))  # raises the sentence
    smoothing = float(loss.settings.get("label_smoothing", 0.0))
    if smoothing and numbers is not None:  # once for all steps: the loss itself has no need to know
        numbers = smoothed(numbers, smoothing, 2 if loss.target_kind == "binary" else outputs)
    return numbers, classes


def _unusable(loss: Loss, T: Array) -> Array:
    """Where the targets are none for this loss; empty where any number is."""
    wrong: Array = np.zeros(0, bool)
    if loss.head == "sigmoid":
        wrong = (T < 0) | (T > 1)
    elif loss.name in ("hinge", "squared_hinge"):
        wrong = (T != 0) & (T != 1) & (T != -1)
    elif loss.name == "mape":
        wrong = T == 0
    return wrong


def plain_weights(loss: Loss, sample_weight: Floats, count: int) -> Floats:
    """One finite weight a row, not negative, in float64."""
    weights = np.ascontiguousarray(sample_weight, np.float64)
    if loss.name == "likelihood":
        raise SettingError("likelihood is one product over all rows: it takes no sample_weight and no reduction.")
    if weights.shape != (count,):
        raise ShapeError(f"sample_weight must have one weight a row, shape ({count},); given was {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError("sample_weight must be finite and not negative.")
    return weights
