"""What the perceptrons have in common: rows are checked, a network is trained, attributes show what came out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import _fit_context, is_regressor
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from glassnet.errors import SettingError
from glassnet.estimators import building, fitting, listening, preset, reading
from glassnet.estimators.compat import CallbackSupportMixin, with_callbacks
from glassnet.estimators.drawn import Drawn
from glassnet.estimators.ensemble import seen
from glassnet.estimators.fitting import Goal, Rows
from glassnet.estimators.parameters import CONSTRAINTS, NAMED, Parameters, changed
from glassnet.estimators.threads import threads_for
from glassnet.training.network import Network
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats

HeldOut = tuple[Any, Any, Any] | None
Start = tuple[Sequence[Array] | None, Sequence[Array] | None]


class Weights(list[Any]):
    """The arrays of all layers, views of the network's own: what is put in the place of one is written into it."""

    def __setitem__(self, place: Any, values: Any) -> None:
        self[place][...] = values


class Shell(Parameters, Drawn):
    """What all have that hold a network of several layers: their parameters, and what is stored of them."""

    def set_params(self, **params: Any) -> Any:
        """Parameters anew; `solver__learning_rate` is a setting of the solver that is there, and so on."""
        settings = {
            name: params.pop(name) for name in list(params) if name.partition("__")[0] in NAMED and "__" in name
        }
        super().set_params(**params)
        for name, value in settings.items():
            parameter, _, setting = name.partition("__")
            setattr(self, parameter, changed(parameter, getattr(self, parameter), {setting: value}))
        return self

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "run_"}  # which holds the data


