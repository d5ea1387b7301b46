"""Trainings for Hypothesis to choose from, and the ways in which the native engine may take them."""

import numpy as np
from hypothesis import strategies as st

from glassnet.engine.translation import ACTIVATIONS
from glassnet.layers import Activation, Dense, Dropout, Flatten
from glassnet.optim import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RAdam,
    RMSProp,
)

from .cases import SETS, Case, Sparse, labels, pixels

WIDTHS = st.sampled_from([1, 2, 3, 7, 10, 16, 17, 32, 40, 64, 65, 100, 130])
NAMES = sorted(ACTIVATIONS)  # those with kernels
OPTIMIZERS = st.sampled_from(
    [
        *(SGD(0.1), Momentum(0.05), Nesterov(0.05, eta=0.5), AdaGrad(0.05), AdaGrad(0.05, epsilon_inside=True)),
        *(RMSProp(0.01), AdaDelta(), AdaDelta(epsilon_inside=False), Adam(0.01), Adam(0.01, bias_correction=False)),
        *(Adam(0.01, epsilon=1e-3, epsilon_inside=True), AdamW(0.01, weight_decay=0.1), AMSGrad(0.01), Adamax(0.01)),
        *(NAdam(0.01), RAdam(0.01, beta2=0.9), Lion(0.001, weight_decay=0.1), SGD(0.1, clip_norm=0.1)),
        *(Adam(0.01, clip_value=0.001), AMSGrad(0.01, bias_correction=False, clip_value=0.01, clip_norm=0.02)),
    ]
)


PENALTIES = st.sampled_from([{}, {"l2": 0.01}, {"l2_shared": 0.1}, {"l2": 0.001, "l2_shared": 0.3}])


@st.composite
def cases(draw, names=NAMES):
    layers = []
    if draw(st.booleans()):
        layers.append(Dropout(0.2))
    for _ in range(draw(st.integers(0, 3))):
        layers.append(Dense(draw(WIDTHS), draw(st.sampled_from(names)), bias=draw(st.booleans()), **draw(PENALTIES)))
        if draw(st.booleans()):
            layers.append(draw(st.sampled_from([Dropout(0.5), Activation("tanh"), Activation("softmax"), Flatten()])))
    outputs = draw(st.integers(1, 20))
    n, d = draw(st.integers(1, 60)), draw(WIDTHS)
    X = pixels(n, d, draw(st.sampled_from([0.02, 0.3, 1.0])), draw(st.integers(0, 9)))
    kind = draw(st.sampled_from(["uint8", "float32", "float64", "sparse"]))
    if kind != "uint8":
        X = X.astype("float32" if kind == "sparse" else kind) / 255
    loss, from_logits, target = draw(
        st.sampled_from(
            [
                ("sparse_categorical_crossentropy", True, "classes"),
                ("categorical_crossentropy", True, "one_hot"),
                ("binary_crossentropy", True, "binary"),
                ("mse", False, "real"),
                ("rmse", False, "real"),
                ("huber", False, "real"),
            ]
        )
    )
    random = np.random.default_rng(draw(st.integers(0, 9)))
    y = {
        "classes": random.integers(0, outputs, n),
        "one_hot": np.eye(outputs)[random.integers(0, outputs, n)],
        "binary": random.integers(0, 2, (n, outputs)).astype(float),
        "real": random.normal(size=(n, outputs)),
    }[target]
    return Case(
        (*layers, Dense(outputs)),
        Sparse(X) if kind == "sparse" else X,
        y,
        loss,
        from_logits,
        draw(OPTIMIZERS),
        draw(st.integers(1, 70)),
        draw(st.sampled_from(["float32", "float64"])),
        random.choice([0.0, 0.5, 2.0], n) if draw(st.booleans()) else None,
        draw(st.sampled_from(["unit", "symmetric", None])),
        draw(st.integers(0, 2**64 - 1)),
    )


@st.composite
def small_networks(draw):
    """Of dense layers alone, and batches of few rows: threads share out what lies between the first two."""
    widths = draw(st.lists(st.sampled_from([17, 32, 40, 64, 65, 100, 130]), min_size=1, max_size=3))
    names = draw(st.lists(st.sampled_from([*["relu"] * 3, *NAMES]), min_size=len(widths), max_size=len(widths)))
    hidden = zip(widths, names, strict=True)
    layers = [Dense(width, name, bias=draw(st.booleans()), **draw(PENALTIES)) for width, name in hidden]
    n, outputs = draw(st.integers(1, 60)), draw(st.integers(1, 20))
    X = pixels(n, draw(st.sampled_from([1, 3, 20, 50])), draw(st.sampled_from([0.3, 1.0])), draw(st.integers(0, 9)))
    kind = draw(st.sampled_from(["uint8", "float32", "float64"]))
    return Case(
        (*layers, Dense(outputs)),
        X if kind == "uint8" else X.astype(kind) / 255,
        labels(n, outputs),
        optimizer=draw(st.one_of(OPTIMIZERS, st.just(SGD(1e20)))),
        batch_size=draw(st.integers(1, 60)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        weights=np.random.default_rng(n).choice([0.0, 0.5, 2.0], n) if draw(st.booleans()) else None,
    )


ways = st.fixed_dictionaries(
    {
        "threads": st.integers(1, 4),
        "isa": st.sampled_from(SETS),
        "skip_zeros": st.booleans(),
        "block": st.sampled_from([0, 8, 16, 24]),
        "keep_gradients": st.booleans(),
    }
)
