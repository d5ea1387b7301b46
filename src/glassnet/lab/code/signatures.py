"""Which of the student's functions is which, what its arguments mean, and what it returns.

Names are compared without their case and underscores, so `forward_prop`, `forwardProp` and `forward` are one. Arguments
are known by their names wherever they stand; those whose names say nothing are taken in the usual order. Weights,
intermediate numbers and gradients may also travel in a dictionary. What a function returns is known by the names in its
`return`, or by the usual order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.lab.code.child import Other
from glassnet.typing import Array

Numbers = Mapping[str, Any]

ROLES: dict[str, tuple[str, ...]] = {
    "one_hot": ("onehot", "onehotencode", "onehotencoding", "tocategorical", "encode"),
    "activation": ("relu", "sigmoid", "tanh", "leakyrelu", "activation", "g"),
    "derivative": (
        "reluderiv", "reluderivative", "derivrelu", "drelu", "reluprime", "derivativerelu", "sigmoidderiv",
        "sigmoidderivative", "sigmoidprime", "dsigmoid", "tanhderiv", "tanhderivative", "tanhprime", "dtanh",
        "activationderivative", "activationderiv", "leakyreluderiv", "leakyreluderivative", "gprime", "dg",
    ),
    "softmax": ("softmax", "stablesoftmax"),
    "init": ("initparams", "init", "initialize", "initializeparameters", "initparameters", "initweights", "initialise"),
    "forward": ("forward", "forwardprop", "forwardpropagation", "forwardpass", "feedforward", "fp", "predictproba"),
    "backward": ("backward", "backwardprop", "backprop", "backpropagation", "backwardpropagation", "backwardpass"),
    "update": ("update", "updateparams", "updateparameters", "updateweights", "step", "up", "optimize"),
    "gradient_descent": ("gradientdescent", "train", "fit", "training", "trainnetwork", "gd", "model"),
}  # fmt: skip
ALIASES = {
    "x": "X", "xtrain": "X", "inputs": "X", "data": "X", "a0": "X", "input": "X", "images": "X",
    "y": "labels", "ytrain": "labels", "labels": "labels", "targets": "labels", "label": "labels", "ytrue": "labels",
    "onehoty": "Y", "yonehot": "Y", "yhot": "Y", "onehot": "Y", "yencoded": "Y", "t": "Y", "yoh": "Y",
    "alpha": "alpha", "lr": "alpha", "learningrate": "alpha", "eta": "alpha", "rate": "alpha",
    "iterations": "iterations", "epochs": "iterations", "steps": "iterations", "numiterations": "iterations",
    "niterations": "iterations", "iters": "iterations", "niter": "iterations", "numepochs": "iterations",
    "m": "m", "n": "m", "nsamples": "m", "batchsize": "m", "numexamples": "m",
    "params": "weights", "parameters": "weights", "weights": "weights",
    "cache": "cache", "activations": "cache", "grads": "grads", "gradients": "grads",
    "yhat": "output", "ypred": "output", "probs": "output", "output": "output", "predictions": "output",
}  # fmt: skip


@dataclass(frozen=True)
class Signature:
    """One of the student's functions: its name, its role, its arguments in our names, what it returns."""

    name: str
    role: str
    arguments: tuple[str, ...]
    returns: tuple[str, ...]
    around: tuple[str, ...]  # names of the file that it uses

    @property
    def wants_labels(self) -> bool:
        """Whether it is given class numbers rather than one-hot columns."""
        return "Y" not in self.arguments


def plain(name: str) -> str:
    """A name without case and underscores.

    >>> plain("Forward_Prop")
    'forwardprop'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def recognised(functions: Mapping[str, Any], layers: int) -> dict[str, Signature]:
    """The student's functions by their roles; the first of a role counts."""
    found: dict[str, Signature] = {}
    for name, described in functions.items():
        role = next((role for role, names in ROLES.items() if plain(name) in names), None)
        if role is not None and role not in found:
            found[role] = Signature(
                name,
                role,
                _arguments(described["parameters"], usual_arguments(role, layers)),
                tuple(quantity(given, layers) for given in described["returns"]),
                tuple(described["globals"]),
            )
    return found


def _arguments(parameters: Sequence[Mapping[str, Any]], usual: Sequence[str]) -> tuple[str, ...]:
    """Our name for each argument that has to be given; by its name, else the first usual one that is left."""
    needed = [p["name"] for p in parameters if not p["many"] and (p["needed"] or known(p["name"]) in usual)]
    named = [known(name) for name in needed]
    left = [name for name in usual if name not in named]
    return tuple(name or (left.pop(0) if left else "X") for name in named)


