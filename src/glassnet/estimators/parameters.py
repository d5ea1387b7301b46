"""The parameters: one constructor for all perceptrons, and what each of them may be, in scikit-learn's own terms."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from glassnet.engine import ENGINES
from glassnet.errors import unknown_name
from glassnet.maths import activations, initializers, losses, metrics
from glassnet.optim import ALIASES, CATALOGUE, Optimizer, schedules
from glassnet.optim.schedules import Schedule

NORMALIZATIONS = ("batch", "layer", "rms")
ANY = Interval(Integral, None, None, closed="neither")
COUNT = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
SHARE = Interval(Real, 0, 1, closed="left")
ACTIVATIONS = {"logistic", *activations.CATALOGUE}
SOLVERS = {*CATALOGUE, *ALIASES}
SCHEDULES = {"constant", "invscaling", "adaptive", *schedules.CATALOGUE}

# A catalogue's member is given by its name, as itself, or as {"name": ..., setting: value}: all of them clone.
CONSTRAINTS: dict[str, list[Any]] = {
    # scikit-learn's
    "hidden_layer_sizes": ["array-like", COUNT],
    "activation": [StrOptions(ACTIVATIONS), list, tuple, dict, callable],
    "solver": [StrOptions(SOLVERS), Optimizer, dict],
    "alpha": [NOT_NEGATIVE],
    "batch_size": [StrOptions({"auto"}), COUNT],
    "learning_rate": [StrOptions(SCHEDULES), Schedule, dict, callable],
    "learning_rate_init": [POSITIVE],
    "power_t": [NOT_NEGATIVE],
    "max_iter": [COUNT],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [NOT_NEGATIVE],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [SHARE],
    "beta_1": [SHARE],
    "beta_2": [SHARE],
    "epsilon": [POSITIVE],
    "n_iter_no_change": [COUNT, Options(Real, {np.inf})],
    "max_fun": [COUNT],
    # glassnet's
    "loss": [StrOptions({"log_loss", "squared_error", *losses.CATALOGUE}), dict, callable],
    "dropout": [SHARE, list, tuple],
    "normalization": [StrOptions(set(NORMALIZATIONS)), list, tuple, None],
    "initializer": [StrOptions(set(initializers.CATALOGUE)), dict, callable, None],
    "l2": [NOT_NEGATIVE],
    "class_weight": [StrOptions({"balanced"}), dict, list, None],
    "metric": [StrOptions({"loss", *(name for name, one in metrics.CATALOGUE.items() if one.single)}), callable, None],
    "callbacks": [list, tuple, None],
    "progress_bar": ["boolean"],
    "n_threads": [COUNT, None],
    "preprocess": [StrOptions({"auto"}), None],
    "preset": [StrOptions({"modern"}), dict, None],
    "engine": [StrOptions({"auto", *ENGINES})],
    "out": [str, os.PathLike, None],
}


# These may be members of a catalogue with settings of their own.
NAMED = {"activation", "solver", "learning_rate", "loss", "initializer", "preset"}


def changed(parameter: str, member: Any, settings: dict[str, Any]) -> Any:
    """A member of a catalogue with some settings changed, for `set_params(solver__weight_decay=0.1)`.

    Raises: SettingError where there is none, or none with such a setting.

    >>> changed("solver", "adamw", {"weight_decay": 0.1})
    {'name': 'adamw', 'weight_decay': 0.1}
    """
    if isinstance(member, str):
        return {"name": member, **settings}
    if isinstance(member, dict):
        return member | settings
    if hasattr(member, "configured"):
        return member.configured(**settings)
    known = {field.name for field in fields(member)} if is_dataclass(member) else set()
    for setting in settings:
        if setting not in known:
            raise unknown_name(f"setting of {parameter}={member!r}", setting, known)
    return replace(member, **settings)


class Parameters:
    """The constructor: it keeps what it is given, as scikit-learn's rules want it."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: Any = "log_loss",
        dropout: Any = 0.0,
        normalization: Any = None,
        initializer: Any = None,
        l2: float = 0.0,
        class_weight: Any = None,
        metric: Any = None,
        callbacks: Any = None,
        progress_bar: bool = False,
        preprocess: str | None = None,
        preset: Any = None,
        n_threads: int | None = None,
        engine: str = "auto",
        out: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.dropout = dropout
        self.normalization = normalization
        self.initializer = initializer
        self.l2 = l2
        self.class_weight = class_weight
        self.metric = metric
        self.callbacks = callbacks
        self.progress_bar = progress_bar
        self.preprocess = preprocess
        self.preset = preset
        self.n_threads = n_threads
        self.engine = engine
        self.out = out


def constructor(*, first: str | None = None, without: tuple[str, ...] = (), **defaults: Any) -> Callable[..., None]:
    """`Parameters.__init__` with other defaults, `without` some and with more of them; `first` comes before all others.

    Its signature is what scikit-learn reads the names of parameters from.
    """

    @wraps(Parameters.__init__)
    def keep(self: Any, *given: Any, **named: Any) -> None:
        try:
            bound = signature.bind(self, *given, **named)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}") from None
        bound.apply_defaults()
        for name, value in list(bound.arguments.items())[1:]:
            setattr(self, name, value)

    known = inspect.signature(Parameters.__init__).parameters
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name]) for name in defaults]
    own = [p.replace(default=defaults.get(p.name, p.default)) for p in known.values() if p.name not in without]
    own += [parameter for parameter in more if parameter.name not in known]
    if first is not None:
        moved = next(p for p in own if p.name == first)
        own.remove(moved)
        own.insert(1, moved.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD))
    signature = inspect.Signature(own)
    made: Any = keep
    made.__signature__ = signature
    return keep
