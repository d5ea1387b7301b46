"""The numbers of a step that are no arrays, as formulas: the rate that a schedule gives, the powers of a correction.

t is the number of the optimizer's step, counted from 1; a schedule counts from 0, so its step is t - 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassnet.lab.expressions import HALF, ONE, Expression, Name, Number, call, minus, over, plus, times
from glassnet.lab.functions import TWO, number

T = Name("t")
STEP = minus(T, ONE)
PI = Number("3.141592653589793")


def scalars(optimizer: Any, t: int) -> dict[str, Expression]:
    """The formulas of the step's settings, by name; a rate that a callback or a function gave has none.

    >>> from glassnet.lab.expressions import text
    >>> from glassnet.optim import Adam
    >>> from glassnet.optim.schedules import InverseTime
    >>> {name: text(tree) for name, tree in scalars(Adam(InverseTime(0.1, steps=50)), 3).items()}
    {'learning_rate': '0.1/(1 + (t - 1)/50)', 'beta1_power': 'beta1^t', 'beta2_power': 'beta2^t'}
    """
    rate = _rate(optimizer.learning_rate, t)
    found = {} if rate is None else {"learning_rate": rate}
    powers = [*optimizer.powers, *(["ema"] if optimizer.ema is not None else [])]
    found |= {f"{name}_power": call("^", Name(name), T) for name in powers}
    return found | OWN.get(optimizer.name, lambda _: {})(optimizer)


# ---- schedules -----------------------------------------------------------------------------------------------------


def _rate(given: Any, t: int, step: Expression = STEP) -> Expression | None:
    """The rate of step t; None where it follows from nothing that is known here."""
    kind = getattr(given, "name", None)
    if kind == "warm_up":
        return _warm_up(given, t)
    formula = SCHEDULES.get(kind) if callable(given) else None
    return None if formula is None else formula(given, t, step)


def _share(given: Any, step: Expression) -> Expression:
    """How much of the way is done, 1 from its end on."""
    return over(call("min", step, number(float(given.steps))), number(float(given.steps)))


def _half_cosine(first: Expression, last: Expression, share: Expression) -> Expression:
    """last + (first - last) (1 + cos(pi share)) / 2."""
    return plus(last, times(minus(first, last), HALF, plus(ONE, call("cos", times(PI, share)))))


def _polynomial(s: Any, t: int, step: Expression) -> Expression:
    left = call("^", minus(ONE, _share(s, step)), number(s.power))
    return plus(number(s.final), times(minus(number(s.learning_rate), number(s.final)), left))


def _restarts(s: Any, t: int, step: Expression) -> Expression:
    """The period that the step lies in is found by counting; its place and length are then plain numbers."""
    at, period, i, length = t - 1, s.steps, 0, float(s.steps)
    while at >= period:
        at, i, length = at - period, i + 1, length * s.stretch
        period = round(length)
    high = times(number(s.learning_rate), call("^", number(s.shrink), number(float(i))))
    return _half_cosine(high, number(s.final), over(number(float(at)), number(float(period))))


def _one_cycle(s: Any, t: int, step: Expression) -> Expression:
    high, share = number(s.learning_rate), over(call("min", step, number(s.steps - 1.0)), number(s.steps - 1.0))
    if min(t - 1, s.steps - 1) / (s.steps - 1) <= s.rise:
        return _half_cosine(times(high, number(s.start)), high, over(share, number(s.rise)))
    after = over(minus(share, number(s.rise)), minus(ONE, number(s.rise)))
    return _half_cosine(high, times(high, number(s.final)), after)


def _warm_up(s: Any, t: int) -> Expression | None:
    if t - 1 >= s.steps:
        inner = _rate(s.schedule, t - s.steps, minus(T, number(s.steps + 1.0)))
        return inner
    line = plus(number(s.start), times(minus(ONE, number(s.start)), over(T, number(s.steps + 1.0))))
    return times(number(s.schedule.at(0)), line)


def _inverse_scaling(s: Any, t: int, step: Expression) -> Expression:
    if t - 1 < s.steps:
        return number(s.learning_rate)
    epochs = call("floor", over(step, number(float(s.steps))))
    seen = plus(number(1.0 + s.seen), times(number(float(s.rows)), epochs))
    return over(number(s.learning_rate), call("^", seen, number(s.power)))


def _correction(s: Any, t: int, step: Expression) -> Expression:
    """rate sqrt(1 - beta2^n) / (1 - beta1^n), n the steps of the schedule with this one."""
    n = plus(step, ONE)
    below = minus(ONE, call("^", number(s.beta1), n))
    return over(times(number(s.learning_rate), call("sqrt", minus(ONE, call("^", number(s.beta2), n)))), below)


SCHEDULES: dict[Any, Callable[[Any, int, Expression], Expression]] = {
    "constant": lambda s, t, step: number(s.learning_rate),
    "step": lambda s, t, step: times(
        number(s.learning_rate), call("^", number(s.factor), call("floor", over(step, number(float(s.every)))))
    ),
    "exponential": lambda s, t, step: times(
        number(s.learning_rate), call("^", number(s.factor), over(step, number(float(s.steps))))
    ),
    "inverse_time": lambda s, t, step: over(number(s.learning_rate), plus(ONE, over(step, number(float(s.steps))))),
    "polynomial": _polynomial,
    "cosine": lambda s, t, step: _half_cosine(number(s.learning_rate), number(s.final), _share(s, step)),
    "cosine_restarts": _restarts,
    "one_cycle": _one_cycle,
    "inverse_scaling": _inverse_scaling,
    "bias_correction": _correction,
}


# ---- what single optimizers keep besides -----------------------------------------------------------------------------


def _nadam(optimizer: Any) -> dict[str, Expression]:
    """mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)."""

    def mu(at: Expression) -> Expression:
        decay = call("^", number(0.96), times(at, Name("momentum_decay")))
        return times(Name("beta1"), minus(ONE, times(HALF, decay)))

    return {"mu": mu(T), "mu_next": mu(plus(T, ONE))}


def _radam(optimizer: Any) -> dict[str, Expression]:
    """rho_t = rho - 2 t beta2^t / (1 - beta2^t), rho = 2 / (1 - beta2) - 1; r is 0 until rho_t is above 4."""
    longest = minus(over(TWO, minus(ONE, Name("beta2"))), ONE)
    power = Name("beta2_power")
    rho = minus(longest, over(times(TWO, T, power), minus(ONE, power)))
    above = times(minus(rho, number(4.0)), minus(rho, TWO), longest)
    below = times(minus(longest, number(4.0)), minus(longest, TWO), rho)
    known = call("positive", minus(rho, number(4.0)))
    return {"r": times(known, call("sqrt", call("max", Number("0"), over(above, below))))}


def _schedule_free(optimizer: Any) -> dict[str, Expression]:
    """gamma = rate sqrt(1 - beta2^t) min(1, t / warm_up);  c = gamma^2 / (the sum of all gamma^2 so far)."""
    warm = [call("min", ONE, over(T, number(float(optimizer.warm_up))))] if optimizer.warm_up else []
    gamma = times(Name("learning_rate"), call("sqrt", minus(ONE, Name("beta2_power"))), *warm)
    return {"gamma": gamma, "c": over(call("^", Name("gamma"), TWO), Name("squares"))}


OWN: dict[str, Callable[[Any], dict[str, Expression]]] = {
    "nadam": _nadam,
    "radam": _radam,
    "schedule_free_adamw": _schedule_free,
}
