"""Layers: what a network is made of, as plain values."""

from typing import TYPE_CHECKING, Any

from glassnet.layers.activation import Activation
from glassnet.layers.catalogue import CATALOGUE
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Layer
from glassnet.layers.parameters import Parameters
from glassnet.layers.rescale import Rescale

if TYPE_CHECKING:
    from glassnet.layers.branches import Concatenate, Residual
    from glassnet.layers.columns import Columns, Embedding
    from glassnet.layers.noise import GaussianNoise
    from glassnet.layers.normalization import BatchNorm, LayerNorm, RMSNorm
    from glassnet.layers.prelu import PReLU

__all__ = [
    "Activation",
    "BatchNorm",
    "Columns",
    "Concatenate",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "Layer",
    "LayerNorm",
    "PReLU",
    "Parameters",
    "RMSNorm",
    "Rescale",
    "Residual",
]


def __getattr__(name: str) -> Any:
    return CATALOGUE.attribute(name)
