"""Losses as formulas, each with its derivative by the prediction beside it.

Most are sums over single entries, and one formula serves an entry and the whole array; some look at a whole row, and
the likelihood is one product over all rows. A loss that has no row here is shown by its name, its derivative as name
and prime, and evaluated by the page of mathematics it stands on: so what is new there can be dissected at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.lab.expressions import HALF, MINUS, ONE, Expression, Number, call, minus, over, plus, times
from glassnet.lab.functions import TWO, ZERO, number, settings

# ---- losses of single entries: the share of one, and its derivative by the prediction -------------------------------

Formula = Callable[[Expression, Expression, Mapping[str, Any]], Expression]


def _square(tree: Expression) -> Expression:
    return call("^", tree, TWO)


def _log1(tree: Expression) -> Expression:
    """log(1 + x)."""
    return call("log", plus(ONE, tree))


def _log_gap(y: Expression, p: Expression) -> Expression:
    return minus(_log1(p), _log1(y))


def _side(y: Expression) -> Expression:
    """-1 and 1 for the labels 0 and 1."""
    return call("sign", minus(times(TWO, y), ONE))


def _missing(y: Expression, p: Expression) -> Expression:
    """How much the score is short of 1 on its side."""
    return minus(ONE, times(_side(y), p))


def _cross(y: Expression, p: Expression, _: Mapping[str, Any]) -> Expression:
    return times(MINUS, y, call("log", p))


def _two_class(y: Expression, p: Expression, _: Mapping[str, Any]) -> Expression:
    other = times(minus(ONE, y), call("log", minus(ONE, p)))
    return minus(times(MINUS, y, call("log", p)), other)


LOSSES: dict[str, tuple[Formula, Formula]] = {
    "mse": (lambda y, p, _: _square(minus(p, y)), lambda y, p, _: times(TWO, minus(p, y))),
    "half_mse": (lambda y, p, _: times(HALF, _square(minus(y, p))), lambda y, p, _: minus(p, y)),
    "rmse": (lambda y, p, _: _square(minus(p, y)), lambda y, p, _: minus(p, y)),  # under the root, and over it
    "mae": (lambda y, p, _: call("abs", minus(p, y)), lambda y, p, _: call("sign", minus(p, y))),
    "mbe": (lambda y, p, _: minus(y, p), lambda y, p, _: MINUS),
    "mape": (
        lambda y, p, _: times(Number("100"), over(call("abs", minus(y, p)), call("abs", y))),
        lambda y, p, _: times(Number("100"), over(call("sign", minus(p, y)), call("abs", y))),
    ),
    "huber": (
        lambda y, p, s: call("huber", y, p, number(s["delta"])),
        lambda y, p, s: call("max", times(MINUS, number(s["delta"])), call("min", minus(p, y), number(s["delta"]))),
    ),
    "log_cosh": (lambda y, p, _: call("log_cosh", y, p), lambda y, p, _: call("tanh", minus(p, y))),
    "msle": (
        lambda y, p, _: _square(_log_gap(y, p)),
        lambda y, p, _: times(TWO, over(_log_gap(y, p), plus(ONE, p))),
    ),
    "quantile": (
        lambda y, p, s: call(
            "max", times(number(s["tau"]), minus(y, p)), times(minus(number(s["tau"]), ONE), minus(y, p))
        ),
        lambda y, p, s: call("quantile'", y, p, number(s["tau"])),
    ),
    "hinge": (
        lambda y, p, _: call("max", ZERO, _missing(y, p)),
        lambda y, p, _: times(MINUS, _side(y), call("positive", _missing(y, p))),
    ),
    "squared_hinge": (
        lambda y, p, _: _square(call("max", ZERO, _missing(y, p))),
        lambda y, p, _: times(MINUS, TWO, _side(y), call("max", ZERO, _missing(y, p))),
    ),
    "poisson": (lambda y, p, _: minus(p, times(y, call("log", p))), lambda y, p, _: minus(ONE, over(y, p))),
    "kl_divergence": (
        lambda y, p, _: minus(times(y, call("log", y)), times(y, call("log", p))),
        lambda y, p, _: times(MINUS, over(y, p)),
    ),
    "categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "sparse_categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "binary_crossentropy": (
        _two_class,
        lambda y, p, _: minus(over(minus(ONE, y), minus(ONE, p)), over(y, p)),
    ),
}


def loss_formulas(loss: Any) -> tuple[Formula, Formula]:
    """The loss of one entry and its derivative; of a loss without a row above by its name and its own page."""
    if loss.name in LOSSES:
        return LOSSES[loss.name]
    chosen = settings(loss)
    return (
        lambda y, p, _: call(loss.name, y, p, *chosen),
        lambda y, p, _: call(f"{loss.name}'", y, p, *chosen),
    )


def averages_outputs(loss: Any) -> bool:
    """Whether a row's loss is the mean over its outputs (else their sum), as the loss itself shows on a row of two.

    >>> from glassnet.maths.losses import mse, binary_crossentropy
    >>> averages_outputs(mse), averages_outputs(binary_crossentropy)
    (True, False)
    """
    if loss.target_kind in ("one_hot", "classes") or loss.name in ROWS:
        return False
    one, two = loss([[1.0]], [[0.25]]), loss([[1.0, 1.0]], [[0.25, 0.25]])
    return bool(abs(two - one) <= abs(two - 2 * one))


def smoothed(loss: Any, y: Expression, classes: int) -> Expression:
    """The target as the loss takes it: (1 - s) y + s / C under label smoothing."""
    s = loss.settings.get("label_smoothing", 0.0)
    if not s:
        return y
    outputs = 2 if loss.target_kind == "binary" else classes
    return plus(times(minus(ONE, number(s)), y), over(number(s), Number(str(outputs))))


# ---- losses of a whole row: its terms, and the derivative by one of its predictions ----------------------------------

Row = Sequence[Expression]
RowTerms = Callable[[Row, Row, Sequence[float]], list[Expression]]
RowSlope = Callable[[Row, Row, Sequence[float], int], Expression]


def _length(row: Row) -> Expression:
    return call("sqrt", plus(*(_square(each) for each in row)))


def _dot(a: Row, b: Row) -> Expression:
    return plus(*(times(x, y) for x, y in zip(a, b, strict=True)))


def _cosine(y: Row, p: Row, _: Sequence[float]) -> list[Expression]:
    return [times(MINUS, over(_dot(y, p), times(_length(y), _length(p))))]


def _cosine_slope(y: Row, p: Row, _: Sequence[float], c: int) -> Expression:
    """(cos p / |p| - y / |y|) / |p|."""
    cosine = over(_dot(y, p), times(_length(y), _length(p)))
    return over(minus(over(times(cosine, p[c]), _length(p)), over(y[c], _length(y))), _length(p))


def _wrong(y: Row, p: Row, targets: Sequence[float]) -> tuple[Expression, Expression]:
    """The highest score among the wrong classes, and by how much the right one misses it by 1."""
    right = max(range(len(p)), key=lambda c: targets[c])
    others = [p[c] for c in range(len(p)) if c != right]
    rival = call("max", *others) if len(others) > 1 else others[0]
    return rival, minus(plus(ONE, rival), p[right])


def _class_hinge(y: Row, p: Row, targets: Sequence[float]) -> list[Expression]:
    return [call("max", ZERO, _wrong(y, p, targets)[1])]


def _class_hinge_slope(y: Row, p: Row, targets: Sequence[float], c: int) -> Expression:
    """-1 for the right class and 1 for its highest rival, where one is too near; equal rivals share the 1."""
    rival, missing = _wrong(y, p, targets)
    active = call("positive", missing)
    if targets[c]:
        return times(MINUS, active)
    highest = [minus(ONE, call("positive", minus(rival, p[i]))) for i in range(len(p)) if not targets[i]]
    mine = minus(ONE, call("positive", minus(rival, p[c])))
    return times(active, over(mine, plus(*highest)))


def _gauss(y: Row, p: Row, _: Sequence[float]) -> list[Expression]:
    """(s + (y - m)^2 e^-s + log 2 pi) / 2, the mean over the targets."""
    K = len(p) // 2
    share = over(HALF, Number(str(K))) if K > 1 else HALF
    constant = Number("1.8378770664093453")  # log 2 pi
    return [
        times(share, plus(s, times(_square(minus(t, m)), call("exp", times(MINUS, s))), constant))
        for t, m, s in zip(y, p[:K], p[K:], strict=True)
    ]


def _gauss_slope(y: Row, p: Row, _: Sequence[float], c: int) -> Expression:
    K = len(p) // 2
    share = over(ONE, Number(str(K))) if K > 1 else ONE
    t, m, s = y[c % K], p[c % K], p[K + c % K]
    precision = call("exp", times(MINUS, s))
    if c < K:
        return times(share, minus(m, t), precision)
    return times(share, HALF, minus(ONE, times(_square(minus(t, m)), precision)))


ROWS: dict[str, tuple[RowTerms, RowSlope]] = {
    "cosine_similarity": (_cosine, _cosine_slope),
    "categorical_hinge": (_class_hinge, _class_hinge_slope),
    "gaussian_nll": (_gauss, _gauss_slope),
}


def true_class(y: Row, p: Row) -> Expression:
    """A row's probability of its true class."""
    if len(p) > 1:
        return _dot(y, p)
    return plus(times(y[0], p[0]), times(minus(ONE, y[0]), minus(ONE, p[0])))


def true_class_slope(y: Row, p: Row, c: int) -> Expression:
    """Its derivative by one prediction."""
    return y[c] if len(p) > 1 else minus(times(TWO, y[0]), ONE)