class BaseMLP(CallbackSupportMixin, Shell, ABC):
    """A perceptron as scikit-learn knows it; the classes that derive from it say what their targets mean."""

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS
    net_: Network

    # ---- what a class says of its targets ------------------------------------------------------------------------

    @abstractmethod
    def _targets(self, y: Any, *, reset: bool) -> Array:
        """y, checked; learns the labels where `reset` says so, and else refuses new ones."""

    @abstractmethod
    def _goal(self, y: Array, weight: Floats | None) -> Goal:
        """What the network is to learn."""

    @abstractmethod
    def _encoded(self, y: Array, dtype: Any) -> Array:
        """y as the network takes it."""

    def _by_class(self, y: Array, weight: Floats | None) -> tuple[Any, Floats | None]:
        """The weights of the classes, as far as they are the network's to learn by, and those of the rows."""
        return None, weight

    def _told(self, targets: Targets | None) -> Targets | None:
        """What a network of a preset, which learned from one-hot rows, has to know of the labels."""
        return targets

    # ---- training ------------------------------------------------------------------------------------------------

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        coefs_init: Any = None,
        intercepts_init: Any = None,
    ) -> Any:
        """Learns from the rows of X.

        Args:
            X: (n, d) numbers, or a sparse matrix, which stays sparse.
            y: the targets, one or several a row.
            sample_weight: (n,) how much each row counts.
            validation_data: (X, y) or (X, y, sample_weight): held-out rows of your own, measured after each epoch.
            X_val, y_val, sample_weight_val: the same, apart, for `Pipeline(transform_input=["X_val"])`.
            coefs_init, intercepts_init: start weights, one array for each layer.
        """
        held_out = given_once(validation_data, X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, held_out, (coefs_init, intercepts_init), incremental=False)

    def _is_stochastic(self) -> bool:
        if self.preset is not None:
            raise AttributeError("A preset trains to the end of its schedule: partial_fit is there with preset=None.")
        if building.full_batch(self.solver):
            raise AttributeError(
                f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic."
            )
        return True

    def _fit(self, X: Any, y: Any, sample_weight: Any, held_out: HeldOut, start: Start, *, incremental: bool) -> Any:
        if self.preset is not None:
            return preset.fit(self, X, y, sample_weight, held_out, start)
        sizes = building.hidden_sizes(self.hidden_layer_sizes)
        first = not (hasattr(self, "net_") or "_given" in vars(self)) or not (self.warm_start or incremental)
        given = X, y, sample_weight
        X, y = self._rows(X, y, reset=first, learn=not incremental and first)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        if self.early_stopping and incremental and held_out is None:
            raise ValueError("partial_fit does not support early_stopping=True without held-out rows of your own.")
        random = check_random_state(self.random_state)
        class_weight, weight = self._by_class(y, weight)
        goal = self._goal(y, weight)
        if first or not hasattr(self, "net_"):
            fitting.begin(self, goal, X, len(sizes), random, start)
        train, others = self._divided(X, y, weight, held_out, random)
        with listening.heard(self, *given, 0 if incremental else self.max_iter) as bridges:
            fitting.train(self, goal, train, others, random, class_weight, bridges, incremental=incremental)
        return self

    def _rows(self, X: Any, y: Any, *, reset: bool, learn: bool, **table: Any) -> tuple[Any, Array]:
        if reading.wanted(self):
            X, y = reading.learned(self, X, y, reset=reset, **table)
            return X, self._targets(y, reset=learn)
        X, y = reading.checked(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=is_regressor(self),
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        return X, self._targets(y, reset=learn)

    def _divided(
        self, X: Any, y: Array, weight: Floats | None, held_out: HeldOut, random: Any
    ) -> tuple[Rows, Rows | None]:
        """Rows to learn from and held-out ones, as the network takes them."""
        if held_out is not None:
            others, targets = self._rows(*held_out[:2], reset=False, learn=False)
            own = None if held_out[2] is None else _check_sample_weight(held_out[2], others)
            train, test = Rows(X, y, weight), Rows(others, targets, own)
        elif self.early_stopping:
            train, test = fitting.divided(self, X, y, weight, random)
        else:
            return self._as_learned(Rows(X, y, weight)), None
        return self._as_learned(train), self._as_learned(test)

    def _as_learned(self, rows: Rows) -> Rows:
        return rows.with_y(self._encoded(rows.y, rows.X.dtype))

    # ---- what came out -------------------------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[Array]:
        """The weight matrix of each layer, (in, out): views, so that writing to one changes the network."""
        return self._arrays("W", "coefs_")

    @coefs_.setter
    def coefs_(self, values: Sequence[Array]) -> None:
        self._put("W", values)

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each layer, (out,): views as well."""
        return self._arrays("b", "intercepts_")

    @intercepts_.setter
    def intercepts_(self, values: Sequence[Array]) -> None:
        self._put("b", values)

    def _arrays(self, symbol: str, name: str) -> list[Array]:
        if "net_" in vars(self):
            weights = self.net_.parameters()
            return Weights(weights[names[symbol]] for names in building.dense_names(self.net_))
        if symbol in vars(self).get("_given", {}):
            given: list[Array] = self._given[symbol]
            return given
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _put(self, symbol: str, values: Sequence[Array]) -> None:
        """Weights set from outside: into the network, or kept for the first fit that goes on from something."""
        if "net_" in vars(self):
            building.put(self.net_, *((values, None) if symbol == "W" else (None, values)))
        else:
            self._given = vars(self).get("_given", {}) | {symbol: list(values)}

    def _outputs(self, X: Any) -> Floats:
        """The outputs of the network for checked rows; sparse rows stay sparse."""
        check_is_fitted(self, "net_")
        X = self._seen(X)
        self.net_.threads = threads_for(self.n_threads)
        return self.ensemble_.outputs(X) if "ensemble_" in vars(self) else self.net_.outputs(X)

    def _seen(self, X: Any) -> Any:
        """Rows to predict, checked; a table as numbers."""
        if reading.wanted(self):
            return reading.read(self, X)
        return reading.checked(self, X, accept_sparse=["csr", "csc"], reset=False)

    def hidden_activations(self, X: Any) -> list[Floats]:
        """What each hidden layer makes of the rows: (n, units) for each of them, behind its activation."""
        check_is_fitted(self, "net_")
        X = self._seen(X)
        if "ensemble_" in vars(self):
            X = seen(self.net_, X)
        self.net_.threads = threads_for(self.n_threads)
        return [self.net_.after(place, X) for place in building.hidden_ends(self.net_)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        table = reading.wanted(self)
        tags.input_tags.allow_nan = tags.input_tags.string = table
        tags.input_tags.sparse = self.preprocess is None
        return tags


partial_fit_is_there = available_if(lambda estimator: estimator._is_stochastic())


def given_once(pair: Any, X: Any, y: Any, weight: Any) -> HeldOut:
    """Held-out rows as (X, y, weight), whichever way they were given.

    Raises: SettingError where they were given in both ways, or by halves.
    """
    if pair is not None and (X is not None or y is not None):
        raise SettingError("Held-out rows are given once: as validation_data, or as X_val and y_val.")
    if pair is not None:
        if not isinstance(pair, tuple | list) or len(pair) not in (2, 3):
            raise SettingError("validation_data is a pair (X, y), or (X, y, sample_weight).")
        X, y, weight = (*pair, None)[:3]
    if (X is None) != (y is None):
        raise SettingError("X_val and y_val are given together.")
    return None if X is None else (X, y, weight)
