"""Settings are checked, kept as Python floats, stored and read again."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import re
from typing import Any

import numpy as np
import pytest

from glassnet.errors import SettingError
from glassnet.optim import CATALOGUE, SGD, AdaDelta, Adam, Momentum, Nesterov, Optimizer, RMSProp, from_config

every_class = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)


@every_class
def test_settings_survive_a_file(kind: type[Optimizer]) -> None:
    optimizer = kind(learning_rate=0.123)
    again = from_config(json.loads(json.dumps(optimizer.config())))
    assert again == optimizer
    assert type(again) is kind
    assert again != kind(learning_rate=0.124)


@every_class
def test_optimizers_are_values(kind: type[Optimizer]) -> None:
    optimizer = kind()
    assert pickle.loads(pickle.dumps(optimizer)) == optimizer
    assert hash(optimizer) == hash(kind())
    with pytest.raises(dataclasses.FrozenInstanceError):
        optimizer.learning_rate = 1.0  # type: ignore[misc]


@every_class
def test_numpy_scalars_become_python_floats(kind: type[Optimizer]) -> None:
    optimizer = kind(learning_rate=np.float64(0.5))
    assert type(optimizer.rate(0)) is float
    if not optimizer.elementwise:
        return
    theta = np.ones(2, np.float32)
    moments = [np.zeros_like(theta) for _ in kind.moments]
    optimizer.update(theta, theta.copy(), moments, optimizer.advance(optimizer.start()), optimizer.rate(0))
    assert theta.dtype == np.float32


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf, "fast", True, None])
@every_class
def test_a_rate_that_is_no_rate_is_a_sentence(kind: type[Optimizer], rate: Any) -> None:
    says = f"{kind.__name__}: learning_rate must be a finite number and not negative, not {rate!r}."
    with pytest.raises(SettingError, match=re.escape(says)):
        kind(learning_rate=rate)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(Momentum, "eta"), (Nesterov, "eta"), (RMSProp, "rho"), (AdaDelta, "rho"), (Adam, "beta1"), (Adam, "beta2")],
)
@pytest.mark.parametrize("value", [-0.1, 1.0, 1.5, math.nan, "0.9"])
def test_a_share_outside_its_interval_is_a_sentence(kind: type[Optimizer], setting: str, value: Any) -> None:
    says = f"{kind.__name__}: {setting} must be a finite number and at least 0 and below 1, not {value!r}."
    with pytest.raises(SettingError, match=re.escape(says)):
        kind(**{setting: value})


@pytest.mark.parametrize("name", ["adagrad", "adadelta", "rmsprop", "adam"])
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("epsilon", 0.0, "epsilon must be a finite number and above 0, not 0.0."),
        ("epsilon", -1e-8, "epsilon must be a finite number and above 0, not -1e-08."),
        ("epsilon_inside", "yes", "epsilon_inside must be True or False, not 'yes'."),
        ("epsilon_inside", 1, "epsilon_inside must be True or False, not 1."),
    ],
)
def test_an_epsilon_that_is_no_epsilon_is_a_sentence(name: str, setting: str, value: Any, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        CATALOGUE[name](**{setting: value})


def test_a_schedule_is_a_function_of_the_step() -> None:
    optimizer = SGD(learning_rate=lambda step: 1.0 / (1 + step))
    assert [optimizer.rate(step) for step in (0, 1, 3)] == [1.0, 0.5, 0.25]


@pytest.mark.parametrize("rate", [-1.0, math.nan, math.inf])
def test_a_schedule_that_gives_no_rate_is_a_sentence(rate: float) -> None:
    with pytest.raises(SettingError, match=f"schedule gave {rate} at step 7"):
        SGD(learning_rate=lambda step: rate).rate(7)


def test_a_schedule_cannot_be_stored() -> None:
    with pytest.raises(SettingError, match="Adam has a Python function as its learning rate"):
        Adam(learning_rate=lambda step: 0.1).config()
