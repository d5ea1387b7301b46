"""glassnet: neural networks under glass.

Dense networks written from scratch, as readable as the lecture they come from:

    import glassnet as gn

    (X, y), (X_test, y_test) = gn.data.load("digits")
    net = gn.Network([gn.Dense(64, activation="relu"), gn.Dense(10)])
    run = net.fit(X, y, epochs=20)
    net.evaluate(X_test, y_test)
"""

from typing import TYPE_CHECKING, Any

from glassnet import data, optim
from glassnet import optim as optimizers
from glassnet._version import __version__
from glassnet.data.encoding import from_categorical, to_categorical
from glassnet.errors import GlassnetError
from glassnet.layers import Activation, Dense, Dropout, Flatten, Layer, Rescale
from glassnet.maths import activations, initializers, losses, metrics
from glassnet.optim import schedules
from glassnet.training.callbacks import Callback, Convergence, EarlyStopping
from glassnet.training.models import load
from glassnet.training.network import Network
from glassnet.training.run import Run

if TYPE_CHECKING:
    from glassnet.lab.attribution import attribute
    from glassnet.lab.code.marking import mark_code
    from glassnet.lab.descent.descend import descend
    from glassnet.lab.dissect import dissect
    from glassnet.lab.marking import mark
    from glassnet.lab.perceptron.learner import Perceptron
    from glassnet.lab.worksheets.sheet import worksheet, worksheets
    from glassnet.layers import (
        BatchNorm,
        Columns,
        Concatenate,
        Embedding,
        GaussianNoise,
        LayerNorm,
        PReLU,
        Residual,
        RMSNorm,
    )
    from glassnet.layers.tensor_layer import TensorLayer
    from glassnet.tensors import (
        Tensor,
        check_gradients,
        grad,
        hessian,
        jacobian,
        jvp,
        no_grad,
        tensor,
        value_and_grad,
        vjp,
    )
    from glassnet.tensors.own import activation, loss
    from glassnet.training.compare import diff
    from glassnet.training.finder import find_learning_rate
    from glassnet.training.resume import load_run

__all__ = [
    "Activation",
    "BatchNorm",
    "Callback",
    "Columns",
    "Concatenate",
    "Convergence",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "GlassnetError",
    "Layer",
    "LayerNorm",
    "Network",
    "PReLU",
    "Perceptron",
    "RMSNorm",
    "Rescale",
    "Residual",
    "Run",
    "Tensor",
    "TensorLayer",
    "__version__",
    "activation",
    "activations",
    "attribute",
    "check_gradients",
    "data",
    "descend",
    "diff",
    "dissect",
    "find_learning_rate",
    "from_categorical",
    "grad",
    "hessian",
    "initializers",
    "jacobian",
    "jvp",
    "load",
    "load_run",
    "loss",
    "losses",
    "mark",
    "mark_code",
    "metrics",
    "no_grad",
    "optim",
    "optimizers",
    "schedules",
    "tensor",
    "to_categorical",
    "value_and_grad",
    "vjp",
    "worksheet",
    "worksheets",
]

_LATER = {
    **dict.fromkeys(
        (
            "Tensor",
            "check_gradients",
            "grad",
            "hessian",
            "jacobian",
            "jvp",
            "no_grad",
            "tensor",
            "value_and_grad",
            "vjp",
        ),
        "glassnet.tensors",
    ),
    **dict.fromkeys(
        (
            "BatchNorm",
            "Columns",
            "Concatenate",
            "Embedding",
            "GaussianNoise",
            "LayerNorm",
            "PReLU",
            "RMSNorm",
            "Residual",
        ),
        "glassnet.layers",
    ),
    "TensorLayer": "glassnet.layers.tensor_layer",
    "Perceptron": "glassnet.lab.perceptron.learner",
    "activation": "glassnet.tensors.own",
    "worksheet": "glassnet.lab.worksheets.sheet",
    "worksheets": "glassnet.lab.worksheets.sheet",
    "descend": "glassnet.lab.descent.descend",
    "diff": "glassnet.training.compare",
    "attribute": "glassnet.lab.attribution",
    "dissect": "glassnet.lab.dissect",
    "find_learning_rate": "glassnet.training.finder",
    "load_run": "glassnet.training.resume",
    "loss": "glassnet.tensors.own",
    "mark": "glassnet.lab.marking",
    "mark_code": "glassnet.lab.code.marking",
}


def __getattr__(name: str) -> Any:
    """What few programs need is imported when it is asked for, so that `import glassnet` stays quick."""
    if name not in _LATER:
        raise AttributeError(f"module 'glassnet' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_LATER[name]), name)
    return value
