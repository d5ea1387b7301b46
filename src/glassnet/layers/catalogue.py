"""The closed list of layers: what a file may name. A new layer is its own file and one row here."""

from __future__ import annotations

from glassnet.layers.layer import Layer
from glassnet.maths.listing import Listing

CATALOGUE: Listing[Layer] = Listing(
    "glassnet.layers",
    {
        "dense": "dense.Dense",
        "activation": "activation.Activation",
        "dropout": "dropout.Dropout",
        "flatten": "flatten.Flatten",
        "rescale": "rescale.Rescale",
        "prelu": "prelu.PReLU",
        "batch_norm": "normalization.BatchNorm",
        "layer_norm": "normalization.LayerNorm",
        "rms_norm": "normalization.RMSNorm",
        "gaussian_noise": "noise.GaussianNoise",
        "residual": "branches.Residual",
        "concatenate": "branches.Concatenate",
        "columns": "columns.Columns",
        "embedding": "columns.Embedding",
    },
)
