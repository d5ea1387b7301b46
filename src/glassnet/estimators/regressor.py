"""The regressor."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d

from glassnet.errors import DataError, SettingError
from glassnet.estimators import reading
from glassnet.estimators.base import BaseMLP, given_once, partial_fit_is_there
from glassnet.estimators.fitting import Goal
from glassnet.estimators.parameters import CONSTRAINTS, constructor
from glassnet.maths import losses
from glassnet.maths.catalogue import recall
from glassnet.typing import Array, Floats

NAMES = {"squared_error": "half_mse"}


class MLPRegressor(RegressorMixin, BaseMLP):
    """A multi-layer perceptron that learns numbers: scikit-learn's, with what its users have asked for.

    Formula:
        minimised: sum_n w_n loss_n / sum_n w_n + (alpha / 2) |W|^2 / sum_n w_n + l2 |W|^2, over the rows of a batch

    Args:
        loss: "squared_error" (half the squared error), "poisson" (half the deviance), or a loss of the catalogue for
            numbers, such as "huber", {"name": "quantile", "tau": 0.9} or "gaussian_nll". The other parameters are those
            of `MLPClassifier`, without `class_weight`.

    Raises:
        ValueError: what scikit-learn refuses, with its errors; a training that lost its numbers says where.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = MLPRegressor("huber", (20,), learning_rate_init=0.05, tol=0.1, random_state=0).fit(X, y)
        >>> bool(model.score(X, y) > 0.4)
        True

    Source: the interface is scikit-learn's `sklearn.neural_network.MLPRegressor`.
    """

    __init__ = constructor(first="loss", without=("class_weight",), loss="squared_error")
    class_weight = None
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        name: allowed for name, allowed in CONSTRAINTS.items() if name != "class_weight"
    }

    def _targets(self, y: Any, *, reset: bool) -> Array:
        if y.dtype.kind in "US":
            raise DataError(f"y holds words, such as {y.flat[0]}; a regressor learns numbers, MLPClassifier words.")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y)

    def _goal(self, y: Array, weight: Floats | None) -> Goal:
        wanted = self.loss
        named = NAMES.get(wanted, wanted) if isinstance(wanted, str) else wanted
        loss = recall("loss", losses.CATALOGUE, named) if isinstance(named, str | dict) else named
        if getattr(loss, "target_kind", None) not in ("real", "gaussian"):
            raise SettingError(f"The loss {getattr(loss, 'name', loss)} is not one for numbers.")
        outputs = 1 if y.ndim == 1 else y.shape[1]
        last = "exp" if loss.head == "exponential" else "identity"
        units = 2 * outputs if loss.target_kind == "gaussian" else outputs
        if wanted == "squared_error":
            return Goal(loss, units, None, last, "r2", share=outputs)
        if wanted == "poisson":
            return Goal(loss, units, None, last, "r2", outputs, float(outputs), deviance_of_truth(y, weight))
        return Goal(loss, units, None, last, "r2")

    def _encoded(self, y: Array, dtype: Any) -> Array:
        return reading.scaled(self, y)

    def _plain(self, y: Array) -> tuple[str, int, Array]:
        return "numbers", 1 if y.ndim == 1 else y.shape[1], reading.scaled(self, y)

    def _strata(self, y: Array) -> Array | None:
        return None

    def _metric(self) -> Any:
        return self.metric

    @partial_fit_is_there
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """One epoch over these rows; the arguments are those of `fit`.

        `early_stopping` needs held-out rows of your own here.
        """
        held_out = given_once(validation_data, X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, held_out, (None, None), incremental=True)

    def predict(self, X: Any) -> Array:
        """The numbers of each row, (n,) or (n, outputs); of a gaussian_nll the means."""
        outputs = reading.restored(self, self._outputs(X))
        if self.net_.loss is not None and self.net_.loss.target_kind == "gaussian":
            outputs = outputs[:, : outputs.shape[1] // 2]
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def deviance_of_truth(y: Array, weight: Floats | None) -> float:
    """The mean over the rows of sum y log y - y, which makes minus a log-likelihood half a deviance.

    >>> deviance_of_truth(np.array([0.0, 1.0]), None)
    -0.5
    """
    y = y.reshape(len(y), -1).astype(np.float64)
    if (y < 0).any():
        return 0.0  # the loss refuses them with a sentence
    rows = (y * np.log(np.where(y > 0, y, 1.0)) - y).sum(axis=1)
    return float(np.average(rows, weights=weight))
