"""Rosenblatt's perceptron with scikit-learn's interface."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from glassnet.estimators.drawn import Drawn
from glassnet.estimators.labels import UNBALANCED
from glassnet.estimators.rosenblatt import Line, Rows, Rule, fit
from glassnet.layers import Dense
from glassnet.maths import losses
from glassnet.training.network import Network
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats, Indices

MOST = np.iinfo(np.int32).max


class PerceptronClassifier(ClassifierMixin, Drawn):
    """The perceptron: a line that is moved by every row it has on its wrong side.

    Formula:
        z = x W + b;   where t z <= 0:   W := W + eta0 t w x,   b := b + eta0 t w,   t = 1 for the class, else -1
        before that, with a penalty:   W := (1 - eta0 alpha (1 - l1_ratio)) W;   l1: every |W| less eta0 alpha l1_ratio

    Args:
        penalty, alpha, l1_ratio, fit_intercept, max_iter, tol, shuffle, verbose, eta0, random_state, early_stopping,
            validation_fraction, n_iter_no_change, class_weight, warm_start: as in scikit-learn.
        n_jobs: the lines of several classes are learned one after the other, so it changes nothing.

    Attributes: those of scikit-learn (`coef_`, `intercept_`, `n_iter_`, `t_`, `classes_`), and `net_`, the same lines
        as a network.

    Raises:
        ValueError: what scikit-learn refuses, with its errors.

    Example:
        >>> X, AND = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
        >>> model = PerceptronClassifier(tol=None, shuffle=False, max_iter=10).fit(X, AND)
        >>> model.predict(X).tolist(), model.coef_.tolist(), model.intercept_.tolist()
        ([0, 0, 0, 1], [[3.0, 2.0]], [-4.0])

    Source: Rosenblatt (1958), Psychological Review 65, 386-408; the interface is scikit-learn's `Perceptron`.
    """

    classes_: Array
    t_: float
    n_iter_: int
    _W: Floats
    _b: Floats
    _sparse: bool
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "shuffle": ["boolean"],
        "verbose": ["verbose"],
        "eta0": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [None, Integral],
        "random_state": ["random_state"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        penalty: str | None = None,
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        eta0: float = 1.0,
        n_jobs: int | None = None,
        random_state: Any = 0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.eta0 = eta0
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start

    # ---- training ------------------------------------------------------------------------------------------------

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, coef_init: Any = None, intercept_init: Any = None, sample_weight: Any = None
    ) -> PerceptronClassifier:
        """Learns from the rows until nothing gets better; `coef_init`, `intercept_init`: the lines to begin with."""
        goes_on = self.warm_start and "_W" in vars(self)
        X, y = self._checked(X, y, reset=not goes_on)
        if goes_on and not np.array_equal(np.unique(y), self.classes_):
            raise ValueError("warm_start needs the classes of the fit before.")
        if not goes_on:
            self._begin(X, np.unique(y))
        self._put(coef_init, intercept_init)
        self.t_ = 1.0
        self._train(X, y, _check_sample_weight(sample_weight, X, dtype=X.dtype), self.max_iter)
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warnings.warn(
                f"Maximum number of iteration reached before convergence: {self.max_iter} passes (max_iter) over the "
                "rows were not enough, or the classes cannot be told apart by a line.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> PerceptronClassifier:
        """One pass over these rows; `classes` are all there will be, needed at the first call."""
        first = "_W" not in vars(self)
        if self.class_weight == "balanced":
            raise ValueError(UNBALANCED)
        if self.early_stopping:
            raise ValueError("early_stopping should be False with partial_fit")
        if classes is None and first:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if classes is not None and not first and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        X, y = self._checked(X, y, reset=first)
        if first:
            self._begin(X, np.unique(np.asarray(classes)))
        if not np.isin(y, self.classes_).all():
            raise ValueError(f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}.")
        self._train(X, y, _check_sample_weight(sample_weight, X, dtype=X.dtype), 1, patient=False)
        return self

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=(np.float64, np.float32), order="C", reset=reset)
        if hasattr(X, "has_canonical_format") and not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
        check_classification_targets(y)
        return X, y

    def _begin(self, X: Any, classes: Array) -> None:
        count = len(classes)
        if count < 2:
            raise ValueError(f"The number of classes has to be greater than one; got {count} class")
        lines = count if count > 2 else 1
        self.classes_, self.t_ = classes, 1.0
        self._W, self._b = np.zeros((lines, X.shape[1]), X.dtype), np.zeros(lines)

    def _put(self, coef: Any, intercept: Any) -> None:
        for given, own, name in ((coef, self._W, "coef_init"), (intercept, self._b, "intercept_init")):
            if given is None:
                continue
            values = np.asarray(given, own.dtype)
            if values.size != own.size:
                raise ValueError(f"Provided {name} does not match dataset: it needs the shape {own.shape}.")
            own[...] = values.reshape(own.shape)

    def _train(self, X: Any, y: Array, weight: Floats, passes: int, *, patient: bool = True) -> None:
        share = {None: None, "l2": 0.0, "l1": 1.0, "elasticnet": float(self.l1_ratio)}[self.penalty]
        tol, patience = (self.tol, int(self.n_iter_no_change)) if patient else (None, 1)
        rule = Rule(self.eta0, self.alpha, share, self.fit_intercept, tol, patience, bool(self.verbose))
        by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        held_out = self._held_out(y, weight) if self.early_stopping else np.zeros(0, np.int64)
        taken = []
        for k, seed in enumerate(self._seeds()):
            here = y == self.classes_[k if len(self._b) > 1 else 1]
            rest = (
                by_class[0] if len(self._b) == 1 else 1.0
            )  # where a line tells one class from all others they count 1
            own = weight * np.where(here, by_class[k if len(self._b) > 1 else 1], rest)
            rows = Rows(X, np.where(here, 1.0, -1.0), own, held_out)
            line = Line(self._W[k], float(self._b[k]))
            taken.append(fit(line, rows, rule, passes=passes, seed=seed if self.shuffle else None))
            self._b[k] = line.b
        self.n_iter_ = max(taken)
        self.t_ += self.n_iter_ * X.shape[0]

    def _seeds(self) -> list[int]:
        """Of the shuffles, as scikit-learn draws them: one for each line."""
        random, lines = check_random_state(self.random_state), len(self._b)
        each = [random] if lines == 1 else [check_random_state(seed) for seed in random.randint(MOST, size=lines)]
        found = []
        for one in each:
            one.randint(1, MOST)  # there drawn for another purpose
            found.append(int(one.randint(MOST)))
        return found

    def _held_out(self, y: Array, weight: Floats) -> Indices:
        """Rows of every class, by which early stopping judges."""
        split = StratifiedShuffleSplit(test_size=self.validation_fraction, random_state=self.random_state)
        _, found = next(split.split(np.zeros((len(y), 1)), y))
        if not weight[found].any():
            raise ValueError("The sample weights of all held-out rows are 0: another random_state holds out others.")
        return np.asarray(found, np.int64)

    # ---- use -----------------------------------------------------------------------------------------------------

    @property
    def coef_(self) -> Any:
        """(1, d) for two classes, else (classes, d); a sparse matrix after `sparsify`."""
        W = self._known("coef_")
        return csr_matrix(W) if vars(self).get("_sparse") else W

    @property
    def intercept_(self) -> Floats:
        """(1,) for two classes, else (classes,)."""
        self._known("intercept_")
        return self._b

    def _known(self, name: str) -> Floats:
        if "_W" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._W

    @property
    def net_(self) -> Network:
        """The lines as a network of one linear layer, whose outputs are those of `decision_function`."""
        W, lines = self._known("net_"), len(self._b)
        net = Network([Dense(lines)]).build(W.shape[1], dtype=W.dtype)
        net.parameters()["W1"][...], net.parameters()["b1"][...] = W.T, self._b
        net.loss = losses.CATALOGUE["hinge" if lines == 1 else "categorical_hinge"]
        net.targets = Targets(net.loss.target_kind, lines, tuple(self.classes_.tolist()), True)
        return net

    def decision_function(self, X: Any) -> Floats:
        """z of every line: (n,) for two classes, above 0 for the second, else (n, classes)."""
        check_is_fitted(self, "_W")
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        Z: Floats = X @ self._W.T + self._b
        return Z[:, 0] if Z.shape[1] == 1 else Z

    def predict(self, X: Any) -> Array:
        """The label of each row: the class on whose side it is, or is furthest."""
        Z = self.decision_function(X)
        numbers = (Z > 0).astype(int) if Z.ndim == 1 else Z.argmax(axis=1)
        found: Array = self.classes_[numbers]
        return found

    def densify(self) -> PerceptronClassifier:
        """`coef_` is an array again."""
        self._known("coef_")
        self._sparse = False
        return self

    def sparsify(self) -> PerceptronClassifier:
        """From now on `coef_` is a sparse matrix, of use where an l1 penalty has left few weights."""
        self._known("coef_")
        self._sparse = True
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
