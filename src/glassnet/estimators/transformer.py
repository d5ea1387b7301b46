"""Hidden activations as features."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from glassnet.errors import SettingError
from glassnet.estimators import reading
from glassnet.estimators.base import HeldOut, Shell, given_once
from glassnet.estimators.classifier import MLPClassifier
from glassnet.estimators.parameters import ANY, CONSTRAINTS, constructor
from glassnet.estimators.regressor import MLPRegressor
from glassnet.training.network import Network
from glassnet.typing import Array, Floats


class MLPTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Shell):
    """What a hidden layer makes of the rows, as features for another estimator.

    Formula:
        A_k = g_k(A_(k-1) W_k + b_k) of the hidden layer k, without dropout

    With labels as y it learns as `MLPClassifier` does, with numbers as `MLPRegressor`, and without y it learns to give
    back X (an autoencoder). The estimator it learns by is `model_`.

    Args:
        layer: which hidden layer: from 0, or from the end; -1 is the last.
        loss: "auto" is log_loss for labels and squared_error for numbers. The other parameters are those of
            `MLPClassifier`.

    Raises:
        SettingError: a layer that there is not.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPTransformer((8, 3), solver="lbfgs", max_iter=1000, random_state=0).fit(X, y)
        >>> model.transform(X).shape, model.get_feature_names_out().tolist()
        ((150, 3), ['mlptransformer0', 'mlptransformer1', 'mlptransformer2'])

    Source: Hinton and Salakhutdinov (2006), Science 313, 504-507, for the autoencoder.
    """

    __init__ = constructor(loss="auto", layer=-1, without=("preset",))
    layer: int
    preset = None  # its several networks have no hidden layer in common
    _parameter_constraints: ClassVar[dict[str, Any]] = {n: c for n, c in CONSTRAINTS.items() if n != "preset"} | {
        "layer": [ANY],
        "loss": [StrOptions({"auto"}), *CONSTRAINTS["loss"]],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        coefs_init: Any = None,
        intercepts_init: Any = None,
    ) -> MLPTransformer:
        """Learns from the rows of X: their labels or numbers y, or without y the rows themselves.

        The other arguments are those of `MLPClassifier.fit`. Without y held-out rows are `X_val` alone.
        """
        held_out = self._held_out(y, validation_data, X_val, y_val, sample_weight_val)
        self._learn("fit", X, y, sample_weight, held_out, coefs_init=coefs_init, intercepts_init=intercepts_init)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        validation_data: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> MLPTransformer:
        """One epoch over these rows; `classes` are all labels there will be, by default those of the first rows."""
        held_out = self._held_out(y, validation_data, X_val, y_val, sample_weight_val)
        self._learn("partial_fit", X, y, sample_weight, held_out, classes)
        return self

    def _learn(
        self, how: str, X: Any, y: Any, sample_weight: Any, held_out: HeldOut, classes: Any = None, **more: Any
    ) -> None:
        first = "model_" not in vars(self) or (how == "fit" and not self.warm_start)
        checked = self._rows(X, reset=first)
        if y is None:
            if reading.wanted(self):
                raise SettingError('Without y the rows are learned themselves: not with preprocess="auto".')
            y = dense(checked)
        if held_out is not None:
            others = self._rows(held_out[0], reset=False)
            held_out = (others, dense(others) if held_out[1] is None else held_out[1], held_out[2])
        if first:
            self.model_ = self._model(y, classes)
        self._hidden_layer()
        if how == "partial_fit" and isinstance(self.model_, MLPClassifier) and (first or classes is not None):
            more["classes"] = np.unique(y) if classes is None else classes
        getattr(self.model_, how)(checked, y, sample_weight=sample_weight, validation_data=held_out, **more)
        self.n_iter_ = self.model_.n_iter_

    def _held_out(self, y: Any, pair: Any, X: Any, y_val: Any, weight: Any) -> HeldOut:
        """Held-out rows; where the rows are learned themselves they are their own targets."""
        if y is None and pair is None and y_val is None and X is not None:
            return X, None, weight
        return given_once(pair, X, y_val, weight)

    def _model(self, y: Any, classes: Any) -> Any:
        """The estimator that learns: by what y is."""
        chosen = {name: value for name, value in self.get_params(deep=False).items() if name != "layer"}
        labels = classes is not None or not type_of_target(y, input_name="y").startswith("continuous")
        if self.loss == "auto":
            chosen["loss"] = "log_loss" if labels else "squared_error"
        if labels:
            return MLPClassifier(**chosen)
        del chosen["class_weight"]
        return MLPRegressor(**chosen)

    def _hidden_layer(self) -> int:
        """The number of the hidden layer, from 0."""
        count = len(np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)))
        if not -count <= self.layer < count:
            raise SettingError(f"There are {count} hidden layers; layer is {self.layer}.")
        return self.layer % count

    def transform(self, X: Any) -> Floats:
        """(n, units): the activations of the hidden layer."""
        check_is_fitted(self, "model_")
        found: Floats = self.model_.hidden_activations(self._rows(X, reset=False))[self._hidden_layer()]
        return found

    def _rows(self, X: Any, *, reset: bool) -> Any:
        """The rows, checked; a table is read by `model_`."""
        if reading.wanted(self):
            validate_data(self, X, skip_check_array=True, reset=reset)
            return X
        return reading.checked(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=reset)

    @property
    def net_(self) -> Network:
        """The network."""
        if "model_" not in vars(self):
            raise AttributeError("A transformer has its net_ once it is fitted.")
        network: Network = self.model_.net_
        return network

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.intercepts_[self._hidden_layer()].size)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def dense(rows: Any) -> Array:
    """Rows as an array, whether they are sparse or not."""
    array: Array = rows.toarray() if hasattr(rows, "toarray") else rows
    return array
