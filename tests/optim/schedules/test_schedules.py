"""Every schedule: its values worked by hand, its shape, its settings, and the way through a file."""

from __future__ import annotations

import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.optim.schedules import (
    CATALOGUE,
    BiasCorrection,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseScaling,
    InverseTime,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    Step,
    WarmUp,
    from_config,
    get,
)

# step -> rate, each worked by hand
BY_HAND: list[tuple[Schedule, dict[int, float]]] = [
    (Constant(0.3), {0: 0.3, 10**9: 0.3}),
    (Step(0.8, every=10, factor=0.5), {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 30: 0.1}),
    (Exponential(0.8, steps=10, factor=0.25), {0: 0.8, 5: 0.4, 10: 0.2, 20: 0.05}),
    (InverseTime(0.6, steps=10), {0: 0.6, 5: 0.4, 10: 0.3, 20: 0.2}),
    (InverseScaling(0.6, rows=5, steps=2, power=1.0, seen=4), {0: 0.6, 1: 0.6, 2: 0.06, 3: 0.06, 4: 0.04}),
    (BiasCorrection(0.3, beta1=0.5, beta2=0.64), {0: 0.36, 10**6: 0.3}),  # 0.3 sqrt(1 - 0.64) / (1 - 0.5)
    (Polynomial(0.5, steps=10, final=0.1), {0: 0.5, 5: 0.3, 10: 0.1, 11: 0.1}),
    (Polynomial(0.4, steps=10, power=2.0), {0: 0.4, 5: 0.1, 10: 0.0}),
    # cos(pi / 3) = 1/2, so a third of the way leaves 3/4
    (Cosine(0.5, steps=30, final=0.1), {0: 0.5, 10: 0.4, 15: 0.3, 20: 0.2, 30: 0.1, 99: 0.1}),
    # periods of 3, 6, 12 steps begin at 0, 3, 9
    (CosineRestarts(0.4, steps=3), {0: 0.4, 1: 0.3, 2: 0.1, 3: 0.4, 5: 0.3, 6: 0.2, 9: 0.4, 15: 0.2}),
    (CosineRestarts(0.8, steps=2, stretch=1.0, shrink=0.5), {0: 0.8, 1: 0.4, 2: 0.4, 3: 0.2, 4: 0.2}),
    (CosineRestarts(0.8, steps=2, stretch=1.0), {0: 0.8, 10**9: 0.8, 10**9 + 1: 0.4}),
    (OneCycle(1.0, steps=31, rise=0.4, start=0.2, final=0.0), {0: 0.2, 6: 0.6, 12: 1.0, 21: 0.5, 30: 0.0, 40: 0.0}),
    (WarmUp(0.5, steps=4), {0: 0.1, 1: 0.2, 3: 0.4, 4: 0.5, 100: 0.5}),
    (WarmUp(0.5, steps=1, start=0.5), {0: 0.375, 1: 0.5}),
    (WarmUp(Step(0.5, every=2), steps=4), {0: 0.1, 3: 0.4, 5: 0.5, 6: 0.05}),
    (Plateau(0.2), {0: 0.2, 1000: 0.2}),
]
each = pytest.mark.parametrize("schedule", [schedule for schedule, _ in BY_HAND], ids=repr)


def test_every_schedule_has_a_row() -> None:
    assert {type(schedule) for schedule, _ in BY_HAND} == set(CATALOGUE.values())
    assert all(name in gn.schedules.__all__ for name in (kind.__name__ for kind in CATALOGUE.values()))


@pytest.mark.parametrize(("schedule", "rates"), BY_HAND, ids=lambda value: repr(value)[:40])
def test_rates_by_hand(schedule: Schedule, rates: dict[int, float]) -> None:
    assert {step: schedule(step) for step in rates} == pytest.approx(rates, rel=1e-8, abs=1e-12)


@each
@given(step=st.integers(0, 10**6))
def test_a_rate_is_finite_and_not_negative_and_of_nine_digits(schedule: Schedule, step: int) -> None:
    rate = schedule(step)
    assert type(rate) is float
    assert 0 <= rate <= 1
    assert rate == float(f"{rate:.9g}")


@each
def test_a_schedule_survives_a_file(schedule: Schedule) -> None:
    config = json.loads(json.dumps(schedule.config()))
    assert from_config(config) == schedule
    optimizer = gn.optimizers.Adam(schedule)
    again = gn.optimizers.from_config(json.loads(json.dumps(optimizer.config())))
    assert again == optimizer
    assert [again.rate(step) for step in range(40)] == [schedule(step) for step in range(40)]
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(from_config(config))


@pytest.mark.parametrize("kind", [Polynomial, Cosine, Exponential, InverseTime, Step])
def test_what_decays_never_rises(kind: Any) -> None:
    schedule = kind(0.1, 50)
    rates = [schedule(step) for step in range(120)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 0.1


def test_one_cycle_rises_and_falls_once() -> None:
    rates = [OneCycle(0.1, steps=100)(step) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.1, rel=1e-3)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(4e-7, rel=1e-6)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("constant", {"learning_rate": -1}, "Constant: learning_rate must be a finite number and not negative, not -1."),
    ("step", {"learning_rate": 0.1, "every": 0}, "Step: every must be a whole number of at least 1, not 0."),
    ("step", {"learning_rate": 0.1, "every": 1.5}, "Step: every must be a whole number of at least 1, not 1.5."),
    ("step", {"learning_rate": 0.1}, "The schedule step needs 'every'."),
    ("step", {"learning_rate": 0.1, "evry": 3}, "no setting of the schedule step 'evry'; did you mean 'every'?"),
    ("cosin", {"learning_rate": 0.1}, "There is no schedule 'cosin'; did you mean 'cosine'?"),
    ("exponential", {"learning_rate": 0.1, "steps": 3, "factor": 0}, "factor must be a finite number and above 0"),
    ("one_cycle", {"learning_rate": 0.1, "steps": 9, "rise": 1}, "rise must be a finite number and between 0 and 1"),
    ("one_cycle", {"learning_rate": 0.1, "steps": 1}, "steps must be a whole number of at least 2, not 1."),
    ("cosine_restarts", {"learning_rate": 1, "steps": 9, "stretch": 0.5}, "stretch must be a finite number and at lea"),
    ("plateau", {"learning_rate": 0.1, "factor": 1}, "factor must be a finite number and above 0 and below 1"),
    ("plateau", {"learning_rate": 0.1, "monitor": 3}, "monitor must be the name of a column of the history, not 3."),
    ("warm_up", {"learning_rate": WarmUp(0.1, 3), "steps": 3}, "not a second WarmUp"),
    ("warm_up", {"learning_rate": abs, "steps": 3}, "must be a rate or a schedule of gn.schedules, not a function"),
    ("step", {"learning_rate": {"name": "constant"}, "every": 3}, "Only a WarmUp stands around another schedule"),
]


@pytest.mark.parametrize(("name", "settings", "says"), WRONG)
def test_what_cannot_be_used_is_a_sentence(name: str, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        get(name, **settings)


def test_a_description_without_a_name_is_a_sentence() -> None:
    with pytest.raises(SettingError, match="has no name"):
        from_config({"learning_rate": 0.1})


def test_a_whole_number_may_come_as_a_float() -> None:
    assert Step(0.1, every=10.0) == Step(0.1, every=10)  # type: ignore[arg-type]
