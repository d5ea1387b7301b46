"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from glassnet.errors import SettingError
from glassnet.estimators.base import BaseMLP, given_once, partial_fit_is_there
from glassnet.estimators.fitting import Goal
from glassnet.estimators.labels import UNBALANCED, Labels, kind_of
from glassnet.maths import losses
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats

OUT = {"sigmoid": "logistic", None: "identity"}


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A multi-layer perceptron that learns labels: scikit-learn's, with what its users have asked for.

    Formula:
        minimised: sum_n w_n loss_n / sum_n w_n + (alpha / 2) |W|^2 / sum_n w_n + l2 |W|^2, over the rows of a batch

    Args:
        hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, power_t, max_iter,
            shuffle, random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping,
            validation_fraction, beta_1, beta_2, epsilon, n_iter_no_change, max_fun: as in scikit-learn. `activation`
            may be a list, one for each hidden layer; `activation`, `solver` and `learning_rate` may be anything of the
            catalogue: a name, an object, or {"name": ..., setting: value}.
        loss: "log_loss", or a loss of the catalogue for labels.
        dropout: the share of values of a hidden layer that are dropped in training; one, or one for each layer.
        normalization: "batch", "layer" or "rms", before the activation; one, or one for each layer.
        initializer: of the catalogue; None draws as scikit-learn does, number for number.
        l2: a penalty that is not divided by the rows of a batch, as that of `alpha` is.
        class_weight: {label: weight}, of several labels a row a list of such dictionaries, or "balanced".
        metric: what held-out rows are scored by: a name of `gn.metrics`, "loss", or a function (true, predicted).
        preprocess: "auto" reads tables with words and gaps (docs/tables.md).
        preset: "modern" trains several networks by one recipe for tables; {"name": "modern", "members": 8} changes it.
        callbacks: of `gn.Callback`. progress_bar: a bar on standard error.
        n_threads: None takes those that pay, and one inside a worker of joblib.
        engine: "auto", "native" or "reference".
        out: a folder that `fit` makes for its run; {} in the name, as in "runs/{}", is the next free number, so that
            every fit of a search has its own.

    Attributes: those of scikit-learn (`classes_`, `coefs_`, `intercepts_`, `loss_curve_`, ...), `net_`, the network,
        `history_`, a row for each epoch, and with `out` the `run_`.

    Raises:
        ValueError: what scikit-learn refuses, with its errors; a training that lost its numbers says where.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((16, 8), ["tanh", "relu"], dropout=[0.1, 0], learning_rate_init=0.01, random_state=0)
        >>> bool(model.fit(X, y).score(X, y) > 0.95), model.net_.classes
        (True, (0, 1, 2))

    Source: the interface is scikit-learn's `sklearn.neural_network.MLPClassifier`.
    """

    _labels: Labels

    def _targets(self, y: Any, *, reset: bool) -> Array:
        if hasattr(y, "toarray"):
            y = y.toarray()
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if reset or not hasattr(self, "classes_"):
            self._learn(Labels.of(y))
        elif self.warm_start and set(np.unique(y)) != set(np.unique(self.classes_)):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
                f"got {self.classes_}, `y` has {np.unique(y)}"
            )
        elif self._labels.strange(y):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {np.unique(y)}."
            )
        return np.asarray(y)

    def _learn(self, labels: Labels) -> None:
        self._labels, self.classes_ = labels, labels.classes

    def _goal(self, y: Array, weight: Floats | None) -> Goal:
        labels = self._labels
        loss, outputs = labels.loss(self.loss)
        last = "softmax" if labels.kind == "multioutput" else OUT.get(loss.head, loss.head)
        return Goal(loss, outputs, labels.targets(loss, outputs), str(last), labels.score())

    def _encoded(self, y: Array, dtype: Any) -> Array:
        return self._labels.encoded(y, dtype)

    def _by_class(self, y: Array, weight: Floats | None) -> tuple[Any, Floats | None]:
        return self._labels.weighted(self.class_weight, y, weight)

    def _plain(self, y: Array) -> tuple[str, int, Array]:
        if self._labels.kind == "multioutput":
            raise SettingError(
                "A preset learns one label a row, or several answers of yes or no; leave preset at None."
            )
        if self._labels.kind == "multilabel":
            return "labels", y.shape[1], y
        return "classes", max(2, len(self.classes_)), np.searchsorted(self.classes_, y)

    def _told(self, targets: Targets | None) -> Targets | None:
        if targets is None or self._labels.kind == "multilabel":
            return targets
        return self._labels.targets(losses.CATALOGUE["categorical_crossentropy"], targets.outputs)

    def _strata(self, y: Array) -> Array | None:
        return (y == self.classes_[-1])[:, None] if self._labels.kind == "binary" else None

    def _metric(self) -> Any:
        return self._labels.measured_by(self.metric)

    @partial_fit_is_there
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        validation_data: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """One epoch over these rows; `classes` are all there will be, needed at the first call.

        The other arguments are those of `fit`. `early_stopping` needs held-out rows of your own here.
        """
        if self.class_weight == "balanced":
            raise ValueError(UNBALANCED)
        self._expect(classes, y)
        held_out = given_once(validation_data, X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, held_out, (None, None), incremental=True)

    def _expect(self, classes: Any, y: Any) -> None:
        """Takes the classes at the first call; later they may be given again, but not others."""
        known = hasattr(self, "classes_")
        if classes is None:
            if not known:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            return
        kind = kind_of(y)
        if kind.startswith("multilabel"):
            labels = Labels("multilabel", np.unique(np.asarray(classes)))
        elif kind == "multiclass-multioutput":
            labels = Labels("multioutput", [np.unique(np.asarray(each)) for each in classes])
        else:
            labels = Labels.among(classes)
        if known and not labels.same(self._labels):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        if not known:
            self._learn(labels)

    # ---- use -----------------------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """The label of each row."""
        outputs = self._outputs(X)
        return self._labels.decided(outputs, 0.5 if self.net_.head.probabilities else 0.0)

    def _has_probabilities(self) -> bool:
        if "net_" in vars(self) and not (self.net_.head.probabilities or self._labels.kind == "multioutput"):
            raise AttributeError(f"The outputs of a network with the loss {self.loss!r} are no probabilities.")
        return True

    @available_if(lambda estimator: estimator._has_probabilities())
    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, the columns in the order of `classes_`; a list where y has several columns."""
        outputs = self._outputs(X)
        return self._labels.probabilities(outputs)

    @available_if(lambda estimator: estimator._has_probabilities())
    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of `predict_proba`."""
        found = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return [np.log(each) for each in found] if isinstance(found, list) else np.log(found)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of rows that are right; of several labels all have to be."""
        if hasattr(self, "_labels") and self._labels.kind == "multioutput":
            right = (self.predict(X) == np.asarray(y)).all(axis=1)
            return float(np.average(right, weights=sample_weight))
        return float(super().score(X, y, sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
