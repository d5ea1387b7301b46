"""Rows, labels and a quick classifier that several of these tests fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_iris

import glassnet as gn
from glassnet.estimators import MLPClassifier

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
DIGITS, NUMBERS = (part[:300] for part in load_digits(return_X_y=True))
HELD_OUT = X[::3], Y[::3]


def classifier(*arguments: Any, **settings: Any) -> MLPClassifier:
    """Fitted in milliseconds, the same way every time."""
    return MLPClassifier(*arguments, **{"max_iter": 8, "random_state": 0} | settings)


class PowerCut(gn.Callback):
    """Breaks a fit off after its third epoch."""

    watches = True

    def on_epoch_end(self, run: gn.Run, record: dict[str, Any]) -> None:
        if record["epoch"] == 3:
            raise KeyError("the power went")