def known(name: str) -> str:
    """Our name for an argument or a returned value; empty where the name says nothing.

    >>> known("W1"), known("dw2"), known("learning_rate"), known("stuff")
    ('W1', 'dW2', 'alpha', '')
    """
    short = plain(name)
    numbered = re.fullmatch(r"(d?)(w|b|z|a|theta|weights|bias)(\d+)(new)?", short)
    if numbered and not (numbered[2] == "a" and numbered[3] == "0"):
        letter = {"weights": "W", "theta": "b", "bias": "b", "b": "b"}.get(numbered[2], numbered[2].upper())
        return f"{numbered[1]}{letter}{numbered[3]}" + (".new" if numbered[4] else "")
    return ALIASES.get(short, "")


def quantity(name: str, layers: int) -> str:
    """Our name for a returned value."""
    own = known(name)
    return f"A{layers}" if own == "output" else own


def usual_arguments(role: str, layers: int) -> list[str]:
    """The arguments in the order of the exercise."""
    weights, forward, gradients = weight_names(layers), forward_names(layers), [f"d{w}" for w in weight_names(layers)]
    matrices = [name for name in weights if name[0] == "W"]
    return {
        "one_hot": ["labels"],
        "activation": ["Z1"],
        "derivative": ["Z1"],
        "softmax": [f"Z{layers}"],
        "init": [],
        "forward": [*weights, "X"],
        "backward": [*forward, *matrices, "X", "labels"],
        "update": [*weights, *gradients, "alpha"],
        "gradient_descent": ["X", "labels", "alpha", "iterations"],
    }[role]


def usual_returns(role: str, layers: int, count: int) -> list[str]:
    """What a function of this role returns, in the usual order, where it returns so many values."""
    weights, forward = weight_names(layers), forward_names(layers)
    if role == "forward":
        return [f"A{layers}"] if count == 1 else forward
    if role == "backward":
        return [f"d{name}" for name in weights]
    if role in ("update", "gradient_descent", "init"):
        return [f"{name}.new" for name in weights]
    return {"one_hot": ["Y"], "activation": ["A1"], "derivative": ["slope"], "softmax": [f"A{layers}"]}[role]


def weight_names(layers: int) -> list[str]:
    """W1, b1, W2, b2, ..."""
    return [f"{letter}{k}" for k in range(1, layers + 1) for letter in "Wb"]


def forward_names(layers: int) -> list[str]:
    """Z1, A1, Z2, A2, ..."""
    return [f"{letter}{k}" for k in range(1, layers + 1) for letter in "ZA"]


# ---- values in and out ---------------------------------------------------------------------------------------------


def given(signature: Signature, numbers: Numbers, layers: int) -> list[Any]:
    """The arguments' values."""
    bundles = {
        "weights": weight_names(layers),
        "cache": ["X", *forward_names(layers)],
        "grads": [f"d{name}" for name in weight_names(layers)],
    }
    values = []
    for name in signature.arguments:
        if name in bundles:
            values.append({key: numbers[key] for key in bundles[name] if key in numbers})
        else:
            values.append(numbers[f"A{layers}" if name == "output" else name])
    return values


def returned(signature: Signature, value: Any, layers: int) -> dict[str, Any]:
    """The returned values by our names; under "" what could not be understood."""
    if isinstance(value, dict):
        return _renamed({quantity(key, layers): part for key, part in value.items()}, signature.role)
    parts = value if isinstance(value, list) else [value]
    usual = usual_returns(signature.role, layers, len(parts))
    names = signature.returns if len(signature.returns) == len(parts) else ("",) * len(parts)
    if signature.role in ("activation", "derivative", "softmax", "one_hot"):
        names = ("",)
    found: dict[str, Any] = {}
    for place, part in enumerate(parts):
        if isinstance(part, dict):
            found |= {quantity(key, layers): inner for key, inner in part.items()}
        else:
            name = (names[place] if place < len(names) else "") or (usual[place] if place < len(usual) else "")
            found[name] = part
    return _renamed(found, signature.role)


def _renamed(found: dict[str, Any], role: str) -> dict[str, Any]:
    """What an update returns are new weights, whatever they are called; arrays as floats."""
    if role in ("update", "gradient_descent", "init"):
        found = {name if name.endswith(".new") else f"{name}.new": part for name, part in found.items()}
    return {name: _array(part) for name, part in found.items() if name not in ("", ".new")}


def _array(value: Any) -> Array | Other | None:
    """A number or an array as an array; what is none stays what it is."""
    if value is None or isinstance(value, Other):
        return value
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return Other("list")
