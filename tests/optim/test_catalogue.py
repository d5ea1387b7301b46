"""Optimizers by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.optim import CATALOGUE, SGD, Adam, Momentum, from_config, get

NAMES = ["gradient_descent", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"]
LATER = [
    "amsgrad",
    "adamw",
    "nadam",
    "radam",
    "adamax",
    "lion",
    "rprop",
    "muon",
    "schedule_free_adamw",
    "lbfgs",
    "levenberg_marquardt",
]


def test_the_names_of_the_course() -> None:
    assert list(CATALOGUE) == NAMES + LATER
    assert [get(name).name for name in NAMES] == NAMES


@pytest.mark.parametrize("name", ["sgd", "SGD", "gradient_descent"])
def test_gradient_descent_has_two_names(name: str) -> None:
    assert get(name) == SGD()


def test_settings_by_name_and_by_example() -> None:
    assert get("adam", learning_rate=0.5) == Adam(0.5)
    assert get(Adam, learning_rate=0.5) == Adam(0.5)
    assert get(Adam(beta1=0.5), learning_rate=0.5) == Adam(0.5, beta1=0.5)
    example = Momentum(0.1)
    assert get(example) == example


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(SettingError, match="There is no optimizer 'adamm'; did you mean 'adam'"):
        get("adamm")


def test_an_unknown_setting_suggests_the_nearest() -> None:
    with pytest.raises(SettingError, match="no setting of the optimizer adam 'beta'; did you mean 'beta"):
        get("adam", beta=0.9)
    with pytest.raises(SettingError, match="no setting of the optimizer gradient_descent 'eta'"):
        get(SGD(), eta=0.9)


@pytest.mark.parametrize("given", [3, None, dict, object()])
def test_something_else_is_a_sentence(given: Any) -> None:
    with pytest.raises(TypeNotUsableError, match=re.escape(f"not {given!r}.")):
        get(given)


def test_a_description_without_a_name_is_a_sentence() -> None:
    with pytest.raises(SettingError, match="has no name"):
        from_config({"learning_rate": 0.1})
