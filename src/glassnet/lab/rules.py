"""The optimizers' rules, one entry at a time: what `maths.updates` does to arrays, as formulas that can be read."""

from __future__ import annotations

from glassnet.lab.expressions import ONE, Expression, Name, call, minus, over, plus, times
from glassnet.optim import Optimizer

RATE, ETA, RHO = Name("learning_rate"), Name("eta"), Name("rho")
Index = tuple[int, ...]


def update_formulas(optimizer: Optimizer, weight: str, index: Index) -> dict[str, Expression]:
    """The new weight and moments of one entry: {"v.W1.new": ..., "W1.new": ...}.

    >>> from glassnet.lab.expressions import text
    >>> from glassnet.optim import SGD
    >>> text(update_formulas(SGD(0.1), "W1", (0, 0))["W1.new"])
    'W1[0,0] - learning_rate*dW1[0,0]'
    """
    theta, g = Name(weight, index), Name(f"d{weight}", index)
    before = {moment: Name(f"{moment}.{weight}", index) for moment in optimizer.moments}
    after = {moment: Name(f"{moment}.{weight}.new", index) for moment in optimizer.moments}
    new, moments = RULES[optimizer.name](optimizer, theta, g, before, after)
    return {f"{moment}.{weight}.new": tree for moment, tree in moments.items()} | {f"{weight}.new": new}


Moments = dict[str, Name]
Rule = tuple[Expression, dict[str, Expression]]


def _square(g: Expression) -> Expression:
    return times(g, g)


def _running(decay: Name, before: Name, new: Expression) -> Expression:
    """decay before + (1 - decay) new."""
    return plus(times(decay, before), times(minus(ONE, decay), new))


def _root(optimizer: Optimizer, s: Expression) -> Expression:
    """sqrt(s + epsilon) or sqrt(s) + epsilon."""
    epsilon, inside = Name("epsilon"), getattr(optimizer, "epsilon_inside", False)
    return call("sqrt", plus(s, epsilon)) if inside else plus(call("sqrt", s), epsilon)


def _descent(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    return minus(theta, times(RATE, g)), {}


def _momentum(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    return minus(theta, after["v"]), {"v": plus(times(ETA, before["v"]), times(RATE, g))}


def _nesterov(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    step = plus(times(ETA, after["v"]), times(RATE, g))
    return minus(theta, step), {"v": plus(times(ETA, before["v"]), times(RATE, g))}


def _adagrad(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    new = minus(theta, over(times(RATE, g), _root(optimizer, after["s"])))
    return new, {"s": plus(before["s"], _square(g))}


def _rmsprop(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    new = minus(theta, over(times(RATE, g), _root(optimizer, after["s"])))
    return new, {"s": _running(RHO, before["s"], _square(g))}


def _adadelta(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    d = times(over(_root(optimizer, before["u"]), _root(optimizer, after["s"])), g)
    moments = {"s": _running(RHO, before["s"], _square(g)), "u": _running(RHO, before["u"], _square(d))}
    return minus(theta, times(RATE, d)), moments


def _adam(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    m, v = after["m"], after["v"]
    m_hat: Expression = m
    v_hat: Expression = v
    if getattr(optimizer, "bias_correction", True):
        m_hat, v_hat = over(m, minus(ONE, Name("beta1_power"))), over(v, minus(ONE, Name("beta2_power")))
    moments = {"m": _running(Name("beta1"), before["m"], g), "v": _running(Name("beta2"), before["v"], _square(g))}
    return minus(theta, over(times(RATE, m_hat), _root(optimizer, v_hat))), moments


RULES = {
    "gradient_descent": _descent,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adadelta": _adadelta,
    "adam": _adam,
}
