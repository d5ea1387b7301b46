"""The optimizers' rules, one entry at a time: what `maths.updates` does to arrays, as formulas that can be read."""

from __future__ import annotations

from glassnet.lab.expressions import MINUS, ONE, Expression, Name, call, minus, over, plus, times
from glassnet.optim import Optimizer

RATE, ETA, RHO = Name("learning_rate"), Name("eta"), Name("rho")
Index = tuple[int, ...]


def update_formulas(
    optimizer: Optimizer, weight: str, index: Index, *, theta: str = "", gradient: str = ""
) -> dict[str, Expression]:
    """The new weight and moments of one entry: {"v.W1.new": ..., "W1.new": ...}; empty for a rule without a row below.

    The rule starts from `theta` (by default the weight itself) and takes `gradient` (by default its derivative).

    >>> from glassnet.lab.expressions import text
    >>> from glassnet.optim import SGD
    >>> text(update_formulas(SGD(0.1), "W1", (0, 0))["W1.new"])
    'W1[0,0] - learning_rate*dW1[0,0]'
    """
    if optimizer.name not in RULES:
        return {}
    g = Name(gradient or f"d{weight}", index)
    before = {moment: Name(f"{moment}.{weight}", index) for moment in optimizer.moments}
    after = {moment: Name(f"{moment}.{weight}.new", index) for moment in optimizer.moments}
    new, moments = RULES[optimizer.name](optimizer, Name(theta or weight, index), g, before, after)
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
    m_hat, v_hat = _hats(optimizer, after["m"], after["v"])
    return minus(theta, over(times(RATE, m_hat), _root(optimizer, v_hat))), _adam_means(before, g)


def _hats(optimizer: Optimizer, m: Expression, v: Expression) -> tuple[Expression, Expression]:
    """m and v, corrected where the optimizer corrects them."""
    if not getattr(optimizer, "bias_correction", True):
        return m, v
    return over(m, minus(ONE, Name("beta1_power"))), over(v, minus(ONE, Name("beta2_power")))


def _adam_means(before: Moments, g: Name) -> dict[str, Expression]:
    return {"m": _running(Name("beta1"), before["m"], g), "v": _running(Name("beta2"), before["v"], _square(g))}


def _amsgrad(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    m_hat, v_hat = _hats(optimizer, after["m"], after["v_max"])
    moments = _adam_means(before, g) | {"v_max": call("max", before["v_max"], after["v"])}
    return minus(theta, over(times(RATE, m_hat), _root(optimizer, v_hat))), moments


def _decayed(theta: Name) -> Expression:
    return minus(theta, times(RATE, Name("weight_decay"), theta))


def _adamw(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    m_hat, v_hat = _hats(optimizer, after["m"], after["v"])
    return minus(_decayed(theta), over(times(RATE, m_hat), _root(optimizer, v_hat))), _adam_means(before, g)


def _nadam(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    mu, product = Name("mu"), Name("mu_product")
    ahead = over(times(Name("mu_next"), after["m"]), minus(ONE, times(product, Name("mu_next"))))
    m_hat = plus(ahead, over(times(minus(ONE, mu), g), minus(ONE, product)))
    v_hat = over(after["v"], minus(ONE, Name("beta2_power")))
    moments = {"m": _running(mu, before["m"], g), "v": _running(Name("beta2"), before["v"], _square(g))}
    return minus(theta, over(times(RATE, m_hat), _root(optimizer, v_hat))), moments


def _radam(optimizer: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    m_hat, v_hat = _hats(optimizer, after["m"], after["v"])
    r, known = Name("r"), call("positive", Name("r"))
    factor = plus(minus(ONE, known), over(r, _root(optimizer, v_hat)))  # 1 where r is 0, else r over the root
    return minus(theta, times(RATE, m_hat, factor)), _adam_means(before, g)


def _adamax(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    m_hat = over(after["m"], minus(ONE, Name("beta1_power")))
    u = call("max", times(Name("beta2"), before["u"]), call("abs", g))
    new = minus(theta, over(times(RATE, m_hat), plus(after["u"], Name("epsilon"))))
    return new, {"m": _running(Name("beta1"), before["m"], g), "u": u}


def _lion(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    direction = call("sign", _running(Name("beta1"), before["m"], g))
    return minus(_decayed(theta), times(RATE, direction)), {"m": _running(Name("beta2"), before["m"], g)}


def _rprop(_: Optimizer, theta: Name, g: Name, before: Moments, after: Moments) -> Rule:
    agree = times(call("sign", g), call("sign", before["p"]))
    same, turned = call("positive", agree), call("positive", times(MINUS, agree))
    other = minus(ONE, turned)
    size = plus(before["size"], times(minus(ONE, call("positive", before["size"])), RATE))
    longer = call("min", times(Name("grow"), size), Name("largest"))
    shorter = call("max", times(Name("shrink"), size), Name("smallest"))
    new_size = plus(times(same, longer), times(turned, shorter), times(minus(other, same), size))
    step = times(MINUS, call("sign", g), after["size"])
    moments = {"size": new_size, "d": times(other, step), "p": times(other, g)}
    return plus(theta, after["d"], times(MINUS, turned, before["d"])), moments


RULES = {
    "gradient_descent": _descent,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adadelta": _adadelta,
    "adam": _adam,
    "amsgrad": _amsgrad,
    "adamw": _adamw,
    "nadam": _nadam,
    "radam": _radam,
    "adamax": _adamax,
    "lion": _lion,
    "rprop": _rprop,
}
