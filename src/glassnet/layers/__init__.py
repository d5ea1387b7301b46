"""Layers: what a network is made of, as plain values."""

from glassnet.layers.activation import Activation
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Layer
from glassnet.layers.parameters import Parameters
from glassnet.layers.prelu import PReLU
from glassnet.layers.rescale import Rescale

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Layer", "PReLU", "Parameters", "Rescale"]
